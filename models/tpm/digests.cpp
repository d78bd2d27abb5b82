#include "models/tpm/digests.hpp"

#include <stdexcept>

#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

Bytes name_with(Alg name_alg, ByteView area) {
    if (name_alg == Alg::null) return {};
    return concat({store(static_cast<std::uint16_t>(name_alg), byte_order), digest(name_alg, {area})});
}

}  // namespace

crypto::Hash hash_of(Alg hash) {
    switch (hash) {
        case Alg::sha1: return crypto::Hash::sha1;
        case Alg::sha256: return crypto::Hash::sha256;
        case Alg::sha384: return crypto::Hash::sha384;
        case Alg::sha512: return crypto::Hash::sha512;
        default: throw std::logic_error("hash_of: no hash of this TPM");
    }
}

Bytes digest(Alg hash, std::initializer_list<ByteView> parts) { return crypto::digest(hash_of(hash), parts); }

Bytes name_of(const TpmtPublic& area) { return name_with(area.name_alg, encode(area, byte_order)); }
Bytes name_of(const TpmsNvPublic& area) { return name_with(area.name_alg, encode(area, byte_order)); }
Bytes name_of(Handle handle) {
    const auto raw = store(handle, byte_order);
    return {raw.begin(), raw.end()};
}

Bytes qualified_name(Alg name_alg, ByteView parent_qualified_name, ByteView name) {
    if (name_alg == Alg::null) return {};
    return concat({store(static_cast<std::uint16_t>(name_alg), byte_order),
                   digest(name_alg, {parent_qualified_name, name})});
}

Bytes pcr_composite(Alg hash, std::span<const Bytes> values) {
    crypto::Hasher hasher{hash_of(hash)};
    for (const Bytes& value : values) hasher.update(value);
    return hasher.finish();
}

Policy& Policy::extend(Cc code, std::initializer_list<ByteView> parts) {
    crypto::Hasher hasher{hash_of(hash_)};
    hasher.update(digest_);
    hasher.update(store(static_cast<std::uint32_t>(code), byte_order));
    for (const ByteView part : parts) hasher.update(part);
    digest_ = hasher.finish();
    return *this;
}

Policy& Policy::update(Cc code, ByteView name, ByteView policy_ref) {
    extend(code, {name});
    digest_ = tpm::digest(hash_, {digest_, policy_ref});  // also when policyRef is empty
    return *this;
}

Policy& Policy::pcr(const TpmlPcrSelection& pcrs, ByteView composite) {
    Bytes selection;
    Writer{selection, byte_order}.put(pcrs);
    return extend(Cc::policy_pcr, {selection, composite});
}

Policy& Policy::secret(ByteView name, ByteView policy_ref) {
    return update(Cc::policy_secret, name, policy_ref);
}
Policy& Policy::signed_by(ByteView name, ByteView policy_ref) {
    return update(Cc::policy_signed, name, policy_ref);
}

Policy& Policy::any_of(std::span<const Bytes> digests) {
    digest_.assign(digest_size(hash_), 0);
    Bytes all;
    for (const Bytes& one : digests) append(all, one);
    return extend(Cc::policy_or, {all});
}

Policy& Policy::command_code(Cc code) {
    return extend(Cc::policy_command_code, {store(static_cast<std::uint32_t>(code), byte_order)});
}
Policy& Policy::authorized(ByteView key_name, ByteView policy_ref) {
    digest_.assign(digest_size(hash_), 0);
    return update(Cc::policy_authorize, key_name, policy_ref);
}
Policy& Policy::authorized_nv(ByteView index_name) {
    digest_.assign(digest_size(hash_), 0);
    return extend(Cc::policy_authorize_nv, {index_name});
}

Policy& Policy::compared(Cc code, ByteView operand, std::uint16_t offset, Eo operation, ByteView index_name) {
    const Bytes arguments = tpm::digest(hash_, {operand, store(offset, byte_order),
                                                store(static_cast<std::uint16_t>(operation), byte_order)});
    return extend(code, {arguments, index_name});
}

Policy& Policy::duplication_select(ByteView object_name, ByteView new_parent_name, bool include_object) {
    const std::uint8_t included = include_object ? 1 : 0;
    return extend(Cc::policy_duplication_select,
                  {include_object ? object_name : ByteView{}, new_parent_name, {&included, 1}});
}

Policy& Policy::auth_value() { return extend(Cc::policy_auth_value, {}); }

}  // namespace assay::tpm
