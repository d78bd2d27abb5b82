#include "models/gpu/guest_driver.hpp"

#include <algorithm>

#include "sim/base/writer.hpp"

namespace assay::gpu {
namespace {

using labels::DataClass;
using labels::LabelledStore;
using labels::Range;
using labels::Refusal;
using labels::ScrubMethod;
using labels::Subject;

constexpr std::uint64_t record_address = 0, answer_address = bounce_slot_size;
constexpr std::size_t buffer_size = 128U << 10, largest_list = slot_payload;

Refusal guest_refuses(std::string_view code, std::string what, std::string expected) {
    return {code, std::move(what), "guest driver", std::move(expected)};
}

}  // namespace

labels::StoreSpec bounce_store(std::string name) {
    return {std::move(name), labels::StoreKind::ring, bounce_size, true, labels::Sink::bounce_ring};
}

GuestDriver::GuestDriver(labels::Registry& registry, labels::OrderMonitor& monitor, LabelledStore& bounce,
                         Doorbell& doorbell, GuestSpec spec)
    : registry_(registry),
      monitor_(monitor),
      bounce_(bounce),
      doorbell_(doorbell),
      spec_(std::move(spec)),
      buffer_(registry, {spec_.name + ".buffer", labels::StoreKind::dram, buffer_size, true, {}}),
      keys_(registry, spec_.name + ".keys", 8) {}

void GuestDriver::power_on_reset() {
    channel_.reset();
    session_ = {};
    faults_.clear();
    record_used_ = answer_used_ = 0;
    repeats_refused_ = 0;
    buffer_.power_cycle();
    keys_.power_cycle();
}

Result<Subject, Refusal> GuestDriver::open(ByteView secret, CcMode mode, Channel::Options options) {
    auto session = registry_.admit();
    if (!session) return session.error();
    if (auto opened = open(secret, mode, options, *session); !opened) {
        if (auto released = registry_.release(*session); !released) return released.error();
        return opened.error();
    }
    return *session;
}

Result<Nothing, Refusal> GuestDriver::open(ByteView secret, CcMode mode, Channel::Options options,
                                           const Subject& session) {
    if (mode == CcMode::off)
        return guest_refuses("E_CC_OFF", "the GPU is not in confidential mode", "mode on");
    if (mode == CcMode::devtools && !spec_.allow_devtools)
        return guest_refuses("E_GPU_DEVTOOLS_MODE", "the GPU is in developer mode", "mode on");
    options.end = Channel::End::guest;
    auto channel = Channel::open(registry_, keys_, session, secret, options);
    if (!channel) return channel.error();
    channel_ = *std::move(channel);
    session_ = session;
    return Nothing{};
}

void GuestDriver::host_touches(Direction direction, Range record) {
    if (tap_) tap_(direction, bounce_, record);
}

Result<Nothing, Refusal> GuestDriver::scrub_slots() {
    if (has(Fault::bounce_left)) return Nothing{};
    Result<Nothing, Refusal> out = Nothing{};
    for (const Range used : {Range{record_address, record_used_}, Range{answer_address, answer_used_}})
        if (auto gone = bounce_.scrub(used, ScrubMethod::overwrite_zero); !gone && out) out = gone;
    record_used_ = answer_used_ = 0;
    return out;
}

Result<std::size_t, Refusal> GuestDriver::submit(TransferHeader header, Range payload) {
    if (!channel_) return guest_refuses("E_NO_SESSION", "no session", "open() first");
    if (auto sealed = channel_->seal(header, buffer_, payload, bounce_, record_address); !sealed) {
        if (sealed.error().code == "E_IV_REUSE") ++repeats_refused_;
        return sealed.error();
    }
    record_used_ = std::max(record_used_, header_size + payload.size + 2 * tag_size);
    const Range record{record_address, header_size + payload.size + tag_size};
    host_touches(Direction::host_to_device, record);
    // A doorbell says where, nothing more.
    const labels::Label argument =
        has(Fault::token_in_doorbell) ? buffer_.label({payload.at, payload.size}) : labels::clean;
    if (auto may = registry_.cross(labels::Sink::doorbell, argument, sizeof(std::uint64_t),
                                   spec_.name + ".doorbell");
        !may)
        return may.error();
    if (auto rung = doorbell_.ring(record_address, answer_address); !rung) {
        channel_->fail();
        (void)scrub_slots();
        return rung.error();
    }

    // The longest answer there may be: what is shorter is told by its header, under the tag.
    const Range slot{answer_address, bounce_slot_size - tag_size};
    const std::uint32_t length = load<std::uint32_t>(
        bounce_.bytes({answer_address + length_offset, sizeof(std::uint32_t)}), transfer_order);
    const Range reply{answer_address, header_size + std::min<std::size_t>(length, largest_list) + tag_size};
    answer_used_ = std::max(answer_used_, reply.size);
    host_touches(Direction::device_to_host, reply);
    const auto answer = channel_->peek(bounce_, slot);
    if (!answer) return answer.error();
    labels::Label label = labels::clean;
    if (header.context != 0) {
        const auto owner = registry_.slots().owner(static_cast<labels::LabelByte>(header.context & 0xFF));
        label = owner ? registry_.label(*owner, DataClass::response) : labels::unknown;
    }
    if (auto opened = channel_->open(bounce_, {answer_address, header_size + answer->length + tag_size},
                                     *answer, buffer_, answer_at, label);
        !opened)
        return opened.error();
    if (auto gone = scrub_slots(); !gone) return gone.error();
    if (answer->op != Op::answer || answer->context != header.context) {
        channel_->fail();
        return guest_refuses("E_SCHEMA", "an answer to something else", "the answer to this record");
    }
    if (answer->status != 0) return guest_refuses(code_of(answer->status), "the device refused", "status 0");
    return std::size_t{answer->length};
}

Result<Nothing, Refusal> GuestDriver::set_ready() {
    auto done = submit({.op = Op::set_ready}, {});
    if (!done) return done.error();
    return Nothing{};
}

Result<Nothing, Refusal> GuestDriver::load_model(const SealedModel& model, ByteView key) {
    if (key.size() != model_key_size || model.digest.size() != 32)
        return guest_refuses("E_KEY_PARAMS", "a model key of " + std::to_string(key.size()) + " bytes",
                             "32 bytes");
    if (!channel_) return guest_refuses("E_NO_SESSION", "no session", "open() first");
    ModelInstall install;
    std::ranges::copy(model.digest, install.digest.begin());
    install.image_size = model.image_size;
    install.chunk_size = model.chunk_size;
    buffer_.write(0, key, registry_.label(session_, DataClass::key));
    buffer_.write(model_key_size, encode(install, transfer_order), labels::clean);
    auto installed = submit({.op = Op::install_model}, {0, install_size});
    if (auto gone = buffer_.scrub({0, install_size}, ScrubMethod::overwrite_zero); !gone) return gone.error();
    if (!installed) return installed.error();
    for (std::size_t i = 0; i < model.chunks.size(); ++i) {
        const Bytes& chunk = model.chunks[i];
        if (chunk.size() > largest_list)
            return guest_refuses("E_LIMIT", "a chunk longer than a slot", "at most 64 KiB");
        buffer_.write(0, chunk, labels::clean);  // ciphertext of the model's owner
        auto loaded = submit(
            {.op = Op::load_weights, .key = PayloadKey::model, .offset = std::uint64_t{i} * model.chunk_size},
            {0, chunk.size()});
        if (!loaded) return loaded.error();
    }
    auto sealed = submit({.op = Op::seal_model}, {});
    if (!sealed) return sealed.error();
    return Nothing{};
}

Result<Nothing, Refusal> GuestDriver::rekey() {
    if (auto done = submit({.op = Op::rekey}, {}); !done) return done.error();
    return channel_->rekey();
}

Result<Nothing, Refusal> GuestDriver::close() {
    if (!channel_) return Nothing{};
    Result<Nothing, Refusal> out = Nothing{};
    if (channel_->usable())
        if (auto done = submit({.op = Op::close}, {}); !done) out = done.error();
    doorbell_.drop_session();  // also where it could not be told under the channel
    if (auto gone = channel_->close(); !gone && out) out = gone;
    channel_.reset();
    if (auto gone = scrub_slots(); !gone && out) out = gone;
    if (auto released = registry_.release(session_); !released && out) out = released;
    return out;
}

Result<Subject, Refusal> GuestDriver::begin() { return registry_.admit(); }

Result<Nothing, Refusal> GuestDriver::write_input(const Subject& subject, const LabelledStore& from,
                                                  Range tokens) {
    const std::size_t count = tokens.size / sizeof(std::uint32_t);
    const std::size_t size = token_payload_size(count);
    if (count == 0 || tokens.size % sizeof(std::uint32_t) != 0 || size > largest_list)
        return guest_refuses("E_RANGE", "a token list of " + std::to_string(tokens.size) + " bytes",
                             "whole ids, at most " + std::to_string(largest_list / 4 - 1));
    if (auto own = registry_.require_owner(from.label(tokens), subject, from.name()); !own) return own;
    const labels::Label mine = registry_.label(subject, DataClass::prompt);
    if (auto gone = buffer_.scrub({0, size}, ScrubMethod::overwrite_zero); !gone) return gone.error();
    buffer_.write(0, store(static_cast<std::uint32_t>(count), transfer_order), mine);
    buffer_.copy(from, tokens, sizeof(std::uint32_t));
    if (has(Fault::plaintext_in_bounce)) {
        if (!bounce_.copy(buffer_, {0, size}, record_address))
            return guest_refuses("E_PLAINTEXT_EGRESS", "the bounce buffer takes no plaintext",
                                 "a sealed record");
    }
    auto done = submit({.op = Op::write_input, .context = context_id(subject)}, {0, size});
    if (!done) return done.error();
    return Nothing{};
}

Result<Nothing, Refusal> GuestDriver::compute(const Subject& subject, unsigned limit) {
    auto done = submit({.op = Op::run, .context = context_id(subject), .argument = limit}, {});
    if (!done) return done.error();
    return Nothing{};
}

Result<std::size_t, Refusal> GuestDriver::read_output(const Subject& subject, LabelledStore& to,
                                                      std::size_t at) {
    auto size = submit({.op = Op::read_output, .context = context_id(subject)}, {});
    if (!size) return size.error();
    const std::uint32_t count = *size < sizeof(count) ? 0 : buffer_.values<std::uint32_t>(answer_at, 1)[0];
    if (*size != token_payload_size(count))
        return guest_refuses("E_PADDING", "a token list that is not in its bucket", "as it was padded");
    to.copy(buffer_, {answer_at + sizeof count, count * sizeof count}, at);
    return std::size_t{count};
}

Result<std::size_t, Refusal> GuestDriver::run(const Subject& subject, const LabelledStore& from, Range tokens,
                                              LabelledStore& to, std::size_t at, unsigned limit) {
    if (auto in = write_input(subject, from, tokens); !in) return in.error();
    if (auto done = compute(subject, limit); !done) return done.error();
    return read_output(subject, to, at);
}

/// The guest's memory of a request.
class GuestDriver::GuestPart final : public labels::Participant {
public:
    explicit GuestPart(GuestDriver& driver) : driver_(driver) {}
    std::string_view name() const override { return "guest"; }
    Result<Nothing, Refusal> scrub(const Subject&) override {
        Result<Nothing, Refusal> out = Nothing{};
        if (!driver_.has(Fault::buffer_left))
            out = driver_.buffer_.scrub(driver_.buffer_.all(), ScrubMethod::overwrite_zero);
        if (driver_.has(Fault::bounce_left)) return out;
        auto bounce = driver_.bounce_.scrub(driver_.bounce_.all(), ScrubMethod::overwrite_zero);
        return out ? bounce : out;
    }

private:
    GuestDriver& driver_;
};

/// The device, as the driver can make it forget.
class GuestDriver::GpuPart final : public labels::Participant {
public:
    explicit GpuPart(GuestDriver& driver) : driver_(driver) {}
    std::string_view name() const override { return "gpu"; }
    bool fence(const Subject& subject) override { return driver_.doorbell_.fence(subject); }
    Result<Nothing, Refusal> scrub(const Subject& subject) override {
        // Without a session nothing can be told to the device; what it holds is then found by the sweep.
        if (!driver_.channel_ || !driver_.channel_->usable()) return Nothing{};
        auto done = driver_.submit({.op = Op::release, .context = context_id(subject)}, {});
        if (!done) return done.error();
        return Nothing{};
    }

private:
    GuestDriver& driver_;
};

labels::DeletionRecord GuestDriver::end(const Subject& subject, labels::EndKind kind,
                                        const labels::ContentOracle* content,
                                        std::span<labels::Participant* const> others) {
    GuestPart guest{*this};
    GpuPart gpu{*this};
    // The device first: what it says comes through the guest's buffers.
    std::vector<labels::Participant*> all{&gpu};
    all.insert(all.end(), others.begin(), others.end());
    all.push_back(&guest);
    return labels::delete_subject(registry_, monitor_, all, subject, kind, content);
}

}  // namespace assay::gpu
