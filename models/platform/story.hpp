// What happens on a platform, stage by stage, and with a prompt: the programs of guest, control plane and
// client, one after the other. Everything that leaves one of them goes through the machine's links.
#pragma once
#include "models/platform/gpu_platform.hpp"
#include "models/platform/machine.hpp"
#include "models/platform/world.hpp"

namespace assay::platform {

class Story : public GpuWork {
public:
    /// All outlive it; `world` is made anew in place, and begin() told of it.
    Story(World& world, Machine& machine, GpuPlatform& gpu, labels::Registry& registry, Random& random,
          const Deployment& deployment, const reference_gpu::Tokenizer& words)
        : w_(world),
          machine_(machine),
          gpu_(gpu),
          registry_(registry),
          random_(random),
          deployment_(deployment),
          words_(words) {}

    /// After power-on: the guest's wires, and who sits on the links.
    void begin();

    // For threads of the simulation.
    Outcome run(Stage stage);
    Result<Answer, Refusal> serve(const Prompt& prompt);
    /// A request that reached the VM: opened, answered, deleted.
    HttpResponse in_vm(const HttpRequest& request);

    // GpuWork
    Result<std::size_t, labels::Refusal> run(const labels::Subject& subject,
                                             const labels::LabelledStore& from, labels::Range prompt,
                                             std::size_t limit, labels::LabelledStore& to,
                                             std::size_t at) override;

private:
    /// A challenge of the KMS answered with evidence of the whole platform: a token for one release.
    struct Attested {
        std::string token, nonce;  // base64url
    };
    Result<Attested, Refusal> attest_for_release();
    Result<std::string, Refusal> appraise(cvm::CompositeEvidence evidence, Bytes nonce);
    Result<Secret, Refusal> release_key(const std::string& kid, const Attested& attested);
    HttpResponse ask_kms(const std::string& target, const std::string& body);

    Outcome boot();
    Outcome attest();
    Outcome release();
    Outcome admit();
    Outcome hostile();
    Outcome prepare_client();
    void watch_links();
    void look_for(const Prompt* known);
    Refusal refuse(Stage stage, std::string_view component, std::string_view code, std::string what) const {
        return w_.scene.refuse(stage, component, code, std::move(what));
    }

    World& w_;
    Machine& machine_;
    GpuPlatform& gpu_;
    labels::Registry& registry_;
    Random& random_;
    const Deployment& deployment_;
    const reference_gpu::Tokenizer& words_;
    Attested attested_;
};

/// Text member of a JSON answer; empty when there is none.
std::string text_member(const HttpResponse& answer, const char* name);

}  // namespace assay::platform
