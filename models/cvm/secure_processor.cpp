#include "models/cvm/secure_processor.hpp"

#include <algorithm>

#include "sim/crypto/der.hpp"

namespace assay::cvm {
namespace {

namespace der = crypto::der;
using crypto::CertificateSpec;

constexpr Instant chip_epoch{std::chrono::sys_days{std::chrono::year{2025} / 1 / 1}};
constexpr Instant chip_end{std::chrono::sys_days{std::chrono::year{2050} / 1 / 1}};
constexpr std::size_t page_size = 4096, max_image = 16 << 20;

template <std::size_t size>
void copy_to(std::array<std::uint8_t, size>& out, ByteView bytes) {
    std::copy_n(bytes.begin(), std::min(size, bytes.size()), out.begin());
}

CertificateSpec snp_spec(const std::string& common_name, std::uint8_t serial) {
    CertificateSpec spec;
    spec.subject = {{"OU", "Engineering"}, {"O", "assay"}, {"CN", common_name}};
    spec.serial = {serial};
    spec.not_before = chip_epoch;
    spec.not_after = chip_end;
    return spec;
}

crypto::PrivateKey p384(const crypto::Context& context, ByteView material, std::string_view label) {
    return crypto::PrivateKey::derive(context, crypto::KeyType::p384, material, label);
}

SnpVendor::Authority authority(const crypto::Context& context, ByteView seed, const std::string& name,
                               std::uint8_t serial, const SnpVendor::Authority* issuer) {
    auto key = p384(context, seed, name);
    CertificateSpec spec = snp_spec(name, serial);
    spec.ca = true;
    if (issuer != nullptr) spec.path_length = 0;
    spec.key_usage = {"keyCertSign", "cRLSign"};
    auto certificate =
        crypto::issue(spec, key.public_key(), issuer == nullptr ? nullptr : &issuer->certificate,
                      issuer == nullptr ? key : issuer->key, crypto::Hash::sha384);
    return {std::move(certificate), std::move(key)};
}

/// PAGE_INFO: what one page adds to the launch digest.
Bytes page_info(ByteView digest, ByteView page, std::uint64_t address) {
    constexpr std::uint8_t normal_page = 1;
    Bytes out = concat({digest, crypto::digest(crypto::Hash::sha384, {page})});
    append(out, Bytes{0x70, 0, normal_page, 0, 0, 0, 0, 0});  // length, type, IMI, VMPL 3, 2, 1, reserved
    append(out, store(address, snp_byte_order));
    return out;
}

}  // namespace

std::string_view name(SnpStatus status) {
    return status == SnpStatus::invalid_param ? "INVALID_PARAM" : "INVALID_GUEST_STATE";
}

Bytes launch_digest(ByteView image, std::uint64_t address) {
    Bytes digest(crypto::digest_size(crypto::Hash::sha384));
    for (std::size_t at = 0; at < image.size(); at += page_size) {
        const ByteView rest = image.subspan(at, std::min(page_size, image.size() - at));
        Bytes page{rest.begin(), rest.end()};
        page.resize(page_size);
        digest = crypto::digest(crypto::Hash::sha384, {page_info(digest, page, address + at)});
    }
    return digest;
}

SnpVendor::SnpVendor(ByteView seed)
    : random_(std::make_unique<crypto::Drbg>(seed, "snp vendor")),
      context_(std::make_unique<crypto::Context>(*random_)),
      ark_(authority(*context_, seed, "ARK-Assay", 1, nullptr)),
      ask_(authority(*context_, seed, "SEV-Assay", 2, &ark_)) {}

crypto::Certificate SnpVendor::endorse(const crypto::PublicKey& vcek, ByteView chip_id,
                                       const TcbVersion& tcb) const {
    CertificateSpec spec = snp_spec("SEV-VCEK", 1);
    const auto number = [](std::uint8_t value) {
        return der::unsigned_integer(Bytes{value});
    };
    spec.extensions = {{std::string{vcek_boot_loader_oid}, false, number(tcb.boot_loader)},
                       {std::string{vcek_tee_oid}, false, number(tcb.tee)},
                       {std::string{vcek_snp_oid}, false, number(tcb.snp)},
                       {std::string{vcek_microcode_oid}, false, number(tcb.microcode)},
                       {std::string{vcek_hwid_oid}, false, Bytes{chip_id.begin(), chip_id.end()}}};
    return crypto::issue(spec, vcek, &ask_.certificate, ask_.key, crypto::Hash::sha384);
}

namespace {

Secret secret_of_chip(ByteView seed) {
    Secret out{48};
    crypto::Drbg{seed, "chip secret"}.fill(out.bytes());
    return out;
}
Bytes id_of_chip(ByteView seed) {
    Bytes out(64);
    crypto::Drbg{seed, "chip id"}.fill(out);
    return out;
}
crypto::PrivateKey vcek_key(const crypto::Context& context, const Secret& secret, const TcbVersion& tcb) {
    return p384(context, secret.bytes(), "VCEK/" + to_hex(encode(tcb, snp_byte_order)));
}

}  // namespace

SecureProcessor::SecureProcessor(const SnpVendor& vendor, ByteView seed, TcbVersion tcb)
    : vendor_(vendor),
      random_(std::make_unique<crypto::Drbg>(seed, "secure processor")),
      context_(std::make_unique<crypto::Context>(*random_)),
      chip_secret_(secret_of_chip(seed)),
      chip_id_(id_of_chip(seed)),
      tcb_(tcb),
      key_(vcek_key(*context_, chip_secret_, tcb_)),
      vcek_(vendor_.endorse(key_.public_key(), chip_id_, tcb_)) {}

void SecureProcessor::set_tcb(const TcbVersion& tcb) {
    tcb_ = tcb;
    key_ = vcek_key(*context_, chip_secret_, tcb_);
    vcek_ = vendor_.endorse(key_.public_key(), chip_id_, tcb_);
}

void SecureProcessor::launch(const GuestLaunch& guest) {
    if (guest.image.size() > max_image) throw std::logic_error("a guest image has at most 16 MiB");
    Guest begun{guest, launch_digest(guest.image, guest.address), Bytes(32)};
    random_->fill(begun.report_id);
    guest_ = std::move(begun);
}

Result<Bytes, SnpStatus> SecureProcessor::report(ByteView report_data, std::uint32_t vmpl) {
    if (!guest_) return SnpStatus::invalid_guest_state;
    if (report_data.size() != 64 || vmpl > 3) return SnpStatus::invalid_param;
    const GuestLaunch& launched = guest_->launch;
    SnpReport out;
    out.version = 3;
    out.guest_svn = launched.guest_svn;
    out.policy = launched.policy | guest_policy::reserved_one;
    out.family_id = launched.family_id;
    out.image_id = launched.image_id;
    out.vmpl = vmpl;
    out.signature_algo = 1;
    out.current_tcb = out.reported_tcb = out.committed_tcb = out.launch_tcb = tcb_;
    out.platform_info = (launched.policy & guest_policy::smt) != 0 ? 1 : 0;
    copy_to(out.report_data, report_data);
    copy_to(out.measurement, guest_->measurement);
    out.host_data = launched.host_data;
    out.id_key_digest = launched.id_key_digest;
    out.author_key_digest = launched.author_key_digest;
    copy_to(out.report_id, guest_->report_id);
    out.report_id_ma.fill(0xFF);
    out.cpu_family = 0x19;
    out.cpu_model = 0x01;
    out.cpu_stepping = 1;
    copy_to(out.chip_id, chip_id_);
    out.current_build = out.committed_build = {.build = 29, .minor = 55, .major = 1};
    const Bytes unsigned_report = encode(out, snp_byte_order);
    set_snp_signature(out, key_.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384,
                                     ByteView{unsigned_report}.first(snp_signed_size)));
    return encode(out, snp_byte_order);
}

}  // namespace assay::cvm
