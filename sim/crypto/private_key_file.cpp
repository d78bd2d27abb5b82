// Private keys from PKCS#8 (RFC 5958) and SEC 1 (RFC 5915). Curve keys are taken apart here and their public
// half is computed; RSA keys are read by OpenSSL.
#include <algorithm>

#include <openssl/decoder.h>

#include "sim/crypto/der.hpp"
#include "sim/crypto/key_native.hpp"
#include "sim/crypto/pem.hpp"

namespace assay::crypto {
namespace {

// OIDs as they stand in an AlgorithmIdentifier, identifier and length included.
constexpr std::string_view ec_public_key = octets("\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01");
constexpr std::string_view p256_oid = octets("\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07");
constexpr std::string_view p384_oid = octets("\x06\x05\x2B\x81\x04\x00\x22");
constexpr std::string_view x25519_oid = octets("\x06\x03\x2B\x65\x6E");
constexpr std::string_view rsa_oid = octets("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01");

bool is(const std::optional<der::Element>& element, std::string_view encoded) {
    return element && as_text(element->whole) == encoded;
}
bool is_number(const std::optional<der::Element>& element, std::uint8_t value) {
    return element && element->contents.size() == 1 && element->contents[0] == value;
}
std::optional<KeyType> curve_of(const std::optional<der::Element>& oid) {
    if (is(oid, p256_oid)) return KeyType::p256;
    if (is(oid, p384_oid)) return KeyType::p384;
    return {};
}

// ECPrivateKey; `curve` when it was already named outside.
std::optional<PrivateKey> from_sec1(const Context& context, ByteView der, std::optional<KeyType> curve) {
    const auto outer = der::parse(der);
    if (!outer || outer->tag != der::sequence) return {};
    der::Cursor inside{outer->contents};
    if (!is_number(inside.next(der::integer), 1)) return {};
    const auto scalar = inside.next(der::octet_string);
    if (const auto parameters = inside.next(der::context(0, true))) {
        const auto named = curve_of(der::parse(parameters->contents));
        if (!named || (curve && curve != named)) return {};
        curve = named;
    }
    const auto public_part = inside.next(der::context(1, true));
    if (!scalar || !curve || !inside.at_end()) return {};
    auto key = PrivateKey::from_scalar(context, *curve, scalar->contents);
    if (key && public_part) {
        const auto bits = der::parse(public_part->contents);
        const Bytes point = key->public_key().point();
        if (!bits || bits->tag != der::bit_string || bits->contents.empty() || bits->contents[0] != 0 ||
            !equal(bits->contents.subspan(1), point))
            return {};
    }
    return key;
}

std::optional<PrivateKey> from_rsa_pkcs8(const Context& context, ByteView der) {
    OSSL_LIB_CTX* library = context.native().library.get();
    EVP_PKEY* made = nullptr;
    const Handle<OSSL_DECODER_CTX, &OSSL_DECODER_CTX_free> decoder{
        check(OSSL_DECODER_CTX_new_for_pkey(&made, "DER", "PrivateKeyInfo", "RSA", EVP_PKEY_KEYPAIR, library,
                                            nullptr),
              "OSSL_DECODER_CTX_new_for_pkey")};
    const unsigned char* data = der.data();
    std::size_t size = der.size();
    const bool decoded = succeeded(OSSL_DECODER_from_data(decoder.get(), &data, &size));
    KeyHandle key{made};
    if (!decoded || size != 0) return {};
    const KeyContext checker{
        check(EVP_PKEY_CTX_new_from_pkey(library, key.get(), nullptr), "EVP_PKEY_CTX_new_from_pkey")};
    if (!succeeded(EVP_PKEY_pairwise_check(checker.get()))) return {};
    auto half = rsa_public_half(key.get());
    if (!half) return {};
    return PrivateKey{std::unique_ptr<PrivateKey::Native>{
        new PrivateKey::Native{context, std::move(key), *std::move(half)}}};
}

std::optional<PrivateKey> from_der(const Context& context, ByteView der) {
    const auto outer = der::parse(der);
    if (!outer || outer->tag != der::sequence) return {};
    der::Cursor inside{outer->contents};
    const auto version = inside.next(der::integer);
    const auto algorithm = inside.next(der::sequence);
    if (!algorithm) return is_number(version, 1) ? from_sec1(context, der, {}) : std::nullopt;
    const auto wrapped = inside.next(der::octet_string);
    (void)inside.next(der::context(0, true));  // attributes
    if (!is_number(version, 0) || !wrapped || !inside.at_end()) return {};

    der::Cursor identifier{algorithm->contents};
    const auto oid = identifier.next();
    if (is(oid, ec_public_key)) {
        const auto curve = curve_of(identifier.next());
        return curve && identifier.at_end() ? from_sec1(context, wrapped->contents, curve) : std::nullopt;
    }
    if (is(oid, x25519_oid) && identifier.at_end()) {
        const auto scalar = der::parse(wrapped->contents);
        if (!scalar || scalar->tag != der::octet_string) return {};
        return PrivateKey::from_scalar(context, KeyType::x25519, scalar->contents);
    }
    return is(oid, rsa_oid) ? from_rsa_pkcs8(context, der) : std::nullopt;
}

}  // namespace

std::optional<PrivateKey> PrivateKey::from_pkcs8(const Context& context, ByteView der_or_pem) {
    if (!der_or_pem.empty() && der_or_pem[0] == der::sequence) return from_der(context, der_or_pem);
    const auto blocks = pem_blocks(der_or_pem);
    const auto key = std::ranges::find_if(blocks, [](const PemBlock& block) {
        return block.label == "PRIVATE KEY" || block.label == "EC PRIVATE KEY";
    });
    if (key == blocks.end() || !key->der) return {};
    return from_der(context, key->der->bytes());
}

}  // namespace assay::crypto
