// Platform configuration registers (TPM 2.0 Library 1.59, Part 1, 17; PC Client Platform TPM Profile, PCR
// attributes).
#pragma once
#include <optional>
#include <vector>

#include "models/tpm/structures.hpp"

namespace assay::tpm {

/// The hashes of the banks, in the order in which capabilities and events list them.
inline constexpr std::array<Alg, bank_count> bank_algs{Alg::sha1, Alg::sha256, Alg::sha384, Alg::sha512};

/// Which PCRs a bank has: bit n for PCR n, a word per bank.
using PcrAllocation = std::array<std::uint32_t, bank_count>;
inline constexpr PcrAllocation all_pcrs{0xFF'FFFF, 0xFF'FFFF, 0xFF'FFFF, 0xFF'FFFF};
std::optional<std::size_t> bank_index(Alg bank);

/// The PCRs that share an authValue and a policy (TPM_PT_PCR_AUTH, TPM_PT_PCR_POLICY).
constexpr bool is_in_pcr_group(std::size_t pcr) { return pcr >= 20 && pcr <= 22; }

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
    /// As at TPM Reset and TPM Restart.
    void start(const PcrAllocation& allocated, unsigned startup_locality);

    PcrAllocation allocation() const;

    /// The selection without what is not allocated.
    TpmlPcrSelection existing(TpmlPcrSelection selection) const;

    /// One bank's digest; nothing happens where the PCR is not allocated. True when the counter moves.
    bool extend(std::size_t pcr, Alg bank, ByteView digest);
    /// To zeros, in all banks. True when the counter moves.
    bool reset(std::size_t pcr);

    /// Null where it is not allocated.
    const Bytes* value(Alg bank, std::size_t pcr) const;
    /// Of the selected PCRs, in the order of the selection.
    Bytes composite(Alg hash, const TpmlPcrSelection& selection) const;

    /// Everything, in a form of fixed size, and back; false when `content` has another size.
    Bytes content() const;
    bool set_content(ByteView content);

    /// The PCRs that TPM2_Shutdown(STATE) saves, and back.
    void restore(const PcrBanks& saved);

private:
    struct Bank {
        std::uint32_t allocated = 0;
        std::array<Bytes, pcr_count> values{};
        bool has(std::size_t pcr) const { return (allocated >> pcr & 1) != 0; }
    };
    std::array<Bank, bank_count> banks_{};
};

}  // namespace assay::tpm
