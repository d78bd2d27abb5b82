#include "conformance/case_stream.hpp"

#include <cerrno>
#include <system_error>

#include <sys/socket.h>

#include "conformance/document_text.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::conformance {
namespace {

constexpr auto stream_order = std::endian::little;
constexpr std::size_t packet_size = 32'768;
constexpr std::size_t max_content = 64u << 20;

using Text = Blob<std::uint32_t, 1u << 20>;
using Content = Blob<std::uint32_t, max_content>;
using Flag = std::uint8_t;

/// A text that is too long for its record is cut: what is kept of it is cut shorter anyway.
Text wire_text(std::string_view text) {
    const ByteView bytes = as_bytes(text.substr(0, 1u << 20));
    return {{bytes.begin(), bytes.end()}};
}
Content wire_content(ByteView bytes) {
    if (bytes.size() > max_content) throw std::length_error("more than 64 MiB in one piece of evidence");
    return {{bytes.begin(), bytes.end()}};
}
std::string plain(const Text& text) { return std::string{as_text(text.value)}; }

struct EventRecord {
    Event::Kind kind{};
    std::uint64_t t_ps = 0;
    Text actor, peer, name;
    Content bytes;
    Event::Outcome outcome{};
    Text detail;
    static constexpr auto wire() {
        using R = EventRecord;
        return std::tuple{field("kind", &R::kind),       field("t_ps", &R::t_ps),
                          field("actor", &R::actor),     field("peer", &R::peer),
                          field("name", &R::name),       field("bytes", &R::bytes),
                          field("outcome", &R::outcome), field("detail", &R::detail)};
    }
};
EventRecord record_of(const Event& e) {
    return {e.kind,
            e.t_ps,
            wire_text(e.actor),
            wire_text(e.peer),
            wire_text(e.name),
            wire_content(e.bytes),
            e.outcome,
            wire_text(e.detail)};
}
Event event_of(const EventRecord& r) {
    return {r.kind,        r.t_ps,        plain(r.actor), plain(r.peer),
            plain(r.name), r.bytes.value, r.outcome,      plain(r.detail)};
}

struct LeafRecord {
    Text path;
    std::uint64_t offset = 0;
    Content bytes;
    static constexpr auto wire() {
        using R = LeafRecord;
        return std::tuple{field("path", &R::path), field("offset", &R::offset), field("bytes", &R::bytes)};
    }
};
struct EvidenceRecord {
    Text id, kind, file_name, media_type;
    Content content;
    List<LeafRecord, std::uint32_t, 65'536> fields;
    static constexpr auto wire() {
        using R = EvidenceRecord;
        return std::tuple{field("id", &R::id),
                          field("kind", &R::kind),
                          field("file_name", &R::file_name),
                          field("media_type", &R::media_type),
                          field("content", &R::content),
                          field("fields", &R::fields)};
    }
};
struct CheckRecord {
    Flag held = 0;
    static constexpr auto wire() { return std::tuple{field("held", &CheckRecord::held)}; }
};

struct DifferenceRecord {
    Text evidence, field_name;
    std::uint64_t offset = 0;
    Content expected, actual;
    Text note;
    static constexpr auto wire() {
        using R = DifferenceRecord;
        return std::tuple{field("evidence", &R::evidence), field("field", &R::field_name),
                          field("offset", &R::offset),     field("expected", &R::expected),
                          field("actual", &R::actual),     field("note", &R::note)};
    }
};
struct EndRecord {
    Verdict verdict{};
    NotTested reason{};
    Text error_code, code, summary, expected, actual;
    List<DifferenceRecord, std::uint32_t, 65'536> differences;
    static constexpr auto wire() {
        using R = EndRecord;
        return std::tuple{field("verdict", &R::verdict),       field("reason", &R::reason),
                          field("error_code", &R::error_code), field("code", &R::code),
                          field("summary", &R::summary),       field("expected", &R::expected),
                          field("actual", &R::actual),         field("differences", &R::differences)};
    }
};

enum class RecordKind : std::uint8_t { called = 1, returned, event, evidence, check, end };

template <WireStruct T>
Bytes framed(RecordKind kind, const T& body) {
    const Bytes content = encode(body, stream_order);
    Bytes out;
    Writer writer{out, stream_order};
    writer.put(static_cast<std::uint32_t>(content.size()));
    writer.put(kind);
    writer.put(ByteView{content});
    return out;
}

struct NoBody {
    static constexpr auto wire() { return std::tuple{}; }
};

/// What a child may not invent, whatever has become of its memory: names become paths, tokens a document.
bool known(const EventRecord& r) {
    return r.kind <= Event::Kind::note && r.outcome <= Event::Outcome::mutated;
}
bool known(const EvidenceRecord& r) {
    return is_token(plain(r.id)) && is_evidence_kind(plain(r.kind)) && is_file_name(plain(r.file_name));
}
bool known(const EndRecord& r) {
    return r.verdict <= Verdict::not_tested && r.reason <= NotTested::unsafe &&
           (r.verdict != Verdict::error || is_error_code(plain(r.error_code)));
}

void tell(CaseLog& log, const EvidenceRecord& r) {
    Evidence evidence{plain(r.id),         plain(r.kind),   plain(r.file_name),
                      plain(r.media_type), r.content.value, {}};
    for (const LeafRecord& leaf : r.fields.items)
        evidence.fields.push_back({plain(leaf.path), leaf.offset, leaf.bytes.value});
    log.attached(evidence);
}
void tell(CaseLog& log, const EndRecord& r) {
    CaseEnd end{r.verdict, r.reason, plain(r.error_code), {}};
    end.failure = {plain(r.code), plain(r.summary), plain(r.expected), plain(r.actual), {}};
    for (const DifferenceRecord& d : r.differences.items)
        end.failure.differences.push_back({plain(d.evidence), plain(d.field_name), d.offset, d.expected.value,
                                           d.actual.value, plain(d.note)});
    log.ended(end);
}

bool tell(CaseLog& log, RecordKind kind, ByteView body) {
    switch (kind) {
        case RecordKind::called:
        case RecordKind::event: {
            const auto record = decode<EventRecord>(body, stream_order);
            if (!record || !known(*record)) return false;
            if (kind == RecordKind::called)
                log.called(event_of(*record));
            else
                log.event(event_of(*record));
            return true;
        }
        case RecordKind::returned: log.returned(); return body.empty();
        case RecordKind::evidence: {
            const auto record = decode<EvidenceRecord>(body, stream_order);
            if (!record || !known(*record)) return false;
            tell(log, *record);
            return true;
        }
        case RecordKind::check: {
            const auto record = decode<CheckRecord>(body, stream_order);
            if (record) log.checked(record->held != 0);
            return static_cast<bool>(record);
        }
        case RecordKind::end: {
            const auto record = decode<EndRecord>(body, stream_order);
            if (!record || !known(*record)) return false;
            tell(log, *record);
            return true;
        }
    }
    return false;
}

}  // namespace

void CaseStreamWriter::send(ByteView record) {
    while (!record.empty()) {
        const std::size_t size = std::min(packet_size, record.size());
        const ssize_t sent = ::send(socket_, record.data(), size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) throw std::system_error(errno, std::generic_category(), "log of a case");
        record = record.subspan(size);
    }
}
void CaseStreamWriter::called(const Event& request) { send(framed(RecordKind::called, record_of(request))); }
void CaseStreamWriter::returned() { send(framed(RecordKind::returned, NoBody{})); }
void CaseStreamWriter::event(const Event& event) { send(framed(RecordKind::event, record_of(event))); }
void CaseStreamWriter::attached(const Evidence& evidence) {
    EvidenceRecord record{wire_text(evidence.id),         wire_text(evidence.kind),
                          wire_text(evidence.file_name),  wire_text(evidence.media_type),
                          wire_content(evidence.content), {}};
    for (const Leaf& leaf : evidence.fields)
        record.fields.items.push_back({wire_text(leaf.path), leaf.offset, wire_content(leaf.bytes)});
    send(framed(RecordKind::evidence, record));
}
void CaseStreamWriter::checked(bool held) {
    send(framed(RecordKind::check, CheckRecord{static_cast<Flag>(held)}));
}
void CaseStreamWriter::ended(const CaseEnd& end) {
    EndRecord record{.verdict = end.verdict,
                     .reason = end.reason,
                     .error_code = wire_text(end.error_code),
                     .code = wire_text(end.failure.code),
                     .summary = wire_text(end.failure.summary),
                     .expected = wire_text(end.failure.expected),
                     .actual = wire_text(end.failure.actual),
                     .differences = {}};
    for (const Difference& d : end.failure.differences)
        record.differences.items.push_back({wire_text(d.evidence), wire_text(d.field), d.offset,
                                            wire_content(d.expected), wire_content(d.actual),
                                            wire_text(d.note)});
    send(framed(RecordKind::end, record));
}

bool CaseStreamReader::take(ByteView packet) {
    total_ += packet.size();
    if (broken_ || total_ > max_total) return false;
    append(pending_, packet);
    constexpr std::size_t head = 5;
    std::size_t at = 0;
    while (!broken_ && pending_.size() - at >= head) {
        const ByteView rest = ByteView{pending_}.subspan(at);
        const std::size_t size = load<std::uint32_t>(rest, stream_order);
        if (rest.size() - head < size) break;
        broken_ = !tell(log_, static_cast<RecordKind>(rest[4]), rest.subspan(head, size));
        at += head + size;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
    return !broken_;
}

}  // namespace assay::conformance
