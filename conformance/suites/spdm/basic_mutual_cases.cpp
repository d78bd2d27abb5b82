// Basic mutual authentication (DSP0274, deprecated from 1.2 on): CHALLENGE_AUTH asks for it, and the
// requester is challenged in encapsulated requests without a session.
#include <fmt/format.h>

#include "conformance/suites/spdm/encapsulated.hpp"

namespace assay::conformance::spdm_topic {
namespace basic_mutual_topic {

using Version = std::uint8_t;

constexpr std::uint32_t cert_cap = 0x02, chal_cap = 0x04, encap_cap = 0x1000;
constexpr std::uint8_t request_in_flight = 0x08;

Offer offer_with(std::uint32_t flags) {
    Offer out;
    out.flags |= flags;
    return out;
}

/// A requester that is to be challenged.
struct Challenged {
    Challenged(Trial& trial, Version version)
        : client(trial, version, offer_with(cert_cap | chal_cap | mut_auth_cap | encap_cap)), me(begin()) {}
    Client client;
    Identity me;
    Bytes messages{};  // what crossed encapsulated, up to CHALLENGE
    Bytes nonce{};     // of the last CHALLENGE

private:
    Identity begin() {
        client.connect();
        client.learn_chains();
        challenge();
        return make_identity(client);
    }

public:
    void challenge() {
        const auto answer = client.challenge(0, 0, client.random(32));
        Trial& trial = client.trial();
        trial.expect(answer.is_signed, "challenge-signature", "the leaf signs A, B and C",
                     "it does not verify");
        if (!answer.asks_back)
            trial.not_tested(NotTested::not_supported, "the responder does not challenge its requester");
        messages.clear();
    }
};

/// What is wrong with the requester's CHALLENGE_AUTH.
enum class Wrong : std::uint8_t { nothing, key, transcript, chain_hash, slot };

Bytes challenge_auth(Challenged& c, ByteView request, Wrong wrong) {
    const Client& client = c.client;
    Trial& trial = client.trial();
    trial.expect(request[2] == 0 && request[3] == 0, "challenge-parameters",
                 "slot 0 is challenged, and no summary hash asked for", in_words(request));
    c.nonce = part(request, 4, 32);
    Bytes hash = client.digest({c.me.chain});
    if (wrong == Wrong::chain_hash) hash.back() ^= 1;
    const Bytes body = concat({client.head(0x03, wrong == Wrong::slot ? 1 : 0, 1), hash, Bytes(32, 0x77),
                               Bytes(2), request.subspan(36)});  // from 1.3 on its context, echoed
    const bool with_vca = (client.version >= 0x12) != (wrong == Wrong::transcript);
    const Bytes transcript = concat({with_vca ? ByteView{client.a} : ByteView{}, c.messages, request, body});
    const auto other = crypto::PrivateKey::generate(trial.crypto(), c.me.key.public_key().type());
    return concat({body, (wrong == Wrong::key ? other : c.me.key)
                             .sign(crypto::SignatureScheme::ecdsa_raw, client.hash(),
                                   client.signed_message("requester-challenge_auth signing", transcript))});
}

Embedded first_request(Challenged& c) {
    const Bytes answer = c.client.ask(c.client.head(0xEA));
    c.client.trial().expect(answer.size() >= 8 && answer[0] == c.client.version && answer[1] == 0x6A,
                            "unexpected-answer", "ENCAPSULATED_REQUEST", in_words(answer));
    return {answer[2], part(answer, 4, answer.size() - 4)};
}

/// Answers the responder up to its CHALLENGE, and that with what is `wrong`: the last answer.
Bytes answer_all(Challenged& c, Wrong wrong = Wrong::nothing) {
    Client& client = c.client;
    Embedded now = first_request(c);
    for (int i = 0; i < 64; ++i) {
        const bool last = now.request.size() > 1 && now.request[1] == 0x83;
        const std::size_t size =
            last ? 36 + client.context().size() : (now.request.size() > 1 && now.request[1] == 0x82 ? 8 : 4);
        const Bytes request = exactly(client.trial(), now.request, size, "the encapsulated request");
        const Bytes response =
            last ? challenge_auth(c, request, wrong) : identity_response(client, c.me, request);
        const Bytes answer = client.ask(deliver(client, now.id, response));
        if (last) return answer;
        append(c.messages, concat({request, response}));
        std::uint8_t slot = 0;
        const auto next = next_of(client, now.id, answer, slot);
        client.trial().expect(next.has_value(), "not-challenged", "CHALLENGE is among the requests",
                              "they ended without it");
        now = *next;
    }
    client.trial().expect(false, "encapsulated-endless", "the requests come to an end", "they do not");
    return {};
}

void needs_challenge(Trial& trial, Version version) { const Challenged c{trial, version}; }

void only_who_can(Trial& trial, Version version) {
    for (const std::uint32_t flags : {std::uint32_t{0}, cert_cap | chal_cap, cert_cap | chal_cap | encap_cap,
                                      cert_cap | mut_auth_cap | encap_cap}) {
        Client client{trial, version, offer_with(flags)};
        client.connect();
        client.learn_chains();
        const auto answer = client.challenge(0, 0, client.random(32));
        trial.expect(!answer.asks_back, "asked-back",
                     fmt::format("a requester with flags 0x{:08X} is not challenged", client.offer.flags),
                     "BasicMutAuthReq is set");
        answered_after(client);
    }
}
void expect_end(Challenged& c, ByteView answer) {
    std::uint8_t slot = 0;
    const std::size_t fixed = c.client.version >= 0x12 ? 8 : 4;
    c.client.trial().expect(answer.size() >= fixed && answer[1] == 0x6B && answer[3] != 1,
                            "requester-refused", "the requester's CHALLENGE_AUTH ends the flow",
                            in_words(answer));
    (void)next_of(c.client, answer.size() > 4 && fixed > 4 ? answer[4] : std::uint8_t{0}, answer, slot);
}
void works(Trial& trial, Version version) {
    Challenged c{trial, version};
    expect_end(c, answer_all(c));
    answered_after(c.client);
}
void nonces(Trial& trial, Version version) {
    Challenged c{trial, version};
    expect_end(c, answer_all(c));
    const Bytes first = c.nonce;
    c.challenge();
    expect_end(c, answer_all(c));
    trial.expect(c.nonce != first, "nonce-repeated", "each encapsulated CHALLENGE has a nonce of its own",
                 "both are one");
}
void refuses(Trial& trial, Version version, Wrong wrong, std::string_view what) {
    Challenged c{trial, version};
    const Bytes answer = answer_all(c, wrong);
    expect_refusal(trial, answer, 0xEB, {invalid_response_code, unspecified, decrypt_error}, what);
}
void other_key(Trial& trial, Version version) {
    refuses(trial, version, Wrong::key, "CHALLENGE_AUTH signed by a key that is not the leaf's");
}
void other_transcript(Trial& trial, Version version) {
    refuses(trial, version, Wrong::transcript,
            version >= 0x12 ? "a signature that does not cover the VCA" : "a signature that covers the VCA");
}
void other_chain(Trial& trial, Version version) {
    refuses(trial, version, Wrong::chain_hash, "a CertChainHash that is not of the chain");
    refuses(trial, version, Wrong::slot, "CHALLENGE_AUTH of another slot");
}
void other_response(Trial& trial, Version version) {
    Challenged c{trial, version};
    const Embedded asked = first_request(c);
    const Bytes answer = c.client.ask(deliver(c.client, asked.id, c.client.head(0x04)));
    expect_refusal(trial, answer, 0xEB, {invalid_response_code}, "VERSION in answer to another request");
}
void in_flight(Trial& trial, Version version) {
    Challenged c{trial, version};
    (void)first_request(c);
    c.client.refused(c.client.head(0x81), {request_in_flight, unexpected_request},
                     "GET_DIGESTS while the requester is challenged");
    c.client.connect();
    c.client.digests();
}

}  // namespace basic_mutual_topic

void add_basic_mutual_cases(std::vector<Case>& out) {
    using namespace basic_mutual_topic;
    const std::vector<std::string> has{"basic-mutual-auth", "cert"};
    // clang-format off
    add_cases(
        out,
        {
            {"basic-mutual.asked", "Only a requester that can be challenged is", {"SPDM-BMA-001"}, {"chal", "cert"}, sessions_too, needs_chains, only_who_can},
            {"basic-mutual.proved", "A requester that is challenged proves who it is", {"SPDM-BMA-002", "SPDM-BMA-003"}, has, sessions_too, needs_challenge, works},
            {"basic-mutual.nonce", "Each CHALLENGE of a requester has a nonce of its own", {"SPDM-BMA-004"}, has, sessions_too, needs_challenge, nonces},
            {"basic-mutual.signature", "A CHALLENGE_AUTH signed by another key is refused", {"SPDM-BMA-003"}, has, sessions_too, needs_challenge, other_key},
            {"basic-mutual.transcript", "A CHALLENGE_AUTH that signs another transcript is refused", {"SPDM-BMA-003"}, has, sessions_too, needs_challenge, other_transcript},
            {"basic-mutual.chain", "A CHALLENGE_AUTH of another chain is refused", {"SPDM-BMA-003"}, has, sessions_too, needs_challenge, other_chain},
            {"basic-mutual.response-code", "A response of another kind is refused with InvalidResponseCode", {"SPDM-MUT-005"}, has, sessions_too, needs_challenge, other_response},
            {"basic-mutual.in-flight", "While the requester is challenged nothing else is answered", {"SPDM-BMA-005"}, has, sessions_too, needs_challenge, in_flight},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
