// Who the other end is: its certificate chain structure (DSP0274, certificates and certificate chains),
// checked, and what its leaf key has signed.
#pragma once
#include "models/spdm/negotiation.hpp"
#include "sim/base/result.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {

struct PeerIdentity {
    Bytes chain_digest;                             // of the whole structure
    std::vector<crypto::Certificate> certificates;  // root first
    std::uint32_t base_asym = 0;                    // the algorithm that the leaf key signs with

    /// The signature by the leaf key over `transcript`, from 1.2 on with the prefix that ends in `context`.
    bool has_signed(const Connection& connection, std::string_view context, ByteView transcript,
                    ByteView signature) const;
};

/// A chain structure: Length, Reserved, RootHash, certificates from the root on; each certificate issued by
/// the one before, the leaf key of `base_asym`. The error says what does not fit. Whether the root is one to
/// trust is the caller's to judge.
Result<PeerIdentity, std::string> read_chain(ByteView chain, const Connection& connection,
                                             std::uint32_t base_asym);

/// The part of a chain that CERTIFICATE carries, as GET_CERTIFICATE asked: what both ends send.
CertificateResponse portion_of(ByteView chain, const GetCertificate& request, std::size_t space);

/// Portions of a chain as they come in.
class ChainReader {
public:
    void begin() { *this = {}; }
    /// "" where the portion continues what is there, else what does not fit.
    std::string take(const CertificateResponse& portion, std::uint8_t slot, std::size_t asked);
    bool complete() const { return size_ != 0 && chain_.size() == size_; }
    bool more() const { return chain_.size() < size_; }
    const Bytes& chain() const { return chain_; }

private:
    Bytes chain_;
    std::size_t size_ = 0;  // 0 until the first portion tells it
};

/// The digest of `slot` in a DIGESTS message; nothing where the slot is empty, or the message is not as long
/// as its mask says.
std::optional<Bytes> digest_in(ByteView digests, std::uint8_t slot, std::size_t hash_size,
                               std::size_t more_per_slot = 0);

}  // namespace assay::spdm
