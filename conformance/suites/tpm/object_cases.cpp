// Objects: templates, Names, loading, contexts, persistence (Part 1, 27 to 30; Part 3, 12, 24.1, 28).
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::object_cases {
namespace {

namespace rh = tpm::rh;
namespace oa = tpm::object_attribute;
namespace templates = tpm::templates;

tpm::TpmtPublic storage() { return templates::storage_key(Alg::ecc); }

/// A template with one thing changed, and the code of its refusal.
struct Refused {
    const char* id;
    const char* what;
    void (*change)(tpm::TpmtPublic& area);
    std::uint32_t code;
};
// clang-format off
const std::array refused_templates{
    Refused{"template.fixed-tpm-alone", "fixedTPM without fixedParent", [](auto& a) { a.object_attributes &= ~oa::fixed_parent; }, 0x2C2},
    Refused{"template.storage-without-cipher", "A storage key without a cipher", [](auto& a) { a.symmetric = {}; }, 0x2D6},
    Refused{"template.restricted-signing-without-scheme", "A restricted signing key without a scheme", [](auto& a) { a = templates::attestation_key(Alg::ecc); a.scheme = {}; }, 0x2D2},
    Refused{"template.restricted-sign-and-decrypt", "A restricted key that signs and decrypts", [](auto& a) { a.object_attributes |= oa::sign; a.symmetric = {}; }, 0x2C2},
    Refused{"template.neither", "A key that neither signs nor decrypts", [](auto& a) { a.object_attributes &= ~(oa::restricted | oa::decrypt); a.symmetric = {}; }, 0x2C2},
    Refused{"template.signing-with-cipher", "A signing key with a cipher", [](auto& a) { a = templates::attestation_key(Alg::ecc); a.symmetric = tpm::TpmtSymDef::aes_cfb(128); }, 0x2D6},
    Refused{"template.no-origin", "An asymmetric key without sensitiveDataOrigin", [](auto& a) { a.object_attributes &= ~oa::sensitive_data_origin; }, 0x2C2},
    Refused{"template.no-name", "A nameAlg of TPM_ALG_NULL", [](auto& a) { a.name_alg = Alg::null; }, 0x2C3},
    Refused{"template.policy-size", "A policy that is one byte short", [](auto& a) { a.auth_policy.value = Bytes(31, 1); }, 0x2D5},
    Refused{"template.kdf", "An ECC key with a KDF", [](auto& a) { a.kdf = tpm::TpmtScheme::with(Alg::kdf1_sp800_108, Alg::sha256); }, 0x2CC},
    Refused{"template.fixed-and-encrypted", "fixedTPM with encryptedDuplication", [](auto& a) { a.object_attributes |= oa::encrypted_duplication; }, 0x2C2},
    Refused{"template.scheme-of-other-type", "An ECC key with an RSA scheme", [](auto& a) { a = templates::attestation_key(Alg::ecc); a.scheme.scheme = Alg::rsassa; }, 0x2D2},
    Refused{"template.reserved-bit", "A reserved attribute", [](auto& a) { a.object_attributes |= 1; }, 0x2E1},
    Refused{"template.unknown-type", "An unknown type", [](auto& a) { a.type = Alg::sha256; }, 0x2CA},
    Refused{"template.unknown-curve", "An unknown curve", [](auto& a) { a.curve = tpm::Curve{0x00FF}; }, 0x2E6},
    Refused{"template.key-bits", "RSA of 1000 bits", [](auto& a) { a = templates::storage_key(Alg::rsa); a.key_bits = 1000; }, 0x2C4},
    Refused{"template.exponent", "RSA with an exponent of 3", [](auto& a) { a = templates::storage_key(Alg::rsa); a.exponent = 3; }, 0x08D},
    Refused{"template.aes-192-wrong-mode", "AES of 100 bits", [](auto& a) { a.symmetric.key_bits = 100; }, 0x2C4},
};
// clang-format on

void refuse_template(Chip& chip, const Refused& row) {
    tpm::TpmtPublic area = storage();
    row.change(area);
    chip.refused(tpm::CreatePrimaryIn{.primary_handle = rh::owner, .in_public = {area}}, {tpm::password()},
                 Rc{row.code}, row.what);
    chip.flush(chip.primary(rh::owner, storage()).object_handle);  // the neighbour that is right
}

void other_refusals(Chip& chip) {
    tpm::CreatePrimaryIn in{.primary_handle = rh::owner, .in_public = {storage()}};
    in.in_sensitive.value.user_auth = Bytes(33, 1);
    chip.refused(in, {tpm::password()}, parameter(Rc::size, 1),
                 "An authValue longer than the digest of nameAlg");
    tpm::CreatePrimaryIn lockout{.primary_handle = rh::lockout, .in_public = {storage()}};
    chip.refused(lockout, {tpm::password()}, handle(Rc::value, 1), "A primary object of LOCKOUT");
    const Bytes parameters =
        concat({*from_hex("0004 0000 0000"), *from_hex("0000"), *from_hex("0000"), *from_hex("00000000")});
    const tpm::TpmsAuthCommand session = tpm::password();
    chip.refused_bytes(
        tpm::assemble_command(tpm::Cc::create_primary, tpm::name_of(rh::owner), {&session, 1}, parameters),
        {parameter(Rc::size, 2)}, "An empty inPublic");
}

void names(Chip& chip) {
    for (const tpm::TpmtPublic& area :
         {templates::storage_key(Alg::rsa), storage(), templates::attestation_key(Alg::ecc, tpm::Curve::p384),
          templates::attestation_key(Alg::rsa)}) {
        const auto made = chip.primary(rh::owner, area);
        chip.equal(made.name.value, tpm::name_of(made.out_public.value),
                   "The Name is nameAlg and the area's digest.");
        const auto read = chip.ok(tpm::ReadPublicIn{made.object_handle});
        chip.expect(read.out_public == made.out_public, "wrong-area",
                    "TPM2_ReadPublic gives the public area.");
        chip.equal(read.qualified_name.value,
                   tpm::qualified_name(area.name_alg, tpm::name_of(rh::owner), made.name.value),
                   "The qualified Name covers the hierarchy.");
        chip.equal(made.creation_hash.value,
                   tpm::digest(area.name_alg, {encode(made.creation_data.value, tpm::byte_order)}),
                   "creationHash is the digest of the creation data.");
        chip.equal(made.creation_data.value.parent_name.value, tpm::name_of(rh::owner),
                   "The parent's Name is the hierarchy's handle.");
        chip.flush(made.object_handle);
    }
}

Bytes primary_name(Chip& chip, tpm::Handle hierarchy, const tpm::TpmtPublic& area) {
    const auto made = chip.primary(hierarchy, area);
    chip.flush(made.object_handle);
    return made.name.value;
}
void deterministic(Chip& chip) {
    const Bytes first = primary_name(chip, rh::owner, storage());
    chip.equal(primary_name(chip, rh::owner, storage()), first, "The same template gives the same key.");
    tpm::TpmtPublic other = storage();
    other.unique_ecc.x.value = {1};
    chip.expect(primary_name(chip, rh::owner, other) != first, "same-key",
                "Another `unique` gives another key.");
    chip.expect(primary_name(chip, rh::endorsement, storage()) != first, "same-key",
                "Another hierarchy gives another key.");
    chip.restart();
    chip.equal(primary_name(chip, rh::owner, storage()), first, "A reset leaves the owner's keys.");
    const Bytes endorsement = primary_name(chip, rh::endorsement, storage());
    chip.ok(tpm::ClearIn{rh::platform}, {tpm::password()});
    chip.expect(primary_name(chip, rh::owner, storage()) != first, "same-key",
                "TPM2_Clear renews the owner's seed.");
    chip.equal(primary_name(chip, rh::endorsement, storage()), endorsement,
               "It leaves the endorsement seed.");
}
void null_hierarchy(Chip& chip) {
    const Bytes first = primary_name(chip, rh::null, storage());
    chip.equal(primary_name(chip, rh::null, storage()), first, "In one boot the key is the same.");
    for (const tpm::Su how : {tpm::Su::state, tpm::Su::clear}) {
        chip.ok(tpm::ShutdownIn{tpm::Su::state});
        chip.restart(how);
        chip.equal(primary_name(chip, rh::null, storage()), first, "Resume and Restart leave the NULL seed.");
    }
    chip.restart();
    chip.expect(primary_name(chip, rh::null, storage()) != first, "same-key",
                "A TPM reset renews the NULL seed.");
}

void loading(Chip& chip) {
    const auto parent = chip.primary(rh::owner, storage());
    const Bytes data = chip.random(16);
    const auto item = chip.child(parent.object_handle, templates::sealed_data(), data);
    chip.equal(chip.ok(tpm::UnsealIn{item.handle}, {tpm::password()}).out_data.value, data,
               "What was sealed comes out.");
    chip.equal(item.name, tpm::name_of(item.created.out_public.value),
               "The Name of a loaded object is its area's.");
    tpm::LoadIn load{parent.object_handle, item.created.out_private, item.created.out_public};
    for (const std::size_t at : {std::size_t{2}, load.in_private.value.size() - 1}) {
        tpm::LoadIn bent = load;
        bent.in_private.value[at] ^= 1;
        chip.refused(bent, {tpm::password()}, parameter(Rc::integrity, 1),
                     "A private area with one bit changed");
    }
    tpm::LoadIn bent = load;
    bent.in_public.value.object_attributes |= oa::no_da;
    chip.refused(bent, {tpm::password()}, parameter(Rc::integrity, 1),
                 "A public area with one attribute changed");
    load.parent_handle = item.handle;
    chip.refused(load, {tpm::password()}, handle(Rc::type, 1), "A parent that is no storage key");
    chip.flush(item.handle);
    tpm::TpmtPublic other = storage();
    other.unique_ecc.x.value = {2};
    load.parent_handle = chip.primary(rh::owner, other).object_handle;
    chip.refused(load, {tpm::password()}, parameter(Rc::integrity, 1), "Another parent");
    chip.refused(tpm::UnsealIn{parent.object_handle}, {tpm::password()}, handle(Rc::type, 1),
                 "TPM2_Unseal of a key");
}
void external(Chip& chip) {
    const auto key = crypto::PrivateKey::generate(chip.trial().crypto(), crypto::KeyType::p256);
    const Bytes point = key.public_key().point();
    tpm::TpmtPublic area{.type = Alg::ecc,
                         .object_attributes = oa::sign | oa::user_with_auth,
                         .scheme = tpm::TpmtScheme::with(Alg::ecdsa, Alg::sha256),
                         .curve = tpm::Curve::p256};
    area.unique_ecc = {{Bytes{point.begin() + 1, point.begin() + 33}},
                       {Bytes{point.begin() + 33, point.end()}}};
    const auto loaded = chip.ok(tpm::LoadExternalIn{.in_public = {area}, .hierarchy = rh::owner});
    chip.equal(loaded.name.value, tpm::name_of(area), "The Name is the area's.");
    const Bytes digest = tpm::digest(Alg::sha256, {as_bytes("message")});
    const Bytes raw = key.sign_digest(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha256, digest);
    tpm::TpmtSignature signature{.sig_alg = Alg::ecdsa, .hash = Alg::sha256};
    signature.r.value.assign(raw.begin(), raw.begin() + 32);
    signature.s.value.assign(raw.begin() + 32, raw.end());
    const auto ticket = chip.ok(tpm::VerifySignatureIn{loaded.object_handle, {digest}, signature}).validation;
    chip.expect(ticket.hierarchy == rh::owner && !ticket.digest.value.empty(), "no-ticket",
                "A verified signature has a ticket of the key's hierarchy.");
    signature.s.value[5] ^= 1;
    chip.refused(tpm::VerifySignatureIn{loaded.object_handle, {digest}, signature}, {},
                 parameter(Rc::signature, 2), "A signature with one bit changed");
    chip.refused(tpm::SignIn{.key_handle = loaded.object_handle, .digest = {digest}}, {tpm::password()},
                 Rc::auth_unavailable, "TPM2_Sign without a private part");
    tpm::LoadExternalIn pair{.in_public = {area}, .hierarchy = rh::owner};
    pair.in_private.value.emplace();
    pair.in_private.value->type = Alg::ecc;
    pair.in_private.value->sensitive = Bytes(32, 1);
    chip.refused(pair, {}, parameter(Rc::hierarchy, 3), "A private part in a hierarchy");
    pair.hierarchy = rh::null;
    chip.refused(pair, {}, Rc::binding, "A private part of another key");
    area.unique_ecc.x.value[3] ^= 1;
    chip.refused(tpm::LoadExternalIn{.in_public = {area}, .hierarchy = rh::owner}, {},
                 parameter(Rc::ecc_point, 2), "A point that is not on the curve");
}

void persistence(Chip& chip) {
    const auto key = chip.primary(rh::owner, storage());
    tpm::EvictControlIn evict{rh::owner, key.object_handle, 0x8100'0100};
    chip.ok(evict, {tpm::password()});
    chip.refused(evict, {tpm::password()}, Rc::nv_defined, "A persistent handle that is taken");
    evict.persistent_handle = 0x8180'0100;
    chip.refused(evict, {tpm::password()}, parameter(Rc::range, 1), "A persistent handle of the platform");
    const auto temporary = chip.primary(rh::null, storage());
    chip.refused(tpm::EvictControlIn{rh::owner, temporary.object_handle, 0x8100'0101}, {tpm::password()},
                 handle(Rc::attributes, 2), "An object of the NULL hierarchy");
    chip.refused(tpm::EvictControlIn{rh::platform, key.object_handle, 0x8180'0100}, {tpm::password()},
                 handle(Rc::hierarchy, 2), "An owner's object by the platform");
    chip.restart();
    chip.equal(chip.ok(tpm::ReadPublicIn{0x8100'0100}).name.value, key.name.value,
               "It is there after a reset.");
    chip.ok(tpm::EvictControlIn{rh::owner, 0x8100'0100, 0x8100'0100}, {tpm::password()});
    chip.refused(tpm::ReadPublicIn{0x8100'0100}, {}, handle(Rc::handle, 1), "What was evicted");
}
void object_contexts(Chip& chip) {
    const auto key = chip.primary(rh::owner, storage());
    const auto context = chip.ok(tpm::ContextSaveIn{key.object_handle}).context;
    chip.flush(key.object_handle);
    for (int i = 0; i < 2; ++i) {
        const tpm::Handle loaded = chip.ok(tpm::ContextLoadIn{context}).loaded_handle;
        chip.equal(chip.ok(tpm::ReadPublicIn{loaded}).name.value, key.name.value, "It is the object.");
        chip.flush(loaded);
    }
    auto bent = context;
    bent.context_blob.value.back() ^= 1;
    chip.refused(tpm::ContextLoadIn{bent}, {}, parameter(Rc::integrity, 1), "A context with one bit changed");
    bent = context;
    bent.hierarchy = rh::endorsement;
    chip.refused(tpm::ContextLoadIn{bent}, {}, parameter(Rc::integrity, 1), "A context of another hierarchy");
    chip.ok(tpm::ShutdownIn{tpm::Su::state});
    chip.restart(tpm::Su::state);
    chip.flush(chip.ok(tpm::ContextLoadIn{context}).loaded_handle);
    chip.restart();
    chip.refused(tpm::ContextLoadIn{context}, {}, parameter(Rc::integrity, 1), "A context of before a reset");
}
void session_contexts(Chip& chip) {
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicyAuthValueIn{session});
    const Bytes digest = chip.ok(tpm::PolicyGetDigestIn{session}).policy_digest.value;
    const auto context = chip.ok(tpm::ContextSaveIn{session}).context;
    chip.refused(tpm::PolicyGetDigestIn{session}, {}, Rc::reference_h0, "A session that is saved");
    chip.expect(chip.ok(tpm::ContextLoadIn{context}).loaded_handle == session, "wrong-handle",
                "A session keeps its handle.");
    chip.equal(chip.ok(tpm::PolicyGetDigestIn{session}).policy_digest.value, digest, "It keeps its policy.");
    chip.refused(tpm::ContextLoadIn{context}, {}, parameter(Rc::handle, 1), "A session context loaded twice");
    const auto again = chip.ok(tpm::ContextSaveIn{session}).context;
    chip.flush(session);
    chip.refused(tpm::ContextLoadIn{again}, {}, parameter(Rc::handle, 1),
                 "A session that was flushed while saved");
}
void flushing(Chip& chip) {
    const auto key = chip.primary(rh::owner, storage());
    chip.flush(key.object_handle);
    chip.refused(tpm::FlushContextIn{key.object_handle}, {}, parameter(Rc::handle, 1), "A flushed object");
    chip.refused(tpm::FlushContextIn{rh::owner}, {}, parameter(Rc::value, 1),
                 "TPM2_FlushContext of a hierarchy");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const Refused& row : refused_templates)
        add(cases, row.id, std::string{row.what} + " is refused", {"TPM-OBJ-001"},
            [&row](Chip& chip) { refuse_template(chip, row); });
    add(cases, "template.other", "What else cannot be created is refused", {"TPM-OBJ-001"}, other_refusals);
    add(cases, "object.names", "Names and creation data are those of the standard", {"TPM-OBJ-002"}, names);
    add(cases, "object.deterministic", "Primary keys follow from seed and template", {"TPM-OBJ-003"},
        deterministic);
    add(cases, "object.null-hierarchy", "The NULL seed lives from one TPM reset to the next", {"TPM-OBJ-004"},
        null_hierarchy);
    add(cases, "object.load", "A wrapped object loads under its parent, unchanged", {"TPM-OBJ-005"}, loading);
    add(cases, "object.external", "External keys are checked", {"TPM-OBJ-006"}, external);
    add(cases, "object.persistent", "TPM2_EvictControl keeps what may be kept", {"TPM-OBJ-007"}, persistence);
    add(cases, "context.object", "An object's context loads until the next reset", {"TPM-CTX-001"},
        object_contexts);
    add(cases, "context.session", "A session's context loads once", {"TPM-CTX-002"}, session_contexts);
    add(cases, "context.flush", "TPM2_FlushContext ends objects and sessions", {"TPM-CTX-003"}, flushing);
}

}  // namespace assay::conformance::tpm_topic::object_cases
