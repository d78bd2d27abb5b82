// A child with known residues: each is found, with its form, and a child that wipes what it was told shows
// none.
#include "sim/labels/process_oracle.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>

#include <boost/test/unit_test.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/crypto/context.hpp"

namespace assay::labels {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;  // its shadow and its quarantine are memory that no worker has
#else
constexpr bool sanitized = false;
#endif

constexpr std::size_t told_size = 256;
using Told = std::array<std::uint8_t, told_size>;

/// Hears `told`, does with it what `body` does, and stops.
class Resting {
public:
    explicit Resting(void (*body)(ByteView told)) {
        BOOST_REQUIRE(::pipe(ends_.data()) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            Told told{};
            std::size_t got = 0;
            while (got < told.size()) {
                const ssize_t n = ::read(ends_[0], told.data() + got, told.size() - got);
                if (n <= 0) ::_exit(1);
                got += static_cast<std::size_t>(n);
            }
            body(told);
            ::explicit_bzero(told.data(), told.size());
            ::raise(SIGSTOP);
            ::_exit(0);
        }
    }
    ~Resting() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        for (const int end : ends_) ::close(end);
    }
    /// The forms are made after the fork: the child never held them but through what it is told.
    ProcessScan scan(ByteView told, const ContentOracle& oracle) {
        BOOST_REQUIRE(::write(ends_[1], told.data(), told.size()) == static_cast<ssize_t>(told.size()));
        int status = 0;
        BOOST_REQUIRE(::waitpid(pid_, &status, WUNTRACED) == pid_);
        BOOST_REQUIRE(WIFSTOPPED(status));
        auto out = scan_process(pid_, oracle);
        BOOST_REQUIRE_MESSAGE(bool(out), (out ? "" : out.error()));
        return *std::move(out);
    }

private:
    std::array<int, 2> ends_{-1, -1};
    pid_t pid_ = -1;
};

std::array<std::uint8_t, canary_size> global_copy{};
constexpr std::size_t block_size = std::size_t{9} << 20;

/// In a global, on the heap in other forms, and twice in a large block: within, and across every 4 MiB.
void leave_residues(ByteView told) {
    const ByteView canary = told.first(canary_size);
    std::ranges::copy(canary, global_copy.begin());
    auto* const hex = new std::string{to_hex(canary)};  // never freed
    auto* const block = static_cast<std::uint8_t*>(
        ::mmap(nullptr, block_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    std::ranges::copy(canary, block + 100);
    std::ranges::copy(canary, block + (std::size_t{4} << 20) - 7);
    asm volatile("" ::"r"(hex), "r"(block) : "memory");
}
/// As a server does that uses a string and lets it go.
void free_without_wiping(ByteView told) {
    auto* const copy = new std::string{as_text(told)};
    asm volatile("" ::"r"(copy->data()) : "memory");
    delete copy;
}
void leave_nothing(ByteView) {}

Told told_of(ByteView canary) {
    Told out{};
    std::ranges::copy(canary, out.begin());
    std::ranges::copy(canary, out.begin() + 128);  // a freed block loses its first bytes
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process_oracle)

BOOST_AUTO_TEST_CASE(every_residue_of_a_process_is_found_once) {
    if (sanitized) return void(std::puts("skipped: process memory under AddressSanitizer"));
    Resting child{leave_residues};
    crypto::Drbg random{as_bytes("process"), "test"};
    const Secret canary = make_canary(random);
    ContentOracle oracle{random};
    oracle.add(forms_of_canary(canary.bytes()));
    const auto scan = child.scan(told_of(canary.bytes()), oracle);
    std::map<std::string, std::size_t> forms;
    for (const Finding& finding : scan.findings) {
        ++forms[finding.form];
        BOOST_TEST(finding.code == "E_RESIDUE");
        BOOST_TEST(finding.oracle == "process");
        BOOST_TEST(finding.store.starts_with("process "));
    }
    BOOST_TEST(forms["plain"] == 3U);
    BOOST_TEST(forms["hex"] == 1U);
    // Beside these, at most one piece of the canary, spilled by the optimiser where no source says so: it is
    // residue as well.
    BOOST_TEST(forms["part"] <= 1U);
    BOOST_TEST(scan.findings.size() == 4U + forms["part"]);
    BOOST_TEST(scan.bytes > block_size);
    BOOST_TEST(scan.unread == 0U);
}

BOOST_AUTO_TEST_CASE(a_block_that_was_freed_without_being_wiped_is_found) {
    if (sanitized) return void(std::puts("skipped: process memory under AddressSanitizer"));
    Resting child{free_without_wiping};
    crypto::Drbg random{as_bytes("freed"), "test"};
    const Secret canary = make_canary(random);
    ContentOracle oracle{random};
    oracle.add(forms_of_canary(canary.bytes()));
    const auto scan = child.scan(told_of(canary.bytes()), oracle);
    BOOST_TEST(std::ranges::count(scan.findings, std::string{"process [heap]"}, &Finding::store) == 1);
}

BOOST_AUTO_TEST_CASE(a_process_that_wipes_what_it_was_told_shows_nothing) {
    if (sanitized) return void(std::puts("skipped: process memory under AddressSanitizer"));
    Resting child{leave_nothing};
    crypto::Drbg random{as_bytes("clean"), "test"};
    const Secret canary = make_canary(random);
    ContentOracle oracle{random};
    oracle.add(forms_of_canary(canary.bytes()));
    const auto scan = child.scan(told_of(canary.bytes()), oracle);
    for (const Finding& finding : scan.findings) BOOST_ERROR(finding.text());
    BOOST_TEST(scan.mappings > 4U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_looked_into_is_an_error_that_names_it) {
    crypto::Drbg random{as_bytes("nobody"), "test"};
    const ContentOracle oracle{random};
    BOOST_TEST(scan_process(::getpid(), oracle).error().find("holds what it looks for") != std::string::npos);
    const pid_t gone = ::fork();
    if (gone == 0) ::_exit(0);
    BOOST_REQUIRE(::waitpid(gone, nullptr, 0) == gone);
    BOOST_TEST(scan_process(gone, oracle).error().starts_with("/proc/" + std::to_string(gone) + "/mem: "));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace assay::labels
