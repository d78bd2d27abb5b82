// Messages: symmetric keys at work, and the facts of curves (TPM 2.0 Library 1.59, Part
// 3, 14.6, 15.2, 15.3, 15.5, 17.2).
#pragma once
#include "models/tpm/messages_pcr.hpp"

namespace assay::tpm {

namespace rule {
/// TPMI_ALG_CIPHER_MODE+ (Part 2, 9.37).
constexpr Rc cipher_mode(Alg mode) {
    return unless(mode == Alg::null || (mode >= Alg::ctr && mode <= Alg::ecb), Rc::mode);
}
}  // namespace rule

using Tpm2bIv = Tpm2b<16>;

/// TPM2_EncryptDecrypt (15.2) and TPM2_EncryptDecrypt2 (15.3), which has its data first, where a session
/// encrypts it.
struct EncryptDecryptOut {
    SecretTpm2b<1024> out_data{};
    Tpm2bIv iv_out{};
    static constexpr auto wire() {
        using O = EncryptDecryptOut;
        return std::tuple{field("outData", &O::out_data), field("ivOut", &O::iv_out)};
    }
};
struct EncryptDecryptIn {
    static constexpr Cc cc = Cc::encrypt_decrypt;
    using Out = EncryptDecryptOut;
    static constexpr std::size_t data_number = 4, mode_number = 2, iv_number = 3;
    Handle key_handle = 0;
    std::uint8_t decrypt = 0;
    Alg mode = Alg::null;
    Tpm2bIv iv_in{};
    SecretTpm2b<1024> in_data{};
    static constexpr auto handles() {
        return std::tuple{ruled<&EncryptDecryptIn::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = EncryptDecryptIn;
        return std::tuple{ruled<&I::decrypt, rule::yes_no>("decrypt"),
                          ruled<&I::mode, rule::cipher_mode>("mode"), field("ivIn", &I::iv_in),
                          field("inData", &I::in_data)};
    }
};
struct EncryptDecrypt2In {
    static constexpr Cc cc = Cc::encrypt_decrypt_2;
    using Out = EncryptDecryptOut;
    static constexpr std::size_t data_number = 1, mode_number = 3, iv_number = 4;
    Handle key_handle = 0;
    SecretTpm2b<1024> in_data{};
    std::uint8_t decrypt = 0;
    Alg mode = Alg::null;
    Tpm2bIv iv_in{};
    static constexpr auto handles() {
        return std::tuple{ruled<&EncryptDecrypt2In::key_handle, rule::object>("keyHandle")};
    }
    static constexpr auto wire() {
        using I = EncryptDecrypt2In;
        return std::tuple{field("inData", &I::in_data), ruled<&I::decrypt, rule::yes_no>("decrypt"),
                          ruled<&I::mode, rule::cipher_mode>("mode"), field("ivIn", &I::iv_in)};
    }
};

/// TPM2_HMAC (15.5), TPM2_HMAC_Start (17.2). TPM_ALG_NULL: the hash of the key's scheme.
struct HmacOut {
    Tpm2bDigest out_hmac{};
    static constexpr auto wire() { return std::tuple{field("outHMAC", &HmacOut::out_hmac)}; }
};
struct HmacIn {
    static constexpr Cc cc = Cc::hmac;
    using Out = HmacOut;
    Handle handle = 0;
    Tpm2bMaxBuffer buffer{};
    Alg hash_alg = Alg::null;
    static constexpr auto handles() { return std::tuple{ruled<&HmacIn::handle, rule::object>("handle")}; }
    static constexpr auto wire() {
        return std::tuple{field("buffer", &HmacIn::buffer),
                          ruled<&HmacIn::hash_alg, rule::hash_or_null>("hashAlg")};
    }
};
struct HmacStartIn {
    static constexpr Cc cc = Cc::hmac_start;
    using Out = HashSequenceStartOut;
    Handle handle = 0;
    Tpm2bAuth auth{};
    Alg hash_alg = Alg::null;
    static constexpr auto handles() {
        return std::tuple{ruled<&HmacStartIn::handle, rule::object>("handle")};
    }
    static constexpr auto wire() {
        using I = HmacStartIn;
        return std::tuple{field("auth", &I::auth), ruled<&I::hash_alg, rule::hash_or_null>("hashAlg")};
    }
};

/// TPM2_ECC_Parameters (14.6): TPMS_ALGORITHM_DETAIL_ECC (Part 2, 11.4.2).
struct EccParametersOut {
    Curve curve{};
    std::uint16_t key_size = 0;  // bits
    TpmtScheme kdf{};
    TpmtScheme sign{};
    Tpm2bEccParameter p{}, a{}, b{}, g_x{}, g_y{}, n{}, h{};
    static constexpr auto wire() {
        using O = EccParametersOut;
        return std::tuple{ruled<&O::curve, rule::curve>("curveID"),
                          field("keySize", &O::key_size),
                          ruled_early<&O::kdf, rule::kdf_scheme>("kdf"),
                          ruled_early<&O::sign, rule::ecc_scheme>("sign"),
                          field("p", &O::p),
                          field("a", &O::a),
                          field("b", &O::b),
                          field("gX", &O::g_x),
                          field("gY", &O::g_y),
                          field("n", &O::n),
                          field("h", &O::h)};
    }
};
struct EccParametersIn {
    static constexpr Cc cc = Cc::ecc_parameters;
    using Out = EccParametersOut;
    Curve curve_id{};
    static constexpr auto wire() {
        return std::tuple{ruled<&EccParametersIn::curve_id, rule::curve>("curveID")};
    }
};

}  // namespace assay::tpm
