// The suite tpm on the model and on Debian's swtpm, which pass; and on TPMs that are wrong in one named way.
#include <csignal>
#include <filesystem>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/targets/model_tpm.hpp"
#include "conformance/test_judge.hpp"
#include "models/tpm/commands.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {
namespace {

using Change = std::function<void(ByteView command, Bytes& response)>;

/// The model, with its responses changed on their way.
class WrongTpm final : public TpmPort {
public:
    WrongTpm(std::uint64_t seed, Change change) : inner_(make_model_tpm(seed)), change_(std::move(change)) {}
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    Result<Bytes, PortError> exchange(ByteView command, unsigned locality) override {
        auto answer = inner_->exchange(command, locality);
        if (answer) change_(command, *answer);
        return answer;
    }
    Result<Nothing, PortError> reset() override { return inner_->reset(); }

private:
    std::unique_ptr<TpmPort> inner_;
    Change change_;
};

tpm::Cc code_of(ByteView command) {
    return tpm::Cc{load<std::uint32_t>(command.subspan(6), tpm::byte_order)};
}

Target target_of(std::string id, std::function<AnyPort(std::uint64_t)> open) {
    return {.id = std::move(id),
            .uri = "test:tpm",
            .kind = "software",
            .port = PortKind::tpm,
            .vendor = {},
            .product = {},
            .version = {},
            .capabilities = {"any-size", "erase", "locality", "power-cycle"},
            .artifacts = {},
            .open = std::move(open)};
}

nlohmann::json run_suite(Target target, const std::function<bool(const Case&)>& wanted = {}) {
    Plan plan;
    plan.targets = {std::move(target)};
    for (const Suite& suite : suites())
        if (suite.id == "tpm")
            for (const Case& one : suite.cases)
                if (!wanted || wanted(one)) plan.cases.push_back(&one);
    const TemporaryFolder folder;
    RunOptions options;
    options.out = folder.path / "run";
    options.jobs = 2;
    return run_quietly(plan, options);
}

std::size_t count(const nlohmann::json& results, std::string_view verdict) {
    return static_cast<std::size_t>(std::ranges::count_if(
        results.at("cases"), [&](const auto& one) { return one.at("verdict") == verdict; }));
}

/// `warned`: cases of requirements that are no MUST, and do not hold there.
void expect_passes(const std::string& uri, std::size_t untested,
                   const std::vector<std::string>& warned = {}) {
    auto target = parse_target(uri);
    BOOST_REQUIRE_MESSAGE(bool(target), (target ? "" : target.error().text()));
    const auto results = run_suite(*std::move(target));
    for (const auto& one : results.at("cases")) {
        const std::string verdict = one.at("verdict");
        const bool is_warned = std::ranges::count(warned, one.at("id").get<std::string>()) > 0;
        BOOST_TEST((verdict == "PASS" || verdict == "NOT_TESTED" || (verdict == "WARN" && is_warned)),
                   one.at("id") << ": " << one.value("failure", nlohmann::json{}).dump());
    }
    std::printf("suite tpm on %s: %zu of %zu pass\n", uri.c_str(), count(results, "PASS"),
                results.at("cases").size());
    BOOST_TEST(count(results, "NOT_TESTED") == untested);
    BOOST_TEST(count(results, "PASS") + untested + warned.size() == results.at("cases").size());
    BOOST_TEST(results.at("cases").size() >= 150U);
}

BOOST_AUTO_TEST_CASE(the_model_passes_every_case) { expect_passes("model:tpm", 0); }

/// Debian's swtpm in a process of its own; the port is 0 where there is none.
class Swtpm {
public:
    Swtpm() {
        const char* program = "/usr/bin/swtpm";
        if (::access(program, X_OK) != 0) {
            std::puts("skipped: swtpm is not installed");
            return;
        }
        const unsigned wanted = 30000 + static_cast<unsigned>(::getpid()) % 20000;
        const std::string server = "type=tcp,port=" + std::to_string(wanted),
                          control = "type=tcp,port=" + std::to_string(wanted + 1);
        child_ = ::fork();
        if (child_ == 0) {
            ::execl(program, program, "socket", "--tpm2", "--server", server.c_str(), "--ctrl",
                    control.c_str(), "--seccomp", "action=none", "--flags", "not-need-init", "--tpmstate",
                    ("dir=" + folder_.path.string()).c_str(), nullptr);
            ::_exit(127);
        }
        port = wanted;
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
    ~Swtpm() {
        if (child_ > 0) {
            ::kill(child_, SIGTERM);
            ::waitpid(child_, nullptr, 0);
        }
    }
    Swtpm(const Swtpm&) = delete;
    Swtpm& operator=(const Swtpm&) = delete;
    unsigned port = 0;

private:
    pid_t child_ = -1;
    TemporaryFolder folder_{};
};

BOOST_AUTO_TEST_CASE(a_tpm_that_is_not_ours_passes_too) {
    const Swtpm peer;
    if (peer.port == 0) return;
    constexpr std::size_t cannot_be_sent = 2;  // commandSize that is not the size
    expect_passes("tpm+swtpm://127.0.0.1:" + std::to_string(peer.port) + "?erase=yes", cannot_be_sent,
                  {"tpm.key.rsa-broken"});  // TPM_RC_FAILURE, which Part 3, 14.3 does not list
}

BOOST_AUTO_TEST_CASE(a_tpm_that_says_yes_to_everything_passes_nothing) {
    const auto results = run_suite(target_of("yes-man", [](std::uint64_t seed) {
        return AnyPort{std::make_unique<WrongTpm>(
            seed, [](ByteView, Bytes& response) { response = *from_hex("8001 0000000a 00000000"); })};
    }));
    BOOST_TEST(count(results, "PASS") == 0U);
    BOOST_TEST(count(results, "ERROR") == 0U);
}

struct Wrong {
    const char* id;
    std::vector<std::string> requirements;  // each must have a case that fails
    Change change;
};

void flip_last(tpm::Cc cc, ByteView command, Bytes& response, std::size_t from_end) {
    if (code_of(command) == cc && response.size() > tpm::header_size + from_end)
        response[response.size() - from_end] ^= 1;
}
Change code_becomes(tpm::Rc from, tpm::Rc to) {
    return [=](ByteView, Bytes& response) {
        if (tpm::response_code(response) == from)
            std::ranges::copy(store(static_cast<std::uint32_t>(to), tpm::byte_order), response.begin() + 6);
    };
}

BOOST_AUTO_TEST_CASE(a_tpm_that_is_wrong_in_one_way_fails_the_requirement_of_it) {
    constexpr std::size_t before_session = 5 + 3;          // TPMS_AUTH_RESPONSE of a password, then some
    constexpr std::size_t before_policy_session = 21 + 3;  // with a nonce
    const std::vector<Wrong> wrongs{
        {"signature",
         {"TPM-QUOTE-001"},
         [](ByteView c, Bytes& r) {
             flip_last(tpm::Cc::quote, c, r, before_session);
         }},
        {"signature-of-sign",
         {"TPM-KEY-001"},
         [](ByteView c, Bytes& r) {
             flip_last(tpm::Cc::sign, c, r, before_session);
         }},
        {"pcr-changed-is-policy", {"TPM-REL-003"}, code_becomes(tpm::Rc::pcr_changed, tpm::Rc{0x99D})},
        {"unavailable-is-bad-auth", {"TPM-REL-002"}, code_becomes(tpm::Rc::auth_unavailable, tpm::Rc{0x9A2})},
        {"integrity-is-value",
         {"TPM-OBJ-005", "TPM-CTX-001", "TPM-CRED-001"},
         code_becomes(tpm::Rc{0x1DF}, tpm::Rc{0x1C4})},
        {"pcr-value",
         {"TPM-PCR-001"},
         [](ByteView c, Bytes& r) {
             flip_last(tpm::Cc::pcr_read, c, r, 1);
         }},
        {"policy-digest",
         {"TPM-POL-001"},
         [](ByteView c, Bytes& r) {
             flip_last(tpm::Cc::policy_get_digest, c, r, 1);
         }},
        {"same-random",
         {"TPM-RND-001"},
         [](ByteView c, Bytes& r) {
             if (code_of(c) == tpm::Cc::get_random && r.size() > 12)
                 std::fill(r.begin() + 12, r.end(), std::uint8_t{4});
         }},
        {"lockout-is-failure", {"TPM-DA-001"}, code_becomes(tpm::Rc::lockout, tpm::Rc{0x98E})},
        {"locality-is-success",
         {"TPM-PCR-006", "TPM-PCR-007"},
         code_becomes(tpm::Rc::locality, tpm::Rc::success)},
        {"unsealed-byte",
         {"TPM-POL-003"},
         [](ByteView c, Bytes& r) {
             flip_last(tpm::Cc::unseal, c, r, before_policy_session);
         }},
    };
    for (const Wrong& wrong : wrongs) {
        const auto names = [&](const Case& one) {
            return std::ranges::any_of(one.requirements, [&](const std::string& id) {
                return std::ranges::count(wrong.requirements, id) > 0;
            });
        };
        const auto results = run_suite(
            target_of(
                wrong.id,
                [&](std::uint64_t seed) { return AnyPort{std::make_unique<WrongTpm>(seed, wrong.change)}; }),
            names);
        for (const std::string& id : wrong.requirements) {
            bool fails = false;
            for (const auto& one : results.at("cases")) {
                const Case* test = find_case(one.at("id").get<std::string>());
                if (one.at("verdict") == "FAIL" && std::ranges::count(test->requirements, id) > 0)
                    fails = true;
            }
            BOOST_TEST(fails, wrong.id << " fails no case of " << id);
        }
    }
}

}  // namespace
}  // namespace assay::conformance
