// Messages in chunks, from the requester's side (DSP0274 1.2): what is too long for the responder goes out by
// CHUNK_SEND, what the responder says is too long for us comes by CHUNK_GET.
#include "models/spdm/requester.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {

Bytes Requester::part_to_send() {
    if (getting_)
        return encode(ChunkNumber{header(Code::chunk_get, 0, getting_->handle), getting_->next}, byte_order);
    if (!sending_) return request_;
    Chunk out =
        chunk_of(request_, sending_->at, sending_->next, connection_.responder_sizes.data_transfer_size);
    out.header = header(Code::chunk_send, out.header.param1, sending_->handle);
    return encode(out, byte_order);
}

/// What is left of the answer to a chunk: the answer to the whole request once it is there.
Result<std::optional<Bytes>, RequestError> Requester::acknowledged(ByteView response) {
    if (response[1] == static_cast<std::uint8_t>(Code::error)) {  // of the chunk itself
        sending_.reset();
        return std::optional{concat({response})};
    }
    Reader in{response, byte_order};
    ChunkNumber ack;
    if (!in.get(ack) || ack.header.code != Code::chunk_send_ack) return refuse("not a CHUNK_SEND_ACK");
    if (ack.header.param2 != sending_->handle || ack.sequence != sending_->next)
        return refuse("CHUNK_SEND_ACK is of another chunk");
    const Chunk sent =
        chunk_of(request_, sending_->at, sending_->next, connection_.responder_sizes.data_transfer_size);
    const bool over = sent.header.param1 == last_chunk || (ack.header.param1 & early_error) != 0;
    if (!over) {
        if (!in.rest().empty()) return refuse("an answer before the last chunk");
        sending_->at += sent.size;
        ++sending_->next;
        return std::optional<Bytes>{};
    }
    sending_.reset();
    return std::optional{concat({in.rest()})};
}

Result<std::optional<Bytes>, RequestError> Requester::collected(ByteView response) {
    if (response[1] == static_cast<std::uint8_t>(Code::error)) {
        getting_.reset();
        return std::optional{concat({response})};
    }
    const auto chunk = decode<Chunk>(response, byte_order);
    if (!chunk || chunk->header.code != Code::chunk_response) return refuse("not a CHUNK_RESPONSE");
    if (chunk->header.param2 != getting_->handle || chunk->sequence != getting_->next)
        return refuse("CHUNK_RESPONSE is of another chunk");
    if (chunk->sequence == 0) {
        getting_->total = chunk->large_message_size;
        if (getting_->total > connection_.requester_sizes.max_spdm_msg_size)
            return refuse("LargeMessageSize " + std::to_string(getting_->total) +
                          " is more than was allowed");
    }
    append(getting_->bytes, chunk->bytes);
    const bool last = (chunk->header.param1 & last_chunk) != 0;
    const std::size_t now = getting_->bytes.size();
    if (chunk->size == 0 || now > getting_->total || last != (now == getting_->total))
        return refuse("chunks and LargeMessageSize do not add up");
    ++getting_->next;
    if (!last) return std::optional<Bytes>{};
    return std::optional{std::exchange(getting_, std::nullopt)->bytes};
}

Result<std::optional<Bytes>, RequestError> Requester::assembled(ByteView response) {
    if (response.size() < header_size) return std::optional{concat({response})};
    if ((sending_ || getting_) && response[0] != static_cast<std::uint8_t>(connection_.version))
        return refuse("SPDMVersion " + to_hex(response.first(1)));
    Result<std::optional<Bytes>, RequestError> out = std::optional{concat({response})};
    if (getting_)
        out = collected(response);
    else if (sending_)
        out = acknowledged(response);
    if (!out || !*out) return out;
    const Bytes& whole = **out;
    const bool large = whole.size() == header_size + 1 &&
                       whole[0] == static_cast<std::uint8_t>(connection_.version) && whole[3] == 0 &&
                       whole[1] == static_cast<std::uint8_t>(Code::error) &&
                       whole[2] == static_cast<std::uint8_t>(ErrorCode::large_response);
    if (!large || !connection_.both(cap::chunk)) return out;
    getting_ = Transfer{whole.back(), 0, 0, 0, {}};
    return std::optional<Bytes>{};
}

}  // namespace assay::spdm
