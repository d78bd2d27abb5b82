// Makes the evidence of a whole confidential VM that a verifier must accept - certificates of a chip, CPU
// report, runtime data, quote, event log, wrapping key, GPU - with a handle on every part, so that a case can
// put in one fault before anything is signed. Digests, bindings and policies are computed here, from the
// standards.
#pragma once
#include <map>

#include "conformance/suites/gpu_appraisal/forge.hpp"
#include "conformance/targets/cvm_appraisal_port.hpp"
#include "models/cvm/snp_report.hpp"
#include "models/tpm/attest.hpp"

namespace assay::conformance::confidential_vm {

/// One entry of the event log, and whether it was extended and logged.
struct Measured {
    std::uint32_t pcr = 0;
    std::uint32_t type = 0;
    Bytes digest;  // SHA-256
    Bytes data;
    bool extended = true, logged = true;
};

struct CertificateOf {
    crypto::CertificateSpec spec;
    crypto::KeyType key = crypto::KeyType::p384;
    bool forged = false;  // signed by a key that is not the issuer's
};

/// The TPMS_ATTEST of a quote or a certification: what a TPM states by itself is made from the world.
struct Attested {
    std::optional<Bytes> extra_data{};
    std::optional<Bytes> name{};  // of a certification
    bool other_signer = false;
    std::function<void(tpm::TpmsAttest&)> before_signing{};
    std::function<void(Bytes&)> signed_bytes{};  // before they are signed
    std::function<void(Bytes& message, Bytes& signature)> after_signing{};
};

class World {
public:
    explicit World(Trial& trial);

    // What a case may alter before request().
    Instant now{};
    Bytes nonce;

    // The chip.
    CertificateOf vcek, ask, ark;
    cvm::TcbVersion certified_tcb;
    Bytes certified_chip;   // hwid extension
    cvm::SnpReport report;  // REPORT_DATA and signature follow
    bool report_other_signer = false;
    std::function<void(cvm::SnpReport&)> before_report_is_signed{};
    std::function<void(Bytes&)> report_after_signing{};

    // The paravisor.
    std::string ak_kid = "HCLAkPub", ak_operation = "sign";
    bool secure_boot = true, tpm_enabled = true;
    std::optional<Bytes> user_data{};  // 64 bytes; follows from the binding where it is not set
    std::function<void(std::string&)> runtime_data{};
    std::uint32_t hcl_version = 1, report_type = 2;
    std::function<void(Bytes&)> hcl_bytes{};

    // The boot.
    std::vector<Measured> boot;
    std::vector<tpm::Alg> log_banks{tpm::Alg::sha256};
    std::function<void(Bytes&)> log_bytes{};
    bool with_log = true;
    Measured& measured(std::string_view item);  // "firmware", "loader", "kernel", "command line", ...
    void insert_after(std::string_view item, Measured more);
    void drop(std::string_view item);

    // The TPM.
    std::vector<tpm::TpmsPcrSelection> selection;
    Attested quote, certification;
    std::function<void(std::map<std::string, std::map<unsigned, Bytes>>&)> values{};  // beside the quote
    std::uint32_t key_attributes;
    std::uint16_t key_bits = 2048;
    std::uint32_t key_exponent = 0;
    std::optional<Bytes> key_policy{};
    std::optional<std::uint32_t> key_policy_pcrs{};  // mask
    bool with_key = true;
    std::function<void(tpm::TpmtPublic&)> key_sent{};  // after it was certified

    // The GPU.
    gpu_appraisal::World gpu;
    std::optional<Bytes> gpu_nonce{};  // follows from the challenge and the attestation key
    bool with_gpu = true;
    std::function<void(std::string&)> gpu_text{};  // before it is bound

    // What it is judged with.
    std::string policy = "{}";
    std::map<std::string, std::vector<std::string>> references;
    std::function<void(CvmAppraisalRequest&)> arrange{};  // last
    /// Members of the evidence, as JSON values in text.
    std::function<void(std::map<std::string, std::string>&)> evidence{};

    /// Signs everything. Once.
    CvmAppraisalRequest request();

    Bytes random(std::size_t size);
    const Bytes& wrapping_modulus() const { return modulus_; }
    Bytes pcr_policy() const;  // of the registers that are required
    static Bytes sha256(std::initializer_list<ByteView> parts);
    static Measured ipl(std::uint32_t pcr, std::string_view text, ByteView digest);

private:
    crypto::Certificate issue(const CertificateOf& plan, const crypto::PublicKey& key,
                              const crypto::Certificate* issuer, const crypto::PrivateKey& issuer_key);
    std::map<unsigned, Bytes> registers() const;
    Bytes event_log() const;
    std::string make_runtime_data(ByteView binding) const;
    Bytes make_hcl(const std::string& runtime) const;
    Bytes composite(const std::map<unsigned, Bytes>& registers) const;
    tpm::TpmsAttest attest(tpm::Tag type, ByteView extra) const;
    std::pair<Bytes, Bytes> sign(tpm::TpmsAttest attest, const Attested& plan);

    Trial& trial_;
    std::optional<crypto::PrivateKey> ak_;
    const crypto::PrivateKey* vcek_key_ = nullptr;
    Bytes modulus_;
    std::vector<std::string> names_;
};

/// Signs once what every world signs alike.
void warm_mint();

/// RSA-2048, the same one always.
crypto::PrivateKey forged_attestation_key(const crypto::Context& context);

/// The digest of PolicyPCR (TPM 2.0 Part 3, 23.7) from zeros, over registers of the SHA-256 bank.
Bytes policy_pcr(std::uint32_t mask, ByteView composite);

}  // namespace assay::conformance::confidential_vm
