// One scenario of the whole platform: its stages, how each may end, and the one thing that may be wrong in
// it.
#pragma once
#include <functional>
#include <set>

#include "models/cvm/boot_plan.hpp"
#include "models/cvm/evidence.hpp"
#include "models/cvm/secure_processor.hpp"
#include "models/gpu/chip.hpp"
#include "sim/base/http.hpp"
#include "sim/base/result.hpp"

namespace assay::platform {

/// In this order; each needs the one before.
enum class Stage : std::uint8_t { power_on, boot, attest, release, admit, serve };
struct StageInfo {
    std::string_view name;   // token
    std::string_view title;  // what is true when it has ended well
};
std::span<const StageInfo> stages();
std::string_view name(Stage stage);
std::optional<Stage> stage_named(std::string_view name);

/// Who said no, and why. Codes are those of the fault catalogue, or of the component's own protocol.
struct Refusal {
    Stage stage{};
    std::string
        component;  // "gpu", "vtpm", "verifier", "kms", "guest", "disk", "runtime", "client", "gateway", ...
    std::string code;  // E_MEAS_MISMATCH, TPM_RC_POLICY_FAIL, ...
    std::string what;  // one line; no user data, no key
    std::string text() const;
};
using Outcome = Result<Nothing, Refusal>;

/// What the control plane sends: a command of the runtime's table, and its input as JSON text.
struct ControlCommand {
    std::string command, input;
};

/// Places where a scenario may change what really happens. Empty ones change nothing. What they get is what
/// crosses there: a host, a network, a disk may do the same.
struct Tampering {
    // Before power-on.
    std::vector<std::pair<std::string, unsigned>> gpu_firmware;  // stage, image
    bool gpu_rollback = false;
    std::optional<gpu::CcMode> gpu_mode;
    bool gpu_debug = false;
    std::function<void(cvm::BootPlan&)> plan;  // what is really booted
    std::vector<cvm::BootFault> boot;
    std::function<void(cvm::GuestLaunch&)> launch;
    std::optional<cvm::TcbVersion> tcb;
    bool console_enabled = false;
    std::uint32_t vmpl = 0;
    std::function<void(Bytes&)> disk;  // the image as the host stores it

    // On the way of evidence, tokens and keys.
    std::function<void(Bytes&)> evidence_nonce;             // what the agent takes for the nonce
    std::function<void(Bytes&)> gpu_nonce;                  // what the GPU is asked for
    std::function<void(std::string&)> gpu_evidence;         // JSON, before the agent gets it
    std::function<void(cvm::CompositeEvidence&)> evidence;  // before the verifier gets it
    std::function<void(Bytes&)> verifier_nonce;             // what the verifier expects
    std::function<void(std::string&)> token;                // before the KMS gets it
    std::function<void(HttpRequest&)> key_request;          // to the KMS
    std::function<void(HttpResponse&)> key_answer;          // back
    std::chrono::seconds delay_before_release{0};
    std::function<void(const std::function<Bytes(ByteView)>& tpm)> after_release;  // before the TPM unwraps

    // In the VM.
    std::function<void(Bytes&)> runtime_policy;                                     // as the agent gets it
    std::function<void(std::string& command, std::string& input)> control_command;  // each one on its way
    std::vector<ControlCommand> hostile_commands;  // sent before the first prompt

    // On the way of a prompt.
    std::function<void(Bytes& list)> key_list;               // as the client gets it
    bool second_key_list = true;                             // it compares two ways to the list
    std::function<void(Bytes& receipt)> receipt;             // as the client gets it
    std::function<void(std::string& token)> client_token;    // as the client gets it
    std::function<void(HttpRequest&)> to_relay, to_gateway;  // on these links
    std::function<void(HttpResponse&)> from_gateway;         // on the way back
    bool replay_request = false;                             // the same message twice
    std::chrono::seconds client_clock{0};                    // how far the client's clock is off
    std::string dma_fault;                                   // of the data path: models/gpu
};

/// A fault as data. Who is to refuse it, and by which code, is the business of who judges.
struct ScenarioFault {
    std::string_view id;  // token, as `assay demo --tamper` takes it
    std::string_view title;
    void (*arm)(Tampering&);
};
/// In order of id.
std::span<const ScenarioFault> scenario_faults();
const ScenarioFault* find_fault(std::string_view id);

}  // namespace assay::platform
