#include "models/tpm/dialects.hpp"

#include <fmt/format.h>

#include "models/tpm/commands.hpp"

namespace assay::tpm {
namespace {

// Results of swtpm's control channel.
constexpr std::uint32_t ok = 0, bad_parameter = 0x03, not_now = 0x0A, bad_locality = 0x3D;

Bytes words(std::initializer_list<std::uint32_t> values) {
    Bytes out;
    for (const std::uint32_t value : values) append(out, store(value, byte_order));
    return out;
}
StreamStep say(std::uint32_t result, Bytes payload = {}) {
    Bytes reply = words({result});
    append(reply, payload);
    return {.reply = std::move(reply)};
}

std::uint32_t word(ByteView bytes, std::size_t at = 0) {
    return load<std::uint32_t>(bytes.subspan(at), byte_order);
}

constexpr std::size_t word_size = sizeof(std::uint32_t);
constexpr std::size_t least_buffer = 0xAF8;

}  // namespace

std::optional<StreamStep> SwtpmDialect::data(ByteView buffered) {
    if (buffered.size() < header_size) return {};
    const std::size_t size = word(buffered, 2);
    if (size > engine_.config().max_command_size)
        return StreamStep{
            .consumed = buffered.size(),
            .reply = encode(ResponseHeader{Tag::no_sessions, header_size, Rc::command_size}, byte_order),
            .close = true};
    const std::size_t whole = std::max(size, header_size);
    if (buffered.size() < whole) return {};
    return StreamStep{.consumed = whole, .reply = engine_.execute(buffered.first(whole), locality_)};
}

std::span<const SwtpmDialect::Control> SwtpmDialect::controls() {
    using D = SwtpmDialect;
    static constexpr std::array table{
        Control{0x01, "CMD_GET_CAPABILITY", 0, 0, &D::get_capability},
        Control{0x02, "CMD_INIT", 4, 1U << 0, &D::init},
        Control{0x03, "CMD_SHUTDOWN", 0, 1U << 1, &D::shutdown},
        Control{0x04, "CMD_GET_TPMESTABLISHED", 0, 1U << 2, &D::get_established},
        Control{0x05, "CMD_SET_LOCALITY", 1, 1U << 3, &D::set_locality},
        Control{0x09, "CMD_CANCEL_TPM_CMD", 0, 1U << 5, &D::cancel},
        Control{0x0B, "CMD_RESET_TPMESTABLISHED", 1, 1U << 7, &D::reset_established},
        Control{0x0E, "CMD_STOP", 0, 1U << 10, &D::stop},
        Control{0x0F, "CMD_GET_CONFIG", 0, 1U << 11, &D::get_config},
        Control{0x11, "CMD_SET_BUFFERSIZE", 4, 1U << 13, &D::set_buffer_size},
        Control{0x12, "CMD_GET_INFO", 16, 1U << 14, &D::get_info},
    };
    return table;
}

std::optional<StreamStep> SwtpmDialect::control(ByteView buffered) {
    if (buffered.size() < word_size) return {};
    const auto row = std::ranges::find(controls(), word(buffered), &Control::code);
    if (row == controls().end()) {
        StreamStep unknown = say(not_now);
        unknown.consumed = buffered.size();  // its payload cannot be told from what follows
        return unknown;
    }
    if (buffered.size() < word_size + row->payload) return {};
    StreamStep step = (this->*row->run)(buffered.subspan(word_size, row->payload));
    step.consumed = word_size + row->payload;
    return step;
}

StreamStep SwtpmDialect::get_capability(ByteView) {
    std::uint32_t all = 0;
    for (const Control& row : controls()) all |= row.capability;
    return say(ok, words({all}));
}
StreamStep SwtpmDialect::init(ByteView) {
    engine_.power_off();
    engine_.power_on();
    return say(ok);
}
StreamStep SwtpmDialect::shutdown(ByteView) {
    StreamStep step = say(ok);
    step.end = true;
    return step;
}
// The bit is set by a measured launch (_TPM_Hash_Start), which this TPM does not have.
StreamStep SwtpmDialect::get_established(ByteView) { return say(ok, Bytes(4)); }
StreamStep SwtpmDialect::set_locality(ByteView payload) {
    if (payload[0] > 4) return say(bad_locality);
    locality_ = payload[0];
    return say(ok);
}
StreamStep SwtpmDialect::cancel(ByteView) { return say(ok); }  // a command is over before this is read
StreamStep SwtpmDialect::reset_established(ByteView payload) {
    return say(payload[0] == 3 || payload[0] == 4 ? ok : bad_locality);
}
StreamStep SwtpmDialect::stop(ByteView) {
    engine_.power_off();
    return say(ok);
}
StreamStep SwtpmDialect::get_config(ByteView) { return say(ok, words({0})); }
StreamStep SwtpmDialect::set_buffer_size(ByteView payload) {
    const std::uint32_t size = engine_.config().max_command_size;
    if (word(payload) != 0) return say(engine_.is_powered() ? not_now : bad_parameter);
    return say(ok, words({size, static_cast<std::uint32_t>(least_buffer), size}));
}
StreamStep SwtpmDialect::get_info(ByteView payload) {
    const Config& config = engine_.config();
    std::uint32_t maker = 0;
    for (const char c : config.manufacturer) maker = maker << 8 | static_cast<std::uint8_t>(c);
    std::string text =
        fmt::format(R"({{"TPMSpecification":{{"family":"2.0","level":0,"revision":159}},)"
                    R"("TPMAttributes":{{"manufacturer":"id:{:08X}","version":"id:{:08X}","model":"{}"}}}})",
                    maker, static_cast<std::uint32_t>(config.firmware_version >> 32), config.vendor_string);
    text += '\0';
    const std::size_t offset = std::min<std::size_t>(word(payload, 8), text.size());
    const auto rest = as_bytes(text).subspan(offset);
    Bytes answer = words({static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(rest.size())});
    append(answer, rest);
    return say(ok, std::move(answer));
}

namespace {

// Codes of the TCG reference simulator.
enum class Mssim : std::uint32_t {
    power_on = 1,
    power_off = 2,
    physical_presence_on = 3,
    physical_presence_off = 4,
    send_command = 8,
    cancel_on = 9,
    cancel_off = 10,
    nv_on = 11,
    handshake = 15,
    reset = 17,
    session_end = 20,
    stop = 21,
};
constexpr std::uint32_t server_version = 1, platform_available = 0x01, raw_mode = 0x04;

StreamStep closing(std::size_t consumed, Bytes reply = {}, bool end = false) {
    return {.consumed = consumed, .reply = std::move(reply), .close = true, .end = end};
}

}  // namespace

std::optional<StreamStep> MssimDialect::command(ByteView buffered) {
    if (buffered.size() < word_size) return {};
    switch (Mssim{word(buffered)}) {
        case Mssim::send_command: {
            constexpr std::size_t envelope = word_size + 1 + word_size;
            if (buffered.size() < envelope) return {};
            const std::size_t size = word(buffered, word_size + 1);
            if (size > 2 * std::size_t{engine_.config().max_command_size}) return closing(buffered.size());
            if (buffered.size() < envelope + size) return {};
            const Bytes response =
                engine_.is_powered() ? engine_.execute(buffered.subspan(envelope, size), buffered[word_size])
                                     : Bytes{};
            Bytes reply = words({static_cast<std::uint32_t>(response.size())});
            append(reply, response);
            append(reply, words({0}));
            return StreamStep{.consumed = envelope + size, .reply = std::move(reply)};
        }
        case Mssim::handshake:
            if (buffered.size() < 2 * word_size) return {};
            if (word(buffered, word_size) == 0) return closing(2 * word_size);
            return StreamStep{.consumed = 2 * word_size,
                              .reply = words({server_version, platform_available | raw_mode, 0})};
        case Mssim::stop: return closing(word_size, {}, true);
        default: return closing(word_size);  // the end of a session, and what is not known
    }
}

std::optional<StreamStep> MssimDialect::platform(ByteView buffered) {
    if (buffered.size() < word_size) return {};
    switch (Mssim{word(buffered)}) {
        case Mssim::power_on: engine_.power_on(); break;  // of no effect when it is on: every tool sends it
        case Mssim::power_off: engine_.power_off(); break;
        case Mssim::reset:
            if (engine_.is_powered()) {
                engine_.power_off();
                engine_.power_on();
            }
            break;
        case Mssim::cancel_on:
        case Mssim::cancel_off:
        case Mssim::nv_on: break;
        case Mssim::session_end: return closing(word_size);
        case Mssim::stop: return closing(word_size, {}, true);
        default: return closing(word_size, words({1}));
    }
    return StreamStep{.consumed = word_size, .reply = words({0})};
}

}  // namespace assay::tpm
