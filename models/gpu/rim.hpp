// Reference integrity manifests: TCG RIM as SWID tags (ISO/IEC 19770-2), the way NVIDIA publishes golden
// measurements.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/bytes.hpp"
#include "sim/base/result.hpp"

namespace assay::gpu {

/// One Payload/Resource.
struct RimResource {
    unsigned index = 0;
    bool active = false;
    std::string name;
    std::vector<Bytes> alternatives;  // Hash0 .. Hash(n-1); a match with any is a match
};

/// What a manifest says. A manifest that was parsed has at least one resource, no two active ones of one
/// index, and every hash as long as `size` says.
struct Rim {
    std::string tag_id;
    std::string colloquial_version;  // driver version, or VBIOS version
    std::string edition;             // GPU or SWITCH
    std::string product;             // GH100, GB100, LS10
    std::string manufacturer_id;     // FirmwareManufacturerId, "5703"
    std::vector<RimResource> resources;

    /// Active resources by index.
    std::map<unsigned, const RimResource*> active() const;
};

struct RimError {
    enum class Kind : std::uint8_t {
        malformed,  // not XML of the accepted kind
        schema,     // an element or attribute is missing, repeated, or has a wrong value
        format,     // a digest of a wrong length or with wrong digits
    };
    Kind kind{};
    std::size_t line = 0;
    std::string path;  // Payload/Resource[4]/@index: the fourth Resource, as XPath counts
    std::string what;
    std::string text() const;
};

/// Reads the signed content (EnvelopedSignature::document) or an unsigned fragment. Never call it with bytes
/// that were not verified and trust the outcome. At most one Meta, which is complete, and one Payload; of a
/// fragment without Meta the texts are empty: whoever judges refuses that.
Result<Rim, RimError> parse_rim(ByteView xml);

/// The SWID document without its signature, in NVIDIA's form.
Bytes write_rim(const Rim& rim);

/// The identifiers under which manifests are published; empty text where the report lacks a part of the name.
struct RimIds {
    std::string driver;  // empty for a switch
    std::string vbios;   // or BIOS of a switch
};
struct Report;
enum class DeviceKind : std::uint8_t;
RimIds rim_ids(const Report& report, DeviceKind kind, std::string_view arch);

}  // namespace assay::gpu
