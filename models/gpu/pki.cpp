#include "models/gpu/pki.hpp"

#include "sim/crypto/der.hpp"

namespace assay::gpu {
namespace {

namespace der = crypto::der;
using crypto::CertificateSpec;
using std::chrono::days;

constexpr std::string_view ocsp_url = "http://ocsp.assay.invalid";
const char* const ca_usage[] = {"keyCertSign", "cRLSign"};

/// A serial number of 16 bytes that is a function of the name, positive.
Bytes serial_of(ByteView seed, std::string_view name) {
    Bytes out(16);
    crypto::Drbg{seed, "serial/" + std::string{name}}.fill(out);
    out[0] = static_cast<std::uint8_t>((out[0] & 0x3FU) | 0x40U);
    return out;
}

crypto::PrivateKey key_of(const crypto::Context& context, ByteView seed, std::string_view name) {
    Secret material{48};
    crypto::Drbg{seed, "key/" + std::string{name}}.fill(material.bytes());
    return crypto::PrivateKey::derive(context, crypto::KeyType::p384, material.bytes(), name);
}

CertificateSpec ca_spec(ByteView seed, std::string_view organization, const std::string& name) {
    CertificateSpec spec;
    spec.subject = {{"O", std::string{organization}}, {"CN", name}};
    spec.serial = serial_of(seed, name);
    spec.not_before = world_epoch - days{365};
    spec.not_after = no_expiry;
    spec.ca = true;
    spec.key_usage.assign(std::begin(ca_usage), std::end(ca_usage));
    return spec;
}

}  // namespace

namespace extension {

CertificateSpec::Extension ocsp_location(std::string_view url) {
    const Bytes access = der::element(
        der::sequence, {der::oid("1.3.6.1.5.5.7.48.1"), der::element(der::context(6), {as_bytes(url)})});
    return {"1.3.6.1.5.5.7.1.1", false, der::element(der::sequence, {access})};
}

CertificateSpec::Extension crl_location(std::string_view url) {
    const Bytes name = der::element(der::context(6), {as_bytes(url)});
    const Bytes full_name = der::element(der::context(0, true), {name});
    const Bytes point = der::element(der::context(0, true), {full_name});
    return {"2.5.29.31", false, der::element(der::sequence, {der::element(der::sequence, {point})})};
}

CertificateSpec::Extension device_info(std::string_view text) {
    const Bytes value =
        der::element(der::context(0, true), {der::element(der::utf8_string, {as_bytes(text)})});
    const Bytes other_name = der::element(der::context(0, true), {der::oid("1.3.6.1.4.1.412.274.1"), value});
    return {"2.5.29.17", false, der::element(der::sequence, {other_name})};
}

}  // namespace extension

Bytes key_identifier(const crypto::PublicKey& key) {
    return crypto::digest(crypto::Hash::sha1, {key.point()});
}

Bytes serial_of_ski(ByteView ski) {
    Bytes out(ski.begin(), ski.end());
    out.at(0) = static_cast<std::uint8_t>((out[0] & 0x7FU) | 0x40U);
    return out;
}

Manufacturer::Manufacturer(ByteView seed, const Chip& chip)
    : random_(std::make_unique<crypto::Drbg>(seed, std::string{chip.profile} + "/manufacturer")),
      context_(std::make_unique<crypto::Context>(*random_)),
      chip_(chip) {
    const std::string product{chip.product};
    struct Row {
        std::string organization, name, crl;
    };
    const std::array rows{
        Row{"ASSAY", "ASSAY Device Identity CA", ""},
        Row{"ASSAY Simulation", "ASSAY " + product + " Identity", "l1-root.crl"},
        Row{"ASSAY Simulation", "ASSAY " + product + " Provisioner ICA 1",
            "l2-" + std::string{chip.profile} + ".crl"},
    };
    for (const Row& row : rows) {
        // The root is the same for all kinds of device: its name and key know no product.
        CertificateSpec spec = ca_spec(seed, row.organization, row.name);
        crypto::PrivateKey key = key_of(*context_, seed, row.name);
        if (!row.crl.empty())
            spec.extensions = {extension::crl_location("http://crl.assay.invalid/crl/" + row.crl),
                               extension::ocsp_location(ocsp_url)};
        const Authority* issuer = authorities_.empty() ? nullptr : &authorities_.back();
        const crypto::PublicKey public_key = key.public_key();
        auto certificate = crypto::issue(spec, public_key, issuer == nullptr ? nullptr : &issuer->certificate,
                                         issuer == nullptr ? key : issuer->key, crypto::Hash::sha384);
        authorities_.push_back({std::move(certificate), std::move(key)});
    }
}

crypto::Certificate Manufacturer::endorse(const crypto::PublicKey& device_identity, ByteView device_id) {
    CertificateSpec spec;
    const std::uint8_t lead = 0x41;  // keeps the serial positive, whatever the device id
    spec.serial = concat({{&lead, 1}, device_id});
    spec.subject = {{"CN", std::string{chip_.product} + " A01 GSP BROM"},
                    {"O", "ASSAY Simulation"},
                    {"C", "US"},
                    {"serialNumber", to_upper_hex(spec.serial)}};
    spec.not_before = world_epoch - days{365};
    spec.not_after = no_expiry;
    spec.ca = true;
    spec.key_usage = {"keyCertSign"};
    if (chip_.arch == Arch::blackwell) spec.extensions = {extension::ocsp_location(ocsp_url)};
    return crypto::issue(spec, device_identity, &provisioner().certificate, provisioner().key,
                         crypto::Hash::sha384);
}

ManifestSigner::ManifestSigner(ByteView seed, const Chip& chip)
    : random_(std::make_unique<crypto::Drbg>(seed, std::string{chip.profile} + "/manifest signer")),
      context_(std::make_unique<crypto::Context>(*random_)) {
    const std::string product{chip.product};
    struct Row {
        std::string name;
        days validity;
        bool ca;
        std::optional<int> path_length;
    };
    const std::array rows{
        Row{"ASSAY CoRIM signing Root CA", days{30 * 365}, true, {}},
        Row{"ASSAY Reference Value " + product + " CA", days{10 * 365}, true, {}},
        Row{"ASSAY Reference Value L3 " + product + " 001", days{4 * 365}, true, 0},
        Row{"ASSAY RIM L4 Signer", days{2 * 365}, false, {}},
    };
    for (const Row& row : rows) {
        CertificateSpec spec = ca_spec(seed, "ASSAY Simulation", row.name);
        spec.not_after = spec.not_before + row.validity;
        spec.path_length = row.path_length;
        if (!row.ca) {
            spec.ca = false;
            spec.key_usage = {"digitalSignature"};
        }
        if (!authorities_.empty()) spec.extensions = {extension::ocsp_location(ocsp_url)};
        crypto::PrivateKey key = key_of(*context_, seed, row.name);
        const Authority* issuer = authorities_.empty() ? nullptr : &authorities_.back();
        auto certificate =
            crypto::issue(spec, key.public_key(), issuer == nullptr ? nullptr : &issuer->certificate,
                          issuer == nullptr ? key : issuer->key, crypto::Hash::sha384);
        authorities_.push_back({std::move(certificate), std::move(key)});
    }
    std::ranges::reverse(authorities_);
}

std::vector<crypto::Certificate> ManifestSigner::chain() const {
    std::vector<crypto::Certificate> out;
    for (const Authority& authority : authorities_) out.push_back(authority.certificate);
    return out;
}

OcspResponder::OcspResponder(const crypto::Context& context, ByteView seed, const Authority& issuer)
    : issuer_(issuer), responder_([&]() -> Authority {
          const std::string name =
              "ASSAY OCSP Responder of " + issuer.certificate.common_name().value_or("?");
          CertificateSpec spec = ca_spec(seed, "ASSAY Simulation", name);
          spec.not_before = world_epoch - days{30};
          spec.not_after = world_epoch + days{335};
          spec.ca = false;
          spec.key_usage = {"digitalSignature"};
          spec.extended_key_usage = {"1.3.6.1.5.5.7.3.9"};                    // id-kp-OCSPSigning
          spec.extensions = {{"1.3.6.1.5.5.7.48.1.5", false, {0x05, 0x00}}};  // id-pkix-ocsp-nocheck
          crypto::PrivateKey key = key_of(context, seed, name);
          auto certificate =
              crypto::issue(spec, key.public_key(), &issuer.certificate, issuer.key, crypto::Hash::sha384);
          return {std::move(certificate), std::move(key)};
      }()) {}

Bytes OcspResponder::respond(const crypto::OcspSpec& spec, const crypto::Certificate& subject) const {
    return crypto::make_ocsp_response(spec, subject, issuer_.certificate, responder_.certificate,
                                      responder_.key, crypto::Hash::sha384);
}

}  // namespace assay::gpu
