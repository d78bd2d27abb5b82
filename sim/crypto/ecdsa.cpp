// ECDSA signatures: raw r || s, and the DER of Ecdsa-Sig-Value (RFC 3279, 2.2.3).
#include <algorithm>

#include "sim/crypto/der.hpp"
#include "sim/crypto/key_native.hpp"

namespace assay::crypto {

std::optional<Bytes> ecdsa_der_to_raw(KeyType curve, ByteView der) {
    const CurveFacts* facts = curve_facts(curve);
    if (facts == nullptr || facts->group == nullptr) return {};
    const auto outer = der::parse(der);
    if (!outer || outer->tag != der::sequence) return {};
    der::Cursor inside{outer->contents};
    Bytes raw(2 * facts->size);
    for (const std::size_t end : {facts->size, 2 * facts->size}) {
        const auto element = inside.next(der::integer);
        const auto value = element ? der::unsigned_value(*element) : std::nullopt;
        if (!value || value->size() > facts->size) return {};
        std::ranges::copy(*value, raw.begin() + static_cast<std::ptrdiff_t>(end - value->size()));
    }
    if (!inside.at_end()) return {};
    return raw;
}

std::optional<Bytes> ecdsa_raw_to_der(KeyType curve, ByteView raw) {
    const CurveFacts* facts = curve_facts(curve);
    if (facts == nullptr || facts->group == nullptr || raw.size() != 2 * facts->size) return {};
    return der::element(der::sequence, {der::unsigned_integer(raw.first(facts->size)),
                                        der::unsigned_integer(raw.last(facts->size))});
}

}  // namespace assay::crypto
