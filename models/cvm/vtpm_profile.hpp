// How the TPM of a machine comes to its users: what its maker, or the paravisor of a confidential VM, has
// done before they see it. A profile is a row of data; it is applied by real TPM commands.
//
//     const tpm::SteadyTime time;
//     cvm::ProvisionedTpm tpm{*cvm::find_vtpm_profile("azure-hcl"), {}, seed, time};
//     tpm.power_on();                                  // the report lies in NV index 0x01400001 now
//     tpm::SwtpmServer server{tpm, {.data = {.port = 2321}}};  // it is an Engine like any other
#pragma once
#include "models/cvm/ek_certificate.hpp"
#include "models/cvm/paravisor.hpp"
#include "models/tpm/engine.hpp"

namespace assay::cvm {

/// A primary key that is made persistent.
struct ProvisionedKey {
    std::string_view what;  // "EK, RSA-2048, template L-1"
    tpm::Handle hierarchy = tpm::rh::endorsement;
    tpm::TpmtPublic (*area)();
    tpm::Handle persistent = 0;
    tpm::Handle certificate = 0;  // NV index of the EK certificate (DER); 0: none
};

struct VtpmProfile {
    std::string_view name, description;
    std::span<const ProvisionedKey> keys{};
    bool has_hcl_report = false;  // a paravisor that keeps 0x01400001, and the platform hierarchy for itself
    bool is_ephemeral = false;    // manufactured anew at each power-on
};
std::span<const VtpmProfile> vtpm_profiles();
/// Null where there is none of this name.
const VtpmProfile* find_vtpm_profile(std::string_view name);

inline constexpr tpm::Handle hcl_report_index = 0x0140'0001, user_data_index = 0x0140'0002,
                             ek_root_index = 0x01C0'0100;  // what EK certificates are signed by (DER)
/// How long the paravisor takes to put user data that the guest has written into the report.
inline constexpr std::chrono::milliseconds report_delay{2000};

/// Of the TPM, and there before it.
struct OwnRandom {
    crypto::Drbg tpm_random;
};

/// A TPM under a profile. What it does to the TPM is over when power_on() returns, and the guest's
/// TPM2_Startup is still to come, but under a paravisor, which has sent it.
class ProvisionedTpm final : private OwnRandom, public tpm::Engine {
public:
    /// Keys, certificates and reports follow from `seed`. `time` outlives it. With Config::state_dir what is
    /// there already is kept. std::invalid_argument for that and an ephemeral profile.
    ProvisionedTpm(const VtpmProfile& profile, const tpm::Config& config, std::uint64_t seed,
                   const tpm::TimeSource& time);

    /// Throws std::runtime_error when the TPM refuses a step; a paravisor cannot go on, for instance, where
    /// its attestation key is gone and the guest has set an owner authorization.
    void power_on() override;
    void power_off() override;
    /// Under a paravisor, a write of 0x01400002 is in the report of 0x01400001 from `report_delay` on.
    Bytes execute(ByteView command, unsigned locality = 0) override;

    const crypto::Certificate& ek_root() const { return manufacturer_.root(); }
    /// VCEK, ASK, ARK of the reports.
    std::vector<crypto::Certificate> report_chain() const { return processor_.chain(); }

    /// Of an ephemeral TPM: its service manifest, the TPMT_PUBLIC of its EK (template L-1), and a report of
    /// the CPU whose report data is SHA-512(nonce || manifest). Empty without power, and for other profiles.
    const Bytes& service_manifest() const { return manifest_; }
    Bytes service_report(ByteView nonce);

private:
    template <class In>
    typename In::Out must(std::string_view what, const In& in, ByteView password = {});
    void provision();
    void make_key(const ProvisionedKey& key);
    void certify(const ProvisionedKey& key, const tpm::TpmtPublic& area);
    void start_paravisor();
    void write_report(ByteView user_data);
    void write_nv(tpm::Handle index, ByteView content, ByteView password);
    void power_cycle();

    const VtpmProfile& profile_;
    const tpm::TimeSource& time_;
    TpmManufacturer manufacturer_;
    SnpVendor vendor_;
    SecureProcessor processor_;
    std::optional<Paravisor> paravisor_{};
    Secret platform_auth_{};  // the paravisor's
    std::optional<std::chrono::milliseconds> report_due_{};
    Bytes manifest_{};
};

}  // namespace assay::cvm
