// LabeledExtract and LabeledExpand (RFC 9180, 4). Included by .cpp files of sim/crypto alone.
#pragma once
#include <stdexcept>

#include "sim/base/secret.hpp"
#include "sim/crypto/hpke.hpp"

namespace assay::crypto::hpke {

/// One hash under one suite_id: the KEM's own, or that of the whole suite.
class Labeled {
public:
    explicit Labeled(const KemFacts& kem);  // suite_id is "KEM" || kem_id
    explicit Labeled(const Suite& suite);   // "HPKE" || kem_id || kdf_id || aead_id

    Hash hash() const { return hash_; }
    Secret extract(ByteView salt, std::string_view label, ByteView input_key) const;
    Secret expand(ByteView pseudorandom_key, std::string_view label, ByteView info, std::size_t size) const;

private:
    Hash hash_;
    Bytes suite_id_;
};

/// std::logic_error for an identifier that no table has.
template <class Id>
const auto& known_facts(Id id) {
    const auto* found = facts(id);
    if (found == nullptr) throw std::logic_error("hpke: a suite with an unknown identifier");
    return *found;
}

}  // namespace assay::crypto::hpke
