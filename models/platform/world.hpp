// The cores of one scenario, made anew at each power-on: nothing of an earlier one can be left in them. What
// is elaborated once, and so outlives them, is the Machine.
#pragma once
#include "models/platform/client.hpp"
#include "models/platform/guest.hpp"
#include "models/platform/outside.hpp"
#include "models/platform/reference_platform.hpp"
#include "models/tpm/crb_module.hpp"
#include "sim/labels/controls.hpp"

namespace assay::platform {

/// The TPM's milliseconds are the scenario's.
class ScenarioTime final : public tpm::TimeSource {
public:
    explicit ScenarioTime(const Recorder& recorder) : recorder_(recorder) {}
    std::chrono::milliseconds now() const override {
        constexpr std::uint64_t ps_per_ms = 1'000'000'000;
        return std::chrono::milliseconds{recorder_.now_ps() / ps_per_ms};
    }

private:
    const Recorder& recorder_;
};

/// A user's clock is its own.
class ClientClock final : public Clock {
public:
    explicit ClientClock(const Scene& scene) : scene_(scene) {}
    Instant now() const override { return scene_.clock.now() + scene_.tampering.client_clock; }

private:
    const Scene& scene_;
};

/// What is the same for all scenarios of a platform.
struct Setting {
    const Deployment& deployment;
    const TrustBase& trust;
    ByteView seed;
    labels::Registry& registry;
    Recorder& recorder;
    const kernel::TimingProfile& times;
    const Clock* prompt_clock;
};

/// What is known of the prompt that is on its way.
struct Request {
    const Prompt* known = nullptr;
    Answer answer{};
    bool at_balancer = false, at_vm = false;
    std::optional<Refusal> inside{};  // why the VM refused it
};

struct World {
    World(const Setting& setting, const Tampering& tampering)
        : scene{setting.recorder, setting.times, tampering},
          tpm_random(setting.seed, "vtpm"),
          tpm_time(setting.recorder),
          vtpm({.max_command_size = tpm::CrbModule::data_buffer_size,
                .registry = &setting.registry,
                .store_name = "vtpm"},
               tpm_random, tpm_time),
          vendor(setting.seed),
          processor(vendor, setting.seed),
          guest(setting.deployment, setting.seed, processor, setting.registry, at_prompt_clock(setting)),
          outside(setting.deployment, setting.trust, setting.seed, scene.clock),
          client_random(setting.seed, "client"),
          client_context(client_random),
          client_clock(scene),
          client_keys({outside.token_key(), outside.token_key_id(), outside.kms_certificate(),
                       crypto::digest(crypto::Hash::sha256, {setting.deployment.runtime_policy})},
                      client_clock),
          relay_random(setting.seed, "relay"),
          balancer_random(setting.seed, "balancer") {}

    Scene scene;
    crypto::Drbg tpm_random;
    ScenarioTime tpm_time;
    tpm::Engine vtpm;
    cvm::SnpVendor vendor;  // its signatures draw randomness: of this scenario alone
    cvm::SecureProcessor processor;
    Guest guest;
    Outside outside;
    crypto::Drbg client_random;
    crypto::Context client_context;
    ClientClock client_clock;
    AttestedKeys client_keys;
    crypto::Drbg relay_random, balancer_random;

    std::optional<Stage> reached{Stage::power_on};
    std::optional<Refusal> refused{};
    std::string token{};  // of the last attestation
    bool client_ready = false;
    Request request{};
    std::optional<labels::ContentOracle> content{};  // forms of the last prompt
    std::vector<ObservedId> ids{};
    std::optional<labels::Plant> planted{};  // before the stores go

private:
    Scene& at_prompt_clock(const Setting& setting) {
        scene.other_prompt_clock = setting.prompt_clock;
        return scene;
    }
};

}  // namespace assay::platform
