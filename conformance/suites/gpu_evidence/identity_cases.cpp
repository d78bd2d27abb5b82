// Who the device is, by leaf and device identity certificate.
#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/certificate_facts.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace identity_topic {

CertificateFacts facts(Trial& trial, const crypto::Certificate& certificate) {
    auto one = read_certificate(certificate.der());
    trial.expect(one.has_value(), "certificate-malformed", "the certificate is DER by RFC 5280", "it is not");
    return *std::move(one);
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts{""};
    for (const char c : text)
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

bool upper_hex(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

void device_info(Trial& trial) {
    const auto c = chain(trial);
    const auto name = facts(trial, c.front()).other_name(device_info_oid);
    trial.expect(name.has_value(), "device-info-missing",
                 "subjectAltName of the leaf has an otherName 1.3.6.1.4.1.412.274.1 with UTF-8 text",
                 "there is none");
    const auto parts = split(*name, ':');
    trial.expect(parts.size() == 3 && !parts[0].empty() && !parts[1].empty() && upper_hex(parts[2]),
                 wrong("device-info", "manufacturer:product:serial, the serial in hexadecimal",
                       fmt::format("it is {}", *name)));
}
void device_info_product(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    const auto c = chain_of(trial, one);
    const auto name = facts(trial, c.front()).other_name(device_info_oid);
    if (!name) trial.not_tested(NotTested::dependency, "the leaf has no device information");
    const auto parts = split(*name, ':');
    const std::string_view begin = one.arch == gpu::Arch::hopper      ? "GH"
                                   : one.arch == gpu::Arch::blackwell ? "GB"
                                                                      : "LS";
    trial.expect(parts.size() == 3 && parts[1].starts_with(begin),
                 wrong("device-info-product",
                       fmt::format("the product of a {} device begins with {}", gpu::name(one.arch), begin),
                       fmt::format("the device information is {}", *name)));
}
void leaf_serial(Trial& trial) {
    const auto c = chain(trial);
    const CertificateFacts leaf = facts(trial, c.front());
    const auto attribute = c.front().subject_serial_number();
    trial.expect(attribute && *attribute == to_upper_hex(leaf.serial),
                 wrong("leaf-serial",
                       fmt::format("the leaf's subject has serialNumber {}, its certificate serial number",
                                   to_upper_hex(leaf.serial)),
                       attribute.value_or("there is none")));
}
void leaf_serial_from_key(Trial& trial) {
    const auto c = chain(trial);
    const CertificateFacts leaf = facts(trial, c.front());
    Bytes expected = crypto::digest(crypto::Hash::sha1, {c.front().public_key_bits()});
    // Positive and of full length, whatever the digest: the top bit off, the next one on.
    expected[0] = static_cast<std::uint8_t>((expected[0] & 0x7F) | 0x40);
    trial.expect(equal(leaf.serial, expected),
                 wrong("leaf-serial-key",
                       fmt::format("the leaf's serial number follows from its key: {}", to_hex(expected)),
                       fmt::format("it is {}", to_hex(leaf.serial))));
}
void identity_serial(Trial& trial) {
    const auto c = chain(trial);
    trial.expect(c.size() > 1, "chain-length", "there is a device identity certificate", "there is none");
    const CertificateFacts identity = facts(trial, c[1]);
    const auto attribute = c[1].subject_serial_number();
    trial.expect(
        attribute && *attribute == to_upper_hex(identity.serial),
        wrong("identity-serial",
              fmt::format("the identity certificate's subject has serialNumber {}, its serial number",
                          to_upper_hex(identity.serial)),
              attribute.value_or("there is none")));
    trial.expect(
        identity.serial.size() == 9,
        wrong("identity-serial-size", "the serial number is one byte and the 8 bytes of the device id",
              fmt::format("it is {}", to_hex(identity.serial))));
}
void model_name(Trial& trial) {
    const auto c = chain(trial);
    trial.expect(c.size() > 1, "chain-length", "there is a device identity certificate", "there is none");
    const auto identity = c[1].common_name();
    const auto leaf = c[0].common_name();
    trial.expect(identity && !identity->empty() && leaf && !leaf->empty(), "common-name",
                 "leaf and identity certificate have a common name", "one has none");
    // "GH100 A01 GSP BROM" and "GH100 A01 GSP FMC LF": product, stepping, processor.
    const auto a = split(*identity, ' ');
    const auto b = split(*leaf, ' ');
    trial.expect(a.size() >= 4 && b.size() >= 4 && a[0] == b[0] && a[1] == b[1] && a[2] == b[2],
                 wrong("common-name-model", "leaf and identity name the same product, stepping and processor",
                       fmt::format("identity \"{}\", leaf \"{}\"", *identity, *leaf)));
}
void model_fits_architecture(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    const auto c = chain_of(trial, one);
    const std::string model = c.size() > 1 ? c[1].common_name().value_or("") : "";
    const std::string_view begin = one.arch == gpu::Arch::hopper      ? "GH"
                                   : one.arch == gpu::Arch::blackwell ? "GB"
                                                                      : "LS";
    trial.expect(model.starts_with(begin),
                 wrong("architecture",
                       fmt::format("the identity certificate of a {} device names a product {}...",
                                   gpu::name(one.arch), begin),
                       fmt::format("it names \"{}\"", model)));
}
void switch_identifier(Trial& trial) {
    const gpu::Evidence one = evidence(trial);
    if (!is_switch(one)) trial.not_tested(NotTested::not_supported, "the device is a GPU");
    const auto c = chain_of(trial, one);
    const ReportFacts seen = facts_of(trial, one);
    const OpaqueFacts* own = seen.field(22);
    trial.expect(own != nullptr && c.size() > 1, "pdi-missing", "report and chain name the switch",
                 "one of them does not");
    const Bytes serial = facts(trial, c[1]).serial;
    trial.expect(
        serial.size() == 9 && equal(ByteView{serial}.last(8), own->data),
        wrong("pdi-certificate",
              fmt::format("DEVICE_PDI {} is the device id of the identity certificate", to_hex(own->data)),
              fmt::format("its serial number is {}", to_hex(serial)),
              {in_report("DEVICE_PDI", own->offset + 4, ByteView{serial}.subspan(1), own->data)}));
}

std::vector<Case> all() {
    return {
        make_case("identity.device-info", "The leaf carries manufacturer, product and serial number",
                  {"GPU-IDN-001"}, {}, needs_chain, device_info),
        make_case("identity.device-info-product", "The leaf's device information fits the architecture",
                  {"GPU-IDN-001", "GPU-IDN-005"}, {}, needs_chain, device_info_product),
        make_case("identity.leaf-serial", "The leaf's subject carries its serial number", {"GPU-IDN-002"}, {},
                  needs_chain, leaf_serial),
        make_case("identity.leaf-serial-key", "The leaf's serial number follows from its key",
                  {"GPU-IDN-003"}, {}, needs_chain, leaf_serial_from_key),
        make_case("identity.device-id", "The identity certificate carries the device id", {"GPU-IDN-004"}, {},
                  needs_chain, identity_serial),
        make_case("identity.model", "Leaf and identity certificate name the same model", {"GPU-IDN-006"}, {},
                  needs_chain, model_name),
        make_case("identity.architecture", "The identity certificate fits the stated architecture",
                  {"GPU-IDN-005"}, {}, needs_chain, model_fits_architecture),
        make_case("identity.switch-pdi", "An NVSwitch's identifier is the device id of its certificate",
                  {"GPU-IDN-007"}, {}, needs_both, switch_identifier),
    };
}

}  // namespace identity_topic

std::vector<Case> identity_cases() { return identity_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
