#include "models/tpm/engine.hpp"

#include "models/tpm/authorization.hpp"
#include "models/tpm/commands.hpp"
#include "models/tpm/state_blob.hpp"

namespace assay::tpm {
namespace {

Bytes refuse(Rc rc) { return encode(ResponseHeader{Tag::no_sessions, header_size, rc}, byte_order); }

/// In failure mode (Part 1, 12.3) only the commands that tell why are answered.
bool answers_in_failure_mode(Cc code) { return code == Cc::get_test_result || code == Cc::get_capability; }

/// The authorization area, taken from `in` (steps 8 and 9 of Part 3, 5).
Rc take_area(Authorization& authorization, const Command& row, Reader& in) {
    std::uint32_t size = 0;
    if (!in.get(size)) return Rc::insufficient;
    if (size < TpmsAuthCommand::least_size || size > in.rest().size()) return Rc::size;
    if (row.is(trait::no_sessions)) return Rc::auth_context;
    Bytes area;
    if (!in.get_bytes(area, size)) return Rc::size;
    const Rc rc = authorization.parse(area);
    ::explicit_bzero(area.data(), area.size());  // passwords
    return rc;
}

/// The body of a command whose header is good: the order of checks of Part 3, 5.4 to 5.8.
Result<Bytes, Rc> process(Tpm& tpm, const Command& row, bool has_sessions, Reader& in) {
    HandleArea handles;
    const Rc taken = row.take_handles(in, handles);
    for (std::size_t i = 0; i < handles.count; ++i)
        if (!tpm.is_in_range(handles.values.at(i))) return at_handle(Rc::value, i + 1);
    if (taken != Rc::success) return taken;
    const bool sees_all = row.is(trait::sees_disabled);
    for (std::size_t i = 0; i < handles.count; ++i)
        if (const Rc rc = tpm.presence(handles.values.at(i), i + 1, sees_all); rc != Rc::success) return rc;

    Authorization authorization{tpm, row, handles};
    if (has_sessions)
        if (const Rc rc = take_area(authorization, row, in); rc != Rc::success) return rc;
    if (const Rc rc = authorization.check(in.rest()); rc != Rc::success) return rc;

    Secret decrypted;
    ByteView parameters = in.rest();
    if (authorization.decrypts()) {
        decrypted = copy_of(parameters);
        if (const Rc rc = authorization.decrypt(decrypted.bytes()); rc != Rc::success) return rc;
        parameters = std::as_const(decrypted).bytes();
    }
    auto answer = row.run(tpm, handles, parameters);
    if (!tpm.memory.is_whole()) tpm.ram.is_failed = true;  // a zeroisation that fails
    if (tpm.ram.is_failed && !answers_in_failure_mode(row.code)) {
        if (answer && !answer->parameters.empty())
            ::explicit_bzero(answer->parameters.data(), answer->parameters.size());
        return Rc::failure;
    }
    if (!answer) return answer.error();
    std::optional<Bytes> area;
    if (has_sessions) area = authorization.respond(answer->parameters);
    authorization.audit_command(answer->parameters);
    authorization.finish();
    Bytes response = assemble_response(answer->handles, answer->parameters, area);
    ::explicit_bzero(answer->parameters.data(), answer->parameters.size());
    tpm.ram.response = std::move(answer->parameters);
    return response;
}

}  // namespace

std::optional<Secret> Engine::state(Part part) const {
    if (part == Part::permanent) return permanent_blob(tpm_);
    if (tpm_.is_powered) return volatile_blob(tpm_);
    return tpm_.kept_volatile ? std::optional{tpm_.kept_volatile->twin()} : std::nullopt;
}

bool Engine::set_state(Part part, ByteView blob) {
    if (tpm_.is_powered) return false;
    if (part == Part::permanent) return take_permanent_blob(tpm_, blob);
    if (!blob.empty() && !is_resumable(tpm_, blob)) return false;
    tpm_.keep_volatile(blob.empty() ? std::nullopt : std::optional{copy_of(blob)});
    return true;
}

bool Engine::store_volatile() {
    if (!tpm_.is_powered) return false;
    tpm_.keep_volatile(volatile_blob(tpm_));
    return true;
}

Bytes Engine::execute(ByteView command, unsigned locality) {
    if (!tpm_.is_powered) return refuse(Rc::failure);
    Reader in{command, byte_order};
    CommandHeader header;
    if (!in.get(header)) return refuse(Rc::insufficient);
    const bool has_sessions = header.tag == static_cast<std::uint16_t>(Tag::sessions);
    const Cc code{header.command_code};
    if (tpm_.ram.is_failed && (has_sessions || !answers_in_failure_mode(code))) return refuse(Rc::failure);
    if (!has_sessions && header.tag != static_cast<std::uint16_t>(Tag::no_sessions))
        return refuse(Rc::bad_tag);
    if (header.command_size != command.size() || command.size() > tpm_.config.max_command_size)
        return refuse(Rc::command_size);
    const Command* row = find_command(code);
    if (row == nullptr) return refuse(Rc::command_code);
    if (row->is(trait::before_startup) == tpm_.ram.is_started && !tpm_.ram.is_failed)
        return refuse(Rc::initialize);

    tpm_.ram.locality = locality;
    tpm_.ram.launch.reset();
    tpm_.heal();
    auto response = process(tpm_, *row, has_sessions, in);
    tpm_.ram.borrowed_slots = 0;
    if (tpm_.ram.flush_at_end) tpm_.slot(*std::exchange(tpm_.ram.flush_at_end, std::nullopt)) = {};
    if (response && !row->is(trait::only_looks) && !row->is(trait::before_startup))
        tpm_.permanent.orderly = Orderly::none;
    tpm_.save();  // also after a refusal: failed tries count
    return response ? *std::move(response) : refuse(response.error());
}

}  // namespace assay::tpm
