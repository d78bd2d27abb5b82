#include "cli/vtpm_door.hpp"

#include <algorithm>
#include <array>

namespace assay::cli {
namespace {

constexpr std::size_t tpm_header = 10, size_at = 2, code_size = 4;
constexpr std::uint32_t done = 0, refused = 9,
                        bad_locality = 0x3D;  // TPM_SUCCESS, TPM_FAIL, TPM_BAD_LOCALITY
constexpr unsigned highest_locality = 3;

struct ControlRow {
    std::uint32_t code;
    std::size_t payload;
    std::uint32_t capability;  // its bit in the answer to CMD_GET_CAPABILITY
};
constexpr std::uint32_t get_capability = 0x01, set_locality = 0x05, cancel = 0x09, get_config = 0x0F;
constexpr std::array control_rows{ControlRow{get_capability, 0, 0}, ControlRow{set_locality, 1, 1U << 3},
                                  ControlRow{cancel, 0, 1U << 5}, ControlRow{get_config, 0, 1U << 11}};

std::uint32_t word_at(ByteView bytes, std::size_t at) {
    return load<std::uint32_t>(bytes.subspan(at), std::endian::big);
}
Bytes words_of(std::initializer_list<std::uint32_t> values) {
    Bytes out;
    for (const std::uint32_t value : values) append(out, store(value, std::endian::big));
    return out;
}

}  // namespace

std::optional<StreamStep> VtpmDoor::data(ByteView buffered) {
    if (buffered.size() < tpm_header) return {};
    const std::size_t size = std::max<std::size_t>(word_at(buffered, size_at), tpm_header);
    if (size > max_size_)
        return StreamStep{
            .consumed = buffered.size(), .close = true, .fault = "a command longer than the TPM takes"};
    if (buffered.size() < size) return {};
    const ByteView command = buffered.first(size);
    return StreamStep{.consumed = size, .reply = execute_({command.begin(), command.end()}, locality_)};
}

std::optional<StreamStep> VtpmDoor::control(ByteView buffered) {
    if (buffered.size() < code_size) return {};
    const auto row = std::ranges::find(control_rows, word_at(buffered, 0), &ControlRow::code);
    if (row == control_rows.end())  // its payload cannot be told from what follows
        return StreamStep{.consumed = buffered.size(),
                          .reply = words_of({refused}),
                          .close = true,
                          .fault = "a control command that is the platform's, or none"};
    if (buffered.size() < code_size + row->payload) return {};
    StreamStep out{.consumed = code_size + row->payload, .reply = words_of({done})};
    if (row->code == set_locality) {
        const unsigned wanted = buffered[code_size];
        if (wanted > highest_locality)
            out.reply = words_of({bad_locality});
        else
            locality_ = wanted;
    }
    if (row->code == get_capability) {
        std::uint32_t all = 0;
        for (const ControlRow& one : control_rows) all |= one.capability;
        out.reply = words_of({done, all});
    }
    if (row->code == get_config) out.reply = words_of({done, 0});
    return out;
}

}  // namespace assay::cli
