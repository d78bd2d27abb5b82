#include "models/gpu/data_plane.hpp"

#include <algorithm>

#include "models/gpu/model_image.hpp"
#include "sim/base/reader.hpp"

namespace assay::gpu {
namespace {

using labels::DataClass;
using labels::LabelledStore;
using labels::Range;
using labels::Refusal;
using labels::ScrubMethod;
using labels::Subject;

Refusal device_refuses(std::string_view code, std::string what, std::string expected) {
    return {code, std::move(what), "gpu", std::move(expected)};
}

}  // namespace

std::span<const DataPlane::Handler> DataPlane::handlers() {
    static constexpr std::array table{
        Handler{Op::set_ready, &DataPlane::set_ready},
        Handler{Op::install_model, &DataPlane::install_model},
        Handler{Op::load_weights, &DataPlane::load_weights},
        Handler{Op::seal_model, &DataPlane::seal_model},
        Handler{Op::write_input, &DataPlane::write_input},
        Handler{Op::run, &DataPlane::run},
        Handler{Op::read_output, &DataPlane::read_output},
        Handler{Op::release, &DataPlane::release},
        Handler{Op::rekey, &DataPlane::rekey},
        Handler{Op::close, &DataPlane::close_session},
    };
    return table;
}

DataPlane::DataPlane(labels::Registry& registry, labels::OrderMonitor& monitor, const HbmSpec& spec)
    : registry_(registry), monitor_(monitor), hbm_(registry, spec), compute_(registry, hbm_) {}

void DataPlane::power_on_reset(CcMode mode) {
    mode_ = mode;
    ready_ = false;
    status_ = {};
    channel_.reset();
    used_secrets_.clear();
    model_key_.reset();
    model_ = {};
    compute_.forget();
    contexts_.clear();
    if (has(Fault::reset_without_scrub)) return hbm_.keys.power_cycle();
    hbm_.power_cycle();
}

Result<Nothing, Refusal> DataPlane::open(ByteView secret, const Subject& session,
                                         const Channel::Options& options) {
    if (mode_ == CcMode::off)
        return device_refuses("E_CC_OFF", "the GPU is not in confidential mode", "mode on or devtools");
    // A secret that comes again brings keys that come again, with counters from 0.
    if (!used_secrets_.insert(crypto::digest(crypto::Hash::sha256, {as_bytes("data path secret"), secret}))
             .second) {
        ++repeats_refused_;
        return device_refuses("E_IV_REUSE", "the session's secret was used before", "a new session");
    }
    if (channel_)
        if (auto closed = close(); !closed) return closed;
    auto channel = Channel::open(registry_, hbm_.keys, session, secret, options);
    if (!channel) return channel.error();
    channel_ = *std::move(channel);
    session_ = session;
    ready_ = false;
    status_ = {};
    return Nothing{};
}

Result<Nothing, Refusal> DataPlane::close() {
    ready_ = false;
    Result<Nothing, Refusal> out = Nothing{};
    if (model_key_) out = hbm_.keys.zeroise(*std::exchange(model_key_, std::nullopt));
    Work work;
    std::optional<Refusal> first;
    for (Context& context : contexts_)
        if (context.live) scrub_context(context, work, first);
    if (first && out) out = *first;
    if (!channel_ || has(Fault::key_kept)) {
        if (channel_) channel_->fail();
        return out;
    }
    if (auto gone = channel_->close(); !gone && out) out = gone;
    channel_.reset();
    return out;
}

bool DataPlane::fence(const Subject& subject) {
    for (Context& context : contexts_)
        if (context.live && context.subject == subject) context.fenced = true;
    return true;  // a record is worked on as a whole: between two doorbells nothing is at work
}

Result<Nothing, Refusal> DataPlane::fail(Refusal refusal) {
    status_ = code_of(status_of(refusal.code));
    // The session is torn down: its keys go, and so does what lies in the engine.
    auto closed = close();
    for (LabelledStore* store : {&hbm_.fifo, &hbm_.scratch})
        if (auto gone = store->scrub(store->all(), ScrubMethod::overwrite_zero); !gone) return gone;
    return closed ? refusal : closed;
}

std::optional<Subject> DataPlane::subject_of(const TransferHeader& header) const {
    const Subject subject{static_cast<labels::LabelByte>(header.context & 0xFF),
                          static_cast<labels::LabelByte>((header.context & 0xFF) + 1),
                          static_cast<std::uint32_t>(header.context >> 8)};
    if (subject.data == labels::clean_byte || subject.data % 2 == 0 ||
        context_id(subject) != header.context || !registry_.slots().live(subject))
        return std::nullopt;
    return subject;
}

Context* DataPlane::context_of(const Subject& subject) {
    const auto found = std::ranges::find_if(
        contexts_, [&](const Context& context) { return context.live && context.subject == subject; });
    return found == contexts_.end() ? nullptr : &*found;
}

Result<Context*, Refusal> DataPlane::new_context(const Subject& subject) {
    if (Context* known = context_of(subject)) return known;
    if (has(Fault::kv_shared))
        for (Context& other : contexts_)
            if (other.live) {  // "the prefix is cached already"
                const auto free = std::ranges::find(contexts_, false, &Context::live);
                if (free == contexts_.end()) break;
                *free = {subject, other.kv, free->input, free->output, other.position, true, false};
                return &*free;
            }
    for (Context& context : contexts_) {
        const bool usable = hbm_.kv.usable(context.kv) && hbm_.staging.usable(context.input) &&
                            hbm_.staging.usable(context.output);
        if (context.live || !usable) continue;
        context.subject = subject;
        context.position = 0;
        context.live = true;
        context.fenced = false;
        return &context;
    }
    return device_refuses("E_QUOTA", "no free context",
                          std::to_string(contexts_.size()) + " requests at a time");
}

Result<Range, Refusal> DataPlane::fetch(HostMemory& host, std::uint64_t record) {
    // The header is fetched once and never looked at again where the host could change it.
    if (!host.read(record, hbm_.fifo, {0, header_size}))
        return device_refuses("E_DMA_BLOCKED", "no host memory there", "an address in the bounce buffer");
    const auto header = decode<TransferHeader>(hbm_.fifo.bytes({0, header_size}), transfer_order);
    if (!header) return device_refuses("E_SCHEMA", header.error().text(), "a header of 64 bytes");
    const Range whole{0, header_size + std::size_t{header->length} + tag_size};
    if (header->length > hbm_.fifo.capacity() - header_size - tag_size)
        return device_refuses("E_LIMIT", "a record longer than a slot", "at most 64 KiB of payload");
    if (!host.read(record + header_size, hbm_.fifo, {header_size, whole.size - header_size}))
        return device_refuses("E_DMA_BLOCKED", "no host memory there", "an address in the bounce buffer");
    return whole;
}

Result<Nothing, Refusal> DataPlane::may_run(const OpRow& row, const TransferHeader& header) {
    if (!ready_ && !row.before_ready)
        return device_refuses("E_NOT_READY", std::string{row.name} + " before SET_READY",
                              "the guest says that the GPU is attested");
    if (header.length > row.max_payload)
        return device_refuses("E_LIMIT",
                              std::to_string(header.length) + " bytes for " + std::string{row.name},
                              "at most " + std::to_string(row.max_payload));
    if (!row.has_context) return Nothing{};
    const auto subject = subject_of(header);
    if (!subject) return device_refuses("E_BAD_ID", "no such context", "a subject that is live");
    const Context* context = context_of(*subject);
    if (context != nullptr && context->fenced && row.op != Op::release) {
        (void)monitor_.works(*subject, "gpu");
        return device_refuses("E_ORDER", std::string{row.name} + " after the fence",
                              "no work for it any more");
    }
    return Nothing{};
}

Result<Work, Refusal> DataPlane::execute(HostMemory& host, std::uint64_t record, std::uint64_t answer) {
    Work work;
    if (mode_ == CcMode::off)
        return device_refuses("E_CC_OFF", "the GPU is not in confidential mode", "mode on or devtools");
    if (!channel_ || !channel_->usable())
        return device_refuses("E_NO_SESSION", "no session", "a session that SPDM has established");
    const auto refuse = [&](Refusal refusal) -> Result<Work, Refusal> {
        return fail(std::move(refusal)).error();
    };
    const auto whole = fetch(host, record);
    if (!whole) return refuse(whole.error());
    const auto header = channel_->peek(hbm_.fifo, *whole);
    if (!header) return refuse(header.error());
    work.op = header->op;
    work.bytes_in = whole->size;

    // Until the tag is verified nothing is believed but where the plaintext would be: in a scratch of the
    // engine.
    const OpRow* const row = find_op(header->op);
    const auto subject = subject_of(*header);
    labels::Label label = labels::unknown;
    if (subject)
        label = registry_.label(*subject, DataClass::prompt);
    else if (header->op == Op::install_model)
        label = registry_.label(session_, DataClass::key);
    else if (header->length == 0 || header->key == PayloadKey::model)
        label = labels::clean;
    const bool model = header->key == PayloadKey::model;
    if (auto opened = channel_->open(hbm_.fifo, *whole, *header, hbm_.scratch, 0, label); !opened)
        return refuse(opened.error());

    Handled handled = Range{};
    if (row == nullptr || row->key != header->key)
        handled = device_refuses("E_OPCODE", "an operation that is not in the table", "one with its own key");
    else if (auto may = may_run(*row, *header); !may)
        handled = may.error();
    else
        handled = (this->*std::ranges::find(handlers(), row->op, &Handler::op)->handle)(
            {*header, model ? Range{header_size, header->length} : Range{0, header->length}, work});

    TransferHeader out{.op = Op::answer, .context = header->context};
    out.status = handled ? 0 : status_of(handled.error().code);
    const Range payload = handled ? *handled : Range{};
    if (auto sealed = channel_->seal(out, hbm_.staging, payload, hbm_.fifo, 0); !sealed)
        return refuse(sealed.error());
    const Range reply{0, header_size + payload.size + tag_size};
    work.bytes_out = reply.size;
    if (!host.write(answer, hbm_.fifo, reply))
        return refuse(
            device_refuses("E_DMA_BLOCKED", "no host memory there", "an address in the bounce buffer"));
    std::optional<Refusal> unscrubbed;
    scrub_into(hbm_.fifo, {0, std::max(whole->size, reply.size)}, work, unscrubbed);
    if (!has(Fault::late_write) && !has(Fault::unlabelled_copy))
        scrub_into(hbm_.scratch, {0, header->length}, work, unscrubbed);
    if (unscrubbed) return refuse(*unscrubbed);

    // What ends the keys comes after the answer that is sealed under them.
    if (handled && header->op == Op::rekey)
        if (auto fresh = channel_->rekey(); !fresh) return refuse(fresh.error());
    if (handled && header->op == Op::close)
        if (auto closed = close(); !closed) return closed.error();
    return work;
}

bool DataPlane::scrub_into(LabelledStore& store, Range range, Work& work, std::optional<Refusal>& first) {
    work.scrubbed += range.size;
    auto done = store.scrub(range, ScrubMethod::overwrite_zero);
    if (!done && !first) first = done.error();
    return bool{done};
}

}  // namespace assay::gpu
