// What the paravisor of a confidential VM keeps in NV index 0x01400001: a header, the report of the CPU, and
// the runtime data whose hash the report carries. Little endian.
//
//     const auto hcl = parse_hcl_report(nv_contents);
//     const auto claims = parse_runtime_claims(hcl->runtime_data);
//     claims->keys.at("HCLAkPub")                     // the vTPM's attestation key
#pragma once
#include <map>

#include "models/cvm/format_error.hpp"
#include "models/cvm/snp_report.hpp"
#include "sim/crypto/hash.hpp"
#include "sim/crypto/key.hpp"

namespace assay::cvm {

inline constexpr std::string_view ak_kid = "HCLAkPub", ek_kid = "HCLEkPub",
                                  wrapping_kid = "TpmEphemeralEncryptionKey";
inline constexpr std::size_t hcl_nv_size = 2600;

struct HclHeader {
    std::uint32_t signature = 0x414C'4348;  // "HCLA"
    std::uint32_t version = 1;
    std::uint32_t report_size = 0;  // up to the end of the runtime data
    std::uint32_t request_type = 2;
    std::uint32_t status = 0;
    std::array<std::uint8_t, 12> reserved{};
    static constexpr auto wire() {
        return std::tuple{
            field("signature", &HclHeader::signature),     field("version", &HclHeader::version),
            field("report_size", &HclHeader::report_size), field("request_type", &HclHeader::request_type),
            field("status", &HclHeader::status),           field("reserved", &HclHeader::reserved)};
    }
};

struct RuntimeHeader {
    std::uint32_t data_size = 0;  // 20 + variable_data_size
    std::uint32_t version = 1;
    std::uint32_t report_type = 2;  // 2 SNP, 4 TDX
    std::uint32_t hash_type = 1;    // 1 SHA-256, 2 SHA-384, 3 SHA-512
    std::uint32_t variable_data_size = 0;
    static constexpr auto wire() {
        return std::tuple{
            field("data_size", &RuntimeHeader::data_size), field("version", &RuntimeHeader::version),
            field("report_type", &RuntimeHeader::report_type), field("hash_type", &RuntimeHeader::hash_type),
            field("variable_data_size", &RuntimeHeader::variable_data_size)};
    }
};

struct HclReport {
    HclHeader header;
    Bytes hardware_report;  // 1184 bytes
    RuntimeHeader runtime;
    Bytes runtime_data;  // JSON, exactly the bytes that are hashed
    crypto::Hash hash{};
};

/// Refuses (E_HCL_FORMAT) another signature, unknown header versions, sizes that contradict each other,
/// unknown report and hash types, and anything but zeros after the runtime data.
Result<HclReport, FormatError> parse_hcl_report(ByteView bytes);
/// The sizes and the hash type follow from the members; zero padding up to `size` (nothing is padded where
/// the content is longer).
Bytes write_hcl_report(const HclReport& report, std::size_t size = hcl_nv_size);

/// What is in the runtime data (JSON).
struct RuntimeClaims {
    struct Key {
        std::vector<std::string> key_ops;
        crypto::PublicKey key;
    };
    std::map<std::string, Key, std::less<>> keys;  // by kid
    bool secure_boot = false, tpm_enabled = false, console_enabled = false;
    std::optional<bool> tpm_persisted{};
    std::string vm_id{};
    Bytes user_data{};  // 64 bytes; empty where there is none
};
/// Refuses repeated names (E_JSON_DUPLICATE_KEY), a `kid` that comes twice, keys other than RSA (all
/// E_RUNTIME_DATA). Members that are not known are passed over: their bytes are hashed all the same.
Result<RuntimeClaims, FormatError> parse_runtime_claims(ByteView json);
/// In the form and member order of the paravisor.
std::string write_runtime_claims(const RuntimeClaims& claims);

}  // namespace assay::cvm
