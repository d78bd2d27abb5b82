// Symmetric keys at work, and the facts of curves (TPM 2.0 Library 1.59, Part
// 3, 14.6, 15.2, 15.3, 15.5, 17.2).
#include "models/tpm/handlers.hpp"
#include "sim/crypto/cipher.hpp"
#include "sim/crypto/ecc_point.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;
constexpr std::size_t aes_block = 16;

crypto::AesMode aes_mode(Alg mode) {
    switch (mode) {
        case Alg::ctr: return crypto::AesMode::ctr;
        case Alg::ofb: return crypto::AesMode::ofb;
        case Alg::cbc: return crypto::AesMode::cbc;
        case Alg::ecb: return crypto::AesMode::ecb;
        default: return crypto::AesMode::cfb;
    }
}

/// The mode that counts: the key's, or the command's where the key has none. Nothing where they disagree.
std::optional<Alg> mode_of(const Object& key, Alg asked) {
    const Alg own = key.area.symmetric.mode;
    if (own == Alg::null) return asked == Alg::null ? std::nullopt : std::optional{asked};
    return asked == Alg::null || asked == own ? std::optional{own} : std::nullopt;
}

template <class In>
Outcome<In> crypt(Tpm& tpm, const In& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || key->area.type != Alg::symcipher) return at_handle(Rc::key, 1);
    const std::uint32_t needed = in.decrypt != 0 ? oa::decrypt : oa::sign;
    if (key->area.has(oa::restricted) || !key->area.has(needed)) return at_handle(Rc::attributes, 1);
    const auto mode = mode_of(*key, in.mode);
    if (!mode) return at_parameter(Rc::mode, In::mode_number);
    if (in.iv_in.value.size() != (*mode == Alg::ecb ? 0 : aes_block))
        return at_parameter(Rc::size, In::iv_number);
    const bool in_blocks = *mode == Alg::ecb || *mode == Alg::cbc;
    if (in_blocks && in.in_data.value.size() % aes_block != 0) return at_parameter(Rc::size, In::data_number);
    EncryptDecryptOut out{in.in_data, in.iv_in};
    crypto::aes_crypt(aes_mode(*mode), key->sensitive(), out.iv_out.value, out.out_data.value,
                      in.decrypt == 0);
    return out;
}

/// The hash of an HMAC with that key; `number`: of the parameter that asks for one.
Result<Alg, Rc> hmac_hash(const SharedObject& key, Alg asked, std::size_t number) {
    if (!key || key->area.type != Alg::keyedhash) return at_handle(Rc::type, 1);
    if (key->area.has(oa::restricted)) return at_handle(Rc::attributes, 1);
    if (!key->area.has(oa::sign)) return at_handle(Rc::key, 1);
    const TpmtScheme& own = key->area.scheme;
    const Alg chosen = asked != Alg::null ? asked : own.scheme == Alg::hmac ? own.hash_alg : Alg::null;
    const bool fits = chosen != Alg::null && (own.scheme == Alg::null || own.hash_alg == chosen);
    if (!fits) return at_parameter(Rc::value, number);
    return chosen;
}

}  // namespace

Outcome<EncryptDecryptIn> encrypt_decrypt(Tpm& tpm, const EncryptDecryptIn& in) { return crypt(tpm, in); }
Outcome<EncryptDecrypt2In> encrypt_decrypt_2(Tpm& tpm, const EncryptDecrypt2In& in) { return crypt(tpm, in); }

Outcome<HmacIn> hmac(Tpm& tpm, const HmacIn& in) {
    const SharedObject key = tpm.object(in.handle);
    const auto hash = hmac_hash(key, in.hash_alg, 2);
    if (!hash) return hash.error();
    return HmacOut{{crypto::hmac(hash_of(*hash), key->sensitive(), {in.buffer.value})}};
}

Outcome<HmacStartIn> hmac_start(Tpm& tpm, const HmacStartIn& in) {
    const SharedObject key = tpm.object(in.handle);
    const auto hash = hmac_hash(key, in.hash_alg, 2);
    if (!hash) return hash.error();
    const auto handle = tpm.free_slot();
    if (!handle) return Rc::object_memory;
    auto sequence = std::make_unique<Sequence>();
    sequence->auth = tpm.memory.load(Estate::null, in.auth.value);
    sequence->begin_hmac(*hash, key->sensitive(), tpm.memory.ram, tpm.memory.secret_of(Estate::null));
    tpm.slot(*handle).sequence = std::move(sequence);
    return HashSequenceStartOut{*handle};
}

Outcome<EccParametersIn> ecc_parameters(Tpm&, const EccParametersIn& in) {
    crypto::CurveParameters facts = crypto::curve_parameters(key_type(in.curve_id));
    const Alg hash = hash_for(in.curve_id);
    return EccParametersOut{.curve = in.curve_id,
                            .key_size = static_cast<std::uint16_t>(8 * coordinate_size(in.curve_id)),
                            .kdf = TpmtScheme::with(Alg::kdf1_sp800_56a, hash),
                            .p = {std::move(facts.p)},
                            .a = {std::move(facts.a)},
                            .b = {std::move(facts.b)},
                            .g_x = {std::move(facts.x)},
                            .g_y = {std::move(facts.y)},
                            .n = {std::move(facts.order)},
                            .h = {{1}}};
}

}  // namespace assay::tpm
