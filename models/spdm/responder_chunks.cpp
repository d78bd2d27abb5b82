// Messages in chunks (DSP0274 1.2): CHUNK_SEND, CHUNK_GET, and ERROR(LargeResponse) before them.
#include "models/spdm/command_table.hpp"
#include "models/spdm/responder.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::spdm {
namespace {

std::optional<std::uint32_t> id_of(const Session* session) {
    return session == nullptr ? std::nullopt : std::optional{session->id()};
}

}  // namespace

Bytes Responder::in_chunks(Bytes answer, const Session* session) {
    getting_ = Transfer{id_of(session), next_handle_++, 0, answer.size(), 0, std::move(answer)};
    return error({ErrorCode::large_response, 0, {getting_->handle}});
}

bool Responder::take_chunk(const Request& in, const Chunk& chunk) {
    const TransferSizes& own = connection_.responder_sizes;
    const bool last = (chunk.header.param1 & last_chunk) != 0;
    const bool first = !sending_;
    if (in.message.size() > own.data_transfer_size) return false;
    // Only the last one may be smaller than what everybody can take.
    const std::size_t least = min_data_transfer_size - chunk_head - (first ? large_message_size : 0);
    if (!last && chunk.size < least) return false;
    if (first) {
        const std::size_t total = chunk.large_message_size;
        if (chunk.sequence != 0 || last || total <= min_data_transfer_size || total > own.max_spdm_msg_size ||
            chunk.size >= total)
            return false;
        sending_ = Transfer{id_of(in.session), chunk.header.param2, 1, total, 0, chunk.bytes};
        return true;
    }
    const std::size_t now = sending_->bytes.size() + chunk.size;
    if (sending_->session_id != id_of(in.session) || chunk.header.param2 != sending_->handle ||
        chunk.sequence == 0 || chunk.sequence != sending_->next || now > sending_->total ||
        last != (now == sending_->total))
        return false;
    append(sending_->bytes, chunk.bytes);
    ++sending_->next;
    return true;
}

Answer Responder::chunk_send(const Request& in) {
    if (in.message.size() < chunk_head) return ErrorCode::invalid_request;
    const auto chunk = decode<Chunk>(in.message, byte_order);
    ChunkNumber out{.header = header(Code::chunk_send_ack, 0, in.message[3]),
                    .sequence = load<std::uint16_t>(in.message.subspan(header_size), byte_order)};
    if (!chunk || !take_chunk(in, *chunk)) {
        sending_.reset();
        out.header.param1 = early_error;
        return concat({encode(out, byte_order), error(ErrorCode::invalid_request)});
    }
    Bytes bytes = encode(out, byte_order);
    if (sending_->bytes.size() < sending_->total) return bytes;

    const Bytes whole = std::exchange(sending_, std::nullopt)->bytes;
    const Command* row = find_command(Code{whole[1]});
    const bool nested = row != nullptr && (row->flows & (flow::sending | flow::getting)) != 0;
    append(bytes, nested ? error(ErrorCode::invalid_request)
                         : respond(ByteView{whole}.first(request_size(whole, connection_.layout())),
                                   in.session, chunk_number_size));
    return bytes;
}

Answer Responder::chunk_get(const Request& in) {
    if (!getting_ || getting_->session_id != id_of(in.session)) return ErrorCode::unexpected_request;
    const auto request = decode<ChunkNumber>(in.message, byte_order);
    if (!request || request->header.param2 != getting_->handle || request->sequence != getting_->next)
        return ErrorCode::invalid_request;
    Chunk out = chunk_of(getting_->bytes, getting_->at, getting_->next,
                         connection_.requester_sizes.data_transfer_size);
    out.header = header(Code::chunk_response, out.header.param1, getting_->handle);
    getting_->at += out.size;
    ++getting_->next;
    if (out.header.param1 == last_chunk) getting_.reset();
    return encode(out, byte_order);
}

}  // namespace assay::spdm
