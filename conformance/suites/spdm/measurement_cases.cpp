// GET_MEASUREMENTS (DSP0274): operations, blocks, and what a signature covers.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace measurement_topic {

using Version = std::uint8_t;

struct Ready {
    Ready(Trial& trial, Version version) : client(trial, version) {
        client.connect();
        client.learn_chains();
    }
    /// A signed measurement whose signature covers all pairs of L.
    void expect_covered(std::string_view code, std::string_view sentence) {
        const Measured last = client.measure(0xFF, client.random(32));
        const bool alone_too = client.signs(0, "responder-measurements signing",
                                            concat({client.version >= 0x12 ? ByteView{client.a} : ByteView{},
                                                    last.request, last.unsigned_part()}),
                                            last.signature);
        client.trial().expect(client.covered(last, client.l), code, sentence,
                              alone_too ? "it covers the last exchange alone" : "it verifies over neither");
    }
    Client client;
};

void blocks_and_count(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Measured count = client.measure(0, std::nullopt), all = client.measure(0xFF, std::nullopt);
    trial.expect(count.blocks.empty() && count.total == all.blocks.size() && count.total > 0, "count-differs",
                 fmt::format("operation 0 counts {} blocks and gives none", all.blocks.size()),
                 fmt::format("it counts {} and gives {}", count.total, count.blocks.size()));
    trial.expect(std::ranges::is_sorted(all.blocks, std::ranges::less{}, &Measured::Block::index),
                 "block-order", "blocks stand in ascending order of Index", "they do not");
    for (const auto& block : all.blocks) {
        trial.expect(block.bytes[1] == 1 && u16(block.bytes, 2) == u16(block.bytes, 5) + 3, "block-form",
                     "a block is of the DMTF's form, its two sizes agree",
                     to_hex(ByteView{block.bytes}.first(7)));
        const Measured one = client.measure(block.index, std::nullopt);
        trial.expect(one.blocks.size() == 1 && one.blocks[0].bytes == block.bytes, "one-block",
                     fmt::format("operation {} gives that block alone", block.index),
                     fmt::format("it gives {} blocks", one.blocks.size()));
    }
}
void digests_have_their_size(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const std::uint32_t algorithm = client.measurement_hash_sel;
    const std::size_t size = algorithm == 0x02 ? 32 : algorithm == 0x04 ? 48 : algorithm == 0x08 ? 64 : 0;
    for (const auto& block : client.measure(0xFF, std::nullopt).blocks)
        trial.expect((block.bytes[4] & 0x80) != 0 || u16(block.bytes, 5) == size, "digest-size",
                     fmt::format("a digest has {} bytes", size),
                     fmt::format("block {} has {}", block.index, u16(block.bytes, 5)));
}
void signature(Trial& trial, Version version) {
    Ready r{trial, version};
    for (const std::uint8_t slot : r.client.slots()) {
        const Measured answer =
            r.client.measure(0xFF, r.client.random(32), version >= 0x11 ? slot : std::uint8_t{0});
        trial.expect((answer.answer[3] & 0x0F) == (version >= 0x11 ? slot : 0), "measurements-slot",
                     fmt::format("Param2 names slot {}", slot), to_hex(ByteView{answer.answer}.first(4)));
        trial.expect(r.client.covered(answer, r.client.l, version >= 0x11 ? slot : std::uint8_t{0}),
                     "measurements-signature",
                     version >= 0x12 ? "the leaf signs the VCA, request and answer"
                                     : "the leaf signs request and answer",
                     "it does not verify");
    }
}
void fresh_nonces(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const auto nonce_of = [](const Measured& m) {
        return part(m.answer, 8 + m.record.size(), 32);
    };
    const Measured a = client.measure(0xFF, std::nullopt), b = client.measure(0xFF, std::nullopt);
    trial.expect(nonce_of(a) != nonce_of(b), "nonce-repeated", "each MEASUREMENTS has a nonce of its own",
                 "both are one");
}
void covers_unsigned(Trial& trial, Version version) {
    Ready r{trial, version};
    r.client.measure(0, std::nullopt);
    r.client.measure(1, std::nullopt);
    r.expect_covered("l1-incomplete", "the signature covers the unsigned measurements before it");
    r.expect_covered("l1-kept", "and the next one its own exchange alone");
}
void other_request_ends_l(Trial& trial, Version version) {
    Ready r{trial, version};
    r.client.measure(1, std::nullopt);
    r.client.digests();
    r.expect_covered("l1-kept", "after another request the transcript begins anew");
}
void error_ends_l(Trial& trial, Version version) {
    Ready r{trial, version};
    r.client.measure(1, std::nullopt);
    const Measured all = r.client.measure(0xFF, std::nullopt);
    std::uint8_t unknown = 0xFC;
    while (std::ranges::find(all.blocks, unknown, &Measured::Block::index) != all.blocks.end()) --unknown;
    r.client.refused(r.client.measure_request(unknown, std::nullopt), {invalid_request},
                     fmt::format("GET_MEASUREMENTS for Index {}, which does not exist", unknown));
    r.client.l.clear();
    r.expect_covered("l1-kept", "after an error the transcript begins anew");
}
void bad_requests(Trial& trial, Version version) {
    Ready r{trial, version};
    Client& client = r.client;
    client.refused(client.head(0xE0, 1, 0xFF), {invalid_request}, "a signature asked for without a nonce");
    client.refused(concat({client.head(0xE0, 1, 0xFF), client.random(28)}), {invalid_request},
                   "a nonce of 28 bytes");
    if (version >= 0x11) {
        const auto known = client.slots();
        for (unsigned slot = 0; slot < 16; ++slot)
            if (std::ranges::find(known, slot) == known.end())
                client.refused(
                    client.measure_request(0xFF, client.random(32), static_cast<std::uint8_t>(slot)),
                    {invalid_request}, fmt::format("a signature by slot {}", slot));
    }
    r.expect_covered("l1-kept", "refused requests are in no transcript");
}
void too_large(Trial& trial, Version version) {
    Client client{trial, version, {.transfer_size = 128}};
    client.connect();
    const Bytes answer = client.ask(client.measure_request(0xFF, std::nullopt));
    if (answer.size() <= 128 && answer.size() > 1 && answer[1] == 0x60)
        trial.not_tested(NotTested::not_supported, "all measurements fit into 128 bytes");
    expect_refusal(trial, answer, 0xE0, {response_too_large},
                   "an answer of more bytes than the requester's DataTransferSize");
    trial.expect(answer.size() >= 8 && u32(answer, 4) > 128, "error-extended",
                 "its extended data tells the size", to_hex(answer));
}

}  // namespace measurement_topic

void add_measurement_cases(std::vector<Case>& out) {
    using namespace measurement_topic;
    const auto vca = needs_connection, chains = needs_chains;
    const std::vector<std::string> is_signed{"meas-signed"};
    // clang-format off
    add_cases(
        out,
        {
            {"measurement.blocks", "Blocks are counted, ordered, and each can be asked for", {"SPDM-MEAS-001"}, is_signed, all_versions, vca, blocks_and_count},
            {"measurement.digest-size", "Digests have the size of the measurement hash", {"SPDM-MEAS-002"}, is_signed, all_versions, vca, digests_have_their_size},
            {"measurement.signature", "The leaf of the slot signs measurements", {"SPDM-MEAS-003"}, is_signed, all_versions, chains, signature},
            {"measurement.nonce", "Each MEASUREMENTS has its own nonce", {"SPDM-MEAS-004"}, is_signed, all_versions, vca, fresh_nonces},
            {"measurement.transcript", "A signature covers the unsigned measurements before it", {"SPDM-MEAS-005"}, is_signed, all_versions, chains, covers_unsigned},
            {"measurement.transcript-other", "Another request begins the transcript anew", {"SPDM-MEAS-006"}, {"meas-signed", "cert"}, all_versions, chains, other_request_ends_l},
            {"measurement.transcript-error", "An error begins the transcript anew", {"SPDM-MEAS-006"}, is_signed, all_versions, chains, error_ends_l},
            {"measurement.invalid", "GET_MEASUREMENTS that breaks a rule is refused", {"SPDM-MEAS-007"}, is_signed, all_versions, chains, bad_requests},
            {"measurement.too-large", "An answer that the requester cannot take is not sent", {"SPDM-ERR-005"}, is_signed, v12, vca, too_large},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
