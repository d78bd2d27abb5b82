// Objects under another parent or with another authValue (TPM 2.0 Library 1.59, Part 3, 12.8 and 13).
#include "models/tpm/creation.hpp"
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"
#include "models/tpm/protection.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;

/// A storage key, of which the public part is enough to wrap for it.
bool is_storage(const SharedObject& key) {
    return key && TpmtPublic::is_asymmetric(key->area) && key->area.has(oa::restricted | oa::decrypt);
}

std::size_t inner_key_size(const TpmtSymDef& symmetric) { return symmetric.key_bits / 8U; }

struct OuterWrap {
    Bytes wrapped;
    Bytes seed;  // encrypted to the parent
};
Result<OuterWrap, Rc> wrap_for(Tpm& tpm, const Object& parent, ByteView content, ByteView name) {
    auto shared = share_secret(tpm.context, parent.area, "DUPLICATE");
    if (!shared) return shared.error();
    const ProtectionSeed seed{parent.area.name_alg, parent.area.symmetric.key_bits, shared->secret.bytes()};
    return OuterWrap{wrap_outer(seed, content, name), std::move(shared->encrypted)};
}

/// What an outer wrap holds; `seed_number`, `wrap_number`: of the parameters at fault.
Result<Secret, Rc> unwrap_for(Tpm& tpm, const Object& parent, ByteView encrypted_seed, ByteView wrapped,
                              ByteView name, std::size_t seed_number, std::size_t wrap_number) {
    const auto secret = recover_secret(tpm.context, parent, "DUPLICATE", encrypted_seed);
    if (!secret) return at_parameter(secret.error(), seed_number);
    const ProtectionSeed seed{parent.area.name_alg, parent.area.symmetric.key_bits, secret->bytes()};
    auto content = unwrap_outer(seed, wrapped, name);
    if (!content) return at_parameter(content.error(), wrap_number);
    return content;
}

Rc check_duplicate(const DuplicateIn& in, const SharedObject& object, const SharedObject& parent) {
    if (!object) return at_handle(Rc::type, 1);
    if (object->area.has(oa::fixed_parent)) return at_handle(Rc::attributes, 1);
    if (object->area.name_alg == Alg::null) return at_handle(Rc::type, 1);
    const bool to_nobody = in.new_parent_handle == rh::null;
    if (!to_nobody && !is_storage(parent)) return at_handle(Rc::type, 2);
    const bool has_inner = in.symmetric_alg.algorithm != Alg::null;
    if (object->area.has(oa::encrypted_duplication)) {
        if (!has_inner) return at_parameter(Rc::symmetric, 2);
        if (to_nobody) return at_handle(Rc::hierarchy, 2);
    }
    const std::size_t key = in.encryption_key_in.value.size();
    return at_parameter(
        rule::unless(key == 0 || (has_inner && key == inner_key_size(in.symmetric_alg)), Rc::size), 1);
}

Rc check_import(const ImportIn& in, const SharedObject& parent) {
    const TpmtPublic& area = in.object_public.value;
    if (area.has(oa::fixed_tpm) || area.has(oa::fixed_parent)) return at_parameter(Rc::attributes, 2);
    if (!parent || !parent->is_parent()) return at_handle(Rc::type, 1);
    const bool has_inner = in.symmetric_alg.algorithm != Alg::null;
    const std::size_t key = in.encryption_key.value.size();
    if (key != (has_inner ? inner_key_size(in.symmetric_alg) : 0)) return at_parameter(Rc::size, 1);
    const bool must_be_wrapped = area.has(oa::encrypted_duplication);
    if (!has_inner && must_be_wrapped) return at_parameter(Rc::attributes, 1);
    const bool has_outer = !in.in_sym_seed.value.empty();
    if (has_outer && !TpmtPublic::is_asymmetric(parent->area)) return at_handle(Rc::type, 1);
    return at_parameter(rule::unless(has_outer || !must_be_wrapped, Rc::attributes), 4);
}

/// The sensitive area out of its wraps (Part 1, 23.3).
Result<TpmtSensitive, Rc> unwrapped(Tpm& tpm, const ImportIn& in, const Object& parent, ByteView name) {
    Secret content = copy_of(in.duplicate.value);
    if (!in.in_sym_seed.value.empty()) {
        auto inside = unwrap_for(tpm, parent, in.in_sym_seed.value, content.bytes(), name, 4, 3);
        if (!inside) return inside.error();
        content = std::move(*inside);
    }
    return unwrap_inner(in.object_public.value.name_alg, in.encryption_key.value, std::move(content), name);
}

}  // namespace

Outcome<ObjectChangeAuthIn> object_change_auth(Tpm& tpm, const ObjectChangeAuthIn& in) {
    const SharedObject object = tpm.object(in.object_handle), parent = tpm.object(in.parent_handle);
    if (!object) return at_handle(Rc::type, 1);
    const ByteView auth = without_trailing_zeros(in.new_auth.value);
    if (auth.size() > digest_size(object->area.name_alg)) return at_parameter(Rc::size, 1);
    const bool is_child =
        parent && parent->is_parent() && !object->external &&
        qualified_name(object->area.name_alg, parent->qualified_name, object->name) == object->qualified_name;
    if (!is_child) return at_handle(Rc::type, 2);
    TpmtSensitive changed = object->private_area();
    changed.auth_value = Tpm2bAuth{taken(auth)};
    return PrivateOut{{wrapped_for(tpm, *parent, changed, object->area.name_alg, object->name)}};
}

Outcome<DuplicateIn> duplicate(Tpm& tpm, const DuplicateIn& in) {
    const SharedObject object = tpm.object(in.object_handle);
    const SharedObject parent = in.new_parent_handle == rh::null ? nullptr : tpm.object(in.new_parent_handle);
    if (const Rc rc = check_duplicate(in, object, parent); rc != Rc::success) return rc;
    DuplicateOut out;
    SecretTpm2b<66> key = in.encryption_key_in;
    if (in.symmetric_alg.algorithm != Alg::null && key.value.empty()) {
        key.value.resize(inner_key_size(in.symmetric_alg));
        tpm.random.fill(key.value);
        out.encryption_key_out = key;
    }
    const Secret content = wrap_inner(object->area.name_alg, key.value, object->private_area(), object->name);
    out.duplicate.value.assign(content.bytes().begin(), content.bytes().end());
    if (!parent) return out;
    auto outer = wrap_for(tpm, *parent, content.bytes(), object->name);
    if (!outer) return at_handle(outer.error(), 2);
    out.duplicate.value = std::move(outer->wrapped);
    out.out_sym_seed.value = std::move(outer->seed);
    return out;
}

Outcome<ImportIn> import_object(Tpm& tpm, const ImportIn& in) {
    const SharedObject parent = tpm.object(in.parent_handle);
    if (const Rc rc = check_import(in, parent); rc != Rc::success) return rc;
    const TpmtPublic& area = in.object_public.value;
    auto sensitive = unwrapped(tpm, in, *parent, name_of(area));
    if (!sensitive) return at_parameter(sensitive.error(), 3);
    NewObject object{{.area = area, .sensitive = {std::move(*sensitive)}}};
    if (parent->area.has(oa::fixed_tpm)) {  // as at TPM2_Load, which then need not look again
        if (const Rc rc = check_public_area(area, nullptr); rc != Rc::success) return at_parameter(rc, 2);
        if (const Rc rc = check_keys(tpm.context, object, 2, 3); rc != Rc::success) return rc;
    }
    return PrivateOut{
        {wrapped_for(tpm, *parent, *object.content.sensitive.value, area.name_alg, name_of(area))}};
}

Outcome<RewrapIn> rewrap(Tpm& tpm, const RewrapIn& in) {
    const bool has_old = in.old_parent != rh::null;
    if (has_old == in.in_sym_seed.value.empty()) return at_handle(Rc::handle, 1);
    Secret content = copy_of(in.in_duplicate.value);
    if (has_old) {
        const SharedObject old_parent = tpm.object(in.old_parent);
        if (!is_storage(old_parent)) return at_handle(Rc::type, 1);
        if (!recover_secret(tpm.context, *old_parent, "DUPLICATE", in.in_sym_seed.value))
            return at_parameter(Rc::value, 3);
        auto inside =
            unwrap_for(tpm, *old_parent, in.in_sym_seed.value, content.bytes(), in.name.value, 3, 1);
        if (!inside) return inside.error();
        content = std::move(*inside);
    }
    RewrapOut out;
    if (in.new_parent == rh::null) {
        out.out_duplicate.value.assign(content.bytes().begin(), content.bytes().end());
        return out;
    }
    const SharedObject new_parent = tpm.object(in.new_parent);
    if (!is_storage(new_parent)) return at_handle(Rc::type, 2);
    auto outer = wrap_for(tpm, *new_parent, std::as_const(content).bytes(), in.name.value);
    if (!outer) return at_handle(outer.error(), 2);
    out.out_duplicate.value = std::move(outer->wrapped);
    out.out_sym_seed.value = std::move(outer->seed);
    return out;
}

}  // namespace assay::tpm
