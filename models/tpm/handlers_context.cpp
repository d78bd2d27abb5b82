// Saved contexts (TPM 2.0 Library 1.59, Part 1, 30; Part 3, 28.2 and 28.3).
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"
#include "models/tpm/saved_content.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/cipher.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

constexpr Handle saved_object = first_of(Ht::transient), saved_sequence = saved_object + 1,
                 saved_st_clear = saved_object + 2;
constexpr std::uint64_t largest_gap = 0xFFFF;

constexpr std::size_t most_plain = 4096;  // bytes of a session or a sequence

/// Key and IV from the proof of the hierarchy, and what the integrity covers besides the encrypted bytes.
Secret context_key(Tpm& tpm, const TpmsContext& context) {
    return kdfa(tpm.config.context_hash, tpm.secrets(context.hierarchy).proof.bytes(), "CONTEXT",
                store(context.sequence, byte_order), store(context.saved_handle, byte_order), 256 + 128);
}
Bytes context_integrity(Tpm& tpm, const TpmsContext& context, ByteView encrypted) {
    const std::uint32_t clears = context.saved_handle == saved_st_clear ? tpm.reset.clear_count : 0;
    return tpm.proof_hmac(
        context.hierarchy,
        {as_bytes("CONTEXT"), store(tpm.permanent.total_reset_count, byte_order), store(clears, byte_order),
         store(context.sequence, byte_order), store(context.saved_handle, byte_order), encrypted});
}

void seal(Tpm& tpm, TpmsContext& context, Secret plain) {
    const Secret key = context_key(tpm, context);
    crypto::aes_cfb_encrypt(key.bytes().first(32), key.bytes().subspan(32), plain.bytes());
    Bytes& blob = context.context_blob.value;
    Writer{blob, byte_order}.put(Tpm2bDigest{context_integrity(tpm, context, std::as_const(plain).bytes())});
    append(blob, std::as_const(plain).bytes());
}

Result<Secret, Rc> open(Tpm& tpm, const TpmsContext& context) {
    Reader in{context.context_blob.value, byte_order};
    Tpm2bDigest integrity;
    if (!in.get(integrity) || integrity.value.size() != digest_size(tpm.config.context_hash)) return Rc::size;
    if (!crypto::equal_in_constant_time(integrity.value, context_integrity(tpm, context, in.rest())))
        return Rc::integrity;
    Secret plain = copy_of(in.rest());
    const Secret key = context_key(tpm, context);
    crypto::aes_cfb_decrypt(key.bytes().first(32), key.bytes().subspan(32), plain.bytes());
    return plain;
}

template <class Content>
std::optional<Content> read(const Secret& plain) {
    Reader in{plain.bytes(), byte_order};
    Content out;
    if (!in.get(out) || !in.finish()) return {};
    return out;
}

void save_sequence(Tpm& tpm, const Sequence& sequence, TpmsContext& context) {
    context.saved_handle = saved_sequence;
    context.sequence = ++tpm.reset.object_sequence;
    seal(tpm, context, encode_secret(content_of(sequence), byte_order, most_plain));
}

void save_object(Tpm& tpm, const Object& object, TpmsContext& context) {
    context.saved_handle = object.st_clear ? saved_st_clear : saved_object;
    context.hierarchy = object.hierarchy;
    context.sequence = ++tpm.reset.object_sequence;
    seal(tpm, context, copy_of(object.content()));
}

Result<ContextLoadOut, Rc> load_session(Tpm& tpm, const TpmsContext& context, const Secret& plain) {
    const std::size_t index = context.saved_handle & 0x00FF'FFFF;
    auto content = read<SessionContent>(plain);
    if (!content || content->session.handle != context.saved_handle || !is_sound(*content, index))
        return at_parameter(Rc::integrity, 1);
    if (index >= tpm.reset.sessions.size()) return at_parameter(Rc::handle, 1);
    SessionEntry& entry = tpm.reset.sessions[index];
    if (!entry.is_saved || entry.handle != context.saved_handle || entry.saved_sequence != context.sequence)
        return at_parameter(Rc::handle, 1);
    if (tpm.loaded_sessions() >= tpm.config.loaded_sessions) return Rc::session_memory;
    entry = {.session = restored(std::move(*content), tpm.memory)};
    return ContextLoadOut{context.saved_handle};
}

Rc load_into(Tpm& tpm, Slot& slot, const TpmsContext& context, const Secret& plain) {
    if (context.saved_handle == saved_sequence) {
        const auto content = read<SequenceContent>(plain);
        if (!content || !is_sound(*content)) return Rc::integrity;
        slot.sequence = restored(*content, tpm.memory);
        return Rc::success;
    }
    auto content = read<SavedObject>(plain);
    if (!content || content->hierarchy != context.hierarchy || !is_sound(*content)) return Rc::integrity;
    slot.object = tpm.loaded({std::move(*content)});
    return Rc::success;
}

/// How far the counter of saved sessions runs ahead of the oldest that is still saved (Part 1, 30.5).
bool gap_is_too_large(const Tpm& tpm) {
    return std::ranges::any_of(tpm.reset.sessions, [&](const SessionEntry& entry) {
        return entry.is_saved && tpm.reset.session_sequence - entry.saved_sequence >= largest_gap;
    });
}

}  // namespace

Outcome<ContextSaveIn> context_save(Tpm& tpm, const ContextSaveIn& in) {
    ContextSaveOut out;
    if (Session* session = tpm.session(in.save_handle)) {
        if (gap_is_too_large(tpm)) return Rc::context_gap;
        out.context.saved_handle = in.save_handle;
        out.context.sequence = ++tpm.reset.session_sequence;
        seal(tpm, out.context, encode_secret(content_of(*session), byte_order, most_plain));
        tpm.reset.sessions[in.save_handle & 0x00FF'FFFF] = {.session = nullptr,
                                                            .is_saved = true,
                                                            .handle = in.save_handle,
                                                            .saved_sequence = out.context.sequence};
        return out;
    }
    if (const Sequence* sequence = tpm.sequence(in.save_handle))
        save_sequence(tpm, *sequence, out.context);
    else
        save_object(tpm, *tpm.object(in.save_handle), out.context);
    return out;
}

Outcome<ContextLoadIn> context_load(Tpm& tpm, const ContextLoadIn& in) {
    const TpmsContext& context = in.context;
    if (!tpm.is_enabled(context.hierarchy)) return at_parameter(Rc::hierarchy, 1);
    const auto plain = open(tpm, context);
    if (!plain) return at_parameter(plain.error(), 1);
    if (rule::is_session(context.saved_handle)) return load_session(tpm, context, *plain);
    const auto handle = tpm.free_slot();
    if (!handle) return Rc::object_memory;
    Slot slot;
    if (const Rc rc = load_into(tpm, slot, context, *plain); rc != Rc::success) return at_parameter(rc, 1);
    tpm.slot(*handle) = std::move(slot);
    return ContextLoadOut{*handle};
}

}  // namespace assay::tpm
