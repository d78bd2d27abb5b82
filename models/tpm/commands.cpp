#include "models/tpm/commands.hpp"

namespace assay::tpm {

TpmsAuthCommand password(ByteView password) {
    TpmsAuthCommand out;
    out.session_attributes = session_attribute::continue_session;
    out.hmac = Bytes{password.begin(), password.end()};
    return out;
}

TpmsAuthCommand policy(Handle session, bool last) { return policy_with_password(session, {}, last); }

TpmsAuthCommand policy_with_password(Handle session, ByteView password, bool last) {
    TpmsAuthCommand out;
    out.session_handle = session;
    out.session_attributes = last ? std::uint8_t{0} : session_attribute::continue_session;
    out.hmac = Bytes{password.begin(), password.end()};
    return out;
}

Bytes assemble_command(Cc cc, ByteView handles, std::span<const TpmsAuthCommand> sessions,
                       ByteView parameters) {
    Bytes area;
    for (const TpmsAuthCommand& session : sessions) Writer{area, byte_order}.put(session);
    const bool with_sessions = !sessions.empty();
    const std::size_t size = header_size + handles.size() + parameters.size() +
                             (with_sessions ? sizeof(std::uint32_t) + area.size() : 0);
    Bytes out;
    out.reserve(size);
    Writer writer{out, byte_order};
    writer.put(CommandHeader{static_cast<std::uint16_t>(with_sessions ? Tag::sessions : Tag::no_sessions),
                             static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(cc)});
    writer.put(handles);
    if (with_sessions) {
        writer.put(static_cast<std::uint32_t>(area.size()));
        writer.put(ByteView{area});
    }
    writer.put(parameters);
    return out;
}

Bytes assemble_response(ByteView handles, ByteView parameters, const std::optional<Bytes>& sessions) {
    const std::size_t size = header_size + handles.size() + parameters.size() +
                             (sessions ? sizeof(std::uint32_t) + sessions->size() : 0);
    Bytes out;
    out.reserve(size);
    Writer writer{out, byte_order};
    writer.put(ResponseHeader{sessions ? Tag::sessions : Tag::no_sessions, static_cast<std::uint32_t>(size),
                              Rc::success});
    writer.put(handles);
    if (sessions) writer.put(static_cast<std::uint32_t>(parameters.size()));
    writer.put(parameters);
    if (sessions) writer.put(ByteView{*sessions});
    return out;
}

std::optional<Rc> response_code(ByteView response) {
    Reader in{response, byte_order};
    ResponseHeader header;
    if (!in.get(header) || header.response_size != response.size()) return {};
    return header.response_code;
}

Result<ResponseParts, ResponseError> split_response(ByteView response, std::size_t handles) {
    Reader in{response, byte_order};
    ResponseHeader header;
    if (!in.get(header)) return ResponseError{.what = in.error().text()};
    if (header.response_size != response.size())
        return ResponseError{.what = "responseSize is " + std::to_string(header.response_size) + ", " +
                                     std::to_string(response.size()) + " bytes are there"};
    if (header.response_code != Rc::success) {
        if (header.tag != Tag::no_sessions || response.size() != header_size)
            return ResponseError{.what = "an error response has more than its header"};
        return ResponseError{.rc = header.response_code};
    }
    ResponseParts out;
    if (!in.get_bytes(out.handles, handles * sizeof(Handle), Path{.name = "handles"}))
        return ResponseError{.what = in.error().text()};
    if (header.tag == Tag::no_sessions) {
        out.parameters.assign(in.rest().begin(), in.rest().end());
        return out;
    }
    if (header.tag != Tag::sessions) return ResponseError{.what = "unknown tag"};
    out.has_sessions = true;
    std::uint32_t size = 0;
    if (!in.get(size, Path{.name = "parameterSize"}) ||
        !in.get_bytes(out.parameters, size, Path{.name = "parameters"}))
        return ResponseError{.what = in.error().text()};
    while (!in.rest().empty())
        if (!in.get(out.sessions.emplace_back(), Path{.name = "sessions"}))
            return ResponseError{.what = in.error().text()};
    return out;
}

}  // namespace assay::tpm
