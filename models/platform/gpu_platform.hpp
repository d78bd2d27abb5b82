// A host and a GPU, connected by PCIe: from power-on reset to evidence.
#pragma once
#include <memory>

#include "models/gpu/evidence.hpp"
#include "models/gpu/root_of_trust_module.hpp"
#include "models/platform/host_module.hpp"

namespace assay::platform {

class Recorder;

/// What the makers of device and firmware publish about it: everything that its evidence is judged against.
struct Published {
    std::vector<crypto::Certificate> device_roots, rim_roots;
    struct File {
        std::string name;
        Bytes content;
    };
    std::vector<File> rims;            // <RIM id>.xml
    std::vector<File> ocsp_responses;  // DER, fresh for 24 h from world_epoch
    Instant judged_at{};               // when all of it is valid
};

/// What a device comes with: it follows from profile and seed alone, and many platforms may share it.
struct Supply {
    std::shared_ptr<const gpu::Provisioning> provisioning;
    Published published;
};
/// std::invalid_argument for an unknown profile. No SystemC.
std::shared_ptr<const Supply> make_supply(std::string_view profile, std::uint64_t seed);

/// Elaborates in the process that makes it: one per process, or per kernel::FreshContext, which must enclose
/// it. Every scenario begins with power_on_reset(), and gives the same bytes alone and after any others.
/// Calls are for the outside of the simulation; each runs it until nothing is left to happen.
class GpuPlatform {
public:
    /// `profile` is one of gpu::chips() (std::invalid_argument). Equal seeds, equal devices and equal bytes,
    /// whether their supply is there already or made when it is needed.
    GpuPlatform(std::string_view profile, std::uint64_t seed, std::shared_ptr<const Supply> supply = {});
    ~GpuPlatform();
    GpuPlatform(const GpuPlatform&) = delete;
    GpuPlatform& operator=(const GpuPlatform&) = delete;

    /// Ends the simulation, every thread of it. For platforms that are built around this one: while their
    /// modules still live. Nothing may follow.
    void end();

    /// Settings and flash take effect; runs to the end of the boot, or to its refusal. Events and waves begin
    /// anew.
    void power_on_reset();

    /// One SPDM message through the mailbox. Empty where the responder answers nothing.
    Result<Bytes, LinkError> exchange(ByteView request);
    /// A whole conversation: versions, algorithms, certificates, all measurements signed over `nonce`.
    Result<gpu::Evidence, LinkError> collect(const spdm::Nonce& nonce);

    // A secure session between host and GPU (SPDM over DOE; both sides' keys follow from the seed). It
    // replaces the one before, ends with a power-on reset, and with collect(), which begins at GET_VERSION.

    /// Versions, algorithms, certificates, KEY_EXCHANGE, FINISH; everything that answers is verified.
    Result<Nothing, LinkError> establish_session();
    /// One SPDM message inside the session, and the answer to it (ERROR, too). Precondition of an answer: an
    /// established session, else `refused`.
    Result<Bytes, LinkError> exchange_secured(ByteView plain);
    /// All measurements signed over `nonce`, asked for and verified inside the session. What an appraiser
    /// takes is the same as that of collect().
    Result<gpu::Evidence, LinkError> collect_in_session(const spdm::Nonce& nonce);
    Result<Nothing, LinkError> end_session();
    /// The host's export master secret, 48 bytes: equal to device().session_export_secret(). Empty without a
    /// session.
    ByteView session_export_secret() const;

    /// False when the GPU has no such stage.
    [[nodiscard]] bool load_firmware(std::string_view stage, unsigned change);
    void roll_back_firmware();
    void set_cc_mode(gpu::CcMode mode);
    void set_debug(bool enabled);
    /// The released firmware, CC mode on, debug disabled: as the device was delivered.
    void restore();

    std::vector<Event> take_events();
    std::string waves() const;
    /// For platforms that are built around this one: their events and waves go into the same record.
    Recorder& recorder();
    const gpu::RootOfTrust& device() const;
    Published published() const;

private:
    Result<Nothing, LinkError> converse(spdm::Requester& requester);
    Result<Nothing, LinkError> in_session(const std::function<void(spdm::Requester&)>& add);
    gpu::Evidence evidence(const spdm::Nonce& nonce, const spdm::Requester& requester) const;

    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace assay::platform
