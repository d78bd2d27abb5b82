// The values of opaque fields.
#include <algorithm>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/observe.hpp"

namespace assay::conformance::gpu_evidence {
namespace opaque_value_topic {

struct Seen {
    ReportFacts facts;
    bool of_switch = false;
};
Seen see(Trial& trial) {
    const gpu::Evidence collected = evidence(trial);
    return {facts_of(trial, collected), is_switch(collected)};
}

/// The field; a device that does not have it is not judged.
const OpaqueFacts& field_of(Trial& trial, const Seen& seen, unsigned type) {
    const OpaqueFacts* field = seen.facts.field(type);
    if (field == nullptr)
        trial.not_tested(NotTested::not_supported, fmt::format("the report has no {}", opaque_name(type)));
    return *field;
}
Difference whole(const OpaqueFacts& field, std::string_view note) {
    return in_report(opaque_name(field.type), field.offset + 4, {}, field.data, note);
}

bool dotted(std::string_view text) {
    bool digit_before = false;
    std::size_t dots = 0;
    for (const char c : text) {
        if (c == '.' ? !digit_before : !(c >= '0' && c <= '9')) return false;
        digit_before = c != '.';
        dots += c == '.' ? 1 : 0;
    }
    return digit_before && dots >= 1;
}

void driver_version(Trial& trial) {
    const Seen seen = see(trial);
    const OpaqueFacts& field = field_of(trial, seen, 3);
    const auto text = opaque_text(field);
    trial.expect(text && dotted(*text) && field.data.back() == 0,
                 wrong("driver-version", "DRIVER_VERSION is decimal numbers with dots, ended by NUL",
                       fmt::format("it is {}", to_hex(field.data)), {whole(field, "such as 550.90.07")}));
}
void vbios_version(Trial& trial) {
    const Seen seen = see(trial);
    const OpaqueFacts& field = field_of(trial, seen, 6);
    const auto text = vbios_text(field, seen.of_switch);
    trial.expect(
        text && *text != "00.00.00.00.00",
        wrong("vbios-version",
              seen.of_switch ? "VBIOS_VERSION is five hexadecimal numbers in ASCII"
                             : "VBIOS_VERSION is five binary bytes and three zeros",
              fmt::format("it is {}", to_hex(field.data)), {whole(field, "such as 96.00.9F.00.01")}));
}
void text_fields(Trial& trial) {
    const Seen seen = see(trial);
    const auto types =
        seen.of_switch ? std::vector<unsigned>{6} : std::vector<unsigned>{3, 15, 16, 17, 18, 35};
    std::size_t judged = 0;
    for (const unsigned type : types) {
        const OpaqueFacts* field = seen.facts.field(type);
        if (field == nullptr) continue;
        ++judged;
        trial.expect(opaque_text(*field).has_value(),
                     wrong("opaque-text", fmt::format("{} is ASCII, then only NUL", opaque_name(type)),
                           fmt::format("it is {}", to_hex(field->data)), {whole(*field, "")}));
    }
    trial.expect(judged > 0, "opaque-no-text", "at least one text field is there", "there is none");
}
void product_names_a_manifest(Trial& trial) {
    const Seen seen = see(trial);
    if (seen.of_switch) trial.not_tested(NotTested::not_supported, "an NVSwitch report names no project");
    for (const unsigned type : {15U, 17U, 18U}) {
        const OpaqueFacts& field = field_of(trial, seen, type);
        const auto text = opaque_text(field);
        const bool usable = text && !text->empty() && std::ranges::all_of(*text, [](char c) {
                                return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                            });
        trial.expect(
            usable, wrong("product-name",
                          fmt::format("{} is letters and digits, for the manifest's name", opaque_name(type)),
                          fmt::format("it is {}", to_hex(field.data)), {whole(field, "")}));
    }
}

void one_of(Trial& trial, unsigned type, std::initializer_list<unsigned> values, std::string_view code) {
    const Seen seen = see(trial);
    const OpaqueFacts& field = field_of(trial, seen, type);
    unsigned value = 0;
    for (std::size_t i = field.data.size(); i-- > 0;) value = value << 8 | field.data[i];
    const bool legal = (field.data.size() == 1 || field.data.size() == 2) &&
                       std::ranges::find(values, value) != values.end();
    std::string wanted;
    for (const unsigned v : values) wanted += fmt::format("{}0x{:02X}", wanted.empty() ? "" : ", ", v);
    trial.expect(legal, wrong(code, fmt::format("{} is one of {}", opaque_name(type), wanted),
                              fmt::format("it is {}", to_hex(field.data)), {whole(field, wanted)}));
}
void nvdec(Trial& trial) { one_of(trial, 11, {0xAA, 0x55}, "nvdec-status"); }
void protected_pcie(Trial& trial) { one_of(trial, 21, {0xAA, 0x55}, "protected-pcie"); }
void data_version(Trial& trial) { one_of(trial, 34, {0, 1}, "opaque-data-version"); }
void feature_flag(Trial& trial) { one_of(trial, 36, {0, 1, 2}, "feature-flag"); }

std::vector<std::uint32_t> counters(const OpaqueFacts& field) {
    std::vector<std::uint32_t> out;
    for (std::size_t at = 0; at + 4 <= field.data.size(); at += 4)
        out.push_back(load<std::uint32_t>(ByteView{field.data}.subspan(at), std::endian::little));
    return out;
}
void counter_length(Trial& trial) {
    const Seen seen = see(trial);
    const OpaqueFacts& field = field_of(trial, seen, 12);
    const std::size_t expected = seen.of_switch ? 26 : seen.facts.blocks.size();
    trial.expect(field.data.size() == 4 * expected,
                 wrong("msrscnt-length", fmt::format("MSRSCNT has {} numbers of 4 bytes", expected),
                       fmt::format("it has {} bytes", field.data.size())));
}
void counters_agree(Trial& trial) {
    const Seen seen = see(trial);
    const OpaqueFacts& field = field_of(trial, seen, 12);
    const auto counts = counters(field);
    trial.expect(!counts.empty(), "msrscnt-empty", "MSRSCNT has numbers", "it has none");
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const BlockFacts* block = seen.facts.block(static_cast<unsigned>(i + 1));
        if (block == nullptr) continue;
        const bool zero = std::ranges::all_of(block->value, [](std::uint8_t byte) { return byte == 0; });
        trial.expect(
            (counts[i] == 0) == zero,
            wrong("msrscnt-disagrees", "a measurement is zero exactly where nothing was extended into it",
                  fmt::format("golden index {} was extended {} times and its value is {}zero", i, counts[i],
                              zero ? "" : "not "),
                  {in_report("MSRSCNT", field.offset + 4 + 4 * i, {}, ByteView{field.data}.subspan(4 * i, 4)),
                   in_report("Value", block->offset + 7, {}, block->value)}));
    }
}
void switch_identifiers(Trial& trial) {
    const Seen seen = see(trial);
    if (!seen.of_switch) trial.not_tested(NotTested::not_supported, "the device is a GPU");
    const OpaqueFacts& own = field_of(trial, seen, 22);
    const OpaqueFacts& gpus = field_of(trial, seen, 26);
    trial.expect(std::ranges::any_of(own.data, [](std::uint8_t byte) { return byte != 0; }), "pdi-zero",
                 "the switch's own identifier is not zero", "it is zero");
    std::vector<Bytes> seen_pdis;
    for (std::size_t at = 0; at + 8 <= std::min<std::size_t>(gpus.data.size(), 64); at += 8) {
        const ByteView pdi = ByteView{gpus.data}.subspan(at, 8);
        if (std::ranges::all_of(pdi, [](std::uint8_t byte) { return byte == 0; })) continue;
        seen_pdis.emplace_back(pdi.begin(), pdi.end());
        trial.expect(!equal(pdi, own.data), "pdi-own", "no GPU has the switch's own identifier",
                     fmt::format("entry {} is {}", at / 8, to_hex(pdi)));
    }
    trial.expect(!seen_pdis.empty(), "pdi-none", "at least one GPU is named", "none is");
}

std::vector<Case> all() {
    return {
        make_case("opaque.driver-version", "The driver version is decimal text with dots", {"GPU-OPQ-013"},
                  {}, needs_report, driver_version),
        make_case("opaque.vbios-version", "The VBIOS version is five bytes in the form of the device kind",
                  {"GPU-OPQ-014"}, {}, needs_report, vbios_version),
        make_case("opaque.text", "Text fields are ASCII padded by NUL", {"GPU-OPQ-015"}, {}, needs_report,
                  text_fields),
        make_case("opaque.product", "Project and SKU spell a manifest's name", {"GPU-OPQ-007", "GPU-OPQ-015"},
                  {}, needs_report, product_names_a_manifest),
        make_case("opaque.nvdec", "The video decoder is said to be on or off", {"GPU-OPQ-016"}, {},
                  needs_report, nvdec),
        make_case("opaque.protected-pcie", "Protected PCIe is said to be on or off", {"GPU-OPQ-017"}, {},
                  needs_report, protected_pcie),
        make_case("opaque.data-version", "The version of the opaque data is a known one", {"GPU-OPQ-018"}, {},
                  needs_report, data_version),
        make_case("opaque.feature-flag", "The feature flag is SPT, MPT or PPCIE", {"GPU-OPQ-019"}, {},
                  needs_report, feature_flag),
        make_case("opaque.msrscnt-length", "There is a measurement counter for every slot", {"GPU-OPQ-020"},
                  {}, needs_report, counter_length),
        make_case("opaque.msrscnt-agrees", "A measurement is zero exactly where its counter is",
                  {"GPU-OPQ-021"}, {}, needs_report, counters_agree),
        make_case("opaque.switch-pdis", "An NVSwitch tells itself from the GPUs it names", {"GPU-OPQ-011"},
                  {}, needs_report, switch_identifiers),
    };
}

}  // namespace opaque_value_topic

std::vector<Case> opaque_value_cases() { return opaque_value_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
