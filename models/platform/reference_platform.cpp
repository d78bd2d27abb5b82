#include "models/platform/reference_platform.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/gpu/data_path.hpp"
#include "models/ohttp/balancer.hpp"
#include "models/ohttp/relay.hpp"
#include "models/platform/client.hpp"
#include "models/platform/gpu_platform.hpp"
#include "models/platform/guest.hpp"
#include "models/platform/outside.hpp"
#include "models/tpm/engine.hpp"
#include "reference_gpu/inference.hpp"
#include "sim/labels/controls.hpp"

namespace assay::embedded {
std::string_view reference_timing_profile();
}

namespace assay::platform {
namespace {

using nlohmann::json;

constexpr std::size_t client_room = 128 << 10;

kernel::TimingProfile timing() {
    auto profile = kernel::TimingProfile::from_json(embedded::reference_timing_profile());
    if (!profile) throw std::runtime_error("reference.json: " + profile.error());
    return *std::move(profile);
}

Bytes seed_bytes(std::uint64_t seed) {
    const auto raw = store(seed, std::endian::big);
    return {raw.begin(), raw.end()};
}

/// Memories of the GPU in which a model of this shape fits, with two requests at a time; at least the usual
/// ones.
gpu::DataPathSpec memories_for(const reference_gpu::Config& c) {
    constexpr std::size_t line = 64, value = sizeof(float);
    const auto at_least = [](std::size_t& size, std::size_t needed) {
        size = std::max(size, (needed + line - 1) / line * line);
    };
    gpu::DataPathSpec out;
    at_least(out.hbm.weights, gpu::image_header_size + reference_gpu::weight_count(c) * value);
    at_least(out.hbm.kv, out.hbm.contexts * 2 * c.layers * std::size_t{c.kv_dim()} * c.positions * value);
    at_least(out.hbm.shared, std::size_t{c.heads} * c.positions * value);
    const std::size_t rows = std::size_t{c.dim} * 6 + c.hidden * 2 + c.vocabulary;
    at_least(out.hbm.activations, 2 * (rows + std::size_t{c.positions} * c.head_size()) * value);
    return out;
}

/// What the operator allows: exactly what the deployment is.
verifier::CvmReferences references_of(const Deployment& deployment, const Published& gpu) {
    verifier::CvmReferences out;
    out.launch_measurements = {cvm::launch_digest(deployment.plan.paravisor, cvm::GuestLaunch{}.address)};
    const auto sha256 = [](ByteView bytes) {
        return crypto::digest(crypto::Hash::sha256, {bytes});
    };
    out.firmware_versions = {deployment.plan.firmware_version};
    out.firmware = {sha256(deployment.plan.firmware)};
    out.loaders = {sha256(deployment.plan.loader)};
    out.kernels = {sha256(deployment.plan.kernel)};
    out.command_lines = {cvm::command_line_form(deployment.plan.command_line)};
    out.verity_roots = {deployment.image_root};
    out.runtime_policies = {sha256(deployment.runtime_policy)};
    out.images = out.required_images = {deployment.manifest.digest};
    for (const auto& file : gpu.rims) out.gpu.rims.push_back({file.name, file.content});
    for (const auto& file : gpu.ocsp_responses) out.gpu.ocsp_responses.push_back({file.name, file.content});
    return out;
}

std::shared_ptr<const reference_gpu::Model> loaded(const Workload& files) {
    auto model = reference_gpu::load_model(files.model);
    if (!model) throw std::runtime_error("model: " + model.error().text());
    return std::make_shared<const reference_gpu::Model>(*std::move(model));
}
reference_gpu::Tokenizer words_of(const Workload& files, const reference_gpu::Model& model) {
    auto words = reference_gpu::Tokenizer::from_file(files.tokenizer, model.config.vocabulary);
    if (!words) throw std::runtime_error("tokenizer: " + words.error().text());
    return *std::move(words);
}

}  // namespace

struct ReferencePlatform::Parts {
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

    /// A worker's requests go to the driver of the data path.
    class DriverWork final : public GpuWork {
    public:
        DriverWork(gpu::DataPath& path, Scene& scene) : path_(path), scene_(scene) {}
        Result<std::size_t, labels::Refusal> run(const labels::Subject& subject,
                                                 const labels::LabelledStore& from, labels::Range prompt,
                                                 std::size_t limit, labels::LabelledStore& to,
                                                 std::size_t at) override {
            scene_.did("worker", "hands token ids to the GPU", "sealed, through the bounce buffer");
            auto made = path_.driver().run(subject, from, prompt, to, at, static_cast<unsigned>(limit));
            if (!made) return made;
            const gpu::Work& work = path_.last_work();
            scene_.did(
                "gpu", "runs the layers",
                std::to_string(labels::bucket(work.tokens.prefill + work.tokens.decode)) + " tokens at most");
            for (unsigned token = 0; token < work.tokens.prefill + work.tokens.decode; ++token)
                scene_.spend("gpu.token");
            return made;
        }

    private:
        gpu::DataPath& path_;
        Scene& scene_;
    };

    /// Everything of one scenario, made anew at each power-on: nothing of an earlier one can be left.
    struct World {
        World(Parts& parts, const Tampering& tampering)
            : p(parts),
              scene(scene_of(parts, tampering)),
              random(parts.seed, "platform"),
              registry(random, [&parts] { return parts.gpu.recorder().now_ps(); }),
              tpm_random(parts.seed, "vtpm"),
              tpm_time(parts.gpu.recorder()),
              vtpm(tpm::Config{}, tpm_random, tpm_time),
              vendor(parts.seed),
              processor(vendor, parts.seed),
              guest(
                  parts.deployment, parts.seed, processor,
                  [this](ByteView command) { return run_tpm(command); }, registry, scene),
              outside(parts.deployment, parts.trust, parts.seed, scene),
              data_path(registry, memories_for(parts.model->config)),
              client_random(parts.seed, "client"),
              client_context(client_random),
              client_clock(scene),
              keys({outside.token_key(), outside.token_key_id(), outside.kms_certificate(),
                    crypto::digest(crypto::Hash::sha256, {parts.deployment.runtime_policy})},
                   client_clock),
              client(client_context, client_clock, keys),
              relay_random(parts.seed, "relay"),
              balancer_random(parts.seed, "balancer"),
              relay(relay_random),
              balancer(balancer_random, 1) {
            guest.use(&gpu_work);
        }

        static Scene scene_of(Parts& parts, const Tampering& tampering) {
            Scene out{parts.gpu.recorder(), parts.times, tampering};
            out.other_prompt_clock = parts.prompt_clock;
            return out;
        }

        Bytes run_tpm(ByteView command) {
            scene.spend("tpm.command");
            return vtpm.execute(command);
        }

        /// A user's clock is its own.
        class ClientClock final : public Clock {
        public:
            explicit ClientClock(const Scene& scene) : scene_(scene) {}
            Instant now() const override { return scene_.clock.now() + scene_.tampering.client_clock; }

        private:
            const Scene& scene_;
        };

        Parts& p;
        Scene scene;
        crypto::Drbg random;
        labels::Registry registry;
        crypto::Drbg tpm_random;
        ScenarioTime tpm_time;
        tpm::Engine vtpm;
        cvm::SnpVendor vendor;  // its signatures draw randomness: of this scenario alone
        cvm::SecureProcessor processor;
        Guest guest;
        Outside outside;
        gpu::DataPath data_path;
        DriverWork gpu_work{data_path, scene};
        crypto::Drbg client_random;
        crypto::Context client_context;
        ClientClock client_clock;
        AttestedKeys keys;
        ohttp::Client client;
        crypto::Drbg relay_random, balancer_random;
        ohttp::Relay relay;
        ohttp::Balancer balancer;
        std::optional<labels::ContentOracle> content;  // forms of the last prompt
        std::string token, client_token;
        std::optional<Stage> reached{Stage::power_on};
        std::optional<Refusal> refused;
        bool client_ready = false;
        std::vector<ObservedId> ids;
        std::optional<labels::Plant> planted;  // before the stores go
    };

    Parts(ReferenceOptions options, std::uint64_t number)
        : seed(seed_bytes(number)),
          prompt_clock(options.prompt_clock),
          gpu(options.gpu_profile, number),
          deployment(options.workload ? *std::move(options.workload) : built_in_workload(), seed),
          model(loaded(deployment.workload)),
          words(words_of(deployment.workload, *model)) {
        const cvm::SnpVendor vendor{seed};
        const Published published = gpu.published();
        trust.anchors = {{vendor.ark()}, {vendor.ask()}, {published.device_roots, published.rim_roots}};
        trust.references = references_of(deployment, published);
    }

    Outcome boot(World& w);
    Outcome attest(World& w);
    Outcome release(World& w);
    Outcome admit(World& w);
    Outcome run(World& w, Stage stage);
    Outcome hostile(World& w);
    Outcome prepare_client(World& w);
    /// One encapsulated request from the relay on; `known` is what is looked for afterwards.
    Result<HttpResponse, Refusal> pass(World& w, const HttpRequest& request, const Prompt* known,
                                       Answer& out);
    Result<Answer, Refusal> serve(World& w, const Prompt& prompt);

    /// A challenge of the KMS answered with evidence of the whole platform: a token for one release.
    struct Attested {
        std::string token, nonce;  // base64url
    };
    Result<Attested, Refusal> attest_for_release(World& w);
    Result<Secret, Refusal> release_key(World& w, const std::string& kid, const Attested& attested);

    Bytes seed;
    const Clock* prompt_clock;
    kernel::TimingProfile times = timing();
    GpuPlatform gpu;
    Deployment deployment;
    /// For the reference path and for who looks for token ids; the platform itself reads them from its disk.
    std::shared_ptr<const reference_gpu::Model> model;
    reference_gpu::Tokenizer words;
    TrustBase trust;
    Tampering tampering;
    std::optional<World> world;
    Attested attested;
};

namespace {

std::string text_member(const HttpResponse& answer, const char* name) {
    const auto body = json::parse(as_text(answer.body), nullptr, false);
    if (!body.is_object() || !body.value(name, json{}).is_string()) return {};
    return body[name].get<std::string>();
}

HttpRequest kms_post(const Outside& outside, const std::string& target, const json& body) {
    const std::string text = body.is_null() ? "{}" : body.dump();
    const ByteView bytes = as_bytes(text);
    return {
        "POST",
        target,
        {{"content-type", "application/json"}, {"authorization", "Bearer " + outside.gateway_credential()}},
        {bytes.begin(), bytes.end()}};
}

}  // namespace

Outcome ReferencePlatform::Parts::boot(World& w) {
    if (const auto& refusal = gpu.device().refusal())
        return w.scene.refuse(Stage::boot, "gpu", "E_SVN_ROLLBACK",
                              "the boot ROM refuses " + refusal->stage + ": " + refusal->what);
    w.data_path.power_on(gpu.device().mode());
    w.vtpm.power_on();
    return w.guest.boot();
}

Result<ReferencePlatform::Parts::Attested, Refusal> ReferencePlatform::Parts::attest_for_release(World& w) {
    const HttpResponse challenge = w.outside.kms(kms_post(w.outside, "/v1/challenge", {}));
    const std::string nonce_text = text_member(challenge, "nonce");
    const auto issued = from_base64url(nonce_text);
    if (challenge.status != 200 || !issued)
        return w.scene.refuse(Stage::attest, "kms", text_member(challenge, "code"), "no challenge");
    Bytes nonce = *issued;
    if (w.scene.tampering.evidence_nonce) w.scene.tampering.evidence_nonce(nonce);

    spdm::Nonce gpu_nonce{};
    Bytes asked = w.guest.gpu_nonce(nonce);
    if (w.scene.tampering.gpu_nonce) w.scene.tampering.gpu_nonce(asked);
    std::ranges::copy(asked, gpu_nonce.begin());
    const auto evidence = gpu.collect(gpu_nonce);
    if (!evidence) return w.scene.refuse(Stage::attest, "gpu", "E_SPDM", evidence.error().what);
    std::string gpu_text = gpu::write_evidence({*evidence});
    if (w.scene.tampering.gpu_evidence) w.scene.tampering.gpu_evidence(gpu_text);

    const auto composite = w.guest.evidence(nonce, std::move(gpu_text));
    if (!composite) return composite.error();
    auto token = w.outside.appraise(*composite, *issued);
    if (!token) return token.error();
    return Attested{*std::move(token), nonce_text};
}

Outcome ReferencePlatform::Parts::attest(World& w) {
    auto done = attest_for_release(w);
    if (!done) return done.error();
    attested = *std::move(done);
    w.token = attested.token;
    return Nothing{};
}

Result<Secret, Refusal> ReferencePlatform::Parts::release_key(World& w, const std::string& kid,
                                                              const Attested& what) {
    if (w.scene.tampering.delay_before_release.count() > 0)
        w.scene.clock.skip(w.scene.tampering.delay_before_release);
    const HttpResponse answer = w.outside.kms(
        kms_post(w.outside, "/v1/keys/" + kid + "/release",
                 {{"token", what.token}, {"nonce", what.nonce}, {"enc", "RSA_AES_KEY_WRAP_256"}}));
    if (answer.status != 200) {
        const auto trail = w.outside.service().audit();
        std::string reason = text_member(answer, "code");
        if (!trail.empty() && !trail.back().reason.empty()) reason = trail.back().reason;
        return w.scene.refuse(
            Stage::release, "kms", reason,
            "status " + std::to_string(answer.status) + " for " + kid +
                (trail.empty() || trail.back().pointer.empty() ? "" : " at " + trail.back().pointer));
    }
    if (w.scene.tampering.after_release)
        w.scene.tampering.after_release([&](ByteView command) { return w.run_tpm(command); });
    return w.guest.unwrap(answer);
}

Outcome ReferencePlatform::Parts::release(World& w) {
    auto prompt_key = release_key(w, w.outside.prompt_kid(), attested);
    if (!prompt_key) return prompt_key.error();
    const HttpResponse keys = w.outside.kms({"GET", "/v1/keys"});
    const auto listed = json::parse(as_text(keys.body), nullptr, false);
    Bytes published;
    if (listed.is_array())
        for (const auto& one : listed)
            if (one.value("kid", "") == w.outside.prompt_kid())
                published = from_hex(one.value("publicKey", "")).value_or(Bytes{});
    if (const auto taken = w.guest.take_prompt_key(*std::move(prompt_key), published); !taken) return taken;

    // The model's key has a challenge, evidence and a token of its own: a nonce is for one release.
    const auto again = attest_for_release(w);
    if (!again) return again.error();
    w.token = again->token;
    auto key = release_key(w, std::string{model_key_name}, *again);
    if (!key) return key.error();
    w.guest.keep_model_key(*std::move(key));
    return Nothing{};
}

Outcome ReferencePlatform::Parts::admit(World& w) {
    const auto refuse = [&](const labels::Refusal& r) {
        return w.scene.refuse(Stage::admit, "gpu", r.code, r.what);
    };
    if (const auto opened = w.guest.open_disk(); !opened) return opened;
    if (const auto obeyed = w.guest.obey(Stage::admit, sandbox_commands(deployment)); !obeyed) return obeyed;

    // The GPU that was attested is the one at the other end of the channel: its keys come from the SPDM
    // session.
    const auto session = gpu.establish_session();
    if (!session) return w.scene.refuse(Stage::admit, "gpu", "E_SPDM", session.error().what);
    if (const auto opened = w.data_path.open(gpu.session_export_secret()); !opened)
        return refuse(opened.error());
    if (const auto ready = w.data_path.driver().set_ready(); !ready) return refuse(ready.error());
    w.scene.state("gpu", "ready", "accepts work of the attested VM");
    w.guest.gpu_attested();

    const auto vocabulary = w.guest.read_file(deployment.tokenizer);
    if (!vocabulary) return vocabulary.error();
    if (const auto loaded = w.guest.load_tokenizer(*vocabulary); !loaded) return loaded;
    const auto image = w.guest.read_file(deployment.model);
    if (!image) return image.error();
    const auto sealed = unpack_model(*image);
    if (!sealed) return w.scene.refuse(Stage::admit, "guest", "E_FORMAT", sealed.error());
    if (const auto loaded = w.data_path.driver().load_model(*sealed, w.guest.model_key()); !loaded)
        return refuse(loaded.error());
    w.scene.spend("gpu.load-model");
    w.scene.state("gpu", "model in HBM",
                  std::to_string(sealed->image_size) + " bytes, opened on the device only");
    w.guest.forget_model_key();
    w.balancer.set_ready(0, true);
    return Nothing{};
}

Outcome ReferencePlatform::Parts::run(World& w, Stage stage) {
    switch (stage) {
        case Stage::power_on: return Nothing{};
        case Stage::boot: return boot(w);
        case Stage::attest: return attest(w);
        case Stage::release: return release(w);
        case Stage::admit: return admit(w);
        case Stage::serve: return hostile(w);
    }
    return Nothing{};
}

Outcome ReferencePlatform::Parts::hostile(World& w) {
    if (!w.scene.tampering.dma_fault.empty()) {
        const gpu::FaultRow* fault = gpu::find_fault(w.scene.tampering.dma_fault);
        if (fault == nullptr) throw std::logic_error("no such fault of the data path");
        if (const auto injected = w.data_path.inject(fault->fault); !injected)
            return w.scene.refuse(Stage::serve, "gpu", injected.error().code, injected.error().what);
    }
    for (const ControlCommand& one : w.scene.tampering.hostile_commands) {
        const Bytes before = w.guest.agent().state_digest();
        const runtime::Decision decision = w.guest.control(one.command, one.input);
        if (decision.allowed())
            return w.scene.refuse(Stage::serve, "order_monitor", "E_CONFIG_DRIFT",
                                  one.command + " was allowed");
        if (w.guest.agent().state_digest() != before)
            return w.scene.refuse(Stage::serve, "order_monitor", "E_CONFIG_DRIFT",
                                  one.command + " was denied and changed something");
        return w.scene.refuse(Stage::serve, "runtime",
                              decision.reason.empty() ? name(decision.code) : decision.reason,
                              one.command + ": " + std::string{name(decision.code)} + " at " + decision.at);
    }
    return Nothing{};
}

Outcome ReferencePlatform::Parts::prepare_client(World& w) {
    if (w.client_ready) return Nothing{};
    Bytes list = w.outside.kms({"GET", "/v1/ohttp-keys"}, "client").body;
    // The other way to the same list: what both ways agree on is the same for all clients.
    const Bytes second = list;
    const HttpResponse keys = w.outside.kms({"GET", "/v1/keys"}, "client");
    const auto listed = json::parse(as_text(keys.body), nullptr, false);
    std::string receipt_text;
    if (listed.is_array() && !listed.empty()) receipt_text = listed.front().value("receipt", "");
    const ByteView receipt_view = as_bytes(receipt_text);
    Bytes receipt{receipt_view.begin(), receipt_view.end()};
    std::string token = w.token;
    if (w.scene.tampering.key_list) w.scene.tampering.key_list(list);
    if (w.scene.tampering.receipt) w.scene.tampering.receipt(receipt);
    if (w.scene.tampering.client_token) w.scene.tampering.client_token(token);
    w.scene.message("kms", "client", "key configurations, receipt, token", list);
    const auto fault =
        w.client.adopt(list, platform::key_evidence(as_text(receipt), token),
                       w.scene.tampering.second_key_list ? std::optional<ByteView>{second} : std::nullopt);
    if (fault) return w.scene.refuse(Stage::serve, "client", fault->code, fault->what);
    w.scene.state("client", "key accepted", "receipt and token hold");
    w.client_ready = true;
    return Nothing{};
}

Result<HttpResponse, Refusal> ReferencePlatform::Parts::pass(World& w, const HttpRequest& request,
                                                             const Prompt* known, Answer& out) {
    const auto fail = [&](std::string_view component, std::string_view code, std::string what) {
        return w.scene.refuse(Stage::serve, component, code, std::move(what));
    };
    const auto relayed = w.relay.forward(request);
    if (!relayed) {
        out.outer = relayed.error();
        return fail("relay", "E_TARGET_DENIED", "status " + std::to_string(relayed.error().status));
    }
    w.ids.push_back({"relay", {relayed->id.begin(), relayed->id.end()}});
    w.scene.message("relay", "balancer", "encapsulated request", relayed->request.body);
    w.scene.spend("net.relay-balancer");
    const auto routed = w.balancer.route(relayed->request);
    if (!routed) {
        out.outer = routed.error();
        return fail("balancer", "E_TARGETING", "status " + std::to_string(routed.error().status));
    }
    w.ids.push_back({"balancer", {routed->id.begin(), routed->id.end()}});
    HttpRequest arriving = routed->request;
    if (w.scene.tampering.to_gateway) w.scene.tampering.to_gateway(arriving);
    w.scene.message("balancer", "gateway", "encapsulated request", arriving.body);
    w.scene.spend("net.balancer-gateway");

    const auto subject = w.registry.admit();
    if (!subject) return fail("runtime", subject.error().code, subject.error().what);
    HttpResponse answer = w.guest.serve(arriving, *subject);
    // An observer's copy, outside the platform: what is compared with the reference path.
    const auto tokens = w.guest.memory().output.values<std::uint32_t>(0, w.guest.last_token_count());
    out.tokens.assign(tokens.begin(), tokens.end());
    w.content.emplace(w.random);
    if (known != nullptr) {
        if (!known->canary.empty()) w.content->add(labels::forms_of_canary(as_bytes(known->canary)));
        if (!known->text.empty()) w.content->add(labels::hashes_of(as_bytes(known->text), "prompt"));
        w.content->add(labels::forms_of_tokens(words.encode(known->text)));
    }
    labels::Participant* others[] = {&w.guest};
    out.deletion = w.data_path.driver().end(
        *subject, w.guest.last_refusal() ? labels::EndKind::rejected : labels::EndKind::completed,
        &*w.content, others);
    w.scene.spend("vm.delete");
    w.scene.did("vm", "deletes the request", out.deletion.complete ? "complete" : "failed");

    if (w.scene.tampering.from_gateway) w.scene.tampering.from_gateway(answer);
    w.scene.message("gateway", "balancer", "encapsulated response", answer.body);
    const HttpResponse at_relay = w.balancer.answer(routed->id, answer);
    w.scene.message("balancer", "relay", "encapsulated response", at_relay.body);
    HttpResponse response = w.relay.answer(relayed->id, at_relay);
    w.scene.message("relay", "client", "encapsulated response", response.body);
    w.scene.spend("net.client-relay");
    out.outer = response;
    if (const auto& inside = w.guest.last_refusal()) return *inside;
    if (!out.deletion.complete) {
        const auto& why = out.deletion.refusals.front();
        return fail("deletion_oracle", why.code, why.text());
    }
    return response;
}

Result<Answer, Refusal> ReferencePlatform::Parts::serve(World& w, const Prompt& prompt) {
    const auto fail = [&](std::string_view component, std::string_view code, std::string what) {
        return w.scene.refuse(Stage::serve, component, code, std::move(what));
    };
    if (const auto ready = prepare_client(w); !ready) return ready.error();

    Secret scratch{client_room};
    const std::string path = std::string{completions_path} + "?steps=" + std::to_string(prompt.steps);
    ohttp::bhttp::Request inner{"POST", "https", service_authority, path};
    inner.fields = {{"content-type", "text/plain"}};
    inner.content = as_bytes(prompt.text);
    auto sealed = w.client.seal(inner, scratch.bytes());
    if (!sealed) return fail("client", sealed.error().code, sealed.error().what);
    w.ids.push_back({"hpke enc", {sealed->context.enc().begin(), sealed->context.enc().end()}});

    HttpRequest request = sealed->request;
    if (w.scene.tampering.to_relay) w.scene.tampering.to_relay(request);
    w.scene.message("client", "relay", "encapsulated request", request.body);
    w.scene.spend("net.client-relay");

    Answer out;
    HttpResponse response;
    for (int times_sent = w.scene.tampering.replay_request ? 2 : 1; times_sent > 0; --times_sent) {
        auto passed = pass(w, request, &prompt, out);
        if (!passed) return passed.error();
        response = *std::move(passed);
    }

    Secret room{client_room};
    const auto opened = w.client.open(*sealed, response, room.bytes());
    if (!opened) return fail("client", opened.error().code, opened.error().what);
    constexpr unsigned ok = 200;
    if (opened->status != ok) return fail("gateway", "E_STATUS", "status " + std::to_string(opened->status));
    out.text = as_text(opened->content);
    w.scene.state("client", "answer read",
                  std::to_string(labels::bucket(opened->content.size())) + " bytes at most");
    return out;
}

ReferencePlatform::ReferencePlatform(ReferenceOptions options, std::uint64_t seed)
    : parts_(std::make_unique<Parts>(std::move(options), seed)) {}
ReferencePlatform::~ReferencePlatform() = default;

void ReferencePlatform::set_tampering(Tampering tampering) { parts_->tampering = std::move(tampering); }
bool ReferencePlatform::inject(std::string_view fault) {
    const ScenarioFault* row = find_fault(fault);
    if (row == nullptr) return false;
    row->arm(parts_->tampering);
    return true;
}

void ReferencePlatform::power_on_reset() {
    Parts& p = *parts_;
    p.world.reset();
    p.gpu.restore();
    for (const auto& [stage, change] : p.tampering.gpu_firmware)
        if (!p.gpu.load_firmware(stage, change))
            throw std::logic_error("the GPU has no firmware stage " + stage);
    if (p.tampering.gpu_rollback) p.gpu.roll_back_firmware();
    if (p.tampering.gpu_mode) p.gpu.set_cc_mode(*p.tampering.gpu_mode);
    p.gpu.set_debug(p.tampering.gpu_debug);
    p.gpu.power_on_reset();
    p.world.emplace(p, p.tampering);
}

Outcome ReferencePlatform::advance(Stage stage) {
    if (!parts_->world) power_on_reset();
    Parts::World& w = *parts_->world;
    if (w.refused) return *w.refused;
    while (*w.reached < stage) {
        const auto next = static_cast<Stage>(static_cast<std::uint8_t>(*w.reached) + 1);
        if (const auto done = parts_->run(w, next); !done) {
            w.refused = done.error();
            return *w.refused;
        }
        w.reached = next;
    }
    return Nothing{};
}

Stage ReferencePlatform::reached() const { return parts_->world ? *parts_->world->reached : Stage::power_on; }

Result<Answer, Refusal> ReferencePlatform::ask(const Prompt& prompt) {
    if (const auto ready = advance(Stage::serve); !ready) return ready.error();
    auto out = parts_->serve(*parts_->world, prompt);
    return out;
}

Answer ReferencePlatform::reference(const Prompt& prompt) const {
    using namespace reference_gpu;
    auto inference = Inference::open(parts_->model, {.device = Device::cpu});
    if (!inference) throw std::runtime_error(inference.error());
    const Tokenizer& words = parts_->words;
    Answer out;
    const std::size_t forced = words.encode(prompt.text).size() - 1;
    std::size_t count = 0;
    const auto done =
        generate(*inference, words, prompt.text,
                 {.steps = static_cast<std::uint32_t>(prompt.steps), .sampling = {.temperature = 0}},
                 [&](Token token, std::string_view piece) {
                     if (count++ < forced || token == Tokenizer::begin) return true;
                     out.tokens.push_back(token);
                     out.text += piece;
                     return true;
                 });
    if (!done) throw std::runtime_error("reference path: " + done.error());
    return out;
}

ReferencePlatform::ControlAnswer ReferencePlatform::control(const std::string& command,
                                                            const std::string& input) {
    Guest& guest = parts_->world->guest;
    const Bytes before = guest.agent().state_digest();
    const runtime::Decision decision = guest.control(command, input);
    return {decision.allowed(), guest.agent().state_digest() != before,
            std::string{runtime::name(decision.code)}, std::string{decision.reason}};
}

std::vector<labels::Finding> ReferencePlatform::sweep() {
    Parts::World& w = *parts_->world;
    std::vector<labels::Finding> out;
    std::bitset<256> wanted;
    for (std::size_t byte = 1; byte < wanted.size(); ++byte) {
        const labels::Slot& slot = w.registry.slots().slot(static_cast<labels::LabelByte>(byte));
        wanted[byte] = !slot.live || slot.group == labels::Group::data;
    }
    for (const auto& [name, store] : w.registry.stores())
        store->find(wanted, [&](labels::Range range, const labels::Label& label) {
            out.push_back({.code = "E_RESIDUE",
                           .oracle = "label",
                           .store = name,
                           .range = range,
                           .detail = "label " + std::to_string(label.byte)});
        });
    if (w.content)
        for (auto& finding : w.content->scan(w.registry)) out.push_back(std::move(finding));
    return out;
}

std::vector<std::string> ReferencePlatform::stores() const {
    std::vector<std::string> out;
    for (const auto& [name, store] : parts_->world->registry.stores()) out.push_back(name);
    return out;
}

bool ReferencePlatform::plant(std::string_view store, std::string_view canary) {
    Parts::World& w = *parts_->world;
    w.planted.reset();
    if (canary.empty()) return true;
    labels::LabelledStore* found = w.registry.find(store);
    if (found == nullptr || found->capacity() < canary.size()) return false;
    w.planted.emplace(*found, (found->capacity() - canary.size()) / 2, as_bytes(canary), labels::planted);
    w.content.emplace(w.random);
    w.content->add(labels::forms_of_canary(as_bytes(canary)));
    return true;
}

HttpResponse ReferencePlatform::gateway(const HttpRequest& request) {
    constexpr unsigned unavailable = 503;
    if (!advance(Stage::serve)) return {.status = unavailable};
    Parts::World& w = *parts_->world;
    if (request.target == "/ohttp-keys" && request.method == "GET")
        return {200,
                {{"content-type", std::string{ohttp::keys_media_type}}, {"cache-control", "no-store"}},
                key_list()};
    if (request.target == "/attestation" && request.method == "GET")
        return {200, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, key_evidence()};
    Answer answer;
    static_cast<void>(parts_->pass(w, request, nullptr, answer));
    w.ids.clear();  // nobody asks for them here, and a server runs for long
    return answer.outer;
}
HttpResponse ReferencePlatform::kms(const HttpRequest& request) {
    return parts_->world->outside.kms(request);
}
Bytes ReferencePlatform::vtpm(ByteView command, unsigned locality) {
    return parts_->world->vtpm.execute(command, locality);
}
Bytes ReferencePlatform::key_list() {
    return parts_->world->outside.kms({"GET", "/v1/ohttp-keys"}, "client").body;
}
Bytes ReferencePlatform::key_evidence() {
    Parts::World& w = *parts_->world;
    const auto listed =
        json::parse(as_text(w.outside.kms({"GET", "/v1/keys"}, "client").body), nullptr, false);
    return platform::key_evidence(
        listed.is_array() && !listed.empty() ? listed.front().value("receipt", "") : "", w.token);
}

std::vector<ObservedId> ReferencePlatform::observed_ids() const { return parts_->world->ids; }
std::vector<Event> ReferencePlatform::take_events() { return parts_->gpu.take_events(); }
std::string ReferencePlatform::waves() const { return parts_->gpu.waves(); }
std::uint64_t ReferencePlatform::now_ps() const { return parts_->gpu.recorder().now_ps(); }
const Deployment& ReferencePlatform::deployment() const { return parts_->deployment; }

}  // namespace assay::platform
