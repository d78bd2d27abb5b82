// The table of reasons. NVAT numbers: NVIDIA attestation SDK (C++), nvat result codes; what that SDK does not
// judge has 12.
#include "models/verifier/codes.hpp"

#include <algorithm>

namespace assay::verifier {
namespace {

using ReasonKind = Reason::Kind;

constexpr Reason row(std::string_view name, std::uint16_t number, std::string_view meaning,
                     std::string_view remedy) {
    return {ReasonKind::refusal, name, number, number, meaning, remedy};
}
constexpr Reason row(std::string_view name, std::uint16_t number, std::uint16_t switch_number,
                     std::string_view meaning, std::string_view remedy) {
    return {ReasonKind::refusal, name, number, switch_number, meaning, remedy};
}
constexpr Reason input(std::string_view name, std::uint16_t number, std::uint16_t switch_number,
                       std::string_view meaning, std::string_view remedy) {
    return {ReasonKind::input, name, number, switch_number, meaning, remedy};
}

// clang-format off
constexpr Reason table[] = {
    row("E_AK_UNTRUSTED", 12, "The attestation key is not vouched for by the CPU report, or is no key that signs and nothing else.", "Use the key that the paravisor lists as HCLAkPub."),
    row("E_ARCH", 502, 602, "The architecture that the evidence names is unknown or not the one of its certificates.", "Name the architecture of the device: HOPPER, BLACKWELL or LS10."),
    row("E_CC_MODE", 12, "Confidential computing is not shown to be on.", "Set CC mode on and reset the device, or do not demand the mode of devices that do not report it."),
    row("E_CHALLENGE_CONSUMED", 12, "The challenge was answered before.", "Ask for a new challenge and collect evidence for it."),
    row("E_CHIP_ID", 12, "The CPU report is of another chip than the certificate.", "Fetch the certificate of the chip that made the report."),
    row("E_CHIP_REVOKED", 12, "The chip is on the deny list.", "Use another machine."),
    row("E_COMPOSITE_BINDING", 12, "The parts of the evidence are not bound to each other and to the challenge.", "Collect all parts in one VM for one challenge."),
    row("E_CVM_BINDING", 504, 603, "The evidence does not answer a nonce that is bound to the confidential VM's key.", "Ask the device for bound_nonce(nonce, key) from inside the confidential VM."),
    row("E_DEVICE_COUNT", 12, "The set has another number of devices than is demanded.", "Collect evidence of every device, or mend the number in the policy."),
    row("E_DRIVER_TOO_OLD", 12, "The driver version is below the policy's floor.", "Update the driver, or lower min_driver_version."),
    input("E_EVIDENCE_PARSE", 13, 13, "The evidence file is not in the interchange form.", "Collect the evidence again; the message names the member that is wrong."),
    row("E_EVIDENCE_VERSION", 12, "This form of evidence cannot bind the CPU report to the challenge.", "Send a newer form, or name the profile hcl_v1 and know what it leaves open."),
    row("E_FEATURE", 12, "The device's multi-GPU feature is not the demanded one.", "Configure the device for the demanded mode (spt, mpt, ppcie)."),
    row("E_FIELD_ABSENT", 405, "A field that the appraisal needs is not in the report.", "Update the firmware of the device; without the field there is nothing to judge."),
    row("E_FWID_ABSENT", 800, "The leaf certificate has no firmware identity.", "Use the certificate chain that the device itself returns."),
    input("E_FWID_FORMAT", 507, 605, "The leaf certificate's firmware identity is malformed.", "Use the certificate chain that the device itself returns."),
    row("E_FWID_MISMATCH", 507, 605, "The firmware identity of the certificate is not that of the report.", "Collect report and certificate chain from the same device in the same boot."),
    row("E_GPU_DEVTOOLS_MODE", 12, "The device is in developer-tools mode: its memory can be read.", "Set CC mode on (not devtools) and reset the device."),
    row("E_GPU_IDENTITY_SET", 12, "Two pieces of evidence come from the same device.", "Collect evidence of every device once."),
    row("E_GPU_LIFECYCLE", 12, "Debugging of the device is not shown to be disabled.", "Use a production device with debugging locked."),
    input("E_HCL_FORMAT", 12, 12, "The paravisor's report or the CPU report in it is malformed.", "Read NV index 0x01400001 again, whole."),
    row("E_IMAGE_DIGEST", 12, "A container image is not a reference value.", "Add the image's digest to the reference values, or do not run it."),
    input("E_JSON_DUPLICATE_KEY", 12, 12, "A name comes twice in a JSON object.", "Send each member once: two readers could take different ones."),
    row("E_KEY_ATTRIBUTES", 12, "The wrapping key can be used otherwise than under its policy, or outside its TPM.", "Create it with fixedTPM, fixedParent, sensitiveDataOrigin and decrypt, and without userWithAuth, sign and restricted."),
    row("E_KEY_BINDING", 12, "The wrapping key is not the one that the attestation key certified.", "Certify the key that is sent, with the attestation key of the same TPM."),
    row("E_KEY_INVALID", 12, "The wrapping key is not a valid public key.", "Send the public area that the TPM returned."),
    row("E_KEY_PARAMS", 12, "A key has another type or size than is accepted.", "Use RSA of at least 2048 bits with exponent 65537."),
    row("E_KEY_POLICY", 12, "The wrapping key is not bound to the quoted registers.", "Create the key with the PolicyPCR digest of the registers as they are when quoted."),
    input("E_LIMIT", 12, 12, "A size, depth or count is over its limit.", "Send less."),
    row("E_LOG_AFTER_SEPARATOR", 12, "Something was measured into a register after its separator.", "Treat the firmware as altered."),
    row("E_LOG_CMDLINE", 12, "The kernel command line is not a reference value.", "Boot with an allowed command line; every token counts."),
    row("E_LOG_EVENT_DATA", 12, "What an event says was measured does not hash to its digest.", "Treat the log as altered."),
    input("E_LOG_FORMAT", 12, 12, "The header of the event log contradicts itself, or lacks the SHA-256 bank.", "Read the log again; report it to the firmware's maker."),
    row("E_LOG_MISSING", 12, "There is no event log, or no measured event for something that is required.", "Send the log of this boot; an event that extends nothing is no evidence."),
    input("E_LOG_PARSE", 12, 12, "The event log is malformed.", "Read the log again; the message names event, field and offset."),
    row("E_LOG_REPLAY", 12, "The event log does not give the quoted registers.", "Treat the log as altered, or the boot as not what it says; the message names register and event."),
    row("E_LOG_UNKNOWN_EVENT", 12, "Something was measured that no reference value knows.", "Find out what it is; what is not known is not trusted."),
    input("E_MEAS_BLOCK", 503, 2, "A measurement block has wrong framing, specification or sizes.", "Report it to the firmware's maker: the report is not well-formed."),
    input("E_MEAS_DUPLICATE", 503, 2, "A measurement index comes twice in the report.", "Report it to the firmware's maker: a parser may take either value."),
    row("E_MEAS_MISMATCH", 12, "A measurement is not one of the golden values.", "Check that driver and VBIOS manifests fit the versions on the device; if they do, treat the firmware as altered."),
    row("E_MEAS_MISSING", 12, "A golden value has no measurement in the report.", "Check that the manifests are of this device; a device may not leave out what is measured."),
    row("E_MEAS_NO_REFERENCE", 12, "Nothing was compared: there is no active golden value.", "Hand in the manifests of the device's driver and VBIOS."),
    input("E_MEAS_ORDER", 503, 2, "Measurement blocks are out of order.", "Report it to the firmware's maker."),
    input("E_MEAS_UNKNOWN", 503, 2, "A measurement index does not exist.", "Report it to the firmware's maker: indices are 1 to 64."),
    input("E_MEAS_VALUE_TYPE", 503, 2, "A measurement has another value type than a digest of firmware.", "Report it to the firmware's maker."),
    row("E_NVDEC0_STATUS", 2, "NVDEC0_STATUS is neither enabled (AA) nor disabled (55).", "Report it to the firmware's maker: whether index 35 counts cannot be told."),
    row("E_OCSP_CERTID", 201, "An OCSP response is for another certificate.", "Ask the responder for the certificate that is named."),
    input("E_OCSP_FORMAT", 201, 201, "An OCSP response is malformed or not successful.", "Fetch the response again."),
    row("E_OCSP_NONCE", 12, "An OCSP response lacks the nonce that is demanded, or has another one.", "Fetch the response with the nonce, or do not demand it where responses are recorded."),
    row("E_OCSP_SIGNATURE", 201, "The signature of an OCSP response is wrong.", "Fetch the response again, and find out who altered it."),
    row("E_OCSP_SIGNER", 201, "The signer of an OCSP response may not answer for the issuer.", "Fetch the response from the issuer's responder."),
    row("E_OCSP_STALE", 201, "An OCSP response is outside its time.", "Fetch a fresh response, or set the clock at which it is judged."),
    row("E_OCSP_UNAVAILABLE", 202, "There is no OCSP response for a certificate.", "Hand in a response for the certificate that is named."),
    row("E_OCSP_UNKNOWN", 12, "The OCSP responder does not know the certificate.", "Ask the issuer; an unknown certificate is not good."),
    input("E_OPAQUE_DUPLICATE", 503, 2, "An opaque field comes twice in the report.", "Report it to the firmware's maker: a parser may take either."),
    input("E_OPAQUE_PARSE", 503, 2, "The opaque data of the report are not framed correctly.", "Report it to the firmware's maker."),
    input("E_OPAQUE_TYPE", 4, 4, "The report has an opaque field of a type that its device does not have.", "Check that the architecture is named rightly; a newer format needs a newer verifier."),
    input("E_OPAQUE_VALUE", 503, 2, "An opaque field has a wrong size or text.", "Report it to the firmware's maker."),
    input("E_OPAQUE_VERSION", 510, 510, "The opaque data are of a newer version than is known.", "Use a verifier that knows this version."),
    row("E_ORDER", 12, "Things were measured in another order than a boot has.", "Treat the boot as altered."),
    row("E_PCR_BANK", 12, "The SHA-256 bank is not quoted, or another one comes unasked.", "Quote the SHA-256 bank."),
    row("E_PCR_CAPPED", 12, "A register shows no firmware activity.", "Use a platform whose firmware measures into the quoted bank."),
    row("E_PCR_DIGEST", 12, "The register values are not those that were quoted.", "Read the registers at the time of the quote."),
    row("E_PCR_POLICY_HASH", 12, "The measured runtime policy is not the one that is demanded.", "Boot with the demanded policy, or add its hash to the reference values."),
    row("E_PCR_SELECTION", 12, "A required register is not quoted, or has no value beside the quote.", "Quote every register that the policy names."),
    row("E_PKI_ALGORITHM", 802, "A certificate uses an algorithm that is not accepted.", "Use the chain that the device or the manifest's signer really has."),
    row("E_PKI_CHAIN_LENGTH", 802, "The certificate chain has another length than five.", "Hand in the whole chain, leaf first, root last."),
    row("E_PKI_CRITICAL_EXT", 802, "A certificate has a critical extension that is unknown.", "Use the chain that the device or the manifest's signer really has."),
    row("E_PKI_EXPIRED", 12, "A certificate has expired.", "Get a newly signed item, or set the clock at which it is judged."),
    row("E_PKI_HOLD", 12, "A certificate is on hold.", "Use a production device, or allow certificateHold in the policy."),
    row("E_PKI_ISSUER", 802, "A certificate is not issued by the next one in the chain.", "Hand in the chain complete and in order, leaf first."),
    row("E_PKI_KEY_USAGE", 802, "A certificate's key may not be used for this.", "Use the chain that the device or the manifest's signer really has."),
    row("E_PKI_NOT_CA", 802, "An issuer in the chain is not a certification authority.", "Use the chain that the device or the manifest's signer really has."),
    row("E_PKI_NOT_YET_VALID", 12, "A certificate is not valid yet.", "Check the clock at which it is judged."),
    input("E_PKI_PARSE", 2, 2, "A certificate cannot be read.", "Hand in certificates as PEM."),
    row("E_PKI_PATHLEN", 802, "A path length constraint is exceeded.", "Use the chain that the device or the manifest's signer really has."),
    row("E_PKI_REVOKED", 12, "A certificate is revoked.", "Take the device or the manifest out of use."),
    row("E_PKI_SIGNATURE", 802, "A certificate is not signed by the next one in the chain.", "Hand in the chain complete and in order, leaf first."),
    row("E_PKI_UNTRUSTED_ROOT", 802, "The chain does not end in a pinned root.", "Check which root is pinned; evidence of a simulated device needs that simulation's root."),
    row("E_POLICY", 12, "A rule of the policy does not hold.", "The message names the rule."),
    input("E_QUOTE_FORMAT", 12, 12, "An attestation structure is malformed.", "Send what the TPM returned, whole."),
    row("E_QUOTE_MAGIC", 12, "An attestation structure was not made by a TPM.", "Send what TPM2_Quote and TPM2_Certify returned."),
    row("E_QUOTE_NONCE", 12, "The quote answers another challenge, or covers other parts of evidence.", "Collect fresh evidence for the challenge that was given."),
    row("E_QUOTE_SIGNATURE", 12, "The quote is not signed by the attestation key of the CPU report.", "Quote with the key that the paravisor lists as HCLAkPub."),
    row("E_QUOTE_TYPE", 12, "An attestation structure is of another type.", "Send a quote as quote and a certification as certification."),
    row("E_RATE_LIMIT", 12, "Too many challenges are outstanding.", "Wait, or answer those that were given."),
    row("E_REPORT_DATA_DOMAIN", 12, "The CPU report was made for another use.", "Send the report that the paravisor made."),
    input("E_REPORT_LENGTH", 2, 2, "The report is too short or too long to be one.", "Collect the report again, whole and without anything around it."),
    input("E_RIM_CERTIFICATE", 106, 106, "A manifest carries no readable certificate.", "Fetch the manifest again."),
    row("E_RIM_CONFLICT", 108, "Driver and VBIOS manifests both have a golden value for one index.", "Fetch both manifests again; report it to their publisher."),
    input("E_RIM_FORMAT", 106, 106, "A golden value in a manifest is malformed.", "Fetch the manifest again; report it to its publisher."),
    row("E_RIM_ID_MISMATCH", 106, "A manifest is for another component.", "Hand in the manifest of the identifier that is named."),
    input("E_RIM_SCHEMA", 106, 106, "A manifest lacks what it must have, or is not XML of the accepted kind.", "Fetch the manifest again."),
    row("E_RIM_SIGNATURE", 105, "The signature of a manifest is absent or wrong.", "Fetch the manifest again, and find out who altered it."),
    row("E_RIM_SIGNATURE_SCOPE", 105, "The signature of a manifest does not cover exactly the document.", "Treat it as an attack (signature wrapping) and fetch the manifest again."),
    row("E_RIM_UNAVAILABLE", 104, "There is no manifest for the device.", "Hand in the manifest of the identifier that is named."),
    row("E_RIM_UNUSED", 0, "A file was handed in that fits nothing.", "Nothing needs to be done."),
    row("E_RIM_VERSION_DRIVER", 505, "The driver manifests at hand are of other versions.", "Hand in the manifest of the version that is named."),
    row("E_RIM_VERSION_VBIOS", 506, 604, "The VBIOS manifests at hand are of other versions.", "Hand in the manifest of the version that is named."),
    row("E_ROOT_HASH", 12, "The root hash of the disk is not a reference value.", "Boot the disk whose root hash was published."),
    input("E_RUNTIME_DATA", 12, 12, "The runtime data of the paravisor are malformed.", "Read NV index 0x01400001 again, whole."),
    input("E_SCHEMA", 12, 12, "The evidence does not follow its schema.", "The message names the member."),
    row("E_SECURE_BOOT", 12, "Secure Boot is off.", "Turn Secure Boot on, or do not demand it."),
    input("E_SIG_FORMAT", 12, 12, "A signature is malformed.", "Send what the signer made, unchanged."),
    row("E_SNP_VERSION", 12, "The CPU report is of a version that is not allowed.", "Add the version to report_versions once its fields are understood."),
    row("E_SPDM_NONCE_MISMATCH", 504, 603, "The evidence does not answer the expected nonce.", "Collect fresh evidence with the nonce that the verifier gave."),
    input("E_SPDM_PARSE", 503, 2, "The report is not an SPDM 1.1 GET_MEASUREMENTS request and its response.", "Collect the report again; the message names field and offset."),
    row("E_SPDM_SIGNATURE", 508, 606, "The report is not signed by the leaf certificate.", "Collect report and certificate chain from the same device; an altered report looks like this."),
    input("E_SPDM_TRAILING_DATA", 503, 2, "Bytes follow after the report's signature.", "Hand in the report alone."),
    row("E_STALE_EVIDENCE", 504, 603, "Nothing shows that the evidence is fresh.", "Give the nonce that was asked for."),
    row("E_TCB_MISMATCH", 12, "Security versions contradict the certificate, or are below the floor.", "Update the firmware and fetch its certificate."),
    row("E_TEE_DEBUG", 12, "The guest may be debugged by its host.", "Launch it without the debug bit."),
    row("E_TEE_MIGRATION", 12, "The guest may be migrated by an agent.", "Launch it without a migration agent."),
    row("E_TEE_SIGNATURE", 12, "The CPU report is not signed by the certificate's key.", "Send report and certificate of the same chip; an altered report looks like this."),
    row("E_TEE_SMT", 12, "Simultaneous multithreading is allowed, and the policy forbids it.", "Launch the guest with SMT forbidden."),
    row("E_TEE_TYPE", 12, "The hardware report is of another kind of TEE.", "Only SEV-SNP is appraised here."),
    row("E_TOKEN_ALG", 12, "A token's algorithm is not allowed, or not that of the pinned key.", "Sign with the algorithm of the pinned key."),
    row("E_TOKEN_AUDIENCE", 12, "A token is for another audience.", "Ask for a token for this audience."),
    row("E_TOKEN_EXPIRED", 12, "A token is outside its validity.", "Get a fresh token; check the clock."),
    input("E_TOKEN_FORMAT", 12, 12, "A token is malformed.", "Send the compact JWS that the issuer made."),
    row("E_TOKEN_ISSUER", 12, "A token is of another issuer.", "Use the issuer that is trusted here."),
    row("E_TOKEN_KEY_SOURCE", 12, "A token brings its own key, or names where to get one.", "Pin the issuer's key; nothing is fetched."),
    row("E_TOKEN_SIGNATURE", 12, "A token is not signed by the pinned key.", "Get the token from its issuer."),
    row("E_TOPOLOGY", 12, "GPUs and switches do not describe the same connections.", "Collect evidence of all GPUs and switches of one machine in one boot."),
    row("E_TPM_RESET", 12, "The TPM was reset since the earlier quote.", "Attest anew from the boot on."),
    row("E_TPM_RESTART", 12, "The TPM was restarted or resumed since the earlier quote.", "Attest anew from the boot on."),
    row("E_VBIOS_TOO_OLD", 12, "The VBIOS version is below the policy's floor.", "Update the VBIOS, or lower min_vbios_version."),
    row("E_VMPL", 12, "The CPU report was asked for from a lower privilege level.", "Send the paravisor's report."),
};
// clang-format on
static_assert(std::ranges::adjacent_find(table, std::ranges::greater_equal{}, &Reason::name) ==
              std::ranges::end(table));

}  // namespace

std::span<const Reason> reasons() { return table; }

const Reason* find_reason(std::string_view name) {
    const auto* const found = std::ranges::lower_bound(table, name, {}, &Reason::name);
    return found != std::ranges::end(table) && found->name == name ? found : nullptr;
}

}  // namespace assay::verifier
