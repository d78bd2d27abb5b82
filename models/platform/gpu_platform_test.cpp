// A host and a GPU: scenarios that begin with power-on reset. Each test simulates in a process of its own.
#include "models/platform/gpu_platform.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/kernel/fresh_context.hpp"
#include "sim/kernel/simulation.hpp"

namespace assay::platform {
namespace {

using namespace std::chrono_literals;

std::string simulate(const std::function<std::string(GpuPlatform&)>& body, std::string_view profile = "gh100",
                     std::uint64_t seed = 1) {
    const auto outcome = kernel::run_simulation(
        [&] {
            GpuPlatform platform{profile, seed};
            return body(platform);
        },
        120s);
    BOOST_TEST(outcome.ending.exit_code == 0, outcome.report);
    BOOST_TEST(outcome.ending.signal == 0);
    return outcome.report;
}

constexpr spdm::Nonce nonce_a{0xA0}, nonce_b{0xB0};

std::string describe(const std::vector<Event>& events) {
    std::string out;
    for (const Event& e : events)
        out += std::to_string(e.t_ps) + ' ' + std::string{name(e.kind)} + ' ' + e.actor + ' ' + e.peer + ' ' +
               e.name + ' ' + to_hex(e.bytes) + ' ' + std::string{name(e.outcome)} + ' ' + e.detail + '\n';
    return out;
}

/// Everything that a scenario lets out.
std::string scenario(GpuPlatform& platform, const spdm::Nonce& nonce) {
    platform.power_on_reset();
    const auto evidence = platform.collect(nonce);
    std::string out = evidence ? to_hex(evidence->report) + evidence->chain_pem : evidence.error().what;
    const auto session = platform.establish_session();
    out += session ? to_hex(platform.session_export_secret()) : session.error().what;
    const auto answer = platform.exchange(*from_hex("11e10000"));
    out += answer ? to_hex(*answer) : answer.error().what;
    return out + describe(platform.take_events()) + platform.waves();
}

BOOST_AUTO_TEST_CASE(a_scenario_is_the_same_alone_and_after_others) {
    const std::string alone = simulate([](GpuPlatform& p) { return scenario(p, nonce_b); });
    BOOST_TEST(alone.find("BEGIN CERTIFICATE") != alone.npos);
    const std::string later = simulate([](GpuPlatform& p) {
        (void)scenario(p, nonce_a);
        BOOST_TEST(p.load_firmware("gsp-fmc", 3));
        p.set_cc_mode(gpu::CcMode::devtools);
        (void)scenario(p, nonce_a);
        p.roll_back_firmware();
        p.set_debug(true);
        (void)scenario(p, nonce_a);
        BOOST_TEST(p.load_firmware("driver", 1));
        p.set_cc_mode(gpu::CcMode::off);
        (void)scenario(p, nonce_a);
        p.restore();
        return scenario(p, nonce_b);
    });
    BOOST_TEST((alone == later));
    BOOST_TEST((alone != simulate([](GpuPlatform& p) { return scenario(p, nonce_b); }, "gh100", 2)));
    BOOST_TEST((alone == simulate([](GpuPlatform& p) { return scenario(p, nonce_b); })));
}

BOOST_AUTO_TEST_CASE(a_refused_boot_gives_no_evidence) {
    BOOST_TEST(simulate([](GpuPlatform& p) {
                   p.roll_back_firmware();
                   p.power_on_reset();
                   const auto evidence = p.collect(nonce_a);
                   const auto answer = p.exchange(*from_hex("10840000"));
                   return (evidence ? "evidence" : evidence.error().what) + " | " +
                          (answer ? "answer" : answer.error().what);
               }) ==
               "the boot ROM refused fsp: security version 4 is below the fuses' minimum 5 | DOE Error");
}

BOOST_AUTO_TEST_CASE(cc_mode_off_refuses_by_the_protocol) {
    BOOST_TEST(simulate([](GpuPlatform& p) {
                   p.set_cc_mode(gpu::CcMode::off);
                   p.power_on_reset();
                   const auto evidence = p.collect(nonce_a);
                   return evidence ? "evidence" : evidence.error().what;
               }) == "GET_MEASUREMENTS: ERROR(UnsupportedRequest)");
}

BOOST_AUTO_TEST_CASE(messages_pass_without_the_padding_of_the_transport) {
    BOOST_TEST(
        simulate([](GpuPlatform& p) {
            p.power_on_reset();
            std::string out;
            for (const auto* request : {"10840000", "1184", "", "11e10000 00000000 00000000", "10840000"}) {
                const auto answer = p.exchange(*from_hex(request));
                out += (answer ? to_hex(*answer) : answer.error().what) + ' ';
            }
            const auto large = p.exchange(Bytes(5000, 0x11));
            return out + (large ? to_hex(*large) : large.error().what);
        }) ==
        // Two bytes arrive as four: a DOE object is whole DWORDs.
        "1004000000010011 107f4100  1161000000140000f2420000 1004000000010011 ");
}

BOOST_AUTO_TEST_CASE(a_message_that_no_data_object_holds_is_an_error) {
    BOOST_TEST(simulate([](GpuPlatform& p) {
                   p.power_on_reset();
                   const auto answer = p.exchange(Bytes(std::size_t{1} << 20));
                   const auto next = p.exchange(*from_hex("10840000"));
                   return (answer ? "answer" : answer.error().what) + (next ? ", then an answer" : "");
               }) == "a message longer than a data object, then an answer");
}

BOOST_AUTO_TEST_CASE(host_and_gpu_share_the_secret_of_their_session) {
    BOOST_TEST(simulate([](GpuPlatform& p) {
                   p.power_on_reset();
                   const auto same = [&] {
                       const ByteView own = p.session_export_secret(),
                                      other = p.device().session_export_secret();
                       return own.size() == 48 && equal(own, other);
                   };
                   std::string out{p.session_export_secret().empty() ? "none, " : "one, "};
                   const auto ok = p.establish_session();
                   out += ok ? (same() ? "same, " : "different, ") : ok.error().what;
                   const auto evidence = p.collect_in_session(nonce_a);
                   out += evidence ? "evidence, " : evidence.error().what;
                   const auto answer = p.exchange_secured(*from_hex("11810000"));
                   out += answer ? to_hex(ByteView{*answer}.first(4)) : answer.error().what;
                   const auto refused = p.exchange_secured(*from_hex("11e80000"));
                   out += ' ' + (refused ? to_hex(*refused) : refused.error().what);
                   const auto ended = p.end_session();
                   out += ended ? (p.device().session_export_secret().empty() ? ", gone" : ", there")
                                : ended.error().what;
                   const auto late = p.exchange_secured(*from_hex("11810000"));
                   return out + ", " + (late ? "answered" : late.error().what);
               }) == "none, same, evidence, 11010001 117f07e8, gone, no session is established");
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_what_ends_its_connection) {
    BOOST_TEST(simulate([](GpuPlatform& p) {
                   p.power_on_reset();
                   const auto alive = [&] {
                       return std::string{p.session_export_secret().empty() ? "-" : "host"} +
                              (p.device().session_export_secret().empty() ? "- " : "gpu ");
                   };
                   std::string out;
                   (void)p.establish_session();
                   out += alive();
                   (void)p.collect(nonce_a);
                   out += alive();
                   (void)p.establish_session();
                   (void)p.establish_session();
                   out += alive();
                   p.power_on_reset();
                   out += alive();
                   p.set_cc_mode(gpu::CcMode::off);
                   p.power_on_reset();
                   const auto refused = p.establish_session();
                   return out + (refused ? "established" : refused.error().what);
               }) == "hostgpu -- hostgpu -- KEY_EXCHANGE: ERROR(UnsupportedRequest)");
}

BOOST_AUTO_TEST_CASE(events_tell_the_boot_and_every_message) {
    const std::string events = simulate([](GpuPlatform& p) {
        p.power_on_reset();
        (void)p.collect(nonce_a);
        const std::string out = describe(p.take_events());
        return out + (p.take_events().empty() ? "" : "again");
    });
    BOOST_TEST(events.starts_with("0 action gpu  power-on reset  ok cc mode on\n"));
    for (const auto* line :
         {" state gpu  boot rom  ok", " state gpu  boot gsp-fmc  ok", " state gpu  boot finished  ok",
          " action host  DOE discovery  ok 3 features\n", " message host gpu GET_VERSION 10840000 ok",
          " message gpu host VERSION 1004000000010011 ok", " message host gpu GET_MEASUREMENTS 11e001ffa0"})
        BOOST_TEST(events.find(line) != events.npos, line);
    BOOST_TEST(!events.ends_with("again"));
}

BOOST_AUTO_TEST_CASE(waves_show_states_and_no_bytes) {
    const std::string vcd = simulate([](GpuPlatform& p) {
        p.power_on_reset();
        (void)p.collect(nonce_a);
        return p.waves();
    });
    for (const auto* part :
         {"$timescale 1 ps $end", "$scope module gpu $end", "$scope module doe $end", " status $end",
          " busy $end", " write_dwords $end", " stage $end", " cc_mode $end"})
        BOOST_TEST(vcd.find(part) != vcd.npos, part);
}

BOOST_AUTO_TEST_CASE(the_profile_sets_the_time) {
    // reset 100 ms, then the boot stages' sum; GET_VERSION after that takes link, registers and gpu.message.
    const std::string events = simulate([](GpuPlatform& p) {
        p.power_on_reset();
        return describe(p.take_events());
    });
    BOOST_TEST(events.find("102000000000 state gpu  boot rom ") != events.npos);
    BOOST_TEST(events.find("672000000000 state gpu  boot finished ") != events.npos);
}

BOOST_AUTO_TEST_CASE(what_is_published_is_the_same_each_time) {
    BOOST_TEST(simulate([](GpuPlatform& p) {
                   p.power_on_reset();
                   const Published a = p.published();
                   p.power_on_reset();
                   const Published b = p.published();
                   bool same = a.rims.size() == 2 && a.ocsp_responses.size() == 6;
                   for (std::size_t i = 0; i < a.rims.size(); ++i)
                       same = same && a.rims[i].content == b.rims[i].content;
                   for (std::size_t i = 0; i < a.ocsp_responses.size(); ++i)
                       same = same && a.ocsp_responses[i].content == b.ocsp_responses[i].content;
                   return std::string{same ? "same " : "different "} + a.rims[0].name;
               }) == "same NV_GPU_DRIVER_GH100_550.199.01.xml");
}

BOOST_AUTO_TEST_CASE(an_unknown_profile_is_an_error) {
    const auto outcome = kernel::run_simulation([] { return GpuPlatform{"gx1", 1}.waves(); }, 10s);
    BOOST_TEST(outcome.ending.exit_code == 1);
    BOOST_TEST(outcome.report == "gpu platform: unknown profile gx1, gb100 and gh100 are known");
}

BOOST_AUTO_TEST_CASE(platforms_follow_each_other_in_one_process) {  // and leave nothing behind, says LSan
    std::string first;
    for (int i = 0; i < 2; ++i) {
        const kernel::FreshContext context;
        GpuPlatform platform{"gb100", 9};
        const std::string out = scenario(platform, nonce_a);
        BOOST_TEST((first.empty() || out == first));
        first = out;
    }
}

}  // namespace
}  // namespace assay::platform
