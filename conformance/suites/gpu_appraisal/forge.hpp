// Makes a complete world that a verifier must accept - device chain, report, reference manifests, OCSP
// responses, roots, times, policy - out of byte tables and templates of its own, with a handle on every part,
// so that a case can put in one fault before anything is signed.
#pragma once
#include <functional>
#include <map>

#include "conformance/case.hpp"
#include "sim/crypto/ocsp.hpp"

namespace assay::conformance::gpu_appraisal {

/// A measurement block; sizes follow from the value where they are not set.
struct Block {
    std::uint8_t index = 0;
    Bytes value;
    std::uint8_t specification = 1;
    std::uint8_t value_type = 1;
    std::optional<std::uint16_t> size{}, value_size{};
};

/// An opaque field; DataSize follows from the data where it is not set.
struct Field {
    std::uint16_t type = 0;
    Bytes data;
    std::optional<std::uint16_t> size{};
};

/// GET_MEASUREMENTS and MEASUREMENTS, byte by byte.
struct ReportPlan {
    Bytes request_head{0x11, 0xE0, 0x01, 0xFF};
    Bytes nonce;
    std::uint8_t slot = 0;
    Bytes response_head{0x11, 0x60, 0x00, 0x00};
    std::vector<Block> blocks;
    std::optional<std::uint8_t> number_of_blocks{};
    std::optional<std::uint32_t> record_length{};
    Bytes responder_nonce;
    std::vector<Field> opaque;
    std::optional<std::uint16_t> opaque_length{};
    std::function<void(Bytes&)> before_signing{}, after_signing{};

    Block& block(unsigned golden_index);
    Field& field(unsigned type);
    void drop_field(unsigned type);
    /// Everything but the signature.
    Bytes body() const;
};

struct CertificatePlan {
    crypto::CertificateSpec spec;
    crypto::KeyType key = crypto::KeyType::p384;
    crypto::Hash hash = crypto::Hash::sha384;
    bool forged = false;  // signed by a key that is not the issuer's
};

/// One device: what its report says, which certificates it has.
struct DevicePlan {
    gpu::Arch arch{};
    ReportPlan report;
    std::vector<CertificatePlan> chain;  // leaf, device identity; the three above are the world's
    bool fwid_extension = true, tcb_info = false;
    Bytes fwid;
    std::optional<Bytes> stated_nonce{};
    bool other_signer = false;  // the report is signed by a key that is not the leaf's
    std::function<void(std::vector<crypto::Certificate>&)> arrange{};  // before the chain is written
    std::function<void(std::string&)> after_pem{};
};

/// One Resource; attributes follow from the hashes where they are not set.
struct Golden {
    unsigned index = 0;
    bool active = false;
    std::vector<std::string> hashes;  // hexadecimal
    std::optional<std::string> index_text{}, alternatives{}, size{};
};

/// The algorithms of a signature, by name as XML has them.
struct SignatureForm {
    std::string c14n = "http://www.w3.org/2006/12/xml-c14n11";
    std::string signature = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
    std::string digest = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    std::vector<std::string> transforms{"http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                                        "http://www.w3.org/2006/12/xml-c14n11"};
    std::string uri{};
    bool second_reference = false;
    crypto::Hash digest_hash = crypto::Hash::sha384;
};

struct ManifestPlan {
    std::string file, version, edition = "GPU", product;
    std::vector<Golden> goldens;
    SignatureForm form;
    CertificatePlan signer;  // the leaf; the three above are the world's
    bool other_signer = false;
    std::function<void(std::string&)> before_signing{}, after_signing{};
    std::function<void(std::vector<crypto::Certificate>&)> arrange{};

    Golden& golden(unsigned index);
};

/// Who signs an OCSP response.
enum class Responder : std::uint8_t { delegated, issuer, not_delegated, stranger };

struct OcspPlan {
    crypto::OcspSpec spec;
    Responder responder = Responder::delegated;
    bool drop = false;
    bool for_another = false;  // its CertID is that of another certificate
    std::function<void(Bytes&)> after_signing{};
};

class World {
public:
    /// A valid world with one device of that architecture.
    World(Trial& trial, gpu::Arch arch);

    // What a case may alter before request().
    Instant now{};
    Bytes nonce;  // what the verifier asked for
    std::vector<DevicePlan> devices;
    std::vector<ManifestPlan> manifests;   // driver, VBIOS; of a switch one
    std::map<std::string, OcspPlan> ocsp;  // "identity", "provisioner", "product"; "driver", "vbios",
                                           // "level-3", "authority"
    std::vector<CertificatePlan> device_authorities;    // provisioner, product, root
    std::vector<CertificatePlan> manifest_authorities;  // level 3, authority, root
    /// What the verifier pins, where it is not the roots of the chains.
    std::optional<std::vector<crypto::Certificate>> device_roots{}, manifest_roots{};
    std::string policy = "{}";
    std::optional<Bytes> cvm_key{};
    std::function<void(AppraisalRequest&)> arrange{};  // last

    DevicePlan& device() { return devices.front(); }
    ReportPlan& report() { return devices.front().report; }
    ManifestPlan& driver() { return manifests.front(); }
    ManifestPlan& vbios() { return manifests.back(); }
    /// The runtime value of a golden index, and its golden together.
    void set_measurement(unsigned golden_index, const Bytes& value);

    /// Another device of the kind, with its own identity; one nonce for all.
    DevicePlan& add_device(gpu::Arch arch);

    /// Signs everything. Once.
    AppraisalRequest request();
    /// Of a certificate that this world issued.
    const crypto::PrivateKey& key_of(const crypto::Certificate& certificate) const;

    Bytes random(std::size_t size);
    /// A self-signed certificate of that plan under a key that nobody else has.
    crypto::Certificate stranger(const CertificatePlan& plan) { return issue(plan, nullptr, "stranger"); }
    Trial& trial() { return trial_; }

private:
    CertificatePlan plan(std::string_view name, bool ca) const;
    /// Of the mint: a role has one key in all worlds.
    const crypto::PrivateKey& key(const std::string& role, crypto::KeyType type = crypto::KeyType::p384);
    /// Under the key of that role. Without an issuer it is self-signed.
    crypto::Certificate issue(const CertificatePlan& plan, const crypto::Certificate* issuer,
                              const std::string& role);
    /// Issues from the last one down; the outcome is leaf first.
    std::vector<crypto::Certificate> issue_all(const std::vector<CertificatePlan>& plans,
                                               const std::string& role);
    gpu::Evidence make_evidence(const DevicePlan& device, const std::vector<crypto::Certificate>& authorities,
                                AppraisalRequest& out);
    void make_manifest(const ManifestPlan& plan, const std::vector<crypto::Certificate>& authorities,
                       const std::string& ocsp_name, AppraisalRequest& out);
    void add_response(const std::string& name, const crypto::Certificate& subject,
                      const crypto::Certificate& issuer, AppraisalRequest& out);

    Trial& trial_;
    std::map<Bytes, const crypto::PrivateKey*> keys_;  // by SubjectPublicKeyInfo
};

/// Signs once what every world of these architectures signs alike.
void warm_mint(std::span<const gpu::Arch> architectures);

/// Of the device in its opaque fields, for a test of several devices.
Bytes sequence_identifier(std::uint8_t number);

/// The manifest as text, before its signature.
std::string manifest_text(const ManifestPlan& plan);
/// `text` with an enveloped signature by `key`, assembled without the XML code of the house, but for the
/// canonical form of the document.
std::string sign_manifest(const std::string& text, const SignatureForm& form, const crypto::PrivateKey& key,
                          const std::vector<crypto::Certificate>& chain);

}  // namespace assay::conformance::gpu_appraisal
