#include "models/ohttp/hop.hpp"

#include <algorithm>

#include "models/ohttp/encapsulation.hpp"

namespace assay::ohttp {
namespace {

constexpr std::string_view incremental = "incremental";

HttpResponse refused(unsigned status) { return {.status = status}; }

}  // namespace

std::optional<HopId> HopIds::open() {
    if (failed_) return {};
    HopId id{};
    random_.fill(id);
    const bool constant = std::ranges::all_of(id, [&](std::uint8_t byte) { return byte == id[0]; });
    if (constant || id == last_ || !pending_.insert(id).second) {
        failed_ = true;
        return {};
    }
    last_ = id;
    return id;
}

Result<HttpRequest, HttpResponse> filtered(const HttpRequest& request, const HopPolicy& policy,
                                           const HopId& id) {
    HttpRequest out{.method = request.method, .target = request.target};
    if (request.target == policy.keys_target) {
        if (request.method != "GET") return refused(405);
        if (!request.body.empty()) return refused(400);
    } else if (request.target == policy.target) {
        if (request.method != "POST") return refused(405);
        const std::string type = media_type(request.fields);
        if (type != request_media_type && type != chunked_request_media_type) return refused(415);
        if (request.body.size() > policy.max_body) return refused(413);
        out.fields.push_back({"content-type", type});
        if (type == chunked_request_media_type) out.fields.push_back({std::string{incremental}, "?1"});
        out.body = request.body;
    } else {
        return refused(404);
    }
    out.fields.push_back({std::string{hop_id_field}, to_hex(id)});
    return out;
}

HttpResponse filtered(const HttpResponse& response) {
    constexpr std::array<std::string_view, 4> types{response_media_type, chunked_response_media_type,
                                                    keys_media_type, "application/problem+json"};
    HttpResponse out{.status = response.status};
    if (out.status < 200 || out.status > 599) return refused(502);
    const std::string type = media_type(response.fields);
    if (std::ranges::find(types, type) != types.end()) {
        out.fields.push_back({"content-type", type});
        if (type == chunked_response_media_type) out.fields.push_back({std::string{incremental}, "?1"});
        out.body = response.body;
    }
    out.fields.push_back({"cache-control", "no-store"});
    return out;
}

}  // namespace assay::ohttp
