#include "models/tpm/pcr.hpp"

#include "models/tpm/digests.hpp"

namespace assay::tpm {
namespace {

constexpr std::uint8_t any_locality = 0b1'1111;

// clang-format off
constexpr PcrAttributes boot_pcr     {true,  true,  false, any_locality, 0,         false};
constexpr PcrAttributes debug_pcr    {false, false, false, any_locality, 0b0'1111,  false};
constexpr PcrAttributes drtm_pcr     {false, true,  true,  0b1'1100,     0,         true};
constexpr PcrAttributes drtm_auth_pcr{false, true,  true,  0b0'1100,     0,         true};
constexpr PcrAttributes trusted_pcr  {false, true,  true,  0b0'1110,     0b0'0100,  true};
constexpr PcrAttributes os_pcr       {false, false, true,  0b0'0100,     0b0'0100,  true};
// clang-format on

}  // namespace

std::optional<std::size_t> bank_index(Alg bank) {
    const auto found = std::ranges::find(bank_algs, bank);
    if (found == bank_algs.end()) return {};
    return static_cast<std::size_t>(found - bank_algs.begin());
}

const PcrAttributes& pcr_attributes(std::size_t pcr) {
    if (pcr < 16) return boot_pcr;
    if (pcr == 16 || pcr == 23) return debug_pcr;
    if (pcr == 19) return drtm_auth_pcr;
    if (pcr == 20) return trusted_pcr;
    return pcr < 19 ? drtm_pcr : os_pcr;
}

void PcrBanks::start(const PcrAllocation& allocated, unsigned startup_locality) {
    for (std::size_t i = 0; i < bank_count; ++i) {
        Bank& bank = banks_[i];
        bank.allocated = allocated.at(i);
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
            bank.values[pcr].assign(digest_size(bank_algs[i]), pcr_attributes(pcr).all_ones ? 0xFF : 0x00);
        bank.values[0].back() = static_cast<std::uint8_t>(startup_locality);
    }
}

PcrAllocation PcrBanks::allocation() const {
    PcrAllocation out{};
    for (std::size_t i = 0; i < bank_count; ++i) out.at(i) = banks_[i].allocated;
    return out;
}

TpmlPcrSelection PcrBanks::existing(TpmlPcrSelection selection) const {
    for (TpmsPcrSelection& one : selection.items)
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
            if (value(one.hash, pcr) == nullptr) one.remove(pcr);
    return selection;
}

bool PcrBanks::extend(std::size_t pcr, Alg bank, ByteView digest_in) {
    const auto i = bank_index(bank);
    if (!i || !banks_[*i].has(pcr)) return false;
    Bytes& value = banks_[*i].values.at(pcr);
    value = digest(bank, {value, digest_in});
    return pcr_attributes(pcr).counted;
}

bool PcrBanks::reset(std::size_t pcr) {
    for (std::size_t i = 0; i < bank_count; ++i)
        banks_[i].values.at(pcr).assign(digest_size(bank_algs[i]), 0);
    return pcr_attributes(pcr).counted;
}

const Bytes* PcrBanks::value(Alg bank, std::size_t pcr) const {
    const auto i = bank_index(bank);
    return i && banks_[*i].has(pcr) ? &banks_[*i].values.at(pcr) : nullptr;
}

Bytes PcrBanks::composite(Alg hash, const TpmlPcrSelection& selection) const {
    crypto::Hasher hasher{hash_of(hash)};
    for (const TpmsPcrSelection& one : selection.items)
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
            if (one.has(pcr))
                if (const Bytes* found = value(one.hash, pcr)) hasher.update(*found);
    return hasher.finish();
}

Bytes PcrBanks::content() const {
    Bytes out;
    for (std::size_t i = 0; i < bank_count; ++i) {
        append(out, store(banks_[i].allocated, byte_order));
        for (const Bytes& value : banks_[i].values) {
            Bytes whole = value;
            whole.resize(digest_size(bank_algs[i]));  // empty before the first start
            append(out, whole);
        }
    }
    return out;
}

bool PcrBanks::set_content(ByteView content) {
    if (content.size() != this->content().size()) return false;
    const auto take = [&](std::size_t size) {
        const ByteView taken = content.first(size);
        content = content.subspan(size);
        return taken;
    };
    for (std::size_t i = 0; i < bank_count; ++i) {
        banks_[i].allocated = load<std::uint32_t>(take(4), byte_order);
        for (Bytes& value : banks_[i].values) {
            const ByteView digest_in = take(digest_size(bank_algs[i]));
            value.assign(digest_in.begin(), digest_in.end());
        }
    }
    return true;
}

void PcrBanks::restore(const PcrBanks& saved) {
    for (std::size_t i = 0; i < bank_count; ++i)
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
            if (pcr_attributes(pcr).saved) banks_[i].values[pcr] = saved.banks_[i].values[pcr];
}

}  // namespace assay::tpm
