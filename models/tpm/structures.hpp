// Structures of TPM 2.0 (TPM 2.0 Library 1.59, Part 2, 10 and 11): sized buffers, lists, schemes, signatures.
// public_area.hpp and attest.hpp have the larger ones.
#pragma once
#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <string.h>

#include "models/tpm/rules.hpp"

namespace assay::tpm {

/// TPM2B: `max` bytes at most.
template <std::size_t max>
using Tpm2b = Blob<std::uint16_t, max>;

/// The same for what must not stay behind: wiped when it goes. (The reader fills it with one allocation.)
template <std::size_t max>
struct SecretTpm2b : Tpm2b<max> {
    SecretTpm2b() = default;
    SecretTpm2b(Bytes bytes) : Tpm2b<max>{std::move(bytes)} {}
    SecretTpm2b(const SecretTpm2b&) = default;
    SecretTpm2b(SecretTpm2b&&) noexcept = default;
    SecretTpm2b& operator=(const SecretTpm2b& other) { return *this = SecretTpm2b{other}; }
    SecretTpm2b& operator=(SecretTpm2b&& other) noexcept {
        wipe();
        this->value = std::exchange(other.value, {});
        return *this;
    }
    ~SecretTpm2b() { wipe(); }

private:
    void wipe() noexcept {
        if (!this->value.empty()) ::explicit_bzero(this->value.data(), this->value.size());
    }
};

/// For a member that wipes itself.
inline Bytes taken(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

using Tpm2bDigest = Tpm2b<64>;  // also TPM2B_NONCE, TPM2B_OPERAND, TPM2B_TIMEOUT
using Tpm2bAuth = SecretTpm2b<64>;
using Tpm2bData = Tpm2b<66>;
using Tpm2bName = Tpm2b<66>;
using Tpm2bEvent = Tpm2b<1024>;
using Tpm2bMaxBuffer = SecretTpm2b<1024>;  // may be what is sealed, or a message that is kept secret
using Tpm2bMaxNvBuffer = SecretTpm2b<1024>;
using Tpm2bSensitiveData = SecretTpm2b<128>;
using Tpm2bPrivate = Tpm2b<1024>;
using Tpm2bEncryptedSecret = Tpm2b<512>;
using Tpm2bIdObject = Tpm2b<132>;
using Tpm2bPublicKeyRsa = Tpm2b<512>;
using Tpm2bEccParameter = Tpm2b<66>;

/// A wire struct after its length.
template <class T>
using Tpm2bOf = Sized<T, std::uint16_t>;

/// TPMT_HA (10.3.2): `digest` is as long as `hashAlg` makes it; TPM_ALG_NULL has none.
struct TpmtHa {
    Alg hash_alg{};
    Bytes digest{};
    bool operator==(const TpmtHa&) const = default;
    static constexpr auto wire() {
        return std::tuple{
            ruled<&TpmtHa::hash_alg, rule::hash_or_null>("hashAlg"),
            field("digest", &TpmtHa::digest, [](const TpmtHa& ha) { return digest_size(ha.hash_alg); })};
    }
};

/// TPMS_PCR_SELECTION (10.6.2) of 24 PCRs: bit `n % 8` of byte `n / 8` selects PCR `n`.
struct TpmsPcrSelection {
    Alg hash{};
    std::uint8_t sizeof_select = pcr_count / 8;
    std::array<std::uint8_t, pcr_count / 8> pcr_select{};
    bool operator==(const TpmsPcrSelection&) const = default;

    static constexpr TpmsPcrSelection of(Alg hash, std::initializer_list<std::size_t> pcrs) {
        TpmsPcrSelection out{.hash = hash};
        for (const std::size_t pcr : pcrs) out.add(pcr);
        return out;
    }
    /// PCR n is bit n of `mask`.
    static constexpr TpmsPcrSelection mask(Alg hash, std::uint32_t mask) {
        TpmsPcrSelection out{.hash = hash};
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
            if ((mask >> pcr & 1) != 0) out.add(pcr);
        return out;
    }
    constexpr bool has(std::size_t pcr) const { return (pcr_select.at(pcr / 8) >> pcr % 8 & 1) != 0; }
    constexpr void add(std::size_t pcr) {
        pcr_select.at(pcr / 8) = static_cast<std::uint8_t>(pcr_select.at(pcr / 8) | 1U << pcr % 8);
    }
    constexpr void remove(std::size_t pcr) {
        pcr_select.at(pcr / 8) = static_cast<std::uint8_t>(pcr_select.at(pcr / 8) & ~(1U << pcr % 8));
    }
    static constexpr auto wire() {
        using S = TpmsPcrSelection;
        return std::tuple{ruled<&S::hash, rule::hash>("hash"),
                          ruled<&S::sizeof_select, whole_select>("sizeofSelect"),
                          field("pcrSelect", &S::pcr_select)};
    }

private:
    static constexpr Rc whole_select(std::uint8_t size) {
        return rule::unless(size == pcr_count / 8, Rc::value);
    }
};

inline constexpr std::size_t bank_count = 4;  // hashes that a PCR bank can have
using TpmlDigestValues = List<TpmtHa, std::uint32_t, bank_count>;
using TpmlPcrSelection = List<TpmsPcrSelection, std::uint32_t, bank_count>;
using TpmlDigest = List<Tpm2bDigest, std::uint32_t, 8>;

/// TPMT_TK_CREATION, _VERIFIED, _AUTH, _HASHCHECK (10.7).
template <Tag tag, Tag other = tag>
struct Ticket {
    Tag tag_{tag};
    Handle hierarchy = rh::null;
    Tpm2bDigest digest{};
    static constexpr auto wire() {
        return std::tuple{ruled<&Ticket::tag_, known_tag>("tag"),
                          ruled<&Ticket::hierarchy, rule::hierarchy_or_null>("hierarchy"),
                          field("digest", &Ticket::digest)};
    }

private:
    static constexpr Rc known_tag(Tag found) { return rule::unless(found == tag || found == other, Rc::tag); }
};
using TpmtTkCreation = Ticket<Tag::creation>;
using TpmtTkVerified = Ticket<Tag::verified>;
using TpmtTkAuth = Ticket<Tag::auth_signed, Tag::auth_secret>;
using TpmtTkHashcheck = Ticket<Tag::hashcheck>;

/// TPMS_CLOCK_INFO (10.11.1).
struct TpmsClockInfo {
    std::uint64_t clock = 0;  // milliseconds
    std::uint32_t reset_count = 0;
    std::uint32_t restart_count = 0;
    std::uint8_t safe = 0;
    bool operator==(const TpmsClockInfo&) const = default;
    static constexpr auto wire() {
        using C = TpmsClockInfo;
        return std::tuple{field("clock", &C::clock), field("resetCount", &C::reset_count),
                          field("restartCount", &C::restart_count), ruled<&C::safe, rule::yes_no>("safe")};
    }
};

/// TPMT_SYM_DEF (11.1.6) and TPMT_SYM_DEF_OBJECT (11.1.7).
struct TpmtSymDef {
    Alg algorithm = Alg::null;
    std::uint16_t key_bits = 0;
    Alg mode = Alg::null;
    Alg xor_hash = Alg::null;
    bool operator==(const TpmtSymDef&) const = default;

    static constexpr TpmtSymDef aes_cfb(std::uint16_t bits) {
        return {.algorithm = Alg::aes, .key_bits = bits, .mode = Alg::cfb};
    }
    static constexpr TpmtSymDef xor_with(Alg hash) { return {.algorithm = Alg::xor_, .xor_hash = hash}; }
    static constexpr auto wire() {
        using S = TpmtSymDef;
        constexpr auto block = [](const S& s) {
            return s.algorithm == Alg::aes || s.algorithm == Alg::camellia;
        };
        return std::tuple{field("algorithm", &S::algorithm),
                          ruled<&S::key_bits, aes_bits>("keyBits").when(block),
                          ruled<&S::mode, block_mode>("mode").when(block),
                          ruled<&S::xor_hash, rule::hash>("hash").when(
                              [](const S& s) { return s.algorithm == Alg::xor_; })};
    }

private:
    /// TPMI_AES_KEY_BITS (11.1.3), TPMI_ALG_SYM_MODE+ (9.33).
    static constexpr Rc aes_bits(std::uint16_t bits) {
        return rule::unless(bits == 128 || bits == 256, Rc::value);
    }
    static constexpr Rc block_mode(Alg mode) {
        return rule::unless(mode == Alg::null || (mode >= Alg::ctr && mode <= Alg::ecb), Rc::mode);
    }
};

/// Any of the schemes (11.1.20, 11.2.1 to 11.2.3, 11.2.4.2): what follows `scheme` depends on it.
struct TpmtScheme {
    Alg scheme = Alg::null;
    Alg hash_alg = Alg::null;
    std::uint16_t count = 0;
    Alg kdf = Alg::null;
    bool operator==(const TpmtScheme&) const = default;

    static constexpr TpmtScheme with(Alg scheme, Alg hash) { return {.scheme = scheme, .hash_alg = hash}; }
    static constexpr bool has_hash(const TpmtScheme& s) {
        switch (s.scheme) {
            case Alg::rsassa:
            case Alg::rsapss:
            case Alg::oaep:
            case Alg::ecdsa:
            case Alg::ecdh:
            case Alg::ecdaa:
            case Alg::sm2:
            case Alg::ecschnorr:
            case Alg::ecmqv:
            case Alg::hmac:
            case Alg::xor_:
            case Alg::mgf1:
            case Alg::kdf1_sp800_56a:
            case Alg::kdf2:
            case Alg::kdf1_sp800_108: return true;
            default: return false;
        }
    }
    static constexpr auto wire() {
        using S = TpmtScheme;
        return std::tuple{
            field("scheme", &S::scheme), ruled<&S::hash_alg, rule::hash>("hashAlg").when(has_hash),
            field("count", &S::count).when([](const S& s) { return s.scheme == Alg::ecdaa; }),
            ruled<&S::kdf, rule::kdf_or_null>("kdf").when([](const S& s) { return s.scheme == Alg::xor_; })};
    }
};

namespace rule {

// What a place allows as the algorithm of a TPMT_SYM_DEF or the scheme of a TPMT_*_SCHEME: told before what
// follows it is read.

/// TPMT_SYM_DEF+, TPMT_SYM_DEF_OBJECT+ and TPMT_SYM_DEF_OBJECT.
constexpr Rc sym_def(const TpmtSymDef& s) {
    return unless(s.algorithm == Alg::null || s.algorithm == Alg::xor_ || s.algorithm == Alg::aes,
                  Rc::symmetric);
}
constexpr Rc sym_def_object(const TpmtSymDef& s) {
    return unless(s.algorithm == Alg::null || s.algorithm == Alg::aes, Rc::symmetric);
}
constexpr Rc cipher(const TpmtSymDef& s) { return unless(s.algorithm == Alg::aes, Rc::symmetric); }

constexpr Rc scheme_of(const TpmtScheme& s, std::initializer_list<Alg> allowed, Rc otherwise) {
    const bool known = std::find(allowed.begin(), allowed.end(), s.scheme) != allowed.end();
    return unless(s.scheme == Alg::null || known, otherwise);
}
/// TPMT_SIG_SCHEME+, TPMT_RSA_DECRYPT+, TPMT_RSA_SCHEME+, TPMT_ECC_SCHEME+, TPMT_KEYEDHASH_SCHEME+,
/// TPMT_KDF_SCHEME+.
constexpr Rc sig_scheme(const TpmtScheme& s) {
    return scheme_of(s, {Alg::rsassa, Alg::rsapss, Alg::ecdsa, Alg::hmac}, Rc::scheme);
}
constexpr Rc rsa_decrypt(const TpmtScheme& s) { return scheme_of(s, {Alg::rsaes, Alg::oaep}, Rc::value); }
constexpr Rc rsa_scheme(const TpmtScheme& s) {
    return scheme_of(s, {Alg::rsassa, Alg::rsapss, Alg::rsaes, Alg::oaep}, Rc::value);
}
constexpr Rc ecc_scheme(const TpmtScheme& s) { return scheme_of(s, {Alg::ecdsa, Alg::ecdh}, Rc::scheme); }
constexpr Rc keyedhash_scheme(const TpmtScheme& s) { return scheme_of(s, {Alg::hmac, Alg::xor_}, Rc::value); }
constexpr Rc kdf_scheme(const TpmtScheme& s) { return kdf_or_null(s.scheme); }

}  // namespace rule

/// TPMS_ECC_POINT (11.2.5.2).
struct TpmsEccPoint {
    Tpm2bEccParameter x{};
    Tpm2bEccParameter y{};
    bool operator==(const TpmsEccPoint&) const = default;
    static constexpr auto wire() {
        return std::tuple{field("x", &TpmsEccPoint::x), field("y", &TpmsEccPoint::y)};
    }
};
using Tpm2bEccPoint = Tpm2bOf<TpmsEccPoint>;

/// TPMT_SIGNATURE (11.3.4).
struct TpmtSignature {
    Alg sig_alg = Alg::null;
    Alg hash = Alg::null;
    Tpm2bPublicKeyRsa rsa{};  // RSASSA, RSAPSS
    Tpm2bEccParameter r{};    // ECDSA
    Tpm2bEccParameter s{};
    Bytes hmac{};
    bool operator==(const TpmtSignature&) const = default;

    static constexpr bool is_rsa(const TpmtSignature& s) {
        return s.sig_alg == Alg::rsassa || s.sig_alg == Alg::rsapss;
    }
    static constexpr bool is_ecc(const TpmtSignature& s) {
        return s.sig_alg == Alg::ecdsa || s.sig_alg == Alg::ecdaa || s.sig_alg == Alg::sm2 ||
               s.sig_alg == Alg::ecschnorr;
    }
    static constexpr Rc known(Alg alg) {
        const TpmtSignature s{.sig_alg = alg};
        return rule::unless(is_rsa(s) || is_ecc(s) || alg == Alg::hmac || alg == Alg::null, Rc::scheme);
    }
    static constexpr auto wire() {
        using S = TpmtSignature;
        return std::tuple{
            ruled<&S::sig_alg, known>("sigAlg"),
            ruled<&S::hash, rule::hash>("hash").when([](const S& in) { return in.sig_alg != Alg::null; }),
            field("sig", &S::rsa).when(is_rsa),
            field("signatureR", &S::r).when(is_ecc),
            field("signatureS", &S::s).when(is_ecc),
            field("digest", &S::hmac, [](const S& in) { return digest_size(in.hash); }).when([](const S& in) {
                return in.sig_alg == Alg::hmac;
            })};
    }
};

namespace rule {
/// TPMT_SIGNATURE without `+`.
constexpr Rc signature(const TpmtSignature& s) { return unless(s.sig_alg != Alg::null, Rc::scheme); }
}  // namespace rule

/// TPMS_AUTH_COMMAND (10.13.2) and TPMS_AUTH_RESPONSE (10.13.3).
struct TpmsAuthCommand {
    static constexpr std::size_t least_size = 9;
    Handle session_handle = rh::password;
    Tpm2bDigest nonce{};
    std::uint8_t session_attributes = 0;
    Tpm2bAuth hmac{};  // of a password session: the password
    static constexpr auto wire() {
        using A = TpmsAuthCommand;
        return std::tuple{ruled<&A::session_handle, rule::auth_session>("sessionHandle"),
                          field("nonce", &A::nonce),
                          ruled<&A::session_attributes, rule::session_attributes>("sessionAttributes"),
                          field("hmac", &A::hmac)};
    }
};
struct TpmsAuthResponse {
    Tpm2bDigest nonce{};
    std::uint8_t session_attributes = session_attribute::continue_session;
    Tpm2bDigest hmac{};
    static constexpr auto wire() {
        using A = TpmsAuthResponse;
        return std::tuple{field("nonce", &A::nonce), field("sessionAttributes", &A::session_attributes),
                          field("hmac", &A::hmac)};
    }
};

}  // namespace assay::tpm
