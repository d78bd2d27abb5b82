// The attestation report of SEV-SNP (AMD publication 56860, ATTESTATION_REPORT), little endian.
//
//     const auto report = decode<SnpReport>(bytes, snp_byte_order);      // exactly 1184 bytes
//     const auto signature = snp_signature(*report);                     // raw r || s
//     vcek.verify(ecdsa_raw, sha384, ByteView{bytes}.first(snp_signed_size), *signature);
#pragma once
#include <array>

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::cvm {

inline constexpr auto snp_byte_order = std::endian::little;
inline constexpr std::size_t snp_report_size = 1184;
/// The signature is over bytes 0x000 to 0x29F.
inline constexpr std::size_t snp_signed_size = 0x2A0;

/// Security versions of a platform, in the order of Milan and Genoa (TCB_VERSION).
struct TcbVersion {
    std::uint8_t boot_loader = 0;
    std::uint8_t tee = 0;
    std::array<std::uint8_t, 4> reserved{};
    std::uint8_t snp = 0;
    std::uint8_t microcode = 0;

    bool operator==(const TcbVersion&) const = default;
    /// True where no part is below that of `floor`.
    bool at_least(const TcbVersion& floor) const {
        return boot_loader >= floor.boot_loader && tee >= floor.tee && snp >= floor.snp &&
               microcode >= floor.microcode;
    }
    /// `boot loader 3, TEE 0, SNP 8, microcode 115`
    std::string text() const;
    static constexpr auto wire() {
        return std::tuple{field("boot_loader", &TcbVersion::boot_loader), field("tee", &TcbVersion::tee),
                          field("reserved", &TcbVersion::reserved), field("snp", &TcbVersion::snp),
                          field("microcode", &TcbVersion::microcode)};
    }
};

/// A firmware version: build, minor, major.
struct SnpBuild {
    std::uint8_t build = 0, minor = 0, major = 0, reserved = 0;
    static constexpr auto wire() {
        return std::tuple{field("build", &SnpBuild::build), field("minor", &SnpBuild::minor),
                          field("major", &SnpBuild::major), field("reserved", &SnpBuild::reserved)};
    }
};

struct SnpReport {
    std::uint32_t version = 0;
    std::uint32_t guest_svn = 0;
    std::uint64_t policy = 0;
    std::array<std::uint8_t, 16> family_id{}, image_id{};
    std::uint32_t vmpl = 0;
    std::uint32_t signature_algo = 0;
    TcbVersion current_tcb;
    std::uint64_t platform_info = 0;
    std::uint32_t key_info = 0;
    std::uint32_t reserved_04c = 0;
    std::array<std::uint8_t, 64> report_data{};
    std::array<std::uint8_t, 48> measurement{};
    std::array<std::uint8_t, 32> host_data{};
    std::array<std::uint8_t, 48> id_key_digest{}, author_key_digest{};
    std::array<std::uint8_t, 32> report_id{}, report_id_ma{};
    TcbVersion reported_tcb;
    std::uint8_t cpu_family = 0, cpu_model = 0, cpu_stepping = 0;  // from version 3 on
    std::array<std::uint8_t, 21> reserved_18b{};
    std::array<std::uint8_t, 64> chip_id{};
    TcbVersion committed_tcb;
    SnpBuild current_build, committed_build;
    TcbVersion launch_tcb;
    std::array<std::uint8_t, 168> reserved_1f8{};
    std::array<std::uint8_t, 72> signature_r{}, signature_s{};  // little endian, 48 bytes significant
    std::array<std::uint8_t, 368> reserved_330{};

    bool smt_allowed() const { return bit(16); }
    bool migration_allowed() const { return bit(18); }
    bool debug_allowed() const { return bit(19); }
    bool reserved_one() const { return bit(17); }  // must be 1
    bool chip_key_masked() const { return (key_info >> 1 & 1U) != 0; }
    /// SIGNING_KEY of the key information: 0 VCEK, 1 VLEK, 7 none.
    unsigned signing_key() const { return key_info >> 2 & 7U; }

    static constexpr auto wire() {
        return std::tuple{field("VERSION", &SnpReport::version),
                          field("GUEST_SVN", &SnpReport::guest_svn),
                          field("POLICY", &SnpReport::policy),
                          field("FAMILY_ID", &SnpReport::family_id),
                          field("IMAGE_ID", &SnpReport::image_id),
                          field("VMPL", &SnpReport::vmpl),
                          field("SIGNATURE_ALGO", &SnpReport::signature_algo),
                          field("CURRENT_TCB", &SnpReport::current_tcb),
                          field("PLATFORM_INFO", &SnpReport::platform_info),
                          field("KEY_INFO", &SnpReport::key_info),
                          field("RESERVED_04C", &SnpReport::reserved_04c),
                          field("REPORT_DATA", &SnpReport::report_data),
                          field("MEASUREMENT", &SnpReport::measurement),
                          field("HOST_DATA", &SnpReport::host_data),
                          field("ID_KEY_DIGEST", &SnpReport::id_key_digest),
                          field("AUTHOR_KEY_DIGEST", &SnpReport::author_key_digest),
                          field("REPORT_ID", &SnpReport::report_id),
                          field("REPORT_ID_MA", &SnpReport::report_id_ma),
                          field("REPORTED_TCB", &SnpReport::reported_tcb),
                          field("CPUID_FAM_ID", &SnpReport::cpu_family),
                          field("CPUID_MOD_ID", &SnpReport::cpu_model),
                          field("CPUID_STEP", &SnpReport::cpu_stepping),
                          field("RESERVED_18B", &SnpReport::reserved_18b),
                          field("CHIP_ID", &SnpReport::chip_id),
                          field("COMMITTED_TCB", &SnpReport::committed_tcb),
                          field("CURRENT_BUILD", &SnpReport::current_build),
                          field("COMMITTED_BUILD", &SnpReport::committed_build),
                          field("LAUNCH_TCB", &SnpReport::launch_tcb),
                          field("RESERVED_1F8", &SnpReport::reserved_1f8),
                          field("SIGNATURE_R", &SnpReport::signature_r),
                          field("SIGNATURE_S", &SnpReport::signature_s),
                          field("RESERVED_330", &SnpReport::reserved_330)};
    }

private:
    bool bit(unsigned n) const { return (policy >> n & 1U) != 0; }
};

/// The signature as r || s, 96 bytes big-endian. Nothing where a component is longer than 48 bytes.
std::optional<Bytes> snp_signature(const SnpReport& report);
/// Puts r || s (96 bytes, else std::logic_error) into the report.
void set_snp_signature(SnpReport& report, ByteView raw);

/// Extensions of VCEK certificates (AMD publication 57230).
inline constexpr std::string_view vcek_boot_loader_oid = "1.3.6.1.4.1.3704.1.3.1",
                                  vcek_tee_oid = "1.3.6.1.4.1.3704.1.3.2",
                                  vcek_snp_oid = "1.3.6.1.4.1.3704.1.3.3",
                                  vcek_microcode_oid = "1.3.6.1.4.1.3704.1.3.8",
                                  vcek_hwid_oid = "1.3.6.1.4.1.3704.1.4";

}  // namespace assay::cvm
