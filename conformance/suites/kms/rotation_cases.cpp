// Keys over time: published, in grace, gone; and time that only goes forward.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/cases.hpp"
#include "conformance/suites/kms/published.hpp"

namespace assay::conformance::key_release {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr hours interval{24}, grace{6};

PublishedKey the_one_published(Scene& scene) {
    const auto keys = published(scene);
    scene.trial().expect(keys.size() == 1, "not-one", "exactly one key of a group is published",
                         fmt::format("{} are", keys.size()));
    return keys.front();
}

void expect_released(Scene& scene, const std::string& kid) { (void)scene.unwrapped(scene.release(kid)); }

/// What holds at one second before an edge, at it, and one second after it.
void around(Scene& scene, Instant edge, const std::function<void(bool)>& judge) {
    for (const int offset : {-1, 0, 1}) {
        scene.set_clock(edge + seconds{offset});
        judge(offset >= 0);
    }
}

void end_of_interval(Scene& scene) {
    scene.provide_group("x25519", interval, grace);
    const std::string first = the_one_published(scene).kid;
    around(scene, scene.now() + interval, [&](bool over) {
        const std::string kid = the_one_published(scene).kid;
        scene.trial().expect((kid == first) != over, "publication",
                             over ? "the next key is published" : "the first key is still published",
                             "it is " + kid);
        expect_released(scene, first);
    });
}

void end_of_grace(Scene& scene) {
    scene.provide_group("x25519", interval, grace);
    const std::string first = the_one_published(scene).kid;
    around(scene, scene.now() + interval + grace, [&](bool over) {
        if (over)
            scene.expect_refusal(scene.release(first), 410, "expired");
        else
            expect_released(scene, first);
    });
}

void rotated_by_hand(Scene& scene) {
    scene.provide_group("x25519", interval, grace);
    const PublishedKey first = the_one_published(scene);
    scene.pass(hours{1});
    scene.trial().need(scene.port().rotate("prompt"), "a rotation");
    const PublishedKey second = the_one_published(scene);
    scene.trial().expect(second.kid != first.kid && second.key_id != first.key_id, "not-rotated",
                         "the next key has another name and key id", second.kid);
    scene.trial().expect(!equal(second.public_key, first.public_key), "same-key",
                         "the next key is another one", "it is the same");
    expect_released(scene, first.kid);
    expect_released(scene, second.kid);
    scene.pass(grace);
    scene.expect_refusal(scene.release(first.kid), 410, "expired");
    expect_released(scene, second.kid);
}

void clock_goes_back(Scene& scene) {
    scene.provide_group("x25519", interval, grace);
    const std::string first = the_one_published(scene).kid;
    const Instant made = scene.now();
    scene.set_clock(made + interval + grace);
    scene.expect_refusal(scene.release(first), 410, "expired");
    Ask ask = scene.ask(first);
    scene.trial().need(scene.port().set_clock(made), "the clock");
    scene.expect_refusal(scene.send(ask), 410, "expired");
    scene.trial().expect(the_one_published(scene).kid != first, "state-went-back",
                         "the key stays unpublished when the clock goes back", "it is published again");
}

void clock_goes_back_over_a_restart(Scene& scene) {
    scene.provide_group("x25519", interval, grace);
    const std::string first = the_one_published(scene).kid;
    const Instant made = scene.now();
    scene.set_clock(made + interval);
    const std::string second = the_one_published(scene).kid;
    scene.trial().need(scene.port().set_clock(made), "the clock");
    scene.trial().need(scene.port().restart(), "a restart");
    scene.expect_same("the published key", second, the_one_published(scene).kid);
    scene.trial().expect(second != first, "not-rotated", "the interval was over",
                         "the first key was published");
}

void revoked(Scene& scene) {
    scene.provide_group("x25519", interval, grace);
    const std::string first = the_one_published(scene).kid;
    scene.trial().need(scene.port().revoke(first), "revocation");
    scene.expect_refusal(scene.release(first), 403, "revoked");
    for (const PublishedKey& key : published(scene))
        scene.trial().expect(key.kid != first, "published", "a revoked key is not published", key.kid);
    scene.set_clock(scene.now() + interval + grace);
    scene.expect_refusal(scene.release(first), 403, "revoked");
}

void ids_come_back_late(Scene& scene) {
    constexpr int ids = 90;
    scene.provide_group("x25519", interval, grace);
    std::set<unsigned> seen{the_one_published(scene).key_id};
    for (int i = 1; i < ids; ++i) {
        scene.pass(seconds{60});
        scene.trial().need(scene.port().rotate("prompt"), "a rotation");
        const unsigned id = the_one_published(scene).key_id;
        scene.trial().expect(seen.insert(id).second, "id-reused",
                             "no key id is used while its key is not erased",
                             fmt::format("{} came twice", id));
    }
    const auto again = scene.port().rotate("prompt");
    scene.trial().expect(!again && again.error().kind == PortError::Kind::refused, "id-reused",
                         "a rotation that would use an id of a key that is not erased is refused",
                         "the key was made");
}

void survives_a_restart(Scene& scene) {
    scene.provide_group("p384", interval, grace);
    const Bytes key = scene.provide("model");
    const PublishedKey before = the_one_published(scene);
    const Bytes released = scene.unwrapped(scene.release(before.kid));
    scene.trial().need(scene.port().restart(), "a restart");
    const PublishedKey after = the_one_published(scene);
    scene.trial().expect(equal(before.config, after.config) && before.receipt == after.receipt, "changed",
                         "the same configuration with the same receipt is published", "another one is");
    scene.trial().expect(equal(scene.unwrapped(scene.release(before.kid)), released), "changed",
                         "the same key is released", "another one is");
    scene.expect_key(scene.release("model"), key);
}

}  // namespace

std::vector<Case> rotation_cases() {
    const auto groups = [](std::initializer_list<const char*> more) {
        auto out = with(more);
        out.emplace_back("groups");
        return out;
    };
    return {
        make_case("rotation.interval",
                  "A key is published to the second in which its interval ends, and released on",
                  {"KMS-ROT-001"}, groups({}), end_of_interval),
        make_case("rotation.grace", "A key in grace is released to the second in which its grace ends",
                  {"KMS-ROT-001", "KMS-ROT-002", "KMS-REL-007"}, groups({}), end_of_grace),
        make_case("rotation.by-hand", "A rotation publishes the next key and sends the last one into grace",
                  {"KMS-ROT-001"}, groups({}), rotated_by_hand),
        make_case("rotation.clock-back", "A key does not come back when the clock goes back", {"KMS-ROT-003"},
                  groups({}), clock_goes_back),
        make_case("rotation.clock-back-restart", "Nor when the service restarts with a clock that went back",
                  {"KMS-ROT-003"}, groups({"restart"}), clock_goes_back_over_a_restart),
        make_case("rotation.revoked", "A revoked key is neither published nor released, ever",
                  {"KMS-REL-007", "KMS-ROT-003"}, groups({"revocation"}), revoked),
        make_case("rotation.key-ids", "A key id is not used again before its key is erased", {"KMS-ROT-004"},
                  groups({}), ids_come_back_late),
        make_case("rotation.restart", "Keys, configurations and receipts outlive a restart", {"KMS-ROT-005"},
                  groups({"restart"}), survives_a_restart),
    };
}

}  // namespace assay::conformance::key_release
