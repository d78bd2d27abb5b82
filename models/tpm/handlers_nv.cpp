// Non-volatile storage (TPM 2.0 Library 1.59, Part 3, 31).
#include <numeric>

#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
constexpr std::uint32_t any_read = na::pp_read | na::owner_read | na::auth_read | na::policy_read;
constexpr std::uint32_t any_write = na::pp_write | na::owner_write | na::auth_write | na::policy_write;
constexpr std::size_t counter_size = 8;

std::size_t used_space(const Tpm& tpm) {
    return std::accumulate(
        tpm.permanent.nv.begin(), tpm.permanent.nv.end(), std::size_t{0},
        [](std::size_t sum, const auto& entry) { return sum + entry.second.area.data_size; });
}

bool is_pin(Nt type) { return type == Nt::pin_fail || type == Nt::pin_pass; }

/// Size and attribute rules of a type, in their order.
Rc check_type(const TpmsNvPublic& area) {
    const Nt type = nt_of(area.attributes);
    switch (type) {
        case Nt::ordinary: break;
        case Nt::extend:
            if (area.data_size != digest_size(area.name_alg)) return Rc::size;
            break;
        case Nt::counter:
        case Nt::bits:
        case Nt::pin_fail:
        case Nt::pin_pass:
            if (area.data_size != counter_size) return Rc::size;
            break;
        default: return Rc::attributes;
    }
    if (type == Nt::counter && area.has(na::clear_st_clear)) return Rc::attributes;
    if (type == Nt::pin_fail && !area.has(na::no_da)) return Rc::attributes;
    const std::uint32_t not_for_pins = na::auth_write | na::global_lock | na::write_define;
    return rule::unless(!is_pin(type) || (area.attributes & not_for_pins) == 0, Rc::attributes);
}

Rc check_definition(const Tpm& tpm, const NvDefineSpaceIn& in) {
    const TpmsNvPublic& area = in.public_info.value;
    const bool by_platform = in.auth_handle == rh::platform;
    const std::size_t policy = area.auth_policy.value.size();
    if (policy != 0 && policy != digest_size(area.name_alg)) return at_parameter(Rc::size, 2);
    if (without_trailing_zeros(in.auth.value).size() > digest_size(area.name_alg))
        return at_parameter(Rc::size, 1);
    if (by_platform && !tpm.clear.platform_nv_enabled) return at_handle(Rc::hierarchy, 1);
    if (const Rc rc = check_type(area); rc != Rc::success) return at_parameter(rc, 2);
    const std::uint32_t bits = area.attributes;
    if ((bits & (na::written | na::write_locked | na::read_locked)) != 0 || (bits & any_read) == 0 ||
        (bits & any_write) == 0 || area.has(na::clear_st_clear | na::write_define))
        return at_parameter(Rc::attributes, 2);
    if (area.has(na::platform_create) != by_platform) return at_handle(Rc::attributes, 1);
    if (area.has(na::policy_delete) && !by_platform) return at_parameter(Rc::attributes, 2);
    return at_parameter(rule::unless(!area.has(na::write_all) || area.data_size <= max_nv_transfer, Rc::size),
                        2);
}

/// Who may write or read: the owner and the platform by an attribute each, else the index itself.
Rc check_access(const NvIndex& index, Handle auth, Handle handle, std::uint32_t by_owner,
                std::uint32_t by_platform) {
    if (auth == rh::owner) return rule::unless(index.area.has(by_owner), Rc::nv_authorization);
    if (auth == rh::platform) return rule::unless(index.area.has(by_platform), Rc::nv_authorization);
    return rule::unless(auth == handle, Rc::nv_authorization);
}

Rc check_write(const NvIndex& index, Handle auth, Handle handle) {
    if (index.area.has(na::write_locked)) return Rc::nv_locked;
    return check_access(index, auth, handle, na::owner_write, na::pp_write);
}
/// Of a command for one type alone.
Rc check_typed_write(const NvIndex& index, Handle auth, Handle handle, Nt type) {
    if (const Rc rc = check_write(index, auth, handle); rc != Rc::success) return rc;
    return at_handle(rule::unless(nt_of(index.area.attributes) == type, Rc::attributes), 2);
}
std::uint64_t number_in(const NvIndex& index) { return load<std::uint64_t>(index.data.bytes(), byte_order); }
void put_number(NvIndex& index, std::uint64_t value) {
    index.data.write(0, store(value, byte_order));
    index.area.attributes |= na::written;
}
void forget(Tpm& tpm, Handle handle) {
    tpm.remember_counter(*tpm.nv(handle));
    tpm.permanent.nv.erase(handle);
}

}  // namespace

Rc check_nv_read(const NvIndex& index, Handle auth, Handle handle) {
    if (index.area.has(na::read_locked)) return Rc::nv_locked;
    if (const Rc rc = check_access(index, auth, handle, na::owner_read, na::pp_read); rc != Rc::success)
        return rc;
    return rule::unless(index.area.has(na::written), Rc::nv_uninitialized);
}

Outcome<NvDefineSpaceIn> nv_define_space(Tpm& tpm, const NvDefineSpaceIn& in) {
    const TpmsNvPublic& area = in.public_info.value;
    if (area.data_size > tpm.config.nv_index_size) return at_parameter(Rc::size, 2);
    if (const Rc rc = check_definition(tpm, in); rc != Rc::success) return rc;
    if (tpm.permanent.nv.contains(area.nv_index)) return Rc::nv_defined;
    if (used_space(tpm) + area.data_size > tpm.config.nv_space) return Rc::nv_space;
    const Bytes blank(area.data_size, 0xFF);  // what a first write leaves out reads as FF
    if (!tpm.memory.has_room_for_index(blank.size())) return Rc::nv_space;
    const Estate estate = NvIndex::estate_of(area);
    tpm.permanent.nv.emplace(area.nv_index, NvIndex{area, tpm.memory.nv_auth(estate, in.auth.value),
                                                    tpm.memory.nv_data(estate, blank)});
    return NoOut{};
}

Outcome<NvUndefineSpaceIn> nv_undefine_space(Tpm& tpm, const NvUndefineSpaceIn& in) {
    const NvIndex& index = *tpm.nv(in.nv_index);
    if (index.area.has(na::policy_delete)) return at_handle(Rc::attributes, 2);
    if (in.auth_handle == rh::owner && index.area.has(na::platform_create)) return Rc::nv_authorization;
    forget(tpm, in.nv_index);
    return NoOut{};
}

Outcome<NvReadPublicIn> nv_read_public(Tpm& tpm, const NvReadPublicIn& in) {
    const NvIndex& index = *tpm.nv(in.nv_index);
    return NvReadPublicOut{{index.area}, {name_of(index.area)}};
}

Outcome<NvWriteIn> nv_write(Tpm& tpm, const NvWriteIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    if (const Rc rc = check_write(index, in.auth_handle, in.nv_index); rc != Rc::success) return rc;
    const Nt type = nt_of(index.area.attributes);
    if (type == Nt::counter || type == Nt::bits || type == Nt::extend) return Rc::attributes;
    const Bytes& data = in.data.value;
    if (in.offset > index.data.size()) return at_parameter(Rc::value, 2);
    if (data.size() > index.data.size() - in.offset) return Rc::nv_range;
    if (index.area.has(na::write_all) && data.size() != index.data.size()) return Rc::nv_range;
    if (!index.area.has(na::written)) index.data.write(0, Bytes(index.data.size(), 0xFF));
    index.data.write(in.offset, data);
    index.area.attributes |= na::written;
    return NoOut{};
}

Outcome<NvReadIn> nv_read(Tpm& tpm, const NvReadIn& in) {
    const NvIndex& index = *tpm.nv(in.nv_index);
    if (const Rc rc = check_nv_read(index, in.auth_handle, in.nv_index); rc != Rc::success) return rc;
    if (in.size > max_nv_transfer) return at_parameter(Rc::value, 1);
    if (in.offset > index.data.size()) return at_parameter(Rc::value, 2);
    if (in.size > index.data.size() - in.offset) return Rc::nv_range;
    const ByteView read = index.data.bytes().subspan(in.offset, in.size);
    return NvReadOut{{Bytes{read.begin(), read.end()}}};
}

Outcome<NvIncrementIn> nv_increment(Tpm& tpm, const NvIncrementIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    if (const Rc rc = check_typed_write(index, in.auth_handle, in.nv_index, Nt::counter); rc != Rc::success)
        return rc;
    const bool is_first = !index.area.has(na::written);
    put_number(index, 1 + (is_first ? tpm.permanent.highest_nv_counter : number_in(index)));
    return NoOut{};
}

Outcome<NvExtendIn> nv_extend(Tpm& tpm, const NvExtendIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    if (const Rc rc = check_typed_write(index, in.auth_handle, in.nv_index, Nt::extend); rc != Rc::success)
        return rc;
    if (!index.area.has(na::written)) index.data.write(0, Bytes(index.data.size()));
    index.data.write(0, digest(index.area.name_alg, {index.data.bytes(), in.data.value}));
    index.area.attributes |= na::written;
    return NoOut{};
}

Outcome<NvSetBitsIn> nv_set_bits(Tpm& tpm, const NvSetBitsIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    if (const Rc rc = check_typed_write(index, in.auth_handle, in.nv_index, Nt::bits); rc != Rc::success)
        return rc;
    put_number(index, in.bits | (index.area.has(na::written) ? number_in(index) : 0));
    return NoOut{};
}

Outcome<NvWriteLockIn> nv_write_lock(Tpm& tpm, const NvWriteLockIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    if (index.area.has(na::write_locked)) return NoOut{};  // by whatever lock
    if (const Rc rc = check_write(index, in.auth_handle, in.nv_index); rc != Rc::success) return rc;
    if (!index.area.has(na::write_define) && !index.area.has(na::write_st_clear))
        return at_handle(Rc::attributes, 2);
    index.area.attributes |= na::write_locked;
    return NoOut{};
}

Outcome<NvReadLockIn> nv_read_lock(Tpm& tpm, const NvReadLockIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    if (index.area.has(na::read_locked)) return NoOut{};
    const Rc rc = check_access(index, in.auth_handle, in.nv_index, na::owner_read, na::pp_read);
    if (rc != Rc::success) return rc;
    if (!index.area.has(na::read_st_clear)) return at_handle(Rc::attributes, 2);
    index.area.attributes |= na::read_locked;
    return NoOut{};
}

Outcome<NvGlobalWriteLockIn> nv_global_write_lock(Tpm& tpm, const NvGlobalWriteLockIn&) {
    for (auto& [handle, index] : tpm.permanent.nv)
        if (index.area.has(na::global_lock)) index.area.attributes |= na::write_locked;
    return NoOut{};
}

Outcome<NvUndefineSpaceSpecialIn> nv_undefine_space_special(Tpm& tpm, const NvUndefineSpaceSpecialIn& in) {
    if (!tpm.nv(in.nv_index)->area.has(na::policy_delete)) return at_handle(Rc::attributes, 1);
    forget(tpm, in.nv_index);
    return NoOut{};
}

Outcome<NvChangeAuthIn> nv_change_auth(Tpm& tpm, const NvChangeAuthIn& in) {
    NvIndex& index = *tpm.nv(in.nv_index);
    const ByteView auth = without_trailing_zeros(in.new_auth.value);
    if (auth.size() > digest_size(index.area.name_alg)) return at_parameter(Rc::size, 1);
    Secret whole{index.auth.size()};
    std::ranges::copy(auth, whole.bytes().begin());
    index.auth.write(0, std::as_const(whole).bytes());
    return NoOut{};
}

}  // namespace assay::tpm
