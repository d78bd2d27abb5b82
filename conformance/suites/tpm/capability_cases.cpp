// TPM2_GetCapability (Part 3, 30.2).
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::capability_cases {
namespace {

using tpm::Cap;

tpm::GetCapabilityOut get(Chip& chip, Cap cap, std::uint32_t property, std::uint32_t count) {
    return chip.ok(tpm::GetCapabilityIn{cap, property, count});
}

void properties(Chip& chip) {
    const auto all = get(chip, Cap::tpm_properties, 0x100, 127);
    const auto& items = all.capability_data.tpm_properties.items;
    chip.expect(!items.empty() && items[0].property == 0x100 && items[0].value == 0x322E3000, "family",
                "TPM_PT_FAMILY_INDICATOR is \"2.0\".");
    chip.expect(std::ranges::is_sorted(items, {}, &tpm::TpmsTaggedProperty::property), "order",
                "Properties come in their order.");
    chip.expect(all.more_data == 0 && items.back().property < 0x200, "group",
                "A group of properties ends with itself.");
    const auto one = get(chip, Cap::tpm_properties, 0x105, 1);
    chip.expect(one.capability_data.tpm_properties.items.size() == 1 && one.more_data == 1, "count",
                "One property is given where one is asked for, and more data are told.");
    const auto none = get(chip, Cap::tpm_properties, 0x100, 0);
    chip.expect(none.capability_data.tpm_properties.items.empty() && none.more_data == 1, "count",
                "No property is given where none is asked for.");
    chip.expect(get(chip, Cap::tpm_properties, 0x300, 8).capability_data.tpm_properties.items.empty(),
                "group", "There is no third group.");
}
void handles(Chip& chip) {
    const auto of_kind = [&](std::uint32_t first) {
        return get(chip, Cap::handles, first, 254).capability_data.numbers.items;
    };
    chip.expect(of_kind(0).size() == 24, "pcrs", "There are 24 PCRs.");
    chip.expect(of_kind(0x8000'0000).empty(), "transient", "Nothing is loaded.");
    const auto key = chip.primary(tpm::rh::owner, tpm::templates::storage_key(Alg::ecc));
    chip.expect(of_kind(0x8000'0000) == std::vector{key.object_handle}, "transient",
                "What is loaded is listed.");
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.expect(of_kind(0x0200'0000) == std::vector{session}, "sessions", "Loaded sessions are listed.");
    const auto context = chip.ok(tpm::ContextSaveIn{session}).context;
    chip.expect(of_kind(0x0200'0000).empty() && of_kind(0x0300'0000).size() == 1, "sessions",
                "A saved session is listed as saved.");
    chip.flush(session);
    const auto permanent = of_kind(0x4000'0000);
    for (const tpm::Handle wanted : {tpm::rh::owner, tpm::rh::null, tpm::rh::endorsement, tpm::rh::platform})
        chip.expect(std::ranges::count(permanent, wanted) == 1, "permanent", "The hierarchies are listed.");
}
void commands(Chip& chip) {
    const auto all = get(chip, Cap::commands, 0x11F, 254).capability_data.numbers.items;
    chip.expect(std::ranges::is_sorted(all, {}, [](std::uint32_t a) { return a & 0xFFFF; }), "order",
                "Commands come in their order.");
    const auto attributes = [&](tpm::Cc cc) {
        const auto found = std::ranges::find(all, static_cast<std::uint32_t>(cc),
                                             [](std::uint32_t a) { return a & 0xFFFF; });
        return found == all.end() ? 0U : *found;
    };
    // TPMA_CC (Part 2, 8.9): nv bit 22, extensive 23, flushed 24, cHandles 25 to 27, rHandle 28.
    for (const auto& [cc, expected] :
         {std::pair{tpm::Cc::pcr_extend, 0x0240'0182U}, std::pair{tpm::Cc::create_primary, 0x1200'0131U},
          std::pair{tpm::Cc::certify, 0x0400'0148U}, std::pair{tpm::Cc::sequence_complete, 0x0300'013EU},
          std::pair{tpm::Cc::clear, 0x02C0'0126U}, std::pair{tpm::Cc::get_random, 0x0000'017BU},
          std::pair{tpm::Cc::start_auth_session, 0x1400'0176U}})
        chip.expect(attributes(cc) == expected, "attributes",
                    "TPMA_CC tells handles and effects of a command.",
                    to_hex(store(attributes(cc), tpm::byte_order)));
}
void algorithms(Chip& chip) {
    const auto all = get(chip, Cap::algs, 0, 169).capability_data.algorithms.items;
    for (const Alg wanted :
         {Alg::rsa, Alg::ecc, Alg::sha256, Alg::aes, Alg::hmac, Alg::oaep, Alg::ecdsa, Alg::cfb})
        chip.expect(std::ranges::count(all, wanted, &tpm::TpmsAlgProperty::alg) == 1, "algorithm",
                    "The algorithms of attestation and sealing are listed.");
    const auto curves = get(chip, Cap::ecc_curves, 0, 100).capability_data.ecc_curves.items;
    chip.expect(std::ranges::count(curves, tpm::Curve::p256) == 1, "curve", "P-256 is listed.");
    const auto pcrs = get(chip, Cap::pcrs, 0, 10).capability_data.assigned_pcr.items;
    chip.expect(std::ranges::count(pcrs, tpm::TpmsPcrSelection::mask(Alg::sha256, 0xFF'FFFF)) == 1, "bank",
                "The SHA-256 bank has 24 PCRs.");
}
void refusals(Chip& chip) {
    chip.refused_hex("8001 00000016 0000017a 00000099 00000000 00000001", parameter(Rc::value, 1),
                     "An unknown capability");
    chip.refused_hex("8001 00000016 0000017a 00000001 90000000 00000001", parameter(Rc::handle, 2),
                     "Handles of an unknown kind");
    chip.refused_hex("8001 00000016 0000017a 00000005 00000001 00000001", parameter(Rc::value, 2),
                     "PCRs with a property");
}
void fresh_state(Chip& chip) {
    const auto startup = get(chip, Cap::tpm_properties, 0x201, 1).capability_data.tpm_properties.items;
    chip.expect(startup.size() == 1 && (startup[0].value & 0xF) == 0xF, "enabled",
                "All hierarchies are enabled.");
    const auto permanent = get(chip, Cap::tpm_properties, 0x200, 1).capability_data.tpm_properties.items;
    chip.expect(permanent.size() == 1 && (permanent[0].value & 0x207) == 0, "auth",
                "No authValue is set and nothing is locked out.");
    tpm::HierarchyChangeAuthIn change{.auth_handle = tpm::rh::owner};
    change.new_auth = Bytes{1};
    chip.ok(change, {tpm::password()});
    chip.expect(
        (get(chip, Cap::tpm_properties, 0x200, 1).capability_data.tpm_properties.items.at(0).value & 7) == 1,
        "auth", "ownerAuthSet tells of the owner's authValue.");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    add_safe(cases, "capability.properties", "Properties come as they are asked for", {"TPM-CAP-001"},
             properties);
    add(cases, "capability.handles", "Handles tell what is there", {"TPM-CAP-002"}, handles);
    add_safe(cases, "capability.commands", "Commands tell their attributes", {"TPM-CAP-003"}, commands);
    add_safe(cases, "capability.algorithms", "Algorithms, curves and banks are listed", {"TPM-CAP-004"},
             algorithms);
    add_safe(cases, "capability.refused", "Capabilities that are none are refused", {"TPM-CAP-005"},
             refusals);
    add(cases, "capability.state", "Variable properties follow the state", {"TPM-CAP-006"}, fresh_state);
}

}  // namespace assay::conformance::tpm_topic::capability_cases
