// What an SPDM responder is of: its profile as data, and the device behind it.
#pragma once
#include <vector>

#include "models/spdm/negotiation.hpp"
#include "sim/base/random.hpp"

namespace assay::spdm {

class Session;

/// What a responder advertises and selects. Selections are in order of preference.
struct Profile {
    std::vector<Version> versions;  // ascending
    std::uint8_t ct_exponent = 0;   // a cryptographic answer takes at most 2^CTExponent us
    std::uint32_t flags = 0;        // those that a version does not have are left out in it
    std::vector<std::uint32_t> base_asym;
    std::vector<std::uint32_t> base_hash;
    std::uint32_t measurement_hash = 0;
    std::vector<std::uint16_t> dhe{};
    std::vector<std::uint16_t> aead{};
    std::uint8_t heartbeat_period = 0;          // seconds
    std::size_t max_sessions = 4;               // at a time
    std::uint32_t data_transfer_size = 0x1200;  // what it can receive
    std::uint32_t max_message_size = 0;         // in chunks, where it has CHUNK_CAP; 0: data_transfer_size
    std::size_t max_portion = 0xFFFF;           // of one CERTIFICATE
    std::size_t psk_context = 0;                // bytes of ResponderContext; 0: as many as a digest has
};

/// Keys, certificates and measurements, all of one boot. Answers do not change while it lives.
class Device {
public:
    virtual ~Device() = default;
    /// What the device can do in the state that it is in: a subset of what its kind can do.
    virtual const Profile& profile() const = 0;
    /// The certificate chain structure of that slot (Length, Reserved, RootHash, certificates from the root
    /// on) for the negotiated algorithms; empty where the slot is not provisioned. Slots are 0 to 7.
    virtual ByteView certificate_chain(std::uint8_t slot, const Connection& connection) const = 0;
    /// In ascending order of Index.
    virtual const std::vector<MeasurementBlock>& measurements() const = 0;
    /// Whether the block is of the trusted computing base: the ROM and mutable firmware, if not said
    /// otherwise.
    virtual bool in_tcb(const MeasurementBlock& block) const { return (block.value_type & 0x7F) <= 1; }
    /// OpaqueData of CHALLENGE_AUTH and MEASUREMENTS; from 1.2 on in the negotiated format.
    virtual Bytes opaque_data(const Connection& connection) const = 0;
    /// The signature with the negotiated algorithms by the leaf key of that slot. `message` is what is
    /// hashed: from 1.2 on it begins with the combined prefix that ends in `context` (signing::...). The key
    /// signs nothing else.
    virtual Bytes sign(std::uint8_t slot, const Connection& connection, std::string_view context,
                       ByteView message) = 0;
    /// VENDOR_DEFINED_REQUEST, in an established session or in the clear (null). Nothing: not supported.
    virtual std::optional<VendorDefined> vendor_defined(const VendorDefined&, const Session*) { return {}; }
    /// The pre-shared key that PSKHint names; null where there is none.
    virtual const Secret* pre_shared_key(ByteView) const { return nullptr; }
    virtual Random& random() = 0;
    /// Where keys of sessions are made.
    virtual const crypto::Context& context() = 0;
};

}  // namespace assay::spdm
