// Objects: what a transient slot or a persistent handle holds (TPM 2.0 Library 1.59, Part 1, 27 and 28).
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "models/tpm/digests.hpp"
#include "sim/crypto/hash_state.hpp"
#include "sim/crypto/key.hpp"
#include "sim/labels/vault.hpp"

namespace assay::tpm {

/// An object as it is put away: in a slot, in a saved context, in the state file. A format of this TPM alone.
struct SavedObject {
    static constexpr std::size_t most = 1280;  // bytes
    TpmtPublic area{};
    OptionalSized<TpmtSensitive, std::uint16_t> sensitive{};  // nothing: only the public part is loaded
    Tpm2bName qualified_name{};
    Handle hierarchy = rh::null;
    std::uint8_t external = 0;
    std::uint8_t st_clear = 0;
    static constexpr auto wire() {
        using O = SavedObject;
        return std::tuple{field("area", &O::area),
                          field("sensitive", &O::sensitive),
                          field("qualifiedName", &O::qualified_name),
                          field("hierarchy", &O::hierarchy),
                          field("external", &O::external),
                          field("stClear", &O::st_clear)};
    }
};

/// On its way to be one.
struct NewObject {
    SavedObject content{};
    std::optional<crypto::PrivateKey> key{};  // where checking it has made that
};

/// Immutable once made; whoever uses it shares it. Its bytes lie in the memory of its TPM, and are scrubbed
/// when its last user lets go.
class Object {
public:
    /// What `made` says, in `vault` under `label`.
    Object(NewObject made, labels::Vault& vault, const labels::Label& label);

    TpmtPublic area;
    Bytes name;
    Bytes qualified_name;
    Handle hierarchy;
    bool external;
    bool st_clear;  // of itself or inherited

    bool is_parent() const {
        namespace a = object_attribute;
        return has_private_ && !external && area.has(a::restricted | a::decrypt) &&
               area.type != Alg::keyedhash;
    }
    bool is_temporary() const { return external || hierarchy == rh::null || st_clear || !has_private_; }

    // The private part, where it is there; else empty.
    bool has_private() const { return has_private_; }
    ByteView auth_value() const { return part(auth_); }
    ByteView seed_value() const { return part(seed_); }
    ByteView sensitive() const { return part(sensitive_); }
    /// To be wrapped for somebody. Precondition: has_private().
    TpmtSensitive private_area() const;

    /// A SavedObject.
    ByteView content() const { return content_.bytes(); }

    /// The asymmetric key, made when it is first needed. Null when there is no private part, or none that
    /// belongs to the public part.
    const crypto::PrivateKey* key(const crypto::Context& context) const;

private:
    ByteView part(labels::Range range) const { return content_.bytes().subspan(range.at, range.size); }

    bool has_private_;
    labels::Held content_;
    labels::Range auth_{}, seed_{}, sensitive_{};  // of the content
    mutable std::optional<crypto::PrivateKey> key_;
};
using SharedObject = std::shared_ptr<const Object>;

/// Nothing for symmetric objects, and for a public part that is no key.
std::optional<crypto::PublicKey> public_key_of(const TpmtPublic& area);
/// Nothing where the two do not belong to each other.
std::optional<crypto::PrivateKey> private_key_of(const crypto::Context& context, const TpmtPublic& area,
                                                 ByteView sensitive);

/// A hash or an HMAC in progress. An event sequence computes all banks, in their order.
struct Sequence {
    labels::Held auth{};
    labels::Held hmac_key{};  // of an HMAC: as long as a block of its hash (FIPS 198-1)
    bool is_event = false;
    bool is_begun = false;          // has had an update
    bool may_be_generated = false;  // its data began with TPM_GENERATED_VALUE, or with fewer bytes than that
    std::vector<crypto::HashState> states{};

    bool is_hmac() const { return !hmac_key.empty(); }
    /// The key goes to `vault`.
    void begin_hmac(Alg hash, ByteView key, labels::Vault& vault, const labels::Label& label);
    void update(ByteView data);
    /// The digest of a hash or HMAC, not of an event.
    Bytes finish();

private:
    void update_with_key(std::uint8_t pad);
};

/// What a transient handle stands for.
struct Slot {
    SharedObject object{};
    std::unique_ptr<Sequence> sequence{};
    bool is_free() const { return object == nullptr && sequence == nullptr; }
};

/// One of the two coordinates or the scalar, padded to the size of the curve. Empty when it is longer.
Bytes padded(ByteView number, std::size_t size);
crypto::KeyType key_type(Curve curve);
TpmsEccPoint point_of(const crypto::PublicKey& key);
/// Nothing when the point is not on the curve.
std::optional<crypto::PublicKey> public_key_of(Curve curve, const TpmsEccPoint& point);

}  // namespace assay::tpm
