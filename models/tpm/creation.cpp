#include "models/tpm/creation.hpp"

#include "models/tpm/kdf.hpp"
#include "models/tpm/key_cache.hpp"
#include "models/tpm/protection.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::tpm {
namespace {

namespace oa = object_attribute;
constexpr std::uint32_t default_exponent = 65537;

void assign(Bytes& out, ByteView from) { out.assign(from.begin(), from.end()); }

Bytes symmetric_unique(const TpmtPublic& area, const TpmtSensitive& sensitive) {
    return digest(area.name_alg, {sensitive.seed_value.value, sensitive.sensitive.value});
}

void make_rsa(TpmtPublic& area, TpmtSensitive& out, Random& random) {
    crypto::RsaNumbers key = crypto::rsa_generate(area.key_bits, random);
    area.unique_rsa.value = std::move(key.modulus);
    assign(out.sensitive.value, std::as_const(key.prime).bytes());
}

/// A scalar by candidate testing (FIPS 186-5, A.2.2).
void make_ecc(TpmtPublic& area, TpmtSensitive& out, Random& random) {
    const crypto::Context context{random};
    Secret scalar{coordinate_size(area.curve)};
    for (;;) {
        random.fill(scalar.bytes());
        if (area.curve == Curve::p521) scalar.bytes()[0] &= 1;  // the order has 521 bits
        const auto key =
            crypto::PrivateKey::from_scalar(context, key_type(area.curve), std::as_const(scalar).bytes());
        if (!key) continue;
        area.unique_ecc = point_of(key->public_key());
        assign(out.sensitive.value, std::as_const(scalar).bytes());
        return;
    }
}

Rc make_symmetric(const TpmtPublic& area, TpmtSensitive& out, ByteView data, Random& random) {
    const std::size_t key_size =
        area.type == Alg::symcipher ? area.symmetric.key_bits / 8U : digest_size(area.name_alg);
    if (area.has(oa::sensitive_data_origin)) {
        out.sensitive.value.resize(key_size);
        random.fill(out.sensitive.value);
        return Rc::success;
    }
    if (area.type == Alg::symcipher && data.size() != key_size) return Rc::key_size;
    assign(out.sensitive.value, data);
    return Rc::success;
}

SharedObject kept_primary(Tpm& tpm, Handle hierarchy, const Bytes& recipe, SharedObject made) {
    if (tpm.primaries.size() >= most_kept_primaries) tpm.primaries.erase(tpm.primaries.begin());
    tpm.primaries.push_back({hierarchy, recipe, made});
    return made;
}

}  // namespace

std::optional<KeyCache::Key> KeyCache::find(ByteView recipe) const {
    const std::lock_guard guard{mutex_};
    const auto found = std::ranges::find_if(
        entries_, [recipe](const Entry& entry) { return std::ranges::equal(entry.recipe, recipe); });
    return found == entries_.end() ? std::nullopt : std::optional{found->key};
}

void KeyCache::keep(Bytes recipe, Key key) {
    const std::lock_guard guard{mutex_};
    if (entries_.size() >= most) entries_.pop_front();
    entries_.push_back({std::move(recipe), std::move(key)});
}

Result<TpmtSensitive, Rc> make_sensitive(TpmtPublic& area, const TpmsSensitiveCreate& create,
                                         Random& random) {
    TpmtSensitive out{.type = area.type,
                      .auth_value = {taken(without_trailing_zeros(create.user_auth.value))}};
    const bool is_asymmetric = TpmtPublic::is_asymmetric(area);
    if (area.type == Alg::rsa) {
        if (area.exponent != 0 && area.exponent != default_exponent) return Rc::range;
        make_rsa(area, out, random);
    } else if (area.type == Alg::ecc) {
        make_ecc(area, out, random);
    } else if (const Rc rc = make_symmetric(area, out, create.data.value, random); rc != Rc::success) {
        return rc;
    }
    if (!is_asymmetric || area.has(oa::restricted | oa::decrypt)) {
        out.seed_value.value.resize(digest_size(area.name_alg));
        random.fill(out.seed_value.value);
    }
    if (!is_asymmetric) area.unique_digest.value = symmetric_unique(area, out);
    return out;
}

namespace {

/// A private half that a public one can have; `number`: of the parameter that holds it.
Rc check_sensitive(const TpmtPublic& area, const TpmtSensitive& sensitive, std::size_t number) {
    const std::size_t size = sensitive.sensitive.value.size();
    const bool has_top_bit = size != 0 && sensitive.sensitive.value[0] >= 0x80;
    const TpmtScheme& scheme = area.scheme;
    bool fits = true;
    switch (area.type) {
        case Alg::rsa: fits = 2 * size == area.key_bits / 8U && has_top_bit; break;
        case Alg::symcipher: fits = size == area.symmetric.key_bits / 8U; break;
        case Alg::keyedhash: fits = scheme.scheme == Alg::null || size <= block_size(scheme.hash_alg); break;
        default: break;
    }
    return at_parameter(rule::unless(fits, Rc::key_size), number);
}

Rc check_unique(const TpmtPublic& area, bool has_private, std::size_t number) {
    if (area.type == Alg::rsa) {
        const Bytes& modulus = area.unique_rsa.value;
        if (modulus.size() != area.key_bits / 8U || modulus[0] < 0x80) return at_parameter(Rc::key, number);
        constexpr std::uint32_t least_exponent = 7;
        if (area.exponent != 0 && area.exponent < least_exponent) return at_parameter(Rc::value, number);
        return Rc::success;
    }
    if (has_private) return Rc::success;  // is compared with it
    if (area.type == Alg::ecc) {
        const std::size_t size = coordinate_size(area.curve);
        if (area.unique_ecc.x.value.size() != size || area.unique_ecc.y.value.size() != size)
            return at_parameter(Rc::key, number);
        const bool on_curve = area.name_alg == Alg::null || public_key_of(area);
        return at_parameter(rule::unless(on_curve, Rc::ecc_point), number);
    }
    const bool fits = area.unique_digest.value.size() == digest_size(area.name_alg);
    return at_parameter(rule::unless(fits, Rc::key), number);
}

/// TPM_RC_BINDING is of both halves, and has no number.
Rc check_pair(const crypto::Context& context, NewObject& object, std::size_t number) {
    const TpmtPublic& area = object.content.area;
    const TpmtSensitive& sensitive = *object.content.sensitive.value;
    if (area.type == Alg::ecc) {
        const Secret scalar{padded(sensitive.sensitive.value, coordinate_size(area.curve))};
        if (!crypto::PrivateKey::from_scalar(context, key_type(area.curve), scalar.bytes()))
            return Rc::key_size;
    }
    if (area.name_alg == Alg::null && area.type != Alg::rsa) return Rc::success;
    if (TpmtPublic::is_asymmetric(area)) {
        object.key = private_key_of(context, area, sensitive.sensitive.value);
        return rule::unless(object.key.has_value(), Rc::binding);
    }
    if (sensitive.seed_value.value.size() != digest_size(area.name_alg))
        return at_parameter(Rc::key_size, number);
    return rule::unless(area.unique_digest.value == symmetric_unique(area, sensitive), Rc::binding);
}

}  // namespace

Rc check_keys(const crypto::Context& context, NewObject& object, std::size_t public_number,
              std::size_t private_number) {
    const TpmtPublic& area = object.content.area;
    const std::optional<TpmtSensitive>& sensitive = object.content.sensitive.value;
    const std::size_t digest = digest_size(area.name_alg);
    if (sensitive) {
        if (sensitive->type != area.type) return at_parameter(Rc::type, private_number);
        if (digest != 0 && sensitive->auth_value.value.size() > digest)
            return at_parameter(Rc::size, private_number);
    }
    if (const Rc rc = check_unique(area, sensitive.has_value(), public_number); rc != Rc::success) return rc;
    if (!sensitive)
        return at_parameter(rule::unless(!TpmtPublic::is_asymmetric(area) || area.name_alg == Alg::null ||
                                             public_key_of(area),
                                         Rc::key),
                            public_number);
    if (const Rc rc = check_sensitive(area, *sensitive, private_number); rc != Rc::success) return rc;
    if (const Rc rc = check_pair(context, object, private_number); rc != Rc::success) return rc;
    const std::size_t seed = sensitive->seed_value.value.size();
    const bool is_storage = area.has(oa::restricted | oa::decrypt) && digest != 0;
    return at_parameter(rule::unless(!is_storage || (seed >= digest / 2 && seed <= digest), Rc::size),
                        private_number);
}

SharedObject finished(Tpm& tpm, NewObject object, const Object* parent) {
    SavedObject& content = object.content;
    if (parent != nullptr) {
        content.hierarchy = parent->hierarchy;
        content.st_clear = parent->st_clear;
    }
    if (content.area.has(oa::st_clear)) content.st_clear = 1;
    const Bytes name = name_of(content.area);
    content.qualified_name.value =
        content.external != 0
            ? name
            : qualified_name(content.area.name_alg,
                             parent != nullptr ? parent->qualified_name : name_of(content.hierarchy), name);
    return tpm.loaded(std::move(object));
}

Result<SharedObject, Rc> make_primary(Tpm& tpm, Handle hierarchy, const TpmtPublic& area,
                                      const TpmsSensitiveCreate& create) {
    const HierarchySecrets& secrets = tpm.secrets(hierarchy);
    // Everything that decides the keys: Part 1, 27.6.3.
    const Secret seed = kdfa(tpm.config.context_hash, secrets.seed.bytes(), "Primary Object Creation",
                             name_of(area), digest(Alg::sha256, {create.data.value}), 512);
    const bool mixes_proofs = hierarchy == rh::endorsement;
    const Bytes recipe =
        digest(Alg::sha256, {as_bytes("recipe"), seed.bytes(), create.data.value,
                             mixes_proofs ? tpm.secrets(rh::owner).proof.bytes() : ByteView{},
                             mixes_proofs ? secrets.proof.bytes() : ByteView{}});

    const ByteView auth = without_trailing_zeros(create.user_auth.value);
    NewObject object{{.area = area, .hierarchy = hierarchy}};
    std::optional<TpmtSensitive>& sensitive = object.content.sensitive.value;
    const auto kept = std::ranges::find(tpm.primaries, recipe, &PrimaryKeys::recipe);
    if (kept != tpm.primaries.end()) {
        if (equal(kept->made->auth_value(), auth)) return kept->made;
        object.content.area = kept->made->area;
        sensitive = kept->made->private_area();
        sensitive->auth_value = {taken(auth)};
        return finished(tpm, std::move(object), nullptr);
    }

    if (auto found = tpm.config.key_cache ? tpm.config.key_cache->find(recipe) : std::nullopt) {
        object.content.area = std::move(found->area);
        sensitive = std::move(found->sensitive);
        sensitive->auth_value = {taken(auth)};
        return kept_primary(tpm, hierarchy, recipe, finished(tpm, std::move(object), nullptr));
    }
    crypto::Drbg drbg{seed.bytes(), "Primary Object Creation"};
    auto made = make_sensitive(object.content.area, create, drbg);
    if (!made) return made.error();
    sensitive = std::move(*made);
    Bytes& seed_value = sensitive->seed_value.value;
    if (mixes_proofs && !seed_value.empty()) {
        // Children of an endorsement primary die with TPM2_Clear; the key itself does not.
        const Secret mixed = kdfa(area.name_alg, seed_value, "PROOF", tpm.secrets(rh::owner).proof.bytes(),
                                  secrets.proof.bytes(), 8 * seed_value.size());
        std::ranges::copy(mixed.bytes(), seed_value.begin());
        if (!TpmtPublic::is_asymmetric(area))
            object.content.area.unique_digest.value = symmetric_unique(object.content.area, *sensitive);
    }
    if (tpm.config.key_cache) {
        KeyCache::Key key{object.content.area, *sensitive};
        key.sensitive.auth_value = {};
        tpm.config.key_cache->keep(recipe, std::move(key));
    }
    return kept_primary(tpm, hierarchy, recipe, finished(tpm, std::move(object), nullptr));
}

Result<SharedObject, Rc> make_child(Tpm& tpm, const Object& parent, const TpmtPublic& area,
                                    const TpmsSensitiveCreate& create) {
    NewObject object{{.area = area}};
    auto sensitive = make_sensitive(object.content.area, create, tpm.random);
    if (!sensitive) return sensitive.error();
    object.content.sensitive.value = std::move(*sensitive);
    return finished(tpm, std::move(object), &parent);
}

Bytes wrapped_for(Tpm& tpm, const Object& parent, const TpmtSensitive& sensitive, Alg name_alg,
                  ByteView name) {
    std::array<std::uint8_t, 16> iv{};
    tpm.random.fill(iv);
    return wrap_private(protection_of(parent), iv, sensitive, name_alg, name);
}

TpmsCreationData creation_data(Tpm& tpm, Alg hash, const TpmlPcrSelection& pcrs, Handle parent_handle,
                               const Object* parent, const Tpm2bData& outside_info) {
    TpmsCreationData out;
    out.pcr_select = tpm.ram.pcrs.existing(pcrs);
    out.pcr_digest.value = tpm.ram.pcrs.composite(hash, out.pcr_select);
    out.locality =
        static_cast<std::uint8_t>(tpm.ram.locality < 5 ? 1U << tpm.ram.locality : tpm.ram.locality);
    out.parent_name_alg = parent != nullptr ? parent->area.name_alg : Alg::null;
    out.parent_name.value = parent != nullptr ? parent->name : name_of(parent_handle);
    out.parent_qualified_name.value = parent != nullptr ? parent->qualified_name : name_of(parent_handle);
    out.outside_info = outside_info;
    return out;
}

}  // namespace assay::tpm
