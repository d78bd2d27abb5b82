#include "bench/tpm_peers.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/tcp.hpp"

#ifdef ASSAY_LIBTPMS
#include <libtpms/tpm_error.h>
#include <libtpms/tpm_library.h>
#include <libtpms/tpm_memory.h>
#endif

namespace assay::bench {

#ifdef ASSAY_LIBTPMS
namespace {

std::map<std::string, Bytes>& kept() {  // libtpms takes functions, and no context for them
    static std::map<std::string, Bytes> kept;
    return kept;
}

TPM_RESULT load(unsigned char** data, std::uint32_t* length, std::uint32_t, const char* name) {
    const auto found = kept().find(name);
    if (found == kept().end()) return TPM_RETRY;  // "there is none"
    *length = static_cast<std::uint32_t>(found->second.size());
    if (const auto result = TPM_Malloc(data, *length); result != TPM_SUCCESS) return result;
    std::copy(found->second.begin(), found->second.end(), *data);
    return TPM_SUCCESS;
}
TPM_RESULT store(const unsigned char* data, std::uint32_t length, std::uint32_t, const char* name) {
    kept()[name].assign(data, data + length);
    return TPM_SUCCESS;
}
TPM_RESULT remove(std::uint32_t, const char* name, TPM_BOOL) {
    kept().erase(name);
    return TPM_SUCCESS;
}
TPM_RESULT nothing_to_do() { return TPM_SUCCESS; }
TPM_RESULT locality_zero(TPM_MODIFIER_INDICATOR* locality, std::uint32_t) {
    *locality = 0;
    return TPM_SUCCESS;
}
TPM_RESULT nobody_present(TPM_BOOL* present, std::uint32_t) {
    *present = FALSE;
    return TPM_SUCCESS;
}

}  // namespace

bool Libtpms::is_there() { return true; }
Libtpms::Libtpms() {
    libtpms_callbacks callbacks{sizeof(libtpms_callbacks),
                                nothing_to_do,
                                load,
                                store,
                                remove,
                                nothing_to_do,
                                locality_zero,
                                nobody_present};
    if (TPMLIB_ChooseTPMVersion(TPMLIB_TPM_VERSION_2) != TPM_SUCCESS ||
        TPMLIB_RegisterCallbacks(&callbacks) != TPM_SUCCESS || TPMLIB_MainInit() != TPM_SUCCESS)
        throw std::runtime_error("libtpms does not start");
}
Libtpms::~Libtpms() {
    TPM_Free(response_);
    TPMLIB_Terminate();
}
Bytes Libtpms::execute(ByteView command) {
    std::uint32_t size = 0;
    if (TPMLIB_Process(&response_, &size, &capacity_, const_cast<unsigned char*>(command.data()),
                       static_cast<std::uint32_t>(command.size())) != TPM_SUCCESS)
        throw std::runtime_error("libtpms does not answer");
    return {response_, response_ + size};
}
#else
bool Libtpms::is_there() { return false; }
Libtpms::Libtpms() { throw std::runtime_error("built without libtpms"); }
Libtpms::~Libtpms() = default;
Bytes Libtpms::execute(ByteView) { throw std::runtime_error("built without libtpms"); }
#endif

bool SwtpmProcess::is_there(const char* program) { return ::access(program, X_OK) == 0; }

SwtpmProcess::SwtpmProcess(const char* program) {
    // Two free ports, one after the other: what this server gets is free again once it is gone.
    port_ = StreamServer{0, {StreamHandler{}, StreamHandler{}}}.port();
    const std::string state = "dir=" + folder_.path.string(),
                      server = "type=tcp,port=" + std::to_string(port_),
                      control = "type=tcp,port=" + std::to_string(port_ + 1);
    const char* arguments[] = {program,         "socket",       "--tpm2",
                               "--server",      server.c_str(), "--ctrl",
                               control.c_str(), "--flags",      "not-need-init,startup-clear",
                               "--tpmstate",    state.c_str(),  nullptr};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    const int failed =
        ::posix_spawn(&child_, program, &quiet, nullptr, const_cast<char* const*>(arguments), environ);
    posix_spawn_file_actions_destroy(&quiet);
    if (failed != 0) throw std::runtime_error(std::string{program} + " cannot be started");
    for (int again = 100; again > 0; --again) try {
            TcpClient{"127.0.0.1", static_cast<std::uint16_t>(port_ + 1), std::chrono::seconds{1}};
            return;
        } catch (const std::runtime_error&) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    throw std::runtime_error(std::string{program} + " does not listen");
}
SwtpmProcess::~SwtpmProcess() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
}

}  // namespace assay::bench
