#include "models/gpu/host_faults.hpp"

#include <algorithm>

namespace assay::gpu {
namespace {

constexpr std::size_t tag_bytes_at = 3, offset_at = 24;

/// `body` in place of payload and tag, as far as both go.
void replace_body(Bytes& record, ByteView other) {
    if (other.size() <= header_size) return;
    const ByteView body = other.subspan(header_size);
    const std::size_t size = std::min(body.size(), record.size() - header_size);
    std::copy_n(body.end() - static_cast<std::ptrdiff_t>(size), size,
                record.end() - static_cast<std::ptrdiff_t>(size));
}

}  // namespace

bool HostFaults::is_of_the_host(Fault fault) { return fault <= Fault::answer_replayed; }

bool HostFaults::strike(Fault fault) { return waiting_.erase(fault) != 0; }

void HostFaults::operator()(Direction direction, labels::LabelledStore& bounce, labels::Range range) {
    const ByteView seen = bounce.bytes(range);
    if (on_record) on_record(direction, seen);
    const Bytes before{seen.begin(), seen.end()};
    Bytes now = before;
    if (direction == Direction::host_to_device) {
        const bool has_payload = now.size() > header_size + tag_size;
        if (has_payload && strike(Fault::payload_flipped)) now[header_size] ^= 1;
        if (strike(Fault::tag_flipped)) now.back() ^= 0x80;
        if (strike(Fault::header_edited)) now[offset_at] ^= 0x40;
        if (strike(Fault::short_tag)) now[tag_bytes_at] = 4;
        if (has_payload && !last_payload_.empty() && strike(Fault::block_swapped))
            replace_body(now, last_payload_);
        if (!last_record_.empty() && strike(Fault::record_replayed)) {
            now = last_record_;
            now.resize(std::max(now.size(), before.size()));
        }
        if (!last_answer_.empty() && strike(Fault::answer_reflected)) replace_body(now, last_answer_);
        last_record_ = before;
        if (has_payload) last_payload_ = before;
    } else {
        if (strike(Fault::answer_flipped)) now.back() ^= 1;
        if (!last_answer_.empty() && strike(Fault::answer_replayed)) now = last_answer_;
        last_answer_ = before;
    }
    if (now != before) bounce.write(range.at, now, labels::clean);
}

}  // namespace assay::gpu
