// Mutual authentication (DSP0274): the responder asks who the requester is, in encapsulated requests, and
// FINISH is signed.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/encapsulated.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::conformance::spdm_topic {
namespace mutual_topic {

using Version = std::uint8_t;

Offer mutual_offer() {
    Offer out;
    out.flags |= 0x02 | mut_auth_cap | 0x1000;  // CERT_CAP, MUT_AUTH_CAP, ENCAP_CAP
    return out;
}

void nobody_asks(Trial& trial) {
    trial.not_tested(NotTested::not_supported, "the responder does not ask who the requester is");
}

/// A session in its handshake, whose responder has asked who the requester is.
struct Asked {
    Asked(Trial& trial, Version version)
        : client(trial, version, mutual_offer()), session(begin()), me(make_identity(client)) {}
    Client client;
    std::uint8_t how = 0;   // MutAuthRequested
    std::uint8_t slot = 0;  // that FINISH is signed for
    Session session;
    Identity me;

private:
    Session begin() {
        client.connect();
        client.learn_chains();
        const Exchange x = key_exchange(client);
        how = x.answer[6];
        if (how == 0) nobody_asks(client.trial());
        client.trial().expect(how == 1 || how == 2 || how == 4, "mutual-requested",
                              "MutAuthRequested is 1, 2 or 4", fmt::format("it is {}", how));
        if (how == 1) slot = x.answer[7] & 0x0F;
        return in_handshake(client, x);
    }
};

Bytes ask_handshake(Asked& a, ByteView message) {
    return a.client.both(clear_handshake_cap) ? a.client.ask(message) : ask_in(a.client, a.session, message);
}
Embedded first_request(Asked& a) {
    if (a.how == 4) return {0, a.client.head(0x81)};
    const Bytes answer = ask_handshake(a, a.client.head(0xEA));
    a.client.trial().expect(answer.size() >= 8 && answer[0] == a.client.version && answer[1] == 0x6A,
                            "unexpected-answer", "ENCAPSULATED_REQUEST", in_words(answer));
    return {answer[2], part(answer, 4, answer.size() - 4)};
}
void answer_all(Asked& a) {
    if (a.how == 1) return;  // no requests
    std::optional<Embedded> now = first_request(a);
    for (int i = 0; now && i < 64; ++i) {
        const Bytes answer =
            ask_handshake(a, deliver(a.client, now->id, identity_response(a.client, a.me, now->request)));
        now = next_of(a.client, now->id, answer, a.slot);
    }
    a.client.trial().expect(!now, "encapsulated-endless", "the requests come to an end", "they do not");
}

Bytes signed_finish(const Asked& a, bool with_other_key = false) {
    const Client& client = a.client;
    const Bytes head = client.head(0xE5, 1, a.slot);
    const Bytes th = concat({a.session.th, client.digest({a.me.chain}), head});
    const auto other = crypto::PrivateKey::generate(a.client.trial().crypto(), a.me.key.public_key().type());
    const Bytes signature = (with_other_key ? other : a.me.key)
                                .sign(crypto::SignatureScheme::ecdsa_raw, client.hash(),
                                      client.signed_message("requester-finish signing", th));
    return concat({head, signature,
                   crypto::hmac(client.hash(), a.session.handshake.request_finished.bytes(),
                                {client.digest({th, signature})})});
}
void finish_mutual(Asked& a) {
    const Bytes request = signed_finish(a);
    const Bytes answer = ask_handshake(a, request);
    Client& client = a.client;
    client.trial().expect(answer.size() >= 4 && answer[0] == client.version && answer[1] == 0x65,
                          "finish-refused", "FINISH_RSP", in_words(answer));
    a.session.th = concat({a.session.th, client.digest({a.me.chain}), request, answer});
    const spdm::DataSecrets data =
        key_schedule_of(client).data(a.session.handshake, client.digest({a.session.th}));
    use_keys(client, a.session, data.request.bytes(), data.response.bytes());
}

/// Whether it asks at all; what it asks is judged by the cases.
void needs_mutual(Trial& trial, Version version) {
    Client client{trial, version, mutual_offer()};
    client.connect();
    client.learn_chains();
    if (key_exchange(client).answer[6] == 0) nobody_asks(trial);
}

void works(Trial& trial, Version version) {
    Asked a{trial, version};
    answer_all(a);
    finish_mutual(a);
    answered_in(a.client, a.session, a.client.head(0x81), 0x01, "GET_DIGESTS");
}
void bad_signature(Trial& trial, Version version) {
    Asked a{trial, version};
    answer_all(a);
    const Bytes request = signed_finish(a, true);
    const Bytes answer = ask_handshake(a, request);
    expect_refusal(trial, answer, 0xE5, {decrypt_error}, "FINISH signed by a key that is not the leaf's");
}
void no_signature(Trial& trial, Version version) {
    Asked a{trial, version};
    answer_all(a);
    const Bytes answer = ask_handshake(a, finish_request(a.client, a.session));
    expect_refusal(trial, answer, 0xE5, {invalid_request, decrypt_error},
                   "FINISH without the signature that was asked for");
}
void not_answered(Trial& trial, Version version) {
    Asked a{trial, version};
    if (a.how == 1) trial.not_tested(NotTested::not_supported, "the responder asks nothing");
    const Bytes answer = ask_handshake(a, signed_finish(a));
    expect_refusal(trial, answer, 0xE5, {unexpected_request, 0x08, invalid_request, decrypt_error},
                   "FINISH before the responder's requests are answered");
}
void wrong_request_id(Trial& trial, Version version) {
    Asked a{trial, version};
    if (a.how == 1) trial.not_tested(NotTested::not_supported, "the responder asks nothing");
    const Embedded asked = first_request(a);
    const Bytes answer = ask_handshake(a, deliver(a.client, static_cast<std::uint8_t>(asked.id + 7),
                                                  identity_response(a.client, a.me, asked.request)));
    expect_refusal(trial, answer, 0xEB, {invalid_request}, "a response under another RequestID");
}
void wrong_response(Trial& trial, Version version) {
    Asked a{trial, version};
    if (a.how == 1) trial.not_tested(NotTested::not_supported, "the responder asks nothing");
    const Embedded asked = first_request(a);
    const Bytes answer = ask_handshake(a, deliver(a.client, asked.id, a.client.head(0x04)));
    expect_refusal(trial, answer, 0xEB, {invalid_response_code}, "VERSION in answer to another request");
}
void wrong_digest(Trial& trial, Version version) {
    Asked a{trial, version};
    if (a.how == 1) trial.not_tested(NotTested::not_supported, "the responder asks nothing");
    std::optional<Embedded> now = first_request(a);
    for (int i = 0; now && i < 64; ++i) {
        Bytes response = identity_response(a.client, a.me, now->request);
        if (response[1] == 0x02)
            response.back() = static_cast<std::uint8_t>(response.back() ^ 1);  // of the leaf's signature
        const Bytes answer = ask_handshake(a, deliver(a.client, now->id, response));
        if (answer.size() > 1 && answer[1] == 0x7F) {
            trial.expect(answer[2] != 0, "chain-refused", "the broken chain is refused", in_words(answer));
            return;
        }
        now = next_of(a.client, now->id, answer, a.slot);
    }
    const Bytes answer = ask_handshake(a, signed_finish(a));
    trial.expect(answer.size() > 1 && answer[1] == 0x7F, "chain-taken",
                 "a chain that is not that of DIGESTS establishes nothing", in_words(answer));
}
void nothing_pending(Trial& trial, Version version) {
    Client client{trial, version, mutual_offer()};
    client.connect();
    client.refused(client.head(0xEA), {version >= 0x13 ? no_pending_requests : unexpected_request},
                   "GET_ENCAPSULATED_REQUEST with nothing to ask");
}

}  // namespace mutual_topic

void add_mutual_cases(std::vector<Case>& out) {
    using namespace mutual_topic;
    const std::vector<std::string> has{"mutual-auth", "sessions", "cert"};
    // clang-format off
    add_cases(
        out,
        {
            {"mutual.established", "A requester that is asked authenticates itself", {"SPDM-MUT-001", "SPDM-MUT-002"}, has, sessions_too, needs_mutual, works},
            {"mutual.signature", "FINISH signed by another key is refused with DecryptError", {"SPDM-MUT-003"}, has, sessions_too, needs_mutual, bad_signature},
            {"mutual.unsigned", "FINISH without the signature that was asked for is refused", {"SPDM-MUT-003"}, has, sessions_too, needs_mutual, no_signature},
            {"mutual.unanswered", "FINISH before the responder is answered is refused", {"SPDM-MUT-004"}, has, sessions_too, needs_mutual, not_answered},
            {"mutual.request-id", "A response under another RequestID is refused", {"SPDM-MUT-005"}, has, sessions_too, needs_mutual, wrong_request_id},
            {"mutual.response-code", "A response of another kind is refused with InvalidResponseCode", {"SPDM-MUT-005"}, has, sessions_too, needs_mutual, wrong_response},
            {"mutual.chain", "A chain that is broken authenticates nobody", {"SPDM-MUT-003"}, has, sessions_too, needs_mutual, wrong_digest},
            {"mutual.nothing-pending", "With nothing to ask GET_ENCAPSULATED_REQUEST is refused", {"SPDM-MUT-006"}, {"encapsulated"}, sessions_too, needs_connection, nothing_pending},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
