// The suite kms on the model, on a service that says yes to everything, and on services that are wrong in one
// way.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/suite.hpp"
#include "conformance/suites/test_trial.hpp"
#include "conformance/targets/model_kms.hpp"

namespace assay::conformance {
namespace {

using nlohmann::json;

Bytes bytes_of(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

/// Everything is passed on: a wrong service changes one thing.
class PassingOn : public KmsPort {
public:
    explicit PassingOn(std::unique_ptr<KmsPort> inner) : inner_(std::move(inner)) {}
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    Result<HttpResponse, PortError> send(const HttpRequest& request) override {
        return inner_->send(request);
    }
    Result<Nothing, PortError> trust_issuer(std::string_view url, std::string_view kid,
                                            ByteView spki) override {
        return inner_->trust_issuer(url, kid, spki);
    }
    Result<Nothing, PortError> admit_caller(std::string_view id, std::string_view credential,
                                            bool administrator,
                                            const std::vector<std::string>& keys) override {
        return inner_->admit_caller(id, credential, administrator, keys);
    }
    Result<Nothing, PortError> set_clock(Instant now) override { return inner_->set_clock(now); }
    Result<Nothing, PortError> import_key(const KmsKey& key) override { return inner_->import_key(key); }
    Result<Nothing, PortError> create_group(const KmsGroup& group) override {
        return inner_->create_group(group);
    }
    Result<Nothing, PortError> rotate(std::string_view group) override { return inner_->rotate(group); }
    Result<Nothing, PortError> revoke(std::string_view kid) override { return inner_->revoke(kid); }
    Result<Nothing, PortError> hold_receipts(bool held) override { return inner_->hold_receipts(held); }
    Result<Nothing, PortError> commit_receipts() override { return inner_->commit_receipts(); }
    Result<Bytes, PortError> service_certificate() override { return inner_->service_certificate(); }
    Result<std::vector<KmsDecision>, PortError> audit() override { return inner_->audit(); }
    Result<Nothing, PortError> restart() override { return inner_->restart(); }
    Result<Bytes, PortError> storage() override { return inner_->storage(); }

protected:
    std::unique_ptr<KmsPort> inner_;
};

class KmsYesMan final : public KmsPort {
public:
    std::set<std::string> capabilities() const override { return {}; }
    Result<HttpResponse, PortError> send(const HttpRequest& request) override {
        HttpResponse out{200, {{"content-type", "application/json"}, {"retry-after", "3"}}, {}};
        out.body = bytes_of(json{{"nonce", to_base64url(Bytes(32, 1))},
                                 {"kid", "model"},
                                 {"enc", "RSA-OAEP-256"},
                                 {"wrapped", to_base64url(Bytes(256, 1))}}
                                .dump());
        if (request.target == "/v1/keys") out.body = bytes_of("[]");
        return out;
    }
    Result<Nothing, PortError> trust_issuer(std::string_view, std::string_view, ByteView) override {
        return Nothing{};
    }
    Result<Nothing, PortError> admit_caller(std::string_view, std::string_view, bool,
                                            const std::vector<std::string>&) override {
        return Nothing{};
    }
    Result<Nothing, PortError> set_clock(Instant) override { return Nothing{}; }
    Result<Nothing, PortError> import_key(const KmsKey&) override { return Nothing{}; }
    Result<Nothing, PortError> create_group(const KmsGroup&) override { return Nothing{}; }
    Result<Nothing, PortError> rotate(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> revoke(std::string_view) override { return Nothing{}; }
    Result<Nothing, PortError> hold_receipts(bool) override { return Nothing{}; }
    Result<Nothing, PortError> commit_receipts() override { return Nothing{}; }
    Result<Bytes, PortError> service_certificate() override { return Bytes{}; }
    Result<std::vector<KmsDecision>, PortError> audit() override {
        return std::vector<KmsDecision>{{"gateway-1", "model", "released", "", 200, "yes"}};
    }
    Result<Nothing, PortError> restart() override { return Nothing{}; }
    Result<Bytes, PortError> storage() override { return Bytes{}; }
};

/// One defect: what happens to requests on their way in and to answers on their way out.
struct Defect {
    std::string_view name;
    std::function<void(HttpRequest&)> on_request;
    std::function<void(const HttpRequest&, HttpResponse&)> on_answer;
    std::vector<std::string_view> caught_by;  // each of these cases fails
};

class Defective final : public PassingOn {
public:
    Defective(std::uint64_t seed, const Defect& defect) : PassingOn(make_model_kms(seed)), defect_(defect) {}
    Result<HttpResponse, PortError> send(const HttpRequest& request) override {
        HttpRequest changed = request;
        if (defect_.on_request) defect_.on_request(changed);
        auto answer = inner_->send(changed);
        if (answer && defect_.on_answer) defect_.on_answer(request, *answer);
        return answer;
    }

private:
    const Defect& defect_;
};

Target target_of(std::function<std::unique_ptr<KmsPort>(std::uint64_t)> make) {
    const auto capabilities = make_model_kms(1)->capabilities();
    return {.id = "kms",
            .uri = "test:kms",
            .kind = "software",
            .port = PortKind::kms,
            .vendor = {},
            .product = {},
            .version = {},
            .capabilities = {capabilities.begin(), capabilities.end()},
            .artifacts = {},
            .open = [make = std::move(make)](std::uint64_t seed) {
                return AnyPort{make(seed)};
            }};
}

const Suite& the_suite() {
    static const Suite suite = kms_suite();
    return suite;
}

void edit_body(HttpResponse& answer, const std::function<void(json&)>& edit) {
    json body = json::parse(as_text(answer.body), nullptr, false);
    if (!body.is_object()) return;
    edit(body);
    answer.body = bytes_of(body.dump());
}
void edit_body(HttpRequest& request, const std::function<void(json&)>& edit) {
    json body = json::parse(as_text(request.body), nullptr, false);
    if (!body.is_object()) return;
    edit(body);
    request.body = bytes_of(body.dump());
}

BOOST_AUTO_TEST_CASE(the_model_passes_every_case) {
    const Target model = target_of([](std::uint64_t seed) { return make_model_kms(seed); });
    std::size_t passed = 0;
    for (const Case& one : the_suite().cases) {
        const CaseEnd end = judge(one, model);
        const bool held = end.verdict == Verdict::pass ||
                          (end.verdict == Verdict::not_tested && end.reason == NotTested::missing_data);
        BOOST_TEST(held, one.id << ": " << end.failure.summary << " / " << end.failure.actual);
        passed += end.verdict == Verdict::pass ? 1 : 0;
    }
    BOOST_TEST(passed > 150U);
}

BOOST_AUTO_TEST_CASE(a_service_that_says_yes_to_everything_passes_no_case) {
    const Target yes = target_of([](std::uint64_t) { return std::make_unique<KmsYesMan>(); });
    for (const Case& one : the_suite().cases) BOOST_TEST((judge(one, yes).verdict != Verdict::pass), one.id);
}

BOOST_AUTO_TEST_CASE(every_wrong_service_fails_the_cases_that_are_about_it) {
    const std::vector<Defect> defects{
        {"a refusal repeats the request",
         {},
         [](const HttpRequest& request, HttpResponse& answer) {
             if (answer.status >= 400)
                 edit_body(answer, [&](json& body) { body["title"] = as_text(request.body); });
         },
         {"kms.row-05.signature", "kms.row-08.gpu-count", "kms.row-02.key-of-another"}},
        {"a missing key is told",
         {},
         [](const HttpRequest& request, HttpResponse& answer) {
             if (request.target != "/v1/keys/missing/release") return;
             answer.status = 404;
             edit_body(answer, [](json& body) {
                 body = {{"type", "t"}, {"title", "t"}, {"status", 404}, {"code", "not-found"}};
             });
         },
         {"kms.row-06.key-missing", "kms.record.existence", "kms.order.06-before-09"}},
        {"an unknown member is ignored",
         [](HttpRequest& request) { edit_body(request, [](json& body) { body.erase("wrapping_key"); }); },
         {},
         {"kms.row-01.wrapping-key-beside-the-token"}},
        {"duplicate members: the last one wins",
         [](HttpRequest& request) { edit_body(request, [](json&) {}); },
         {},
         {"kms.row-01.member-twice", "kms.row-01.member-twice-escaped"}},
        {"the media type does not matter",
         [](HttpRequest& request) {
             if (request.method == "POST") set_field(request.fields, "content-type", "application/json");
         },
         {},
         {"kms.row-01.media-type", "kms.row-01.media-type-missing", "kms.nonce.earlier-checks"}},
        {"receipts of another key",
         {},
         [](const HttpRequest& request, HttpResponse& answer) {
             if (request.target != "/v1/keys") return;
             json list = json::parse(as_text(answer.body), nullptr, false);
             for (json& entry : list) {
                 auto text = entry["publicKey"].get<std::string>();
                 text[10] = text[10] == '0' ? '1' : '0';
                 entry["publicKey"] = text;
             }
             answer.body = bytes_of(list.dump());
         },
         {"kms.receipt.valid", "kms.receipt.every-key", "kms.receipt.private-half-p384"}},
        {"enc is told wrong",
         {},
         [](const HttpRequest&, HttpResponse& answer) {
             edit_body(answer, [](json& body) {
                 if (body.value("enc", "") == "RSA_AES_KEY_WRAP_384") body["enc"] = "RSA_AES_KEY_WRAP_256";
             });
         },
         {"kms.wrapping.aes-384"}},
        {"202 without Retry-After",
         {},
         [](const HttpRequest&, HttpResponse& answer) { remove_fields(answer.fields, "retry-after"); },
         {"kms.row-10.receipt", "kms.receipt.pending"}},
        {"OHTTP keys without lengths",
         {},
         [](const HttpRequest& request, HttpResponse& answer) {
             if (request.target == "/v1/ohttp-keys")
                 answer.body.erase(answer.body.begin(), answer.body.begin() + 2);
         },
         {"kms.receipt.list"}},
    };
    for (const Defect& defect : defects) {
        const Target wrong =
            target_of([&defect](std::uint64_t seed) { return std::make_unique<Defective>(seed, defect); });
        for (const std::string_view id : defect.caught_by) {
            const auto found = std::ranges::find(the_suite().cases, id, &Case::id);
            BOOST_TEST_REQUIRE((found != the_suite().cases.end()), id);
            BOOST_TEST((judge(*found, wrong).verdict == Verdict::fail), defect.name << " passes " << id);
        }
    }
}

}  // namespace
}  // namespace assay::conformance
