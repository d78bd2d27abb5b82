// The secure processor of a CPU, SEV-SNP-like: it measures a guest at launch, and signs reports about it with
// a key that it derives from its chip secret and its security versions.
//
//     SnpVendor vendor{seed};                             // ARK and ASK, one for all chips
//     SecureProcessor processor{vendor, seed_of_chip};
//     processor.launch({.image = paravisor});
//     const auto report = processor.report(report_data);  // 1184 bytes
//
// Unlike AMD's, the two authorities are P-384 and not RSA-4096 with PSS: 4096-bit keys cost seconds to make.
// Their names, order, extensions and rules are the same; a verifier takes both kinds.
#pragma once
#include "models/cvm/snp_report.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::cvm {

/// Bits of the guest policy (SNP_LAUNCH_START).
namespace guest_policy {
inline constexpr std::uint64_t smt = 1U << 16, reserved_one = 1U << 17, migration = 1U << 18,
                               debug = 1U << 19, single_socket = 1U << 20;
/// What the recorded reports have: ABI 0.31, SMT allowed.
inline constexpr std::uint64_t usual = 0x3'001F;
}  // namespace guest_policy

/// Everything fixed at the launch of a guest.
struct GuestLaunch {
    Bytes image;                // paravisor and what it starts from, measured page by page
    std::uint64_t address = 0;  // guest physical address of the first page
    std::uint64_t policy = guest_policy::usual;
    std::uint32_t guest_svn = 0;
    std::array<std::uint8_t, 16> family_id{}, image_id{};
    std::array<std::uint8_t, 32> host_data{};
    std::array<std::uint8_t, 48> id_key_digest{}, author_key_digest{};
};

/// SHA-384 over the pages of an image as SNP_LAUNCH_UPDATE chains them (PAGE_INFO, 112 bytes a page, page
/// type NORMAL, no permissions below VMPL 0). The last page is filled with zeros. Without a VMSA.
Bytes launch_digest(ByteView image, std::uint64_t address);

/// ARK and ASK.
class SnpVendor {
public:
    explicit SnpVendor(ByteView seed);

    const crypto::Certificate& ark() const { return ark_.certificate; }
    const crypto::Certificate& ask() const { return ask_.certificate; }
    /// A VCEK: the extensions say the chip and its security versions.
    crypto::Certificate endorse(const crypto::PublicKey& vcek, ByteView chip_id, const TcbVersion& tcb) const;

    struct Authority {
        crypto::Certificate certificate;
        crypto::PrivateKey key;
    };

private:
    std::unique_ptr<crypto::Drbg> random_;
    std::unique_ptr<crypto::Context> context_;
    Authority ark_, ask_;
};

/// Refusals of the processor, under the names of the SEV-SNP firmware interface.
enum class SnpStatus : std::uint8_t { invalid_guest_state, invalid_param };
std::string_view name(SnpStatus status);

class SecureProcessor {
public:
    /// `vendor` must outlive it. Equal seeds, equal chips.
    SecureProcessor(const SnpVendor& vendor, ByteView seed, TcbVersion tcb = {3, 0, {}, 8, 115});

    /// Begins a guest, and ends the one before. std::logic_error for an image larger than 16 MiB.
    void launch(const GuestLaunch& guest);
    void power_on_reset() { guest_.reset(); }

    /// 1184 bytes about the running guest, signed. `report_data` has 64 bytes; `vmpl` is 0 to 3.
    Result<Bytes, SnpStatus> report(ByteView report_data, std::uint32_t vmpl = 0);

    /// VCEK, ASK, ARK.
    std::vector<crypto::Certificate> chain() const { return {vcek_, vendor_.ask(), vendor_.ark()}; }
    const TcbVersion& tcb() const { return tcb_; }
    ByteView chip_id() const { return chip_id_; }

    /// An update, or a roll-back, of the firmware: the VCEK is another one.
    void set_tcb(const TcbVersion& tcb);

private:
    const SnpVendor& vendor_;
    std::unique_ptr<crypto::Drbg> random_;
    std::unique_ptr<crypto::Context> context_;
    Secret chip_secret_;
    Bytes chip_id_;
    TcbVersion tcb_;
    crypto::PrivateKey key_;
    crypto::Certificate vcek_;
    struct Guest {
        GuestLaunch launch;
        Bytes measurement, report_id;
    };
    std::optional<Guest> guest_;
};

}  // namespace assay::cvm
