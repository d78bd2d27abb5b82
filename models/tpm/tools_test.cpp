// Debian's tpm2-tools as real clients: the scenarios of tools_scenarios.txt on this TPM, over the dialects of
// swtpm and of the reference simulator, and on Debian's swtpm; and this TPM under the name and with the
// options of swtpm.
#include <csignal>
#include <filesystem>
#include <thread>

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/tpm/command.hpp"
#include "models/tpm/swtpm_options.hpp"
#include "models/tpm/test_tpm.hpp"

namespace assay::tpm {
namespace {

/// Commands in a folder of their own.
class Workshop {
public:
    explicit Workshop(std::string tcti) : tcti_(std::move(tcti)) {
        std::string folder = (std::filesystem::temp_directory_path() / "tpm2-tools-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = folder;
        std::ofstream{folder_ / "data", std::ios::binary} << "a secret of 19 bytes";
    }
    ~Workshop() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    struct Ending {
        int code;
        std::string output;
    };
    Ending run(const std::string& line) {
        {
            std::ofstream script{folder_ / ".line"};
            script << line << '\n';
        }
        const std::string started =
            "cd '" + folder_.string() + "' && TPM2TOOLS_TCTI='" + tcti_ + "' timeout 30 sh ./.line 2>&1";
        FILE* pipe = ::popen(started.c_str(), "r");
        std::string output;
        std::array<char, 4096> part{};
        for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
            output.append(part.data(), n);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
    }
    std::string content(const std::string& name) const {
        std::ifstream in{folder_ / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

private:
    std::string tcti_;
    std::filesystem::path folder_;
};

struct Scenario {
    std::string name;
    std::vector<std::string> lines{};
};
std::vector<Scenario> scenarios() {
    const char* source = std::getenv("ASSAY_SOURCE");
    std::ifstream in{std::string{source != nullptr ? source : "."} + "/models/tpm/tools_scenarios.txt"};
    BOOST_REQUIRE_MESSAGE(in, "models/tpm/tools_scenarios.txt is not below ASSAY_SOURCE");
    std::vector<Scenario> out;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("scenario "))
            out.push_back({line.substr(9)});
        else if (!line.empty() && line[0] != '#')
            out.back().lines.push_back(line);
    }
    return out;
}

/// A TPM on ports, and what a scenario asks of the machine around it.
struct Bed {
    std::string tcti;
    std::function<void()> power_cycle;
    std::function<bool(std::string_view command)> has;
    bool is_small = false;  // room for three objects
};

std::pair<std::string, std::string> split_at(const std::string& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    return {text.substr(0, at), at == text.npos ? "" : text.substr(at + mark.size())};
}

/// Empty when the line came out as it says; else what happened.
std::string fault_of(const std::string& line, Workshop& shop, const Bed& bed) {
    const auto [verb, rest] = split_at(line, " ");
    if (verb == "power-cycle") {
        bed.power_cycle();
        return {};
    }
    if (verb == "same" || verb == "differ") {
        const auto [one, other] = split_at(rest, " ");
        const std::string content = shop.content(one);
        if (content.empty()) return one + " is empty";
        return (content == shop.content(other)) == (verb == "same") ? "" : "the files do not";
    }
    const auto [wanted, command] = verb == "do" ? std::pair{std::string{}, rest} : split_at(rest, " | ");
    const auto ending =
        shop.run(command + (bed.is_small ? "\ncode=$?; tpm2_flushcontext -t; exit $code" : ""));
    if ((ending.code != 0) != (verb == "refused"))
        return "ends with " + std::to_string(ending.code) + ": " + ending.output;
    if (ending.output.find(wanted) == std::string::npos)
        return "does not say " + wanted + ": " + ending.output;
    return {};
}

enum class Outcome : std::uint8_t { passed, failed, skipped };

Outcome play(const Scenario& scenario, const Bed& bed) {
    Workshop shop{bed.tcti};
    bed.power_cycle();
    for (const std::string setup : {"do tpm2_startup -c", "do tpm2_clear -c p"})
        if (const std::string fault = fault_of(setup, shop, bed); !fault.empty()) {
            BOOST_ERROR(scenario.name << ": " << setup << ": " << fault);
            return Outcome::failed;
        }
    for (const std::string& line : scenario.lines) {
        if (line.starts_with("needs ")) {
            std::istringstream names{line.substr(6)};
            for (std::string command; names >> command;)
                if (!bed.has(command)) {
                    std::printf("skipped: %s (TPM2_%s is not there)\n", scenario.name.c_str(),
                                command.c_str());
                    return Outcome::skipped;
                }
        } else if (const std::string fault = fault_of(line, shop, bed); !fault.empty()) {
            BOOST_ERROR(scenario.name << ": " << line << ": " << fault);
            return Outcome::failed;
        }
    }
    return Outcome::passed;
}

void play_all(const Bed& bed, const char* what) {
    std::array<std::size_t, 3> counts{};
    for (const Scenario& scenario : scenarios()) ++counts.at(static_cast<std::size_t>(play(scenario, bed)));
    std::printf("tpm2-tools on %s: %zu scenarios pass, %zu fail, %zu skipped\n", what, counts[0], counts[1],
                counts[2]);
    BOOST_TEST(counts[0] >= 60U);
}

bool tools_are_here() {
    const bool found = std::filesystem::exists("/usr/bin/tpm2_pcrread");
    if (!found) std::puts("skipped: tpm2-tools is not installed");
    return found;
}

/// Sends bytes to a port of this machine and waits for an answer of four bytes.
std::string tell_port(unsigned port, std::string_view hex) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::array<std::uint8_t, 4> answer{};
    const Bytes request = *from_hex(hex);
    const bool done =
        ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()) &&
        ::recv(socket, answer.data(), answer.size(), MSG_WAITALL) == static_cast<ssize_t>(answer.size());
    ::close(socket);
    return done ? to_hex(answer) : "no answer";
}
constexpr const char* swtpm_init = "0000000200000000";
constexpr const char* mssim_off = "00000002";
constexpr const char* mssim_on = "00000001";

std::string tcti_of(const std::string& dialect, unsigned port) {
    return dialect + ":host=127.0.0.1,port=" + std::to_string(port);
}
bool model_has(std::string_view command) {
    return std::ranges::any_of(
        commands(), [&](const Command& row) { return row.name == "TPM2_" + std::string{command}; });
}

template <class Server>
void with_tools(const std::string& dialect, const std::function<void(unsigned port)>& power_cycle) {
    if (!tools_are_here()) return;
    Bench bench;
    Server server{bench.tpm, {.startup_clear = true}};
    std::jthread thread{[&](const std::stop_token& stop) {
        server.serve(stop);
    }};
    play_all({tcti_of(dialect, server.port()), [&] { power_cycle(server.port()); }, model_has},
             ("this TPM, dialect " + dialect).c_str());
}

BOOST_AUTO_TEST_CASE(tpm2_tools_work_over_the_dialect_of_swtpm) {
    with_tools<SwtpmServer>("swtpm",
                            [](unsigned port) { BOOST_TEST(tell_port(port + 1, swtpm_init) == "00000000"); });
}
BOOST_AUTO_TEST_CASE(tpm2_tools_work_over_the_dialect_of_the_reference_simulator) {
    with_tools<MssimServer>("mssim", [](unsigned port) {
        for (const char* signal : {mssim_off, mssim_on})
            BOOST_TEST(tell_port(port + 1, signal) == "00000000");
    });
}

/// A program that is ended with its object; nothing runs where it cannot be started.
class Process {
public:
    explicit Process(std::vector<std::string> words) {
        child_ = ::fork();
        if (child_ != 0) return;
        std::vector<char*> raw;
        for (std::string& word : words) raw.push_back(word.data());
        raw.push_back(nullptr);
        ::execv(raw[0], raw.data());
        ::_exit(127);
    }
    ~Process() {
        if (child_ <= 0) return;
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    /// Until it listens, two seconds at most.
    static bool answers(unsigned port) {
        for (int again = 0; again < 100; ++again) {
            if (tell_port(port, "00000001") != "no answer") return true;
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        return false;
    }
    pid_t id() const { return child_; }

private:
    pid_t child_ = -1;
};

/// As harnesses start it.
std::vector<std::string> as_harnesses_do(const std::string& program, unsigned port,
                                         const std::string& folder) {
    return {program,
            "socket",
            "--tpm2",
            "--server",
            "type=tcp,port=" + std::to_string(port),
            "--ctrl",
            "type=tcp,port=" + std::to_string(port + 1),
            "--seccomp",
            "action=none",
            "--flags",
            "not-need-init",
            "--tpmstate",
            "dir=" + folder};
}
unsigned some_port() {
    static unsigned next = 22000 + static_cast<unsigned>(::getpid()) % 8000;
    return next += 2;
}

BOOST_AUTO_TEST_CASE(the_same_scenarios_pass_on_debians_swtpm) {
    if (!tools_are_here()) return;
    if (::access("/usr/bin/swtpm", X_OK) != 0) return void(std::puts("skipped: swtpm is not installed"));
    std::string folder = (std::filesystem::temp_directory_path() / "swtpm-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const unsigned port = some_port();
    {
        const Process peer{as_harnesses_do("/usr/bin/swtpm", port, folder)};
        BOOST_REQUIRE(Process::answers(port + 1));
        play_all({tcti_of("swtpm", port), [&] { BOOST_TEST(tell_port(port + 1, swtpm_init) == "00000000"); },
                  [](std::string_view) { return true; }, true},
                 "Debian's swtpm");
    }
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(the_program_named_swtpm_is_started_as_harnesses_start_it) {
    const unsigned port = some_port();
    const auto state = std::filesystem::temp_directory_path() / ("swtpm-state-" + std::to_string(port));
    std::filesystem::create_directory(state);
    auto words = as_harnesses_do(SWTPM_BINARY, port, state.string());
    const std::string pid_file =
        (std::filesystem::temp_directory_path() / ("swtpm-pid-" + std::to_string(port))).string();
    for (const std::string word : {"--pid", "--log"}) words.push_back(word);
    words.insert(words.end() - 1, "file=" + pid_file);
    words.push_back("file=-");
    auto tpm = std::make_unique<Process>(words);
    BOOST_REQUIRE(Process::answers(port + 1));
    std::string written;
    std::ifstream{pid_file} >> written;
    BOOST_TEST(written == std::to_string(tpm->id()));
    if (!tools_are_here()) return;
    Workshop shop{tcti_of("swtpm", port)};
    BOOST_TEST(
        shop.run("tpm2_startup -c && tpm2_getrandom --hex 8 && tpm2_createprimary -C o -G ecc -c p.ctx")
            .code == 0);
    BOOST_TEST(
        shop.run(std::string{SWTPM_BINARY} + " socket --tpm2 --print-capabilities").output.find("tpm-2.0") !=
        std::string::npos);
    const auto refused =
        shop.run(std::string{SWTPM_BINARY} + " socket --tpm2 --server type=tcp,port=1 --vtpm-proxy");
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(refused.output.find("--vtpm-proxy: unknown option") != std::string::npos);
    // The state outlives the process.
    BOOST_TEST(shop.run("tpm2_createprimary -C o -G ecc -c p.ctx -o p.pem -f pem && tpm2_shutdown -c").code ==
               0);
    tpm.reset();
    tpm = std::make_unique<Process>(words);
    BOOST_REQUIRE(Process::answers(port + 1));
    BOOST_TEST(shop.run("tpm2_startup -c && tpm2_createprimary -C o -G ecc -c q.ctx -o q.pem -f pem").code ==
               0);
    BOOST_TEST(shop.content("p.pem") == shop.content("q.pem"));
    BOOST_TEST(!shop.content("p.pem").empty());
    tpm.reset();
    std::filesystem::remove_all(state);
}

BOOST_AUTO_TEST_CASE(the_program_named_swtpm_serves_unix_sockets) {
    if (!tools_are_here()) return;
    std::string folder = (std::filesystem::temp_directory_path() / "swtpm-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const std::string path = folder + "/tpm";  // tpm2-tss looks for the control socket at PATH.ctrl
    {
        const Process tpm{{SWTPM_BINARY, "socket", "--tpm2", "--server", "type=unixio,path=" + path, "--ctrl",
                           "type=unixio,path=" + path + ".ctrl,mode=0600", "--flags", "not-need-init",
                           "--log", "file=-"}};
        for (int again = 0; again < 100 && !std::filesystem::exists(path + ".ctrl"); ++again)
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        Workshop shop{"swtpm:path=" + path};
        const auto done = shop.run(
            "tpm2_startup -c && tpm2_createprimary -C o -G ecc -c p.ctx && tpm2_flushcontext -t && "
            "tpm2_pcrread sha256:0");
        BOOST_TEST(done.code == 0, done.output);
        BOOST_TEST(done.output.find("0 : 0x00000000") != std::string::npos);
    }
    BOOST_TEST(!std::filesystem::exists(path));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace assay::tpm
