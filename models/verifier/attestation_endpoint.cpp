#include "models/verifier/attestation_endpoint.hpp"

#include <nlohmann/json.hpp>

namespace assay::verifier {
namespace {

using nlohmann::json;

constexpr std::size_t shortest_nonce = 8, longest_nonce = 64;
constexpr std::string_view nonce_parameter = "nonce=";

HttpResponse json_answer(unsigned status, const json& body) {
    const std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);
    const ByteView bytes = as_bytes(text);
    return {status,
            {{"content-type", "application/json"}, {"cache-control", "no-store"}},
            {bytes.begin(), bytes.end()}};
}

HttpResponse refusal(unsigned status, std::string_view code, const std::string& what) {
    return json_answer(status, {{"code", code}, {"refusals", {{{"code", code}, {"text", what}}}}});
}

HttpResponse refusal(const std::vector<Finding>& findings) {
    constexpr unsigned forbidden = 403;
    json all = json::array();
    for (const Finding& finding : findings)
        all.push_back({{"code", finding.reason}, {"text", finding.text()}});
    return json_answer(forbidden, {{"code", findings.front().reason}, {"refusals", all}});
}

HttpResponse result(const AttestationResult& result) {
    return result.token ? json_answer(200, {{"token", *result.token}}) : refusal(result.refusals);
}

}  // namespace

struct AttestationEndpoint::Resource {
    std::string_view method, path;
    bool takes_nonce;
    HttpResponse (AttestationEndpoint::*answer)(ByteView nonce, const HttpRequest& request);
};

std::span<const AttestationEndpoint::Resource> AttestationEndpoint::resources() {
    using E = AttestationEndpoint;
    static constexpr std::array table{
        Resource{"POST", "/v1/challenge", false, &E::challenge},
        Resource{"POST", "/v1/attest", true, &E::attest},
        Resource{"POST", "/v1/appraise", true, &E::appraise},
        Resource{"GET", "/v1/keys", false, &E::keys},
    };
    return table;
}

HttpResponse AttestationEndpoint::handle(const HttpRequest& request) {
    constexpr unsigned bad_request = 400, not_found = 404, method = 405, too_large = 413, media = 415;
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    const auto row = std::ranges::find(resources(), target.substr(0, mark), &Resource::path);
    if (row == resources().end()) return refusal(not_found, "E_SCHEMA", "no such resource");
    if (row->method != request.method)
        return refusal(method, "E_SCHEMA", "expected " + std::string{row->method});
    if (request.body.size() > max_evidence)
        return refusal(too_large, "E_LIMIT",
                       "a body of more than " + std::to_string(max_evidence) + " bytes");
    if (!row->takes_nonce) return (this->*row->answer)({}, request);

    if (media_type(request.fields) != "application/json")
        return refusal(media, "E_SCHEMA", "expected application/json");
    std::string_view query = target.substr(std::min(mark + 1, target.size()));
    std::optional<Bytes> nonce;
    if (query.starts_with(nonce_parameter)) nonce = from_base64url(query.substr(nonce_parameter.size()));
    if (!nonce || nonce->size() < shortest_nonce || nonce->size() > longest_nonce)
        return refusal(bad_request, "E_SCHEMA", "expected ?nonce= and 8 to 64 bytes as base64url");
    return (this->*row->answer)(*nonce, request);
}

HttpResponse AttestationEndpoint::challenge(ByteView, const HttpRequest&) {
    constexpr unsigned too_many = 429;
    const Instant now = clock_.now();
    const auto nonce = service_.challenge(now);
    if (!nonce) return refusal(too_many, nonce.error().reason, nonce.error().text());
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(service_.expiry(now) - now);
    return json_answer(200, {{"nonce", to_base64url(*nonce)}, {"expires_in", left.count()}});
}

HttpResponse AttestationEndpoint::attest(ByteView nonce, const HttpRequest& request) {
    return result(service_.attest(nonce, request.body, clock_.now()));
}

HttpResponse AttestationEndpoint::appraise(ByteView nonce, const HttpRequest& request) {
    return result(service_.appraise(nonce, request.body, clock_.now()));
}

HttpResponse AttestationEndpoint::keys(ByteView, const HttpRequest&) {
    const Bytes point = key_.point();  // 04 || x || y
    const std::size_t size = point.size() / 2;
    const ByteView x = ByteView{point}.subspan(1, size), y = ByteView{point}.subspan(1 + size);
    return json_answer(200, {{"keys",
                              {{{"kty", "EC"},
                                {"crv", "P-384"},
                                {"kid", key_id_},
                                {"use", "sig"},
                                {"alg", "ES384"},
                                {"x", to_base64url(x)},
                                {"y", to_base64url(y)}}}}});
}

HttpRequest AttestationEndpoint::appraisal_request(ByteView nonce, std::string_view evidence) {
    const ByteView bytes = as_bytes(evidence);
    return {"POST",
            "/v1/appraise?nonce=" + to_base64url(nonce),
            {{"content-type", "application/json"}},
            {bytes.begin(), bytes.end()}};
}

}  // namespace assay::verifier
