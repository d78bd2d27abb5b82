// Platform configuration registers (TPM 2.0 Library 1.59, Part 1, 17; PC Client Platform TPM Profile, PCR
// attributes).
#pragma once
#include <optional>
#include <vector>

#include "models/tpm/structures.hpp"

namespace assay::tpm {

/// The hashes of the banks, in the order in which capabilities and events list them.
inline constexpr std::array<Alg, bank_count> bank_algs{Alg::sha1, Alg::sha256, Alg::sha384, Alg::sha512};

/// What a PCR is. Bit n of a mask stands for locality n.
struct PcrAttributes {
    bool saved;     // by TPM2_Shutdown(STATE)
    bool counted;   // a change moves pcrUpdateCounter
    bool all_ones;  // at start
    std::uint8_t extend;
    std::uint8_t reset;
    bool dynamic_launch;  // reset by the launch of a dynamic root of trust
};
const PcrAttributes& pcr_attributes(std::size_t pcr);

constexpr bool allows(std::uint8_t localities, unsigned locality) {
    return locality < 8 && (localities >> locality & 1) != 0;
}

class PcrBanks {
public:
    /// As at TPM Reset and TPM Restart. Bank i is there when bit i of `allocated` is set.
    void start(std::uint8_t allocated, unsigned startup_locality);

    bool is_allocated(Alg bank) const;
    /// The selection without what is in no allocated bank.
    TpmlPcrSelection existing(TpmlPcrSelection selection) const;

    /// One bank's digest; nothing happens in a bank that is not allocated. True when the counter moves.
    bool extend(std::size_t pcr, Alg bank, ByteView digest);
    /// To zeros, in all banks. True when the counter moves.
    bool reset(std::size_t pcr);

    /// Null where the bank is not allocated.
    const Bytes* value(Alg bank, std::size_t pcr) const;
    /// Of the selected PCRs, in the order of the selection.
    Bytes composite(Alg hash, const TpmlPcrSelection& selection) const;

    /// The PCRs that TPM2_Shutdown(STATE) saves, and back.
    void restore(const PcrBanks& saved);

private:
    struct Bank {
        bool allocated = false;
        std::array<Bytes, pcr_count> values{};
    };
    std::array<Bank, bank_count> banks_{};
};

}  // namespace assay::tpm
