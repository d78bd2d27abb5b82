#include "models/cvm/snp_report.hpp"

#include <algorithm>

namespace assay::cvm {
namespace {

constexpr std::size_t component = 48;  // of a P-384 signature

}  // namespace

std::string TcbVersion::text() const {
    return "boot loader " + std::to_string(boot_loader) + ", TEE " + std::to_string(tee) + ", SNP " +
           std::to_string(snp) + ", microcode " + std::to_string(microcode);
}

std::optional<Bytes> snp_signature(const SnpReport& report) {
    Bytes out;
    for (const auto* const part : {&report.signature_r, &report.signature_s}) {
        if (std::any_of(part->begin() + component, part->end(), [](std::uint8_t b) { return b != 0; }))
            return {};
        out.insert(out.end(), part->rend() - component, part->rend());
    }
    return out;
}

void set_snp_signature(SnpReport& report, ByteView raw) {
    if (raw.size() != 2 * component) throw std::logic_error("a P-384 signature has 96 bytes");
    report.signature_r = {};
    report.signature_s = {};
    std::reverse_copy(raw.begin(), raw.begin() + component, report.signature_r.begin());
    std::reverse_copy(raw.begin() + component, raw.end(), report.signature_s.begin());
}

}  // namespace assay::cvm
