// Mutual authentication (DSP0274): the responder asks who the requester is, in encapsulated requests, and
// FINISH is signed.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::conformance::spdm_topic {
namespace mutual_topic {

using Version = std::uint8_t;

constexpr std::uint8_t invalid_response_code = 0x09, no_pending_requests = 0x45;

Offer mutual_offer() {
    Offer out;
    out.flags |= 0x02 | mut_auth_cap | 0x1000;  // CERT_CAP, MUT_AUTH_CAP, ENCAP_CAP
    return out;
}

/// Who the requester is: a key, and a chain structure around it.
struct Identity {
    crypto::PrivateKey key;
    Bytes chain;
};
Identity make_identity(Client& client) {
    const auto& context = client.trial().crypto();
    const auto type = client.req_asym_sel == 0x10 ? crypto::KeyType::p256 : crypto::KeyType::p384;
    const auto root_key = crypto::PrivateKey::generate(context, type);
    auto key = crypto::PrivateKey::generate(context, type);
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", "requester's root"}};
    spec.serial = {1};
    spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    spec.ca = true;
    spec.key_usage = {"keyCertSign"};
    const auto hash = type == crypto::KeyType::p256 ? crypto::Hash::sha256 : crypto::Hash::sha384;
    const auto root = crypto::issue(spec, root_key.public_key(), nullptr, root_key, hash);
    spec.subject = {{"CN", "requester"}};
    spec.serial = {2};
    spec.ca = false;
    spec.key_usage = {"digitalSignature"};
    const auto leaf = crypto::issue(spec, key.public_key(), &root, root_key, hash);
    Bytes chain = concat({Bytes(4), client.digest({root.der()}), root.der(), leaf.der()});
    std::ranges::copy(store(static_cast<std::uint16_t>(chain.size()), std::endian::little), chain.begin());
    return {std::move(key), std::move(chain)};
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
        if (how == 0)
            client.trial().not_tested(NotTested::not_supported,
                                      "the responder does not ask who the requester is");
        client.trial().expect(how == 1 || how == 2 || how == 4, "mutual-requested",
                              "MutAuthRequested is 1, 2 or 4", fmt::format("it is {}", how));
        if (how == 1) slot = x.answer[7] & 0x0F;
        return in_handshake(client, x);
    }
};

/// The responder's requests, asked for and answered, until there is none.
struct Embedded {
    std::uint8_t id = 0;
    Bytes request;
};
Bytes response_to(Asked& a, ByteView request) {
    Client& client = a.client;
    client.trial().expect(
        request.size() >= 4 && request[0] == client.version && (request[1] == 0x81 || request[1] == 0x82),
        "encapsulated-request", "GET_DIGESTS or GET_CERTIFICATE is asked", in_words(request));
    if (request[1] == 0x81)
        return concat({client.head(0x01, client.version >= 0x13 ? 1 : 0, 1), client.digest({a.me.chain})});
    client.trial().expect(request.size() >= 8, "encapsulated-request", "GET_CERTIFICATE has 8 bytes",
                          in_words(request));
    const std::size_t offset = u16(request, 4), length = u16(request, 6);
    client.trial().expect(offset < a.me.chain.size() && length > 0, "encapsulated-offset",
                          "it asks for what there is", fmt::format("Offset {}, Length {}", offset, length));
    const std::size_t bytes = std::min({length, a.me.chain.size() - offset, std::size_t{0x400}});
    return concat({client.head(0x02, request[2] & 0x0F),
                   store(static_cast<std::uint16_t>(bytes), std::endian::little),
                   store(static_cast<std::uint16_t>(a.me.chain.size() - offset - bytes), std::endian::little),
                   part(a.me.chain, offset, bytes)});
}
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
Bytes deliver(const Client& client, std::uint8_t id, ByteView response) {
    return concat({client.head(0xEB, id), response});
}

/// ENCAPSULATED_RESPONSE_ACK, and the next request in it; nothing at the end.
std::optional<Embedded> next_of(Asked& a, std::uint8_t delivered, ByteView answer) {
    Trial& trial = a.client.trial();
    const std::size_t fixed = a.client.version >= 0x12 ? 8 : 4;
    trial.expect(answer.size() >= fixed && answer[0] == a.client.version && answer[1] == 0x6B,
                 "unexpected-answer", "ENCAPSULATED_RESPONSE_ACK", in_words(answer));
    trial.expect(fixed == 4 || answer[4] == delivered, "acknowledged-id",
                 fmt::format("AckRequestID is {}", delivered), in_words(answer));
    if (answer[3] == 1) return Embedded{answer[2], part(answer, fixed, answer.size() - fixed)};
    trial.expect(answer[3] == 0 || answer[3] == 2, "payload-type",
                 "the payload is nothing, a request or a slot", in_words(answer));
    if (answer[3] == 2) {
        trial.expect(answer.size() > fixed, "slot-missing", "ReqSlotNumber is there", in_words(answer));
        a.slot = answer[fixed];
    }
    return std::nullopt;
}
void answer_all(Asked& a) {
    if (a.how == 1) return;  // no requests
    std::optional<Embedded> now = first_request(a);
    for (int i = 0; now && i < 64; ++i) {
        const Bytes answer = ask_handshake(a, deliver(a.client, now->id, response_to(a, now->request)));
        now = next_of(a, now->id, answer);
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

void needs_mutual(Trial& trial, Version version) { const Asked a{trial, version}; }

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
    const Bytes answer = ask_handshake(
        a, deliver(a.client, static_cast<std::uint8_t>(asked.id + 7), response_to(a, asked.request)));
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
        Bytes response = response_to(a, now->request);
        if (response[1] == 0x02)
            response.back() = static_cast<std::uint8_t>(response.back() ^ 1);  // of the leaf's signature
        const Bytes answer = ask_handshake(a, deliver(a.client, now->id, response));
        if (answer.size() > 1 && answer[1] == 0x7F) {
            trial.expect(answer[2] != 0, "chain-refused", "the broken chain is refused", in_words(answer));
            return;
        }
        now = next_of(a, now->id, answer);
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
