// An SPDM requester (DSP0274) of versions 1.0 to 1.3: certificates, challenge, signed measurements, a secure
// session. No transport: it says what to send, and judges what came back.
#pragma once
#include "models/spdm/chunk_messages.hpp"
#include "models/spdm/exchange_key.hpp"
#include "models/spdm/management_messages.hpp"
#include "models/spdm/requester_identity.hpp"
#include "models/spdm/session.hpp"
#include "sim/base/result.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {

/// Why an answer is not acceptable.
struct RequestError {
    std::string request;             // "GET_CERTIFICATE"
    std::string what;                // what was found and what was expected
    std::optional<ErrorCode> error;  // where the responder answered ERROR
    std::string text() const { return request + ": " + what; }
};

/// What a requester does next. From session_measurements on, inside the established session.
enum class Step : std::uint8_t {
    version,
    capabilities,
    algorithms,
    digests,
    certificate,  // all portions
    challenge,
    measurements,
    key_exchange,
    finish,
    psk_exchange,
    psk_finish,  // passed over where the responder has no context
    // What the responder asks, after CHALLENGE_AUTH or in a handshake: passed over where it asks nothing.
    encapsulated_request,
    encapsulated_answer,
    // In the session where one is established, else in the clear:
    csr,
    set_certificate,
    measurement_log,  // all portions
    key_pair_info,
    endpoint_info,  // signed where the responder can
    session_measurements,
    message,  // ask()
    heartbeat,
    update_key,  // of this direction; verify_key follows
    update_all_keys,
    verify_key,
    end_session,
};

/// Certificates, and measurements signed in the clear.
inline constexpr std::array evidence_steps{Step::version, Step::capabilities, Step::algorithms,
                                           Step::digests, Step::certificate,  Step::measurements};
/// An established session.
inline constexpr std::array session_steps{
    Step::version,     Step::capabilities, Step::algorithms,           Step::digests,
    Step::certificate, Step::key_exchange, Step::encapsulated_request, Step::encapsulated_answer,
    Step::finish};
/// One by a pre-shared key.
inline constexpr std::array psk_steps{Step::version, Step::capabilities, Step::algorithms, Step::psk_exchange,
                                      Step::psk_finish};
/// Flags of a requester that wants one.
inline constexpr std::uint32_t session_flags =
    cap::encrypt | cap::mac | cap::key_ex | cap::hbeat | cap::key_upd;

/// What this requester offers, and asks for.
struct RequesterPlan {
    std::vector<Version> versions{Version::v1_1};  // ascending
    std::uint32_t base_asym = alg::ecdsa_p384;     // any of these
    std::uint32_t base_hash = alg::sha384;
    std::uint8_t slot = 0;
    std::uint8_t operation = 0xFF;  // all measurement blocks
    std::uint16_t portion = 0x400;  // of the certificate chain, per request
    Nonce nonce{};                  // of GET_MEASUREMENTS
    Nonce challenge_nonce{};
    std::array<std::uint8_t, 8> context{};  // RequesterContext, 1.3
    bool raw = false;                       // raw bit streams, from 1.2 on
    bool multi_key = false;                 // 1.3: where the responder can do both
    std::uint8_t key_pair_id = 0;           // of GET_CSR, SET_CERTIFICATE, GET_KEY_PAIR_INFO; in 1.3
    std::uint8_t csr_tag = 0;               // CSRTrackingTag
    Bytes csr_info{};                       // RequesterInfo of GET_CSR
    std::uint8_t new_slot = 1;              // of SET_CERTIFICATE
    Bytes new_chain{};                      // its chain structure; empty: erase, in 1.3

    // Sessions; algorithms are offered where the flags have KEY_EX_CAP.
    std::uint32_t flags = 0;
    std::uint16_t dhe = alg::dhe_p384;
    std::uint16_t aead = alg::aes_256_gcm;
    std::uint16_t req_base_asym = alg::ecdsa_p384;  // of the requester, offered with MUT_AUTH_CAP
    std::uint8_t summary = 0xFF;  // type of the measurement summary hash in CHALLENGE and KEY_EXCHANGE
    std::shared_ptr<const RequesterIdentity> identity{};  // with MUT_AUTH_CAP
    std::shared_ptr<const Secret> exchange_key{};         // instead of a fresh one, for known answers
    std::shared_ptr<const Secret> psk{};                  // of PSK_EXCHANGE, and the hint that names it
    Bytes psk_hint{};
    std::uint16_t session_id = 1;
    RecordFormat records = doe_records;
    std::uint32_t transfer_size = 0x1200;
    std::uint32_t max_message_size = 0;  // in chunks, with CHUNK_CAP; 0: transfer_size

    std::vector<Step> steps{evidence_steps.begin(), evidence_steps.end()};
};

/// One conversation. To signed measurements:
///     Requester requester{plan};
///     while (!requester.done()) if (auto ok = requester.receive(send(requester.next())); !ok) ...
/// With a session, where `context` makes its key pair (and must outlive the requester):
///     plan.flags = session_flags;
///     plan.steps.assign(session_steps.begin(), session_steps.end());
///     Requester requester{plan, &context};
///     ... as above, where requester.secured() says that next() is a record, and its answer is one, too ...
///     requester.ask(vendor_message);  // goes on inside the session, and so does then(Step::end_session)
///     requester.session()->export_master_secret();
class Requester {
public:
    explicit Requester(RequesterPlan plan, const crypto::Context* context = nullptr)
        : plan_(std::move(plan)), context_(context) {}
    /// A twin at the same place (SecuredChannel::twin).
    explicit Requester(const Requester& from) = default;

    bool done() const { return at_ == plan_.steps.size(); }
    /// The request to send now: made, and sealed, when it is asked for the first time. Precondition: not
    /// done.
    const Bytes& next();
    /// next() is a record of the session (as the transport carries secured messages), and so is its answer.
    bool secured() const;
    /// The answer to next(): padding after it is ignored. After an error the conversation is over.
    Result<Nothing, RequestError> receive(ByteView response);

    /// One more step at the end. What needs a session that there is not, is refused by next() as a bug
    /// (std::logic_error).
    void then(Step step);
    /// One message more inside the session; whatever answers it is answer(). Not for requests that change the
    /// session itself.
    void ask(Bytes message);
    const Bytes& answer() const { return answer_; }
    /// Measurements signed over `nonce`, inside the session.
    void measure(const Nonce& nonce);

    /// Root first, as the chain has them. Empty until CERTIFICATE has brought all.
    const std::vector<crypto::Certificate>& certificates() const { return responder_.certificates; }
    /// The last signed GET_MEASUREMENTS and its MEASUREMENTS, what an attestation report consists of. Empty
    /// until there is one.
    const Bytes& report() const { return report_; }
    /// The DER of CSR; the bytes of MEASUREMENT_EXTENSION_LOG; what KEY_PAIR_INFO and ENDPOINT_INFO said.
    const Bytes& csr() const { return csr_; }
    const Bytes& measurement_log() const { return log_; }
    const std::optional<KeyPairInfo>& key_pair() const { return key_pair_; }
    const Bytes& endpoint_info() const { return endpoint_info_; }
    /// MeasurementSummaryHash of CHALLENGE_AUTH or KEY_EXCHANGE_RSP, whichever came last.
    const Bytes& summary() const { return summary_; }
    const Connection& connection() const { return connection_; }
    /// Null until KEY_EXCHANGE_RSP was accepted, and after the session has ended.
    const Session* session() const { return session_ ? &*session_ : nullptr; }
    /// For who makes faults: what is sealed or opened beside the requester is missing in its count.
    Session* session() { return session_ ? &*session_ : nullptr; }

private:
    using Outcome = Result<Nothing, RequestError>;
    enum class Place : std::uint8_t { clear, inside, either, asked };  // asked: where the responder asks
    struct Row {
        Step step;
        std::string_view name;
        Code request;
        Code answer;
        Bytes (Requester::*make)();
        Outcome (Requester::*check)(ByteView response);
        bool (Requester::*again)() const;  // null: once
        Place place;
        bool (Requester::*due)() const = nullptr;  // null: always; else the step may be passed over
    };
    static const Row& row(Step step);
    /// An algorithm structure of NEGOTIATE_ALGORITHMS, and where its selection goes.
    struct Offered {
        std::uint8_t type;
        std::uint16_t bits;
        std::uint16_t Connection::*selected;
    };
    std::vector<Offered> offered() const;

    void prepare();
    void pass_over();
    void make_request(const Row& row);
    Bytes part_to_send();
    /// The whole answer to request_; nothing where a chunk has to follow first.
    Result<std::optional<Bytes>, RequestError> assembled(ByteView response);
    Result<std::optional<Bytes>, RequestError> acknowledged(ByteView response);
    Result<std::optional<Bytes>, RequestError> collected(ByteView response);
    const std::vector<std::uint16_t>& secured_versions() const;
    bool psk_unfinished() const;
    Outcome judge(const Row& row, ByteView message);
    /// The answer to what was sent; false: it was one of several.
    Result<bool, RequestError> take(const Row& row, ByteView response);

    Bytes get_version();
    Bytes get_capabilities();
    Bytes negotiate_algorithms();
    Bytes get_digests();
    Bytes get_certificate();
    Bytes challenge();
    Bytes get_measurements();
    Bytes key_exchange();
    Bytes finish();
    Bytes psk_exchange();
    Bytes psk_finish();
    Bytes get_encapsulated();
    Bytes deliver();
    bool asks_for_request() const;
    void all_told();
    bool is_asked() const { return !asked_.empty(); }
    Bytes answer_to(ByteView asked);
    Bytes own_digests(ByteView asked);
    Bytes own_certificate(ByteView asked);
    Bytes own_key_updated(ByteView asked);
    Bytes own_challenge_auth(ByteView asked);
    static constexpr std::uint8_t own_slots = 8;
    std::uint8_t own_slot_mask() const;
    Bytes own_error(ErrorCode code, std::uint8_t data = 0) const;
    Bytes get_csr();
    Bytes set_certificate();
    Bytes get_measurement_log();
    Bytes get_key_pair_info();
    Bytes get_endpoint_info();
    Bytes own_context() const;
    std::uint8_t own_model() const;
    Bytes message();
    Bytes heartbeat();
    Bytes update_key();
    Bytes update_all_keys();
    Bytes verify_key();
    Bytes end_session();
    Outcome version(ByteView response);
    Outcome capabilities(ByteView response);
    Outcome algorithms(ByteView response);
    Outcome digests(ByteView response);
    Outcome certificate(ByteView response);
    Outcome challenge_auth(ByteView response);
    Outcome measurements(ByteView response);
    Outcome key_exchange_rsp(ByteView response);
    Outcome finish_rsp(ByteView response);
    Outcome psk_exchange_rsp(ByteView response);
    Outcome psk_finish_rsp(ByteView response);
    Outcome encapsulated_request(ByteView response);
    Outcome delivered(ByteView response);
    Outcome csr_made(ByteView response);
    Outcome certificate_set(ByteView response);
    Outcome log_portion(ByteView response);
    Outcome key_pair_told(ByteView response);
    Outcome endpoint_told(ByteView response);
    bool more_log() const { return log_.size() < log_size_; }
    Outcome any(ByteView response);
    Outcome heartbeat_ack(ByteView response);
    Outcome key_updated(ByteView response);
    Outcome all_keys_updated(ByteView response);
    Outcome key_verified(ByteView response);
    Outcome session_ended(ByteView response);
    bool can_be_challenged() const;
    std::string wrong_mutual_auth(const KeyExchangeResponse& in) const;
    bool more_certificate() const;
    Outcome chain_complete();

    Header header(Code code, std::uint8_t param1 = 0, std::uint8_t param2 = 0) const;
    RequestError refuse(std::string what) const;
    Outcome echoed(ByteView response) const;
    bool signed_by_leaf(std::string_view context, ByteView transcript, ByteView signature) const;
    Bytes& pairs() { return secured() ? session_->measurements : transcript_.measurements(); }

    RequesterPlan plan_;
    const crypto::Context* context_;
    std::size_t at_ = 0;
    bool prepared_ = false;
    Bytes request_;                // the message
    Bytes outgoing_;               // that, a chunk of it, or the record of either
    std::vector<Bytes> messages_;  // of ask(), in order
    Bytes answer_;

    struct Transfer {
        std::uint8_t handle;
        std::uint16_t next;  // ChunkSeqNo
        std::size_t total, at;
        Bytes bytes;
    };
    std::optional<Transfer> sending_, getting_;  // request_ in chunks, its answer in chunks
    std::uint8_t next_handle_ = 0;

    Connection connection_;
    Transcript transcript_;
    Bytes digest_;  // of the slot's chain
    ChainReader chain_;
    PeerIdentity responder_;
    bool challenged_back_ = false;  // BasicMutAuthReq, until it is done
    Bytes own_messages_;            // M1/M2 of that, without A
    Bytes asked_;                   // the request that the responder encapsulated; empty: none
    std::uint8_t asked_id_ = 0;
    std::uint8_t own_slot_ = 0;  // with which FINISH is signed
    Bytes report_;
    Bytes csr_, log_, endpoint_info_;
    std::size_t log_size_ = 0;  // 0 until the first portion tells it
    std::optional<KeyPairInfo> key_pair_;
    Bytes summary_;
    std::optional<ExchangeKey> exchange_key_;
    std::optional<Session> session_;
    std::uint8_t tag_ = 0;  // of KEY_UPDATE
};

}  // namespace assay::spdm
