#include "conformance/peers/exchange_log.hpp"

#include "models/tpm/command.hpp"
#include "models/tpm/commands.hpp"

namespace assay::conformance::peers {
namespace {

const tpm::Command* row_of(ByteView command) {
    if (command.size() < tpm::header_size) return nullptr;
    return tpm::find_command(tpm::Cc{load<std::uint32_t>(command.subspan(6), tpm::byte_order)});
}

bool has_encrypted_parameter(std::span<const Leaf> fields) {
    return std::ranges::any_of(fields, [](const Leaf& field) {
        return field.path.ends_with("sessionAttributes") && !field.bytes.empty() &&
               (field.bytes[0] & tpm::session_attribute::decrypt) != 0;
    });
}

void with_its_size(Bytes& command) {
    std::ranges::copy(store(static_cast<std::uint32_t>(command.size()), tpm::byte_order),
                      command.begin() + 2);
}

/// Zeros, ones, one more, or the top bit changed.
void change(std::span<std::uint8_t> field, Mutation::Kind kind) {
    switch (kind) {
        case Mutation::Kind::zero: std::ranges::fill(field, std::uint8_t{0}); break;
        case Mutation::Kind::ones: std::ranges::fill(field, std::uint8_t{0xFF}); break;
        case Mutation::Kind::add_one:
            for (auto at = field.rbegin(); at != field.rend() && ++*at == 0; ++at) {
            }
            break;
        default: field[0] ^= 0x80;
    }
}

constexpr std::array kind_names{"cut before",  "cut inside", "zeros in",    "ones in",
                                "one more in", "top bit of", "a byte after"};
constexpr std::size_t header_fields = 3;  // tag, commandSize, commandCode
}  // namespace

Bytes mutated(ByteView command, const Mutation& mutation, std::string& what) {
    const tpm::Command* row = row_of(command);
    if (row == nullptr) return {};
    const auto fields = row->describe(command);
    if (fields.size() <= header_fields || has_encrypted_parameter(fields)) return {};
    const Leaf& field = fields[header_fields + mutation.field % (fields.size() - header_fields)];
    what = std::string{kind_names.at(static_cast<std::size_t>(mutation.kind))} + " " + field.path;
    Bytes out{command.begin(), command.end()};
    switch (mutation.kind) {
        case Mutation::Kind::cut_before: out.resize(field.offset); break;
        case Mutation::Kind::cut_inside:
            if (field.bytes.size() < 2) return {};
            out.resize(field.offset + 1);
            break;
        case Mutation::Kind::trailing_byte: out.push_back(0); break;
        default:
            if (field.bytes.empty()) return {};
            change(std::span{out}.subspan(field.offset, field.bytes.size()), mutation.kind);
    }
    with_its_size(out);
    return out;
}

/// SplitMix64: the same numbers for every TPM.
std::uint64_t RecordingPort::draw() {
    std::uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15;
    z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
    return z ^ z >> 31;
}

Result<Bytes, PortError> RecordingPort::send(ByteView command, unsigned locality, std::string mutation) {
    auto answer = inner_.exchange(command, locality);
    log_.push_back(
        {{command.begin(), command.end()}, answer ? *answer : Bytes{}, locality, std::move(mutation)});
    return answer;
}

Result<Bytes, PortError> RecordingPort::exchange(ByteView command, unsigned locality) {
    for (std::size_t i = 0; i < mutants_; ++i) {
        const Mutation mutation{static_cast<Mutation::Kind>(draw() % mutation_kinds), draw() % 1024};
        std::string what;
        const Bytes hostile = mutated(command, mutation, what);
        if (hostile.empty()) continue;
        if (auto answer = send(hostile, locality, std::move(what)); !answer) return answer;
    }
    return send(command, locality, {});
}

Result<Nothing, PortError> RecordingPort::reset() {
    log_.emplace_back();
    return inner_.reset();
}

}  // namespace assay::conformance::peers
