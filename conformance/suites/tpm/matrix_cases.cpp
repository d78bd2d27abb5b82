// What holds for every hierarchy, algorithm, PCR, locality and type of index alike: rows, and one body for
// each kind of row.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::matrix_cases {
namespace {

namespace rh = tpm::rh;
namespace na = tpm::nv_attribute;
namespace oa = tpm::object_attribute;
namespace templates = tpm::templates;

void need_curve(Chip& chip, tpm::Curve curve) {
    const auto curves =
        chip.ok(tpm::GetCapabilityIn{tpm::Cap::ecc_curves, 0, 100}).capability_data.ecc_curves.items;
    if (std::ranges::count(curves, curve) == 0)
        chip.trial().not_tested(NotTested::not_supported, "the curve is not there");
}
void need_hash(Chip& chip, Alg hash) {
    const auto all = chip.ok(tpm::GetCapabilityIn{tpm::Cap::algs, 0, 169}).capability_data.algorithms.items;
    if (std::ranges::count(all, hash, &tpm::TpmsAlgProperty::alg) == 0)
        chip.trial().not_tested(NotTested::not_supported, "the hash is not there");
}

struct Named {
    const char* id;
    tpm::Handle handle;
};
constexpr std::array hierarchies{Named{"owner", rh::owner}, Named{"endorsement", rh::endorsement},
                                 Named{"platform", rh::platform}, Named{"null", rh::null}};
struct HashRow {
    const char* id;
    Alg alg;
};
constexpr std::array hashes{HashRow{"sha1", Alg::sha1}, HashRow{"sha256", Alg::sha256},
                            HashRow{"sha384", Alg::sha384}, HashRow{"sha512", Alg::sha512}};

// Primary objects of every kind in every hierarchy.

struct Kind {
    const char* id;
    tpm::TpmtPublic (*area)();
};
// clang-format off
const std::array kinds{
    Kind{"storage-ecc", [] { return templates::storage_key(Alg::ecc); }},
    Kind{"storage-rsa", [] { return templates::storage_key(Alg::rsa); }},
    Kind{"signing-p256", [] { return templates::attestation_key(Alg::ecc); }},
    Kind{"signing-p384", [] { return templates::attestation_key(Alg::ecc, tpm::Curve::p384); }},
    Kind{"signing-rsa", [] { return templates::attestation_key(Alg::rsa); }},
};
// clang-format on

void primary_object(Chip& chip, tpm::Handle hierarchy, const tpm::TpmtPublic& area) {
    if (area.type == Alg::ecc) need_curve(chip, area.curve);
    const Bytes outside = chip.random(11);
    const tpm::TpmlPcrSelection pcrs{{tpm::TpmsPcrSelection::of(Alg::sha256, {2, 5})}};
    const auto made = chip.ok(tpm::CreatePrimaryIn{.primary_handle = hierarchy,
                                                   .in_public = {area},
                                                   .outside_info = {outside},
                                                   .creation_pcr = pcrs},
                              {tpm::password()});
    const auto& out = made.out_public.value;
    chip.expect(out.object_attributes == area.object_attributes && out.type == area.type &&
                    out.scheme == area.scheme && out.symmetric == area.symmetric &&
                    out.auth_policy.value == area.auth_policy.value,
                "wrong-area", "The object is what its template asks for.");
    chip.expect(key_of(out).has_value(), "bad-public-key", "Its public area is a key.");
    chip.equal(made.name.value, tpm::name_of(out), "Its Name is its area's.");
    const auto& data = made.creation_data.value;
    chip.equal(data.outside_info.value, outside, "outsideInfo is kept.");
    chip.expect(data.pcr_select == pcrs, "wrong-selection", "creationPCR is kept.");
    chip.equal(data.pcr_digest.value, tpm::digest(area.name_alg, {chip.pcr(2), chip.pcr(5)}),
               "pcrDigest is that of the PCRs.");
    chip.equal(made.creation_hash.value, tpm::digest(area.name_alg, {encode(data, tpm::byte_order)}),
               "creationHash is the data's digest.");
    chip.expect(made.creation_ticket.hierarchy == hierarchy, "wrong-ticket",
                "The ticket names the hierarchy.");
    const auto read = chip.ok(tpm::ReadPublicIn{made.object_handle});
    chip.equal(read.qualified_name.value,
               tpm::qualified_name(area.name_alg, tpm::name_of(hierarchy), made.name.value),
               "The qualified Name covers the hierarchy.");
}

// Signatures by every scheme and hash.

void sign_with(Chip& chip, Alg type, tpm::Curve curve, Alg scheme, Alg hash) {
    need_hash(chip, hash);
    tpm::TpmtPublic area = templates::attestation_key(type, curve);
    area.object_attributes &= ~oa::restricted;
    area.scheme = {};
    if (type == Alg::ecc) need_curve(chip, curve);
    const auto key = chip.primary(rh::owner, area);
    const Bytes message = chip.random(50);
    const auto in_scheme = tpm::TpmtScheme::with(scheme, hash);
    tpm::SignIn in{
        .key_handle = key.object_handle, .digest = {tpm::digest(hash, {message})}, .in_scheme = in_scheme};
    const auto out = chip.ok(in, {tpm::password()}).signature;
    chip.expect(out.sig_alg == scheme && out.hash == hash, "wrong-scheme",
                "The signature has the scheme that was asked for.");
    chip.expect(verifies(key.out_public.value, message, out), "signature-invalid", "It verifies.");
    const auto ticket = chip.ok(tpm::VerifySignatureIn{key.object_handle, in.digest, out}).validation;
    chip.expect(ticket.hierarchy == rh::owner && !ticket.digest.value.empty(), "ticket",
                "It gives a ticket of the key's hierarchy.");
    in.digest.value[3] ^= 1;
    chip.refused(tpm::VerifySignatureIn{key.object_handle, in.digest, out}, {}, parameter(Rc::signature, 2),
                 "Another digest");
}

// Quotes of every bank.

void quote_bank(Chip& chip, Alg bank) {
    const auto assigned =
        chip.ok(tpm::GetCapabilityIn{tpm::Cap::pcrs, 0, 1}).capability_data.assigned_pcr.items;
    if (!std::ranges::any_of(assigned, [&](const auto& one) { return one.hash == bank && one.has(0); }))
        chip.trial().not_tested(NotTested::not_supported, "the bank is not allocated");
    chip.extend(3, 9, bank);
    chip.extend(11, 8, bank);
    const auto key = chip.primary(rh::endorsement, templates::attestation_key(Alg::ecc));
    const tpm::TpmlPcrSelection pcrs{{tpm::TpmsPcrSelection::of(bank, {3, 4, 11})}};
    const auto out =
        chip.ok(tpm::QuoteIn{.sign_handle = key.object_handle, .pcr_select = pcrs}, {tpm::password()});
    chip.expect(verifies(key.out_public.value, out.attest.value, out.signature), "signature-invalid",
                "The quote is signed.");
    const auto attest = decode<tpm::TpmsAttest>(out.attest.value, tpm::byte_order);
    chip.expect(bool(attest), "malformed-attest", "The quote is whole.");
    chip.equal(attest->quote.pcr_digest.value,
               tpm::digest(out.signature.hash, {chip.pcr(3, bank), chip.pcr(4, bank), chip.pcr(11, bank)}),
               "pcrDigest is that of the bank's PCRs, in ascending order, with the hash of the signature.");
}

// PCRs in every locality (PC Client Platform TPM Profile: bit n stands for locality n).

struct PcrRule {
    std::uint32_t first, last;
    std::uint8_t extend, reset;
};
constexpr std::array pcr_rules{
    PcrRule{0, 15, 0b11111, 0},        PcrRule{16, 16, 0b11111, 0b01111}, PcrRule{17, 18, 0b11100, 0},
    PcrRule{19, 19, 0b01100, 0},       PcrRule{20, 20, 0b01110, 0b00100}, PcrRule{21, 22, 0b00100, 0b00100},
    PcrRule{23, 23, 0b11111, 0b01111},
};

void pcrs_in_locality(Chip& chip, unsigned locality) {
    chip.locality = locality;
    const auto judge = [&](bool allowed, const auto& in, const char* what) {
        if (allowed)
            chip.ok(in, {tpm::password()});
        else
            chip.refused(in, {tpm::password()}, Rc::locality, what);
    };
    for (const PcrRule& rule : pcr_rules)
        for (std::uint32_t pcr = rule.first; pcr <= rule.last; ++pcr) {
            const Bytes before = chip.pcr(pcr);
            const bool extends = (rule.extend >> locality & 1) != 0,
                       resets = (rule.reset >> locality & 1) != 0;
            judge(extends, tpm::PcrExtendIn{.pcr_handle = pcr, .digests = {{{Alg::sha256, Bytes(32, 5)}}}},
                  "TPM2_PCR_Extend in a locality that is not the PCR's");
            const Bytes after = extends ? tpm::digest(Alg::sha256, {before, Bytes(32, 5)}) : before;
            chip.equal(chip.pcr(pcr), after, "A PCR is extended in its localities and stays in others.");
            judge(resets, tpm::PcrResetIn{pcr}, "TPM2_PCR_Reset in a locality that is not the PCR's");
            chip.equal(chip.pcr(pcr), resets ? Bytes(32) : after,
                       "A PCR is reset in its localities and stays in others.");
        }
    chip.locality = 0;
}

// NV indices: every type takes its own command; and who may.

constexpr tpm::Handle index = 0x0150'0030;
constexpr std::uint32_t everybody =
    na::owner_write | na::auth_write | na::owner_read | na::auth_read | na::no_da;

struct NvType {
    const char* id;
    std::uint32_t type;
    std::uint16_t bytes;
    std::uint32_t attributes;
};
constexpr std::array nv_types{
    NvType{"ordinary", 0, 8, everybody},
    NvType{"counter", 1, 8, everybody},
    NvType{"bits", 2, 8, everybody},
    NvType{"extend", 4, 32, everybody},
    NvType{"pin-fail", 8, 8, na::owner_write | na::owner_read | na::auth_read | na::no_da},
    NvType{"pin-pass", 9, 8, na::owner_write | na::owner_read | na::auth_read},
};

void commands_of_type(Chip& chip, const NvType& row) {
    chip.ok(tpm::NvDefineSpaceIn{.auth_handle = rh::owner,
                                 .public_info = {{.nv_index = index,
                                                  .attributes = row.attributes | row.type << 4,
                                                  .data_size = row.bytes}}},
            {tpm::password()});
    const auto judge = [&](bool its_own, const auto& in, Rc code, const char* what) {
        if (its_own)
            chip.ok(in, {tpm::password()});
        else
            chip.refused(in, {tpm::password()}, code, what);
    };
    const bool takes_writes = row.type == 0 || row.type >= 8;
    judge(takes_writes, tpm::NvWriteIn{.auth_handle = rh::owner, .nv_index = index, .data = {Bytes(8)}},
          Rc::attributes, "TPM2_NV_Write of an index with a command of its own");
    judge(row.type == 1, tpm::NvIncrementIn{rh::owner, index}, handle(Rc::attributes, 2),
          "TPM2_NV_Increment of what is no counter");
    judge(row.type == 2, tpm::NvSetBitsIn{rh::owner, index, 1}, handle(Rc::attributes, 2),
          "TPM2_NV_SetBits of what is no bit field");
    judge(row.type == 4, tpm::NvExtendIn{rh::owner, index, {Bytes{1}}}, handle(Rc::attributes, 2),
          "TPM2_NV_Extend of another type");
    chip.ok(tpm::NvReadIn{.auth_handle = rh::owner, .nv_index = index, .size = row.bytes}, {tpm::password()});
}

/// One attribute, and whom it lets write or read.
struct Access {
    const char* id;
    std::uint32_t write, read;  // attributes
    bool owner_writes, auth_writes, owner_reads, auth_reads;
};
constexpr std::array accesses{
    Access{"owner-owner", na::owner_write, na::owner_read, true, false, true, false},
    Access{"owner-auth", na::owner_write, na::auth_read, true, false, false, true},
    Access{"auth-owner", na::auth_write, na::owner_read, false, true, true, false},
    Access{"auth-auth", na::auth_write, na::auth_read, false, true, false, true},
};

void access_by(Chip& chip, const Access& row) {
    chip.ok(tpm::NvDefineSpaceIn{.auth_handle = rh::owner,
                                 .public_info = {{.nv_index = index,
                                                  .attributes = row.write | row.read | na::no_da,
                                                  .data_size = 4}}},
            {tpm::password()});
    const auto judge = [&](bool allowed, const auto& in, Rc code, const char* what) {
        if (allowed)
            chip.ok(in, {tpm::password()});
        else
            chip.refused(in, {tpm::password()}, code, what);
    };
    const auto write = [](tpm::Handle by) {
        return tpm::NvWriteIn{.auth_handle = by, .nv_index = index, .data = {Bytes(4, 1)}};
    };
    const auto read = [](tpm::Handle by) {
        return tpm::NvReadIn{.auth_handle = by, .nv_index = index, .size = 4};
    };
    judge(row.owner_writes, write(rh::owner), Rc::nv_authorization,
          "A write by the owner without OWNERWRITE");
    judge(row.auth_writes, write(index), Rc::auth_unavailable, "A write by authValue without AUTHWRITE");
    judge(row.owner_reads, read(rh::owner), Rc::nv_authorization, "A read by the owner without OWNERREAD");
    judge(row.auth_reads, read(index), Rc::auth_unavailable, "A read by authValue without AUTHREAD");
    chip.refused(write(rh::platform), {tpm::password()}, Rc::nv_authorization,
                 "A write by the platform without PPWRITE");
    chip.refused(read(rh::platform), {tpm::password()}, Rc::nv_authorization,
                 "A read by the platform without PPREAD");
    chip.refused(read(rh::endorsement), {tpm::password()}, handle(Rc::value, 1),
                 "A read by the endorsement hierarchy");
}

// authValues of hierarchies.

void authvalue_of(Chip& chip, tpm::Handle hierarchy) {
    const auto change = [&](Bytes to) {
        tpm::HierarchyChangeAuthIn in{.auth_handle = hierarchy};
        in.new_auth = std::move(to);
        return in;
    };
    chip.ok(change(Bytes{5, 6}), {tpm::password()});
    const Rc wrong = session(hierarchy == rh::lockout ? Rc::auth_fail : Rc::bad_auth, 1);
    if (hierarchy != rh::lockout) chip.refused(change({}), {tpm::password()}, wrong, "The old authValue");
    const tpm::TpmsAuthCommand by_password = tpm::password(Bytes{5, 6});
    chip.refused_bytes(tpm::assemble_command(tpm::Cc::hierarchy_change_auth, tpm::name_of(hierarchy),
                                             {&by_password, 1}, concat({*from_hex("0041"), Bytes(65, 1)})),
                       {parameter(Rc::size, 1)}, "An authValue of 65 bytes");
    chip.ok(change({}), {tpm::password(Bytes{5, 6})});
    chip.ok(change({}), {tpm::password()});
}

// Sealed data of every size.

void seal(Chip& chip, std::size_t bytes) {
    const auto parent = chip.primary(rh::owner, templates::storage_key(Alg::ecc));
    const Bytes data = chip.random(bytes);
    const auto item = chip.child(parent.object_handle, templates::sealed_data(), data);
    chip.equal(chip.ok(tpm::UnsealIn{item.handle}, {tpm::password()}).out_data.value, data,
               "What was sealed comes out.");
    chip.equal(item.created.out_public.value.unique_digest.value.empty() ? Bytes{} : Bytes{1}, Bytes{1},
               "It has a unique value.");
}
void seal_too_much(Chip& chip) {
    const auto parent = chip.primary(rh::owner, templates::storage_key(Alg::ecc));
    Bytes area;
    Writer{area, tpm::byte_order}.put(tpm::Tpm2bPublic{templates::sealed_data()});
    const tpm::TpmsAuthCommand by_password = tpm::password();
    const Bytes parameters =
        concat({*from_hex("0085 0000 0081"), Bytes(129), area, *from_hex("0000 00000000")});
    chip.refused_bytes(tpm::assemble_command(tpm::Cc::create, tpm::name_of(parent.object_handle),
                                             {&by_password, 1}, parameters),
                       {parameter(Rc::size, 1)}, "Sealed data of 129 bytes");
}

// What each assertion makes of policyDigest (Part 3, 23), in a trial session and in a real one.

struct Assertion {
    const char* id;
    tpm::Cc cc;
    /// Sends it, and does the same to the digest that is expected.
    void (*make)(Chip& chip, tpm::Handle session, tpm::Policy& expected);
};
// clang-format off
const std::array assertions{
    Assertion{"locality", tpm::Cc::policy_locality, [](Chip& c, tpm::Handle s, tpm::Policy& p) { c.ok(tpm::PolicyLocalityIn{s, 3}); p.extend(tpm::Cc::policy_locality, {Bytes{3}}); }},
    Assertion{"cp-hash", tpm::Cc::policy_cp_hash, [](Chip& c, tpm::Handle s, tpm::Policy& p) { c.ok(tpm::PolicyCpHashIn{s, {Bytes(tpm::digest_size(p.hash()), 4)}}); p.extend(tpm::Cc::policy_cp_hash, {Bytes(tpm::digest_size(p.hash()), 4)}); }},
    Assertion{"name-hash", tpm::Cc::policy_name_hash, [](Chip& c, tpm::Handle s, tpm::Policy& p) { c.ok(tpm::PolicyNameHashIn{s, {Bytes(tpm::digest_size(p.hash()), 5)}}); p.extend(tpm::Cc::policy_name_hash, {Bytes(tpm::digest_size(p.hash()), 5)}); }},
    Assertion{"template", tpm::Cc::policy_template, [](Chip& c, tpm::Handle s, tpm::Policy& p) { c.ok(tpm::PolicyTemplateIn{s, {Bytes(tpm::digest_size(p.hash()), 6)}}); p.extend(tpm::Cc::policy_template, {Bytes(tpm::digest_size(p.hash()), 6)}); }},
    Assertion{"nv-written", tpm::Cc::policy_nv_written, [](Chip& c, tpm::Handle s, tpm::Policy& p) { c.ok(tpm::PolicyNvWrittenIn{s, 1}); p.extend(tpm::Cc::policy_nv_written, {Bytes{1}}); }},
    Assertion{"physical-presence", tpm::Cc::policy_physical_presence, [](Chip& c, tpm::Handle s, tpm::Policy& p) { c.ok(tpm::PolicyPhysicalPresenceIn{s}); p.extend(tpm::Cc::policy_physical_presence, {}); }},
    Assertion{"counter-timer", tpm::Cc::policy_counter_timer, [](Chip& c, tpm::Handle s, tpm::Policy& p) {
        c.ok(tpm::PolicyCounterTimerIn{s, {Bytes(8)}, 8, tpm::Eo::unsigned_ge});
        p.extend(tpm::Cc::policy_counter_timer, {tpm::digest(p.hash(), {Bytes(8), *from_hex("0008 0007")})});
    }},
    Assertion{"duplication-select", tpm::Cc::policy_duplication_select, [](Chip& c, tpm::Handle s, tpm::Policy& p) {
        const Bytes object = concat({*from_hex("000b"), Bytes(32, 1)}), parent = concat({*from_hex("000b"), Bytes(32, 2)});
        c.ok(tpm::PolicyDuplicationSelectIn{s, {object}, {parent}, 1});
        p.extend(tpm::Cc::policy_duplication_select, {object, parent, Bytes{1}});
    }},
    Assertion{"nv", tpm::Cc::policy_nv, [](Chip& c, tpm::Handle s, tpm::Policy& p) {
        tpm::TpmsNvPublic area{.nv_index = index, .attributes = everybody, .data_size = 8};
        if (c.rc_of(tpm::encode_command(tpm::NvReadPublicIn{index})) != Rc::success) {
            c.ok(tpm::NvDefineSpaceIn{.auth_handle = rh::owner, .public_info = {area}}, {tpm::password()});
            c.ok(tpm::NvWriteIn{.auth_handle = rh::owner, .nv_index = index, .data = {Bytes(8, 9)}}, {tpm::password()});
        }
        area.attributes |= na::written;
        c.ok(tpm::PolicyNvIn{.auth_handle = rh::owner, .nv_index = index, .policy_session = s, .operand_b = {Bytes(2, 9)}, .offset = 3}, {tpm::password()});
        p.extend(tpm::Cc::policy_nv, {tpm::digest(p.hash(), {Bytes(2, 9), *from_hex("0003 0000")}), tpm::name_of(area)});
    }},
};
// clang-format on

void asserts(Chip& chip, const Assertion& row, Alg hash) {
    chip.need_command(row.cc);
    for (const tpm::Se type : {tpm::Se::trial, tpm::Se::policy}) {
        const tpm::Handle session = chip.session(type, hash);
        tpm::Policy expected{hash};
        row.make(chip, session, expected);
        chip.equal(chip.ok(tpm::PolicyGetDigestIn{session}).policy_digest.value, expected.digest(),
                   "The assertion gives the digest of the standard.");
        chip.flush(session);
    }
}

// Fixed properties.

struct Property {
    const char* id;
    std::uint32_t tag;
    const char* sentence;
    bool (*holds)(std::uint32_t value);
};
// clang-format off
constexpr std::array fixed_properties{
    Property{"family", 0x100, "TPM_PT_FAMILY_INDICATOR is \"2.0\" and a zero.", [](std::uint32_t v) { return v == 0x322E'3000; }},
    Property{"level", 0x101, "TPM_PT_LEVEL is 0.", [](std::uint32_t v) { return v == 0; }},
    Property{"revision", 0x102, "TPM_PT_REVISION is one of the published library.", [](std::uint32_t v) { return v >= 116 && v < 300; }},
    Property{"day", 0x103, "TPM_PT_DAY_OF_YEAR is a day of a year.", [](std::uint32_t v) { return v >= 1 && v <= 366; }},
    Property{"year", 0x104, "TPM_PT_YEAR is a year of the library.", [](std::uint32_t v) { return v >= 2014 && v <= 2100; }},
    Property{"manufacturer", 0x105, "TPM_PT_MANUFACTURER is text.", [](std::uint32_t v) { return (v >> 24) >= 0x20 && (v >> 24) < 0x7F; }},
    Property{"input-buffer", 0x10D, "TPM_PT_INPUT_BUFFER is 1024 or more.", [](std::uint32_t v) { return v >= 1024; }},
    Property{"transient", 0x10E, "At least three transient objects fit.", [](std::uint32_t v) { return v >= 3; }},
    Property{"persistent", 0x10F, "At least two persistent objects fit.", [](std::uint32_t v) { return v >= 2; }},
    Property{"loaded-sessions", 0x110, "At least three sessions can be loaded.", [](std::uint32_t v) { return v >= 3; }},
    Property{"active-sessions", 0x111, "At least 64 sessions can be active.", [](std::uint32_t v) { return v >= 64; }},
    Property{"pcr-count", 0x112, "There are 24 PCRs.", [](std::uint32_t v) { return v == 24; }},
    Property{"pcr-select", 0x113, "TPM_PT_PCR_SELECT_MIN is three bytes.", [](std::uint32_t v) { return v == 3; }},
    Property{"nv-index", 0x117, "An NV index may have 1600 bytes or more.", [](std::uint32_t v) { return v >= 1600; }},
    Property{"context-hash", 0x11A, "TPM_PT_CONTEXT_HASH is a hash.", [](std::uint32_t v) { return tpm::digest_size(static_cast<Alg>(v)) >= 32; }},
    Property{"context-cipher", 0x11B, "TPM_PT_CONTEXT_SYM is AES.", [](std::uint32_t v) { return static_cast<Alg>(v) == Alg::aes; }},
    Property{"command-size", 0x11E, "Commands of 1024 bytes and more fit.", [](std::uint32_t v) { return v >= 1024 && v <= 65536; }},
    Property{"response-size", 0x11F, "Responses of 1024 bytes and more fit.", [](std::uint32_t v) { return v >= 1024 && v <= 65536; }},
    Property{"digest", 0x120, "TPM_PT_MAX_DIGEST is the size of a digest.", [](std::uint32_t v) { return v == 32 || v == 48 || v == 64; }},
    Property{"nv-buffer", 0x12C, "NV data of 512 bytes and more fit a command.", [](std::uint32_t v) { return v >= 512; }},
};
// clang-format on

void fixed_property(Chip& chip, const Property& row) {
    const auto out = chip.ok(tpm::GetCapabilityIn{tpm::Cap::tpm_properties, row.tag, 1});
    const auto& items = out.capability_data.tpm_properties.items;
    chip.expect(items.size() == 1 && items[0].property == row.tag, "missing", "The property is told.");
    chip.expect(row.holds(items[0].value), "value", row.sentence,
                to_hex(store(items[0].value, tpm::byte_order)));
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const Named& hierarchy : hierarchies)
        for (const Kind& kind : kinds)
            add(cases, std::string{"primary."} + hierarchy.id + "." + kind.id,
                "A primary object is what its template asks for", {"TPM-OBJ-002", "TPM-OBJ-003"},
                [&hierarchy, &kind](Chip& chip) { primary_object(chip, hierarchy.handle, kind.area()); });
    struct Scheme {
        const char* id;
        Alg type, scheme;
        tpm::Curve curve;
    };
    for (const Scheme& scheme :
         {Scheme{"ecdsa-p256", Alg::ecc, Alg::ecdsa, tpm::Curve::p256},
          Scheme{"ecdsa-p384", Alg::ecc, Alg::ecdsa, tpm::Curve::p384},
          Scheme{"rsassa", Alg::rsa, Alg::rsassa, {}}, Scheme{"rsapss", Alg::rsa, Alg::rsapss, {}}})
        for (const HashRow& hash : hashes)
            add(cases, std::string{"sign."} + scheme.id + "." + hash.id,
                "A key without a scheme signs by that of the command", {"TPM-KEY-001"},
                [scheme, &hash](Chip& chip) {
                    sign_with(chip, scheme.type, scheme.curve, scheme.scheme, hash.alg);
                });
    for (const HashRow& hash : hashes)
        add(cases, std::string{"quote.bank-"} + hash.id, "A quote covers the PCRs of its bank",
            {"TPM-QUOTE-001"}, [&hash](Chip& chip) { quote_bank(chip, hash.alg); });
    for (unsigned locality = 0; locality <= 4; ++locality)
        add(cases, "pcr.locality-" + std::to_string(locality),
            "Each PCR is extended and reset in its localities alone", {"TPM-PCR-006"},
            [locality](Chip& chip) { pcrs_in_locality(chip, locality); }, {"locality"});
    for (const NvType& row : nv_types)
        add(cases, std::string{"nv.type."} + row.id, "An index takes the commands of its type alone",
            {"TPM-NV-004"}, [&row](Chip& chip) { commands_of_type(chip, row); });
    for (const Access& row : accesses)
        add(cases, std::string{"nv.access."} + row.id,
            "An index is written and read by whom its attributes name alone", {"TPM-NV-006"},
            [&row](Chip& chip) { access_by(chip, row); });
    constexpr std::array with_auth{Named{"owner", rh::owner}, Named{"endorsement", rh::endorsement},
                                   Named{"platform", rh::platform}, Named{"lockout", rh::lockout}};
    for (const Named& hierarchy : with_auth)
        add(cases, std::string{"auth.hierarchy."} + hierarchy.id, "A new authValue replaces the old one",
            {"TPM-AUTH-004"}, [hierarchy](Chip& chip) { authvalue_of(chip, hierarchy.handle); });
    for (const std::size_t bytes : {1U, 32U, 128U})
        add(cases, "seal.bytes-" + std::to_string(bytes), "Sealed data come out as they went in",
            {"TPM-OBJ-005"}, [bytes](Chip& chip) { seal(chip, bytes); });
    add(cases, "seal.bytes-129", "More than 128 bytes are not sealed", {"TPM-OBJ-001"}, seal_too_much);
    for (const Assertion& row : assertions)
        for (const HashRow& hash : {hashes[1], hashes[2]})
            add(cases, std::string{"policy.digest."} + row.id + "." + hash.id,
                "An assertion gives the digest of the standard", {"TPM-POL-001"},
                [&row, hash](Chip& chip) { asserts(chip, row, hash.alg); });
    for (const Property& row : fixed_properties)
        add_safe(cases, std::string{"capability.fixed."} + row.id, row.sentence, {"TPM-CAP-001"},
                 [&row](Chip& chip) { fixed_property(chip, row); });
}

}  // namespace assay::conformance::tpm_topic::matrix_cases
