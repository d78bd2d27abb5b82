#include "models/ohttp/linking_fields.hpp"

#include <algorithm>
#include <array>

namespace assay::ohttp {

bool links_requests(std::string_view name) {
    constexpr std::array<std::string_view, 26> names{"baggage",
                                                     "cookie",
                                                     "correlation-context",
                                                     "etag",
                                                     "forwarded",
                                                     "from",
                                                     "if-match",
                                                     "if-modified-since",
                                                     "if-none-match",
                                                     "if-range",
                                                     "proxy-authorization",
                                                     "referer",
                                                     "request-id",
                                                     "set-cookie",
                                                     "traceparent",
                                                     "tracestate",
                                                     "true-client-ip",
                                                     "via",
                                                     "x-client-ip",
                                                     "x-correlation-id",
                                                     "x-real-ip",
                                                     "x-request-id",
                                                     "x-session-id",
                                                     "x-trace-id",
                                                     "x-client-request-id",
                                                     "x-ms-client-request-id"};
    constexpr std::array<std::string_view, 4> prefixes{"x-b3-", "x-forwarded-", "x-amzn-", "cf-"};
    return std::ranges::find(names, name) != names.end() ||
           std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace assay::ohttp
