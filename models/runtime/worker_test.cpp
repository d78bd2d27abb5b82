// One worker serves one request of one subject, and ends.
#include "models/runtime/worker.hpp"

#include <boost/test/unit_test.hpp>

#include "models/runtime/test_runtime.hpp"

namespace assay::runtime {
namespace worker_tests {

/// Answers with the prompt turned round; notes what happens.
struct Kitchen final : WorkerFactory {
    std::string diary;
    bool refuses = false, overlong = false;

    struct Cook final : Worker {
        Kitchen& kitchen;
        explicit Cook(Kitchen& owner) : kitchen(owner) { kitchen.diary += "start "; }
        Result<std::size_t, WorkerRefusal> serve(ByteView prompt, std::span<std::uint8_t> answer) override {
            kitchen.diary += "serve ";
            std::reverse_copy(prompt.begin(), prompt.end(), answer.begin());
            if (kitchen.refuses) return WorkerRefusal{"E_LIMIT", "too long"};
            return kitchen.overlong ? answer.size() + 1 : prompt.size();
        }
        void end() noexcept override { kitchen.diary += "end "; }
    };
    std::unique_ptr<Worker> start(const Admission& container) override {
        diary += container.rule + " ";
        return std::make_unique<Cook>(*this);
    }
};

struct Served {
    test::Bench bench{test::policy_with(test::life(), test::sections({test::container_rule()}))};
    Kitchen kitchen;
    WorkerDesk desk{bench.agent, kitchen};
    Bytes answer = Bytes(8, 0xEE);

    std::string serve(const std::string& container = "c0") {
        const auto out = desk.serve(container, as_bytes("abc"), answer);
        return out ? std::string{as_text(answer).substr(0, *out)} : std::string{out.error().reason};
    }
};

BOOST_AUTO_TEST_CASE(a_started_container_serves_once) {
    Served served;
    BOOST_TEST(served.serve() == "E_POLICY_STATE");
    served.bench.bring_up(false);
    BOOST_TEST(served.serve() == "E_POLICY_STATE");
    served.bench.send("container.start", {{"container", "c0"}});
    BOOST_TEST(served.serve("c9") == "E_POLICY_STATE");
    BOOST_TEST(served.serve() == "cba");
    BOOST_TEST(to_hex(served.answer) == "6362610000000000");  // nothing of the buffer's past is left
    BOOST_TEST(served.kitchen.diary == "worker start serve end ");
    BOOST_TEST(served.serve() == "E_WORKER_REUSE");
    BOOST_TEST(served.kitchen.diary == "worker start serve end ");
    BOOST_TEST(to_hex(served.answer) == "0000000000000000");
    BOOST_TEST(served.desk.served() == 1U);
    BOOST_TEST(served.desk.refused() == 4U);
}

BOOST_AUTO_TEST_CASE(a_container_that_has_served_is_stopped_and_does_not_come_back) {
    Served served;
    served.bench.bring_up();
    served.serve();
    BOOST_TEST((served.bench.agent.admitted("c0")->phase == ContainerPhase::stopped));
    BOOST_TEST(served.bench.verdict("container.start", {{"container", "c0"}}) == "RP-STATE");
    BOOST_TEST(served.bench.verdict("container.remove", {{"container", "c0"}}) == "allow");
    BOOST_TEST(served.serve() == "E_POLICY_STATE");
}

BOOST_AUTO_TEST_CASE(a_worker_that_refuses_leaves_nothing_and_ends_all_the_same) {
    for (const bool overlong : {false, true}) {
        Served served;
        (overlong ? served.kitchen.overlong : served.kitchen.refuses) = true;
        served.bench.bring_up();
        BOOST_TEST(served.serve() == "E_LIMIT");
        BOOST_TEST(to_hex(served.answer) == "0000000000000000");
        BOOST_TEST(served.kitchen.diary == "worker start serve end ");
        BOOST_TEST(served.serve() == "E_WORKER_REUSE");
    }
}

BOOST_AUTO_TEST_CASE(a_container_without_a_gpu_serves_nothing) {
    auto rule = test::container_rule();
    rule["devices"] = nlohmann::json::array();
    test::Bench bench{test::policy_with(test::life(), test::sections({rule}))};
    bench.bring_up(false);
    auto request = test::create_request();
    request["devices"] = nlohmann::json::array();
    bench.send("container.create", request);
    BOOST_TEST(bench.verdict("container.start", {{"container", "c0"}}) == "allow");
    Kitchen kitchen;
    WorkerDesk desk{bench.agent, kitchen};
    Bytes answer(8);
    const auto out = desk.serve("c0", as_bytes("abc"), answer);
    BOOST_REQUIRE(!out);
    BOOST_TEST(out.error().reason == "E_DEVICE_NOT_ATTESTED");
    BOOST_TEST(kitchen.diary == "");
}

}  // namespace worker_tests
}  // namespace assay::runtime
