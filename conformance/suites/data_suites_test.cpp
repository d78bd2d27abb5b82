// The suites data-path and deletion: on their models, on ports that say yes to everything, and on ports that
// are wrong in one way.
#include <boost/test/unit_test.hpp>

#include "conformance/suites/data_path/suite.hpp"
#include "conformance/suites/data_test_target.hpp"
#include "conformance/suites/deletion/suite.hpp"

namespace assay::conformance {
namespace {

bool passed(const std::string& verdict) { return verdict.starts_with("PASS"); }

std::size_t passes(const Suite& suite, const Target& target) {
    std::size_t out = 0;
    for (const Case& one : suite.cases) {
        const std::string verdict = verdict_apart(one, target);
        BOOST_TEST(passed(verdict), one.id + ": " + verdict);
        out += passed(verdict) ? 1 : 0;
    }
    return out;
}

BOOST_AUTO_TEST_CASE(the_model_of_the_data_path_passes_every_case) {
    const Suite suite = data_path_suite();
    BOOST_TEST(suite.cases.size() >= 25U);
    BOOST_TEST(passes(suite, data_target<DataPathPort>(make_model_data_path)) == suite.cases.size());
}
BOOST_AUTO_TEST_CASE(the_model_of_a_node_passes_every_case) {
    const Suite suite = deletion_suite();
    BOOST_TEST(suite.cases.size() >= 40U);
    BOOST_TEST(passes(suite, data_target<DeletionPort>(make_model_deletion)) == suite.cases.size());
}

class PathYesMan : public DataPathPort {
public:
    std::set<std::string> capabilities() const override { return path_can; }
    std::vector<StoreInfo> stores() override {
        return {{"gpu.hbm.kv", "hbm", 8192}, {"gpu.keys", "key-slots", 512}, {"guest.bounce", "ring", 8192}};
    }
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        return Bytes(store == "gpu.keys" ? 512 : 8192, 0);
    }
    Result<Nothing, PortError> power_on(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> open(ByteView, std::uint64_t) override { return Nothing{}; }
    Result<Nothing, PortError> set_ready() override { return Nothing{}; }
    Result<Nothing, PortError> load_model(const SealedModelFile&) override { return Nothing{}; }
    Result<Nothing, PortError> rekey() override { return Nothing{}; }
    Result<Nothing, PortError> close() override { return Nothing{}; }
    Result<std::uint64_t, PortError> begin() override { return ++requests_; }
    Result<Nothing, PortError> write_input(std::uint64_t, std::span<const std::uint32_t> tokens) override {
        tokens_.assign(tokens.begin(), tokens.end());
        return Nothing{};
    }
    Result<Nothing, PortError> compute(std::uint64_t, unsigned limit) override {
        tokens_.resize(limit, 5);
        return Nothing{};
    }
    Result<std::vector<std::uint32_t>, PortError> read_output(std::uint64_t) override { return tokens_; }
    Result<std::string, PortError> end(std::uint64_t) override {
        return std::string{R"({"status":"complete"})"};
    }
    Result<Nothing, PortError> inject(std::string_view) override { return Nothing{}; }
    std::vector<BounceRecord> take_records() override {
        return std::vector<BounceRecord>(40, BounceRecord{true, Bytes(336, 0)});
    }
    std::vector<StoreFinding> take_findings() override {
        return {{"E_RESIDUE", "label", "gpu.keys", 0, 32, "secret"}};
    }

private:
    std::uint64_t requests_ = 0;
    std::vector<std::uint32_t> tokens_;
};

class NodeYesMan : public DeletionPort {
public:
    std::set<std::string> capabilities() const override { return node_can; }
    std::vector<StoreInfo> stores() override {
        std::vector<StoreInfo> out;
        for (const char* name :
             {"gpu.hbm.kv", "gpu.hbm.staging", "gpu.sm.shared", "guest.prompt", "guest.cache", "guest.bounce",
              "guest.log", "guest.trace", "guest.disk", "guest.keys"})
            out.push_back({name, "hbm", 8192});
        return out;
    }
    Result<Bytes, PortError> raw_read(std::string_view) override { return Bytes(8192, 0); }
    Result<Nothing, PortError> ask(const DeletionRequest&, RequestStage) override { return Nothing{}; }
    Result<std::string, PortError> end(std::string_view kind) override {
        return R"({"record":"00","end":")" + std::string{kind} +
               R"(","t_end_ps":0,"t_deleted_ps":0,"stores":[],"keys":[],"declassified":{},)"
               R"("oracles":{"label":"clean","content":"clean"},"status":"complete"})";
    }
    Result<Nothing, PortError> inject(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> look_for(ByteView, std::span<const std::uint32_t>) override {
        return Nothing{};
    }
    Result<std::vector<StoreFinding>, PortError> sweep_content() override {
        return std::vector<StoreFinding>{};
    }
    Result<std::vector<StoreFinding>, PortError> sweep_labels() override {
        return std::vector<StoreFinding>{};
    }
    std::vector<StoreFinding> take_findings() override { return {}; }
    Result<Nothing, PortError> plant(std::string_view, std::size_t, ByteView, bool) override {
        return Nothing{};
    }
    Result<Nothing, PortError> pull() override { return Nothing{}; }
    Result<std::vector<StoreFinding>, PortError> sweep_plants() override {
        return std::vector<StoreFinding>{};
    }
    std::vector<std::string> sinks() override { return {"everywhere"}; }
    Result<Nothing, PortError> offer(std::string_view, std::string_view) override { return Nothing{}; }
    std::vector<std::string> key_kinds() override { return {"other"}; }
    Result<Nothing, PortError> offer_sealed(std::string_view, std::string_view) override { return Nothing{}; }
    Result<Bytes, PortError> seal_to_disk() override { return Bytes(32, 1); }
    Result<Nothing, PortError> copy_disk_key(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> erase_disk_key() override { return Nothing{}; }
    Result<std::string, PortError> steps(const std::vector<std::string>&,
                                         const std::vector<std::string>&) override {
        return std::string{};
    }
    Result<std::string, PortError> reuse_worker() override { return std::string{}; }
    Result<std::size_t, PortError> admit(std::size_t most) override { return most; }
    Result<Nothing, PortError> power_cycle() override { return Nothing{}; }
};

template <class Port, class YesMan>
void passes_nothing(const Suite& suite) {
    const Target target = data_target<Port>([](std::uint64_t) { return std::make_unique<YesMan>(); });
    for (const Case& one : suite.cases) {
        const CaseEnd end = judge(one, target);
        BOOST_TEST((end.verdict != Verdict::pass), one.id);
        BOOST_TEST((end.verdict != Verdict::error), one.id + ": " + end.failure.summary);
    }
}
BOOST_AUTO_TEST_CASE(a_data_path_that_says_yes_to_everything_passes_no_case) {
    passes_nothing<DataPathPort, PathYesMan>(data_path_suite());
}
BOOST_AUTO_TEST_CASE(a_node_that_says_yes_to_everything_passes_no_case) {
    passes_nothing<DeletionPort, NodeYesMan>(deletion_suite());
}

}  // namespace
}  // namespace assay::conformance
