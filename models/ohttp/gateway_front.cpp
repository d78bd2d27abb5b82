#include "models/ohttp/gateway_front.hpp"

#include <algorithm>
#include <stdexcept>

namespace assay::ohttp {

HttpResponse GatewayFront::refuse(Refused refused) {
    ++refused_;
    last_code_ = refused.code;
    last_where_ = std::move(refused.where);
    return std::move(refused.answer);
}

std::optional<HttpResponse> GatewayFront::begin(const HttpRequest& request) {
    if (opened_) throw std::logic_error("ohttp: a request while another one is open");
    last_code_ = {};
    last_where_.clear();
    if (request.target == policy_.keys_target) {
        if (request.method != "GET")
            return refuse({.answer = {.status = 405}, .code = "E_HPKE_PARSE", .where = "method"});
        if (!gateway_.ready())
            return refuse({.answer = {.status = 503}, .code = "E_KEY_UNKNOWN", .where = "no key"});
        return HttpResponse{
            .status = 200,
            .fields = {{"content-type", std::string{keys_media_type}}, {"cache-control", "no-store"}},
            .body = gateway_.key_list()};
    }
    if (request.target != policy_.target)
        return refuse({.answer = {.status = 404}, .code = "E_TARGET_DENIED", .where = "target"});
    if (request.body.size() > policy_.max_body)
        return refuse({.answer = {.status = 413}, .code = "E_LIMIT", .where = "body"});
    auto opened = gateway_.open(request, workspace_.request);
    if (!opened) return refuse(opened.error());
    opened_ = *std::move(opened);
    return {};
}

HttpResponse GatewayFront::finish(Resource& resource) {
    if (!opened_) throw std::logic_error("ohttp: no request is open");
    const bhttp::Response response = resource.answer(opened_->request, workspace_.content);
    HttpResponse out = gateway_.seal(opened_->context, response, workspace_.response);
    opened_.reset();
    for (const auto area : {workspace_.request, workspace_.content, workspace_.response})
        std::ranges::fill(area, std::uint8_t{0});
    ++served_;
    return out;
}

}  // namespace assay::ohttp
