// What an SPDM responder is of: its profile as data, and the device behind it.
#pragma once
#include <vector>

#include "models/spdm/negotiation.hpp"
#include "sim/base/random.hpp"

namespace assay::spdm {

/// What a responder advertises and selects. Selections are in order of preference.
struct Profile {
    std::vector<Version> versions;  // ascending
    std::uint8_t ct_exponent = 0;   // a cryptographic answer takes at most 2^CTExponent us
    std::uint32_t flags = 0;
    std::vector<std::uint32_t> base_asym;
    std::vector<std::uint32_t> base_hash;
    std::uint32_t measurement_hash = 0;
    std::size_t max_portion = 0xFFFF;  // of one CERTIFICATE
};

/// Keys, certificates and measurements, all of one boot. Answers do not change while it lives.
class Device {
public:
    virtual ~Device() = default;
    /// What the device can do in the state that it is in: a subset of what its kind can do.
    virtual const Profile& profile() const = 0;
    /// The certificate chain structure of that slot (Length, Reserved, RootHash, certificates from the root
    /// on); empty where the slot is not provisioned. Slots are 0 to 7.
    virtual ByteView certificate_chain(std::uint8_t slot) const = 0;
    /// In ascending order of Index.
    virtual const std::vector<MeasurementBlock>& measurements() const = 0;
    virtual Bytes opaque_data() const = 0;
    /// The digest of `message` by the selected base hash, and its signature with the selected algorithm by
    /// the leaf key of that slot.
    virtual Bytes digest(std::uint32_t base_hash_sel, ByteView message) const = 0;
    virtual Bytes sign(std::uint8_t slot, std::uint32_t base_hash_sel, ByteView message) = 0;
    virtual Random& random() = 0;
};

}  // namespace assay::spdm
