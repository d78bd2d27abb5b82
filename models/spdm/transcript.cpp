#include "models/spdm/transcript.hpp"

namespace assay::spdm {

void Transcript::begin(const TranscriptRule& rule, bool in_session) {
    if (rule.skips_challenge && !authenticated_) certificates_.clear();
    if (in_session) return;
    if ((rule.clears & piece::certificates) != 0) certificates_.clear();
    if ((rule.clears & piece::vca) != 0) *this = {};
}

void Transcript::answered(const TranscriptRule& rule, ByteView request, ByteView response) {
    const auto add = [&](std::uint8_t one, Bytes& to) {
        if ((rule.enters & one) == 0) return;
        append(to, request);
        append(to, response);
    };
    add(piece::vca, vca_);
    add(piece::certificates, certificates_);
    const bool first = digests_.empty() && response.size() > 1 && Code{response[1]} == Code::digests;
    if (first) append(digests_, response);
}

void Transcript::authenticated(bool pending) {
    certificates_.clear();
    authenticated_ = authenticated_ || !pending;
}

Bytes l1_l2(Version version, ByteView vca, ByteView pairs) {
    return version < Version::v1_2 ? concat({pairs}) : concat({vca, pairs});
}

Bytes requester_m1_m2(Version version, ByteView vca, ByteView messages) {
    return version < Version::v1_2 ? concat({messages}) : concat({vca, messages});
}

SessionTranscript::SessionTranscript(crypto::Hash hash, ByteView vca, ByteView chain_digest)
    : hash_(hash), bytes_(concat({vca, chain_digest})) {}

Bytes signed_message(Version version, crypto::Hash hash, std::string_view context, ByteView transcript) {
    if (version < Version::v1_2) return concat({transcript});
    constexpr std::size_t prefix_size = 100;
    const std::string text = "dmtf-spdm-v1." + std::to_string(static_cast<unsigned>(version) & 0x0FU) + ".*";
    Bytes out;
    for (int i = 0; i < 4; ++i) append(out, as_bytes(text));
    out.resize(prefix_size - context.size());
    append(out, as_bytes(context));
    append(out, crypto::digest(hash, {transcript}));
    return out;
}

}  // namespace assay::spdm
