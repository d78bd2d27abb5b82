// The whole platform for confidential inference: client, relay, load balancer, confidential VM with vTPM,
// PCIe link, GPU, verifier and KMS. It tells one story, stage by stage, with nothing or with one thing wrong.
//
//     ReferencePlatform platform{{}, seed};
//     platform.power_on_reset();
//     if (const auto refused = platform.advance(Stage::admit); !refused) return refused.error().text();
//     const auto served = platform.ask({"Once upon a time", 32});    // sealed, answered, deleted
#pragma once
#include <memory>

#include "models/platform/deployment.hpp"
#include "models/platform/scenario.hpp"
#include "sim/base/event.hpp"
#include "sim/labels/deletion.hpp"

namespace assay::platform {

struct Supply;

struct ReferenceOptions {
    std::string gpu_profile = "gb100";
    std::shared_ptr<const Supply> gpu_supply{};  // of profile and seed; null: it makes its own
    std::optional<Workload> workload{};          // nothing: the built-in one
    /// By which the dates of prompts are judged, for endpoints whose clients live in another time than the
    /// scenario; it outlives the platform. Null: the scenario's.
    const Clock* prompt_clock = nullptr;
};

struct Prompt {
    std::string text;
    std::size_t steps = 32;  // forward passes, prompt included
    std::string canary{};    // a part of `text` that is looked for afterwards, 24 characters; may be empty
};
struct Answer {
    std::string text;                   // the continuation
    std::vector<std::uint32_t> tokens;  // as the GPU made them
    labels::DeletionRecord deletion;
    HttpResponse outer{};  // as the client's transport sees it
};

/// Where an identifier or a nonce was used, and its value: for who looks for repetitions.
struct ObservedId {
    std::string where;  // "relay", "balancer", "hpke enc", "dma host-to-device"
    Bytes value;
};

/// Elaborates in the process that makes it, as GpuPlatform does. A scenario begins with power_on_reset() and
/// gives the same bytes alone and after any others.
class ReferencePlatform {
public:
    /// Equal seeds, equal platforms. std::invalid_argument for an unknown profile, std::runtime_error for a
    /// model that cannot be loaded.
    ReferencePlatform(ReferenceOptions options, std::uint64_t seed);
    ~ReferencePlatform();
    ReferencePlatform(const ReferencePlatform&) = delete;
    ReferencePlatform& operator=(const ReferencePlatform&) = delete;

    /// What is wrong from the next power-on on; an empty one is nothing.
    void set_tampering(Tampering tampering);
    /// False for an unknown fault (scenario_faults()).
    [[nodiscard]] bool inject(std::string_view fault);

    void power_on_reset();
    /// To the end of `stage`; it stops where somebody refuses, and then stays there.
    Outcome advance(Stage stage);
    /// The last stage that has ended well.
    Stage reached() const;

    /// Runs the stages that are left, then one prompt from the client to the GPU and back, and its deletion.
    Result<Answer, Refusal> ask(const Prompt& prompt);
    /// The same computation by the reference path, on the CPU.
    Answer reference(const Prompt& prompt) const;

    /// One command of the control plane, after boot: the decision and whether anything changed.
    struct ControlAnswer {
        bool allowed = false, changed = false;
        std::string code, reason;
    };
    ControlAnswer control(const std::string& command, const std::string& input);

    /// Every byte of every store, by labels and by content. Keys of the running session are no residue: they
    /// end with it.
    std::vector<labels::Finding> sweep();
    std::vector<std::string> stores() const;
    /// A known residue of nobody's in the middle of a store, until the next call; an empty canary only takes
    /// it out. False when there is no such store.
    [[nodiscard]] bool plant(std::string_view store, std::string_view canary);
    std::vector<ObservedId> observed_ids() const;

    std::vector<Event> take_events();
    std::string waves() const;
    std::uint64_t now_ps() const;
    const Deployment& deployment() const;

    /// For endpoints: the relay as clients reach it (and, beside it, GET /ohttp-keys and GET /attestation:
    /// what a client checks before it seals), KMS, verifier and vTPM as their clients do.
    HttpResponse gateway(const HttpRequest& request);
    HttpResponse kms(const HttpRequest& request);
    HttpResponse verifier(const HttpRequest& request);
    Bytes vtpm(ByteView command, unsigned locality = 0);
    /// What a client needs: key list and evidence for it.
    Bytes key_list();
    Bytes key_evidence();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace assay::platform
