// Sessions that an independent requester ran against the DMTF reference responder: every signature, every
// value of the key schedule, every record, reproduced from the messages and the shared secret.
#include <boost/test/unit_test.hpp>

#include "models/spdm/replay_device.hpp"
#include "models/spdm/session.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {
namespace {

bool psk(const KnownSession& known) { return known.has("psk"); }
bool mutual(const KnownSession& known) { return known.has("finish_signature"); }

RecordFormat format_of(const KnownSession& known) {
    return known.text("transport") == "MCTP" ? mctp_records : doe_records;
}

bool same(const Secret& secret, ByteView expected) { return equal(secret.bytes(), expected); }

/// A session in which the messages of the recording have crossed.
struct Replay {
    explicit Replay(const KnownSession& session)
        : known(session),
          connection(connection_of(session.clear_messages)),
          hash(hash_of(connection.base_hash).value()),
          schedule(hash, connection.version),
          transcript(hash, known.at("vca"), psk(known) ? ByteView{} : ByteView{known.at("cert_chain_hash")}),
          handshake(begin()) {}

    /// Up to TH1, and ResponderVerifyData.
    HandshakeSecrets begin() {
        if (psk(known)) {
            const Bytes request = known.clear(Code{0xE6}), response = known.clear(Code{0x66});
            transcript.add(request);
            const std::size_t mac = crypto::digest_size(hash);
            transcript.add(ByteView{response}.first(response.size() - mac));
            auto secrets = schedule.handshake_psk(known.at("psk"), transcript.digest());
            transcript.add(ByteView{response}.last(mac));
            return secrets;
        }
        const Bytes request = known.clear(Code::key_exchange), response = known.clear(Code::key_exchange_rsp);
        const auto in = decode_as<KeyExchangeResponse>(
            response, connection.layout(request[2], !connection.handshake_in_the_clear()));
        BOOST_REQUIRE(bool(in));
        transcript.add(request);
        transcript.add(
            ByteView{response}.first(response.size() - in->signature.size() - in->verify_data.size()));
        signed_part = transcript.digest();
        signed_bytes = {transcript.bytes().begin(), transcript.bytes().end()};
        transcript.add(in->signature);
        th1 = transcript.digest();
        auto secrets = schedule.handshake(known.at("dhe_shared_secret_Z"), th1);
        transcript.add(in->verify_data);
        return secrets;
    }
    /// FINISH and its answer, wherever they travelled.
    Bytes message(Code code) const {
        Bytes out = known.clear(code);
        for (const auto& record : known.records)
            if (out.empty() && record.message[1] == static_cast<std::uint8_t>(code)) out = record.message;
        return out;
    }

    const KnownSession& known;
    Connection connection;
    crypto::Hash hash;
    KeySchedule schedule;
    SessionTranscript transcript;
    Bytes signed_part, signed_bytes, th1;
    HandshakeSecrets handshake;
};

BOOST_AUTO_TEST_CASE(every_value_of_the_key_schedule_is_reproduced) {
    for (const KnownSession& known : known_sessions()) {
        BOOST_TEST_CONTEXT(known.name) {
            Replay replay{known};
            if (!psk(known)) BOOST_TEST(replay.th1 == known.at("TH1"));
            const HandshakeSecrets& hs = replay.handshake;
            BOOST_TEST(same(hs.handshake, known.at("handshake_secret")));
            BOOST_TEST(same(hs.request, known.at("req_handshake_secret")));
            BOOST_TEST(same(hs.response, known.at("rsp_handshake_secret")));
            BOOST_TEST(same(hs.request_finished, known.at("req_finished_key")));
            BOOST_TEST(same(hs.response_finished, known.at("rsp_finished_key")));
            if (known.has("salt1")) BOOST_TEST(same(replay.schedule.salt_1(hs), known.at("salt1")));
            if (known.has("responder_verify_data") && known.has("TH1"))
                BOOST_TEST(replay.schedule.verify_data(hs.response_finished.bytes(), known.at("TH1")) ==
                           known.at("responder_verify_data"));

            const bool by_psk = psk(known);
            const Bytes finish = replay.message(by_psk ? Code{0xE7} : Code::finish);
            const Bytes finish_rsp = replay.message(by_psk ? Code{0x67} : Code::finish_rsp);
            const std::size_t mac = crypto::digest_size(replay.hash);
            if (mutual(known)) replay.transcript.add(known.at("requester_cert_chain_hash"));
            replay.transcript.add(ByteView{finish}.first(finish.size() - mac));
            BOOST_TEST(replay.transcript.digest() == known.at("TH_before_requester_verify_data"));
            BOOST_TEST(replay.schedule.verify_data(hs.request_finished.bytes(), replay.transcript.digest()) ==
                       known.at("requester_verify_data"));
            BOOST_TEST(equal(ByteView{finish}.last(mac), known.at("requester_verify_data")));
            replay.transcript.add(ByteView{finish}.last(mac));
            replay.transcript.add(ByteView{finish_rsp}.first(header_size));
            if (known.handshake_in_the_clear) {
                BOOST_TEST(replay.transcript.digest() == known.at("TH_before_finish_rsp_verify_data"));
                BOOST_TEST(
                    replay.schedule.verify_data(hs.response_finished.bytes(), replay.transcript.digest()) ==
                    known.at("finish_rsp_verify_data"));
            }
            replay.transcript.add(ByteView{finish_rsp}.subspan(header_size));
            BOOST_TEST(replay.transcript.digest() == known.at("TH2"));
            const DataSecrets data = replay.schedule.data(hs, replay.transcript.digest());
            BOOST_TEST(same(data.master, known.at("master_secret")));
            BOOST_TEST(same(data.request, known.at("req_app_secret")));
            BOOST_TEST(same(data.response, known.at("rsp_app_secret")));
            BOOST_TEST(same(data.export_master, known.at("export_master_secret")));

            const auto check_keys = [&](std::string_view epoch, const char* direction, ByteView secret) {
                const auto keys =
                    replay.schedule.record_keys(aead_of(replay.connection.aead).value(), secret);
                const std::string at = std::string{epoch} + '/' + direction + '/';
                BOOST_TEST(same(keys.key, known.keys.at(at + "key")), at);
                BOOST_TEST(same(keys.iv, known.keys.at(at + "iv")), at);
            };
            check_keys("handshake", "req", hs.request.bytes());
            check_keys("handshake", "rsp", hs.response.bytes());
            check_keys("app", "req", data.request.bytes());
            check_keys("app", "rsp", data.response.bytes());
            if (known.has("req_app_secret_1")) {
                const Secret req_1 = replay.schedule.next(data.request.bytes());
                const Secret req_2 = replay.schedule.next(req_1.bytes());
                const Secret rsp_1 = replay.schedule.next(data.response.bytes());
                BOOST_TEST(same(req_1, known.at("req_app_secret_1")));
                BOOST_TEST(same(rsp_1, known.at("rsp_app_secret_1")));
                if (known.has("req_app_secret_2")) BOOST_TEST(same(req_2, known.at("req_app_secret_2")));
                check_keys("app+1", "req", req_1.bytes());
                check_keys("app+1", "rsp", rsp_1.bytes());
                check_keys("app+2", "req", req_2.bytes());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_signature_holds_over_its_transcript_alone) {
    unsigned exchanges = 0, measurements = 0, finishes = 0;
    for (const KnownSession& known : known_sessions()) {
        if (psk(known)) continue;
        BOOST_TEST_CONTEXT(known.name) {
            const Replay replay{known};
            const Version version = replay.connection.version;
            const std::size_t prefix = 4 + crypto::digest_size(replay.hash);
            BOOST_TEST(crypto::digest(replay.hash, {known.at("cert_chain")}) == known.at("cert_chain_hash"));
            const auto chain =
                crypto::certificates_from_der(ByteView{known.at("cert_chain")}.subspan(prefix));
            BOOST_REQUIRE(bool(chain));
            const auto verify = [&](const crypto::Certificate& leaf, std::string_view context,
                                    ByteView transcript, ByteView signature) {
                return leaf.public_key().verify(crypto::SignatureScheme::ecdsa_raw, replay.hash,
                                                signed_message(version, replay.hash, context, transcript),
                                                signature);
            };
            BOOST_TEST(replay.signed_part == known.at("key_exchange_signed_transcript_hash"));
            if (known.has("key_exchange_signed_prefix_100"))
                BOOST_TEST(equal(ByteView{signed_message(version, replay.hash, signing::key_exchange_rsp,
                                                         replay.signed_bytes)}
                                     .first(100),
                                 known.at("key_exchange_signed_prefix_100")));
            BOOST_TEST(verify(chain->back(), signing::key_exchange_rsp, replay.signed_bytes,
                              known.at("key_exchange_signature")));
            Bytes changed = replay.signed_bytes;
            changed.back() ^= 1;
            BOOST_TEST(!verify(chain->back(), signing::key_exchange_rsp, changed,
                               known.at("key_exchange_signature")));
            if (version >= Version::v1_2)
                BOOST_TEST(!verify(chain->back(), signing::measurements, replay.signed_bytes,
                                   known.at("key_exchange_signature")));
            ++exchanges;

            if (known.has("measurements/signature")) {
                Bytes pairs;
                for (const auto& record : known.records)
                    if (record.message[1] == static_cast<std::uint8_t>(Code::get_measurements) ||
                        record.message[1] == static_cast<std::uint8_t>(Code::measurements))
                        append(pairs, record.message);
                const Bytes& signature = known.at("measurements/signature");
                pairs.resize(pairs.size() - signature.size());
                const Bytes transcript = l1_l2(version, known.at("vca"), pairs);
                BOOST_TEST(crypto::digest(replay.hash, {transcript}) ==
                           known.at("measurements/signed_transcript_hash"));
                BOOST_TEST(verify(chain->back(), signing::measurements, transcript, signature));
                ++measurements;
            }
            if (mutual(known)) {
                const auto requester =
                    crypto::certificates_from_der(ByteView{known.at("requester_cert_chain")}.subspan(prefix));
                BOOST_REQUIRE(bool(requester));
                SessionTranscript transcript = replay.transcript;
                transcript.add(known.at("requester_cert_chain_hash"));
                transcript.add(ByteView{replay.message(Code::finish)}.first(header_size));
                BOOST_TEST(transcript.digest() == known.at("TH_for_finish_signature"));
                BOOST_TEST(verify(requester->back(), signing::finish, transcript.bytes(),
                                  known.at("finish_signature")));
                ++finishes;
            }
        }
    }
    if (exchanges != 0) BOOST_TEST((exchanges == 8 && measurements == 6 && finishes == 2));
}

BOOST_AUTO_TEST_CASE(every_record_is_opened_and_sealed_to_the_same_bytes) {
    std::size_t opened = 0, sealed = 0;
    for (const KnownSession& known : known_sessions()) {
        BOOST_TEST_CONTEXT(known.name) {
            const Replay replay{known};
            const SecuredChannel::Parameters parameters{format_of(known), known.session_id,
                                                        aead_of(replay.connection.aead).value(), true};
            SecuredChannel requester{parameters, replay.schedule}, responder{parameters, replay.schedule};
            std::string epoch;
            for (const auto& record : known.records) {
                if (epoch.empty() || (epoch == "handshake" && record.epoch == "app")) {
                    epoch = record.epoch;
                    const bool app = epoch == "app";
                    const Bytes& req = known.at(app ? "req_app_secret" : "req_handshake_secret");
                    const Bytes& rsp = known.at(app ? "rsp_app_secret" : "rsp_handshake_secret");
                    requester.use(req, rsp);
                    responder.use(rsp, req);
                }
                SecuredChannel& from = record.request ? requester : responder;
                SecuredChannel& to = record.request ? responder : requester;
                BOOST_TEST((record.request ? from : to).sent() >= 0U);
                const std::size_t head = 2 + (parameters.format.type ? 1 : 0);
                const ByteView padding = ByteView{record.plaintext}.subspan(head + record.message.size());
                BOOST_TEST(from.sent() == record.sequence);
                const Bytes own = from.seal(record.message, padding);
                BOOST_TEST(own == record.record);
                const auto back = to.open(record.record);
                BOOST_REQUIRE(bool(back));
                BOOST_TEST(equal(back->bytes(), record.message));
                ++sealed;
                ++opened;
                // KEY_UPDATE: 1 changes the requester's key, 2 both, 3 says that the new one works.
                if (record.message[1] == 0xE9) {
                    const unsigned operation = record.message[2];
                    if (operation == 3) {
                        responder.confirm_receive();
                    } else {
                        responder.update_receive();
                        if (operation == 2) {
                            responder.update_send();
                            requester.update_receive();
                            requester.confirm_receive();
                        }
                        requester.update_send();
                    }
                }
            }
        }
    }
    BOOST_TEST(opened == sealed);
    if (opened != 0) BOOST_TEST(opened == 158U);
}

/// The session as both ends hold it, from the secret on: states, keys of each direction, key updates.
BOOST_AUTO_TEST_CASE(both_ends_walk_through_the_known_sessions) {
    unsigned walked = 0;
    for (const KnownSession& known : known_sessions()) {
        if (psk(known) || mutual(known)) continue;
        BOOST_TEST_CONTEXT(known.name) {
            const Replay replay{known};
            for (const Role role : {Role::requester, Role::responder}) {
                SessionTranscript transcript{replay.hash, known.at("vca"), known.at("cert_chain_hash")};
                const Bytes response = known.clear(Code::key_exchange_rsp);
                const Bytes mac =
                    known.has("responder_verify_data") ? known.at("responder_verify_data") : Bytes{};
                transcript.add(known.clear(Code::key_exchange));
                transcript.add(ByteView{response}.first(response.size() - mac.size()));
                Session session{replay.connection, role, known.session_id, format_of(known),
                                std::move(transcript)};
                session.begin_handshake(known.at("dhe_shared_secret_Z"));
                BOOST_TEST(
                    (mac.empty() || session.verify_data(Role::responder, session.transcript()) == mac));
                session.transcript().add(mac);
                const auto cross = [&](const Bytes& message, bool from_requester) {
                    session.transcript().add(ByteView{message}.first(header_size));
                    if (message.size() > header_size) {
                        const Role sender = from_requester ? Role::requester : Role::responder;
                        BOOST_TEST(equal(session.verify_data(sender, session.transcript()),
                                         ByteView{message}.subspan(header_size)));
                    }
                    session.transcript().add(ByteView{message}.subspan(header_size));
                };
                const auto to_application_keys = [&] {
                    session.finish();
                    BOOST_TEST(session.export_master_secret().empty());
                    session.establish();
                    BOOST_TEST(equal(session.export_master_secret(), known.at("export_master_secret")));
                };
                if (known.handshake_in_the_clear) {
                    cross(known.clear(Code::finish), true);
                    cross(known.clear(Code::finish_rsp), false);
                    to_application_keys();
                }
                SecuredChannel& channel = session.channel();
                for (const auto& record : known.records) {
                    const bool own = record.request == (role == Role::requester);
                    if (own) {
                        const std::size_t head = format_of(known).type ? 3 : 2;
                        BOOST_TEST(channel.seal(record.message, ByteView{record.plaintext}.subspan(
                                                                    head + record.message.size())) ==
                                   record.record);
                    } else {
                        const auto opened = channel.open(record.record);
                        BOOST_REQUIRE(bool(opened));
                        BOOST_TEST(equal(opened->bytes(), record.message));
                    }
                    const Code code{record.message[1]};
                    if (code == Code::finish) cross(record.message, true);
                    if (code == Code::finish_rsp) {
                        cross(record.message, false);
                        to_application_keys();
                    }
                    if (code != Code::key_update) continue;
                    const auto operation = static_cast<KeyOperation>(record.message[2]);
                    const bool all = operation == KeyOperation::update_all_keys;
                    if (operation == KeyOperation::verify_new_key) {
                        channel.confirm_receive();
                    } else if (role == Role::requester) {
                        channel.update_send();
                        if (all) channel.update_receive();
                        if (all) channel.confirm_receive();
                    } else {
                        channel.update_receive();
                        if (all) channel.update_send();
                    }
                }
                ++walked;
            }
        }
    }
    if (walked != 0) BOOST_TEST(walked == 12U);
}

BOOST_AUTO_TEST_CASE(any_changed_bit_of_a_record_is_refused) {
    for (const KnownSession& known : known_sessions()) {
        const Replay replay{known};
        const auto& record = *std::ranges::find(known.records, "app", &KnownSession::Record::epoch);
        const SecuredChannel::Parameters parameters{format_of(known), known.session_id,
                                                    aead_of(replay.connection.aead).value(), true};
        SecuredChannel responder{parameters, replay.schedule};
        responder.use(known.at("rsp_app_secret"), known.at("req_app_secret"));
        for (std::size_t bit = 0; bit < record.record.size() * 8; ++bit) {
            Bytes changed = record.record;
            changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
            BOOST_REQUIRE(!responder.open(changed));
        }
        for (std::size_t size = 0; size < record.record.size(); ++size)
            BOOST_REQUIRE(!responder.open(ByteView{record.record}.first(size)));
        Bytes longer = record.record;
        longer.resize(longer.size() + parameters.format.alignment);
        BOOST_TEST(!responder.open(longer));
        BOOST_TEST(bool(responder.open(record.record)));  // nothing of that has harmed the channel,
        BOOST_TEST(!responder.open(record.record));       // and a replay is refused
    }
}

}  // namespace
}  // namespace assay::spdm
