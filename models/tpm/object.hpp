// Objects: what a transient slot or a persistent handle holds (TPM 2.0 Library 1.59, Part 1, 27 and 28).
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "models/tpm/digests.hpp"
#include "sim/crypto/hash_state.hpp"
#include "sim/crypto/key.hpp"

namespace assay::tpm {

/// Immutable once made; whoever uses it shares it. It is wiped when its last user lets go.
struct Object {
    explicit Object(TpmtPublic public_area) : area(std::move(public_area)) {}

    TpmtPublic area;
    std::optional<TpmtSensitive> sensitive;  // nothing: only the public part is loaded
    Bytes name;
    Bytes qualified_name;
    Handle hierarchy = rh::null;
    bool external = false;
    bool st_clear = false;  // of itself or inherited

    bool is_parent() const {
        namespace a = object_attribute;
        return sensitive && !external && area.has(a::restricted | a::decrypt) && area.type != Alg::keyedhash;
    }
    bool is_temporary() const { return external || hierarchy == rh::null || st_clear || !sensitive; }
    ByteView auth_value() const { return sensitive ? ByteView{sensitive->auth_value.value} : ByteView{}; }

    /// The asymmetric key, made when it is first needed. Null when there is no private part, or none that
    /// belongs to the public part.
    const crypto::PrivateKey* key(const crypto::Context& context) const;
    /// Nothing for symmetric objects, and for a public part that is no key.
    std::optional<crypto::PublicKey> public_key() const;

private:
    mutable std::optional<crypto::PrivateKey> key_{};
};
using SharedObject = std::shared_ptr<const Object>;

/// An object as it is put away: in a saved context, in the state file. A format of this TPM alone.
struct SavedObject {
    TpmtPublic area{};
    OptionalSized<TpmtSensitive, std::uint16_t> sensitive{};
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
SavedObject saved(const Object& object);
SharedObject restored(const SavedObject& content);

/// A hash or an HMAC in progress. An event sequence computes all banks, in their order.
struct Sequence {
    Tpm2bAuth auth{};
    SecretTpm2b<128> hmac_key{};  // of an HMAC: as long as a block of its hash (FIPS 198-1)
    bool is_event = false;
    bool is_begun = false;          // has had an update
    bool may_be_generated = false;  // its data began with TPM_GENERATED_VALUE, or with fewer bytes than that
    std::vector<crypto::HashState> states{};

    bool is_hmac() const { return !hmac_key.value.empty(); }
    void begin_hmac(Alg hash, ByteView key);
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
