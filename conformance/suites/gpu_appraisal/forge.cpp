#include "conformance/suites/gpu_appraisal/forge.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "conformance/suites/bare_trial.hpp"
#include "conformance/suites/gpu_appraisal/mint.hpp"
#include "models/gpu/fwid.hpp"
#include "sim/crypto/der.hpp"

namespace assay::conformance::gpu_appraisal {
namespace {

constexpr auto sha384 = crypto::Hash::sha384;

/// What differs between the architectures.
struct Product {
    std::string_view name, processor, driver, vbios;
    Bytes vbios_field;
    std::set<unsigned> driver_indices, vbios_indices;  // active goldens
    std::set<unsigned> zero;                           // of them, measured as zero
    unsigned blocks;
};

std::set<unsigned> range(unsigned first, unsigned last, std::set<unsigned> out = {}) {
    for (unsigned i = first; i <= last; ++i) out.insert(i);
    return out;
}

Product product_of(gpu::Arch arch) {
    switch (arch) {
        case gpu::Arch::hopper:
            return {"GH100",
                    "GSP",
                    "550.90.07",
                    "96.00.9F.00.01",
                    {0, 0x9F, 0, 0x96, 1, 0, 0, 0},
                    range(21, 40, {7}),
                    range(8, 12, range(0, 6)),
                    {0, 8, 10, 12, 23, 24, 28},
                    64};
        case gpu::Arch::blackwell:
            return {"GB100",
                    "GSP",
                    "575.32",
                    "97.00.88.00.0F",
                    {0, 0x88, 0, 0x97, 0x0F, 0, 0, 0},
                    range(21, 41),
                    range(15, 20, range(0, 13)),
                    {0, 1, 5, 7, 9, 10, 16, 23, 24, 28, 34},
                    64};
        case gpu::Arch::ls10: break;
    }
    return {"LS_10", "FSP", "", "96.10.55.00.01", {}, {}, range(0, 30), {5, 7, 12, 13, 15, 16, 17}, 31};
}

Bytes text_field(std::string_view text, std::size_t size) {
    Bytes out(text.begin(), text.end());
    out.resize(size);
    return out;
}

/// As it stands in manifests and file names.
std::string plain(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (c != '_' && c != '.') out += c;
    return out;
}

Bytes device_information(std::string_view product, ByteView serial) {
    namespace der = crypto::der;
    const std::string text = fmt::format("NVIDIA:{}:{}", product, to_upper_hex(serial));
    const Bytes utf8 = der::element(der::utf8_string, {as_bytes(text)});
    const Bytes oid = der::oid("1.3.6.1.4.1.412.274.1");
    const Bytes value = der::element(der::context(0, true), {utf8});
    return der::element(der::sequence, {der::element(der::context(0, true), {oid, value})});
}

std::vector<Field> gpu_fields(const Product& p, bool blackwell, const std::vector<Block>& blocks,
                              ByteView fwid) {
    Bytes counters;
    for (const Block& b : blocks) {
        const bool zero = std::ranges::all_of(b.value, [](std::uint8_t byte) { return byte == 0; });
        append(counters, store(std::uint32_t{zero ? 0U : 1U}, std::endian::little));
    }
    std::vector<Field> fields{{6, p.vbios_field},
                              {14, {0xB1, 3, 0, 0}},
                              {15, text_field("882", 9)},
                              {16, text_field("0", 5)},
                              {17, text_field("1010", 5)},
                              {18, text_field("0200", 5)},
                              {19, {0, 0}},
                              {3, text_field(p.driver, p.driver.size() + 1)},
                              {4, {static_cast<std::uint8_t>(blackwell ? 0xA0 : 0x80), 1, 0, 0, 0, 0, 0, 0}},
                              {12, counters},
                              {13, {0, 0xC0, 1, 0}},
                              {11, {0x55}},
                              {20, {fwid.begin(), fwid.end()}}};
    if (blackwell) {
        fields.push_back({33, {7, 7}});
        fields.push_back({35, text_field("GB100", 6)});
    } else {
        fields.push_back({21, {0x55}});
    }
    fields.push_back({34, {1, 0}});
    fields.push_back({36, {0, 0}});
    return fields;
}

std::vector<Field> switch_fields(ByteView own, const std::vector<Block>& blocks) {
    Bytes counters;
    for (std::size_t i = 0; i < 26; ++i) {
        const bool zero = std::ranges::all_of(blocks[i].value, [](std::uint8_t byte) { return byte == 0; });
        append(counters, store(std::uint32_t{zero ? 0U : 1U}, std::endian::little));
    }
    Bytes gpus;
    for (std::uint8_t i = 0; i < 8; ++i)
        append(gpus, sequence_identifier(static_cast<std::uint8_t>(0x40 + i)));
    gpus.resize(128, 0xFF);
    return {{6, text_field("96.10.55.00.01", 14)},
            {22, {own.begin(), own.end()}},
            {12, counters},
            {26, gpus},
            {23, {0xEC, 0}},
            {24, {2, 0}},
            {25, {1, 0}}};
}

Instant at(std::string_view text) { return *from_rfc3339(text); }

}  // namespace

Bytes sequence_identifier(std::uint8_t number) { return {number, 0x3E, 0xB3, 0x1A, 0xD9, 0xED, 0x00, 0x08}; }

Bytes World::random(std::size_t size) {
    Bytes out(size);
    trial_.random().fill(out);
    return out;
}

CertificatePlan World::plan(std::string_view name, bool ca) const {
    CertificatePlan out;
    out.spec.subject = {{"O", "Forge of a conformance suite"}, {"CN", std::string{name}}};
    out.spec.serial = crypto::digest(crypto::Hash::sha1, {as_bytes(name)});
    out.spec.serial[0] = static_cast<std::uint8_t>((out.spec.serial[0] & 0x7F) | 0x40);
    out.spec.not_before = at("2022-01-12T00:00:00Z");
    out.spec.not_after = at("9999-12-31T23:59:59Z");
    out.spec.ca = ca;
    out.spec.key_usage = ca ? std::vector<std::string>{"keyCertSign", "cRLSign"}
                            : std::vector<std::string>{"digitalSignature"};
    return out;
}

World::World(Trial& trial, gpu::Arch arch) : trial_(trial) {
    now = at("2027-03-01T12:00:00Z");
    nonce = random(32);
    const Product p = product_of(arch);
    device_authorities = {plan(fmt::format("Forge {} Provisioner ICA 1", p.name), true),
                          plan(fmt::format("Forge {} Identity", p.name), true),
                          plan("Forge Device Identity CA", true)};
    manifest_authorities = {plan(fmt::format("Forge Reference Value L3 {} 001", plain(p.name)), true),
                            plan(fmt::format("Forge Reference Value {} CA", plain(p.name)), true),
                            plan("Forge Manifest Root CA", true)};
    const DevicePlan& first = add_device(arch);

    const std::string vbios_id = arch == gpu::Arch::ls10 ? "NV_SWITCH_BIOS_5612_0002_890_" + plain(p.vbios)
                                                         : "NV_GPU_VBIOS_1010_0200_882_" + plain(p.vbios);
    const auto manifest = [&](std::string file, std::string_view version, const std::set<unsigned>& active) {
        ManifestPlan out;
        out.file = std::move(file) + ".xml";
        out.version = version;
        out.edition = arch == gpu::Arch::ls10 ? "SWITCH" : "GPU";
        out.product = plain(p.name);
        out.signer = plan("Forge RIM L4 Signer " + std::string{version}, false);
        out.signer.spec.not_before = at("2026-06-01T00:00:00Z");
        out.signer.spec.not_after = at("2028-06-01T00:00:00Z");
        for (unsigned i = 0; i < 64; ++i) {
            Golden golden{i, active.contains(i), {to_hex(Bytes(48))}};
            if (golden.active) golden.hashes = {to_hex(first.report.blocks[i].value)};
            out.goldens.push_back(std::move(golden));
        }
        return out;
    };
    if (arch != gpu::Arch::ls10)
        manifests.push_back(manifest(arch == gpu::Arch::hopper
                                         ? fmt::format("NV_GPU_DRIVER_GH100_{}", p.driver)
                                         : fmt::format("NV_GPU_CC_DRIVER_GB100_{}", p.driver),
                                     p.driver, p.driver_indices));
    manifests.push_back(manifest(vbios_id, p.vbios, p.vbios_indices));

    OcspPlan good;
    good.spec.this_update = now - std::chrono::hours{1};
    good.spec.next_update = now + std::chrono::hours{23};
    for (const char* name : {"identity", "provisioner", "product", "driver", "vbios", "level-3", "authority"})
        ocsp[name] = good;
}

DevicePlan& World::add_device(gpu::Arch arch) {
    const Product p = product_of(arch);
    DevicePlan out;
    out.arch = arch;
    out.tcb_info = arch == gpu::Arch::blackwell;
    out.fwid = random(48);
    const Bytes id = random(8);
    CertificatePlan identity = plan(fmt::format("{} A01 {} BROM", p.name, p.processor), true);
    identity.spec.key_usage = {"keyCertSign"};
    identity.spec.serial = concat({Bytes{0x41}, id});
    identity.spec.subject.emplace_back("serialNumber", to_upper_hex(identity.spec.serial));
    CertificatePlan leaf = plan(fmt::format("{} A01 {} FMC LF", p.name, p.processor), false);
    leaf.spec.extensions.push_back({"2.5.29.17", false, device_information(p.name, id)});
    out.chain = {leaf, identity};

    out.report.nonce = nonce;
    out.report.responder_nonce = random(32);
    for (unsigned i = 0; i < p.blocks; ++i) {
        Bytes value(48);
        const bool measured = p.driver_indices.contains(i) || p.vbios_indices.contains(i);
        // Devices of one world run the same firmware.
        if (measured && !p.zero.contains(i))
            value = devices.empty() || devices.front().arch != arch ? random(48)
                                                                    : devices.front().report.blocks[i].value;
        out.report.blocks.push_back({static_cast<std::uint8_t>(i + 1), value});
    }
    out.report.opaque = arch == gpu::Arch::ls10
                            ? switch_fields(id, out.report.blocks)
                            : gpu_fields(p, arch == gpu::Arch::blackwell, out.report.blocks, out.fwid);
    return devices.emplace_back(std::move(out));
}

void World::set_measurement(unsigned golden_index, const Bytes& value) {
    for (DevicePlan& one : devices) one.report.block(golden_index).value = value;
    for (ManifestPlan& manifest : manifests)
        if (Golden& golden = manifest.golden(golden_index); golden.active) golden.hashes = {to_hex(value)};
}

const crypto::PrivateKey& World::key(const std::string& role, crypto::KeyType type) {
    const crypto::PrivateKey& out = Mint::shared().key(role, type);
    keys_[out.public_key().spki()] = &out;
    return out;
}

const crypto::PrivateKey& World::key_of(const crypto::Certificate& certificate) const {
    return *keys_.at(certificate.public_key().spki());
}

crypto::Certificate World::issue(const CertificatePlan& plan, const crypto::Certificate* issuer,
                                 const std::string& role) {
    const crypto::PrivateKey& own = key(role, plan.key);
    const crypto::PrivateKey& by = plan.forged ? key("forger") : issuer != nullptr ? key_of(*issuer) : own;
    return crypto::issue(plan.spec, own.public_key(), issuer, by, plan.hash);
}

std::vector<crypto::Certificate> World::issue_all(const std::vector<CertificatePlan>& plans,
                                                  const std::string& role) {
    std::vector<crypto::Certificate> out;
    for (std::size_t i = plans.size(); i-- > 0;)
        out.insert(out.begin(), issue(plans[i], out.empty() ? nullptr : &out.front(),
                                      fmt::format("{} {}", role, plans.size() - 1 - i)));
    return out;
}

void World::add_response(const std::string& name, const crypto::Certificate& subject,
                         const crypto::Certificate& issuer, AppraisalRequest& out) {
    const OcspPlan& plan = ocsp.at(name);
    if (plan.drop) return;
    CertificatePlan responder = this->plan("Forge OCSP Responder for " + name, false);
    responder.spec.not_before = now - std::chrono::hours{24 * 30};
    responder.spec.not_after = now + std::chrono::hours{24 * 30};
    if (plan.responder != Responder::not_delegated) responder.spec.extended_key_usage = {"1.3.6.1.5.5.7.3.9"};
    const crypto::Certificate signer =
        plan.responder == Responder::issuer
            ? issuer
            : issue(responder, plan.responder == Responder::stranger ? nullptr : &issuer, "responder");
    const crypto::Certificate about =
        plan.for_another ? issue(this->plan("Forge Other", false), &issuer, "another") : subject;
    Bytes der = crypto::make_ocsp_response(plan.spec, about, issuer, signer, key_of(signer), sha384);
    if (plan.after_signing) plan.after_signing(der);
    out.references.ocsp_responses.push_back(
        {fmt::format("{}-{}.der", out.references.ocsp_responses.size() + 1, name), std::move(der)});
}

gpu::Evidence World::make_evidence(const DevicePlan& device,
                                   const std::vector<crypto::Certificate>& authorities,
                                   AppraisalRequest& out) {
    const auto number = std::to_string(&device - devices.data());
    const crypto::Certificate identity = issue(device.chain[1], &authorities.front(), "identity " + number);
    CertificatePlan leaf_plan = device.chain[0];
    const crypto::PrivateKey& leaf_key = key("leaf " + number, leaf_plan.key);
    // The leaf's serial number follows from its key, as on real devices.
    leaf_plan.spec.serial = crypto::digest(crypto::Hash::sha1, {leaf_key.public_key().point()});
    leaf_plan.spec.serial[0] = static_cast<std::uint8_t>((leaf_plan.spec.serial[0] & 0x7F) | 0x40);
    leaf_plan.spec.subject.emplace_back("serialNumber", to_upper_hex(leaf_plan.spec.serial));
    if (device.fwid_extension)
        leaf_plan.spec.extensions.push_back(
            gpu::fwid_extension(device.tcb_info ? gpu::FwidForm::tcb_info : gpu::FwidForm::device_id,
                                device.fwid, identity.public_key()));
    std::vector<crypto::Certificate> chain{issue(leaf_plan, &identity, "leaf " + number), identity};
    chain.insert(chain.end(), authorities.begin(), authorities.end());
    add_response("identity", identity, authorities.front(), out);

    gpu::Evidence evidence{device.arch, device.stated_nonce.value_or(device.report.nonce), {}, {}};
    Bytes body = device.report.body();
    if (device.report.before_signing) device.report.before_signing(body);
    const crypto::PrivateKey& by = device.other_signer ? key("forger") : leaf_key;
    Bytes signature = by.sign(crypto::SignatureScheme::ecdsa_raw, sha384, body);
    signature.resize(96);
    evidence.report = concat({body, signature});
    if (device.report.after_signing) device.report.after_signing(evidence.report);
    if (device.arrange) device.arrange(chain);
    for (const crypto::Certificate& certificate : chain) evidence.chain_pem += certificate.pem();
    if (device.after_pem) device.after_pem(evidence.chain_pem);
    return evidence;
}

void World::make_manifest(const ManifestPlan& plan, const std::vector<crypto::Certificate>& authorities,
                          const std::string& ocsp_name, AppraisalRequest& out) {
    std::vector<crypto::Certificate> chain{
        issue(plan.signer, &authorities.front(), "signer of " + ocsp_name)};
    chain.insert(chain.end(), authorities.begin(), authorities.end());
    add_response(ocsp_name, chain[0], chain[1], out);
    const crypto::PrivateKey& by = plan.other_signer ? key("forger") : key_of(chain[0]);
    if (plan.arrange) plan.arrange(chain);
    std::string text = manifest_text(plan);
    if (plan.before_signing) plan.before_signing(text);
    std::string signed_text = sign_manifest(text, plan.form, by, chain);
    if (plan.after_signing) plan.after_signing(signed_text);
    const ByteView bytes = as_bytes(signed_text);
    out.references.rims.push_back({plan.file, {bytes.begin(), bytes.end()}});
}

AppraisalRequest World::request() {
    AppraisalRequest out;
    const auto device_chain = issue_all(device_authorities, "device authority");
    const auto manifest_chain = issue_all(manifest_authorities, "manifest authority");
    for (const DevicePlan& one : devices) out.devices.push_back(make_evidence(one, device_chain, out));
    add_response("provisioner", device_chain[0], device_chain[1], out);
    add_response("product", device_chain[1], device_chain[2], out);
    for (const ManifestPlan& one : manifests)
        make_manifest(one, manifest_chain, &one == &manifests.back() ? "vbios" : "driver", out);
    add_response("level-3", manifest_chain[0], manifest_chain[1], out);
    add_response("authority", manifest_chain[1], manifest_chain[2], out);

    out.references.device_roots = device_roots.value_or(std::vector{device_chain.back()});
    out.references.rim_roots = manifest_roots.value_or(std::vector{manifest_chain.back()});
    out.references.device_chain_time = out.references.device_ocsp_time = now;
    out.references.rim_chain_time = out.references.rim_ocsp_time = now;
    out.nonce = nonce;
    out.cvm_key = cvm_key;
    out.policy_json = policy;
    if (arrange) arrange(out);
    return out;
}

void warm_mint(std::span<const gpu::Arch> architectures) {
    for (const gpu::Arch one : architectures) {
        BareTrial trial{"warm-up"};
        static_cast<void>(World{trial, one}.request());
    }
}

}  // namespace assay::conformance::gpu_appraisal
