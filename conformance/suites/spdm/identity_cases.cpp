// GET_DIGESTS, GET_CERTIFICATE, CHALLENGE (DSP0274): chains, and what CHALLENGE_AUTH signs.
#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace identity_topic {

using Version = std::uint8_t;

void digests_are_of_chains(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const auto digests = client.digests();
    trial.expect(digests.contains(0), "slot-0", "slot 0 is provisioned", "it is not");
    for (const auto& [slot, digest] : digests) {
        const Bytes expected = client.digest({client.chain(slot)});
        trial.expect(digest == expected, "chain-digest",
                     fmt::format("the digest of slot {} is {}", slot, to_hex(expected)), to_hex(digest));
    }
}
void structure_of_chains(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    for (const std::uint8_t slot : client.slots()) {
        const Bytes& chain = client.known_chain(slot);
        trial.expect(u16(chain, 0) == chain.size() && u16(chain, 2) == 0, "chain-length",
                     fmt::format("Length is {} and Reserved 0", chain.size()),
                     to_hex(ByteView{chain}.first(4)));
        const auto certificates =
            crypto::certificates_from_der(ByteView{chain}.subspan(4 + client.hash_size()));
        trial.expect(certificates && !certificates->empty(), "chain-certificates",
                     "certificates follow RootHash", certificates ? "none" : certificates.error().what);
        const auto& root = certificates->front();
        trial.expect(!root.self_issued() || client.digest({root.der()}) == part(chain, 4, client.hash_size()),
                     "root-hash", "RootHash is the digest of the root certificate", "it is another");
        std::vector<crypto::Certificate> leaf_first{certificates->rbegin(), certificates->rend()};
        const auto linked =
            crypto::verify_chain(leaf_first, {.at = {}, .length = {}, .roots = {root}, .known_critical = {}});
        trial.expect(static_cast<bool>(linked), "chain-broken",
                     "each certificate is signed by the one before it", linked ? "" : linked.error().what);
        const auto type = certificates->back().public_key().type();
        trial.expect(type == signature_algorithm(client.asym_sel).key, "leaf-key",
                     "the leaf key is of the selected algorithm", std::string{crypto::name(type)});
    }
}
void portions(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Bytes whole = client.chain(0, 0xFFFF);
    for (const unsigned portion : {1024U, 255U, 64U})
        trial.expect(client.chain(0, static_cast<std::uint16_t>(portion)) == whole, "chain-portions",
                     fmt::format("portions of {} bytes give the whole chain", portion), "they give another");
}
void bad_certificate_requests(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const auto digests = client.digests();
    const auto request = [&](unsigned slot, std::uint16_t offset) {
        return concat({client.head(0x82, static_cast<std::uint8_t>(slot)), store(offset, std::endian::little),
                       Bytes{0, 4}});
    };
    for (unsigned slot = 0; slot < 16; ++slot)
        if (!digests.contains(static_cast<std::uint8_t>(slot)))
            client.refused(request(slot, 0), {invalid_request},
                           fmt::format("GET_CERTIFICATE of slot {}", slot));
    client.refused(request(0, 0xFFFF), {invalid_request}, "an Offset beyond the chain");
    client.refused(client.head(0x82), {invalid_request}, "GET_CERTIFICATE cut short");
    client.chain(0);
}

/// CHALLENGE after some of the requests of B, for every type of the summary hash.
void challenge_after(Trial& trial, Version version, bool digests, bool chain) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const Bytes all = client.summary_of_all();
    for (const std::uint8_t slot : client.slots())
        for (const unsigned type : {0U, 1U, 0xFFU}) {
            client.connect();
            if (digests) client.digests();
            if (chain) client.chain(slot);
            const auto answer = client.challenge(slot, static_cast<std::uint8_t>(type), client.random(32));
            trial.expect(answer.slot == slot && (answer.mask >> slot & 1) != 0, "challenge-slot",
                         fmt::format("CHALLENGE_AUTH is of slot {}, which is in its mask", slot),
                         fmt::format("slot {}, mask 0x{:02X}", answer.slot, answer.mask));
            trial.expect(answer.chain_hash == client.digest({client.known_chain(slot)}), "challenge-chain",
                         "CertChainHash is the digest of the chain", to_hex(answer.chain_hash));
            trial.expect(type != 0xFF || answer.summary == all, "challenge-summary",
                         "the summary hash of all blocks is that of the measurement record",
                         to_hex(answer.summary));
            trial.expect(answer.is_signed, "challenge-signature", "the leaf signs A, B and C",
                         "it does not verify");
        }
}
void challenge_full(Trial& trial, Version version) { challenge_after(trial, version, true, true); }
void challenge_alone(Trial& trial, Version version) { challenge_after(trial, version, false, false); }
void challenge_digests(Trial& trial, Version version) { challenge_after(trial, version, true, false); }
void challenge_chain(Trial& trial, Version version) { challenge_after(trial, version, false, true); }
void challenge_twice(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    const auto first = client.challenge(0, 0, client.random(32));
    const auto second = client.challenge(0, 0, client.random(32));
    trial.expect(first.is_signed, "challenge-signature", "the first signature covers A, B and C",
                 "it does not verify");
    trial.expect(second.is_signed, "challenge-kept", "the second covers A and its own C: B began anew",
                 "it does not verify");
    trial.expect(first.nonce != second.nonce, "nonce-repeated", "each CHALLENGE_AUTH has a nonce of its own",
                 "both are one");
}
void digests_begin_b_anew(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.chain(0);
    client.digests();
    trial.expect(client.challenge(0, 0, client.random(32)).is_signed, "challenge-signature",
                 "after a second GET_DIGESTS B begins with it", "the signature does not verify");
}
void skipped_challenge(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.measure(0, std::nullopt);  // gives CHALLENGE up
    client.chain(0);
    trial.expect(client.challenge(0, 0, client.random(32)).is_signed, "challenge-kept",
                 "after GET_MEASUREMENTS without a CHALLENGE before it B begins anew",
                 "the signature does not verify over what came after it");
}
void bad_challenges(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const auto known = client.slots();
    const auto request = [&](unsigned slot, unsigned type) {
        return client.challenge_request(static_cast<std::uint8_t>(slot), static_cast<std::uint8_t>(type),
                                        client.random(32));
    };
    for (unsigned slot = 0; slot < 16; ++slot)
        if (std::ranges::find(known, slot) == known.end())
            client.refused(request(slot, 0), {invalid_request}, fmt::format("CHALLENGE of slot {}", slot));
    for (const unsigned type : {0x02U, 0xFEU})
        client.refused(request(0, type), {invalid_request},
                       fmt::format("CHALLENGE for a summary of type 0x{:02X}", type));
    client.refused(ByteView{request(0, 0)}.first(20), {invalid_request}, "CHALLENGE cut short");
    trial.expect(client.challenge(0, 0, client.random(32)).is_signed, "challenge-signature",
                 "refused requests are in no transcript", "the signature does not verify");
}

}  // namespace identity_topic

void add_identity_cases(std::vector<Case>& out) {
    using namespace identity_topic;
    const auto vca = needs_connection, chains = needs_chains;
    // clang-format off
    add_cases(
        out,
        {
            {"identity.digests", "Digests are of the chain structures", {"SPDM-ID-001"}, {"cert"}, all_versions, vca, digests_are_of_chains},
            {"identity.chain", "A chain has its structure, and its certificates belong together", {"SPDM-ID-002"}, {"cert"}, all_versions, vca, structure_of_chains},
            {"identity.portions", "Portions of any size give the same chain", {"SPDM-ID-003"}, {"cert"}, all_versions, vca, portions},
            {"identity.certificate-invalid", "GET_CERTIFICATE of what is not there is refused", {"SPDM-ID-004"}, {"cert"}, all_versions, vca, bad_certificate_requests},
            {"identity.challenge", "CHALLENGE_AUTH signs A, B and C", {"SPDM-ID-005", "SPDM-ID-006"}, {"chal", "meas-signed"}, all_versions, chains, challenge_full},
            {"identity.challenge-alone", "CHALLENGE_AUTH signs A and C where there is no B", {"SPDM-ID-005"}, {"chal", "meas-signed"}, all_versions, chains, challenge_alone},
            {"identity.challenge-digests", "CHALLENGE_AUTH signs a B of digests alone", {"SPDM-ID-005"}, {"chal", "meas-signed"}, all_versions, chains, challenge_digests},
            {"identity.challenge-chain", "CHALLENGE_AUTH signs a B of certificates alone", {"SPDM-ID-005"}, {"chal", "meas-signed"}, all_versions, chains, challenge_chain},
            {"identity.challenge-twice", "After CHALLENGE_AUTH B begins anew, and nonces are fresh", {"SPDM-ID-007", "SPDM-ID-008"}, {"chal"}, all_versions, chains, challenge_twice},
            {"identity.challenge-anew", "GET_DIGESTS begins B anew", {"SPDM-ID-007"}, {"chal"}, all_versions, chains, digests_begin_b_anew},
            {"identity.challenge-skipped", "Measurements without a CHALLENGE before them begin B anew", {"SPDM-ID-007"}, {"chal", "meas-signed"}, all_versions, chains, skipped_challenge},
            {"identity.challenge-invalid", "CHALLENGE of what is not there is refused", {"SPDM-ID-009"}, {"chal"}, all_versions, chains, bad_challenges},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
