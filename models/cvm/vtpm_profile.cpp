#include "models/cvm/vtpm_profile.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "models/tpm/command.hpp"

namespace assay::cvm {
namespace {

using tpm::Alg;
namespace rh = tpm::rh;
namespace na = tpm::nv_attribute;

// Templates of the TCG EK Credential Profile (2.5, B.3 and B.4) and of the provisioning guidance.
tpm::TpmtPublic ek_rsa() { return tpm::templates::endorsement_key(Alg::rsa); }
tpm::TpmtPublic ek_p256() { return tpm::templates::endorsement_key(Alg::ecc); }
tpm::TpmtPublic srk_p256() {
    tpm::TpmtPublic out = tpm::templates::storage_key(Alg::ecc);
    out.unique_ecc = {{Bytes(32)}, {Bytes(32)}};
    return out;
}
tpm::TpmtPublic ek_p384() { return tpm::templates::high_range_endorsement_key(tpm::Curve::p384); }

constexpr std::array hardware_keys{
    ProvisionedKey{"EK, RSA-2048, template L-1", rh::endorsement, ek_rsa, 0x8101'0001, 0x01C0'0002},
    ProvisionedKey{"EK, P-256, template L-2", rh::endorsement, ek_p256, 0x8101'0002, 0x01C0'000A},
    ProvisionedKey{"EK, P-384, template H-3", rh::endorsement, ek_p384, 0x8101'0016, 0x01C0'0016},
    ProvisionedKey{"SRK, P-256", rh::owner, srk_p256, 0x8100'0001},
};
constexpr std::array profiles{
    VtpmProfile{.name = "plain", .description = "as manufactured: no keys, no certificates"},
    VtpmProfile{.name = "hardware",
                .description = "EKs with certificates at the indices of TCG, persistent EKs and SRK",
                .keys = hardware_keys},
    VtpmProfile{.name = "azure-hcl",
                .description = "behind a paravisor: AK at 0x81000003, HCL report in NV 0x01400001, user data "
                               "in 0x01400002",
                .has_hcl_report = true},
    VtpmProfile{.name = "svsm",
                .description = "ephemeral: another TPM after each power-on, its EK in a service manifest",
                .is_ephemeral = true},
};

crypto::Drbg part_of(std::uint64_t seed, std::string_view what) {
    return crypto::Drbg{store(seed, std::endian::big), what};
}
Bytes seed_of(std::uint64_t seed, std::string_view what) {
    crypto::Drbg random = part_of(seed, what);
    Bytes out(32);
    random.fill(out);
    return out;
}
tpm::Config config_for(const VtpmProfile& profile, tpm::Config config) {
    if (profile.is_ephemeral && !config.state_dir.empty())
        throw std::invalid_argument("the profile " + std::string{profile.name} + " keeps no state");
    if (profile.has_hcl_report)
        config.nv_index_size = std::max<std::uint16_t>(config.nv_index_size, hcl_nv_size);
    return config;
}

constexpr std::uint32_t certificate_attributes = na::pp_write | na::write_define | na::pp_read |
                                                 na::owner_read | na::auth_read | na::no_da |
                                                 na::platform_create;
constexpr std::uint32_t report_attributes =
    na::pp_write | na::pp_read | na::owner_read | na::auth_read | na::no_da | na::platform_create;
constexpr std::size_t nv_portion = 1024;

tpm::NvDefineSpaceIn definition(tpm::Handle index, std::uint32_t attributes, std::size_t size) {
    return {
        .auth_handle = rh::platform,
        .public_info = {
            {.nv_index = index, .attributes = attributes, .data_size = static_cast<std::uint16_t>(size)}}};
}

}  // namespace

std::span<const VtpmProfile> vtpm_profiles() { return profiles; }
const VtpmProfile* find_vtpm_profile(std::string_view name) {
    const auto* const found = std::ranges::find(profiles, name, &VtpmProfile::name);
    return found == profiles.end() ? nullptr : found;
}

ProvisionedTpm::ProvisionedTpm(const VtpmProfile& profile, const tpm::Config& config, std::uint64_t seed,
                               const tpm::TimeSource& time)
    : OwnRandom{part_of(seed, "assay serve tpm")},
      Engine(config_for(profile, config), tpm_random, time),
      profile_(profile),
      time_(time),
      manufacturer_(seed_of(seed, "TPM manufacturer")),
      vendor_(seed_of(seed, "CPU vendor")),
      processor_(vendor_, seed_of(seed, "CPU")) {
    const Bytes image = concat({as_bytes("paravisor of the profile "), as_bytes(profile.name)});
    processor_.launch({.image = image});
}

template <class In>
typename In::Out ProvisionedTpm::must(std::string_view what, const In& in, ByteView password) {
    std::vector<tpm::TpmsAuthCommand> sessions;
    if constexpr (tpm::handle_count<In> != 0)
        if (tpm::find_command(In::cc)->role(0) != tpm::Role::none)
            sessions.push_back(tpm::password(password));
    auto out =
        tpm::call([this](ByteView command) { return Engine::execute(command); }, in, std::move(sessions));
    if (!out)
        throw std::runtime_error(
            fmt::format("vTPM profile {}: {}: {}", profile_.name, what, out.error().text()));
    return *std::move(out);
}

void ProvisionedTpm::power_on() {
    if (is_powered()) return;
    if (profile_.is_ephemeral) tpm_.manufacture();
    Engine::power_on();
    // The maker provisions once. What its user does to the keys later is the user's business, and the root
    // stays.
    const bool is_new = !tpm_.permanent.nv.contains(ek_root_index);
    if (profile_.has_hcl_report)
        start_paravisor();
    else if (profile_.is_ephemeral || (!profile_.keys.empty() && is_new))
        provision();
}

void ProvisionedTpm::power_off() {
    Engine::power_off();
    report_due_.reset();
    manifest_.clear();
    paravisor_.reset();
    platform_auth_ = {};
}

void ProvisionedTpm::power_cycle() {
    must("TPM2_Shutdown", tpm::ShutdownIn{tpm::Su::clear});
    Engine::power_off();
    Engine::power_on();
}

void ProvisionedTpm::provision() {
    must("TPM2_Startup", tpm::StartupIn{tpm::Su::clear});
    if (profile_.is_ephemeral) {
        const auto ek =
            must("TPM2_CreatePrimary of the EK",
                 tpm::CreatePrimaryIn{.primary_handle = rh::endorsement, .in_public = {ek_rsa()}});
        manifest_ = encode(ek.out_public.value, tpm::byte_order);
        must("TPM2_FlushContext", tpm::FlushContextIn{.flush_handle = ek.object_handle});
    }
    for (const ProvisionedKey& key : profile_.keys) make_key(key);
    if (!profile_.keys.empty()) {
        const Bytes& root = manufacturer_.root().der();
        must("TPM2_NV_DefineSpace of the root of EK certificates",
             definition(ek_root_index, certificate_attributes, root.size()));
        write_nv(ek_root_index, root, {});
    }
    power_cycle();
}

void ProvisionedTpm::make_key(const ProvisionedKey& key) {
    const std::string what = "TPM2_CreatePrimary of the " + std::string{key.what};
    const auto made =
        must(what, tpm::CreatePrimaryIn{.primary_handle = key.hierarchy, .in_public = {key.area()}});
    must("TPM2_EvictControl",
         tpm::EvictControlIn{
             .auth = rh::owner, .object_handle = made.object_handle, .persistent_handle = key.persistent});
    must("TPM2_FlushContext", tpm::FlushContextIn{.flush_handle = made.object_handle});
    if (key.certificate != 0) certify(key, made.out_public.value);
}

void ProvisionedTpm::certify(const ProvisionedKey& key, const tpm::TpmtPublic& area) {
    const auto ek = tpm::public_key_of(area);
    const crypto::Certificate certificate = manufacturer_.endorse(
        ek.value(),
        {.manufacturer = fmt::format("id:{:08X}", tpm::four_characters(config().manufacturer)),
         .model = config().vendor_string,
         .version = fmt::format("id:{:08X}", static_cast<std::uint32_t>(config().firmware_version >> 32))});
    const Bytes& der = certificate.der();
    must("TPM2_NV_DefineSpace of an EK certificate",
         definition(key.certificate, certificate_attributes, der.size()));
    write_nv(key.certificate, der, {});
}

void ProvisionedTpm::write_nv(tpm::Handle index, ByteView content, ByteView password) {
    for (std::size_t at = 0; at < content.size(); at += nv_portion) {
        const ByteView part = content.subspan(at, std::min(nv_portion, content.size() - at));
        must("TPM2_NV_Write",
             tpm::NvWriteIn{.auth_handle = rh::platform,
                            .nv_index = index,
                            .data = {Bytes{part.begin(), part.end()}},
                            .offset = static_cast<std::uint16_t>(at)},
             password);
    }
}

void ProvisionedTpm::start_paravisor() {
    paravisor_.emplace(
        processor_, [this](ByteView command) { return Engine::execute(command); }, VmFacts{});
    if (const auto started = paravisor_->start(); !started)
        throw std::runtime_error("vTPM profile azure-hcl: " + started.error().text());
    platform_auth_ = Secret{32};
    tpm_random.fill(platform_auth_.bytes());
    const ByteView auth = std::as_const(platform_auth_).bytes();
    must("TPM2_HierarchyChangeAuth",
         tpm::HierarchyChangeAuthIn{.auth_handle = rh::platform,
                                    .new_auth = {Bytes{auth.begin(), auth.end()}}});
    if (!tpm_.permanent.nv.contains(hcl_report_index))
        must("TPM2_NV_DefineSpace of the HCL report",
             definition(hcl_report_index, report_attributes, hcl_nv_size), auth);
    write_report(Bytes(user_data_size));
}

void ProvisionedTpm::write_report(ByteView user_data) {
    report_due_.reset();
    const auto report = paravisor_->hcl_report(user_data);
    if (!report) throw std::runtime_error("vTPM profile azure-hcl: " + report.error().text());
    write_nv(hcl_report_index, *report, std::as_const(platform_auth_).bytes());
}

namespace {

/// The NV index that a successful TPM2_NV_Write was for; 0 for every other command.
tpm::Handle written_index(ByteView command, ByteView response) {
    Reader in{command, tpm::byte_order};
    tpm::CommandHeader header;
    tpm::HandleArea handles;
    const bool is_written =
        tpm::response_code(response) == tpm::Rc::success && in.get(header) &&
        header.command_code == static_cast<std::uint32_t>(tpm::Cc::nv_write) &&
        tpm::find_command(tpm::Cc::nv_write)->take_handles(in, handles) == tpm::Rc::success;
    return is_written ? handles.values.at(1) : 0;
}

}  // namespace

Bytes ProvisionedTpm::execute(ByteView command, unsigned locality) {
    if (!paravisor_ || !is_powered()) return Engine::execute(command, locality);
    if (report_due_ && time_.now() >= *report_due_) {
        const auto found = tpm_.permanent.nv.find(user_data_index);
        Bytes user_data = found == tpm_.permanent.nv.end() ? Bytes{} : tpm::taken(found->second.data.bytes());
        user_data.resize(user_data_size);  // shorter ones are filled up with zeros
        try {
            write_report(user_data);
        } catch (const std::runtime_error&) {
            // A TPM that takes nothing any more (failure mode) keeps the report that it has.
        }
    }
    Bytes response = Engine::execute(command, locality);
    if (written_index(command, response) == user_data_index) report_due_ = time_.now() + report_delay;
    return response;
}

Bytes ProvisionedTpm::service_report(ByteView nonce) {
    if (manifest_.empty()) return {};
    auto report = processor_.report(crypto::digest(crypto::Hash::sha512, {nonce, manifest_}));
    return report ? *std::move(report) : Bytes{};
}

}  // namespace assay::cvm
