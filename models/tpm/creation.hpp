// Making objects (TPM 2.0 Library 1.59, Part 1, 27; Part 3, 12.1 and 24.1).
#pragma once
#include "models/tpm/tpm.hpp"
#include "sim/base/result.hpp"

namespace assay::tpm {

/// What a public area must satisfy under a parent (null: a hierarchy, or none), without a parameter number.
Rc check_public_area(const TpmtPublic& area, const Object* parent);
/// The scheme, symmetric and key size rules of that alone: also for what is loaded from outside.
Rc check_parameters(const TpmtPublic& area);
/// In addition for a new object: where its sensitive data come from.
Rc check_data_origin(const TpmtPublic& area, ByteView data, const Object* parent);
/// That the halves of what comes from outside are keys, and belong to each other: each code with the number
/// of the parameter at fault, but TPM_RC_BINDING (Part 3, 12.2 and 12.3). The key is left in `object`.
Rc check_keys(const crypto::Context& context, NewObject& object, std::size_t public_number,
              std::size_t private_number);

/// Fills in keys and `unique`. All randomness comes from `random`. TPM_RC_RANGE for an exponent that is not
/// supported, TPM_RC_KEY_SIZE for data that cannot be this key.
Result<TpmtSensitive, Rc> make_sensitive(TpmtPublic& area, const TpmsSensitiveCreate& create, Random& random);

/// A primary object of an enabled hierarchy: the same seed, template and data give the same keys.
Result<SharedObject, Rc> make_primary(Tpm& tpm, Handle hierarchy, const TpmtPublic& area,
                                      const TpmsSensitiveCreate& create);
/// A child; its keys come from the random numbers of the TPM.
Result<SharedObject, Rc> make_child(Tpm& tpm, const Object& parent, const TpmtPublic& area,
                                    const TpmsSensitiveCreate& create);
/// TPM2B_PRIVATE content under a parent, with a fresh IV.
Bytes wrapped_for(Tpm& tpm, const Object& parent, const TpmtSensitive& sensitive, Alg name_alg,
                  ByteView name);
inline constexpr std::uint16_t largest_rsa = 3072;  // bits
/// Loaded, with its qualified name, and with the hierarchy and the attributes that it inherits.
SharedObject finished(Tpm& tpm, NewObject object, const Object* parent);

TpmsCreationData creation_data(Tpm& tpm, Alg hash, const TpmlPcrSelection& pcrs, Handle parent_handle,
                               const Object* parent, const Tpm2bData& outside_info);

}  // namespace assay::tpm
