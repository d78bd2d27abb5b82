#include "models/tpm/dialects.hpp"

#include <fmt/format.h>

#include "models/tpm/commands.hpp"

namespace assay::tpm {
namespace {

// Results of swtpm's control channel.
constexpr std::uint32_t ok = 0, bad_parameter = 0x03, failed = 0x09, not_now = 0x0A, bad_locality = 0x3D;

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

constexpr std::uint32_t savestate_blob = 3;  // of a TPM 1.2 alone
constexpr std::size_t word_size = sizeof(std::uint32_t);
constexpr std::uint32_t least_buffer = 0xAF8;
constexpr std::size_t most_hash_data = 4096;

// TPM_SEND_COMMAND of the reference simulator: code, locality, size.
constexpr std::uint32_t send_command_code = 8;
constexpr std::size_t envelope_size = word_size + 1 + word_size;
Bytes in_envelope(ByteView response) {
    Bytes reply = words({static_cast<std::uint32_t>(response.size())});
    append(reply, response);
    append(reply, words({0}));
    return reply;
}

}  // namespace

SwtpmDialect::SwtpmDialect(Engine& engine, unsigned highest_locality)
    : engine_(&engine),
      execute_([&engine](ByteView command, unsigned locality) { return engine.execute(command, locality); }),
      config_(engine.config()),
      highest_locality_(highest_locality) {}

SwtpmDialect::SwtpmDialect(Execute execute, Config config)
    : execute_(std::move(execute)), config_(std::move(config)), highest_locality_(3) {}

std::optional<StreamStep> SwtpmDialect::enveloped(ByteView buffered) {
    if (buffered.size() < envelope_size) return {};
    const std::size_t size = word(buffered, envelope_size - word_size);
    if (size > config_.max_command_size || buffered[word_size] > highest_locality_)
        return StreamStep{.consumed = buffered.size(), .close = true};
    if (buffered.size() < envelope_size + size) return {};
    return StreamStep{
        .consumed = envelope_size + size,
        .reply = in_envelope(execute_(buffered.subspan(envelope_size, size), buffered[word_size]))};
}

std::optional<StreamStep> SwtpmDialect::data(ByteView buffered) {
    if (buffered.size() >= word_size && word(buffered) == send_command_code) return enveloped(buffered);
    if (buffered.size() < header_size) return {};
    const std::size_t size = word(buffered, 2);
    if (size > config_.max_command_size)
        return StreamStep{
            .consumed = buffered.size(),
            .reply = encode(ResponseHeader{Tag::no_sessions, header_size, Rc::command_size}, byte_order),
            .close = true};
    const std::size_t whole = std::max(size, header_size);
    if (buffered.size() < whole) return {};
    return StreamStep{.consumed = whole, .reply = execute_(buffered.first(whole), locality_)};
}

std::span<const SwtpmDialect::Control> SwtpmDialect::controls() {
    using D = SwtpmDialect;
    static constexpr std::array table{
        Control{0x01, "CMD_GET_CAPABILITY", 0, 0, false, 0, &D::get_capability},
        Control{0x02, "CMD_INIT", 4, 1U << 0, true, 0, &D::init},
        Control{0x03, "CMD_SHUTDOWN", 0, 1U << 1, true, 0, &D::shutdown},
        Control{0x04, "CMD_GET_TPMESTABLISHED", 0, 1U << 2, false, 0, &D::get_established},
        Control{0x05, "CMD_SET_LOCALITY", 1, 1U << 3, false, 0, &D::set_locality},
        Control{0x06, "CMD_HASH_START", 0, 1U << 4, true, 0, &D::hash_start},
        Control{0x07, "CMD_HASH_DATA", 4, 1U << 4, true, most_hash_data, &D::hash_data},
        Control{0x08, "CMD_HASH_END", 0, 1U << 4, true, 0, &D::hash_end},
        Control{0x09, "CMD_CANCEL_TPM_CMD", 0, 1U << 5, false, 0, &D::cancel},
        Control{0x0A, "CMD_STORE_VOLATILE", 0, 1U << 6, true, 0, &D::store_volatile},
        Control{0x0B, "CMD_RESET_TPMESTABLISHED", 1, 1U << 7, true, 0, &D::reset_established},
        Control{0x0C, "CMD_GET_STATEBLOB", 12, 1U << 8, true, 0, &D::get_state},
        Control{0x0D, "CMD_SET_STATEBLOB", 12, 1U << 9, true, most_state_blob, &D::set_state},
        Control{0x0E, "CMD_STOP", 0, 1U << 10, true, 0, &D::stop},
        Control{0x0F, "CMD_GET_CONFIG", 0, 1U << 11, false, 0, &D::get_config},
        Control{0x10, "CMD_SET_DATAFD", 0, 1U << 12, true, 0, &D::set_data_socket},
        Control{0x11, "CMD_SET_BUFFERSIZE", 4, 1U << 13, true, 0, &D::set_buffer_size},
        Control{0x12, "CMD_GET_INFO", 16, 1U << 14, false, 0, &D::get_info},
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
    std::size_t payload = row->payload;
    if (buffered.size() < word_size + payload) return {};
    if (row->most_data != 0) {
        const std::uint32_t size = word(buffered, payload);
        if (size > row->most_data) {
            StreamStep refused = say(bad_parameter);
            refused.consumed = buffered.size();
            refused.close = true;
            return refused;
        }
        payload += size;
        if (buffered.size() < word_size + payload) return {};
    }
    StreamStep step = may(*row) ? (this->*row->run)(buffered.subspan(word_size, payload)) : say(failed);
    step.consumed = word_size + payload;
    // QEMU and swtpm_ioctl send the one byte of a locality as the structure of four that it is in C.
    if (payload == 1 && buffered.size() == 2 * word_size) step.consumed = buffered.size();
    return step;
}

StreamStep SwtpmDialect::get_capability(ByteView) {
    std::uint32_t all = 0;
    for (const Control& row : controls())
        if (may(row)) all |= row.capability;
    constexpr std::uint32_t send_command_header = 1U << 15;  // of the data port
    all |= send_command_header;
    return say(ok, words({all}));
}
/// Volatile state that waits is gone on with, and gone then, whether PTM_INIT_FLAG_DELETE_VOLATILE asks for
/// it or not.
StreamStep SwtpmDialect::init(ByteView) {
    engine_->power_off();
    engine_->power_on();
    return say(ok);
}
StreamStep SwtpmDialect::store_volatile(ByteView) { return say(engine_->store_volatile() ? ok : not_now); }
/// Flags, the blob's type and where to begin; from there on the whole blob comes, decrypted whatever the
/// flags say: there is no key that it could be under.
StreamStep SwtpmDialect::get_state(ByteView payload) {
    const std::uint32_t type = word(payload, word_size), offset = word(payload, 2 * word_size);
    if (type == savestate_blob) return say(ok, words({0, 0, 0}));
    if (type == 0 || type > savestate_blob) return say(bad_parameter);
    const auto blob = engine_->state(Engine::Part{type});
    if (!blob) return say(not_now);
    const ByteView all = blob->bytes(), rest = all.subspan(std::min<std::size_t>(offset, all.size()));
    const auto size = static_cast<std::uint32_t>(rest.size());
    StreamStep step;
    step.reply.reserve(4 * word_size + rest.size());  // grows no further: no copy of it is left behind
    append(step.reply, words({ok, 0, size, size}));
    append(step.reply, rest);
    return step;
}
/// Flags, the blob's type, its size, itself. What is encrypted cannot be read here.
StreamStep SwtpmDialect::set_state(ByteView payload) {
    constexpr std::uint32_t encrypted = 2;
    const std::uint32_t type = word(payload, word_size);
    const ByteView blob = payload.subspan(3 * word_size);
    if (type == 0 || type > savestate_blob || (word(payload) & encrypted) != 0) return say(bad_parameter);
    if (engine_->is_powered()) return say(not_now);
    if (type == savestate_blob) return say(blob.empty() ? ok : bad_parameter);
    return say(engine_->set_state(Engine::Part{type}, blob) ? ok : bad_parameter);
}
StreamStep SwtpmDialect::shutdown(ByteView) {
    StreamStep step = say(ok);
    step.end = true;
    return step;
}
StreamStep SwtpmDialect::get_established(ByteView) {
    Bytes bit(4);
    bit[0] = engine_ != nullptr && engine_->is_established() ? 1 : 0;
    return say(ok, std::move(bit));
}
StreamStep SwtpmDialect::hash_start(ByteView) {
    if (!engine_->is_powered()) return say(not_now);
    engine_->hash_start();
    return say(ok);
}
StreamStep SwtpmDialect::hash_data(ByteView payload) {
    if (!engine_->is_powered()) return say(not_now);
    engine_->hash_data(payload.subspan(word_size));
    return say(ok);
}
StreamStep SwtpmDialect::hash_end(ByteView) {
    if (!engine_->is_powered()) return say(not_now);
    engine_->hash_end();
    return say(ok);
}
StreamStep SwtpmDialect::set_data_socket(ByteView) {
    StreamStep step = say(ok);
    step.adopts = data_endpoint;
    step.without_socket = words({bad_parameter});
    return step;
}
StreamStep SwtpmDialect::set_locality(ByteView payload) {
    if (payload[0] > highest_locality_) return say(bad_locality);
    locality_ = payload[0];
    return say(ok);
}
StreamStep SwtpmDialect::cancel(ByteView) { return say(ok); }  // a command is over before this is read
StreamStep SwtpmDialect::reset_established(ByteView payload) {
    if (payload[0] != 3 && payload[0] != 4) return say(bad_locality);
    engine_->reset_established();
    return say(ok);
}
StreamStep SwtpmDialect::stop(ByteView) {
    engine_->power_off();
    return say(ok);
}
StreamStep SwtpmDialect::get_config(ByteView) { return say(ok, words({0})); }
StreamStep SwtpmDialect::set_buffer_size(ByteView payload) {
    if (const std::uint32_t wanted = word(payload); wanted != 0) {
        if (engine_->is_powered()) return say(not_now);
        config_.max_command_size = std::min(std::max(wanted, least_buffer), largest_buffer_);
        engine_->set_max_command_size(config_.max_command_size);
    }
    return say(ok, words({config_.max_command_size, least_buffer, largest_buffer_}));
}
StreamStep SwtpmDialect::get_info(ByteView payload) {
    const std::array<std::string, 3> parts{
        R"("TPMSpecification":{"family":"2.0","level":0,"revision":159})",
        fmt::format(R"("TPMAttributes":{{"manufacturer":"id:{:08X}","version":"id:{:08X}","model":"{}"}})",
                    four_characters(config_.manufacturer),
                    static_cast<std::uint32_t>(config_.firmware_version >> 32), config_.vendor_string),
        R"("TPMFeatures":{"RSAKeySizes":[1024,2048,3072]})"};
    const std::uint32_t wanted = word(payload, word_size);  // the lower half of 64 flags
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if ((wanted >> i & 1U) != 0) text += (text.empty() ? "" : ",") + parts.at(i);
    text = "{" + text + "}";
    text += '\0';
    const std::size_t offset = std::min<std::size_t>(word(payload, 8), text.size());
    const auto rest = as_bytes(text).subspan(offset);
    Bytes answer = words({static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(rest.size())});
    append(answer, rest);
    return say(ok, std::move(answer));
}

namespace {

// What the handshake tells of the simulator's platform port.
constexpr std::uint32_t server_version = 1, platform_available = 0x01, raw_mode = 0x04,
                        supports_presence = 0x08, no_nv_control = 0x40;

StreamStep closing(Bytes reply = {}, bool end = false) {
    return {.reply = std::move(reply), .close = true, .end = end};
}

}  // namespace

std::span<const MssimDialect::Signal> MssimDialect::commands() {
    using D = MssimDialect;
    static constexpr std::array table{
        Signal{5, "TPM_SIGNAL_HASH_START", 0, &D::hash_start},
        Signal{6, "TPM_SIGNAL_HASH_DATA", 4, &D::hash_data},
        Signal{7, "TPM_SIGNAL_HASH_END", 0, &D::hash_end},
        Signal{send_command_code, "TPM_SEND_COMMAND", 5, &D::send_command},
        Signal{15, "REMOTE_HANDSHAKE", 4, &D::handshake},
        Signal{16, "SET_ALTERNATIVE_RESULT", 4, &D::acknowledge},
        Signal{20, "TPM_SESSION_END", 0, &D::session_end},
        Signal{21, "TPM_STOP", 0, &D::stop},
    };
    return table;
}

std::span<const MssimDialect::Signal> MssimDialect::signals() {
    using D = MssimDialect;
    static constexpr std::array table{
        Signal{1, "SIGNAL_POWER_ON", 0, &D::power_on},  // of no effect when it is on: every tool sends it
        Signal{2, "SIGNAL_POWER_OFF", 0, &D::power_off},
        Signal{3, "SIGNAL_PHYS_PRES_ON", 0, &D::presence_on},
        Signal{4, "SIGNAL_PHYS_PRES_OFF", 0, &D::presence_off},
        Signal{9, "SIGNAL_CANCEL_ON", 0, &D::acknowledge},  // a command is over before this is read
        Signal{10, "SIGNAL_CANCEL_OFF", 0, &D::acknowledge},
        Signal{11, "SIGNAL_NV_ON", 0, &D::acknowledge},  // always so
        Signal{13, "SIGNAL_KEY_CACHE_ON", 0, &D::acknowledge},
        Signal{14, "SIGNAL_KEY_CACHE_OFF", 0, &D::acknowledge},  // keys are the same with and without
        Signal{17, "SIGNAL_RESET", 0, &D::reset},
        Signal{18, "SIGNAL_RESTART", 0, &D::acknowledge},
        Signal{20, "TPM_SESSION_END", 0, &D::session_end},
        Signal{21, "TPM_STOP", 0, &D::stop},
        Signal{26, "ACT_GET_SIGNALED", 4, &D::signalled},
        Signal{30, "TEST_FAILURE_MODE", 0, &D::fail},
    };
    return table;
}

std::optional<StreamStep> MssimDialect::run(std::span<const Signal> table, ByteView buffered) {
    if (buffered.size() < word_size) return {};
    const auto row = std::ranges::find(table, word(buffered), &Signal::code);
    if (row == table.end()) {
        StreamStep unknown = closing(table.data() == signals().data() ? words({1}) : Bytes{});
        unknown.consumed = buffered.size();
        return unknown;
    }
    if (buffered.size() < word_size + row->payload) return {};
    auto step = (this->*row->run)(buffered.subspan(word_size));
    if (step) step->consumed += word_size + (step->consumed == 0 ? row->payload : 0);
    return step;
}

std::optional<StreamStep> MssimDialect::send_command(ByteView payload) {
    constexpr std::size_t envelope = envelope_size - word_size;  // the code was taken off
    const std::size_t size = word(payload, 1);
    if (size > 2 * std::size_t{engine_.config().max_command_size}) return closing();
    if (payload.size() < envelope + size) return {};
    const Bytes response =
        engine_.is_powered() ? engine_.execute(payload.subspan(envelope, size), payload[0]) : Bytes{};
    return StreamStep{.consumed = envelope + size, .reply = in_envelope(response)};
}
std::optional<StreamStep> MssimDialect::hash_start(ByteView) {
    engine_.hash_start();
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::hash_data(ByteView payload) {
    const std::size_t size = word(payload);
    if (size > most_hash_data) return closing();
    if (payload.size() < word_size + size) return {};
    engine_.hash_data(payload.subspan(word_size, size));
    return StreamStep{.consumed = word_size + size, .reply = words({0})};
}
std::optional<StreamStep> MssimDialect::hash_end(ByteView) {
    engine_.hash_end();
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::handshake(ByteView payload) {
    if (word(payload) == 0) return closing();
    constexpr std::uint32_t platform = platform_available | raw_mode | supports_presence | no_nv_control;
    return StreamStep{.reply = words({server_version, platform, 0})};
}
std::optional<StreamStep> MssimDialect::session_end(ByteView) { return closing(); }
std::optional<StreamStep> MssimDialect::stop(ByteView) { return closing({}, true); }
std::optional<StreamStep> MssimDialect::acknowledge(ByteView) { return StreamStep{.reply = words({0})}; }
std::optional<StreamStep> MssimDialect::power_on(ByteView) {
    engine_.power_on();
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::power_off(ByteView) {
    engine_.power_off();
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::reset(ByteView) {
    if (engine_.is_powered()) {
        engine_.power_off();
        engine_.power_on();
    }
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::presence_on(ByteView) {
    if (engine_.is_powered()) engine_.set_physical_presence(true);
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::presence_off(ByteView) {
    if (engine_.is_powered()) engine_.set_physical_presence(false);
    return acknowledge({});
}
std::optional<StreamStep> MssimDialect::fail(ByteView) {
    if (engine_.is_powered()) engine_.enter_failure_mode();
    return acknowledge({});
}
/// There are no authenticated countdown timers: none is ever signalled.
std::optional<StreamStep> MssimDialect::signalled(ByteView) { return StreamStep{.reply = words({0, 0})}; }

}  // namespace assay::tpm
