// What a value may be, by its interface type (TPM 2.0 Library 1.59, Part 2, 9 and 11): a rule is Rc::success
// or the code with which a wrong value is refused. The structures and messages name a rule beside each member
// that has one.
#pragma once
#include "models/tpm/constants.hpp"
#include "models/tpm/response_code.hpp"
#include "sim/base/wire.hpp"

namespace assay::tpm {

template <class T>
struct MemberOf;
template <class Owner, class Member>
struct MemberOf<Member Owner::*> {
    using owner = Owner;
};

/// A member with its rule: `ruled<&TpmtHa::hash_alg, rule::hash>("hashAlg")`.
template <auto member, auto rule>
constexpr auto ruled(std::string_view name) {
    using Owner = typename MemberOf<decltype(member)>::owner;
    return field(name, member).check([](const Owner& owner) {
        return static_cast<std::uint32_t>(rule(owner.*member));
    });
}

/// A struct with the rule of the place where it stands, told after each of its members.
template <auto member, auto rule>
constexpr auto ruled_early(std::string_view name) {
    using Owner = typename MemberOf<decltype(member)>::owner;
    return field(name, member).early([](const Owner& owner) {
        return static_cast<std::uint32_t>(rule(owner.*member));
    });
}

namespace rule {

constexpr Rc unless(bool good, Rc rc) { return good ? Rc::success : rc; }

/// TPMI_ALG_HASH (9.29), and with its `+`.
constexpr Rc hash(Alg alg) { return unless(digest_size(alg) != 0, Rc::hash); }
constexpr Rc hash_or_null(Alg alg) { return alg == Alg::null ? Rc::success : hash(alg); }

/// TPMI_ALG_KDF+ (9.32).
constexpr Rc kdf_or_null(Alg alg) {
    return unless(alg == Alg::null || alg == Alg::mgf1 || alg == Alg::kdf1_sp800_56a || alg == Alg::kdf2 ||
                      alg == Alg::kdf1_sp800_108,
                  Rc::kdf);
}

/// TPMI_YES_NO (9.2).
constexpr Rc yes_no(std::uint8_t value) { return unless(value <= 1, Rc::value); }

constexpr Rc curve(Curve id) { return unless(coordinate_size(id) != 0, Rc::curve); }
constexpr Rc su(Su su) { return unless(su == Su::clear || su == Su::state, Rc::value); }
constexpr Rc eo(Eo eo) { return unless(eo <= Eo::bitclear, Rc::value); }
constexpr Rc se(Se se) { return unless(se == Se::hmac || se == Se::policy || se == Se::trial, Rc::value); }

// Handles (9.3 to 9.26).
constexpr bool is_object(Handle h) { return kind_of(h) == Ht::transient || kind_of(h) == Ht::persistent; }
constexpr bool is_hierarchy(Handle h) { return h == rh::owner || h == rh::endorsement || h == rh::platform; }
constexpr bool is_nv(Handle h) { return kind_of(h) == Ht::nv_index; }
constexpr bool is_session(Handle h) {
    return kind_of(h) == Ht::hmac_session || kind_of(h) == Ht::policy_session;
}
constexpr Rc object(Handle h) { return unless(is_object(h), Rc::value); }
constexpr Rc object_or_null(Handle h) { return unless(is_object(h) || h == rh::null, Rc::value); }
constexpr Rc parent_or_null(Handle h) {
    return unless(is_object(h) || is_hierarchy(h) || h == rh::null, Rc::value);
}
constexpr Rc entity(Handle h) {
    return unless(is_object(h) || is_hierarchy(h) || h == rh::lockout || is_nv(h) || h < pcr_count,
                  Rc::value);
}
constexpr Rc entity_or_null(Handle h) { return h == rh::null ? Rc::success : entity(h); }
constexpr Rc pcr(Handle h) { return unless(h < pcr_count, Rc::value); }
constexpr Rc pcr_or_null(Handle h) { return unless(h < pcr_count || h == rh::null, Rc::value); }
constexpr Rc context(Handle h) { return unless(is_session(h) || kind_of(h) == Ht::transient, Rc::value); }
constexpr Rc saved(Handle h) {
    return unless(is_session(h) || (h >= first_of(Ht::transient) && h <= first_of(Ht::transient) + 2),
                  Rc::value);
}
constexpr Rc persistent(Handle h) { return unless(kind_of(h) == Ht::persistent, Rc::value); }
constexpr Rc auth_session(Handle h) { return unless(is_session(h) || h == rh::password, Rc::value); }
constexpr Rc policy_session(Handle h) { return unless(kind_of(h) == Ht::policy_session, Rc::value); }
constexpr Rc hierarchy_or_null(Handle h) { return unless(is_hierarchy(h) || h == rh::null, Rc::value); }
constexpr Rc base_hierarchy(Handle h) { return unless(is_hierarchy(h), Rc::value); }
constexpr Rc enables(Handle h) { return unless(is_hierarchy(h) || h == rh::platform_nv, Rc::value); }
constexpr Rc hierarchy_auth(Handle h) { return unless(is_hierarchy(h) || h == rh::lockout, Rc::value); }
constexpr Rc clear_auth(Handle h) { return unless(h == rh::lockout || h == rh::platform, Rc::value); }
constexpr Rc platform(Handle h) { return unless(h == rh::platform, Rc::value); }
constexpr Rc lockout(Handle h) { return unless(h == rh::lockout, Rc::value); }
constexpr Rc provision(Handle h) { return unless(h == rh::owner || h == rh::platform, Rc::value); }
constexpr Rc nv_index(Handle h) { return unless(is_nv(h), Rc::value); }
constexpr Rc nv_auth(Handle h) { return unless(h == rh::owner || h == rh::platform || is_nv(h), Rc::value); }

constexpr Rc object_attributes(std::uint32_t bits) {
    return unless((bits & ~object_attribute::all) == 0, Rc::reserved_bits);
}
constexpr Rc session_attributes(std::uint8_t bits) {
    return unless((bits & session_attribute::reserved) == 0, Rc::reserved_bits);
}
constexpr Rc nv_attributes(std::uint32_t bits) {
    return unless((bits & nv_attribute::reserved) == 0, Rc::reserved_bits);
}

}  // namespace rule
}  // namespace assay::tpm
