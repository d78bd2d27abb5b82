// The port of GPU and NVSwitch roots of trust: a model, a recording, later a device.
#pragma once
#include <memory>
#include <set>

#include "conformance/targets/message_port.hpp"
#include "models/gpu/evidence.hpp"
#include "sim/base/clock.hpp"
#include "sim/base/event.hpp"

namespace assay::conformance {

/// What a suite needs besides the device to judge its evidence.
struct GpuReferences {
    std::vector<crypto::Certificate> device_roots;
    std::vector<crypto::Certificate> rim_roots;
    struct File {
        std::string name;
        Bytes content;
    };
    std::vector<File> rims;
    std::vector<File> ocsp_responses;
    /// When each class of item is judged.
    Instant device_chain_time{}, rim_chain_time{}, device_ocsp_time{}, rim_ocsp_time{};
};

/// A firmware stage, in boot order, as the port names it.
struct FirmwareStage {
    std::string name;               // "fsp", "gsp-fmc", "vbios", "gsp-rm", "driver", ...
    std::vector<unsigned> indices;  // golden indices (0-based) that measure it
    bool in_fwid = false;           // it also changes FWID and the alias key
};

/// One device under test. A case owns its port: nothing of one case is seen by the next.
class GpuPort {
public:
    virtual ~GpuPort() = default;

    /// Tokens for what this target can do: "fresh-nonce" (answers a new nonce), "spdm" (exchange),
    /// "power-on-reset", "firmware-update", "cc-mode", "debug", "references" (references() has RIMs), "ocsp".
    /// Everything else is not_supported.
    virtual std::set<std::string> capabilities() const = 0;

    virtual Result<GpuReferences, PortError> references() = 0;
    /// Evidence over `nonce` (32 bytes). A recording gives what it has, whatever the nonce: it lacks
    /// "fresh-nonce".
    virtual Result<gpu::Evidence, PortError> collect(ByteView nonce) = 0;

    /// One SPDM message and its answer, over the transport the target really has. An empty answer: none came.
    virtual Result<Bytes, PortError> exchange(ByteView request) = 0;

    virtual Result<Nothing, PortError> power_on_reset() = 0;
    virtual std::vector<FirmwareStage> firmware_stages() = 0;
    /// Puts another image of that stage in place: `change` 0 is the released one (the references fit it),
    /// others are different images of the same version. Takes effect at the next power-on reset.
    virtual Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) = 0;
    /// An older release with a lower security version (SVN). Takes effect at the next reset, where the boot
    /// ROM may refuse it: collect() then fails with `refused`.
    virtual Result<Nothing, PortError> roll_back_firmware() = 0;
    /// "off", "on", "devtools". Takes effect at the next reset.
    virtual Result<Nothing, PortError> set_cc_mode(std::string_view mode) = 0;
    /// The debug fuse or unlock token state; takes effect at the next reset.
    virtual Result<Nothing, PortError> set_debug(bool enabled) = 0;

    /// What happened since the last call, in virtual time since the last power-on reset; for the sequence
    /// diagram.
    virtual std::vector<Event> take_events() = 0;
    /// Waves so far as VCD, or empty text where the target has none.
    virtual std::string waves() { return {}; }
};

}  // namespace assay::conformance
