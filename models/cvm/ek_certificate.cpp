#include "models/cvm/ek_certificate.hpp"

#include "sim/crypto/der.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::cvm {
namespace {

constexpr std::string_view ek_usage = "2.23.133.8.1";  // tcg-kp-EKCertificate

namespace der = crypto::der;

Bytes named(std::string_view attribute, std::string_view value) {
    const Bytes pair =
        der::element(der::sequence, {der::oid(attribute), der::element(der::utf8_string, {as_bytes(value)})});
    return der::element(der::set, {pair});
}

/// GeneralNames of one directoryName (RFC 5280, 4.2.1.6).
Bytes alternative_name(const TpmIdentity& tpm) {
    const Bytes name =
        der::element(der::sequence, {named("2.23.133.2.1", tpm.manufacturer),
                                     named("2.23.133.2.2", tpm.model), named("2.23.133.2.3", tpm.version)});
    return der::element(der::sequence, {der::element(der::context(4, true), {name})});
}
/// TPM Specification: family, level, revision.
Bytes directory_attributes() {
    const Bytes specification =
        der::element(der::sequence, {der::element(der::utf8_string, {as_bytes("2.0")}),
                                     der::unsigned_integer(Bytes{0}), der::unsigned_integer(Bytes{159})});
    const Bytes attribute =
        der::element(der::sequence, {der::oid("2.23.133.2.16"), der::element(der::set, {specification})});
    return der::element(der::sequence, {attribute});
}

Instant day(int year) { return Instant{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}}; }

}  // namespace

TpmManufacturer::TpmManufacturer(ByteView seed)
    : random_(std::make_unique<crypto::Drbg>(seed, "TPM manufacturer")),
      context_(std::make_unique<crypto::Context>(*random_)) {
    key_ = crypto::PrivateKey::generate(*context_, crypto::KeyType::p384);
    crypto::CertificateSpec spec;
    spec.subject = {{"O", "assay"}, {"CN", "assay TPM manufacturer root"}};
    spec.serial = {1};
    spec.not_before = day(2020);
    spec.not_after = day(2060);
    spec.ca = true;
    spec.key_usage = {"keyCertSign", "cRLSign"};
    root_ = crypto::issue(spec, key_->public_key(), nullptr, *key_, crypto::Hash::sha384);
}

crypto::Certificate TpmManufacturer::endorse(const crypto::PublicKey& ek, const TpmIdentity& tpm) const {
    const bool is_rsa = ek.type() == crypto::KeyType::rsa;
    crypto::CertificateSpec spec;
    spec.serial = crypto::digest(crypto::Hash::sha256, {ek.spki()});
    spec.serial.resize(16);
    spec.serial[0] = static_cast<std::uint8_t>(spec.serial[0] & 0x7F);
    spec.serial[0] |= 0x40;  // positive, and no leading zero
    spec.not_before = day(2020);
    spec.not_after = day(2060);
    spec.key_usage = {is_rsa ? "keyEncipherment" : "keyAgreement"};
    spec.extended_key_usage = {std::string{ek_usage}};
    spec.extensions = {{"2.5.29.17", true, alternative_name(tpm)},
                       {"2.5.29.9", false, directory_attributes()}};
    return crypto::issue(spec, ek, &root(), *key_, crypto::Hash::sha384);
}

}  // namespace assay::cvm
