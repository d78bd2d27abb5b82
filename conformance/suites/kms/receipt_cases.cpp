// What clients get: key configurations, each with a receipt that is of this key and no other.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/cases.hpp"
#include "conformance/suites/kms/published.hpp"

namespace assay::conformance::key_release {
namespace {

using std::chrono::hours;

void make_group(Scene& scene, const std::string& kem = "x25519") {
    scene.provide_group(kem, hours{24}, hours{6});
}

void expect_receipt(Scene& scene, const PublishedKey& key) {
    const Bytes service = scene.trial().need(scene.port().service_certificate(), "the service certificate");
    const std::string fault = receipt_fault(key.receipt, service, key.config, scene.now());
    scene.trial().expect(fault.empty(), "receipt-invalid",
                         "the receipt is of this key, by the pinned service", fault);
}

void valid(Scene& scene) {
    make_group(scene);
    for (const PublishedKey& key : published(scene)) expect_receipt(scene, key);
}

/// The ledger grows; later receipts have longer proofs.
void of_every_key(Scene& scene) {
    make_group(scene);
    for (int i = 0; i < 8; ++i) {
        const auto keys = published(scene);
        scene.trial().expect(keys.size() == 1, "not-one", "one key is published",
                             fmt::format("{}", keys.size()));
        expect_receipt(scene, keys.front());
        scene.pass(std::chrono::seconds{60});
        scene.trial().need(scene.port().rotate("prompt"), "a rotation");
    }
}

void of_no_other_key(Scene& scene) {
    make_group(scene);
    const PublishedKey first = published(scene).at(0);
    scene.trial().need(scene.port().rotate("prompt"), "a rotation");
    const PublishedKey second = published(scene).at(0);
    const Bytes service = scene.trial().need(scene.port().service_certificate(), "the service certificate");
    scene.trial().expect(!receipt_fault(first.receipt, service, second.config, scene.now()).empty() &&
                             !receipt_fault(second.receipt, service, first.config, scene.now()).empty(),
                         "receipt-of-another", "the receipt of one key is not that of the next", "it is");
    Bytes changed = second.config;
    changed.back() ^= 1;
    scene.trial().expect(!receipt_fault(second.receipt, service, changed, scene.now()).empty(), "not-bound",
                         "the receipt binds the last byte of the configuration", "it does not");
    expect_receipt(scene, second);
}

void not_before_its_receipt(Scene& scene) {
    scene.trial().need(scene.port().hold_receipts(true), "holding receipts");
    make_group(scene);
    expect_none_published(scene);
    scene.expect_pending(scene.release("prompt-10"));
    scene.trial().need(scene.port().commit_receipts(), "receipts");
    const PublishedKey key = published(scene).at(0);
    expect_receipt(scene, key);
    (void)scene.unwrapped(scene.release(key.kid));
}

/// The private half that is released belongs to the configuration that clients seal to.
void private_half(Scene& scene, const std::string& kem) {
    make_group(scene, kem);
    const PublishedKey key = published(scene).at(0);
    const HttpResponse answer = scene.release(key.kid);
    const Bytes payload = scene.unwrapped(answer);
    const bool p384 = kem == "p384";
    // The key map of the sheet: A3 04 <id> 20 02 23 5830 <d>; an id below 24 takes one byte.
    const Bytes head{0xA3, 0x04, key.key_id, 0x20, 0x02, 0x23, 0x58, 0x30};
    const bool formed =
        p384 ? payload.size() == head.size() + 48 && equal(ByteView{payload}.first(head.size()), head)
             : payload.size() == 32;
    scene.trial().expect(
        formed, "form",
        p384 ? "the key comes as a CBOR key map with its key id" : "the key comes as 32 bytes",
        "it does not");
    scene.expect_same("format", p384 ? "cbor-key" : "raw",
                      scene.document(answer).value("format", std::string{"absent"}));
    const auto scalar = crypto::PrivateKey::from_scalar(
        scene.trial().crypto(), p384 ? crypto::KeyType::p384 : crypto::KeyType::x25519,
        ByteView{payload}.subspan(p384 ? head.size() : 0));
    scene.trial().expect(scalar && equal(scalar->public_key().point(), key.public_key), "another-key",
                         "the released key is the private half of the published configuration", "it is not");
}

void list_form(Scene& scene) {
    make_group(scene);
    const PublishedKey key = published(scene).at(0);
    const HttpResponse answer = scene.get("/v1/ohttp-keys");
    const auto* const type = find_field(answer.fields, "content-type");
    scene.trial().expect(answer.status == 200 && type != nullptr && *type == "application/ohttp-keys", "form",
                         "GET /v1/ohttp-keys gives application/ohttp-keys", fmt::format("{}", answer.status));
    Bytes expected;
    append(expected, store(static_cast<std::uint16_t>(key.config.size()), std::endian::big));
    append(expected, key.config);
    scene.trial().expect(equal(answer.body, expected), "differs",
                         "the list is the published configuration after its length", to_hex(answer.body));
}

void receipt_by_id(Scene& scene) {
    make_group(scene);
    const PublishedKey key = published(scene).at(0);
    const auto evidence =
        nlohmann::json::parse(key.receipt)["leaf_components"]["commit_evidence"].get<std::string>();
    const std::string id = evidence.substr(3, evidence.rfind(':') - 3);
    const HttpResponse answer = scene.get("/v1/receipts/" + id);
    scene.trial().expect(answer.status == 200 && as_text(answer.body) == key.receipt, "differs",
                         "GET /v1/receipts/{id} gives the receipt of that transaction",
                         fmt::format("{}", answer.status));
    scene.trial().expect(scene.get("/v1/receipts/2.999999").status == 404, "found",
                         "a receipt that there is none of is not found", "it is");
}

}  // namespace

std::vector<Case> receipt_cases() {
    const auto needs = [](std::initializer_list<const char*> more = {}) {
        auto out = with(more);
        out.emplace_back("certificate");
        out.emplace_back("groups");
        return out;
    };
    return {
        make_case("receipt.valid", "A published key has a receipt by the pinned service",
                  {"KMS-RCPT-001", "KMS-RCPT-002"}, needs(), valid),
        make_case("receipt.every-key", "Receipts hold while the ledger grows",
                  {"KMS-RCPT-001", "KMS-RCPT-002"}, needs(), of_every_key),
        make_case("receipt.own-key", "A receipt is of one key and no other", {"KMS-RCPT-003"}, needs(),
                  of_no_other_key),
        make_case("receipt.pending", "A key is neither published nor released before its receipt",
                  {"KMS-RCPT-004", "KMS-REL-010"}, needs({"receipts"}), not_before_its_receipt),
        make_case("receipt.private-half-x25519",
                  "The released X25519 key is the private half of the published one", {"KMS-PUB-001"},
                  needs(), [](Scene& scene) { private_half(scene, "x25519"); }),
        make_case("receipt.private-half-p384",
                  "The released P-384 key is the private half of the published one", {"KMS-PUB-001"}, needs(),
                  [](Scene& scene) { private_half(scene, "p384"); }),
        make_case("receipt.list", "The list for OHTTP clients holds the published configuration",
                  {"KMS-PUB-002"}, needs(), list_form),
        make_case("receipt.by-id", "A receipt is found by its transaction", {"KMS-RCPT-001"}, needs(),
                  receipt_by_id),
    };
}

}  // namespace assay::conformance::key_release
