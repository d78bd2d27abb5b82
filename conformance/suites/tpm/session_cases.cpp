// HMAC sessions, parameter encryption, dictionary attack (Part 1, 19 and 21).
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::session_cases {
namespace {

namespace sa = tpm::session_attribute;
using tpm::ClientSession;
namespace rh = tpm::rh;

struct Opened {
    tpm::StartAuthSessionIn in;
    tpm::SessionSecrets secrets;
    std::optional<ClientSession> session;
};
Opened open(Chip& chip, tpm::StartAuthSessionIn in, Bytes bind_auth = {}, Bytes salt = {}) {
    in.nonce_caller.value = chip.random(tpm::digest_size(in.auth_hash));
    Opened out{
        in, {in.nonce_caller.value, in.auth_hash, in.symmetric, std::move(bind_auth), std::move(salt)}, {}};
    out.session.emplace(chip.ok(in), out.secrets, chip.trial().random());
    return out;
}

template <class In>
typename In::Out answered(Chip& chip, ClientSession& session, const In& in, const std::vector<Bytes>& names,
                          ByteView auth = {}, std::optional<Bytes> new_auth = {}) {
    const Bytes response = chip.send(session.command(in, names, auth));
    auto out = session.response<typename In::Out>(response, std::move(new_auth));
    chip.expect(static_cast<bool>(out), "session-answer",
                "The command succeeds and its response HMAC is right.", out ? "" : out.error().text());
    return *std::move(out);
}

Chip::Child sealed(Chip& chip, ByteView data, ByteView auth, bool no_da = false) {
    const auto parent = chip.primary(rh::owner, tpm::templates::storage_key(Alg::ecc));
    auto area = tpm::templates::sealed_data();
    if (no_da) area.object_attributes |= tpm::object_attribute::no_da;
    auto out = chip.child(parent.object_handle, area, data, auth);
    chip.flush(parent.object_handle);
    return out;
}

void unseal_by(Chip& chip, const tpm::TpmtSymDef& symmetric, Alg salted_by, Alg hash) {
    const Bytes data = chip.random(20), auth{1, 2, 3};
    const auto item = sealed(chip, data, auth);
    tpm::StartAuthSessionIn start{.symmetric = symmetric, .auth_hash = hash};
    Bytes salt;
    if (salted_by != Alg::null) {
        const auto key = chip.primary(rh::null, tpm::templates::storage_key(salted_by));
        const Shared shared = share(chip, key.out_public.value, "SECRET");
        start.tpm_key = key.object_handle;
        start.encrypted_salt.value = shared.encrypted;
        salt = shared.secret;
    }
    auto opened = open(chip, start, {}, salt);
    const bool encrypts = symmetric.algorithm != Alg::null;
    if (encrypts) opened.session->attributes |= sa::encrypt;
    for (int again = 0; again < 2; ++again) {
        const Bytes response =
            chip.send(opened.session->command(tpm::UnsealIn{item.handle}, {item.name}, auth));
        const auto out = opened.session->response<tpm::UnsealOut>(response);
        chip.expect(static_cast<bool>(out), "session-answer",
                    "The command succeeds and its response HMAC is right.", out ? "" : out.error().text());
        chip.equal(out->out_data.value, data, "The session gives what was sealed.");
        if (encrypts)
            chip.expect(std::ranges::search(response, data).empty(), "not-encrypted",
                        "An encrypted parameter does not show on the wire.");
    }
}

void wrong_hmac(Chip& chip) {
    auto opened = open(chip, {});
    tpm::HierarchyChangeAuthIn change{.auth_handle = rh::platform};
    Bytes command = opened.session->command(change, {tpm::name_of(rh::platform)});
    constexpr std::size_t hmac_end = 2;  // before the empty parameter
    command[command.size() - hmac_end - 1] ^= 1;
    chip.refused_bytes(command, {session(Rc::bad_auth, 1)}, "A wrong HMAC");
    command[command.size() - hmac_end - 1] ^= 1;
    chip.expect(chip.rc_of(command) == Rc::success, "command-refused",
                "After a wrong HMAC the session goes on.");
    chip.refused_bytes(command, {session(Rc::bad_auth, 1)}, "The same command sent again");
}

void hmac_over_names(Chip& chip) {
    auto opened = open(chip, {});
    tpm::HierarchyChangeAuthIn change{.auth_handle = rh::platform};
    chip.refused_bytes(opened.session->command(change, {tpm::name_of(rh::owner)}), {session(Rc::bad_auth, 1)},
                       "An HMAC over the Name of another entity");
}

void bound(Chip& chip) {
    const Bytes old_auth{5, 5, 5}, new_auth{6, 6};
    tpm::HierarchyChangeAuthIn change{.auth_handle = rh::owner};
    change.new_auth = Bytes{old_auth};
    chip.ok(change, {tpm::password()});
    auto opened = open(chip, {.bind = rh::owner}, old_auth);
    opened.session->auth_value_in_key = false;
    change.new_auth = Bytes{new_auth};
    // The answer is keyed with the authValue as it is now: the entity is no longer the bound one, but the
    // session was bound to it when the command came.
    answered(chip, *opened.session, change, {tpm::name_of(rh::owner)}, old_auth, new_auth);
    opened.session->auth_value_in_key = true;
    answered(chip, *opened.session, change, {tpm::name_of(rh::owner)}, new_auth, new_auth);
}

void new_auth_in_answer(Chip& chip) {
    auto opened = open(chip, {});
    tpm::HierarchyChangeAuthIn change{.auth_handle = rh::owner};
    change.new_auth = Bytes{1, 2, 3};
    answered(chip, *opened.session, change, {tpm::name_of(rh::owner)}, {}, Bytes{1, 2, 3});
    chip.refused(tpm::HierarchyChangeAuthIn{.auth_handle = rh::owner}, {tpm::password()},
                 session(Rc::bad_auth, 1), "The old authValue of the owner");
    chip.ok(tpm::HierarchyChangeAuthIn{.auth_handle = rh::owner}, {tpm::password(Bytes{1, 2, 3})});
}

void decrypts(Chip& chip, const tpm::TpmtSymDef& symmetric) {
    auto opened = open(chip, {.symmetric = symmetric});
    opened.session->attributes |= sa::decrypt;
    tpm::HierarchyChangeAuthIn change{.auth_handle = rh::owner};
    change.new_auth = Bytes{9, 9, 9, 9};
    answered(chip, *opened.session, change, {tpm::name_of(rh::owner)}, {}, Bytes{9, 9, 9, 9});
    chip.ok(tpm::HierarchyChangeAuthIn{.auth_handle = rh::owner}, {tpm::password(Bytes{9, 9, 9, 9})});
}

void attributes_of_no_use(Chip& chip) {
    auto plain = open(chip, {});
    plain.session->attributes = sa::continue_session | sa::encrypt;
    chip.refused_bytes(plain.session->command(tpm::GetRandomIn{8}, {}), {session(Rc::symmetric, 1)},
                       "Encryption in a session without a cipher");
    auto cipher = open(chip, {.symmetric = tpm::TpmtSymDef::aes_cfb(128)});
    cipher.session->attributes = sa::continue_session | sa::decrypt;
    chip.refused_bytes(cipher.session->command(tpm::GetRandomIn{8}, {}), {session(Rc::attributes, 1)},
                       "Decryption for a command whose first parameter is no sized buffer");
    cipher.session->attributes = sa::continue_session;
    chip.refused_bytes(cipher.session->command(tpm::GetRandomIn{8}, {}), {session(Rc::attributes, 1)},
                       "A session that neither authorizes nor encrypts nor audits");
    cipher.session->attributes = sa::continue_session | sa::encrypt;
    chip.expect(answered(chip, *cipher.session, tpm::GetRandomIn{8}, {}).random_bytes.value.size() == 8,
                "wrong-size", "A session that authorizes nothing encrypts an answer.");
}

void session_ends(Chip& chip) {
    auto opened = open(chip, {});
    opened.session->attributes = 0;
    answered(chip, *opened.session, tpm::HierarchyChangeAuthIn{.auth_handle = rh::owner},
             {tpm::name_of(rh::owner)});
    chip.refused(tpm::FlushContextIn{opened.session->handle()}, {}, parameter(Rc::handle, 1),
                 "A session after a command without continueSession");
}

void starting_sessions(Chip& chip) {
    tpm::StartAuthSessionIn in{.nonce_caller = {Bytes(15, 1)}};
    chip.refused(in, {}, parameter(Rc::size, 1), "A nonceCaller of 15 bytes");
    in.nonce_caller.value = Bytes(33, 1);
    chip.refused(in, {}, parameter(Rc::size, 1), "A nonceCaller longer than the digest");
    in.nonce_caller.value = Bytes(32, 1);
    in.encrypted_salt.value = Bytes(32, 1);
    chip.refused(in, {}, parameter(Rc::value, 2), "A salt without a key");
    in.encrypted_salt.value.clear();
    in.session_type = tpm::Se{2};
    chip.refused(in, {}, parameter(Rc::value, 3), "An unknown session type");
    in.session_type = tpm::Se::hmac;
    in.symmetric = {.algorithm = Alg::aes, .key_bits = 128, .mode = Alg::cbc};
    chip.refused(in, {}, parameter(Rc::mode, 4), "A session cipher in CBC mode");
    in.symmetric = {};
    in.auth_hash = Alg::null;
    chip.refused(in, {}, parameter(Rc::hash, 5), "A session without a hash");
}

void lockout(Chip& chip) {
    const auto item = sealed(chip, Bytes{1}, Bytes{7, 7});
    for (int i = 0; i < 3; ++i)
        chip.refused(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{8})}, session(Rc::auth_fail, 1),
                     "A wrong password of a protected object");
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{7, 7})}, Rc::lockout,
                 "The right password after three wrong ones");
    chip.ok(tpm::DictionaryAttackLockResetIn{}, {tpm::password()});
    chip.ok(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{7, 7})});
}

void exempt(Chip& chip) {
    const auto item = sealed(chip, Bytes{1}, Bytes{7, 7}, true);
    for (int i = 0; i < 5; ++i)
        chip.refused(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{8})}, session(Rc::bad_auth, 1),
                     "A wrong password of an object with noDA");
    chip.ok(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{7, 7})});
}

void trailing_zeros(Chip& chip) {
    const auto item = sealed(chip, Bytes{1, 2}, Bytes{7, 7});
    chip.ok(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{7, 7, 0, 0})});
    chip.refused(tpm::UnsealIn{item.handle}, {tpm::password(Bytes{0, 7, 7})}, session(Rc::auth_fail, 1),
                 "A password with a zero in front");
}

struct Combination {
    const char* id;
    const char* title;
    tpm::TpmtSymDef symmetric;
    Alg salt;
    Alg hash;
};

}  // namespace

void add_all(std::vector<Case>& cases) {
    const std::array combinations{
        Combination{
            "session.hmac", "An unbound, unsalted HMAC session authorizes", {}, Alg::null, Alg::sha256},
        Combination{"session.hmac-sha384", "The same with SHA-384", {}, Alg::null, Alg::sha384},
        Combination{
            "session.salted-rsa", "A session salted by an RSA key authorizes", {}, Alg::rsa, Alg::sha256},
        Combination{
            "session.salted-ecc", "A session salted by an ECC key authorizes", {}, Alg::ecc, Alg::sha256},
        Combination{"session.encrypt-aes-128", "Answers are encrypted with AES-128-CFB",
                    tpm::TpmtSymDef::aes_cfb(128), Alg::null, Alg::sha256},
        Combination{"session.encrypt-aes-256", "Answers are encrypted with AES-256-CFB under a salt",
                    tpm::TpmtSymDef::aes_cfb(256), Alg::rsa, Alg::sha256},
        Combination{"session.encrypt-xor", "Answers are encrypted with XOR under a salt",
                    tpm::TpmtSymDef::xor_with(Alg::sha256), Alg::ecc, Alg::sha256},
    };
    for (const Combination& row : combinations)
        add(cases, row.id, row.title, {row.symmetric.algorithm == Alg::null ? "TPM-SES-001" : "TPM-SES-002"},
            [row](Chip& chip) { unseal_by(chip, row.symmetric, row.salt, row.hash); });
    add(cases, "session.wrong-hmac", "A wrong HMAC and a repeated command are refused", {"TPM-SES-003"},
        wrong_hmac);
    add(cases, "session.names", "The HMAC covers the Names of the handles", {"TPM-SES-003"}, hmac_over_names);
    add(cases, "session.bound", "A bound session leaves the authValue out until it changes", {"TPM-SES-004"},
        bound);
    add(cases, "session.new-auth", "The response HMAC is keyed with the new authValue", {"TPM-SES-005"},
        new_auth_in_answer);
    add(cases, "session.decrypt-aes", "A command parameter is decrypted with AES-128-CFB", {"TPM-SES-002"},
        [](Chip& chip) { decrypts(chip, tpm::TpmtSymDef::aes_cfb(128)); });
    add(cases, "session.decrypt-xor", "A command parameter is decrypted with XOR", {"TPM-SES-002"},
        [](Chip& chip) { decrypts(chip, tpm::TpmtSymDef::xor_with(Alg::sha256)); });
    add(cases, "session.attributes", "Attributes that cannot be used are refused", {"TPM-SES-006"},
        attributes_of_no_use);
    add(cases, "session.ends", "A session without continueSession ends with its command", {"TPM-SES-007"},
        session_ends);
    add(cases, "session.start-refused", "Sessions that cannot be are refused with the parameter at fault",
        {"TPM-SES-008"}, starting_sessions);
    add(cases, "auth.lockout", "Three wrong passwords lock protected objects out", {"TPM-DA-001"}, lockout);
    add(cases, "auth.no-da", "An object with noDA is not counted", {"TPM-DA-002"}, exempt);
    add(cases, "auth.trailing-zeros", "Zeros at the end of a password do not count", {"TPM-AUTH-005"},
        trailing_zeros);
}

}  // namespace assay::conformance::tpm_topic::session_cases
