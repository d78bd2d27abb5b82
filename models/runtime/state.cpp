#include "models/runtime/state.hpp"

#include <nlohmann/json.hpp>

#include "sim/crypto/hash.hpp"

namespace assay::runtime {

std::string_view name(SandboxPhase phase) {
    constexpr std::array<std::string_view, 3> names{"absent", "created", "destroyed"};
    return names.at(static_cast<std::size_t>(phase));
}

std::string_view name(ContainerPhase phase) {
    constexpr std::array<std::string_view, 5> names{"layered", "created", "started", "stopped", "removed"};
    return names.at(static_cast<std::size_t>(phase));
}

Bytes State::digest() const {
    auto out = nlohmann::json::object();
    out["sandbox"] = name(sandbox);
    out["started"] = started;
    out["symlinks"] = symlinks;
    for (const auto& [target, mount] : mounts)
        out["mounts"][target] = {static_cast<unsigned>(mount.kind), mount.root_hash, mount.container,
                                 mount.layers};
    for (const auto& [id, container] : containers)
        out["containers"][id] = {name(container.phase), container.overlay, container.matches,
                                 container.devices};
    for (const Fragment& fragment : fragments)
        out["fragments"].push_back({fragment.issuer, fragment.feed, fragment.svn, fragment.digest});
    return crypto::digest(crypto::Hash::sha256, {as_bytes(canonical(out))});
}

}  // namespace assay::runtime
