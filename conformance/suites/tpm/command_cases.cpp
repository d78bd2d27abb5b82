// Headers, handles, areas: what is checked before a command acts (Part 3, 5).
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::command_cases {
namespace {

/// A command as it is sent, and the only answer to it.
struct Refused {
    std::string_view id;
    std::string_view what;
    std::string_view requirement;
    std::string_view command;
    std::uint32_t code;
    std::string_view need = {};
};
// clang-format off
constexpr std::array refused_commands{
    Refused{"command.unknown-code", "A command code that the TPM does not have", "TPM-CMD-002", "8001 0000000a 000001ff", 0x143},
    Refused{"command.vendor-code", "A vendor's command code that the TPM does not have", "TPM-CMD-002", "8001 0000000a 20000123", 0x143},
    Refused{"command.size-too-large", "A commandSize larger than the command", "TPM-CMD-003", "8001 0000000d 0000017b 0008", 0x142, "any-size"},
    Refused{"command.size-too-small", "A commandSize smaller than the command", "TPM-CMD-003", "8001 0000000b 0000017b 0008", 0x142, "any-size"},
    Refused{"command.trailing-byte", "A byte after the parameters", "TPM-CMD-004", "8001 0000000d 0000017b 0008 00", 0x095},
    Refused{"command.parameter-cut", "A parameter that is cut short", "TPM-CMD-005", "8001 0000000b 0000017b 00", 0x1DA},
    Refused{"command.second-startup", "TPM2_Startup after TPM2_Startup", "TPM-CMD-006", "8001 0000000c 00000144 0000", 0x100},
    Refused{"handle.wrong-type", "A handle of a type that the command does not take", "TPM-CMD-007", "8001 0000000e 00000173 40000001", 0x184},
    Refused{"handle.pcr-out-of-range", "The handle of PCR 24", "TPM-CMD-007", "8002 0000001f 00000182 00000018 00000009 40000009 0000 00 0000 00000000", 0x184},
    Refused{"handle.empty-slot", "The handle of an empty transient slot", "TPM-CMD-008", "8001 0000000e 00000173 80000000", 0x910},
    Refused{"handle.absent-persistent", "A persistent handle without an object", "TPM-CMD-008", "8001 0000000e 00000173 81001234", 0x18B},
    Refused{"handle.absent-nv", "An NV handle without an index", "TPM-CMD-008", "8001 0000000e 00000169 01500055", 0x18B},
    Refused{"handle.absent-session", "A session handle without a session", "TPM-CMD-008", "8001 0000000e 00000189 03000002", 0x910},
    Refused{"handle.cut", "A handle area that is cut short", "TPM-CMD-005", "8001 0000000c 00000173 8000", 0x19A},
    Refused{"area.not-allowed", "An authorization area of a command that takes none", "TPM-CMD-009", "8002 0000001b 00000165 00000009 40000009 0000 00 0000 80000000", 0x145},
    Refused{"area.size-too-small", "An authorizationSize of 8", "TPM-CMD-010", "8002 0000001e 00000182 00000000 00000008 40000009 0000 00 00 00000000", 0x095},
    Refused{"area.size-too-large", "An authorizationSize beyond the end of the command", "TPM-CMD-010", "8002 0000001f 00000182 00000000 00000040 40000009 0000 00 0000 00000000", 0x095},
    Refused{"area.missing", "A command that needs an authorization, without one", "TPM-AUTH-001", "8001 00000012 00000182 00000000 00000000", 0x125},
    Refused{"area.session-type", "An authorization by a handle that is no session", "TPM-AUTH-002", "8002 00000019 0000017b 00000009 01000009 0000 41 0000 0008", 0x984},
    Refused{"area.session-absent", "An authorization by a session that is not loaded", "TPM-AUTH-002", "8002 00000019 0000017b 00000009 02000009 0000 41 0000 0008", 0x918},
    Refused{"area.password-without-handle", "A password session that authorizes no handle", "TPM-AUTH-002", "8002 00000019 0000017b 00000009 40000009 0000 01 0000 0008", 0x98B},
    Refused{"area.second-password", "A second password session beside one handle", "TPM-AUTH-002", "8002 00000028 00000182 00000000 00000012 40000009 0000 01 0000 40000009 0000 01 0000 00000000", 0xA8B},
    Refused{"area.four-sessions", "A fourth session", "TPM-AUTH-002", "8002 0000003a 00000182 00000000 00000024 40000009 0000 01 0000 40000009 0000 01 0000 40000009 0000 01 0000 40000009 0000 01 0000 00000000", 0xC95},
    Refused{"area.password-with-nonce", "A password session with a nonce", "TPM-AUTH-003", "8002 00000020 00000182 00000000 0000000a 40000009 0001 78 01 0000 00000000", 0x98F},
    Refused{"area.password-decrypts", "A password session with the decrypt attribute", "TPM-AUTH-003", "8002 0000001f 00000182 00000000 00000009 40000009 0000 21 0000 00000000", 0x982},
    Refused{"area.reserved-attribute", "A session with a reserved attribute", "TPM-AUTH-003", "8002 0000001f 00000182 00000000 00000009 40000009 0000 09 0000 00000000", 0x9A1},
    Refused{"area.wrong-password", "A wrong password for a PCR", "TPM-AUTH-004", "8002 00000020 00000182 00000000 0000000a 40000009 0000 01 0001 78 00000000", 0x9A2},
};
// clang-format on

void bad_tag(Chip& chip) {
    // 1.2's TPM_BADTAG, the library's response tag, or what libtpms says: the standard's parts disagree.
    chip.refused_bytes(*from_hex("8003 0000000c 0000017b 0008"), {Rc::bad_tag, Rc::value}, "An unknown tag");
}

void before_startup(Chip& chip) {
    Trial& trial = chip.trial();
    trial.need(trial.port<TpmPort>().reset(), "a reset");
    chip.refused(tpm::GetRandomIn{8}, {}, Rc::initialize, "TPM2_GetRandom before TPM2_Startup");
    chip.refused(tpm::GetTestResultIn{}, {}, Rc::initialize, "TPM2_GetTestResult before TPM2_Startup");
    chip.refused(tpm::GetCapabilityIn{tpm::Cap::tpm_properties, 0x100, 1}, {}, Rc::initialize,
                 "TPM2_GetCapability before TPM2_Startup");
    chip.refused(tpm::StartupIn{tpm::Su{2}}, {}, parameter(Rc::value, 1), "TPM2_Startup of an unknown type");
    chip.ok(tpm::StartupIn{tpm::Su::clear});
}

void startup_locality(Chip& chip) {
    Trial& trial = chip.trial();
    trial.need(trial.port<TpmPort>().reset(), "a reset");
    chip.locality = 2;
    chip.refused(tpm::StartupIn{tpm::Su::clear}, {}, Rc::locality, "TPM2_Startup in locality 2");
    chip.locality = 3;
    chip.ok(tpm::StartupIn{tpm::Su::clear});
    chip.locality = 0;
    Bytes expected(32);
    expected.back() = 3;
    chip.equal(chip.pcr(0), expected, "PCR 0 begins as the locality of TPM2_Startup.");
}

void resume_needs_a_shutdown(Chip& chip) {
    Trial& trial = chip.trial();
    trial.need(trial.port<TpmPort>().reset(), "a reset");
    chip.refused(tpm::StartupIn{tpm::Su::state}, {}, parameter(Rc::value, 1),
                 "TPM2_Startup(STATE) without TPM2_Shutdown(STATE)");
    chip.ok(tpm::StartupIn{tpm::Su::clear});
}

void random_numbers(Chip& chip) {
    const Bytes first = chip.ok(tpm::GetRandomIn{32}).random_bytes.value;
    chip.expect(first.size() == 32, "wrong-size", "TPM2_GetRandom gives the bytes that are asked for.");
    chip.expect(first != chip.ok(tpm::GetRandomIn{32}).random_bytes.value, "repeated",
                "Random numbers differ.");
    const std::size_t most = chip.ok(tpm::GetRandomIn{200}).random_bytes.value.size();
    chip.expect(most >= 20 && most <= 64, "wrong-size",
                "TPM2_GetRandom of more than the largest digest gives the largest digest's bytes.");
    tpm::StirRandomIn stir;
    stir.in_data = Bytes(128, 1);
    chip.ok(stir);
    chip.refused_bytes(
        tpm::assemble_command(tpm::Cc::stir_random, {}, {}, concat({*from_hex("0081"), Bytes(129)})),
        {parameter(Rc::size, 1)}, "TPM2_StirRandom of 129 bytes");
}

void self_tests(Chip& chip) {
    chip.ok(tpm::SelfTestIn{1});
    chip.expect(chip.ok(tpm::GetTestResultIn{}).test_result == 0, "test-failed", "The self test has passed.");
    chip.refused_hex("8001 0000000b 00000143 02", parameter(Rc::value, 1), "A fullTest of 2");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const Refused& row : refused_commands) {
        std::vector<std::string> needs;
        if (!row.need.empty()) needs.emplace_back(row.need);
        add(
            cases, std::string{row.id}, std::string{row.what} + " is refused with its code",
            {std::string{row.requirement}},
            [row](Chip& chip) { chip.refused_hex(row.command, Rc{row.code}, row.what); }, needs);
    }
    add(cases, "command.bad-tag", "An unknown tag is refused", {"TPM-CMD-001"}, bad_tag);
    add(cases, "startup.nothing-before", "Before TPM2_Startup nothing else is answered", {"TPM-CMD-006"},
        before_startup);
    add(cases, "startup.locality", "TPM2_Startup takes localities 0 and 3, and PCR 0 tells which",
        {"TPM-START-001"}, startup_locality, {"locality"});
    add(cases, "startup.resume-without-state", "TPM2_Startup(STATE) needs a TPM2_Shutdown(STATE)",
        {"TPM-START-002"}, resume_needs_a_shutdown);
    add_safe(cases, "random.sizes", "TPM2_GetRandom and TPM2_StirRandom keep their sizes", {"TPM-RND-001"},
             random_numbers);
    add(cases, "test.result", "The self test runs and has passed", {"TPM-TEST-001"}, self_tests);
}

}  // namespace assay::conformance::tpm_topic::command_cases
