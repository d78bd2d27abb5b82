// A guest as the suite boots it: policies and commands made here, answers read here.
#pragma once
#include "conformance/case.hpp"

namespace assay::conformance::guest_runtime {

/// Every command of table 1, in order of name.
std::span<const std::string_view> command_names();

/// The deployments that the suite's policies are for.
enum class Deployment : std::uint8_t {
    worker,  // one inference worker with a GPU, and nothing that it does not need
    tools,   // the same with exec, streams, files, shares, logging and external processes by rule
    pair,    // two containers of the same image, the second after the first
};
/// Canonical bytes (RFC 8785) of the policy.
std::string policy_text(Deployment deployment);
/// A JSON text with the value at a JSON pointer replaced, or the member there removed (empty `value`);
/// canonical.
std::string with(const std::string& text, const std::string& pointer, const std::string& value);

/// How far the guest has been brought.
enum class Stage : std::uint8_t {
    booted,
    sandbox,
    layers,
    layered,
    created,
    started,
    stopped,
    removed,
    destroyed
};

/// Inputs, as JSON text, that the policies of all deployments permit at the right stage.
std::string sandbox_input();
std::string layer_input(int layer);  // 0, 1: the layers; 2: a hash that no policy lists
std::string overlay_input(const std::string& container = "c0");
std::string create_input(const std::string& container = "c0");
std::string of_container(const std::string& container = "c0");  // {"container":"c0"}

std::string command_line(const std::string& command, const std::string& input);

/// The answer of the guest, as its line says it. Empty members were not there.
struct GuestAnswer {
    bool well_formed = false;  // one JSON object of known members
    std::string verdict, code, command, at, raw;
    std::uint64_t seq = 0;
};

class Guest {
public:
    explicit Guest(Trial& trial) : trial_(trial) {}

    /// Boots with the policy, measured as it is; the policy must be bound.
    void boot(const std::string& policy, unsigned gpus = 1);
    /// Sends what leads from power-on to `stage`; each command must be allowed.
    void bring_to(Stage stage);

    GuestAnswer send(const std::string& line);
    void expect_allowed(const std::string& line);
    /// Denied with `code` (and the place `at` in the policy, where given), counted, without any change or
    /// effect.
    void expect_denied(const std::string& line, std::string_view code,
                       const std::optional<std::string>& at = {});

    CommandPort& port() { return trial_.port<CommandPort>(); }

private:
    Trial& trial_;
};

/// SHA-256.
Bytes measured(const std::string& policy);

}  // namespace assay::conformance::guest_runtime
