// The suite spdm on a responder in another process, over each transport: as `assay serve spdm` and `assay
// run` do it.
#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suites/spdm_test_run.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/sample_device.hpp"
#include "models/spdm/tcp_server.hpp"

namespace assay::conformance {
namespace {

/// Serves the generic responder until it is destroyed.
class ServerProcess {
public:
    explicit ServerProcess(spdm::Transport transport) {
        spdm::SampleDevice device{1};
        spdm::Responder responder{device, spdm::records_of(transport)};
        spdm::SocketDialect dialect{transport, spdm::service_of(responder)};
        StreamServer server{0,
                            {[&](ByteView bytes) {
                                return dialect.step(bytes);
                            }},
                            spdm::SocketDialect::options()};
        uri_ = "spdm+tcp://127.0.0.1:" + std::to_string(server.port()) +
               "?transport=" + std::string{spdm::name(transport)};
        process_ = ::fork();
        if (process_ != 0) return;
        ::signal(SIGTERM, SIG_DFL);
        server.serve({});
        ::_exit(0);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() {
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
    }
    const std::string& uri() const { return uri_; }

private:
    std::string uri_;
    pid_t process_ = -1;
};

void passes_over(spdm::Transport transport) {
    const ServerProcess server{transport};
    auto target = parse_target(server.uri());
    BOOST_REQUIRE_MESSAGE(bool(target), (target ? "" : target.error().text()));
    const auto results = run_spdm(*std::move(target));
    for (const auto& one : results.at("cases")) {
        const std::string verdict = one.at("verdict");
        BOOST_TEST((verdict == "PASS" || verdict == "NOT_TESTED"), one.dump());
        if (verdict == "NOT_TESTED")
            BOOST_TEST(!one.at("not_tested").at("detail").get<std::string>().empty());
    }
    const auto there = verdicts(results);
    auto model = parse_target("model:spdm?transport=" + std::string{spdm::name(transport)});
    BOOST_REQUIRE(bool(model));
    BOOST_TEST(
        (there == verdicts(run_spdm(*std::move(model)))));  // what it says in process, it says over TCP
    const bool no_records = transport == spdm::Transport::none;
    const std::size_t untested = there.contains("NOT_TESTED") ? there.at("NOT_TESTED") : 0;
    // Not tested: a PSK without a context of the responder (39), a responder that challenges its requester
    // (21), algorithms that the profile lacks, what a transport cannot carry.
    constexpr std::size_t expected_at_most = 81;
    BOOST_TEST((no_records ? untested > expected_at_most : untested <= expected_at_most), untested);
}

BOOST_AUTO_TEST_CASE(the_generic_model_passes_over_mctp) { passes_over(spdm::Transport::mctp); }
BOOST_AUTO_TEST_CASE(the_generic_model_passes_over_doe) { passes_over(spdm::Transport::doe); }
BOOST_AUTO_TEST_CASE(the_generic_model_passes_over_the_tcp_binding) { passes_over(spdm::Transport::tcp); }
BOOST_AUTO_TEST_CASE(the_generic_model_passes_without_envelopes_what_needs_no_session) {
    passes_over(spdm::Transport::none);
}

BOOST_AUTO_TEST_CASE(a_place_where_nothing_listens_is_no_target) {
    const auto target = parse_target("spdm+tcp://127.0.0.1:1");
    BOOST_REQUIRE(!target);
    BOOST_TEST(target.error().text().find("127.0.0.1:1: Connection refused") != std::string::npos,
               target.error().text());
    for (const char* wrong : {"spdm+tcp://10.0.0.1:2323", "spdm+tcp://127.0.0.1:0",
                              "spdm+tcp://127.0.0.1:65536", "spdm+tcp://127.0.0.1:2323?transport=usb",
                              "spdm+tcp://127.0.0.1:2323?patience=0", "spdm+tcp://127.0.0.1:2323?psk=xy"})
        BOOST_TEST(!parse_target(wrong), wrong);
}

}  // namespace
}  // namespace assay::conformance
