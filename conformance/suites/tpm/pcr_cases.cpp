// PCRs, hashes and events (Part 1, 17; Part 3, 15.4, 17, 22). Digests are computed here.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::pcr_cases {
namespace {

namespace rh = tpm::rh;
constexpr std::array banks{Alg::sha1, Alg::sha256, Alg::sha384};

/// Banks that this TPM has allocated.
std::vector<Alg> allocated(Chip& chip) {
    std::vector<Alg> out;
    for (const auto& one :
         chip.ok(tpm::GetCapabilityIn{tpm::Cap::pcrs, 0, 1}).capability_data.assigned_pcr.items)
        if (one.has(0)) out.push_back(one.hash);
    return out;
}
void need_bank(Chip& chip, Alg bank) {
    if (std::ranges::count(allocated(chip), bank) == 0)
        chip.trial().not_tested(NotTested::not_supported, "the bank is not allocated");
}

void extend(Chip& chip, Alg bank) {
    need_bank(chip, bank);
    const Bytes before = chip.pcr(4, bank), other = chip.pcr(5, bank);
    chip.extend(4, 7, bank);
    chip.equal(chip.pcr(4, bank), tpm::digest(bank, {before, Bytes(tpm::digest_size(bank), 7)}),
               "A PCR becomes the digest of its value and the one given.");
    chip.equal(chip.pcr(5, bank), other, "Other PCRs stay.");
}
void two_banks(Chip& chip) {
    need_bank(chip, Alg::sha384);
    const std::uint32_t counter = chip.update_counter();
    chip.ok(tpm::PcrExtendIn{.pcr_handle = 3,
                             .digests = {{{Alg::sha256, Bytes(32, 1)}, {Alg::sha384, Bytes(48, 2)}}}},
            {tpm::password()});
    chip.equal(chip.pcr(3), tpm::digest(Alg::sha256, {Bytes(32), Bytes(32, 1)}),
               "The SHA-256 bank is extended.");
    chip.equal(chip.pcr(3, Alg::sha384), tpm::digest(Alg::sha384, {Bytes(48), Bytes(48, 2)}),
               "The SHA-384 bank is extended.");
    chip.expect(chip.update_counter() > counter, "counter", "pcrUpdateCounter grows.");
}
void initial(Chip& chip) {
    for (std::size_t pcr = 0; pcr < 24; ++pcr)
        chip.equal(chip.pcr(pcr), Bytes(32, pcr >= 17 && pcr <= 22 ? 0xFF : 0x00),
                   "PCRs 17 to 22 begin as ones, the others as zeros.");
    chip.extend(1);
    chip.restart();
    chip.equal(chip.pcr(1), Bytes(32), "TPM2_Startup(CLEAR) begins anew.");
}
void resume(Chip& chip) {
    chip.extend(1);
    chip.extend(16);
    const Bytes before = chip.pcr(1);
    chip.ok(tpm::ShutdownIn{tpm::Su::state});
    chip.restart(tpm::Su::state);
    chip.equal(chip.pcr(1), before, "TPM2_Startup(STATE) brings PCRs 0 to 15 back.");
    chip.equal(chip.pcr(16), Bytes(32), "It does not bring PCR 16 back.");
    chip.ok(tpm::ShutdownIn{tpm::Su::state});
    chip.restart(tpm::Su::clear);
    chip.equal(chip.pcr(1), Bytes(32), "TPM2_Startup(CLEAR) after TPM2_Shutdown(STATE) begins anew.");
}
void counter(Chip& chip) {
    std::uint32_t now = chip.update_counter();
    for (const unsigned pcr : {16U, 23U}) {
        chip.extend(pcr);
        chip.expect(chip.update_counter() == now, "counter", "PCRs 16 and 23 do not move pcrUpdateCounter.");
    }
    for (const unsigned pcr : {0U, 5U, 15U}) {
        chip.extend(pcr);
        const std::uint32_t next = chip.update_counter();
        chip.expect(next == now + 1, "counter", "An extend of one bank moves pcrUpdateCounter by one.");
        now = next;
    }
    chip.refused(tpm::PcrExtendIn{.pcr_handle = 0, .digests = {{{Alg::sha256, Bytes(32)}}}}, {},
                 Rc::auth_missing, "TPM2_PCR_Extend without a session");
    chip.expect(chip.update_counter() == now, "counter", "A refused extend moves nothing.");
}
void unknown_hash(Chip& chip) {
    const auto bytes = [](std::string_view tail) {
        return concat({*from_hex("00000001"), *from_hex(tail)});
    };
    const tpm::TpmsAuthCommand session = tpm::password();
    const auto command = [&](const Bytes& parameters) {
        return tpm::assemble_command(tpm::Cc::pcr_extend, tpm::name_of(tpm::Handle{0}), {&session, 1},
                                     parameters);
    };
    chip.refused_bytes(command(concat({bytes("0013"), Bytes(32)})), {parameter(Rc::hash, 1)},
                       "TPM2_PCR_Extend with an unknown hash");
    chip.refused_bytes(command(concat({bytes("000b"), Bytes(31)})), {parameter(Rc::insufficient, 1)},
                       "TPM2_PCR_Extend with a digest that is one byte short");
    chip.refused_bytes(command(*from_hex("00000011")), {parameter(Rc::size, 1)},
                       "TPM2_PCR_Extend of 17 digests");
    chip.ok(tpm::PcrExtendIn{.pcr_handle = 0}, {tpm::password()});
    chip.ok(tpm::PcrExtendIn{.pcr_handle = rh::null, .digests = {{{Alg::sha256, Bytes(32, 1)}}}},
            {tpm::password()});
    chip.equal(chip.pcr(0), Bytes(32), "No digest and no PCR change nothing.");
}
void localities(Chip& chip) {
    for (const unsigned pcr : {17U, 18U, 19U, 20U, 21U, 22U})
        chip.refused(tpm::PcrExtendIn{.pcr_handle = pcr, .digests = {{{Alg::sha256, Bytes(32, 1)}}}},
                     {tpm::password()}, Rc::locality, "An extend of PCR 17 to 22 in locality 0");
    chip.locality = 2;
    for (const unsigned pcr : {17U, 18U, 19U, 20U, 21U, 22U}) chip.extend(pcr);
    chip.equal(chip.pcr(17), tpm::digest(Alg::sha256, {Bytes(32, 0xFF), Bytes(32, 1)}),
               "Locality 2 extends PCR 17.");
    chip.ok(tpm::PcrResetIn{20}, {tpm::password()});
    chip.equal(chip.pcr(20), Bytes(32), "Locality 2 resets PCR 20 to zeros.");
    chip.refused(tpm::PcrResetIn{17}, {tpm::password()}, Rc::locality, "TPM2_PCR_Reset of PCR 17");
    chip.locality = 0;
}
void resets(Chip& chip) {
    chip.refused(tpm::PcrResetIn{0}, {tpm::password()}, Rc::locality, "TPM2_PCR_Reset of PCR 0");
    chip.refused(tpm::PcrResetIn{20}, {tpm::password()}, Rc::locality,
                 "TPM2_PCR_Reset of PCR 20 in locality 0");
    for (const unsigned pcr : {16U, 23U}) {
        chip.extend(pcr);
        chip.ok(tpm::PcrResetIn{pcr}, {tpm::password()});
        chip.equal(chip.pcr(pcr), Bytes(32), "TPM2_PCR_Reset gives zeros.");
    }
}
void reading(Chip& chip) {
    const auto all = chip.ok(tpm::PcrReadIn{{{tpm::TpmsPcrSelection::mask(Alg::sha256, 0xFFFF)}}});
    chip.expect(all.pcr_values.items.size() == 8, "wrong-count", "TPM2_PCR_Read gives 8 digests at most.");
    chip.expect(all.pcr_selection_out.items.size() == 1 &&
                    all.pcr_selection_out.items[0] == tpm::TpmsPcrSelection::mask(Alg::sha256, 0xFF),
                "wrong-selection", "pcrSelectionOut says which PCRs were read.");
    chip.expect(chip.ok(tpm::PcrReadIn{}).pcr_values.items.empty(), "wrong-count",
                "An empty selection reads nothing.");
    chip.refused_hex("8001 00000013 0000017e 00000001 000b 02 0100", parameter(Rc::value, 1),
                     "A selection of 2 bytes");
    chip.refused_hex("8001 00000015 0000017e 00000001 000b 04 01000000", parameter(Rc::value, 1),
                     "A selection of 4 bytes");
    chip.refused_hex("8001 00000014 0000017e 00000001 0013 03 010000", parameter(Rc::hash, 1),
                     "An unknown bank");
}
void event(Chip& chip) {
    const Bytes data = chip.random(100), before = chip.pcr(9);
    const auto out = chip.ok(tpm::PcrEventIn{9, {data}}, {tpm::password()});
    chip.expect(!out.digests.items.empty(), "no-digests", "TPM2_PCR_Event gives the digests.");
    for (const auto& one : out.digests.items)
        chip.equal(one.digest, tpm::digest(one.hash_alg, {data}), "Each is the data's.");
    chip.equal(chip.pcr(9), tpm::digest(Alg::sha256, {before, tpm::digest(Alg::sha256, {data})}),
               "The PCR is extended with the digest.");
}
void event_sequence(Chip& chip) {
    const tpm::Handle sequence = chip.ok(tpm::HashSequenceStartIn{}).sequence_handle;
    const Bytes part(1024, 3), rest(10, 4), before = chip.pcr(10);
    chip.ok(tpm::SequenceUpdateIn{sequence, {part}}, {tpm::password()});
    chip.ok(tpm::EventSequenceCompleteIn{10, sequence, {rest}}, {tpm::password(), tpm::password()});
    chip.equal(chip.pcr(10), tpm::digest(Alg::sha256, {before, tpm::digest(Alg::sha256, {part, rest})}),
               "The PCR is extended with the digest of all parts.");
    chip.refused(tpm::SequenceUpdateIn{sequence, {}}, {tpm::password()}, Rc::reference_h0,
                 "A sequence that is complete");
}
void hashing(Chip& chip) {
    for (const Alg alg : banks) {
        const Bytes data = chip.random(200);
        chip.equal(chip.ok(tpm::HashIn{{data}, alg, rh::owner}).out_hash.value, tpm::digest(alg, {data}),
                   "TPM2_Hash gives the digest.");
        const tpm::Handle sequence = chip.ok(tpm::HashSequenceStartIn{.hash_alg = alg}).sequence_handle;
        for (int i = 0; i < 3; ++i)
            chip.ok(tpm::SequenceUpdateIn{sequence, {Bytes(1000, 1)}}, {tpm::password()});
        const auto out =
            chip.ok(tpm::SequenceCompleteIn{sequence, {Bytes(7, 1)}, rh::owner}, {tpm::password()});
        chip.equal(out.result.value, tpm::digest(alg, {Bytes(3007, 1)}), "A hash sequence gives the digest.");
    }
    const tpm::Handle sequence = chip.ok(tpm::HashSequenceStartIn{}).sequence_handle;
    chip.refused(tpm::SequenceCompleteIn{sequence, {}, rh::owner}, {tpm::password()}, handle(Rc::mode, 1),
                 "TPM2_SequenceComplete of an event sequence");
    chip.refused(tpm::ReadPublicIn{sequence}, {}, Rc::sequence, "TPM2_ReadPublic of a sequence");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const auto& [id, bank] :
         {std::pair{"pcr.extend-sha1", Alg::sha1}, std::pair{"pcr.extend-sha256", Alg::sha256},
          std::pair{"pcr.extend-sha384", Alg::sha384}, std::pair{"pcr.extend-sha512", Alg::sha512}})
        add(cases, id, "TPM2_PCR_Extend hashes the old value and the new", {"TPM-PCR-001"},
            [bank = bank](Chip& chip) { extend(chip, bank); });
    add(cases, "pcr.extend-two-banks", "One command extends two banks", {"TPM-PCR-001"}, two_banks);
    add(cases, "pcr.extend-refused", "Wrong digests are refused, and none change nothing", {"TPM-PCR-002"},
        unknown_hash);
    add(cases, "pcr.initial", "PCRs begin as the platform profile says", {"TPM-PCR-003"}, initial);
    add(cases, "pcr.resume", "TPM2_Startup(STATE) brings PCRs 0 to 15 back", {"TPM-PCR-004"}, resume);
    add(cases, "pcr.counter", "pcrUpdateCounter counts what policies depend on", {"TPM-PCR-005"}, counter);
    add(cases, "pcr.localities", "Dynamic PCRs belong to their localities", {"TPM-PCR-006"}, localities,
        {"locality"});
    add(cases, "pcr.reset", "TPM2_PCR_Reset resets PCRs 16 and 23 alone", {"TPM-PCR-007"}, resets);
    add(cases, "pcr.read", "TPM2_PCR_Read tells what it has read", {"TPM-PCR-008"}, reading);
    add(cases, "pcr.event", "TPM2_PCR_Event measures data", {"TPM-PCR-009"}, event);
    add(cases, "pcr.event-sequence", "An event sequence measures more data", {"TPM-PCR-009"}, event_sequence);
    add(cases, "hash.digests", "TPM2_Hash and hash sequences give digests", {"TPM-HASH-001"}, hashing);
}

}  // namespace assay::conformance::tpm_topic::pcr_cases
