// What is said, beyond that it is signed: certificates (DSP0274, X.509 profile), measurement blocks, and the
// transcripts that begin anew.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace content_topic {

using Version = std::uint8_t;

constexpr const char* requester_auth = "1.3.6.1.4.1.412.274.4";
constexpr const char* responder_auth = "1.3.6.1.4.1.412.274.3";
constexpr const char* extended_key_usage = "2.5.29.37";

void leaf_profile(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    for (const std::uint8_t slot : client.slots()) {
        const Bytes& chain = client.known_chain(slot);
        const auto certificates =
            crypto::certificates_from_der(ByteView{chain}.subspan(4 + client.hash_size()));
        trial.expect(certificates && !certificates->empty(), "chain-certificates",
                     "certificates follow RootHash", "there are none");
        const crypto::Certificate& leaf = certificates->back();
        const auto rule = [&](bool held, std::string_view sentence) {
            trial.expect(held, "leaf-profile", fmt::format("the leaf of slot {} {}", slot, sentence),
                         leaf.subject());
        };
        rule(!leaf.extensions().empty(), "is of X.509 version 3");
        rule(!leaf.serial().empty(), "has a serial number that is not 0");
        rule(!leaf.subject().empty() && !leaf.issuer().empty(), "names subject and issuer");
        rule(leaf.not_before() <= leaf.not_after(), "is valid from a time to a later one");
        rule(!leaf.is_ca(), "is no authority");
        rule(leaf.may_sign_data(), "may sign data");
        rule(!leaf.extension(extended_key_usage) || leaf.has_extended_key_usage(responder_auth) ||
                 !leaf.has_extended_key_usage(requester_auth),
             "is not for requesters alone");
        for (std::size_t i = 0; i + 1 < certificates->size(); ++i)
            trial.expect((*certificates)[i].is_ca(), "issuer-profile",
                         fmt::format("certificate {} of slot {}, which issues, is an authority", i, slot),
                         (*certificates)[i].subject());
    }
}
void slots_differ_not(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const auto digests = client.digests();
    for (int i = 0; i < 2; ++i)
        trial.expect(client.digests() == digests, "digests-changed", "DIGESTS is the same each time",
                     "it is not");
}

// Measurement blocks.

std::size_t measurement_size(const Client& client) {
    switch (client.measurement_hash_sel) {
        case 0x02:
        case 0x10: return 32;
        case 0x04:
        case 0x20: return 48;
        case 0x08:
        case 0x40: return 64;
        default: return 0;
    }
}
void block_values(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Measured all = client.measure(0xFF, std::nullopt);
    std::set<unsigned> seen;
    for (const auto& block : all.blocks) {
        const unsigned type = block.bytes[4] & 0x7FU, bytes = u16(block.bytes, 5);
        const bool raw = (block.bytes[4] & 0x80) != 0;
        const auto rule = [&](bool held, std::string_view sentence) {
            trial.expect(held, "block-value", fmt::format("block {}: {}", block.index, sentence),
                         to_hex(ByteView{block.bytes}.first(7)));
        };
        rule(block.index != 0 && block.index != 0xFF && seen.insert(block.index).second,
             "Index is from 1 to 254, and stands once");
        rule(type <= 10, "its type is one of 0 to 10");
        rule(bytes > 0, "it has a value");
        rule(raw || bytes == measurement_size(client), "a digest is as long as the measurement hash");
        if (version < 0x12) continue;
        rule(type != 5 || (raw && bytes == 16), "a device mode is 16 bytes, not a digest");
        rule(type != 7 || !raw || bytes == 8, "a security version number has 8 bytes");
        rule(block.index != 0xFD || type == 4 || type == 10, "Index 0xFD is a manifest");
        rule(block.index != 0xFE || type == 5, "Index 0xFE is the device mode");
    }
}
void header_of_measurements(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    for (const unsigned operation : {0U, 1U, 0xFFU}) {
        const Measured one = client.measure(static_cast<std::uint8_t>(operation), std::nullopt);
        const std::uint8_t param1 = one.answer[2], param2 = one.answer[3];
        trial.expect(operation == 0 || param1 == 0, "measurements-param1",
                     "Param1 counts only for operation 0", to_hex(ByteView{one.answer}.first(4)));
        const unsigned changed = param2 >> 4;
        trial.expect((param2 & 0x0F) == 0 && (version < 0x12 ? changed == 0 : changed <= 2),
                     "measurements-param2",
                     "Param2 has no slot where nothing is signed, and a content-changed field of its version",
                     fmt::format("it is 0x{:02X}", param2));
        const Bytes& data = one.opaque;
        const bool formatted = data.size() >= 4 && data[1] == 0 && data[2] == 0 && data[3] == 0;
        trial.expect(version < 0x12 || data.empty() || formatted, "measurements-opaque",
                     "OpaqueData has the negotiated format", to_hex(data));
    }
}
void same_record(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Measured first = client.measure(0xFF, std::nullopt);
    client.connect();
    trial.expect(client.measure(0xFF, std::nullopt).record == first.record, "record-changed",
                 "the record is the same on another connection: nothing was loaded in between", "it is not");
}
void no_such_index(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Measured all = client.measure(0xFF, std::nullopt);
    for (unsigned index = 1; index < 0xFF; ++index)
        if (std::ranges::find(all.blocks, index, &Measured::Block::index) == all.blocks.end())
            client.refused(client.measure_request(static_cast<std::uint8_t>(index), std::nullopt),
                           {invalid_request},
                           fmt::format("GET_MEASUREMENTS for Index {}, which does not exist", index));
}
void index_by_index(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const auto blocks = client.measure(0xFF, std::nullopt).blocks;
    for (const auto& block : blocks) client.measure(block.index, std::nullopt);
    const Measured last = client.measure(blocks.back().index, client.random(32));
    trial.expect(client.covered(last, client.l), "l1-incomplete",
                 "the signature over the last block covers all exchanges since the negotiation",
                 "it does not verify");
}
void signed_count(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const Measured count = client.measure(0, client.random(32));
    trial.expect(count.total > 0 && count.blocks.empty(), "count-differs",
                 "operation 0 counts, and gives no block",
                 fmt::format("{} and {} blocks", count.total, count.blocks.size()));
    trial.expect(client.covered(count, client.l), "measurements-signature", "the count can be signed",
                 "it does not verify");
}

// Transcripts that begin anew.

void challenged(Client& client, std::string_view sentence) {
    client.trial().expect(client.challenge(0, 0, client.random(32)).is_signed, "challenge-signature",
                          sentence, "the signature does not verify");
}
void refused_challenge_leaves_nothing(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.refused(client.challenge_request(0, 0x02, client.random(32)), {invalid_request},
                   "CHALLENGE for a summary of type 2");
    challenged(client, "a CHALLENGE that was refused is not in C, and B is kept");
}
void portions_in_b(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.chain(0, 100);
    challenged(client, "B holds each portion of a chain as it was read");
}
void everything_twice_in_b(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.chain(0);
    client.chain(0);
    challenged(client, "B holds a chain as often as it was read");
}
void partial_chain_in_b(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    const Bytes request = concat({client.head(0x82), Bytes{16, 0, 32, 0}});
    const Bytes answer =
        exactly(trial, client.answered(request, 0x02, 8, "CERTIFICATE"), 40, "32 bytes of a chain");
    client.b = concat({request, answer});
    challenged(client, "B holds what was asked of a chain, though it is a part");
}
void refused_certificate_leaves_nothing(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.refused(concat({client.head(0x82, 9), Bytes{0, 0, 0, 4}}), {invalid_request},
                   "GET_CERTIFICATE of slot 9");
    client.chain(0);
    challenged(client, "a request that was refused is not in B");
}
void version_empties_b(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.digests();
    client.chain(0);
    client.connect();
    challenged(client, "after GET_VERSION A is the new negotiation, and B is empty");
}
void version_empties_l(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.measure(1, std::nullopt);
    client.connect();
    const Measured last = client.measure(0xFF, client.random(32));
    trial.expect(client.covered(last, client.l), "l1-kept", "after GET_VERSION L is empty",
                 "the signature does not verify");
}
void challenge_ends_l(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
    client.measure(1, std::nullopt);
    challenged(client, "CHALLENGE is answered after a measurement");
    const Measured last = client.measure(0xFF, client.random(32));
    trial.expect(client.covered(last, client.l), "l1-kept", "after CHALLENGE L is empty",
                 "the signature does not verify");
}

}  // namespace content_topic

void add_content_cases(std::vector<Case>& out) {
    using namespace content_topic;
    const auto vca = needs_connection, chains = needs_chains;
    const std::vector<std::string> cert{"cert"}, chal{"chal", "cert"}, is_signed{"meas-signed"},
        both_signed{"meas-signed", "chal"};
    // clang-format off
    add_cases(
        out,
        {
            {"content.leaf", "Leaves keep the profile of X.509", {"SPDM-ID-010"}, cert, all_versions, vca, leaf_profile},
            {"content.digests", "DIGESTS does not change", {"SPDM-ID-001"}, cert, all_versions, vca, slots_differ_not},
            {"content.blocks", "Each block has the value of its type", {"SPDM-MEAS-008"}, is_signed, all_versions, vca, block_values},
            {"content.header", "MEASUREMENTS has the header of its version", {"SPDM-MEAS-009"}, is_signed, all_versions, vca, header_of_measurements},
            {"content.same", "Measurements do not change by themselves", {"SPDM-MEAS-010"}, is_signed, all_versions, vca, same_record},
            {"content.no-index", "Each Index that does not exist is refused", {"SPDM-MEAS-007"}, is_signed, all_versions, vca, no_such_index},
            {"content.index-by-index", "A signature covers block after block", {"SPDM-MEAS-005"}, is_signed, all_versions, chains, index_by_index},
            {"content.signed-count", "The number of blocks can be signed", {"SPDM-MEAS-001", "SPDM-MEAS-003"}, is_signed, all_versions, chains, signed_count},
            {"transcript.challenge-refused", "A CHALLENGE that was refused leaves nothing", {"SPDM-ID-007"}, chal, all_versions, chains, refused_challenge_leaves_nothing},
            {"transcript.portions", "B holds every portion", {"SPDM-ID-005"}, chal, all_versions, chains, portions_in_b},
            {"transcript.twice", "B holds a chain as often as it was read", {"SPDM-ID-005"}, chal, all_versions, chains, everything_twice_in_b},
            {"transcript.part", "B holds a part of a chain", {"SPDM-ID-005"}, chal, all_versions, chains, partial_chain_in_b},
            {"transcript.certificate-refused", "A GET_CERTIFICATE that was refused leaves nothing", {"SPDM-ID-007"}, chal, all_versions, chains, refused_certificate_leaves_nothing},
            {"transcript.version-b", "GET_VERSION empties B", {"SPDM-ID-007", "SPDM-VCA-011"}, chal, all_versions, chains, version_empties_b},
            {"transcript.version-l", "GET_VERSION empties L", {"SPDM-MEAS-006", "SPDM-VCA-011"}, is_signed, all_versions, chains, version_empties_l},
            {"transcript.challenge-l", "CHALLENGE empties L", {"SPDM-MEAS-006"}, both_signed, all_versions, chains, challenge_ends_l},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
