// TPM2_GetCapability (TPM 2.0 Library 1.59, Part 3, 30.2; Part 2, 6.12 to 6.15).
#include "models/tpm/command.hpp"
#include "models/tpm/handlers.hpp"

namespace assay::tpm {
namespace {

constexpr std::uint32_t tpm_properties_first = 0x100, tpm_properties_variable = 0x200,
                        tpm_properties_end = 0x300;
constexpr Handle first_act = 0x4000'0110, last_act = 0x4000'011F;  // TPM_RH_ACT_0 to TPM_RH_ACT_F

/// The items from the first one on that is at least `property`, `count` of them; whether more would follow.
template <class Range, class T, class Count, std::size_t max, class Key>
bool pick(const Range& all, std::uint32_t property, std::uint32_t count, List<T, Count, max>& out, Key key) {
    const std::size_t room = std::min<std::size_t>(count, max);
    for (const T& item : all) {
        if (static_cast<std::uint32_t>(key(item)) < property) continue;
        if (out.items.size() == room) return true;
        out.items.push_back(item);
    }
    return false;
}

}  // namespace

std::span<const TpmsAlgProperty> algorithms() {
    // TPMA_ALGORITHM (Part 2, 8.2): 0 asymmetric, 1 symmetric, 2 hash, 3 object, 8 signing, 9 encrypting, 10
    // method.
    static constexpr auto all = std::to_array<TpmsAlgProperty>({{Alg::rsa, 0x009},
                                                                {Alg::sha1, 0x004},
                                                                {Alg::hmac, 0x104},
                                                                {Alg::aes, 0x002},
                                                                {Alg::mgf1, 0x404},
                                                                {Alg::keyedhash, 0x30C},
                                                                {Alg::xor_, 0x006},
                                                                {Alg::sha256, 0x004},
                                                                {Alg::sha384, 0x004},
                                                                {Alg::sha512, 0x004},
                                                                {Alg::rsassa, 0x101},
                                                                {Alg::rsaes, 0x201},
                                                                {Alg::rsapss, 0x101},
                                                                {Alg::oaep, 0x201},
                                                                {Alg::ecdsa, 0x101},
                                                                {Alg::ecdh, 0x401},
                                                                {Alg::kdf1_sp800_56a, 0x404},
                                                                {Alg::kdf1_sp800_108, 0x404},
                                                                {Alg::ecc, 0x009},
                                                                {Alg::symcipher, 0x008},
                                                                {Alg::ctr, 0x202},
                                                                {Alg::ofb, 0x202},
                                                                {Alg::cbc, 0x202},
                                                                {Alg::cfb, 0x202},
                                                                {Alg::ecb, 0x202}});
    return all;
}

namespace {

std::vector<Handle> handles_of_kind(const Tpm& tpm, Ht kind) {
    std::vector<Handle> out;
    const auto sessions = [&](bool saved) {
        for (const SessionEntry& entry : tpm.reset.sessions) {
            if (!saved && entry.session) out.push_back(entry.session->handle);
            if (saved && entry.is_saved)
                out.push_back(first_of(Ht::hmac_session) + (entry.handle & 0x00FF'FFFF));
        }
    };
    switch (kind) {
        case Ht::pcr:
            for (Handle pcr = 0; pcr < pcr_count; ++pcr) out.push_back(pcr);
            break;
        case Ht::nv_index:
            for (const auto& [handle, index] : tpm.permanent.nv) out.push_back(handle);
            break;
        case Ht::hmac_session: sessions(false); break;
        case Ht::policy_session: sessions(true); break;
        case Ht::permanent:
            out = {rh::owner,       rh::null,     rh::password,   rh::lockout,
                   rh::endorsement, rh::platform, rh::platform_nv};
            break;
        case Ht::transient:
            for (std::size_t i = 0; i < tpm.ram.slots.size(); ++i)
                if (!tpm.ram.slots[i].is_free())
                    out.push_back(first_of(Ht::transient) + static_cast<Handle>(i));
            break;
        case Ht::persistent:
            for (const auto& [handle, object] : tpm.permanent.persistent) out.push_back(handle);
            break;
    }
    std::ranges::sort(out);
    return out;
}

bool is_kind(std::uint8_t octet) {
    constexpr std::array kinds{Ht::pcr,       Ht::nv_index,  Ht::hmac_session, Ht::policy_session,
                               Ht::permanent, Ht::transient, Ht::persistent};
    return std::ranges::count(kinds, static_cast<Ht>(octet)) > 0;
}

constexpr std::array curves{Curve::p256, Curve::p384, Curve::p521};

std::uint32_t permanent_bits(const Tpm& tpm) {
    const auto is_set = [](const HierarchyAccess& access) {
        return !access.auth.empty() ? 1U : 0U;
    };
    const DictionaryAttack& da = tpm.permanent.da;
    return is_set(tpm.permanent.owner_access) | is_set(tpm.permanent.endorsement_access) << 1 |
           is_set(tpm.permanent.lockout_access) << 2 | (da.failed_tries >= da.max_tries ? 1U << 9 : 0U) |
           (tpm.permanent.is_clear_disabled ? 1U << 8 : 0U) | 1U << 10;
}
std::uint32_t startup_clear_bits(const Tpm& tpm) {
    return (tpm.ram.platform_enabled ? 1U : 0U) | (tpm.clear.owner_enabled ? 2U : 0U) |
           (tpm.clear.endorsement_enabled ? 4U : 0U) | (tpm.clear.platform_nv_enabled ? 8U : 0U) |
           (tpm.ram.was_orderly ? 1U << 31 : 0U);
}

std::uint32_t number(std::size_t count) { return static_cast<std::uint32_t>(count); }

std::vector<TpmsTaggedProperty> fixed_properties(const Tpm& tpm) {
    const Config& c = tpm.config;
    const std::uint32_t all_commands = number(commands().size());
    return {{0x100, 0x322E'3000},  // "2.0"
            {0x101, 0},
            {0x102, 159},  // revision 1.59
            {0x103, 312},  // 8 November 2019
            {0x104, 2019},
            {0x105, four_characters(c.manufacturer)},
            {0x106, four_characters(c.vendor_string)},
            {0x107, four_characters(c.vendor_string, 4)},
            {0x108, four_characters(c.vendor_string, 8)},
            {0x109, four_characters(c.vendor_string, 12)},
            {0x10A, 1},
            {0x10B, static_cast<std::uint32_t>(c.firmware_version >> 32)},
            {0x10C, static_cast<std::uint32_t>(c.firmware_version)},
            {0x10D, 1024},  // largest input buffer
            {0x10E, number(c.object_slots)},
            {0x10F, number(c.persistent_objects)},
            {0x110, number(c.loaded_sessions)},
            {0x111, number(c.active_sessions)},
            {0x112, pcr_count},
            {0x113, pcr_count / 8},
            {0x114, 0xFFFF},  // context gap
            {0x116, 0},
            {0x117, c.nv_index_size},
            {0x118, 6},  // TPMA_MEMORY: sharedNV, objectCopiedToRam
            {0x119, 4096},
            {0x11A, static_cast<std::uint32_t>(c.context_hash)},
            {0x11B, static_cast<std::uint32_t>(Alg::aes)},
            {0x11C, 256},
            {0x11D, 0xFF},
            {0x11E, c.max_command_size},
            {0x11F, c.max_command_size},
            {0x120, 64},
            {0x121, 2692},
            {0x122, 512},
            {0x123, 0x322E'3000},
            {0x124, 0},
            {0x125, 0},
            {0x126, 0},
            {0x127, 0},
            {0x128, 0x80},
            {0x129, all_commands},
            {0x12A, all_commands},
            {0x12B, 0},
            {0x12C, 1024},
            {0x12D, 0},
            {0x12E, 1024}};
}

std::vector<TpmsTaggedProperty> variable_properties(const Tpm& tpm) {
    const Config& c = tpm.config;
    const DictionaryAttack& da = tpm.permanent.da;
    const std::size_t loaded = tpm.loaded_sessions();
    const auto active = static_cast<std::size_t>(
        std::ranges::count_if(tpm.reset.sessions, [](const SessionEntry& e) { return !e.is_free(); }));
    const auto free_slots = static_cast<std::size_t>(std::ranges::count_if(tpm.ram.slots, &Slot::is_free));
    const auto counters = static_cast<std::size_t>(std::ranges::count_if(
        tpm.permanent.nv, [](const auto& e) { return nt_of(e.second.area.attributes) == Nt::counter; }));
    return {{0x200, permanent_bits(tpm)},
            {0x201, startup_clear_bits(tpm)},
            {0x202, number(tpm.permanent.nv.size())},
            {0x203, number(loaded)},
            {0x204, number(c.loaded_sessions - loaded)},
            {0x205, number(active)},
            {0x206, number(c.active_sessions - active)},
            {0x207, number(free_slots)},
            {0x208, number(tpm.permanent.persistent.size())},
            {0x209, number(c.persistent_objects - tpm.permanent.persistent.size())},
            {0x20A, number(counters)},
            {0x20B, number(c.nv_space / 8)},
            {0x20C, 0},
            {0x20D, number(curves.size())},
            {0x20E, da.failed_tries},
            {0x20F, da.max_tries},
            {0x210, da.recovery_time},
            {0x211, da.lockout_recovery},
            {0x212, 0},
            {0x213, static_cast<std::uint32_t>(tpm.permanent.audit.counter >> 32)},
            {0x214, static_cast<std::uint32_t>(tpm.permanent.audit.counter)}};
}

/// TPM_PT_PCR (Part 2, 6.14) and which PCRs have it.
std::vector<TpmsTaggedPcrSelect> pcr_properties() {
    constexpr unsigned launch_locality = 4;  // whose resets are those of a measured launch
    std::vector<TpmsTaggedPcrSelect> out;
    const auto row = [&](std::uint32_t tag, auto has) {
        TpmsPcrSelection bits;
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
            if (has(pcr, pcr_attributes(pcr))) bits.add(pcr);
        out.push_back({tag, {{bits.pcr_select.begin(), bits.pcr_select.end()}}});
    };
    row(0x00, [](std::size_t, const PcrAttributes& a) { return a.saved; });
    for (unsigned locality = 0; locality < 5; ++locality) {
        row(1 + 2 * locality,
            [=](std::size_t, const PcrAttributes& a) { return allows(a.extend, locality); });
        row(2 + 2 * locality, [=](std::size_t, const PcrAttributes& a) {
            return allows(a.reset, locality) || (locality == launch_locality && a.dynamic_launch);
        });
    }
    row(0x11, [](std::size_t, const PcrAttributes& a) { return !a.counted; });
    row(0x12, [](std::size_t, const PcrAttributes& a) { return a.dynamic_launch; });
    const auto in_group = [](std::size_t pcr, const PcrAttributes&) {
        return is_in_pcr_group(pcr);
    };
    row(0x13, in_group);
    row(0x14, in_group);
    return out;
}

std::vector<TpmsTaggedPolicy> auth_policies(const Tpm& tpm) {
    std::vector<TpmsTaggedPolicy> out;
    for (const Handle handle : {rh::owner, rh::lockout, rh::endorsement, rh::platform}) {
        const AccessPolicy policy = tpm.policy(handle);
        out.push_back({handle, {policy.alg, policy.digest.value}});
    }
    std::ranges::sort(out, {}, &TpmsTaggedPolicy::handle);
    return out;
}

}  // namespace

Outcome<GetCapabilityIn> get_capability(Tpm& tpm, const GetCapabilityIn& in) {
    GetCapabilityOut out;
    TpmsCapabilityData& data = out.capability_data;
    data.capability = in.capability;
    const auto itself = [](auto value) {
        return value;
    };
    const std::uint32_t from = in.property, count = in.property_count;
    const bool tells_identity =
        in.capability == Cap::tpm_properties && from >= 0x105 && from <= 0x10C && count == 1;
    if (tpm.ram.is_failed && !tells_identity) return Rc::failure;  // Part 1, 12.3
    bool more = false;
    switch (in.capability) {
        case Cap::algs:
            more = pick(algorithms(), from & 0xFFFF, count, data.algorithms,
                        [](const auto& a) { return a.alg; });
            break;
        case Cap::handles: {
            if (!is_kind(static_cast<std::uint8_t>(from >> 24))) return at_parameter(Rc::handle, 2);
            const Ht kind = kind_of(from);
            // A session is named by its index, whatever its kind.
            const bool by_index = kind == Ht::hmac_session || kind == Ht::policy_session;
            const auto key = [&](Handle h) {
                return by_index ? h & 0x00FF'FFFF : h;
            };
            more = pick(handles_of_kind(tpm, kind), key(from), count, data.numbers, key);
            break;
        }
        case Cap::commands: {
            std::vector<std::uint32_t> all;
            for (const Command& row : commands()) all.push_back(row.attributes());
            more = pick(all, from, count, data.numbers, [](std::uint32_t a) { return a & 0xFFFF; });
            break;
        }
        case Cap::pcrs:
            if (from != 0) return at_parameter(Rc::value, 2);
            more = count == 0;
            if (more) break;
            for (std::size_t i = 0; i < bank_count; ++i) {
                data.assigned_pcr.items.push_back(
                    TpmsPcrSelection::mask(bank_algs[i], tpm.ram.pcrs.allocation().at(i)));
            }
            break;
        case Cap::tpm_properties: {
            const auto key = [](const TpmsTaggedProperty& p) {
                return p.property;
            };
            const std::uint32_t first = std::max(from, tpm_properties_first);
            if (first < tpm_properties_variable)
                more = pick(fixed_properties(tpm), first, count, data.tpm_properties, key);
            else if (first < tpm_properties_end)
                more = pick(variable_properties(tpm), first, count, data.tpm_properties, key);
            break;
        }
        case Cap::pcr_properties:
            more =
                pick(pcr_properties(), from, count, data.pcr_properties, [](const auto& p) { return p.tag; });
            break;
        case Cap::ecc_curves: more = pick(curves, from & 0xFFFF, count, data.ecc_curves, itself); break;
        case Cap::auth_policies:
            if (kind_of(from) != Ht::permanent) return at_parameter(Rc::value, 2);
            more = pick(auth_policies(tpm), from, count, data.auth_policies,
                        [](const auto& p) { return p.handle; });
            break;
        case Cap::audit_commands: {
            std::vector<std::uint32_t> all;
            for (const Cc code : tpm.permanent.audit.commands)
                all.push_back(static_cast<std::uint32_t>(code));
            more = pick(all, from, count, data.numbers, itself);
            break;
        }
        case Cap::act:  // this TPM has none
            if (from < first_act || from > last_act) return at_parameter(Rc::value, 2);
            break;
        case Cap::pp_commands: break;  // nor these
    }
    out.more_data = more ? 1 : 0;
    return out;
}

}  // namespace assay::tpm
