// A requester of SPDM 1.0 to 1.3 (DSP0274) that works on bytes: it sends what a case says, reads answers by
// offset, and computes every transcript and signed message itself. Sessions are in session.hpp.
#pragma once
#include <map>
#include <optional>

#include "conformance/case.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::conformance::spdm_topic {

inline constexpr std::uint8_t invalid_request = 0x01, unexpected_request = 0x04, unspecified = 0x05,
                              decrypt_error = 0x06, unsupported_request = 0x07, session_limit_exceeded = 0x0A,
                              session_required = 0x0B, response_too_large = 0x0D, large_response = 0x0F,
                              version_mismatch = 0x41;
inline constexpr std::uint32_t encrypt_cap = 0x40, mac_cap = 0x80, key_ex_cap = 0x200, hbeat_cap = 0x2000,
                               key_upd_cap = 0x4000, clear_handshake_cap = 0x8000, chunk_cap = 0x2'0000,
                               meas_cap = 0x18, mut_auth_cap = 0x100, psk_cap = 0xC00;

/// What the client offers; the responder selects among it.
struct Offer {
    std::uint32_t flags = encrypt_cap | mac_cap | key_ex_cap | hbeat_cap | key_upd_cap;
    std::uint32_t asym = 0x90, hash = 0x03;  // ECDSA P-256, P-384; SHA-256, SHA-384
    std::uint16_t dhe = 0x18, aead = 0x07;
    std::uint32_t transfer_size = 0x1200;
    std::uint32_t message_size = 0;  // MaxSPDMmsgSize; 0: as transfer_size
};

struct Measured {
    Bytes request, answer;  // answer as long as its own lengths say
    unsigned total = 0;     // Param1
    struct Block {
        std::uint8_t index;
        Bytes bytes;  // with its header
    };
    std::vector<Block> blocks;
    Bytes record, opaque;
    Bytes signature;  // empty where none was asked for
    ByteView unsigned_part() const { return ByteView{answer}.first(answer.size() - signature.size()); }
};

struct Session;

/// One connection. What was sent and received is attached as "transcript" when it ends.
class Client {
public:
    Client(Trial& trial, std::uint8_t version, Offer offer = {});
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// One exchange; the answer is empty when none came.
    Bytes send(SpdmKind kind, ByteView message);
    Bytes ask(ByteView request) { return send(SpdmKind::plain, request); }

    /// Sends `request` in the clear; the case fails unless the answer has that code, the client's version and
    /// `size` bytes at least.
    Bytes answered(ByteView request, std::uint8_t code, std::size_t size, std::string_view what);
    /// The case fails unless the answer is ERROR with one of `codes`, of the form that the standard gives it.
    Bytes refused(ByteView request, std::initializer_list<std::uint8_t> codes, std::string_view what);

    // The set-up, each judged as far as the next needs it.
    Bytes get_version();
    Bytes get_capabilities();
    Bytes negotiate();
    void connect();
    Bytes capabilities_request() const;
    Bytes negotiate_request() const;

    /// The digest of each provisioned slot. B begins anew.
    std::map<std::uint8_t, Bytes> digests();
    /// The chain structure of that slot.
    Bytes chain(std::uint8_t slot, std::uint16_t portion = 0x400);
    /// Reads the chains of all slots and keeps their leaves, then connects anew: B is empty again.
    void learn_chains();
    std::vector<std::uint8_t> slots() const;
    const Bytes& known_chain(std::uint8_t slot) const { return chains_.at(slot); }

    /// CHALLENGE and a CHALLENGE_AUTH that fits its lengths: what it says, and whether its signature holds.
    struct Challenged {
        Bytes chain_hash, nonce, summary;
        std::uint8_t slot = 0, mask = 0;
        bool is_signed = false;
        bool asks_back = false;  // BasicMutAuthReq
    };
    Challenged challenge(std::uint8_t slot, std::uint8_t summary_type, ByteView nonce);
    Bytes challenge_request(std::uint8_t slot, std::uint8_t summary_type, ByteView nonce) const;
    /// RequesterContext, which 1.3 put behind CHALLENGE and GET_MEASUREMENTS and has echoed.
    Bytes context() const { return version >= 0x13 ? Bytes(8, 0xC7) : Bytes{}; }

    /// GET_MEASUREMENTS in the clear or in a session; `nonce` asks for a signature by `slot`. The pair enters
    /// L.
    Measured measure(std::uint8_t operation, std::optional<ByteView> nonce, std::uint8_t slot = 0,
                     Session* session = nullptr);
    /// MEASUREMENTS that came in answer to `request`, read by its lengths. The pair enters `pairs`.
    Measured measured(Bytes request, Bytes answer, Bytes& pairs);
    Bytes measure_request(std::uint8_t operation, std::optional<ByteView> nonce, std::uint8_t slot = 0) const;
    /// Whether the signature of the last pair in `pairs` covers them all; then they begin anew.
    bool covered(const Measured& last, Bytes& pairs, std::uint8_t slot = 0);
    /// The digest that a measurement summary hash of all blocks is.
    Bytes summary_of_all();

    /// Whether the leaf of that slot signs `transcript` for that purpose.
    bool signs(std::uint8_t slot, std::string_view context, ByteView transcript, ByteView signature) const;
    /// What a signature for that purpose is made over: from 1.2 on a prefix and the digest of `transcript`.
    Bytes signed_message(std::string_view context, ByteView transcript) const;
    Bytes digest(std::initializer_list<ByteView> parts) const { return crypto::digest(hash(), parts); }

    crypto::Hash hash() const {
        return hash_sel == 1   ? crypto::Hash::sha256
               : hash_sel == 4 ? crypto::Hash::sha512
                               : crypto::Hash::sha384;
    }
    std::size_t hash_size() const { return crypto::digest_size(hash()); }
    std::size_t signature_size() const;
    std::size_t exchange_size() const { return dhe_sel == 0x08 ? 64 : dhe_sel == 0x20 ? 132 : 96; }
    bool both(std::uint32_t flag) const { return (offer.flags & responder_flags & flag) == flag; }
    Bytes head(std::uint8_t code, std::uint8_t param1 = 0, std::uint8_t param2 = 0) const {
        return {version, code, param1, param2};
    }
    Bytes random(std::size_t size);
    Trial& trial() const { return trial_; }

    // What was negotiated, and the parts of the transcripts.
    std::uint8_t version;
    Offer offer;
    std::uint32_t responder_flags = 0, asym_sel = 0, hash_sel = 0, measurement_hash_sel = 0;
    std::uint16_t dhe_sel = 0, aead_sel = 0, req_asym_sel = 0, schedule_sel = 0;
    std::uint8_t opaque_sel = 0;
    Bytes a, b, l;

private:
    Trial& trial_;
    std::string transcript_;
    bool authenticated_ = false;
    std::map<std::uint8_t, Bytes> chains_;
    std::map<std::uint8_t, crypto::PublicKey> leaves_;
};

/// The first `size` bytes of `message`; the case fails when there are fewer, or more than padding (three
/// zeros).
Bytes exactly(Trial& trial, Bytes message, std::size_t size, std::string_view what);

/// BaseAsymSel as crypto has it; a size of 0 where it is unknown.
struct SignatureAlgorithm {
    crypto::KeyType key{};
    crypto::SignatureScheme scheme{};
    std::size_t size = 0;
};
SignatureAlgorithm signature_algorithm(std::uint32_t asym_sel);
/// Of CAPABILITIES in that version.
std::size_t capabilities_size(std::uint8_t version);
/// The connection is as it was: GET_DIGESTS (or, of who has no certificates, measurements) is answered.
void answered_after(Client& client);

std::uint16_t u16(ByteView message, std::size_t at);
std::uint32_t u32(ByteView message, std::size_t at);
Bytes part(ByteView bytes, std::size_t at, std::size_t size);
/// "ERROR InvalidRequest (0x01), ...": an answer in words.
std::string in_words(ByteView answer);
std::string_view error_name(std::uint8_t code);

// Cases: rows that are run in each version they name.
inline constexpr std::uint8_t v10 = 1, v11 = 2, v12 = 4, v13 = 8, later = v12 | v13,
                              sessions_too = v11 | later, all_versions = v10 | sessions_too;
struct Row {
    std::string id, title;
    std::vector<std::string> requirements;
    std::vector<std::string> needs;
    std::uint8_t versions;
    void (*prepare)(Trial&, std::uint8_t version);  // may be null
    std::function<void(Trial&, std::uint8_t version)> run;
};
void add_cases(std::vector<Case>& out, const std::vector<Row>& rows);

/// VCA works.
void needs_connection(Trial& trial, std::uint8_t version);
/// And the chains can be read.
void needs_chains(Trial& trial, std::uint8_t version);
/// And a session can be established and used.
void needs_session(Trial& trial, std::uint8_t version);

void add_setup_cases(std::vector<Case>& out);
void add_identity_cases(std::vector<Case>& out);
void add_measurement_cases(std::vector<Case>& out);
void add_exchange_cases(std::vector<Case>& out);
void add_session_cases(std::vector<Case>& out);
void add_record_cases(std::vector<Case>& out);
void add_state_cases(std::vector<Case>& out);
void add_boundary_cases(std::vector<Case>& out);
void add_content_cases(std::vector<Case>& out);
void add_channel_cases(std::vector<Case>& out);
void add_psk_cases(std::vector<Case>& out);
void add_chunk_cases(std::vector<Case>& out);
void add_provisioning_cases(std::vector<Case>& out);
void add_mutual_cases(std::vector<Case>& out);
void add_basic_mutual_cases(std::vector<Case>& out);

}  // namespace assay::conformance::spdm_topic
