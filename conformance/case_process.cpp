#include "conformance/case_process.hpp"

#include <cerrno>
#include <csignal>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace assay::conformance {
namespace {

constexpr std::chrono::seconds grace{2};

int run_in_child(const CaseJob& job, int socket) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Ctrl-C and a farm's SIGTERM reach the whole process group: the parent decides what becomes of a case.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    // The parent's stdout carries results; whatever a target prints is not one.
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    CaseStreamWriter log{socket};
    run_case(job, log);
    return 0;
}

}  // namespace

CaseProcess::CaseProcess(const CaseJob& job, unsigned timeout_s)
    : timeout_s_(timeout_s), deadline_(Clock::now() + std::chrono::seconds{timeout_s} + grace) {
    child_ = std::make_unique<kernel::Child>([&](int socket) { return run_in_child(job, socket); },
                                             std::chrono::seconds{timeout_s});
}

bool CaseProcess::read() {
    std::array<std::uint8_t, 65'536> packet{};
    const ssize_t size = ::recv(child_->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (size > 0 && reader_.take(ByteView{packet}.first(static_cast<std::size_t>(size)))) return true;
    broken_ = size > 0;
    ended_ = true;
    return false;
}

bool CaseProcess::overdue() const { return timeout_s_ > 0 && Clock::now() > deadline_; }

CaseOutcome CaseProcess::finish() {
    kernel::Ending ending{.exit_code = -1, .signal = SIGALRM};
    if (ended_ && !broken_) ending = child_->wait();
    child_.reset();
    outcome_.finish(ending, timeout_s_, broken_);
    return std::move(outcome_);
}

}  // namespace assay::conformance
