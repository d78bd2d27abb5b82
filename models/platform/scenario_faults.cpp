// Everything that a scenario can do wrong, a row each. Who must notice it, and by which code, says the suite
// `platform`.
#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "models/gpu/evidence.hpp"
#include "models/platform/scenario.hpp"
#include "models/tpm/commands.hpp"

namespace assay::platform {
namespace {

using nlohmann::json;
using Kind = cvm::BootFault::Kind;

constexpr std::uint64_t first_chunk_block = 1, tree_offset_from_end = 64;

void flip(Bytes& bytes, std::size_t at) { bytes.at(at) ^= 0x01; }
/// The deployment's policy in a later version.
void other_policy(Bytes& policy) {
    constexpr std::string_view version = "\"svn\":1";
    const auto at = as_text(policy).find(version);
    policy.at(at + version.size() - 1) = '2';
}
void flip_middle(Bytes& bytes) { flip(bytes, bytes.size() / 2); }

/// A JWT with one character of a part changed; the part stays base64url.
void change_part(std::string& token, int part) {
    std::size_t at = 0;
    for (; part > 0; --part) at = token.find('.', at) + 1;
    at += 10;
    token.at(at) = token[at] == 'A' ? 'B' : 'A';
}

json body_of(const HttpRequest& request) { return json::parse(as_text(request.body), nullptr, false); }
void set_body(HttpRequest& request, const json& body) {
    const std::string text = body.dump();
    const ByteView bytes = as_bytes(text);
    request.body.assign(bytes.begin(), bytes.end());
}
bool is_release(const HttpRequest& request) { return request.target.ends_with("/release"); }
/// Changes the body of the release request.
void in_release(Tampering& t, void (*change)(json&)) {
    t.key_request = [change](HttpRequest& request) {
        if (!is_release(request)) return;
        json body = body_of(request);
        change(body);
        set_body(request, body);
    };
}
void in_container(Tampering& t, void (*change)(json&)) {
    t.control_command = [change](std::string& command, std::string& input) {
        if (command != "container.create") return;
        json body = json::parse(input);
        change(body);
        input = body.dump();
    };
}
void boot_fault(Tampering& t, Kind kind, const char* item) { t.boot = {{kind, item}}; }
void hostile(Tampering& t, const char* command, const char* input) {
    t.hostile_commands = {{command, input}};
}
void in_gpu_report(Tampering& t, void (*change)(gpu::Evidence&)) {
    t.gpu_evidence = [change](std::string& text) {
        auto devices = *gpu::parse_evidence(as_bytes(text));
        change(devices.front());
        text = gpu::write_evidence(devices);
    };
}
void extend_pcr(const std::function<Bytes(ByteView)>& tpm, std::uint32_t pcr) {
    static_cast<void>(tpm::call(
        tpm, tpm::PcrExtendIn{.pcr_handle = pcr, .digests = {{{tpm::Alg::sha256, Bytes(32, 0xEE)}}}},
        {tpm::password()}));
}

// clang-format off
constexpr std::array table{
    ScenarioFault{"ak-foreign", "the quote is signed by another attestation key",
        [](Tampering& t) { t.evidence = [](cvm::CompositeEvidence& e) { flip(e.quote.signature, 100); }; }},
    ScenarioFault{"challenge-expired", "a challenge of the KMS is answered after ten minutes",
        [](Tampering& t) { t.delay_before_release = std::chrono::minutes{10}; }},
    ScenarioFault{"challenge-foreign", "a release names a challenge that the KMS never gave",
        [](Tampering& t) { in_release(t, [](json& b) { b["nonce"] = to_base64url(Bytes(32, 7)); }); }},
    ScenarioFault{"ciphertext", "one bit of the encapsulated request is flipped on its way",
        [](Tampering& t) { t.to_gateway = [](HttpRequest& r) { flip(r.body, r.body.size() - 1); }; }},
    ScenarioFault{"client-clock", "the client's clock is ten minutes ahead",
        [](Tampering& t) { t.client_clock = std::chrono::minutes{10}; }},
    ScenarioFault{"command-line", "the kernel boots with another command line",
        [](Tampering& t) { t.plan = [](cvm::BootPlan& p) { p.command_line = "debug " + p.command_line; }; }},
    ScenarioFault{"container-args", "the container is created with one argument more",
        [](Tampering& t) { in_container(t, [](json& b) { b["args"].push_back("--debug"); }); }},
    ScenarioFault{"container-env", "the container gets one variable more",
        [](Tampering& t) { in_container(t, [](json& b) { b["env"].push_back("LD_PRELOAD=/tmp/x.so"); }); }},
    ScenarioFault{"container-mount", "the container gets a mount of the host",
        [](Tampering& t) { in_container(t, [](json& b) { b["mounts"].push_back({{"destination", "/host"}, {"type", "bind"}, {"source", "/"}, {"options", json::array()}}); }); }},
    ScenarioFault{"container-privileged", "the container is created privileged",
        [](Tampering& t) { in_container(t, [](json& b) { b["privileged"] = true; }); }},
    ScenarioFault{"copy-in", "the control plane copies a file into the container",
        [](Tampering& t) { hostile(t, "file.copy_in", R"({"path":"/tmp/x","type":"regular"})"); }},
    ScenarioFault{"debug-container", "the control plane starts a container of its own",
        [](Tampering& t) { hostile(t, "device.mount_ro", R"({"target":"/layers/9","root_hash":"b5c1fb2efc6d6b4674c2fdcc48ce01b43a3b7c03763c0c3355de0099ee0f8c73"})"); }},
    ScenarioFault{"disk-block", "one block of the container image is changed on disk",
        [](Tampering& t) { t.disk = [](Bytes& image) { flip(image, first_chunk_block * 4096 + 100); }; }},
    ScenarioFault{"disk-tree", "the hash tree of the container image is changed on disk",
        [](Tampering& t) { t.disk = [](Bytes& image) { flip(image, image.size() - tree_offset_from_end); }; }},
    ScenarioFault{"dma-answer", "one bit of the GPU's answer is flipped in the bounce buffer",
        [](Tampering& t) { t.dma_fault = "answer-flipped"; }},
    ScenarioFault{"dma-counter", "a counter of the channel is used twice",
        [](Tampering& t) { t.dma_fault = "counter-reused"; }},
    ScenarioFault{"dma-gap", "a counter of the channel is left out",
        [](Tampering& t) { t.dma_fault = "iv-skipped"; }},
    ScenarioFault{"dma-plaintext", "the driver puts plaintext into the bounce buffer",
        [](Tampering& t) { t.dma_fault = "plaintext-in-bounce"; }},
    ScenarioFault{"dma-replay", "the host brings back the record before",
        [](Tampering& t) { t.dma_fault = "record-replayed"; }},
    ScenarioFault{"dma-stale-key", "the driver seals under a key of another session",
        [](Tampering& t) { t.dma_fault = "stale-key"; }},
    ScenarioFault{"driver", "another driver is loaded into the GPU",
        [](Tampering& t) { t.gpu_firmware = {{"driver", 1}}; }},
    ScenarioFault{"enc-repeated", "the same encapsulated request is sent twice",
        [](Tampering& t) { t.replay_request = true; }},
    ScenarioFault{"event-log", "the event log says another digest than was extended",
        [](Tampering& t) { boot_fault(t, Kind::log_digest, "kernel"); }},
    ScenarioFault{"event-missing", "an event is extended and not in the log",
        [](Tampering& t) { boot_fault(t, Kind::unlogged, "loader"); }},
    ScenarioFault{"event-unmeasured", "an event is in the log and was never extended",
        [](Tampering& t) { boot_fault(t, Kind::unmeasured, "kernel"); }},
    ScenarioFault{"exec", "the control plane executes a command in the container",
        [](Tampering& t) { hostile(t, "process.exec", R"({"container":"c1","args":["/bin/sh"],"env":[],"working_dir":"/"})"); }},
    ScenarioFault{"firmware", "the VM boots another firmware",
        [](Tampering& t) { boot_fault(t, Kind::altered, "firmware"); }},
    ScenarioFault{"gpu-debug", "the GPU's debug interface is open",
        [](Tampering& t) { t.gpu_debug = true; }},
    ScenarioFault{"gpu-firmware", "the GPU runs another boot firmware",
        [](Tampering& t) { t.gpu_firmware = {{"fsp", 1}}; }},
    ScenarioFault{"gpu-mode", "the GPU runs without confidential computing",
        [](Tampering& t) { t.gpu_mode = gpu::CcMode::off; }},
    ScenarioFault{"gpu-mode-devtools", "the GPU runs in developer mode",
        [](Tampering& t) { t.gpu_mode = gpu::CcMode::devtools; }},
    ScenarioFault{"gpu-nonce", "the GPU answers another challenge",
        [](Tampering& t) { t.gpu_nonce = [](Bytes& nonce) { flip(nonce, 0); }; }},
    ScenarioFault{"gpu-rollback", "the GPU boots an older firmware",
        [](Tampering& t) { t.gpu_rollback = true; }},
    ScenarioFault{"gpu-signature", "one bit of the GPU's signature is changed",
        [](Tampering& t) { in_gpu_report(t, [](gpu::Evidence& e) { flip(e.report, e.report.size() - 1); }); }},
    ScenarioFault{"image", "another container image is measured",
        [](Tampering& t) { t.plan = [](cvm::BootPlan& p) { flip(p.images.front().digest, 0); }; }},
    ScenarioFault{"image-swap", "the control plane mounts another layer than the policy names",
        [](Tampering& t) { t.control_command = [](std::string& command, std::string& input) {
            if (command == "device.mount_ro") input = R"({"root_hash":")" + std::string(64, '0') + R"(","target":"/layers/0"})"; }; }},
    ScenarioFault{"kernel", "the VM boots another kernel",
        [](Tampering& t) { boot_fault(t, Kind::altered, "kernel"); }},
    ScenarioFault{"key-id", "the gateway asks for a key that is not its own",
        [](Tampering& t) { t.key_request = [](HttpRequest& r) { if (is_release(r)) r.target = "/v1/keys/another/release"; }; }},
    ScenarioFault{"key-list", "the client gets another key than the one that was published",
        [](Tampering& t) { t.key_list = [](Bytes& list) { flip(list, 10); }; }},
    ScenarioFault{"key-list-everywhere", "every way to the key list gives another key",
        [](Tampering& t) { t.second_key_list = false; t.key_list = [](Bytes& list) { flip(list, 10); }; }},
    ScenarioFault{"kv-left", "keys and values of a request are not scrubbed",
        [](Tampering& t) { t.dma_fault = "kv-left"; }},
    ScenarioFault{"loader", "the VM boots another loader",
        [](Tampering& t) { boot_fault(t, Kind::altered, "loader"); }},
    ScenarioFault{"paravisor", "another paravisor is launched",
        [](Tampering& t) { t.launch = [](cvm::GuestLaunch& g) { flip_middle(g.image); }; }},
    ScenarioFault{"pcr-after-release", "something is measured after the key was released",
        [](Tampering& t) { t.after_release = [](const auto& tpm) { extend_pcr(tpm, 8); }; }},
    ScenarioFault{"pcr-values", "the register values beside the quote are others",
        [](Tampering& t) { t.evidence = [](cvm::CompositeEvidence& e) { flip(e.quote.pcrs.at("sha256").at(4), 0); }; }},
    ScenarioFault{"policy", "the VM measures another runtime policy",
        [](Tampering& t) { t.plan = [](cvm::BootPlan& p) { p.runtime_policy.push_back(' '); }; }},
    ScenarioFault{"policy-other", "the VM measures and runs under another policy, which is valid",
        [](Tampering& t) { t.runtime_policy = other_policy; t.plan = [](cvm::BootPlan& p) { other_policy(p.runtime_policy); }; }},
    ScenarioFault{"policy-replaced", "the control plane replaces the runtime policy",
        [](Tampering& t) { hostile(t, "policy.set", R"({"policy":"e30="})"); }},
    ScenarioFault{"policy-swapped", "the runtime is given another policy than was measured",
        [](Tampering& t) { t.runtime_policy = other_policy; }},
    ScenarioFault{"quote-nonce", "the quote answers another challenge",
        [](Tampering& t) { t.evidence_nonce = [](Bytes& nonce) { flip(nonce, 0); }; }},
    ScenarioFault{"read-logs", "the control plane reads the container's output",
        [](Tampering& t) { hostile(t, "stream.stdout_read", R"({"container":"c1","max":4096})"); }},
    ScenarioFault{"receipt", "the receipt of the prompt key is of another key",
        [](Tampering& t) { t.receipt = [](Bytes& receipt) {
            auto text = std::string{as_text(receipt)};
            auto body = json::parse(text, nullptr, false);
            for (auto& [name, value] : body.items()) if (value.is_string() && name == "signature") {
                auto raw = *from_base64(value.template get<std::string>());
                flip(raw, raw.size() - 1);
                value = to_base64(raw);
            }
            text = body.dump();
            receipt.assign(text.begin(), text.end()); }; }},
    ScenarioFault{"response", "one bit of the encapsulated response is flipped on its way",
        [](Tampering& t) { t.from_gateway = [](HttpResponse& r) { if (!r.body.empty()) flip(r.body, r.body.size() - 1); }; }},
    ScenarioFault{"scrub-partial", "a scrub ends before its range does",
        [](Tampering& t) { t.dma_fault = "partial-scrub"; }},
    ScenarioFault{"scrub-skipped", "token lists stay in the staging memory",
        [](Tampering& t) { t.dma_fault = "scrub-skipped"; }},
    ScenarioFault{"secure-boot", "the VM boots with Secure Boot off",
        [](Tampering& t) { t.plan = [](cvm::BootPlan& p) { p.secure_boot = false; }; }},
    ScenarioFault{"snp-debug", "the VM is launched with debugging allowed",
        [](Tampering& t) { t.launch = [](cvm::GuestLaunch& g) { g.policy |= cvm::guest_policy::debug; }; }},
    ScenarioFault{"snp-migration", "the VM is launched with a migration agent allowed",
        [](Tampering& t) { t.launch = [](cvm::GuestLaunch& g) { g.policy |= cvm::guest_policy::migration; }; }},
    ScenarioFault{"snp-report", "one bit of the CPU's report is changed",
        [](Tampering& t) { t.evidence = [](cvm::CompositeEvidence& e) { flip(e.hcl_report, 32 + 0x2A0 + 3); }; }},
    ScenarioFault{"snp-vmpl", "the report comes from another privilege level",
        [](Tampering& t) { t.vmpl = 2; }},
    ScenarioFault{"token-changed", "a claim of the result token is changed on its way",
        [](Tampering& t) { t.token = [](std::string& token) { change_part(token, 2); }; }},
    ScenarioFault{"token-expired", "the client is shown a token of nine hours ago",
        [](Tampering& t) { t.client_clock = std::chrono::hours{9}; }},
    ScenarioFault{"token-foreign", "the client gets a token of nobody it trusts",
        [](Tampering& t) { t.client_token = [](std::string& token) { change_part(token, 2); }; }},
    ScenarioFault{"truncated-response", "the response is cut off",
        [](Tampering& t) { t.from_gateway = [](HttpResponse& r) { if (r.body.size() > 100) r.body.resize(r.body.size() - 20); }; }},
    ScenarioFault{"unlabelled-copy", "a copy of the token list has lost its label",
        [](Tampering& t) { t.dma_fault = "unlabelled-copy"; }},
    ScenarioFault{"vbios", "the GPU runs another VBIOS",
        [](Tampering& t) { t.gpu_firmware = {{"vbios", 1}}; }},
    ScenarioFault{"wrapping-key", "the certified wrapping key is another one",
        [](Tampering& t) { t.evidence = [](cvm::CompositeEvidence& e) { flip(e.wrapping_key->public_area, e.wrapping_key->public_area.size() - 1); }; }},
    ScenarioFault{"wrong-key-id", "the request names a key that the gateway does not have",
        [](Tampering& t) { t.to_gateway = [](HttpRequest& r) { r.body.at(0) ^= 0x40; }; }},
};
// clang-format on
static_assert(std::ranges::adjacent_find(table, std::ranges::greater_equal{}, &ScenarioFault::id) ==
              table.end());

}  // namespace

std::span<const ScenarioFault> scenario_faults() { return table; }

}  // namespace assay::platform
