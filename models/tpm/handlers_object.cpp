// Objects (TPM 2.0 Library 1.59, Part 3, 12, 24.1, 28.4, 28.5).
#include "models/tpm/command.hpp"
#include "models/tpm/creation.hpp"
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"
#include "models/tpm/protection.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;

/// Of a new object: parameter 2 is its public area, parameter 1 its sensitive data.
Rc check_new(const TpmtPublic& area, const TpmsSensitiveCreate& sensitive, const Object* parent) {
    if (const Rc rc = check_data_origin(area, sensitive.data.value, parent); rc != Rc::success)
        return at_parameter(rc, 2);
    if (const Rc rc = check_public_area(area, parent); rc != Rc::success) return at_parameter(rc, 2);
    return at_parameter(
        rule::unless(without_trailing_zeros(sensitive.user_auth.value).size() <= digest_size(area.name_alg),
                     Rc::size),
        1);
}

/// What TPM2_Create and TPM2_CreatePrimary say about a new object besides the object.
template <class Out, class In>
void tell_creation(Tpm& tpm, Out& out, const In& in, const Object& object, Handle parent_handle,
                   const Object* parent) {
    const Alg hash = object.area.name_alg;
    out.out_public.value = object.area;
    out.creation_data.value =
        creation_data(tpm, hash, in.creation_pcr, parent_handle, parent, in.outside_info);
    out.creation_hash.value = digest(hash, {encode(out.creation_data.value, byte_order)});
    out.creation_ticket = tpm.ticket<Tag::creation>(object.hierarchy, {object.name, out.creation_hash.value});
}

Bytes wrapped_child(Tpm& tpm, const Object& parent, const Object& child) {
    return wrapped_for(tpm, parent, child.private_area(), child.area.name_alg, child.name);
}

bool is_credential_key(const Object& key) {
    return TpmtPublic::is_asymmetric(key.area) && key.area.has(oa::restricted | oa::decrypt);
}

}  // namespace

Outcome<CreatePrimaryIn> create_primary(Tpm& tpm, const CreatePrimaryIn& in) {
    const auto slot = tpm.free_slot();
    if (!slot) return Rc::object_memory;
    const TpmtPublic& area = in.in_public.value;
    if (const Rc rc = check_new(area, in.in_sensitive.value, nullptr); rc != Rc::success) return rc;
    const auto object = make_primary(tpm, in.primary_handle, area, in.in_sensitive.value);
    if (!object) return object.error() == Rc::range ? Rc::range : at_parameter(object.error(), 1);

    CreatePrimaryOut out;
    tell_creation(tpm, out, in, **object, in.primary_handle, nullptr);
    out.name.value = (*object)->name;
    out.object_handle = *slot;
    tpm.slot(*slot).object = *object;
    return out;
}

Outcome<CreateIn> create(Tpm& tpm, const CreateIn& in) {
    const SharedObject parent = tpm.object(in.parent_handle);
    if (!parent || !parent->is_parent()) return at_handle(Rc::type, 1);
    if (!tpm.free_slot()) return Rc::object_memory;
    const TpmtPublic& area = in.in_public.value;
    if (const Rc rc = check_new(area, in.in_sensitive.value, parent.get()); rc != Rc::success) return rc;
    const auto object = make_child(tpm, *parent, area, in.in_sensitive.value);
    if (!object) return object.error() == Rc::range ? Rc::range : at_parameter(object.error(), 1);

    CreateOut out;
    tell_creation(tpm, out, in, **object, in.parent_handle, parent.get());
    out.out_private.value = wrapped_child(tpm, *parent, **object);
    return out;
}

Outcome<CreateLoadedIn> create_loaded(Tpm& tpm, const CreateLoadedIn& in) {
    const bool is_primary = !rule::is_object(in.parent_handle);
    const SharedObject parent = is_primary ? nullptr : tpm.object(in.parent_handle);
    if (!is_primary && (!parent || !parent->is_parent())) return at_handle(Rc::type, 1);
    const auto slot = tpm.free_slot();
    if (!slot) return Rc::object_memory;
    const auto area = decode<TpmtPublic>(in.in_public.value, byte_order);
    if (!area) return at_parameter(rc_of(area.error()), 2);
    if (area->name_alg == Alg::null) return at_parameter(Rc::hash, 2);
    if (const Rc rc = check_new(*area, in.in_sensitive.value, parent.get()); rc != Rc::success) return rc;
    const auto object = is_primary ? make_primary(tpm, in.parent_handle, *area, in.in_sensitive.value)
                                   : make_child(tpm, *parent, *area, in.in_sensitive.value);
    if (!object) return object.error() == Rc::range ? Rc::range : at_parameter(object.error(), 1);

    CreateLoadedOut out{.object_handle = *slot, .out_public = {(*object)->area}, .name = {(*object)->name}};
    if (!is_primary) out.out_private.value = wrapped_child(tpm, *parent, **object);
    tpm.slot(*slot).object = *object;
    return out;
}

Outcome<LoadIn> load_object(Tpm& tpm, const LoadIn& in) {
    const auto slot = tpm.free_slot();
    if (!slot) return Rc::object_memory;
    if (in.in_private.value.empty()) return at_parameter(Rc::size, 1);
    const SharedObject parent = tpm.object(in.parent_handle);
    if (!parent || !parent->is_parent()) return at_handle(Rc::type, 1);
    const TpmtPublic& area = in.in_public.value;
    auto sensitive = unwrap_private(protection_of(*parent), in.in_private.value, name_of(area));
    if (!sensitive)
        return sensitive.error() == Rc::sensitive ? Rc::sensitive : at_parameter(sensitive.error(), 1);
    if (const Rc rc = check_public_area(area, parent.get()); rc != Rc::success) return at_parameter(rc, 2);

    NewObject object{{.area = area, .sensitive = {std::move(*sensitive)}}};
    if (!parent->area.has(oa::fixed_tpm))
        if (const Rc rc = check_keys(tpm.context, object, 2, 1); rc != Rc::success) return rc;
    SharedObject made = finished(tpm, std::move(object), parent.get());
    tpm.slot(*slot).object = made;
    return LoadOut{*slot, {made->name}};
}

Outcome<LoadExternalIn> load_external(Tpm& tpm, const LoadExternalIn& in) {
    const auto slot = tpm.free_slot();
    if (!slot) return Rc::object_memory;
    if (!tpm.is_enabled(in.hierarchy)) return at_parameter(Rc::hierarchy, 3);
    const TpmtPublic& area = in.in_public.value;
    const bool is_pair = in.in_private.value.has_value();
    if (is_pair) {
        if (in.hierarchy != rh::null) return at_parameter(Rc::hierarchy, 3);
        if ((area.object_attributes & (oa::fixed_tpm | oa::fixed_parent | oa::restricted)) != 0)
            return at_parameter(Rc::attributes, 2);
    }
    // Of a public part alone, and of what has no Name, only the schemes count.
    const bool has_rules = is_pair && area.name_alg != Alg::null;
    const Rc legal = has_rules ? check_public_area(area, nullptr) : check_parameters(area);
    if (legal != Rc::success) return at_parameter(legal, 2);

    NewObject object{{.area = area, .hierarchy = in.hierarchy, .external = 1}};
    if (is_pair) object.content.sensitive = in.in_private;
    if (const Rc rc = check_keys(tpm.context, object, 2, 1); rc != Rc::success) return rc;
    SharedObject made = finished(tpm, std::move(object), nullptr);
    tpm.slot(*slot).object = made;
    return LoadOut{*slot, {made->name}};
}

Outcome<ReadPublicIn> read_public(Tpm& tpm, const ReadPublicIn& in) {
    const SharedObject object = tpm.object(in.object_handle);
    if (!object) return Rc::sequence;
    return ReadPublicOut{{object->area}, {object->name}, {object->qualified_name}};
}

Outcome<UnsealIn> unseal(Tpm& tpm, const UnsealIn& in) {
    const SharedObject object = tpm.object(in.item_handle);
    if (!object || object->area.type != Alg::keyedhash) return at_handle(Rc::type, 1);
    if ((object->area.object_attributes & (oa::decrypt | oa::sign | oa::restricted)) != 0)
        return at_handle(Rc::attributes, 1);
    UnsealOut out;
    out.out_data = taken(object->sensitive());
    return out;
}

Outcome<MakeCredentialIn> make_credential(Tpm& tpm, const MakeCredentialIn& in) {
    const SharedObject key = tpm.object(in.handle);
    if (!key || !is_credential_key(*key)) return at_handle(Rc::type, 1);
    if (in.credential.value.size() > digest_size(key->area.name_alg)) return at_parameter(Rc::size, 1);
    auto shared = share_secret(tpm.context, key->area, "IDENTITY");
    if (!shared) return at_handle(shared.error(), 1);
    const ProtectionSeed seed{key->area.name_alg, key->area.symmetric.key_bits, shared->secret.bytes()};
    Bytes content;
    content.reserve(in.credential.value.size() + 2);
    Writer{content, byte_order}.put(in.credential);
    MakeCredentialOut out;
    out.credential_blob.value = wrap_outer(seed, content, in.object_name.value);
    out.secret.value = std::move(shared->encrypted);
    return out;
}

Outcome<ActivateCredentialIn> activate_credential(Tpm& tpm, const ActivateCredentialIn& in) {
    const SharedObject key = tpm.object(in.key_handle);
    if (!key || !is_credential_key(*key)) return at_handle(Rc::type, 2);
    const auto secret = recover_secret(tpm.context, *key, "IDENTITY", in.secret.value);
    if (!secret) return at_parameter(secret.error(), 2);
    const ProtectionSeed seed{key->area.name_alg, key->area.symmetric.key_bits, secret->bytes()};
    const auto content = unwrap_outer(seed, in.credential_blob.value, tpm.name(in.activate_handle));
    if (!content) return at_parameter(content.error(), 1);
    ActivateCredentialOut out;
    Reader reader{std::as_const(*content).bytes(), byte_order};
    if (!reader.get(out.cert_info) || !reader.finish()) return at_parameter(Rc::size, 1);
    return out;
}

Outcome<FlushContextIn> flush_context(Tpm& tpm, const FlushContextIn& in) {
    const Handle handle = in.flush_handle;
    if (!tpm.is_in_range(handle)) return at_parameter(Rc::value, 1);
    if (kind_of(handle) == Ht::transient) {
        Slot& slot = tpm.slot(handle);
        if (slot.is_free()) return at_parameter(Rc::handle, 1);
        slot = {};
        return NoOut{};
    }
    const std::size_t index = handle & 0x00FF'FFFF;
    if (tpm.reset.sessions[index].is_free()) return at_parameter(Rc::handle, 1);
    const SessionEntry& entry = tpm.reset.sessions[index];
    if ((entry.session ? entry.session->handle : entry.handle) != handle) return at_parameter(Rc::handle, 1);
    tpm.flush_session(handle);
    return NoOut{};
}

Outcome<EvictControlIn> evict_control(Tpm& tpm, const EvictControlIn& in) {
    const SharedObject object = tpm.object(in.object_handle);
    if (!object || object->is_temporary()) return at_handle(Rc::attributes, 2);
    const bool is_persistent = kind_of(in.object_handle) == Ht::persistent;
    if (is_persistent && in.object_handle != in.persistent_handle) return at_handle(Rc::handle, 2);
    const bool by_platform = in.auth == rh::platform, is_platform = object->hierarchy == rh::platform;
    // The platform evicts what it likes, and keeps its own alone.
    if (is_platform != by_platform && !(by_platform && is_persistent)) return at_handle(Rc::hierarchy, 2);
    if (!is_persistent && (in.persistent_handle >= persistent_platform) != by_platform)
        return at_parameter(Rc::range, 1);
    auto& persistent = tpm.permanent.persistent;
    if (is_persistent) {
        persistent.erase(in.object_handle);
        return NoOut{};
    }
    if (persistent.contains(in.persistent_handle)) return Rc::nv_defined;
    if (persistent.size() >= tpm.config.persistent_objects) return Rc::nv_space;
    auto content = decode<SavedObject>(object->content(), byte_order);
    if (!content) throw std::logic_error("evict_control: an object that is no SavedObject");
    persistent.emplace(in.persistent_handle, tpm.persisted({std::move(*content)}));
    return NoOut{};
}

}  // namespace assay::tpm
