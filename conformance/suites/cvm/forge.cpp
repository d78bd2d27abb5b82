#include "conformance/suites/cvm/forge.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "conformance/suites/bare_trial.hpp"
#include "conformance/suites/gpu_appraisal/mint.hpp"
#include "sim/crypto/der.hpp"

namespace assay::conformance::confidential_vm {
namespace {

using crypto::Hash;
using nlohmann::json;

constexpr auto little = std::endian::little;
constexpr std::uint32_t ev_no_action = 3, ev_separator = 4, ev_s_crtm_version = 8, ev_ipl = 0xD,
                        ev_variable_driver_config = 0x80000001, ev_boot_application = 0x80000003,
                        ev_efi_action = 0x80000007, ev_firmware_blob = 0x80000008;

Bytes bytes_of(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}
Bytes le32(std::uint32_t value) {
    const auto raw = store(value, little);
    return {raw.begin(), raw.end()};
}
Bytes le16(std::uint16_t value) {
    const auto raw = store(value, little);
    return {raw.begin(), raw.end()};
}

std::string bank_of(tpm::Alg alg) {
    switch (alg) {
        case tpm::Alg::sha1: return "sha1";
        case tpm::Alg::sha384: return "sha384";
        default: return "sha256";
    }
}

/// The variable SecureBoot of the global namespace, on (UEFI 2.10, 3.3; PC Client PFP, UEFI_VARIABLE_DATA).
Bytes secure_boot_on() {
    return *from_hex(
        "61dfe48bca93d211aa0d00e098032b8c 0a00000000000000 0100000000000000"
        "53006500630075007200650042006f006f007400 01");
}

CertificateOf chip_certificate(const std::string& name, bool ca) {
    CertificateOf out;
    out.spec.subject = {{"O", "Forge of a conformance suite"}, {"CN", name}};
    out.spec.serial = {1};
    out.spec.not_before = *from_rfc3339("2025-01-01T00:00:00Z");
    out.spec.not_after = *from_rfc3339("2035-01-01T00:00:00Z");
    out.spec.ca = ca;
    if (ca) out.spec.key_usage = {"keyCertSign"};
    return out;
}

gpu_appraisal::Mint& mint() { return gpu_appraisal::Mint::shared(); }

}  // namespace

Bytes policy_pcr(std::uint32_t mask, ByteView composite) {
    const Bytes selection =
        concat({*from_hex("00000001 000b 03"),
                Bytes{static_cast<std::uint8_t>(mask), static_cast<std::uint8_t>(mask >> 8),
                      static_cast<std::uint8_t>(mask >> 16)}});
    return crypto::digest(Hash::sha256, {Bytes(32), *from_hex("0000017f"), selection, composite});
}

Bytes World::sha256(std::initializer_list<ByteView> parts) { return crypto::digest(Hash::sha256, parts); }

Bytes World::random(std::size_t size) {
    Bytes out(size);
    trial_.random().fill(out);
    return out;
}

Measured World::ipl(std::uint32_t pcr, std::string_view text, ByteView digest) {
    Bytes data = bytes_of(text);
    data.push_back(0);
    return {pcr, ev_ipl, {digest.begin(), digest.end()}, std::move(data)};
}

World::World(Trial& trial)
    : vcek(chip_certificate("SEV-VCEK", false)),
      ask(chip_certificate("SEV-Forge", true)),
      ark(chip_certificate("ARK-Forge", true)),
      gpu(trial, assay::gpu::Arch::blackwell),
      trial_(trial) {
    namespace a = tpm::object_attribute;
    now = gpu.now;
    nonce = random(32);
    certified_tcb = {.boot_loader = 3, .tee = 0, .reserved = {}, .snp = 8, .microcode = 115};
    certified_chip = random(64);
    key_attributes = a::fixed_tpm | a::fixed_parent | a::sensitive_data_origin | a::decrypt | a::no_da;
    selection = {tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0xFFFF)};

    report.version = 3;
    report.policy = 0x3001F;
    report.signature_algo = 1;
    report.current_tcb = report.reported_tcb = report.committed_tcb = report.launch_tcb = certified_tcb;
    report.platform_info = 1;
    std::ranges::copy(random(48), report.measurement.begin());
    std::ranges::copy(random(32), report.report_id.begin());
    report.report_id_ma.fill(0xFF);
    std::ranges::copy(certified_chip, report.chip_id.begin());

    const auto add = [&](std::string name, Measured one) {
        names_.push_back(std::move(name));
        boot.push_back(std::move(one));
    };
    const auto hashed = [&](std::uint32_t pcr, std::uint32_t type, Bytes data) {
        Bytes digest = sha256({data});
        return Measured{pcr, type, std::move(digest), std::move(data)};
    };
    add("version", hashed(0, ev_s_crtm_version, bytes_of("forge 1.0")));
    add("firmware", {0, ev_firmware_blob, random(32), random(16)});
    add("secure boot", hashed(7, ev_variable_driver_config, secure_boot_on()));
    add("boot option", hashed(4, ev_efi_action, bytes_of("Calling EFI Application from Boot Option")));
    for (std::uint32_t pcr = 0; pcr < 8; ++pcr)
        add("separator " + std::to_string(pcr), hashed(pcr, ev_separator, Bytes(4)));
    add("loader", {4, ev_boot_application, random(32), random(32)});
    add("kernel", {4, ev_boot_application, random(32), random(32)});
    const std::string root = to_hex(random(32));
    const std::string line = "root=/dev/dm-0 roothash=" + root + " ro panic=-1";
    add("command line", ipl(12, "kernel_cmdline: " + line, sha256({as_bytes(line)})));
    const Bytes policy_digest = random(32);
    add("policy", ipl(8, "runtime_policy: sha256:" + to_hex(policy_digest), policy_digest));
    for (const char* const image : {"image 0", "image 1"}) {
        const Bytes digest = random(32);
        add(image, ipl(12, fmt::format("container_image: {}@sha256:{}", image, to_hex(digest)), digest));
    }

    const auto digest_of = [&](std::string_view item) {
        return std::vector<std::string>{to_hex(measured(item).digest)};
    };
    references = {{"launch_measurements", {to_hex(report.measurement)}},
                  {"firmware_versions", {"forge 1.0"}},
                  {"firmware", digest_of("firmware")},
                  {"loaders", digest_of("loader")},
                  {"kernels", digest_of("kernel")},
                  {"command_lines", {"root=/dev/dm-0 roothash={verity-root} ro panic=-1"}},
                  {"verity_roots", {root}},
                  {"runtime_policies", digest_of("policy")},
                  {"images", {digest_of("image 0")[0], digest_of("image 1")[0]}},
                  {"required_images", {digest_of("image 0")[0]}}};

    // A modulus that nobody knows the factors of: what is wrapped to it is lost, which no case minds.
    modulus_ = random(256);
    modulus_.front() = static_cast<std::uint8_t>(modulus_.front() | 0x80U);
    modulus_.back() = static_cast<std::uint8_t>(modulus_.back() | 1U);
}

Measured& World::measured(std::string_view item) {
    const auto found = std::ranges::find(names_, item);
    return boot.at(static_cast<std::size_t>(found - names_.begin()));
}

void World::insert_after(std::string_view item, Measured more) {
    const auto at = std::ranges::find(names_, item) - names_.begin() + 1;
    names_.insert(names_.begin() + at, "more");
    boot.insert(boot.begin() + at, std::move(more));
}

void World::drop(std::string_view item) {
    const auto at = std::ranges::find(names_, item) - names_.begin();
    names_.erase(names_.begin() + at);
    boot.erase(boot.begin() + at);
}

crypto::Certificate World::issue(const CertificateOf& plan, const crypto::PublicKey& key,
                                 const crypto::Certificate* issuer, const crypto::PrivateKey& issuer_key) {
    if (!plan.forged) return crypto::issue(plan.spec, key, issuer, issuer_key, Hash::sha384);
    return crypto::issue(plan.spec, key, issuer, mint().key("stranger of the chip"), Hash::sha384);
}

std::map<unsigned, Bytes> World::registers() const {
    std::map<unsigned, Bytes> out;
    for (unsigned pcr = 0; pcr < 24; ++pcr) out[pcr] = Bytes(32, pcr >= 17 && pcr <= 22 ? 0xFF : 0);
    for (const Measured& one : boot)
        if (one.extended && one.type != ev_no_action) out[one.pcr] = sha256({out[one.pcr], one.digest});
    return out;
}

Bytes World::composite(const std::map<unsigned, Bytes>& registers) const {
    Bytes all;
    for (const tpm::TpmsPcrSelection& bank : selection)
        for (unsigned pcr = 0; pcr < 24; ++pcr)
            if (bank.has(pcr))
                append(all, bank.hash == tpm::Alg::sha256 ? registers.at(pcr)
                                                          : Bytes(tpm::digest_size(bank.hash), 0x5A));
    return sha256({all});
}

Bytes World::pcr_policy() const {
    constexpr std::uint32_t required = 0xFFFF;
    const std::uint32_t mask = key_policy_pcrs.value_or(required);
    const auto now_in_tpm = registers();
    Bytes all;
    for (unsigned pcr = 0; pcr < 24; ++pcr)
        if ((mask >> pcr & 1U) != 0) append(all, now_in_tpm.at(pcr));
    return policy_pcr(mask, sha256({all}));
}

Bytes World::event_log() const {
    // Spec ID Event03: platform class, version 2.0, 64-bit.
    Bytes head = bytes_of(std::string_view{"Spec ID Event03\0", 16});
    append(head, Bytes{0, 0, 0, 0, 0, 2, 0, 2});
    append(head, le32(static_cast<std::uint32_t>(log_banks.size())));
    for (const tpm::Alg bank : log_banks) {
        append(head, le16(static_cast<std::uint16_t>(bank)));
        append(head, le16(static_cast<std::uint16_t>(tpm::digest_size(bank))));
    }
    head.push_back(0);
    Bytes out =
        concat({le32(0), le32(ev_no_action), Bytes(20), le32(static_cast<std::uint32_t>(head.size())), head});
    for (const Measured& one : boot) {
        if (!one.logged) continue;
        append(out, le32(one.pcr));
        append(out, le32(one.type));
        append(out, le32(static_cast<std::uint32_t>(log_banks.size())));
        for (const tpm::Alg bank : log_banks) {
            append(out, le16(static_cast<std::uint16_t>(bank)));
            append(out, bank == tpm::Alg::sha256 ? one.digest : Bytes(tpm::digest_size(bank), 0xA5));
        }
        append(out, le32(static_cast<std::uint32_t>(one.data.size())));
        append(out, one.data);
    }
    if (log_bytes) log_bytes(out);
    return out;
}

std::string World::make_runtime_data(ByteView binding) const {
    Bytes user = user_data.value_or(Bytes{binding.begin(), binding.end()});
    if (!user_data) user.resize(64);
    const crypto::PublicKey ak = ak_->public_key();
    std::string out = fmt::format(
        R"({{"keys":[{{"kid":"{}","key_ops":["{}"],"kty":"RSA","e":"AQAB","n":"{}"}}],)"
        R"("vm-configuration":{{"console-enabled":false,"secure-boot":{},"tpm-enabled":{},)"
        R"("vmUniqueId":"01234567-89AB-CDEF-0123-456789ABCDEF"}},"user-data":"{}"}})",
        ak_kid, ak_operation, to_base64url(ak.rsa_modulus()), secure_boot, tpm_enabled, to_upper_hex(user));
    if (runtime_data) runtime_data(out);
    return out;
}

Bytes World::make_hcl(const std::string& runtime) const {
    cvm::SnpReport signed_report = report;
    signed_report.report_data = {};
    std::ranges::copy(sha256({as_bytes(runtime)}), signed_report.report_data.begin());
    if (before_report_is_signed) before_report_is_signed(signed_report);
    const Bytes covered = encode(signed_report, cvm::snp_byte_order);
    const auto signature_by = [&](const crypto::PrivateKey& key) {
        return key.sign(crypto::SignatureScheme::ecdsa_raw, Hash::sha384, ByteView{covered}.first(0x2A0));
    };
    Bytes signature =
        report_other_signer ? signature_by(mint().key("stranger of the chip")) : signature_by(*vcek_key_);
    if (signature.size() == 64) {  // of P-256: components are shorter than their fields
        signature.insert(signature.begin() + 32, 16, 0);
        signature.insert(signature.begin(), 16, 0);
    }
    cvm::set_snp_signature(signed_report, signature);
    Bytes hardware = encode(signed_report, cvm::snp_byte_order);
    if (report_after_signing) report_after_signing(hardware);

    const auto size = static_cast<std::uint32_t>(runtime.size());
    Bytes out = concat({as_bytes("HCLA"), le32(hcl_version), le32(1236 + size), le32(2), Bytes(16), hardware,
                        le32(size + 20), le32(1), le32(report_type), le32(1), le32(size), as_bytes(runtime)});
    out.resize(std::max<std::size_t>(out.size(), 2600));
    if (hcl_bytes) hcl_bytes(out);
    return out;
}

tpm::TpmsAttest World::attest(tpm::Tag type, ByteView extra) const {
    tpm::TpmsAttest out;
    out.type = type;
    out.qualified_signer.value = concat({*from_hex("000b"), sha256({ak_->public_key().spki()})});
    out.extra_data.value.assign(extra.begin(), extra.end());
    out.clock_info = {.clock = 600'000, .reset_count = 7, .restart_count = 0, .safe = 1};
    out.firmware_version = 0x2020'0312'0012'0003;
    return out;
}

std::pair<Bytes, Bytes> World::sign(tpm::TpmsAttest attest, const Attested& plan) {
    if (plan.extra_data) attest.extra_data.value = *plan.extra_data;
    if (plan.before_signing) plan.before_signing(attest);
    Bytes message = encode(attest, tpm::byte_order);
    if (plan.signed_bytes) plan.signed_bytes(message);
    const crypto::PrivateKey& by =
        plan.other_signer ? mint().key("stranger of the TPM", crypto::KeyType::rsa) : *ak_;
    Bytes signature = by.sign(crypto::SignatureScheme::rsa_pkcs1, Hash::sha256, message);
    if (plan.after_signing) plan.after_signing(message, signature);
    return {std::move(message), std::move(signature)};
}

CvmAppraisalRequest World::request() {
    namespace der = crypto::der;
    CvmAppraisalRequest out;
    out.nonce = nonce;
    out.at = now;

    // The chip's certificates.
    const crypto::PrivateKey& root_key = mint().key("ARK", ark.key);
    const crypto::PrivateKey& middle_key = mint().key("ASK", ask.key);
    vcek_key_ = &mint().key("VCEK", vcek.key);
    const auto number = [](std::uint8_t value) {
        return der::unsigned_integer(Bytes{value});
    };
    auto& extensions = vcek.spec.extensions;
    extensions.push_back({"1.3.6.1.4.1.3704.1.3.1", false, number(certified_tcb.boot_loader)});
    extensions.push_back({"1.3.6.1.4.1.3704.1.3.2", false, number(certified_tcb.tee)});
    extensions.push_back({"1.3.6.1.4.1.3704.1.3.3", false, number(certified_tcb.snp)});
    extensions.push_back({"1.3.6.1.4.1.3704.1.3.8", false, number(certified_tcb.microcode)});
    if (!certified_chip.empty()) extensions.push_back({"1.3.6.1.4.1.3704.1.4", false, certified_chip});
    const auto root = issue(ark, root_key.public_key(), nullptr, root_key);
    const auto middle = issue(ask, middle_key.public_key(), &root, root_key);
    const auto leaf = issue(vcek, vcek_key_->public_key(), &middle, middle_key);
    out.cpu_roots = {root};

    // The attestation key, and what is bound to it.
    ak_ = forged_attestation_key(trial_.crypto());
    gpu.device().report.nonce =
        gpu_nonce.value_or(sha256({as_bytes("assay-gpu-binding/v1"), nonce, ak_->public_key().spki()}));
    for (auto& device : gpu.devices) device.report.nonce = gpu.device().report.nonce;
    const AppraisalRequest gpu_request = gpu.request();
    out.gpu = gpu_request.references;
    std::string gpu_evidence = with_gpu ? assay::gpu::write_evidence(gpu_request.devices) : "";
    if (gpu_text) gpu_text(gpu_evidence);

    // The wrapping key.
    tpm::TpmtPublic key{.type = tpm::Alg::rsa, .object_attributes = key_attributes};
    key.auth_policy.value = key_policy.value_or(pcr_policy());
    key.key_bits = key_bits;
    key.exponent = key_exponent;
    key.unique_rsa.value = modulus_;
    const Bytes certified = encode(key, tpm::byte_order);
    if (key_sent) key_sent(key);
    const Bytes sent = with_key ? encode(key, tpm::byte_order) : Bytes{};

    const Bytes binding =
        sha256({as_bytes("assay-cvm-evidence/v1"), nonce, sha256({sent}), sha256({as_bytes(gpu_evidence)})});
    const std::string runtime = make_runtime_data(binding);

    tpm::TpmsAttest quoted = attest(tpm::Tag::attest_quote, binding);
    quoted.quote.pcr_select.items = selection;
    quoted.quote.pcr_digest.value = composite(registers());
    const auto [quote_message, quote_signature] = sign(quoted, quote);
    std::map<std::string, std::map<unsigned, Bytes>> beside;
    for (const tpm::TpmsPcrSelection& bank : selection)
        for (unsigned pcr = 0; pcr < 24; ++pcr)
            if (bank.has(pcr))
                beside[bank_of(bank.hash)][pcr] = bank.hash == tpm::Alg::sha256
                                                      ? registers().at(pcr)
                                                      : Bytes(tpm::digest_size(bank.hash), 0x5A);
    if (values) values(beside);

    json pcrs = json::object();
    for (const auto& [bank, list] : beside)
        for (const auto& [pcr, value] : list) pcrs[bank][std::to_string(pcr)] = to_hex(value);
    std::map<std::string, std::string> members{
        {"format", R"("assay-cvm/1")"},
        {"hcl_report", json(to_base64url(make_hcl(runtime))).dump()},
        {"certificates", json(leaf.pem() + middle.pem() + root.pem()).dump()},
        {"quote", json{{"message", to_base64url(quote_message)},
                       {"signature", to_base64url(quote_signature)},
                       {"pcrs", pcrs}}
                      .dump()}};
    if (with_log) members["event_log"] = json(to_base64url(event_log())).dump();
    if (with_gpu) members["gpu"] = json(gpu_evidence).dump();
    if (with_key) {
        tpm::TpmsAttest certify = attest(tpm::Tag::attest_certify, nonce);
        certify.certify.name.value =
            certification.name.value_or(concat({*from_hex("000b"), sha256({certified})}));
        certify.certify.qualified_name.value = concat({*from_hex("000b"), random(32)});
        const auto [message, signature] = sign(certify, certification);
        members["wrapping_key"] = json{
            {"public", to_base64url(sent)},
            {"certify", to_base64url(message)},
            {"signature",
             to_base64url(signature)}}.dump();
    }
    if (evidence) evidence(members);
    std::vector<std::string> written;
    for (const auto& [name, value] : members) written.push_back(json(name).dump() + ":" + value);
    out.evidence = fmt::format("{{{}}}", fmt::join(written, ","));
    out.policy = policy;
    out.references = json(references).dump();
    if (arrange) arrange(out);
    return out;
}

void warm_mint() {
    BareTrial trial{"warm-up"};
    static_cast<void>(World{trial}.request());
}

}  // namespace assay::conformance::confidential_vm
