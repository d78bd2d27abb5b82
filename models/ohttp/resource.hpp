// What answers requests behind a gateway, and the memory they are worked on in.
#pragma once
#include "models/ohttp/binary_http.hpp"

namespace assay::ohttp {

/// The platform's own hands requests to the runtime's worker.
class Resource {
public:
    virtual ~Resource() = default;
    /// Views in the request are valid until this returns; views in the response until the next call, into
    /// `content` (which the caller owns) or into text that never changes.
    virtual bhttp::Response answer(const bhttp::Request& request, std::span<std::uint8_t> content) = 0;
};

/// Memory of the platform: three areas that do not overlap. Each holds user data only while a request is
/// worked on, and zeros otherwise.
struct Workspace {
    std::span<std::uint8_t> request;   // the opened request
    std::span<std::uint8_t> content;   // the resource's answer
    std::span<std::uint8_t> response;  // the answer as binary HTTP, padded
};

/// Says what it was asked: `METHOD PATH`, a line for each field, an empty line, the content. 500 where that
/// does not fit.
class EchoResource final : public Resource {
public:
    bhttp::Response answer(const bhttp::Request& request, std::span<std::uint8_t> content) override;
};

}  // namespace assay::ohttp
