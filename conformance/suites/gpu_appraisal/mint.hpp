// Keys of forged worlds, each by its role: the same in every world. What all worlds sign alike - authorities,
// responders, their answers - is signed once per process, and before cases are forked off.
//
//     const auto& root = Mint::shared().key("device root");
#pragma once
#include <map>

#include "sim/crypto/context.hpp"
#include "sim/crypto/key.hpp"

namespace assay::conformance::gpu_appraisal {

class Mint {
public:
    /// The one of this process. Role and digest alone say what a key is and how it signs: nobody can tell
    /// who used it before.
    static Mint& shared();

    /// P-256, P-384 or RSA-2048; equal roles and types, equal keys. Stays where it is.
    const crypto::PrivateKey& key(const std::string& role, crypto::KeyType type = crypto::KeyType::p384);

private:
    /// Begins anew with what a key or a signature is made from.
    class Source final : public Random {
    public:
        void begin(ByteView with) { drbg_ = crypto::Drbg{with, "forge"}; }
        void fill(std::span<std::uint8_t> out) override { drbg_.fill(out); }

    private:
        crypto::Drbg drbg_{{}, "forge"};
    };

    Source source_;
    crypto::Context context_{source_};
    std::map<std::pair<std::string, crypto::KeyType>, crypto::PrivateKey> keys_;
};

}  // namespace assay::conformance::gpu_appraisal
