// The verifier's front: one device, and what findings look like.
#include "models/verifier/appraiser.hpp"
#include "sim/base/text.hpp"
#include "sim/crypto/hash.hpp"

namespace assay::verifier {

std::string Finding::text() const {
    std::string out = reason + ": " + subject;
    if (!path.empty()) out += ": " + path;
    if (offset) out += " at offset " + std::to_string(*offset);
    return printable(out + ": " + what);
}

Bytes bound_nonce(ByteView nonce, ByteView spki) {
    return crypto::digest(crypto::Hash::sha256, {as_bytes("assay-gpu-binding/v1"), nonce, spki});
}

GpuVerifier::GpuVerifier(TrustAnchors anchors, Times times, GpuPolicy policy)
    : anchors_(std::move(anchors)), times_(times), policy_(std::move(policy)) {}

GpuAppraisal GpuVerifier::appraise(const gpu::Evidence& evidence, const ReferenceValues& references,
                                   const Expectation& expectation) const {
    Bench bench{anchors_, times_, policy_, references, expectation, true};
    GpuAppraisal out = Appraiser{evidence, bench}.run();
    bench.report_unused(out);
    return out;
}

}  // namespace assay::verifier
