// Hierarchies, clock, parameters, audited commands (TPM 2.0 Library 1.59, Part 3, 10.3, 21, 24, 29, 30.3).
#include "models/tpm/command.hpp"
#include "models/tpm/creation.hpp"
#include "models/tpm/handlers.hpp"

namespace assay::tpm {
namespace {

constexpr std::uint64_t latest_clock = 0xFFFF'0000'0000'0000;

bool& enabling_of(Tpm& tpm, Handle what) {
    switch (what) {
        case rh::owner: return tpm.clear.owner_enabled;
        case rh::endorsement: return tpm.clear.endorsement_enabled;
        case rh::platform_nv: return tpm.clear.platform_nv_enabled;
        default: return tpm.ram.platform_enabled;
    }
}

/// Everything that a hierarchy has made is gone, with the keys that would be made again.
void forget_hierarchy(Tpm& tpm, Handle hierarchy) {
    tpm.flush_hierarchy(hierarchy);
    std::erase_if(tpm.permanent.persistent,
                  [&](const auto& entry) { return entry.second->hierarchy == hierarchy; });
    std::erase_if(tpm.primaries, [&](const PrimaryKeys& kept) { return kept.hierarchy == hierarchy; });
}

}  // namespace

Outcome<HierarchyControlIn> hierarchy_control(Tpm& tpm, const HierarchyControlIn& in) {
    const bool by_platform = in.auth_handle == rh::platform;
    if (!by_platform && in.enable != in.auth_handle) return Rc::auth_type;
    enabling_of(tpm, in.enable) = in.state != 0;
    if (in.state == 0 && in.enable != rh::platform_nv) tpm.flush_hierarchy(in.enable);
    return NoOut{};
}

Outcome<SetPrimaryPolicyIn> set_primary_policy(Tpm& tpm, const SetPrimaryPolicyIn& in) {
    if (in.auth_policy.value.size() != digest_size(in.hash_alg)) return at_parameter(Rc::size, 1);
    tpm.access(in.auth_handle)->policy = {in.hash_alg, in.auth_policy};
    return NoOut{};
}

Outcome<ChangePpsIn> change_pps(Tpm& tpm, const ChangePpsIn&) {
    forget_hierarchy(tpm, rh::platform);
    tpm.permanent.platform = {};
    tpm.end({Estate::platform});
    tpm.permanent.platform = {tpm.fresh_secret(Estate::platform), tpm.fresh_secret(Estate::platform)};
    tpm.clear.platform_access.policy = {};
    tpm.permanent.pcr_policy = {};
    return NoOut{};
}

Outcome<ChangeEpsIn> change_eps(Tpm& tpm, const ChangeEpsIn&) {
    forget_hierarchy(tpm, rh::endorsement);
    tpm.permanent.endorsement = {};
    tpm.permanent.endorsement_access = {};
    tpm.end({Estate::endorsement, Estate::endorsement_seed});
    tpm.permanent.endorsement = {tpm.fresh_secret(Estate::endorsement_seed),
                                 tpm.fresh_secret(Estate::endorsement)};
    tpm.clear.endorsement_enabled = true;
    return NoOut{};
}

Outcome<ClearControlIn> clear_control(Tpm& tpm, const ClearControlIn& in) {
    if (in.auth == rh::lockout && in.disable == 0) return Rc::auth_fail;
    tpm.permanent.is_clear_disabled = in.disable != 0;
    return NoOut{};
}

Outcome<ClockSetIn> clock_set(Tpm& tpm, const ClockSetIn& in) {
    if (in.new_time < tpm.clock() || in.new_time > latest_clock) return at_parameter(Rc::value, 1);
    if (in.new_time / clock_update > tpm.clock() / clock_update) tpm.permanent.is_clock_safe = true;
    tpm.permanent.clock = in.new_time;
    tpm.ram.clock_at_power_on = in.new_time - tpm.time();
    return NoOut{};
}

Outcome<ClockRateAdjustIn> clock_rate_adjust(Tpm& tpm, const ClockRateAdjustIn& in) {
    tpm.adjust_rate(static_cast<std::int8_t>(in.rate_adjust));
    return NoOut{};
}

Outcome<IncrementalSelfTestIn> incremental_self_test(Tpm&, const IncrementalSelfTestIn& in) {
    for (const Alg alg : in.to_test.items)
        if (std::ranges::count(algorithms(), alg, &TpmsAlgProperty::alg) == 0)
            return at_parameter(Rc::value, 1);
    return IncrementalSelfTestOut{};  // everything was tested when the power came
}

Outcome<TestParmsIn> test_parms(Tpm&, const TestParmsIn& in) {
    if (in.parameters.type == Alg::rsa && in.parameters.key_bits > largest_rsa)
        return at_parameter(Rc::value, 1);
    return NoOut{};
}

Outcome<SetCommandCodeAuditStatusIn> set_command_code_audit_status(Tpm& tpm,
                                                                   const SetCommandCodeAuditStatusIn& in) {
    CommandAudit& audit = tpm.permanent.audit;
    if (in.audit_alg != Alg::null && in.audit_alg != audit.hash) {
        if (!in.set_list.items.empty() || !in.clear_list.items.empty()) return at_parameter(Rc::value, 1);
        audit.hash = in.audit_alg;
        tpm.reset.command_audit_digest.clear();
        tpm.ram.is_audit_renewed = true;  // this command is in neither digest
    }
    for (const Cc code : in.set_list.items)
        if (find_command(code) != nullptr && code != Cc::shutdown) audit.commands.insert(code);
    for (const Cc code : in.clear_list.items)
        if (code != Cc::set_command_code_audit_status) audit.commands.erase(code);
    return NoOut{};
}

}  // namespace assay::tpm
