#include "models/tpm/client_session.hpp"

#include "models/tpm/digests.hpp"
#include "sim/crypto/cipher.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {

Bytes cp_hash(Alg hash, Cc cc, std::span<const Bytes> names, ByteView parameters) {
    crypto::Hasher hasher{hash_of(hash)};
    hasher.update(store(static_cast<std::uint32_t>(cc), byte_order));
    for (const Bytes& name : names) hasher.update(name);
    hasher.update(parameters);
    return hasher.finish();
}

Bytes rp_hash(Alg hash, Cc cc, ByteView parameters) {
    return digest(hash, {store(std::uint32_t{0}, byte_order),
                         store(static_cast<std::uint32_t>(cc), byte_order), parameters});
}

bool crypt_first_parameter(std::span<std::uint8_t> parameters, const TpmtSymDef& symmetric, Alg hash,
                           ByteView key, ByteView nonce_newer, ByteView nonce_older, bool encrypt) {
    constexpr std::size_t size_field = sizeof(std::uint16_t), iv_size = 16;
    if (parameters.size() < size_field) return false;
    const std::size_t size = load<std::uint16_t>(parameters, byte_order);
    if (size > parameters.size() - size_field) return false;
    const std::span<std::uint8_t> data = parameters.subspan(size_field, size);
    if (symmetric.algorithm == Alg::xor_) {
        xor_obfuscate(symmetric.xor_hash, key, nonce_newer, nonce_older, data);
        return true;
    }
    const std::size_t key_size = symmetric.key_bits / 8U;
    const Secret material = kdfa(hash, key, "CFB", nonce_newer, nonce_older, 8 * (key_size + iv_size));
    const ByteView aes_key = material.bytes().first(key_size), iv = material.bytes().subspan(key_size);
    encrypt ? crypto::aes_cfb_encrypt(aes_key, iv, data) : crypto::aes_cfb_decrypt(aes_key, iv, data);
    return true;
}

ClientSession::ClientSession(const StartAuthSessionOut& started, const SessionSecrets& secrets,
                             Random& random)
    : handle_(started.session_handle),
      hash_(secrets.auth_hash),
      symmetric_(secrets.symmetric),
      nonce_caller_(secrets.nonce_caller),
      nonce_tpm_(started.nonce_tpm.value),
      random_(random) {
    if (secrets.bind_auth.empty() && secrets.salt.empty()) return;
    const Bytes key = concat({without_trailing_zeros(secrets.bind_auth), secrets.salt});
    session_key_ = kdfa(hash_, key, "ATH", nonce_tpm_, nonce_caller_, 8 * digest_size(hash_));
}

Bytes ClientSession::hmac(ByteView digest, ByteView newer, ByteView older, std::uint8_t flags) const {
    const Bytes key = concat({session_key_.bytes(), auth_value_in_key ? ByteView{auth_} : ByteView{}});
    return crypto::hmac(hash_of(hash_), key, {digest, newer, older, {&flags, 1}});
}

void ClientSession::crypt(Bytes& parameters, ByteView newer, ByteView older, bool encrypt) const {
    const Bytes key = concat({session_key_.bytes(), auth_});
    crypt_first_parameter(parameters, symmetric_, hash_, key, newer, older, encrypt);
}

Bytes ClientSession::seal(Cc cc, ByteView handles, Bytes parameters, const std::vector<Bytes>& names,
                          ByteView auth) {
    cc_ = cc;
    auth = without_trailing_zeros(auth);
    auth_.assign(auth.begin(), auth.end());
    random_.fill(nonce_caller_);
    if ((attributes & session_attribute::decrypt) != 0) crypt(parameters, nonce_caller_, nonce_tpm_, true);
    TpmsAuthCommand session;
    session.session_handle = handle_;
    session.nonce.value = nonce_caller_;
    session.session_attributes = attributes;
    session.hmac = hmac(cp_hash(hash_, cc, names, parameters), nonce_caller_, nonce_tpm_, attributes);
    return assemble_command(cc, handles, {&session, 1}, parameters);
}

Result<ResponseParts, ResponseError> ClientSession::open(ByteView response, std::size_t handles,
                                                         std::optional<Bytes> new_auth) {
    auto parts = split_response(response, handles);
    if (!parts) return parts.error();
    if (parts->sessions.size() != 1) return ResponseError{.what = "the response has no session of ours"};
    const TpmsAuthResponse& session = parts->sessions[0];
    if (new_auth) {
        const ByteView stripped = without_trailing_zeros(*new_auth);
        auth_.assign(stripped.begin(), stripped.end());
    }
    nonce_tpm_ = session.nonce.value;
    const Bytes expected =
        hmac(rp_hash(hash_, cc_, parts->parameters), nonce_tpm_, nonce_caller_, session.session_attributes);
    if (!crypto::equal_in_constant_time(expected, session.hmac.value))
        return ResponseError{.what = "the response HMAC is wrong"};
    if ((attributes & session_attribute::encrypt) != 0)
        crypt(parts->parameters, nonce_tpm_, nonce_caller_, false);
    return parts;
}

}  // namespace assay::tpm
