// A request on the data path: the right tokens, nothing in the clear, nothing left; and every fault found as
// its row says.
#include "models/gpu/data_path.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/gpu/test_data_path.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/labels/controls.hpp"

namespace assay::gpu {
namespace {

using labels::EndKind;
using reference_gpu::Token;

std::vector<Token> expected_tokens(const reference_gpu::Model& model, std::span<const Token> prompt,
                                   unsigned limit) {
    auto inference = *reference_gpu::Inference::open(std::make_shared<const reference_gpu::Model>(model),
                                                     {.device = reference_gpu::Device::cpu});
    reference_gpu::Floats logits;
    for (const Token token : prompt) logits = inference.step(token);
    std::vector<Token> out;
    while (out.size() < limit) {
        const Token next = reference_gpu::argmax(logits);
        if (next == 1) break;
        out.push_back(next);
        if (out.size() < limit) logits = inference.step(next);
    }
    return out;
}

BOOST_AUTO_TEST_CASE(the_answer_is_that_of_the_reference) {
    for (const std::uint64_t seed : {7U, 8U, 9U}) {
        DataPathBench bench{{}, seed};
        BOOST_REQUIRE(bool(bench.start()));
        const auto subject = *bench.driver().begin();
        const auto answer = bench.ask(subject, a_prompt, 40);
        BOOST_REQUIRE(bool(answer));
        BOOST_TEST(*answer == expected_tokens(bench.model, a_prompt, 40), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(the_answer_of_stories260K_is_the_known_one) {
    const auto folder = shared_data("vectors/model");
    if (!folder) {
        BOOST_TEST_MESSAGE("skipped: shared vectors/model");
        std::puts("skipped: shared vectors/model");
        return;
    }
    const auto model = reference_gpu::load_model(*read_file(*folder / "stories260K.bin", 16U << 20));
    BOOST_REQUIRE(bool(model));
    const Bytes answers = *read_file(*folder / "known_answers.json", 16U << 20);
    const nlohmann::json cases = nlohmann::json::parse(as_text(answers)).at("cases");
    std::vector<Token> known;
    for (const auto& one : cases)
        if (one.at("id") == "fp32-n200") known = one.at("tokens").get<std::vector<Token>>();
    BOOST_REQUIRE(known.size() >= 199U);
    DataPathSpec spec;
    spec.hbm.kv = 4U << 20;
    DataPathBench bench{spec};
    bench.sealed = seal_image(make_image(model->config, model->values), bench.model_key);
    BOOST_REQUIRE(bool(bench.start()));
    const std::vector<Token> begin{1};
    const auto answer = bench.ask(*bench.driver().begin(), begin, 199);
    BOOST_REQUIRE(bool(answer));
    known.resize(199);
    BOOST_TEST(*answer == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_request_ends_without_a_trace) {
    DataPathBench bench;
    BOOST_REQUIRE(bool(bench.start()));
    for (int round = 0; round < 3; ++round) {
        const auto subject = *bench.driver().begin();
        BOOST_REQUIRE(bool(bench.ask(subject, a_prompt, 20)));
        BOOST_TEST(labels::sweep(bench.registry, subject).size() > 5U);  // it is everywhere while it runs
        bench.wipe_ram();
        labels::ContentOracle content{bench.random};
        content.add(labels::forms_of_tokens(a_prompt));
        const auto record = bench.driver().end(subject, EndKind::completed, &content);
        BOOST_TEST(record.complete, (record.refusals.empty() ? "" : record.refusals[0].text()));
        BOOST_TEST(record.declassified.contains(labels::Sink::bounce_ring));
    }
    BOOST_REQUIRE(bool(bench.driver().close()));
    BOOST_TEST(labels::sweep_all(bench.registry).empty());
    BOOST_TEST(bench.registry.findings().total() == 0U);
    BOOST_TEST(bench.registry.slots().live_count() == 0U);
}

BOOST_AUTO_TEST_CASE(two_requests_run_side_by_side_and_see_nothing_of_each_other) {
    DataPathBench bench;
    BOOST_REQUIRE(bool(bench.start()));
    const std::vector<Token> other{1, 50, 60, 70, 80, 90, 100, 110, 120};
    const auto a = *bench.driver().begin(), b = *bench.driver().begin();
    BOOST_REQUIRE(bool(bench.ask(a, a_prompt, 10)));
    const auto answer = bench.ask(b, other, 10);
    BOOST_REQUIRE(bool(answer));
    BOOST_TEST(*answer == expected_tokens(bench.model, other, 10), boost::test_tools::per_element());
    const auto c = *bench.driver().begin();
    const auto third = bench.ask(c, other, 10);
    BOOST_REQUIRE(!third);
    BOOST_TEST(third.error().code == "E_QUOTA");
    bench.wipe_ram();
    for (const auto& subject : {a, b, c})
        BOOST_TEST(bench.driver().end(subject, EndKind::completed, nullptr).complete);
}

BOOST_AUTO_TEST_CASE(every_store_of_the_data_path_passes_its_controls) {
    DataPathBench bench;
    BOOST_REQUIRE(bool(bench.start()));
    const auto controls = labels::run_controls(bench.registry, bench.random);
    BOOST_TEST(controls.size() == 12U);
    for (const labels::Control& control : controls) BOOST_TEST(control.passed(), control.store);
    BOOST_TEST(bench.path.device().state_bytes() + bench.path.bounce().capacity() +
                   bench.driver().buffer().capacity() + 8 * 64 + bench.ram.capacity() ==
               bench.registry.state_bytes());
}

/// Runs a request with one fault in it. The code of the first refusal, whoever said it.
struct Seen {
    std::string code;
    labels::DeletionRecord record;
    std::vector<labels::Finding> findings;
};
Seen run_with(Fault fault) {
    DataPathBench bench;
    Seen seen;
    const auto note = [&](const auto& outcome) {
        if (!outcome && seen.code.empty()) seen.code = outcome.error().code;
    };
    BOOST_REQUIRE(bool(bench.start()));
    labels::ContentOracle content{bench.random};
    content.add(labels::forms_of_tokens(a_prompt));
    if (fault == Fault::kv_shared) {  // somebody else's prefix must be there first
        BOOST_REQUIRE(bool(bench.ask(*bench.driver().begin(), a_prompt, 5)));
        bench.wipe_ram();
    }
    note(bench.path.inject(fault));
    const auto subject = *bench.driver().begin();
    note(bench.ask(subject, a_prompt, 20));
    if (fault == Fault::reset_without_scrub) {
        bench.path.power_on(CcMode::on);
        bench.driver().channel()->fail();
    }
    bench.wipe_ram();
    seen.record =
        bench.driver().end(subject, seen.code.empty() ? EndKind::completed : EndKind::exception, &content);
    for (const labels::Refusal& refusal : seen.record.refusals)
        if (seen.code.empty() || seen.code == "E_RESIDUE") seen.code = refusal.code;
    const auto closed = bench.driver().close();
    note(closed);
    const auto& all = bench.registry.findings().entries();
    seen.findings.assign(all.begin(), all.end());
    return seen;
}

BOOST_AUTO_TEST_CASE(every_fault_is_found_as_its_row_says) {
    for (const FaultRow& fault : fault_rows()) {
        BOOST_TEST_CONTEXT(fault.name) {
            const Seen seen = run_with(fault.fault);
            BOOST_TEST(seen.code == fault.code);
            if (fault.store.empty() || fault.found_by == FoundBy::refusal) continue;
            const bool named = std::ranges::any_of(seen.findings, [&](const labels::Finding& finding) {
                return finding.store == fault.store && finding.code == fault.code;
            });
            BOOST_TEST(named);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_failed_session_leaves_nothing_of_the_request_either) {
    for (const Fault fault :
         {Fault::tag_flipped, Fault::block_swapped, Fault::answer_flipped, Fault::iv_skipped}) {
        DataPathBench bench;
        BOOST_REQUIRE(bool(bench.start()));
        const auto subject = *bench.driver().begin();
        BOOST_REQUIRE(bool(bench.ask(subject, a_prompt, 5)));
        BOOST_REQUIRE(bool(bench.path.inject(fault)));
        BOOST_TEST(!bench.ask(subject, a_prompt, 5));
        bench.wipe_ram();
        (void)bench.driver().end(subject, EndKind::exception, nullptr);
        const auto closed = bench.driver().close();
        BOOST_TEST_CONTEXT(row(fault).name) {
            BOOST_TEST(labels::sweep_all(bench.registry).empty());
            BOOST_TEST(bool(closed));
        }
        // And a new session works, under a new secret only.
        const auto same = bench.path.open(bench.secret);
        BOOST_TEST((!same && same.error().code == "E_IV_REUSE"));
        bench.secret[0] ^= 1;
        BOOST_TEST(bool(bench.path.open(bench.secret)));
        BOOST_TEST(bool(bench.driver().set_ready()));
    }
}

BOOST_AUTO_TEST_CASE(without_confidential_mode_there_is_no_session_and_developer_mode_is_seen) {
    DataPathBench off;
    const auto refused = off.start(CcMode::off);
    BOOST_TEST((!refused && refused.error().code == "E_CC_OFF"));
    DataPathBench devtools;
    const auto seen = devtools.start(CcMode::devtools);
    BOOST_TEST((!seen && seen.error().code == "E_GPU_DEVTOOLS_MODE"));
    BOOST_TEST(labels::sweep_all(devtools.registry).empty());
    DataPathSpec lenient;
    lenient.guest.allow_devtools = true;
    DataPathBench allowed{lenient};
    BOOST_TEST(bool(allowed.start(CcMode::devtools)));
    BOOST_TEST((allowed.path.device().mode() == CcMode::devtools));
}

BOOST_AUTO_TEST_CASE(what_is_not_due_is_refused_under_the_channel_and_the_session_goes_on) {
    DataPathBench bench;
    bench.path.power_on(CcMode::on);
    BOOST_REQUIRE(bool(bench.path.open(bench.secret)));
    const auto early = bench.driver().load_model(bench.sealed, bench.model_key);
    BOOST_TEST((!early && early.error().code == "E_NOT_READY"));
    BOOST_REQUIRE(bool(bench.driver().set_ready()));
    const auto subject = *bench.driver().begin();
    const auto no_model = bench.ask(subject, a_prompt, 5);
    BOOST_TEST((!no_model && no_model.error().code == "E_ORDER"));
    BOOST_REQUIRE(bool(bench.driver().load_model(bench.sealed, bench.model_key)));
    const std::vector<Token> beyond{1, 400}, none{};
    const auto out_of_range = bench.ask(subject, beyond, 5);
    BOOST_TEST((!out_of_range && out_of_range.error().code == "E_RANGE"));
    const auto empty = bench.ask(subject, none, 5);
    BOOST_TEST((!empty && empty.error().code == "E_RANGE"));
    const auto too_long = bench.ask(subject, a_prompt, 200);
    BOOST_TEST((!too_long && too_long.error().code == "E_LIMIT"));
    BOOST_TEST(bool(bench.ask(*bench.driver().begin(), a_prompt, 5)));
    const auto nobody = bench.driver().submit({.op = Op::run, .context = 0xFFFF'01}, {});
    BOOST_TEST((!nobody && nobody.error().code == "E_BAD_ID"));
    const auto unknown_op = bench.driver().submit({.op = Op{77}}, {});
    BOOST_TEST((!unknown_op && unknown_op.error().code == "E_OPCODE"));
    BOOST_TEST(bool(bench.driver().rekey()));
    BOOST_TEST(bench.driver().channel()->sent() == 0U);
}

BOOST_AUTO_TEST_CASE(weights_that_are_not_the_announced_ones_do_not_run) {
    DataPathBench other_digest;
    other_digest.sealed.digest[0] ^= 1;  // chunks are bound to their model
    const auto moved = other_digest.start();
    BOOST_TEST((!moved && moved.error().code == "E_TAG"));
    DataPathBench swapped;
    std::swap(swapped.sealed.chunks[0], swapped.sealed.chunks[1]);
    const auto order = swapped.start();
    BOOST_TEST((!order && order.error().code == "E_TAG"));
    DataPathBench wrong_key;
    wrong_key.model_key[5] ^= 1;
    const auto key = wrong_key.start();
    BOOST_TEST((!key && key.error().code == "E_TAG"));
    DataPathBench shorter;
    shorter.sealed.chunks.pop_back();
    const auto missing = shorter.start();
    BOOST_TEST((!missing && missing.error().code == "E_ORDER"));
    DataPathBench forged;  // an owner that seals other weights under the digest of these
    Bytes image = make_image(forged.model.config, forged.model.values);
    image[1000] ^= 1;
    SealedModel lie = seal_image(image, forged.model_key, model_chunk_size);
    const Bytes digest = forged.sealed.digest;
    const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, forged.model_key};
    for (std::size_t i = 0; i < lie.chunks.size(); ++i) {
        const ByteView plain = ByteView{image}.subspan(i * model_chunk_size, lie.chunks[i].size() - 16);
        cipher.seal(chunk_nonce(i), chunk_context(digest, i), plain, lie.chunks[i]);
    }
    lie.digest = digest;
    forged.sealed = lie;
    const auto refused = forged.start();
    BOOST_TEST((!refused && refused.error().code == "E_WEIGHT_DIGEST"));
}

BOOST_AUTO_TEST_CASE(the_host_sees_ciphertext_and_sizes_only) {
    DataPathBench bench;
    Bytes seen;
    std::vector<std::size_t> sizes;
    bench.path.host().on_record = [&](Direction, ByteView record) {
        append(seen, record);
        sizes.push_back(record.size());
    };
    BOOST_REQUIRE(bool(bench.start()));
    const auto subject = *bench.driver().begin();
    sizes.clear();
    BOOST_REQUIRE(bool(bench.ask(subject, a_prompt, 20)));
    labels::ContentOracle content{bench.random};
    content.add(labels::forms_of_tokens(a_prompt));
    BOOST_TEST(content.scan(seen, "host").empty());
    const std::vector<std::size_t> same = sizes;
    sizes.clear();
    const std::vector<Token> shorter{1, 5};
    BOOST_REQUIRE(bool(bench.ask(*bench.driver().begin(), shorter, 3)));
    BOOST_TEST(sizes == same, boost::test_tools::per_element());  // a bucket is a bucket
}

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_records_on_the_wire) {
    Bytes first;
    for (int round = 0; round < 2; ++round) {
        DataPathBench bench;
        Bytes seen;
        bench.path.host().on_record = [&](Direction, ByteView record) {
            append(seen, record);
        };
        BOOST_REQUIRE(bool(bench.start()));
        BOOST_REQUIRE(bool(bench.ask(*bench.driver().begin(), a_prompt, 8)));
        if (round == 0) first = seen;
        BOOST_TEST(equal(seen, first));
    }
}

}  // namespace
}  // namespace assay::gpu
