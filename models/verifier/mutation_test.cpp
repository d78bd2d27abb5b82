// Every byte of real evidence changed, every end cut off: refused, never accepted, never a crash.
#include <map>

#include <boost/test/unit_test.hpp>

#include "models/verifier/golden_appraisal.hpp"

namespace assay::verifier {
namespace {

BOOST_AUTO_TEST_SUITE(mutations)

// One bit per byte, its number taken from the byte's place.
BOOST_AUTO_TEST_CASE(every_flipped_byte_of_the_h100_report_breaks_its_signature) {
    if (!golden::present()) return;
    golden::Case c = golden::h100();
    c.expectation.nonce.reset();
    const GpuVerifier verifier{c.anchors, c.times, c.policy};
    Bytes& report = c.evidence.report;
    BOOST_TEST(report.size() == 4117U);
    std::map<std::string, std::size_t> reasons;
    for (std::size_t i = 0; i < report.size(); ++i) {
        const auto bit = static_cast<std::uint8_t>(1U << (i * 5 + 3) % 8);
        report[i] ^= bit;
        const GpuAppraisal a = verifier.appraise(c.evidence, c.references, c.expectation);
        BOOST_TEST(!a.accepted, i);
        ++reasons[golden::reasons_of(a)];
        report[i] ^= bit;
    }
    BOOST_TEST(reasons.size() == 1U);
    BOOST_TEST(reasons["508: E_SPDM_SIGNATURE"] == 4117U);
    BOOST_TEST(verifier.appraise(c.evidence, c.references, c.expectation).accepted);
}

BOOST_AUTO_TEST_CASE(every_truncation_of_the_h100_report_is_refused) {
    if (!golden::present()) return;
    golden::Case c = golden::h100();
    const GpuVerifier verifier{c.anchors, c.times, c.policy};
    const Bytes whole = c.evidence.report;
    std::map<std::string, std::size_t> reasons;
    for (std::size_t n = 0; n < whole.size(); ++n) {
        c.evidence.report.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
        ++reasons[golden::reasons_of(verifier.appraise(c.evidence, c.references, c.expectation))];
    }
    BOOST_TEST(reasons.size() == 2U);
    BOOST_TEST(reasons["2: E_REPORT_LENGTH"] == gpu::min_report_size);
    BOOST_TEST(reasons["508: E_SPDM_SIGNATURE"] == whole.size() - gpu::min_report_size);
}

// With a signature that holds, the parser is the next to see the bytes: none of the changes may crash it, and
// what it accepts it writes again as it was.
BOOST_AUTO_TEST_CASE(the_parser_stands_every_changed_byte) {
    if (!golden::present()) return;
    for (const auto& [file, kind] : {std::pair{gpu::golden::h100_report, gpu::DeviceKind::gpu},
                                     std::pair{gpu::golden::switch_report, gpu::DeviceKind::nvswitch}}) {
        Bytes bytes = golden::report(file);
        std::size_t refused = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            for (const std::uint8_t flip : std::array<std::uint8_t, 3>{0x01, 0x80, 0xFF}) {
                bytes[i] ^= flip;
                const auto parsed = gpu::parse_report(bytes, kind);
                if (!parsed) ++refused;
                bytes[i] ^= flip;
            }
        BOOST_TEST(refused > bytes.size() / 8);
    }
}

BOOST_AUTO_TEST_CASE(changed_manifests_are_refused) {
    if (!golden::present()) return;
    golden::Case c = golden::h100();
    const GpuVerifier verifier{c.anchors, c.times, c.policy};
    Bytes& xml = c.references.rims[0].content;
    std::map<std::string, std::size_t> reasons;
    for (std::size_t i = 0; i < xml.size(); i += 101) {
        xml[i] ^= 0x02;
        const GpuAppraisal a = verifier.appraise(c.evidence, c.references, c.expectation);
        BOOST_TEST(!a.accepted, i);
        if (!a.refusals.empty()) ++reasons[a.refusals.front().reason];
        xml[i] ^= 0x02;
    }
    for (const auto& [reason, count] : reasons)
        BOOST_TEST(find_reason(reason) != nullptr, reason << " " << count);
}

BOOST_AUTO_TEST_CASE(changed_certificate_chains_are_refused) {
    if (!golden::present()) return;
    golden::Case c = golden::h100();
    const GpuVerifier verifier{c.anchors, c.times, c.policy};
    std::string& pem = c.evidence.chain_pem;
    for (std::size_t i = 0; i < pem.size(); i += 61) {
        pem[i] = static_cast<char>(pem[i] ^ 0x04);
        const GpuAppraisal a = verifier.appraise(c.evidence, c.references, c.expectation);
        BOOST_TEST(!a.accepted, i << " " << golden::all_text(a));
        pem[i] = static_cast<char>(pem[i] ^ 0x04);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::verifier
