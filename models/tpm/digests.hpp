// Names, PCR composites and policy digests: what a client, a verifier or a key service computes by itself
// (TPM 2.0 Library 1.59, Part 1, 16 and Part 3, 23). A policy that asks for PCRs 0 to 15:
//
//     const Bytes composite = pcr_composite(Alg::sha256, pcr_values);  // in the order of the selection
//     Policy policy{Alg::sha256};
//     policy.pcr({{TpmsPcrSelection::mask(Alg::sha256, 0xFFFF)}}, composite);
//     policy.digest()
#pragma once
#include <span>

#include "models/tpm/attest.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::tpm {

/// The hash of that identifier. std::logic_error when it is none (digest_size(hash) is 0).
crypto::Hash hash_of(Alg hash);
Bytes digest(Alg hash, std::initializer_list<ByteView> parts);

/// Name (Part 1, 16): nameAlg and the digest of the public area; empty when nameAlg is TPM_ALG_NULL.
Bytes name_of(const TpmtPublic& area);
Bytes name_of(const TpmsNvPublic& area);
/// The Name of what has no public area: its handle.
Bytes name_of(Handle handle);

/// Qualified Name of an object under a parent, whose qualified Name is given (a hierarchy's is its handle).
Bytes qualified_name(Alg name_alg, ByteView parent_qualified_name, ByteView name);

/// The digest over the values of the selected PCRs, one after the other.
Bytes pcr_composite(Alg hash, std::span<const Bytes> values);

/// policyDigest, assertion by assertion (Part 3, 23). Begins as zeros.
class Policy {
public:
    explicit Policy(Alg hash) : hash_(hash), digest_(digest_size(hash)) {}
    /// Goes on from a digest.
    Policy(Alg hash, Bytes digest) : hash_(hash), digest_(std::move(digest)) {}

    Policy& pcr(const TpmlPcrSelection& pcrs, ByteView composite);
    /// Of a session: PolicySecret of what has this Name.
    Policy& secret(ByteView name, ByteView policy_ref = {});
    Policy& signed_by(ByteView name, ByteView policy_ref = {});
    /// TPM2_PolicyOR: the digests in the order in which they are given.
    Policy& any_of(std::span<const Bytes> digests);
    Policy& command_code(Cc code);
    /// TPM2_PolicyAuthorize and TPM2_PolicyAuthorizeNV: whatever was asserted so far is replaced.
    Policy& authorized(ByteView key_name, ByteView policy_ref = {});
    Policy& authorized_nv(ByteView index_name);
    /// TPM2_PolicyNV, and TPM2_PolicyCounterTimer, which has no index.
    Policy& compared(Cc code, ByteView operand, std::uint16_t offset, Eo operation, ByteView index_name = {});
    Policy& duplication_select(ByteView object_name, ByteView new_parent_name, bool include_object);
    Policy& auth_value();  // and PolicyPassword, which has the same digest
    /// The general form: H(old || commandCode || parts).
    Policy& extend(Cc code, std::initializer_list<ByteView> parts);

    Alg hash() const { return hash_; }
    const Bytes& digest() const { return digest_; }

private:
    Policy& update(Cc code, ByteView name, ByteView policy_ref);
    Alg hash_;
    Bytes digest_;
};

}  // namespace assay::tpm
