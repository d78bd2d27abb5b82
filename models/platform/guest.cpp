#include "models/platform/guest.hpp"

#include <charconv>
#include <cstring>

#include <nlohmann/json.hpp>

namespace assay::platform {
namespace {

constexpr std::size_t default_steps = 32, max_steps = 512;
constexpr std::string_view steps_parameter = "?steps=";

/// Behind `/v1/completions`: nothing, or how many forward passes at most.
std::optional<std::size_t> steps_of(std::string_view path) {
    if (!path.starts_with(completions_path)) return std::nullopt;
    path.remove_prefix(completions_path.size());
    if (path.empty()) return default_steps;
    if (!path.starts_with(steps_parameter)) return std::nullopt;
    path.remove_prefix(steps_parameter.size());
    std::size_t steps = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), steps);
    if (error != std::errc{} || end != path.data() + path.size() || steps == 0 || steps > max_steps)
        return std::nullopt;
    return steps;
}

}  // namespace

GuestMemory::GuestMemory(labels::Registry& registry)
    : request(registry, {"vm.gateway.request", labels::StoreKind::dram, message, true, {}}),
      content_out(registry, {"vm.gateway.content", labels::StoreKind::dram, content, true, {}}),
      response(registry, {"vm.gateway.response", labels::StoreKind::dram, message, true, {}}),
      input(registry, {"vm.worker.input", labels::StoreKind::dram, tokens, true, {}}),
      output(registry, {"vm.worker.output", labels::StoreKind::dram, tokens, true, {}}),
      keys(registry, "vm.keys", 16, 128) {}

/// One request's worker; it ends with it.
class Guest::InferenceWorker final : public runtime::Worker {
public:
    explicit InferenceWorker(Guest& guest) : guest_(guest) {}
    Result<std::size_t, runtime::WorkerRefusal> serve(ByteView prompt,
                                                      std::span<std::uint8_t> answer) override {
        return guest_.infer(prompt, answer);
    }
    void end() noexcept override { guest_.scene_.did("worker", "ends", "it has served its one request"); }

private:
    Guest& guest_;
};

Guest::Guest(const Deployment& deployment, ByteView seed, cvm::SecureProcessor& processor,
             labels::Registry& registry, Scene& scene)
    : deployment_(deployment),
      scene_(scene),
      registry_(registry),
      random_(seed, "confidential vm"),
      context_(random_),
      processor_(processor),
      memory_(registry),
      window_(scene.prompt_clock(), std::chrono::seconds{240}) {}

Guest::~Guest() = default;

Refusal Guest::refuse(Stage stage, const cvm::VmError& error) const {
    const bool by_tpm = error.rc != tpm::Rc::success;
    return refuse(stage, by_tpm ? "vtpm" : "guest", by_tpm ? tpm::text(error.rc) : "E_GUEST", error.text());
}

Outcome Guest::boot() {
    const Tampering& tampering = scene_.tampering;
    cvm::BootPlan plan = deployment_.plan;
    if (tampering.plan) tampering.plan(plan);
    cvm::GuestLaunch launch{.image = plan.paravisor};
    if (tampering.launch) tampering.launch(launch);
    if (tampering.tcb) processor_.set_tcb(*tampering.tcb);
    processor_.launch(launch);
    scene_.did("cpu", "SNP_LAUNCH",
               "launch measurement over " + std::to_string(launch.image.size()) + " bytes");
    scene_.spend("cvm.launch");

    paravisor_.emplace(processor_, wires_.tpm,
                       cvm::VmFacts{.secure_boot = plan.secure_boot,
                                    .console_enabled = tampering.console_enabled,
                                    .vmpl = tampering.vmpl});
    if (const auto started = paravisor_->start(); !started) return refuse(Stage::boot, started.error());
    scene_.did("paravisor", "vTPM started", "attestation key at 0x81000003");

    cvm::MeasuredBoot boot{plan, tampering.boot, wires_.tpm};
    while (!boot.done()) {
        const auto step = boot.step();
        if (!step) return refuse(Stage::boot, step.error());
        scene_.spend("cvm.measure");
        scene_.did("vm", "measures " + *step);
    }
    agent_.emplace(wires_.tpm, *paravisor_, boot.event_log());
    scene_.state("vm", "booted", std::to_string(boot.steps()) + " items measured");

    // What the agent gets comes over the host's share; what it must be was measured.
    Bytes policy = deployment_.runtime_policy;
    if (tampering.runtime_policy) tampering.runtime_policy(policy);
    const auto bound =
        wires_.agent->bind(policy, crypto::digest(crypto::Hash::sha256, {plan.runtime_policy}));
    if (!bound)
        return refuse(Stage::boot, "runtime", bound.error().reason,
                      bound.error().at + " " + bound.error().what);
    scene_.state("runtime", "policy bound", "sha256:" + to_hex(*bound));
    desk_.emplace(*wires_.agent, *this);
    return Nothing{};
}

Result<cvm::CompositeEvidence, Refusal> Guest::evidence(ByteView nonce, std::string gpu) {
    auto collected = agent_->collect(nonce, std::move(gpu));
    if (!collected) return refuse(Stage::attest, collected.error());
    scene_.did("vm", "TPM2_Quote, TPM2_Certify, SNP report", "PCR 0 to 15 of the SHA-256 bank");
    return *std::move(collected);
}

Result<Secret, Refusal> Guest::unwrap(const HttpResponse& answer) {
    const auto body = nlohmann::json::parse(as_text(answer.body), nullptr, false);
    if (answer.status != 200) {
        std::string code = "E_KMS";
        if (body.is_object() && body.contains("code") && body["code"].is_string()) code = body["code"];
        return refuse(Stage::release, "kms", code, "status " + std::to_string(answer.status));
    }
    if (!body.is_object() || !body.contains("wrapped") || !body["wrapped"].is_string())
        return refuse(Stage::release, "guest", "E_SCHEMA", "the answer of the KMS has no wrapped key");
    const auto wrapped = from_base64url(body["wrapped"].get_ref<const std::string&>());
    if (!wrapped) return refuse(Stage::release, "guest", "E_SCHEMA", "the wrapped key is not base64url");
    auto key = agent_->unwrap(*wrapped);
    if (!key) return refuse(Stage::release, key.error());
    scene_.did("vtpm", "TPM2_RSA_Decrypt", "under PolicyPCR");
    return *std::move(key);
}

Outcome Guest::take_prompt_key(Secret raw, ByteView published) {
    const auto size = static_cast<std::uint16_t>(published.size());
    const auto configs = ohttp::decode_list(concat({store(size, std::endian::big), published}));
    if (!configs) return refuse(Stage::release, "guest", "E_KEY_PARAMS", configs.error().text());
    const ohttp::KeyConfig& config = configs->front();
    auto key = crypto::PrivateKey::from_scalar(context_, crypto::KeyType::x25519, raw.bytes());
    if (!key || config.kem != crypto::hpke::KemId::x25519_sha256 ||
        key->public_key().point() != config.public_key)
        return refuse(Stage::release, "guest", "E_KEY_BINDING",
                      "the released key is not the one that was published");
    ohttp::GatewayPolicy policy;
    policy.authorities = {std::string{service_authority}};
    gateway_.emplace(context_, scene_.prompt_clock(), window_, std::move(policy));
    if (const auto fault = gateway_->add_key(config.id, config.kem, *std::move(key), config.symmetric))
        return refuse(Stage::release, "gateway", "E_KEY_PARAMS", *fault);
    scene_.state("gateway", "ready", "key id " + std::to_string(config.id));
    return Nothing{};
}

void Guest::keep_model_key(Secret key) {
    if (!node_) node_ = *registry_.admit();
    constexpr std::uint64_t model_key_id = std::uint64_t{1} << 48;
    model_key_ = *memory_.keys.put(model_key_id, labels::KeyKind::model, *node_, key.bytes());
}

void Guest::forget_model_key() {
    if (!model_key_) return;
    static_cast<void>(memory_.keys.zeroise(*std::exchange(model_key_, {})));
}

bool Guest::perform(const runtime::Effect& effect) {
    if (effect.command != "device.mount_ro") return true;
    const auto mounted = mount_disk(effect.root_hash);
    if (!mounted) effect_refusal_ = mounted.error();
    return bool{mounted};
}

Outcome Guest::mount_disk(const std::string& root_hash) {
    stored_image_ = deployment_.image;
    if (scene_.tampering.disk) scene_.tampering.disk(stored_image_);
    image_.emplace(stored_image_);
    image_data_.emplace(*image_, 0, deployment_.image_data_size);
    cvm::VerityMapping mapping;
    mapping.root_hash = from_hex(root_hash).value_or(Bytes{});  // of the policy, which was measured
    mapping.hash_offset = deployment_.image_data_size;
    auto disk = cvm::VerityDevice::open(*image_data_, *image_, std::move(mapping));
    if (!disk) return refuse(Stage::admit, "disk", disk.error().code, disk.error().what);
    disk_.emplace(*std::move(disk));
    scene_.state("disk", "dm-verity volume opened", "root hash " + root_hash);
    return Nothing{};
}

Result<Bytes, Refusal> Guest::read_file(const ImageFile& file) {
    Bytes out;
    Bytes block(disk_->block_size());
    for (std::size_t at = file.begin; at < file.begin + file.size; at += block.size()) {
        if (const auto read = disk_->read(at / block.size(), block); !read)
            return refuse(Stage::admit, "disk", read.error().code, read.error().what);
        append(out, block);
    }
    scene_.spend("disk.read");
    out.resize(file.size);
    return out;
}

Outcome Guest::load_tokenizer(Bytes file) {
    constexpr std::uint32_t vocabulary_at = 0;
    const auto vocabulary = load<std::uint32_t>(ByteView{file}.subspan(vocabulary_at), std::endian::little);
    auto tokenizer = reference_gpu::Tokenizer::from_file(ByteView{file}.subspan(4), vocabulary);
    if (!tokenizer) return refuse(Stage::admit, "guest", "E_FORMAT", tokenizer.error().text());
    tokenizer_.emplace(*std::move(tokenizer));
    return Nothing{};
}

runtime::Decision Guest::control(const std::string& command_name, const std::string& given) {
    std::string command = command_name, input = given;
    if (scene_.tampering.control_command) scene_.tampering.control_command(command, input);
    const std::string line = R"({"command":")" + command + R"(","input":)" + input + "}";
    static_cast<void>(wires_.control(command, as_bytes(line)));
    return wires_.agent->last_decision().value();  // with what the host is not told
}

Outcome Guest::obey(Stage stage, const std::vector<ControlCommand>& commands) {
    for (const ControlCommand& one : commands) {
        effect_refusal_.reset();
        const runtime::Decision decision = control(one.command, one.input);
        if (!decision.allowed() && effect_refusal_) return *effect_refusal_;
        if (!decision.allowed())
            return refuse(
                stage, "runtime", decision.reason.empty() ? runtime::name(decision.code) : decision.reason,
                one.command + ": " + std::string{runtime::name(decision.code)} + " at " + decision.at);
    }
    return Nothing{};
}

HttpResponse Guest::serve(const HttpRequest& request, const labels::Subject& subject) {
    subject_ = subject;
    last_refusal_.reset();
    last_count_ = 0;
    const auto as = [&](labels::DataClass c) {
        return registry_.label(subject, c);
    };
    const labels::Label asked = as(labels::DataClass::prompt), answered = as(labels::DataClass::response);
    HttpResponse out;
    memory_.request.produce(memory_.request.all(), asked, [&](std::span<std::uint8_t> room) {
        auto opened = gateway_->open(request, room);
        scene_.spend("gateway.open");
        if (!opened) {
            last_refusal_ = refuse(Stage::serve, "gateway", opened.error().code, opened.error().where);
            out = std::move(opened.error().answer);
            return;
        }
        scene_.did("gateway", "opens the encapsulated request");
        keep_response_key(opened->context.take_secret(), subject);
        memory_.content_out.produce(
            memory_.content_out.all(), answered, [&](std::span<std::uint8_t> content) {
                const auto [status, size] = complete(opened->request, content);
                memory_.response.produce(
                    memory_.response.all(), answered, [&](std::span<std::uint8_t> scratch) {
                        ohttp::bhttp::Response response{.status = status};
                        response.fields = {{"content-type", "text/plain"}};
                        response.content = ByteView{content}.first(size);
                        out = gateway_->seal(response_context(opened->context), response, scratch);
                    });
            });
        scene_.spend("gateway.seal");
    });
    if (response_key_) {
        const labels::Label sealed =
            registry_.sealed_label(*response_key_, labels::Sink::nic, answered, out.body.size());
        if (const auto crossed = registry_.cross(labels::Sink::nic, sealed, out.body.size(), "vm.gateway");
            !crossed)
            last_refusal_ = refuse(Stage::serve, "bus_monitor", crossed.error().code, crossed.error().what);
        scene_.did("gateway", "seals the response");
    }
    return out;
}

// While a request is worked on its key lies in a key slot, and nowhere else.
void Guest::keep_response_key(const Secret& secret, const labels::Subject& subject) {
    const auto kept = memory_.keys.put(++requests_, labels::KeyKind::hpke_response, subject, secret.bytes());
    if (!kept) throw std::logic_error("no key slot for a response key");
    response_key_ = *kept;
}

ohttp::ResponseContext Guest::response_context(const ohttp::ResponseContext& of) const {
    const ByteView key = memory_.keys.bytes(*response_key_);
    Secret secret{key.size()};
    std::ranges::copy(key, secret.bytes().begin());
    return {of.suite(), Bytes{of.enc().begin(), of.enc().end()}, std::move(secret)};
}

std::pair<unsigned, std::size_t> Guest::complete(const ohttp::bhttp::Request& request,
                                                 std::span<std::uint8_t> content) {
    constexpr unsigned ok = 200, bad_request = 400, not_found = 404, method = 405, unavailable = 503;
    const auto steps = steps_of(request.path);
    if (!steps) return {not_found, 0};
    if (request.method != "POST") return {method, 0};
    const auto type = ohttp::bhttp::find(request.fields, "content-type");
    if (!type || *type != "text/plain") return {bad_request, 0};
    steps_ = *steps;

    const std::string container = "c" + std::to_string(++containers_);
    if (const auto ready = obey(Stage::serve, container_commands(deployment_, container)); !ready) {
        last_refusal_ = ready.error();
        return {unavailable, 0};
    }
    const auto served = desk_->serve(container, request.content, content);
    static_cast<void>(obey(Stage::serve, removal_commands(container)));
    if (!served) {
        if (!last_refusal_)  // else the GPU, or the gate before it, has said why
            last_refusal_ =
                refuse(Stage::serve, "worker", served.error().reason, std::string{served.error().what});
        return {unavailable, 0};
    }
    return {ok, *served};
}

std::unique_ptr<runtime::Worker> Guest::start(const runtime::Admission& container) {
    scene_.did("runtime", "starts a worker", "container " + container.id + " of rule " + container.rule);
    return std::make_unique<InferenceWorker>(*this);
}

Result<std::size_t, runtime::WorkerRefusal> Guest::infer(ByteView prompt, std::span<std::uint8_t> answer) {
    using runtime::WorkerRefusal;
    const labels::Label derived = registry_.label(*subject_, labels::DataClass::derived);
    std::size_t count = 0;
    {  // while the GPU works, the token ids lie in the worker's memory alone
        const auto tokens = tokenizer_->encode(as_text(prompt));
        count = tokens.size();
        const std::size_t size = count * sizeof(reference_gpu::Token);
        if (size > memory_.input.capacity())
            return WorkerRefusal{"E_LIMIT", "the prompt has more tokens than the worker's memory"};
        if (count > steps_) return WorkerRefusal{"E_LIMIT", "the prompt is longer than the number of steps"};
        memory_.input.produce({0, size}, derived, [&](std::span<std::uint8_t> out) {
            std::memcpy(out.data(), tokens.data(), size);
        });
    }

    // The prompt's own tokens are forced: what is left of the steps makes new ones.
    const labels::Range asked{0, count * sizeof(reference_gpu::Token)};
    const std::size_t limit = steps_ - (count - 1);
    const auto made = wires_.gpu->run(*subject_, memory_.input, asked, limit, memory_.output, 0);
    if (!made) {
        const bool at_gate = made.error().code == "E_PLAINTEXT_EGRESS";
        last_refusal_ =
            refuse(Stage::serve, at_gate ? "bus_monitor" : "gpu", made.error().code, made.error().what);
        return WorkerRefusal{made.error().code, "the GPU did not run the request"};
    }
    const auto generated = memory_.output.values<reference_gpu::Token>(0, *made);
    last_count_ = generated.size();
    std::size_t length = 0;
    reference_gpu::Token previous = memory_.input.values<reference_gpu::Token>(0, count).back();
    for (const reference_gpu::Token token : generated) {
        const std::string_view piece = tokenizer_->piece(previous, token);
        if (length + piece.size() > answer.size())
            return WorkerRefusal{"E_LIMIT", "the answer is longer than its buffer"};
        std::ranges::copy(piece, answer.begin() + static_cast<std::ptrdiff_t>(length));
        length += piece.size();
        previous = token;
    }
    return length;
}

Result<Nothing, labels::Refusal> Guest::scrub(const labels::Subject&) {
    Result<Nothing, labels::Refusal> out = Nothing{};
    for (auto* store :
         {&memory_.request, &memory_.content_out, &memory_.response, &memory_.input, &memory_.output})
        if (auto done = store->scrub(store->all(), labels::ScrubMethod::overwrite_zero); !done && out)
            out = std::move(done);
    return out;
}

Result<Nothing, labels::Refusal> Guest::zeroise(const labels::Subject&) {
    if (!response_key_) return Nothing{};
    const auto key = *std::exchange(response_key_, {});
    return memory_.keys.zeroise(key);
}

}  // namespace assay::platform
