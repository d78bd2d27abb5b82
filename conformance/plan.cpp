#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/digests.hpp"
#include "conformance/profile.hpp"
#include "conformance/run.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::conformance {

using nlohmann::json;

std::uint64_t case_seed(std::uint64_t campaign_seed, std::string_view case_id) {
    constexpr std::string_view domain{"assay-seed/v1\0", 14};
    const auto key = store(campaign_seed, std::endian::big);
    return load<std::uint64_t>(crypto::hmac(crypto::Hash::sha256, key, {as_bytes(domain), as_bytes(case_id)}),
                               std::endian::big);
}

json profile_reference(const Plan& plan) {
    json requirements = json::array();
    for (const Requirement& r : plan.catalogue->requirements)
        requirements.push_back({{"id", r.id}, {"level", name(r.level)}, {"text", r.text}});
    const json profile{{"id", plan.profile}, {"version", "1"}, {"requirements", std::move(requirements)}};
    return {{"id", plan.profile},
            {"version", profile.at("version")},
            {"digest", sha256_digest(as_bytes(profile.dump()))}};
}

std::vector<Plan::Pair> Plan::pairs() const {
    std::vector<Pair> out;
    for (const Suite& suite : catalogue->suites)
        for (const Case& test : suite.cases) {
            if (std::find(cases.begin(), cases.end(), &test) == cases.end()) continue;
            for (const Target& target : targets)
                if (target.port == suite.port) out.push_back({&suite, &test, &target});
        }
    std::sort(out.begin(), out.end(), [](const Pair& a, const Pair& b) {
        return std::tie(a.test->id, a.target->id) < std::tie(b.test->id, b.target->id);
    });
    return out;
}

json Plan::to_json() const {
    json planned = json::array();
    for (const Pair& pair : pairs())
        planned.push_back({{"id", pair.test->id},
                           {"target", pair.target->id},
                           {"seed", seed_text(case_seed(seed, pair.test->id))}});
    std::vector<const Target*> sorted;
    for (const Target& target : targets) sorted.push_back(&target);
    std::sort(sorted.begin(), sorted.end(), [](const Target* a, const Target* b) { return a->id < b->id; });
    json named = json::array();
    for (const Target* target : sorted) named.push_back({{"id", target->id}, {"uri", target->uri}});
    return {{"schema", "assay-plan/v1"},           {"id", "run"},
            {"profile", profile_reference(*this)}, {"seed", seed_text(seed)},
            {"targets", std::move(named)},         {"cases", std::move(planned)}};
}

std::string Plan::digest() const { return digest_without(to_json(), "sharding"); }

}  // namespace assay::conformance
