// The known sessions through the requester whole, and through what the responder does without its private
// key: every byte that the reference saw is made again.
#include <boost/test/unit_test.hpp>

#include "models/spdm/replay_device.hpp"
#include "models/spdm/requester.hpp"
#include "models/spdm/responder.hpp"

namespace assay::spdm {
namespace {

/// The requester of a recorded mutual authentication: its signature is the recorded one.
class RecordedIdentity final : public RequesterIdentity {
public:
    explicit RecordedIdentity(const KnownSession& known)
        : chain_(known.at("requester_cert_chain")), signature_(known.at("finish_signature")) {}
    ByteView certificate_chain(std::uint8_t slot, const Connection&) const override {
        return slot == 0 ? ByteView{chain_} : ByteView{};
    }
    Bytes sign(std::uint8_t, const Connection&, std::string_view, ByteView) const override {
        return signature_;
    }

private:
    Bytes chain_, signature_;
};

std::shared_ptr<const Secret> shared_secret_of(ByteView bytes) {
    Secret out{bytes.size()};
    std::ranges::copy(bytes, out.bytes().begin());
    return std::make_shared<const Secret>(std::move(out));
}

/// The plan that the recording followed.
RequesterPlan recorded_plan(const KnownSession& known) {
    const Connection was = connection_of(known.clear_messages);
    const Bytes request = known.clear(Code::key_exchange);
    RequesterPlan plan;
    plan.versions = {was.version};
    plan.flags = was.requester_flags;
    plan.base_asym = was.base_asym;
    plan.base_hash = was.base_hash;
    plan.dhe = was.dhe;
    plan.aead = was.aead;
    plan.req_base_asym = was.req_base_asym;
    plan.summary = request[2];
    plan.slot = request[3];
    plan.session_id = static_cast<std::uint16_t>(known.session_id & 0xFFFF);
    plan.records = known.text("transport") == "MCTP" ? mctp_records : doe_records;
    plan.exchange_key = shared_secret_of(known.at("requester_dhe_private"));
    if (known.has("finish_signature")) plan.identity = std::make_shared<RecordedIdentity>(known);
    plan.steps.assign(session_steps.begin(), session_steps.end());
    return plan;
}

BOOST_AUTO_TEST_CASE(the_requester_gives_the_bytes_of_the_known_sessions) {
    unsigned sessions = 0;
    for (const KnownSession& known : known_sessions()) {
        if (known.has("psk")) continue;
        BOOST_TEST_CONTEXT(known.name) {
            const Connection was = connection_of(known.clear_messages);
            RecordedRandom random;
            random.expect(decode_as<KeyExchange>(known.clear(Code::key_exchange), was.layout())->random);
            crypto::Context context{random};
            Requester requester{recorded_plan(known), &context};
            std::vector<std::pair<Bytes, Bytes>> crossed;
            for (std::size_t i = 0; i + 1 < known.clear_messages.size(); i += 2)
                crossed.emplace_back(known.clear_messages[i], known.clear_messages[i + 1]);
            for (std::size_t i = 0; i + 1 < known.records.size(); i += 2)
                crossed.emplace_back(known.records[i].record, known.records[i + 1].record);
            for (const auto& [request, response] : crossed) {
                if (requester.done()) break;  // the recording goes on with tags of its own
                BOOST_REQUIRE(to_hex(requester.next()) == to_hex(request));
                const auto ok = requester.receive(response);
                BOOST_REQUIRE_MESSAGE(bool(ok), (ok ? "" : ok.error().text()));
            }
            BOOST_REQUIRE(std::as_const(requester).session() != nullptr);
            BOOST_TEST(equal(std::as_const(requester).session()->export_master_secret(),
                             known.at("export_master_secret")));
            ++sessions;
        }
    }
    if (sessions != 0) BOOST_TEST(sessions == 8U);
}

/// A responder that has negotiated as recorded, and the session as it stood after KEY_EXCHANGE_RSP.
struct RecordedResponder {
    explicit RecordedResponder(const KnownSession& recorded)
        : known(recorded), device(known), responder(device, mctp_records), session(made()) {
        session.begin_handshake(known.at("dhe_shared_secret_Z"));
        session.transcript().add(known.at("responder_verify_data"));
        session.mutual_auth = known.clear(Code::key_exchange_rsp).at(6);  // after RspSessionID
    }
    Session made() {
        for (std::size_t i = 0; i < 6; i += 2)
            BOOST_TEST(to_hex(responder.execute(known.clear_messages[i])) ==
                       to_hex(known.clear_messages[i + 1]));
        const Bytes response = known.clear(Code::key_exchange_rsp);
        SessionTranscript transcript{hash_of(responder.connection().base_hash).value(), known.at("vca"),
                                     known.at("cert_chain_hash")};
        transcript.add(known.clear(Code::key_exchange));
        transcript.add(ByteView{response}.first(response.size() - known.at("responder_verify_data").size()));
        return {responder.connection(), Role::responder, known.session_id, mctp_records,
                std::move(transcript)};
    }
    Answer handle(const Bytes& message) {
        const Request request{message, &session};
        switch (Code{message[1]}) {
            case Code::get_encapsulated_request: return responder.get_encapsulated_request(request);
            case Code::deliver_encapsulated_response: return responder.deliver_encapsulated_response(request);
            default: return responder.finish(request);
        }
    }

    const KnownSession& known;
    ReplayDevice device;
    Responder responder;
    Session session;
};

BOOST_AUTO_TEST_CASE(the_responder_answers_the_known_mutual_authentications) {
    unsigned sessions = 0;
    for (const KnownSession& known : known_sessions()) {
        if (!known.has("finish_signature")) continue;
        BOOST_TEST_CONTEXT(known.name) {
            RecordedResponder recorded{known};
            recorded.responder.ask_identity(recorded.session);
            for (std::size_t i = 0; known.records[i].epoch == "handshake"; i += 2) {
                const Bytes& message = known.records[i].message;
                if (message[1] == static_cast<std::uint8_t>(Code::finish)) {
                    // Any bit of signature or HMAC that changes is noticed.
                    for (std::size_t at = 4; at < message.size(); at += 5) {
                        Bytes changed = message;
                        changed[at] ^= 1;
                        const Answer refused = recorded.handle(changed);
                        BOOST_TEST((!refused && refused.error().code == ErrorCode::decrypt_error));
                    }
                }
                const Answer answer = recorded.handle(message);
                BOOST_REQUIRE(bool(answer));
                BOOST_TEST(to_hex(*answer) == to_hex(known.records[i + 1].message));
            }
            recorded.session.establish();
            BOOST_TEST(equal(recorded.session.export_master_secret(), known.at("export_master_secret")));
            BOOST_TEST(recorded.session.requester->chain_digest == known.at("requester_cert_chain_hash"));
            ++sessions;
        }
    }
    if (sessions != 0) BOOST_TEST(sessions == 2U);
}

}  // namespace
}  // namespace assay::spdm
