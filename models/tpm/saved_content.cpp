#include "models/tpm/saved_content.hpp"

#include <stdexcept>

#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {

bool is_sound(const SavedObject& object) {
    const bool is_known = object.hierarchy == rh::owner || object.hierarchy == rh::endorsement ||
                          object.hierarchy == rh::platform || object.hierarchy == rh::null;
    const auto& sensitive = object.sensitive.value;
    if (!is_known || (sensitive && sensitive->type != object.area.type)) return false;
    return !sensitive || object.area.type != Alg::symcipher ||
           sensitive->sensitive.value.size() == object.area.symmetric.key_bits / 8U;
}

bool is_sound(const SessionContent& content, std::size_t number) {
    const Session& session = content.session;
    return rule::is_session(session.handle) && (session.handle & 0x00FF'FFFF) == number &&
           digest_size(session.auth_hash) != 0 &&
           (session.type == Se::hmac || session.type == Se::policy || session.type == Se::trial);
}

bool is_sound(const SequenceContent& content) {
    const std::size_t states = content.is_event != 0 ? bank_count : 1;
    if (content.hashes.items.size() != states || content.states.items.size() != states) return false;
    for (std::size_t i = 0; i < states; ++i)
        if (!crypto::HashState::restore(static_cast<crypto::Hash>(content.hashes.items[i]),
                                        content.states.items[i].value))
            return false;
    return true;
}

SessionContent content_of(const Session& session) {
    auto copy = decode<Session>(encode(session, byte_order), byte_order);
    if (!copy) throw std::logic_error("a session that cannot be read again");
    return {std::move(*copy), {taken(session.session_key.bytes())}};
}

std::unique_ptr<Session> restored(SessionContent content, Memory& memory) {
    content.session.session_key = memory.load(Estate::null, content.key.value);
    return std::make_unique<Session>(std::move(content.session));
}

SequenceContent content_of(const Sequence& sequence) {
    SequenceContent out{.auth = {taken(sequence.auth.bytes())},
                        .is_event = sequence.is_event,
                        .is_begun = sequence.is_begun,
                        .may_be_generated = sequence.may_be_generated,
                        .hmac_key = {taken(sequence.hmac_key.bytes())}};
    for (const crypto::HashState& state : sequence.states) {
        out.hashes.items.push_back(static_cast<std::uint8_t>(state.hash()));
        out.states.items.emplace_back(taken(state.save().bytes()));
    }
    return out;
}

std::unique_ptr<Sequence> restored(const SequenceContent& content, Memory& memory) {
    auto out = std::make_unique<Sequence>();
    for (std::size_t i = 0; i < content.states.items.size(); ++i)
        out->states.push_back(crypto::HashState::restore(static_cast<crypto::Hash>(content.hashes.items[i]),
                                                         content.states.items[i].value)
                                  .value());
    out->auth = memory.load(Estate::null, content.auth.value);
    out->hmac_key = memory.load(Estate::null, content.hmac_key.value);
    out->is_event = content.is_event != 0;
    out->is_begun = content.is_begun != 0;
    out->may_be_generated = content.may_be_generated != 0;
    return out;
}

}  // namespace assay::tpm
