// Attestation and credentials (Part 1, 24 and 31; Part 3, 12.5, 12.6, 18). Signatures are verified here.
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::attest_cases {
namespace {

namespace rh = tpm::rh;
namespace templates = tpm::templates;
const tpm::TpmlPcrSelection all_pcrs{{tpm::TpmsPcrSelection::mask(Alg::sha256, 0xFF'FFFF)}};

tpm::TpmsAttest read(Chip& chip, const tpm::AttestOut& out, const tpm::TpmtPublic& key) {
    chip.expect(verifies(key, out.attest.value, out.signature), "signature-invalid",
                "The attestation is signed by its key.");
    auto attest = decode<tpm::TpmsAttest>(out.attest.value, tpm::byte_order);
    chip.expect(static_cast<bool>(attest), "malformed-attest",
                "The attestation is whole, with nothing after it.", attest ? "" : attest.error().text());
    return *std::move(attest);
}
tpm::AttestOut quote(Chip& chip, tpm::Handle key, const Bytes& nonce, const tpm::TpmlPcrSelection& pcrs) {
    return chip.ok(tpm::QuoteIn{.sign_handle = key, .qualifying_data = {nonce}, .pcr_select = pcrs},
                   {tpm::password()});
}

void quotes(Chip& chip, const tpm::TpmtPublic& area) {
    chip.extend(3);
    const auto key = chip.primary(rh::endorsement, area);
    const Bytes nonce = chip.random(32);
    const auto out = quote(chip, key.object_handle, nonce, all_pcrs);
    const auto attest = read(chip, out, key.out_public.value);
    chip.trial().attach({.id = "quote",
                         .kind = "quote",
                         .file_name = "quote.bin",
                         .media_type = "application/octet-stream",
                         .content = out.attest.value,
                         .fields = {}});
    chip.expect(attest.type == tpm::Tag::attest_quote, "wrong-type", "It is a quote.");
    chip.equal(attest.extra_data.value, nonce, "It carries the nonce.");
    chip.expect(attest.quote.pcr_select == all_pcrs, "wrong-selection",
                "It covers the PCRs that were asked for.");
    std::vector<Bytes> values;
    for (std::size_t pcr = 0; pcr < tpm::pcr_count; ++pcr) values.push_back(chip.pcr(pcr));
    chip.equal(attest.quote.pcr_digest.value, tpm::pcr_composite(out.signature.hash, values),
               "pcrDigest is the digest of the PCRs, with the hash of the signature.");
    chip.equal(attest.qualified_signer.value,
               tpm::qualified_name(area.name_alg, tpm::name_of(rh::endorsement), key.name.value),
               "It names its signer.");
    const auto again = read(chip, quote(chip, key.object_handle, nonce, {}), key.out_public.value);
    chip.equal(again.quote.pcr_digest.value, tpm::digest(out.signature.hash, {}),
               "A quote of no PCR has the digest of nothing.");
}

void quote_refused(Chip& chip) {
    const auto storage = chip.primary(rh::owner, templates::storage_key(Alg::ecc));
    const tpm::QuoteIn by_storage{.sign_handle = storage.object_handle, .pcr_select = all_pcrs};
    chip.refused(by_storage, {tpm::password()}, handle(Rc::key, 1), "A quote by a storage key");
    chip.refused(tpm::QuoteIn{.sign_handle = rh::null, .pcr_select = all_pcrs}, {tpm::password()},
                 parameter(Rc::scheme, 2), "A quote by nobody");
    const auto key = chip.primary(rh::owner, templates::attestation_key(Alg::ecc));
    tpm::QuoteIn in{.sign_handle = key.object_handle,
                    .in_scheme = tpm::TpmtScheme::with(Alg::ecdsa, Alg::sha384),
                    .pcr_select = all_pcrs};
    chip.refused(in, {tpm::password()}, parameter(Rc::scheme, 2), "Another scheme than the key's");
    const tpm::TpmsAuthCommand session = tpm::password();
    chip.refused_bytes(
        tpm::assemble_command(tpm::Cc::quote, tpm::name_of(key.object_handle), {&session, 1},
                              concat({*from_hex("0043"), Bytes(67), *from_hex("0010 00000000")})),
        {parameter(Rc::size, 1)}, "qualifyingData of 67 bytes");
}

void clock_and_counters(Chip& chip) {
    const auto attest_now = [&](tpm::Handle hierarchy) {
        const auto key = chip.primary(hierarchy, templates::attestation_key(Alg::ecc));
        const auto out = read(chip, quote(chip, key.object_handle, {}, {}), key.out_public.value);
        chip.flush(key.object_handle);
        return out;
    };
    const auto fixed = chip.ok(tpm::GetCapabilityIn{tpm::Cap::tpm_properties, 0x10B, 2})
                           .capability_data.tpm_properties.items;
    chip.expect(fixed.size() == 2, "wrong-count", "The firmware version is told.");
    const std::uint64_t firmware = std::uint64_t{fixed[0].value} << 32 | fixed[1].value;
    const auto first = attest_now(rh::endorsement), hidden = attest_now(rh::owner);
    chip.expect(first.firmware_version == firmware, "wrong-firmware",
                "Endorsement keys see the firmware version.");
    chip.expect(hidden.firmware_version != firmware, "not-hidden", "Keys of the owner do not.");
    chip.ok(tpm::ShutdownIn{tpm::Su::clear});  // without it Clock may go back to where it was last saved
    chip.restart();
    const auto second = attest_now(rh::endorsement), hidden_now = attest_now(rh::owner);
    chip.expect(second.clock_info.reset_count == first.clock_info.reset_count + 1, "reset-count",
                "A TPM reset counts.");
    chip.expect(second.clock_info.restart_count == 0, "restart-count",
                "A TPM reset begins restartCount anew.");
    chip.expect(hidden_now.clock_info.reset_count == hidden.clock_info.reset_count + 1 &&
                    hidden_now.firmware_version == hidden.firmware_version,
                "not-constant", "What hides the counters is constant for a key.");
    chip.expect(second.clock_info.clock >= first.clock_info.clock, "clock", "Clock does not go back.");
    chip.ok(tpm::ShutdownIn{tpm::Su::state});
    chip.restart(tpm::Su::state);
    const auto third = attest_now(rh::endorsement);
    chip.expect(third.clock_info.reset_count == second.clock_info.reset_count &&
                    third.clock_info.restart_count == second.clock_info.restart_count + 1,
                "restart-count", "A TPM resume counts as a restart.");
}

void certify(Chip& chip) {
    const auto key = chip.primary(rh::endorsement, templates::attestation_key(Alg::rsa));
    const auto object = chip.primary(rh::owner, templates::storage_key(Alg::ecc));
    const Bytes nonce = chip.random(20);
    const auto attest = read(chip,
                             chip.ok(tpm::CertifyIn{.object_handle = object.object_handle,
                                                    .sign_handle = key.object_handle,
                                                    .qualifying_data = {nonce}},
                                     {tpm::password(), tpm::password()}),
                             key.out_public.value);
    chip.equal(attest.certify.name.value, object.name.value, "TPM2_Certify names the object.");
    chip.equal(attest.certify.qualified_name.value,
               tpm::qualified_name(Alg::sha256, tpm::name_of(rh::owner), object.name.value),
               "It tells the qualified Name.");
    chip.equal(attest.extra_data.value, nonce, "It carries the nonce.");

    tpm::CertifyCreationIn creation{.sign_handle = key.object_handle,
                                    .object_handle = object.object_handle,
                                    .creation_hash = object.creation_hash,
                                    .creation_ticket = object.creation_ticket};
    const auto created = read(chip, chip.ok(creation, {tpm::password()}), key.out_public.value);
    chip.equal(created.creation.object_name.value, object.name.value,
               "TPM2_CertifyCreation names the object.");
    chip.equal(created.creation.creation_hash.value, object.creation_hash.value,
               "It carries the creation hash.");
    creation.creation_ticket.digest.value[0] ^= 1;
    chip.refused(creation, {tpm::password()}, parameter(Rc::ticket, 4), "A ticket with one bit changed");
    creation.creation_ticket = object.creation_ticket;
    creation.object_handle = key.object_handle;
    chip.refused(creation, {tpm::password()}, parameter(Rc::ticket, 4), "The ticket of another object");
}

void no_forged_attestation(Chip& chip) {
    const auto key = chip.primary(rh::owner, templates::attestation_key(Alg::ecc));
    const auto hashed = [&](const Bytes& data) {
        return chip.ok(tpm::HashIn{{data}, Alg::sha256, rh::owner});
    };
    tpm::SignIn in{.key_handle = key.object_handle, .digest = {chip.random(32)}};
    chip.refused(in, {tpm::password()}, parameter(Rc::ticket, 3), "A digest without a ticket");
    const auto honest = hashed(Bytes{'d', 'a', 't', 'a'});
    in.digest = honest.out_hash;
    in.validation = honest.validation;
    const auto out = chip.ok(in, {tpm::password()});
    chip.expect(verifies(key.out_public.value, as_bytes("data"), out.signature), "signature-invalid",
                "A digest that the TPM has made is signed.");
    in.digest.value[3] ^= 1;
    chip.refused(in, {tpm::password()}, parameter(Rc::ticket, 3), "Another digest with that ticket");
    const auto forged = hashed(*from_hex("ff544347 8018 0000"));
    chip.expect(forged.validation.digest.value.empty() && forged.validation.hierarchy == rh::null, "ticket",
                "Data that begin like an attestation get no ticket.");
    in.digest = forged.out_hash;
    in.validation = forged.validation;
    chip.refused(in, {tpm::password()}, parameter(Rc::ticket, 3), "A forged attestation");
    const tpm::Handle sequence = chip.ok(tpm::HashSequenceStartIn{.hash_alg = Alg::sha256}).sequence_handle;
    chip.ok(tpm::SequenceUpdateIn{sequence, {*from_hex("ff54")}}, {tpm::password()});
    const auto cut =
        chip.ok(tpm::SequenceCompleteIn{sequence, {*from_hex("4347 8018")}, rh::owner}, {tpm::password()});
    chip.expect(cut.validation.digest.value.empty(), "ticket", "Nor when it comes in pieces.");
}

tpm::TpmsAuthCommand endorsement_session(Chip& chip) {
    const tpm::Handle session = chip.session(tpm::Se::policy);
    chip.ok(tpm::PolicySecretIn{.auth_handle = rh::endorsement, .policy_session = session},
            {tpm::password()});
    return tpm::policy(session, true);
}

/// TPM2_MakeCredential and TPM2_ActivateCredential (Part 1, 24).
void credential(Chip& chip, Alg type) {
    const auto ek = chip.primary(rh::endorsement, templates::endorsement_key(type));
    const auto ak = chip.primary(rh::endorsement, templates::attestation_key(Alg::ecc));
    const Bytes challenge = chip.random(32);
    const auto by_tpm = [&] {
        tpm::MakeCredentialIn in{.handle = ek.object_handle, .object_name = ak.name};
        in.credential = Bytes{challenge};
        return chip.ok(in);
    }();
    tpm::ActivateCredentialIn in{ak.object_handle, ek.object_handle, by_tpm.credential_blob, by_tpm.secret};
    chip.equal(chip.ok(in, {tpm::password(), endorsement_session(chip)}).cert_info.value, challenge,
               "The credential comes out.");
    chip.refused(in, {tpm::password(), tpm::password()}, Rc::auth_unavailable,
                 "The endorsement key by password");
    auto bent = in;
    bent.credential_blob.value.back() ^= 1;
    chip.refused(bent, {tpm::password(), endorsement_session(chip)}, parameter(Rc::integrity, 1),
                 "A credential with one bit changed");
    const auto other = chip.primary(rh::endorsement, templates::attestation_key(Alg::rsa));
    bent = in;
    bent.activate_handle = other.object_handle;
    chip.refused(bent, {tpm::password(), endorsement_session(chip)}, parameter(Rc::integrity, 1),
                 "A credential for another key");
}

void endorsement_key(Chip& chip) {
    const auto first = chip.primary(rh::endorsement, templates::endorsement_key(Alg::rsa));
    chip.flush(first.object_handle);
    chip.restart();
    chip.equal(chip.primary(rh::endorsement, templates::endorsement_key(Alg::rsa)).name.value,
               first.name.value, "The endorsement key is the same after a reset.");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    add(cases, "quote.ecdsa-p256", "A quote with ECDSA P-256 holds", {"TPM-QUOTE-001"},
        [](Chip& chip) { quotes(chip, templates::attestation_key(Alg::ecc)); });
    add(cases, "quote.ecdsa-p384", "A quote with ECDSA P-384 and SHA-384 holds", {"TPM-QUOTE-001"},
        [](Chip& chip) { quotes(chip, templates::attestation_key(Alg::ecc, tpm::Curve::p384)); });
    add(cases, "quote.rsassa", "A quote with RSASSA holds", {"TPM-QUOTE-001"},
        [](Chip& chip) { quotes(chip, templates::attestation_key(Alg::rsa)); });
    add(cases, "quote.rsapss", "A quote with RSAPSS holds", {"TPM-QUOTE-001"}, [](Chip& chip) {
        auto area = templates::attestation_key(Alg::rsa);
        area.scheme.scheme = Alg::rsapss;
        quotes(chip, area);
    });
    add(cases, "quote.refused", "Quotes that cannot be are refused", {"TPM-QUOTE-002"}, quote_refused);
    add(cases, "attest.counters", "Attestations tell resets, restarts and firmware, to the right keys",
        {"TPM-ATT-001"}, clock_and_counters);
    add(cases, "attest.certify", "Objects and their creation are certified", {"TPM-ATT-002"}, certify);
    add(cases, "attest.no-forgery", "A restricted key signs nothing that looks like an attestation",
        {"TPM-ATT-003"}, no_forged_attestation);
    add(cases, "credential.rsa", "A credential reaches the key it was made for, under an RSA endorsement key",
        {"TPM-CRED-001"}, [](Chip& chip) { credential(chip, Alg::rsa); });
    add(cases, "credential.ecc", "The same under an ECC endorsement key", {"TPM-CRED-001"},
        [](Chip& chip) { credential(chip, Alg::ecc); });
    add(cases, "credential.endorsement-key", "The endorsement key lives on", {"TPM-CRED-002"},
        endorsement_key);
}

}  // namespace assay::conformance::tpm_topic::attest_cases
