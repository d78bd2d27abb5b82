#include "conformance/suites/gpu_evidence/booted.hpp"

#include <algorithm>

#include "conformance/suites/gpu_evidence/certificate_facts.hpp"

namespace assay::conformance::gpu_evidence {

Booted booted_of(Trial& trial, gpu::Evidence evidence) {
    Booted out{std::move(evidence), {}, {}, {}};
    out.facts = facts_of(trial, out.evidence);
    out.chain = chain_of(trial, out.evidence);
    const auto leaf = read_certificate(out.chain.front().der());
    if (!leaf) return out;
    for (const std::string_view oid : {fwid_device_id_oid, fwid_tcb_info_oid})
        if (const ExtensionFacts* found = leaf->extension(oid)) out.fwid = found->value;
    return out;
}

Booted observed(Trial& trial, std::optional<std::string_view> label) {
    return booted_of(trial, collect(trial, random_bytes(trial, 32), label));
}

Booted restarted(Trial& trial, std::optional<std::string_view> label) {
    trial.need(trial.gpu().power_on_reset(), "power-on reset");
    return observed(trial, label);
}

std::set<unsigned> changed(const Booted& a, const Booted& b) {
    std::set<unsigned> out;
    for (const BlockFacts& block : a.facts.blocks) {
        const BlockFacts* other = b.facts.block(block.index);
        if (other == nullptr || other->value != block.value) out.insert(block.index - 1);
    }
    for (const BlockFacts& block : b.facts.blocks)
        if (a.facts.block(block.index) == nullptr) out.insert(block.index - 1);
    return out;
}

bool same_issuers(const Booted& a, const Booted& b) {
    return a.chain.size() == b.chain.size() &&
           std::equal(a.chain.begin() + 1, a.chain.end(), b.chain.begin() + 1);
}

bool differs(const Booted& a, const Booted& b) {
    const auto opaque = [](const Booted& boot) {
        return ByteView{boot.facts.bytes}.subspan(boot.facts.opaque_offset, boot.facts.opaque_length);
    };
    return !changed(a, b).empty() || !equal(opaque(a), opaque(b)) || a.fwid != b.fwid;
}

}  // namespace assay::conformance::gpu_evidence
