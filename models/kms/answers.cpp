// Answers of the key management service: JSON, problem documents, "come again".
#include <nlohmann/json.hpp>

#include "models/kms/key_service_parts.hpp"

namespace assay::kms {
namespace {

struct Title {
    std::string_view code, title;
};
constexpr std::array titles{
    Title{"caller", "The caller is not known, or may not do this"},
    Title{"evidence", "The evidence is not accepted"},
    Title{"exists", "The name is taken"},
    Title{"expired", "The key has expired"},
    Title{"immutable", "The release policy may not change"},
    Title{"internal", "The service failed"},
    Title{"key-id", "The next key id is not free yet"},
    Title{"malformed", "The request is malformed"},
    Title{"method", "The resource has no such method"},
    Title{"nonce", "The nonce is unknown, used or expired"},
    Title{"not-found", "There is no such resource"},
    Title{"pending", "The receipt is not there yet"},
    Title{"policy", "The release policy is not satisfied"},
    Title{"policy-invalid", "The release policy is not valid"},
    Title{"rate", "Too many requests"},
    Title{"revoked", "The key is revoked"},
    Title{"wrapping-key", "The wrapping key is not acceptable"},
};
static_assert(std::ranges::all_of(reason_table, [](const Reason& reason) {
    return std::ranges::find(titles, reason.code, &Title::code) != titles.end();
}));

}  // namespace

HttpResponse text_answer(unsigned status, std::string_view media_type, std::string_view body) {
    HttpResponse out;
    out.status = status;
    out.fields = {{"content-type", std::string{media_type}}, {"cache-control", "no-store"}};
    const ByteView bytes = as_bytes(body);
    out.body.assign(bytes.begin(), bytes.end());
    return out;
}

HttpResponse json_answer(unsigned status, const nlohmann::json& body) {
    return text_answer(status, "application/json", body.dump());
}

HttpResponse problem(const Reason* why, std::string_view pointer) {
    const auto* const title = std::ranges::find(titles, why->code, &Title::code);
    nlohmann::json body{{"type", "urn:assay:kms:" + std::string{why->code}},
                        {"title", title->title},
                        {"status", why->status},
                        {"code", why->code}};
    if (why->code == "policy-invalid" && !pointer.empty()) body["pointer"] = pointer;
    HttpResponse out = text_answer(why->status, "application/problem+json", body.dump());
    if (why->status == 401) set_field(out.fields, "www-authenticate", "Bearer");
    return out;
}

HttpResponse later() {
    HttpResponse out = json_answer(202, nlohmann::json::object());
    set_field(out.fields, "retry-after", "3");
    return out;
}

}  // namespace assay::kms
