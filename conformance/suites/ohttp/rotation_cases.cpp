// Keys that come and go.
#include <algorithm>

#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

using std::chrono::seconds;

/// A request to the keys of before; the session's own stay what they were.
Sealed old_request(const Session& before) { return before.seal(before.request()); }

void within_grace(Session& before) {
    before.trial().need(before.port().rotate(seconds{60}), "a rotation");
    before.trial().need(before.port().advance(seconds{59}), "a later time");
    before.expect_served(before.exchange(old_request(before)));
    const Session after{before.trial()};
    after.expect_served(after.exchange(after.seal(after.request())));
}

void after_grace(Session& before) {
    before.trial().need(before.port().rotate(seconds{60}), "a rotation");
    before.expect_served(before.exchange(old_request(before)));
    before.trial().need(before.port().advance(seconds{61}), "a later time");
    before.expect_refused_outside(before.exchange(old_request(before)));
    const Session after{before.trial()};
    after.expect_served(after.exchange(after.seal(after.request())));
}

void sealed_before_revocation(Session& before) {
    const Sealed sealed = old_request(before);
    before.trial().need(before.port().rotate(seconds{0}), "a revocation");
    before.expect_refused_outside(before.exchange(sealed));
    const Session after{before.trial()};
    after.expect_served(after.exchange(after.seal(after.request())));
}

void nothing_comes_again(Session& before) {
    for (int i = 0; i < 3; ++i) {
        const Session old{before.trial()};
        before.trial().need(before.port().rotate(seconds{60}), "a rotation");
        const Session after{before.trial()};
        for (const Config& config : after.configs())
            for (const Session* earlier : {static_cast<const Session*>(&before), &old})
                for (const Config& one : earlier->configs())
                    before.trial().expect(one.id != config.id && !equal(one.public_key, config.public_key),
                                          "key-reused",
                                          "a rotation gives key ids and keys that were not there before",
                                          "key id " + std::to_string(config.id) + " was");
        after.expect_served(after.exchange(after.seal(after.request())));
    }
}

void replay_across_rotation(Session& before) {
    const Sealed sealed = old_request(before);
    before.expect_served(before.exchange(sealed));
    before.trial().need(before.port().rotate(seconds{60}), "a rotation");
    before.expect_refused(before.exchange(sealed));
}

}  // namespace

std::vector<Case> rotation_cases() {
    return {
        plain_case("rotation.grace", "A key that was replaced opens requests in its grace", {"OHTTP-ROT-001"},
                   within_grace, {"rotation", "clock"}),
        plain_case("rotation.expired", "A key opens nothing after its grace", {"OHTTP-ROT-002"}, after_grace,
                   {"rotation", "clock"}),
        plain_case("rotation.revoked", "A key that was revoked opens nothing, however early it was sealed",
                   {"OHTTP-ROT-002"}, sealed_before_revocation, {"rotation"}),
        plain_case("rotation.new", "A rotation gives key ids and keys that were not there before",
                   {"OHTTP-ROT-003"}, nothing_comes_again, {"rotation"}),
        plain_case("rotation.replay", "A rotation does not forget what was seen", {"OHTTP-RPL-001"},
                   replay_across_rotation, {"rotation"}),
    };
}

}  // namespace assay::conformance::oblivious
