// The key management service on a simulated network: it takes its time, one request after the other.
#include "models/kms/kms_module.hpp"

#include <sstream>

#include <boost/test/unit_test.hpp>

#include "models/kms/test_world.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::kms {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kms_times = R"({"id": "kms-test", "parameters": {
  "kms.request": {"value": 1, "unit": "ms", "source": "test", "certainty": "assumed"},
  "kms.release": {"value": 20, "unit": "ms", "source": "test", "certainty": "assumed"}}})";

struct Told final : EventSink {
    void on(Event event) override { all.push_back(std::move(event)); }
    std::vector<Event> all;
};

BOOST_AUTO_TEST_CASE(requests_are_answered_one_after_the_other_in_their_time) {
    const auto outcome = kernel::run_simulation(
        [] {
            World world;
            const auto profile = *kernel::TimingProfile::from_json(kms_times);
            Told events;
            KmsModule module{"kms", world.service, profile, events};
            std::ostringstream notes;
            const auto ms = [] {
                return sc_core::sc_time_stamp() / sc_core::sc_time{1, sc_core::SC_MS};
            };
            (void)static_cast<bool>(world.service.import_key("model", secret_of(32, 1), World::terms()));
            for (const char* const name : {"first", "second"})
                sc_core::sc_spawn(
                    [&, name] {
                        const auto answer = module.in->serve({"GET", "/v1/service"});
                        notes << name << ' ' << answer.status << ' ' << ms() << '\n';
                    },
                    name);
            sc_core::sc_spawn(
                [&] {
                    sc_core::wait(10, sc_core::SC_MS);
                    const auto answer = module.in->serve({"POST", "/v1/keys/model/release"});
                    notes << "release " << answer.status << ' ' << ms() << '\n';
                },
                "release");
            sc_core::sc_start();
            for (const Event& event : events.all)
                notes << event.name << ' ' << name(event.outcome) << ' ' << event.detail << '\n';
            return notes.str();
        },
        20s);
    BOOST_TEST(outcome.ending.exit_code == 0);
    BOOST_TEST(outcome.report ==
               "first 200 1\nsecond 200 2\nrelease 415 30\nGET /v1/service ok \nGET /v1/service ok \n"
               "POST /v1/keys/model/release refused E_FORMAT\n");
}

}  // namespace
}  // namespace assay::kms
