// State over the end of a process: what is kept, what is refused, and that a kill at any instant leaves the
// state before or after a command.
#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "models/tpm/test_tpm.hpp"
#include "sim/base/file.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
constexpr Handle counter = 0x0180'0001;

struct Folder : TemporaryFolder {
    Config config() const { return {.state_dir = path}; }
    std::filesystem::path state() const { return path / "nv.state"; }
};

std::uint64_t count(Bench& bench) {
    const auto out = bench.call(NvReadIn{rh::owner, counter, 8, 0}, {password()});
    return out ? load<std::uint64_t>(out->data.value, byte_order) : 0;
}
Rc increment(Bench& bench) { return bench.rc(NvIncrementIn{rh::owner, counter}, {password()}); }
Rc define(Bench& bench) {
    NvDefineSpaceIn in{.auth_handle = rh::owner};
    in.public_info.value = {
        .nv_index = counter, .attributes = na::owner_write | na::owner_read | 1U << 4, .data_size = 8};
    return bench.rc(in, {password()});
}

BOOST_AUTO_TEST_CASE(what_is_non_volatile_outlives_the_process) {
    const Folder folder;
    Bytes name, primary;
    {
        Bench bench{folder.config()};
        bench.start();
        BOOST_TEST(define(bench) == Rc::success);
        BOOST_TEST(increment(bench) == Rc::success);
        const auto key = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
        name = key.name.value;
        BOOST_TEST(bench.rc(EvictControlIn{rh::owner, key.object_handle, 0x8100'0001}, {password()}) ==
                   Rc::success);
        BOOST_TEST(bench.rc(HierarchyChangeAuthIn{rh::endorsement, {Bytes{1, 2}}}, {password()}) ==
                   Rc::success);
        primary = bench.primary(rh::platform, templates::storage_key(Alg::ecc)).name.value;
    }
    Bench bench{folder.config(), "another seed"};
    bench.start();
    BOOST_TEST(count(bench) == 1U);
    BOOST_TEST(bench.call(ReadPublicIn{0x8100'0001})->name.value == name);
    BOOST_TEST(bench.rc(HierarchyChangeAuthIn{rh::endorsement, {}}, {password()}) == Rc{0x9A2});
    BOOST_TEST(bench.rc(HierarchyChangeAuthIn{rh::endorsement, {}}, {password(Bytes{1, 2})}) == Rc::success);
    BOOST_TEST(bench.primary(rh::platform, templates::storage_key(Alg::ecc)).name.value == primary);
    BOOST_TEST(bench.call(ReadClockIn{})->current_time.clock_info.reset_count == 2U);
}

BOOST_AUTO_TEST_CASE(a_saved_state_is_resumed_by_the_next_process) {  // Startup(STATE)
    const Folder folder;
    const TpmlPcrSelection pcr_3{{TpmsPcrSelection::of(Alg::sha256, {3})}};
    Bytes pcr, null_name;
    TpmsContext context;
    {
        Bench bench{folder.config()};
        bench.start();
        bench.extend(3);
        pcr = bench.call(PcrReadIn{pcr_3})->pcr_values.items.at(0).value;
        null_name = bench.primary(rh::null, templates::storage_key(Alg::ecc)).name.value;
        const Handle session = bench.session(Se::policy).session_handle;
        context = bench.call(ContextSaveIn{session})->context;
        BOOST_REQUIRE(bench.call(ShutdownIn{Su::state}));
    }
    {
        Bench bench{folder.config(), "another seed"};
        BOOST_REQUIRE(bench.call(StartupIn{Su::state}));
        BOOST_TEST(bench.call(PcrReadIn{pcr_3})->pcr_values.items.at(0).value == pcr);
        BOOST_TEST(bench.primary(rh::null, templates::storage_key(Alg::ecc)).name.value == null_name);
        BOOST_TEST(bench.rc(ContextLoadIn{context}) == Rc::success);
        BOOST_TEST(bench.call(ReadClockIn{})->current_time.clock_info.restart_count == 1U);
    }
    Bench bench{folder.config()};  // no shutdown: nothing to resume
    BOOST_TEST(bench.rc(StartupIn{Su::state}) == Rc{0x1C4});
    bench.start();
    BOOST_TEST(bench.primary(rh::null, templates::storage_key(Alg::ecc)).name.value != null_name);
}

BOOST_AUTO_TEST_CASE(a_pcr_that_is_extended_is_not_written_down) {
    const Folder folder;
    Bench bench{folder.config()};
    bench.start();
    const Bytes before = *read_file(folder.state(), 1 << 20);
    bench.extend(3);
    BOOST_TEST((*read_file(folder.state(), 1 << 20) == before));
    BOOST_TEST(define(bench) == Rc::success);
    BOOST_TEST((*read_file(folder.state(), 1 << 20) != before));
}

BOOST_AUTO_TEST_CASE(failed_tries_are_counted_over_the_end_of_the_process) {
    const Folder folder;
    const auto tries = [](Bench& bench) {
        return bench.call(GetCapabilityIn{Cap::tpm_properties, 0x20E, 1})
            ->capability_data.tpm_properties.items.at(0)
            .value;
    };
    {
        Bench bench{folder.config()};
        bench.start();
        NvDefineSpaceIn in{.auth_handle = rh::owner, .auth = {Bytes{1}}};
        in.public_info.value = {
            .nv_index = counter, .attributes = na::auth_write | na::auth_read, .data_size = 8};
        BOOST_TEST(bench.rc(in, {password()}) == Rc::success);
        BOOST_TEST(bench.rc(NvWriteIn{counter, counter, {Bytes(8)}, 0}, {password(Bytes{2})}) == Rc{0x98E});
        BOOST_TEST(tries(bench) == 1U);
        BOOST_REQUIRE(bench.call(ShutdownIn{Su::clear}));
    }
    Bench bench{folder.config()};
    bench.start();
    BOOST_TEST(tries(bench) == 1U);
}

std::string refusal(const Folder& folder) {
    try {
        Bench bench{folder.config()};
    } catch (const StateError& error) {
        return error.what();
    }
    return "taken";
}

BOOST_AUTO_TEST_CASE(a_state_that_was_changed_is_refused_and_left_alone) {
    const Folder folder, other;
    {
        Bench bench{folder.config()};
        bench.start();
        const Bench stranger{other.config()};
        BOOST_TEST(refusal(folder).ends_with("another TPM uses this state"));
    }
    const Bytes good = *read_file(folder.state(), 1 << 20);
    const auto with = [&](const Bytes& content) {
        write_file(folder.state(), content);
        std::string out = refusal(folder);
        BOOST_TEST((*read_file(folder.state(), 1 << 20) == content));
        return out;
    };
    for (std::size_t i = 8; i < good.size(); i += 41) {
        Bytes bent = good;
        bent[i] ^= 1;
        BOOST_TEST(with(bent).find("integrity does not hold") != std::string::npos);
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{20}, good.size() / 2, good.size() - 1})
        BOOST_TEST(with({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}) != "taken");
    Bytes later = good;
    later[7] = 2;
    BOOST_TEST(with(later).ends_with("another format version than 1"));
    BOOST_TEST(with(*read_file(other.state(), 1 << 20)).find("integrity does not hold") != std::string::npos);
    write_file(folder.state(), good);
    write_file(folder.path / "nv.state.new", Bytes(10));  // left behind by a kill
    BOOST_TEST(refusal(folder) == "taken");
    std::filesystem::remove(folder.path / "nv.key");
    BOOST_TEST(refusal(folder).find("nv.key: missing") != std::string::npos);
}

/// Counts, and says each number when it has been acknowledged, until it is killed.
[[noreturn]] void count_until_killed(const Folder& folder, int to) {
    {
        Bench bench{folder.config()};
        bench.start();
        for (;;) {
            if (increment(bench) != Rc::success) ::_exit(3);
            const std::uint64_t now = count(bench);
            if (::write(to, &now, sizeof now) != sizeof now) ::_exit(4);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_kill_at_any_instant_leaves_the_state_before_or_after_a_command) {
    const Folder folder;
    {
        Bench bench{folder.config()};
        bench.start();
        BOOST_TEST(define(bench) == Rc::success);
        BOOST_TEST(increment(bench) == Rc::success);
    }
    std::uint64_t acknowledged = 1, lost = 0, ahead = 0;
    for (unsigned round = 0; round < 200; ++round) {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::pipe(ends.data()) == 0);
        const pid_t child = ::fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) {
            ::close(ends[0]);
            count_until_killed(folder, ends[1]);
        }
        ::close(ends[1]);
        // After so many numbers, and then at some moment of the next command.
        std::uint64_t number = 0;
        for (unsigned i = 0; i <= round % 3; ++i)
            if (::read(ends[0], &number, sizeof number) == sizeof number) acknowledged = number;
        std::this_thread::sleep_for(std::chrono::microseconds{round * 37 % 1500});
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_TEST(WIFSIGNALED(status));
        while (::read(ends[0], &number, sizeof number) == sizeof number) acknowledged = number;
        ::close(ends[0]);
        Bench bench{folder.config()};
        bench.start();
        const std::uint64_t found = count(bench);
        if (found < acknowledged) ++lost;
        if (found > acknowledged) ++ahead;
        BOOST_TEST(found <= acknowledged + 1);
        acknowledged = found;
    }
    BOOST_TEST(lost == 0U);
    std::printf(
        "200 kills: %llu commands acknowledged, %llu times the state was one command ahead, never behind\n",
        static_cast<unsigned long long>(acknowledged), static_cast<unsigned long long>(ahead));
}

}  // namespace
}  // namespace assay::tpm
