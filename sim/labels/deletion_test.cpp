// The end of a subject: every step, in order, and what happens when one is wrong.
#include "sim/labels/deletion.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "sim/labels/controls.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

struct Engine final : Participant {
    Engine(std::string the_name, TestBench& the_bench) : own_name(std::move(the_name)), bench(the_bench) {}
    std::string_view name() const override { return own_name; }
    Result<Nothing, Refusal> drain(const Subject&) override {
        if (hangs) return Refusal{"E_TIMEOUT", "the engine does not drain", own_name, "idle"};
        return Nothing{};
    }
    bool fence(const Subject&) override { return fences; }
    Result<Nothing, Refusal> scrub(const Subject&) override {
        if (on_scrub) on_scrub();
        if (skips_scrub) return Nothing{};
        return ram.scrub({0, covers}, ScrubMethod::overwrite_zero);
    }
    Result<Nothing, Refusal> zeroise(const Subject&) override {
        return key && !keeps_key ? keys.zeroise(*key) : Result<Nothing, Refusal>{Nothing{}};
    }
    void release(const Subject&) override { released = true; }

    std::string own_name;
    TestBench& bench;
    LabelledStore ram{bench.registry, {own_name + ".ram", StoreKind::dram, 4096}};
    KeyStore keys{bench.registry, own_name + ".keys", 2};
    std::optional<KeyRef> key;
    std::size_t covers = 4096;
    bool hangs = false, fences = true, skips_scrub = false, keeps_key = false, released = false;
    std::function<void()> on_scrub;
};

struct DeletionBench : TestBench {
    Engine copy{"copy", *this}, compute{"compute", *this};
    OrderMonitor monitor{registry};
    Subject request = subject();
    Secret canary = make_canary(random);
    ContentOracle content{random};

    DeletionBench() {
        content.add(forms_of_canary(canary.bytes()));
        copy.ram.write(4000, canary.bytes(), prompt(request));
        compute.ram.write(17, canary.bytes(), prompt(request));
        copy.key = *copy.keys.put(5, KeyKind::other, request, Bytes(32, 3));
    }
    DeletionRecord run(EndKind end = EndKind::completed) {
        const std::array<Participant*, 2> all{&copy, &compute};
        return delete_subject(registry, monitor, all, request, end, &content);
    }
    bool named(const DeletionRecord& record, std::string_view code) {
        return std::ranges::any_of(record.refusals, [&](const Refusal& one) { return one.code == code; });
    }
};

BOOST_AUTO_TEST_CASE(a_deletion_leaves_nothing_and_releases_the_slots) {
    DeletionBench bench;
    const DeletionRecord record = bench.run();
    BOOST_TEST(record.complete);
    BOOST_TEST(record.refusals.empty());
    BOOST_TEST((record.label == OracleResult::nothing_found));
    BOOST_TEST((record.content == OracleResult::nothing_found));
    BOOST_TEST(!bench.registry.slots().live(bench.request));
    BOOST_TEST(bench.copy.released);
    BOOST_TEST((bench.monitor.state(bench.request) == DeletionState::recorded));
    BOOST_TEST(bench.registry.findings().total() == 0U);
}

BOOST_AUTO_TEST_CASE(a_record_says_what_was_done_and_nothing_about_whom) {
    DeletionBench bench;
    const SubjectId id = bench.registry.slots().slot(bench.request.data).subject;
    const std::string json = bench.run(EndKind::aborted).to_json();
    const auto record = nlohmann::json::parse(json);
    BOOST_TEST(record.at("status") == "complete");
    BOOST_TEST(record.at("end") == "aborted");
    BOOST_TEST(record.at("stores").size() == 3U);
    BOOST_TEST(record.at("stores")[0].at("name") == "compute.ram");
    BOOST_TEST(record.at("stores")[0].at("scrubbed") == 4096);
    BOOST_TEST(record.at("stores")[0].at("read_back") == true);
    BOOST_TEST(record.at("keys").size() == 1U);
    BOOST_TEST(record.at("oracles").at("label") == "clean");
    BOOST_TEST(record.at("oracles").at("process") == "skipped");
    BOOST_TEST(json.find(to_hex(id)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_scrub_that_is_left_out_is_found_by_both_oracles) {
    DeletionBench bench;
    bench.compute.skips_scrub = true;
    const DeletionRecord record = bench.run();
    BOOST_TEST(!record.complete);
    BOOST_TEST((record.label == OracleResult::residue));
    BOOST_TEST((record.content == OracleResult::residue));
    BOOST_REQUIRE(record.residue.size() == 2U);
    for (const Finding& finding : record.residue) {
        BOOST_TEST(finding.store == "compute.ram");
        BOOST_TEST(finding.range.at == 17U);
        BOOST_TEST(finding.range.size == canary_size);
    }
    BOOST_TEST(bench.registry.slots().live(bench.request));  // never handed out again
    BOOST_TEST(!bench.compute.released);
}

BOOST_AUTO_TEST_CASE(a_scrub_of_the_length_leaves_the_rest_of_the_capacity) {
    DeletionBench bench;
    bench.copy.covers = 4010;
    const DeletionRecord record = bench.run();
    BOOST_REQUIRE(!record.residue.empty());
    BOOST_TEST(record.residue[0].range.at == 4010U);
    BOOST_TEST(record.residue[0].range.size == 14U);
    // 14 characters are too few for the content oracle, and that is no contradiction.
    BOOST_TEST(!bench.named(record, "E_ORACLE_DISAGREE"));
}

BOOST_AUTO_TEST_CASE(a_key_that_stays_is_residue) {
    DeletionBench bench;
    bench.copy.keeps_key = true;
    const DeletionRecord record = bench.run();
    BOOST_TEST(!record.complete);
    BOOST_REQUIRE(record.residue.size() == 1U);
    BOOST_TEST(record.residue[0].store == "copy.keys");
    BOOST_TEST(record.residue[0].form == "secret");
}

BOOST_AUTO_TEST_CASE(a_copy_that_lost_its_label_is_a_contradiction_of_the_oracles) {
    DeletionBench bench;
    LabelledStore cache{bench.registry, {"cache", StoreKind::sram, 256}};
    cache.write(9, bench.canary.bytes(), clean);
    const DeletionRecord record = bench.run();
    BOOST_TEST(!record.complete);
    BOOST_TEST(bench.named(record, "E_ORACLE_DISAGREE"));
    BOOST_TEST((record.label == OracleResult::nothing_found));
    BOOST_TEST((record.content == OracleResult::residue));
}

BOOST_AUTO_TEST_CASE(a_bad_bank_fails_the_deletion_with_its_own_reason) {
    DeletionBench bench;
    bench.compute.ram.stick({17, 24});
    const DeletionRecord record = bench.run();
    BOOST_TEST(!record.complete);
    BOOST_TEST(bench.named(record, "E_SCRUB_VERIFY"));
}

BOOST_AUTO_TEST_CASE(an_engine_that_hangs_or_is_not_idle_fails_the_deletion) {
    for (const bool hangs : {true, false}) {
        DeletionBench bench;
        bench.copy.hangs = hangs;
        bench.copy.fences = hangs;
        const DeletionRecord record = bench.run();
        BOOST_TEST(!record.complete);
        BOOST_TEST(bench.named(record, hangs ? "E_TIMEOUT" : "E_ORDER"));
    }
}

BOOST_AUTO_TEST_CASE(work_after_the_fence_is_out_of_order_and_its_bytes_are_found) {
    DeletionBench bench;
    std::string code;
    bench.compute.on_scrub = [&] {  // late: the copy engine's range is scrubbed already
        const auto seen = bench.monitor.works(bench.request, "copy");
        code = seen ? "" : seen.error().code;
        bench.copy.ram.write(0, bench.canary.bytes(), bench.prompt(bench.request));
    };
    const DeletionRecord record = bench.run();
    BOOST_TEST(code == "E_ORDER");
    BOOST_TEST(!record.complete);
    BOOST_REQUIRE(record.residue.size() == 2U);
    BOOST_TEST(record.residue[0].store == "copy.ram");
}

BOOST_AUTO_TEST_CASE(a_late_record_is_a_failure) {
    DeletionBench bench;
    bench.compute.on_scrub = [&] {
        bench.now_ps += 100'000'000'001;
    };
    const DeletionRecord record = bench.run();
    BOOST_TEST(!record.complete);
    BOOST_TEST(bench.named(record, "E_TIMEOUT"));
}

BOOST_AUTO_TEST_CASE(the_monitor_refuses_every_step_that_is_not_due) {
    const std::vector<Step> right{Step::stop,       Step::response, Step::quiesce, Step::fence,
                                  Step::write_back, Step::scrub,    Step::zeroise, Step::end_process,
                                  Step::verify,     Step::record,   Step::release};
    const auto refused_at = [](const std::vector<Step>& steps) {
        TestBench bench;
        OrderMonitor monitor{bench.registry};
        const Subject subject = bench.subject();
        monitor.takes_part(subject, "engine");
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (const auto seen = monitor.saw(subject, steps[i], "engine"); !seen) {
                BOOST_TEST(seen.error().code == "E_ORDER");
                return i;
            }
        return steps.size();
    };
    BOOST_TEST(refused_at(right) == right.size());
    for (std::size_t i = 0; i + 1 < right.size(); ++i) {  // two neighbours swapped
        std::vector<Step> swapped = right;
        std::swap(swapped[i], swapped[i + 1]);
        BOOST_TEST_CONTEXT(name(right[i])) { BOOST_TEST(refused_at(swapped) < swapped.size()); }
    }
    for (const Step left_out :
         {Step::stop, Step::quiesce, Step::fence, Step::scrub, Step::zeroise, Step::verify, Step::record}) {
        std::vector<Step> shorter = right;
        std::erase(shorter, left_out);
        BOOST_TEST_CONTEXT(name(left_out)) { BOOST_TEST(refused_at(shorter) < shorter.size()); }
    }
}

BOOST_AUTO_TEST_CASE(no_scrub_before_every_engine_is_fenced) {
    TestBench bench;
    OrderMonitor monitor{bench.registry};
    const Subject subject = bench.subject();
    monitor.takes_part(subject, "a");
    monitor.takes_part(subject, "b");
    BOOST_TEST(bool(monitor.saw(subject, Step::stop, "a")));
    for (const Step step : {Step::quiesce, Step::fence}) BOOST_TEST(bool(monitor.saw(subject, step, "a")));
    const auto early = monitor.saw(subject, Step::scrub, "a");
    BOOST_REQUIRE(!early);
    BOOST_TEST(early.error().what == "scrub: b is not fenced");
    BOOST_TEST((monitor.state(subject) == DeletionState::failed));
}

BOOST_AUTO_TEST_CASE(a_worker_serves_one_subject) {
    TestBench bench;
    OrderMonitor monitor{bench.registry};
    const Subject a = bench.subject(), b = bench.subject();
    BOOST_TEST(bool(monitor.serves(1, a)));
    BOOST_TEST(bool(monitor.serves(1, a)));
    const auto again = monitor.serves(1, b);
    BOOST_TEST((!again && again.error().code == "E_WORKER_REUSE"));
    BOOST_TEST(bool(monitor.serves(2, b)));
}

}  // namespace
}  // namespace assay::labels
