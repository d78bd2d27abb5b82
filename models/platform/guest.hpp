// The inside of the confidential VM: it boots and measures itself, gathers evidence, unwraps keys in its
// vTPM, enforces the runtime policy, opens prompts and hands them to the GPU.
#pragma once
#include "models/cvm/guest_agent.hpp"
#include "models/cvm/measured_boot.hpp"
#include "models/cvm/verity_device.hpp"
#include "models/ohttp/gateway.hpp"
#include "models/platform/deployment.hpp"
#include "models/platform/scene.hpp"
#include "models/runtime/worker.hpp"
#include "reference_gpu/tokenizer.hpp"
#include "sim/crypto/context.hpp"
#include "sim/labels/deletion.hpp"
#include "sim/labels/key_store.hpp"

namespace assay::platform {

/// The way from the VM to its GPU.
class GpuWork {
public:
    virtual ~GpuWork() = default;
    /// Token ids of 32 bits in; at most `limit` come out, in `to`. How many.
    virtual Result<std::size_t, labels::Refusal> run(const labels::Subject& subject,
                                                     const labels::LabelledStore& from, labels::Range prompt,
                                                     std::size_t limit, labels::LabelledStore& to,
                                                     std::size_t at) = 0;
};

/// What the VM holds of a request while it is worked on.
struct GuestMemory {
    static constexpr std::size_t message = 64 << 10, content = 32 << 10, tokens = 16 << 10;
    explicit GuestMemory(labels::Registry& registry);

    labels::LabelledStore request, content_out, response;  // of the gateway
    labels::LabelledStore input, output;                   // of the worker: token ids
    labels::KeyStore keys;
};

class Guest final : public runtime::WorkerFactory, public runtime::Effects, public labels::Participant {
public:
    /// All outlive it.
    Guest(const Deployment& deployment, ByteView seed, cvm::SecureProcessor& processor,
          labels::Registry& registry, Scene& scene);
    ~Guest() override;

    /// How it reaches what stands around it, and the agent that is part of it; they outlive it. Before
    /// boot().
    struct Wires {
        cvm::TpmTransport tpm;
        /// One line of the control plane, by name, and the agent's answer.
        std::function<Bytes(std::string_view command, ByteView line)> control;
        runtime::Agent* agent = nullptr;
        GpuWork* gpu = nullptr;
    };
    void connect(Wires wires) { wires_ = std::move(wires); }

    /// Launch, paravisor, measured boot, and the policy bound to the runtime.
    Outcome boot();
    /// GPU nonce of a challenge, and the evidence for it.
    Bytes gpu_nonce(ByteView nonce) const { return agent_->gpu_nonce(nonce); }
    Result<cvm::CompositeEvidence, Refusal> evidence(ByteView nonce, std::string gpu);
    /// What the KMS answered: unwrapped by the vTPM, in its PCR state.
    Result<Secret, Refusal> unwrap(const HttpResponse& answer);
    /// The prompt key: from now on the gateway opens what is sealed to it. `config` is as published.
    Outcome take_prompt_key(Secret key, ByteView config);

    /// The model's key, in a key slot until the GPU has it.
    void keep_model_key(Secret key);
    ByteView model_key() const { return memory_.keys.bytes(*model_key_); }
    void forget_model_key();

    /// From the container image, block by block through its hash tree; mounted by the control plane.
    Result<Bytes, Refusal> read_file(const ImageFile& file);
    Outcome load_tokenizer(Bytes file);

    /// One command of the control plane; the runtime's answer.
    runtime::Decision control(const std::string& command, const std::string& input);
    /// The deployment's own commands: a refusal is the stage's end.
    Outcome obey(Stage stage, const std::vector<ControlCommand>& commands);
    void gpu_attested() { wires_.agent->device_attested("gpu"); }

    /// The gateway: a request of the balancer in, an answer out. `subject` is whom the request's bytes belong
    /// to.
    HttpResponse serve(const HttpRequest& request, const labels::Subject& subject);
    /// Why the last request was refused inside; empty when it was not.
    const std::optional<Refusal>& last_refusal() const { return last_refusal_; }

    const runtime::Agent& agent() const { return *wires_.agent; }
    const ohttp::Gateway& gateway() const { return *gateway_; }
    GuestMemory& memory() { return memory_; }
    const cvm::GuestAgent& attester() const { return *agent_; }
    /// How many tokens the last answer has; they lie in memory().output until the request is deleted.
    std::size_t last_token_count() const { return last_count_; }

    // runtime::WorkerFactory, runtime::Effects, labels::Participant.
    std::unique_ptr<runtime::Worker> start(const runtime::Admission& container) override;
    bool perform(const runtime::Effect& effect) override;
    std::string_view name() const override { return "vm"; }
    Result<Nothing, labels::Refusal> scrub(const labels::Subject& subject) override;
    Result<Nothing, labels::Refusal> zeroise(const labels::Subject& subject) override;

private:
    class InferenceWorker;
    /// The answer to an opened request: status, and how many bytes of `content` it has.
    std::pair<unsigned, std::size_t> complete(const ohttp::bhttp::Request& request,
                                              std::span<std::uint8_t> content);
    void keep_response_key(const Secret& secret, const labels::Subject& subject);
    ohttp::ResponseContext response_context(const ohttp::ResponseContext& of) const;
    Outcome mount_disk(const std::string& root_hash);
    Result<std::size_t, runtime::WorkerRefusal> infer(ByteView prompt, std::span<std::uint8_t> answer);
    Refusal refuse(Stage stage, std::string_view component, std::string_view code, std::string what) const {
        return scene_.refuse(stage, component, code, std::move(what));
    }
    Refusal refuse(Stage stage, const cvm::VmError& error) const;

    const Deployment& deployment_;
    Scene& scene_;
    labels::Registry& registry_;
    crypto::Drbg random_;
    crypto::Context context_;
    cvm::SecureProcessor& processor_;
    Wires wires_;
    GuestMemory memory_;
    std::optional<cvm::Paravisor> paravisor_;
    std::optional<cvm::GuestAgent> agent_;
    std::optional<runtime::WorkerDesk> desk_;
    Bytes stored_image_;  // as the host keeps it
    std::optional<cvm::ByteSource> image_;
    std::optional<cvm::WindowSource> image_data_;
    std::optional<cvm::VerityDevice> disk_;
    std::optional<Refusal> effect_refusal_;  // why the last effect could not be carried out
    std::optional<reference_gpu::Tokenizer> tokenizer_;
    ohttp::ReplayWindow window_;
    std::optional<ohttp::Gateway> gateway_;
    std::uint64_t containers_ = 0, requests_ = 0;
    std::optional<labels::Subject> subject_;
    std::optional<labels::KeyRef> response_key_, model_key_;
    std::optional<labels::Subject> node_;  // owner of what lives longer than a request
    std::optional<Refusal> last_refusal_;
    std::size_t steps_ = 0;
    std::size_t last_count_ = 0;
};

}  // namespace assay::platform
