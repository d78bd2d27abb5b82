// The table of reasons. NVAT numbers: NVIDIA attestation SDK (C++), nvat result codes.
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
    row("E_ARCH", 502, 602, "The architecture that the evidence names is unknown or not the one of its certificates.", "Name the architecture of the device: HOPPER, BLACKWELL or LS10."),
    row("E_CC_MODE", 12, "Confidential computing is not shown to be on.", "Set CC mode on and reset the device, or do not demand the mode of devices that do not report it."),
    row("E_CVM_BINDING", 504, 603, "The evidence does not answer a nonce that is bound to the confidential VM's key.", "Ask the device for bound_nonce(nonce, key) from inside the confidential VM."),
    row("E_DEVICE_COUNT", 12, "The set has another number of devices than is demanded.", "Collect evidence of every device, or mend the number in the policy."),
    row("E_DRIVER_TOO_OLD", 12, "The driver version is below the policy's floor.", "Update the driver, or lower min_driver_version."),
    input("E_EVIDENCE_PARSE", 13, 13, "The evidence file is not in the interchange form.", "Collect the evidence again; the message names the member that is wrong."),
    row("E_FEATURE", 12, "The device's multi-GPU feature is not the demanded one.", "Configure the device for the demanded mode (spt, mpt, ppcie)."),
    row("E_FIELD_ABSENT", 405, "A field that the appraisal needs is not in the report.", "Update the firmware of the device; without the field there is nothing to judge."),
    row("E_FWID_ABSENT", 800, "The leaf certificate has no firmware identity.", "Use the certificate chain that the device itself returns."),
    input("E_FWID_FORMAT", 507, 605, "The leaf certificate's firmware identity is malformed.", "Use the certificate chain that the device itself returns."),
    row("E_FWID_MISMATCH", 507, 605, "The firmware identity of the certificate is not that of the report.", "Collect report and certificate chain from the same device in the same boot."),
    row("E_GPU_DEVTOOLS_MODE", 12, "The device is in developer-tools mode: its memory can be read.", "Set CC mode on (not devtools) and reset the device."),
    row("E_GPU_IDENTITY_SET", 12, "Two pieces of evidence come from the same device.", "Collect evidence of every device once."),
    row("E_GPU_LIFECYCLE", 12, "Debugging of the device is not shown to be disabled.", "Use a production device with debugging locked."),
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
    row("E_SPDM_NONCE_MISMATCH", 504, 603, "The evidence does not answer the expected nonce.", "Collect fresh evidence with the nonce that the verifier gave."),
    input("E_SPDM_PARSE", 503, 2, "The report is not an SPDM 1.1 GET_MEASUREMENTS request and its response.", "Collect the report again; the message names field and offset."),
    row("E_SPDM_SIGNATURE", 508, 606, "The report is not signed by the leaf certificate.", "Collect report and certificate chain from the same device; an altered report looks like this."),
    input("E_SPDM_TRAILING_DATA", 503, 2, "Bytes follow after the report's signature.", "Hand in the report alone."),
    row("E_STALE_EVIDENCE", 504, 603, "Nothing shows that the evidence is fresh.", "Give the nonce that was asked for."),
    row("E_TOPOLOGY", 12, "GPUs and switches do not describe the same connections.", "Collect evidence of all GPUs and switches of one machine in one boot."),
    row("E_VBIOS_TOO_OLD", 12, "The VBIOS version is below the policy's floor.", "Update the VBIOS, or lower min_vbios_version."),
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
