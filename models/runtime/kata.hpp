// Requests of the Kata agent (kata-containers, agent.proto as JSON) as command lines of this project.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/bytes.hpp"

namespace assay::runtime {

/// Translates, and refuses what the commands of table 1 cannot say: nothing is left out in silence. Remembers
/// of every container the process attributes that an exec has to repeat.
class KataTranslator {
public:
    KataTranslator();
    KataTranslator(const KataTranslator&) = delete;
    KataTranslator& operator=(const KataTranslator&) = delete;
    ~KataTranslator();

    /// CreateSandboxRequest, CreateContainerRequest (a creation and a start), ExecProcessRequest,
    /// RemoveContainerRequest (a shutdown and a removal), UpdateInterfaceRequest. Sources of files that the
    /// host shares become `shared://<name>`. Nothing: another kind, or a member whose value has no
    /// counterpart - seccomp rules, hooks, sysctls, devices, storages, annotations outside io.kubernetes.cri.
    /// and io.katacontainers.pkg.oci., a terminal or capabilities of an exec, a user or privileges that are
    /// not its container's.
    std::optional<std::vector<std::string>> translate(std::string_view kind, ByteView request);

private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace assay::runtime
