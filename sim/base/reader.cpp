#include "sim/base/reader.hpp"

namespace assay {

std::string WireError::text() const {
    const auto at = " at offset " + std::to_string(offset);
    switch (kind) {
        case Kind::truncated:
            return path + at + ": truncated, " + std::to_string(expected) + " bytes expected, " +
                   std::to_string(found) + " left";
        case Kind::too_few:
            return path + at + ": " + std::to_string(found) + " is less than the smallest legal count, " +
                   std::to_string(expected);
        case Kind::too_many:
            return path + at + ": " + std::to_string(found) + " is more than the largest legal count, " +
                   std::to_string(expected);
        case Kind::refused: return path + at + ": value refused (code " + std::to_string(code) + ")";
        case Kind::wrong_length:
            return path + at + ": has " + std::to_string(found) + " bytes, its length says " +
                   std::to_string(expected);
        case Kind::trailing_bytes: return std::to_string(found) + " trailing bytes" + at;
    }
    return {};
}

bool Reader::get(U24& out, const Path& at) {
    ByteView raw;
    if (!take(raw, 3, at)) return false;
    out.value = 0;
    for (std::size_t i = 0; i < 3; ++i)
        out.value = out.value << 8 | raw[order_ == std::endian::big ? i : 2 - i];
    return true;
}

bool Reader::get_bytes(Bytes& out, std::size_t size, const Path& at) {
    ByteView raw;
    if (!take(raw, size, at)) return false;
    out.assign(raw.begin(), raw.end());
    return true;
}

bool Reader::finish() {
    return at_ == end_ || fail({.kind = WireError::Kind::trailing_bytes, .found = end_ - at_}, at_, {});
}

bool Reader::take(ByteView& out, std::size_t size, const Path& at) {
    if (end_ - at_ < size)
        return fail({.kind = WireError::Kind::truncated, .expected = size, .found = end_ - at_}, at_, at);
    out = message_.subspan(at_, size);
    if (leaves_ != nullptr) leaves_->push_back({at.text(), at_, {out.begin(), out.end()}});
    at_ += size;
    return true;
}

bool Reader::fail(WireError error, std::size_t offset, const Path& at) {
    error_ = std::move(error);
    error_.path = at.text();
    error_.offset = offset;
    return false;
}

}  // namespace assay
