// The caller's side of an HMAC or policy session (TPM 2.0 Library 1.59, Part 1, 19 and 21): HMACs, rolling
// nonces, encrypted first parameters. Bytes only, so that it drives any transport:
//
//     ClientSession session{started, {.nonce_caller = nonce, .symmetric = TpmtSymDef::aes_cfb(128)}};
//     session.attributes = session_attribute::continue_session | session_attribute::encrypt;
//     const Bytes command = session.command(UnsealIn{.item_handle = item}, {item_name}, auth_value);
//     const auto data = session.response<UnsealOut>(exchange(command));
#pragma once
#include "models/tpm/commands.hpp"
#include "models/tpm/kdf.hpp"
#include "sim/base/random.hpp"

namespace assay::tpm {

/// What the caller knows about a session that it has started.
struct SessionSecrets {
    Bytes nonce_caller{};  // of TPM2_StartAuthSession
    Alg auth_hash = Alg::sha256;
    TpmtSymDef symmetric{};
    Bytes bind_auth{};  // authValue of the entity that the session is bound to
    Bytes salt{};
};

class ClientSession {
public:
    ClientSession(const StartAuthSessionOut& started, const SessionSecrets& secrets, Random& random);

    std::uint8_t attributes = session_attribute::continue_session;
    /// Of a command whose first handle this session authorizes, and whose entity it is not bound to (or, for
    /// a policy session, after PolicyAuthValue): whether authValue is a part of the HMAC key.
    bool auth_value_in_key = true;

    Handle handle() const { return handle_; }
    ByteView nonce_tpm() const { return nonce_tpm_; }

    /// The whole command with this session as its only one. `names`: of its handles, in order. `auth`: the
    /// authValue of the first handle, empty where the session authorizes none.
    template <class In>
    Bytes command(const In& in, const std::vector<Bytes>& names, ByteView auth = {}) {
        Bytes handles, parameters;
        Writer{handles, byte_order}.put_members(in, handles_of<In>());
        Writer{parameters, byte_order}.put(in);
        return seal(In::cc, handles, std::move(parameters), names, auth);
    }
    /// Checks the response HMAC, rolls the nonce, decrypts. `new_auth`: where the command has changed the
    /// authValue.
    template <class Out>
    Result<Out, ResponseError> response(ByteView response, std::optional<Bytes> new_auth = {}) {
        auto parts = open(response, handle_count<Out>, std::move(new_auth));
        if (!parts) return parts.error();
        Out out{};
        Reader handles{parts->handles, byte_order};
        if (!handles.get_members(out, handles_of<Out>()))
            return ResponseError{.what = handles.error().text()};
        Reader reader{parts->parameters, byte_order};
        if (!reader.get(out) || !reader.finish()) return ResponseError{.what = reader.error().text()};
        return out;
    }

private:
    Bytes seal(Cc cc, ByteView handles, Bytes parameters, const std::vector<Bytes>& names, ByteView auth);
    Result<ResponseParts, ResponseError> open(ByteView response, std::size_t handles,
                                              std::optional<Bytes> new_auth);
    Bytes hmac(ByteView digest, ByteView newer, ByteView older, std::uint8_t flags) const;
    void crypt(Bytes& parameters, ByteView newer, ByteView older, bool encrypt) const;

    Handle handle_;
    Alg hash_;
    TpmtSymDef symmetric_;
    Bytes nonce_caller_;
    Bytes nonce_tpm_;
    Secret session_key_;
    Bytes auth_;
    Cc cc_{};
    Random& random_;
};

/// cpHash and rpHash (Part 1, 18.7 and 18.8); `parameters` as sent.
Bytes cp_hash(Alg hash, Cc cc, std::span<const Bytes> names, ByteView parameters);
Bytes rp_hash(Alg hash, Cc cc, ByteView parameters);

/// Encrypts (or decrypts) the content of the first parameter, a TPM2B at the start of `parameters`, under
/// sessionKey || authValue. False when there is no whole TPM2B.
bool crypt_first_parameter(std::span<std::uint8_t> parameters, const TpmtSymDef& symmetric, Alg hash,
                           ByteView key, ByteView nonce_newer, ByteView nonce_older, bool encrypt);

}  // namespace assay::tpm
