// What an SPDM responder is of: its profile as data, and the device behind it.
#pragma once
#include <vector>

#include "models/spdm/management_messages.hpp"
#include "models/spdm/peer_identity.hpp"
#include "models/spdm/refusal.hpp"
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
    std::uint8_t heartbeat_period = 0;           // seconds
    std::size_t max_sessions = 4;                // at a time
    std::uint32_t data_transfer_size = 0x1200;   // what it can receive
    std::uint32_t max_message_size = 0;          // in chunks, where it has CHUNK_CAP; 0: data_transfer_size
    std::size_t max_portion = 0xFFFF;            // of one CERTIFICATE
    std::vector<std::uint16_t> req_base_asym{};  // of requesters, for mutual authentication
    std::uint8_t mutual_auth = 0;                // MutAuthRequested, of requesters that have MUT_AUTH_CAP
    bool mutual_auth_mandatory = false;          // and no session with others
    bool basic_mut_auth = false;                 // BasicMutAuthReq, of requesters that can be challenged
    std::uint8_t requester_slot = 0;
    std::uint8_t supported_slots = 0xFF;  // SupportedSlotMask of DIGESTS, from 1.3 on
    bool trusted_environment = false;     // SET_CERTIFICATE is taken for every slot, from everybody
    std::size_t psk_context = 0;          // bytes of ResponderContext; 0: as many as a digest has
};

/// Of one slot in a multi-key connection (1.3).
struct SlotFacts {
    std::uint8_t key_pair_id = 0;  // from 1 on
    std::uint8_t model = 1;        // certificate model: 1 device, 2 alias, 3 generic
    std::uint16_t key_usage = key_usage::all;
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
    /// The raw bit stream whose digest the block has; nothing where it is not to be had.
    virtual std::optional<Bytes> raw_value(const MeasurementBlock&) const { return {}; }
    virtual SlotFacts slot_facts(std::uint8_t slot, const Connection&) const {
        return {.key_pair_id = static_cast<std::uint8_t>(slot + 1)};
    }
    /// GET_CSR: a PKCS#10 request, or ResetRequired, Busy, UnexpectedRequest.
    virtual Answer certificate_request(const GetCsr&, const Connection&) { return ErrorCode::unspecified; }
    /// SET_CERTIFICATE: that chain structure for that slot, nothing of which was looked at but its length;
    /// empty: the slot is to be erased. `key_pair_id` is 0 but in multi-key connections.
    virtual Result<Nothing, Refusal> set_certificate(std::uint8_t, std::uint8_t, ByteView,
                                                     const Connection&) {
        return ErrorCode::unspecified;
    }
    /// MeasurementLogHead and its entries.
    virtual Bytes measurement_log(const Connection&) const { return {}; }
    /// Key pair `id` of `TotalKeyPairs`, from 1 on; nothing where there is none. The responder fills in the
    /// header.
    virtual std::optional<KeyPairInfo> key_pair(std::uint8_t, const Connection&) const { return {}; }
    /// ENDPOINT_INFO of that sub code.
    virtual Bytes endpoint_info(std::uint8_t) const { return {}; }
    /// Whether a requester that showed this chain, which is well formed, is one to talk to. No one, if not
    /// said otherwise.
    virtual bool accepts(const PeerIdentity&) { return false; }
    /// The requester's chain structure where it was provisioned, for MutAuthRequested 1; else empty.
    virtual ByteView requester_chain(std::uint8_t, const Connection&) const { return {}; }
    /// The pre-shared key that PSKHint names; null where there is none.
    virtual const Secret* pre_shared_key(ByteView) const { return nullptr; }
    virtual Random& random() = 0;
    /// Where keys of sessions are made.
    virtual const crypto::Context& context() = 0;
};

}  // namespace assay::spdm
