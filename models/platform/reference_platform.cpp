#include "models/platform/reference_platform.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/platform/story.hpp"
#include "reference_gpu/inference.hpp"
#include "sim/labels/controls.hpp"

namespace assay::embedded {
std::string_view reference_timing_profile();
}

namespace assay::platform {
namespace {

using nlohmann::json;

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
    Parts(ReferenceOptions options, std::uint64_t number)
        : seed(seed_bytes(number)),
          prompt_clock(options.prompt_clock),
          gpu(options.gpu_profile, number, std::move(options.gpu_supply)),
          deployment(options.workload ? *std::move(options.workload) : built_in_workload(), seed),
          model(loaded(deployment.workload)),
          words(words_of(deployment.workload, *model)),
          trust(trust_in(deployment, gpu.published(), seed)),
          random(seed, "platform"),
          registry(random, [this] { return gpu.recorder().now_ps(); }),
          world(std::in_place, setting(), tampering),
          machine(cores(), registry, gpu.recorder(), times, memories_for(model->config)),
          story(*world, machine, gpu, registry, random, deployment, words) {}

    static TrustBase trust_in(const Deployment& deployment, const Published& published, ByteView seed) {
        const cvm::SnpVendor vendor{seed};
        return {{{vendor.ark()}, {vendor.ask()}, {published.device_roots, published.rim_roots}},
                references_of(deployment, published)};
    }
    Setting setting() { return {deployment, trust, seed, registry, gpu.recorder(), times, prompt_clock}; }
    Cores cores() {
        World& w = *world;
        return {w.vtpm,
                w.guest,
                w.outside.service(),
                w.outside.verifier(),
                w.client_context,
                w.client_clock,
                w.client_keys,
                w.relay_random,
                w.balancer_random,
                [this](const HttpRequest& request) {
                    return story.in_vm(request);
                }};
    }

    void power_on_reset() {
        // The first scenario's world is the one that the machine was wired to: it is as new, and so is the
        // time.
        const bool is_new = !powered;
        if (!is_new) world.reset();
        gpu.restore();
        for (const auto& [stage, change] : tampering.gpu_firmware)
            if (!gpu.load_firmware(stage, change))
                throw std::logic_error("the GPU has no firmware stage " + stage);
        if (tampering.gpu_rollback) gpu.roll_back_firmware();
        if (tampering.gpu_mode) gpu.set_cc_mode(*tampering.gpu_mode);
        gpu.set_debug(tampering.gpu_debug);
        gpu.power_on_reset();
        random = crypto::Drbg{seed, "platform"};
        registry.power_cycle();
        if (is_new)
            world->scene.tampering = tampering;
        else
            world.emplace(setting(), tampering);
        machine.power_on_reset();
        story.begin();
        powered = true;
    }

    Outcome advance(Stage stage) {
        World& w = *world;
        while (!w.refused && *w.reached < stage) {
            const auto next = static_cast<Stage>(static_cast<std::uint8_t>(*w.reached) + 1);
            if (const auto done = story.run(next); !done)
                w.refused = done.error();
            else
                w.reached = next;
        }
        if (w.refused) return *w.refused;
        return Nothing{};
    }

    HttpResponse over(ohttp::NetworkModule& link, const HttpRequest& request) {
        HttpResponse out;
        machine.story.run([&] { out = link.in->serve(request); });
        return out;
    }

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
    crypto::Drbg random;
    labels::Registry registry;
    std::optional<World> world;  // the machine's shells know where its cores are: they stay there
    Machine machine;
    Story story;
    bool powered = false;
};

ReferencePlatform::ReferencePlatform(ReferenceOptions options, std::uint64_t seed)
    : parts_(std::make_unique<Parts>(std::move(options), seed)) {}
ReferencePlatform::~ReferencePlatform() { parts_->gpu.end(); }

void ReferencePlatform::set_tampering(Tampering tampering) { parts_->tampering = std::move(tampering); }
bool ReferencePlatform::inject(std::string_view fault) {
    const ScenarioFault* row = find_fault(fault);
    if (row == nullptr) return false;
    row->arm(parts_->tampering);
    return true;
}

void ReferencePlatform::power_on_reset() { parts_->power_on_reset(); }

Outcome ReferencePlatform::advance(Stage stage) {
    if (!parts_->powered) power_on_reset();
    Outcome out = Nothing{};
    parts_->machine.story.run([&] { out = parts_->advance(stage); });
    return out;
}

Stage ReferencePlatform::reached() const { return *parts_->world->reached; }

Result<Answer, Refusal> ReferencePlatform::ask(const Prompt& prompt) {
    if (const auto ready = advance(Stage::serve); !ready) return ready.error();
    std::optional<Result<Answer, Refusal>> out;
    parts_->machine.story.run([&] { out.emplace(parts_->story.serve(prompt)); });
    return *std::move(out);
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
    runtime::Decision decision;
    parts_->machine.story.run([&] { decision = guest.control(command, input); });
    return {decision.allowed(), guest.agent().state_digest() != before,
            std::string{runtime::name(decision.code)}, std::string{decision.reason}};
}

std::vector<labels::Finding> ReferencePlatform::sweep() {
    labels::Registry& registry = parts_->registry;
    std::vector<labels::Finding> out;
    std::bitset<256> wanted;
    for (std::size_t byte = 1; byte < wanted.size(); ++byte) {
        const labels::Slot& slot = registry.slots().slot(static_cast<labels::LabelByte>(byte));
        wanted[byte] = !slot.live || slot.group == labels::Group::data;
    }
    for (const auto& [name, store] : registry.stores())
        store->find(wanted, [&](labels::Range range, const labels::Label& label) {
            out.push_back({.code = "E_RESIDUE",
                           .oracle = "label",
                           .store = name,
                           .range = range,
                           .detail = "label " + std::to_string(label.byte)});
        });
    if (const auto& content = parts_->world->content)
        for (auto& finding : content->scan(registry)) out.push_back(std::move(finding));
    return out;
}

std::vector<std::string> ReferencePlatform::stores() const {
    std::vector<std::string> out;
    for (const auto& [name, store] : parts_->registry.stores()) out.push_back(name);
    return out;
}

bool ReferencePlatform::plant(std::string_view store, std::string_view canary) {
    World& w = *parts_->world;
    w.planted.reset();
    if (canary.empty()) return true;
    labels::LabelledStore* found = parts_->registry.find(store);
    if (found == nullptr || found->capacity() < canary.size()) return false;
    w.planted.emplace(*found, (found->capacity() - canary.size()) / 2, as_bytes(canary), labels::planted);
    w.content.emplace(parts_->random);
    w.content->add(labels::forms_of_canary(as_bytes(canary)));
    return true;
}

HttpResponse ReferencePlatform::gateway(const HttpRequest& request) {
    constexpr unsigned unavailable = 503;
    if (!advance(Stage::serve)) return {.status = unavailable};
    World& w = *parts_->world;
    if (request.target == "/ohttp-keys" && request.method == "GET")
        return {200,
                {{"content-type", std::string{ohttp::keys_media_type}}, {"cache-control", "no-store"}},
                key_list()};
    if (request.target == "/attestation" && request.method == "GET")
        return {200, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, key_evidence()};
    w.request = {};
    HttpResponse out = parts_->over(parts_->machine.client_link, request);
    w.ids.clear();  // nobody asks for them here, and a server runs for long
    return out;
}
HttpResponse ReferencePlatform::kms(const HttpRequest& request) {
    return parts_->over(parts_->machine.client_kms, request);
}
HttpResponse ReferencePlatform::verifier(const HttpRequest& request) {
    return parts_->over(parts_->machine.vm_verifier, request);
}
Bytes ReferencePlatform::vtpm(ByteView command, unsigned locality) {
    Bytes out;
    parts_->machine.story.run([&] { out = parts_->machine.tpm_driver.execute(command, locality); });
    return out;
}
Bytes ReferencePlatform::key_list() { return kms({"GET", "/v1/ohttp-keys"}).body; }
Bytes ReferencePlatform::key_evidence() {
    const auto listed = json::parse(as_text(kms({"GET", "/v1/keys"}).body), nullptr, false);
    return platform::key_evidence(
        listed.is_array() && !listed.empty() ? listed.front().value("receipt", "") : "",
        parts_->world->token);
}

std::vector<ObservedId> ReferencePlatform::observed_ids() const { return parts_->world->ids; }
std::vector<Event> ReferencePlatform::take_events() { return parts_->gpu.take_events(); }
std::string ReferencePlatform::waves() const { return parts_->gpu.waves(); }
std::uint64_t ReferencePlatform::now_ps() const { return parts_->gpu.recorder().now_ps(); }
const Deployment& ReferencePlatform::deployment() const { return parts_->deployment; }

}  // namespace assay::platform
