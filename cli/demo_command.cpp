// `assay demo`: the story of one prompt, told live; with --tamper one thing is wrong, and somebody refuses
// it.
#include <algorithm>
#include <array>

#include "cli/commands.hpp"
#include <fmt/format.h>

#include "models/platform/reference_platform.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

using platform::ReferencePlatform;
using platform::Stage;

constexpr std::size_t demo_steps = 48, shown_events = 6;
constexpr std::string_view default_prompt = "to be or not to be";
/// What the demonstration gets wrong at its end: one in the GPU, one in the VM, one on the way.
constexpr std::array<std::string_view, 3> shown_faults{"vbios", "policy-other", "kv-left"};

std::string milliseconds(std::uint64_t ps) {
    return fmt::format("{:>9.1f} ms", static_cast<double>(ps) / 1e9);
}

class Teller {
public:
    explicit Teller(const Console& console)
        : out_(console.people()), verbose_(console.verbosity > 0), quiet_(console.quiet) {}

    void heading(std::string_view text) const {
        if (!quiet_) out_.line(out_.paint(Tone::strong, text));
    }
    /// What happened since the last call: messages and states, a few of each stage, all of them with -v.
    void events(ReferencePlatform& platform) const {
        const auto happened = platform.take_events();
        std::size_t shown = 0, left_out = 0;
        for (const Event& event : happened) {
            const bool telling =
                event.kind == Event::Kind::state || event.kind == Event::Kind::check ||
                (event.kind == Event::Kind::message && event.actor != "host" && event.peer != "host");
            if (quiet_) continue;
            if (!verbose_ && (!telling || shown == shown_events)) {
                ++left_out;
                continue;
            }
            ++shown;
            const bool refused = event.outcome != Event::Outcome::ok;
            std::string line = event.peer.empty()
                                   ? fmt::format("{}: {}", event.actor, event.name)
                                   : fmt::format("{} -> {}: {}", event.actor, event.peer, event.name);
            if (!event.bytes.empty()) line += fmt::format(" ({} bytes)", event.bytes.size());
            if (!event.detail.empty()) line += " - " + event.detail;
            line = printable(line);
            const std::size_t room = std::max(60U, out_.width()) - 18;
            if (line.size() > room) line = line.substr(0, room - 3) + "...";
            out_.line(fmt::format("  {}  {}", milliseconds(event.t_ps),
                                  refused ? out_.paint(Tone::bad, line) : line));
        }
        if (left_out > 0 && !quiet_)
            out_.line(out_.paint(Tone::muted,
                                 fmt::format("{:>15} {} more events (-v shows them)", "...", left_out)));
    }
    void done(std::string_view text) const {
        out_.line(fmt::format("  {} {}", out_.paint(Tone::good, "ok"), text));
    }
    void refused(const platform::Refusal& refusal) const {
        out_.line(fmt::format("  {}  {} at {}: {}", out_.paint(Tone::bad, "refused"), refusal.component,
                              platform::name(refusal.stage), refusal.code));
        out_.line("           " + printable(refusal.what));
    }

private:
    const Stream& out_;
    bool verbose_, quiet_;
};

int list_faults(const Console& console) {
    for (const auto& fault : platform::scenario_faults())
        console.out.line(fmt::format("{:<22} {}", fault.id, fault.title));
    return Exit::success;
}

/// Stage by stage, then the prompt.
Result<platform::Answer, platform::Refusal> tell(ReferencePlatform& platform, const platform::Prompt& prompt,
                                                 const Teller& teller) {
    for (const auto& stage : platform::stages()) {
        teller.heading(stage.name);
        const auto done = platform.advance(*platform::stage_named(stage.name));
        if (stage.name == "serve" && done) break;
        teller.events(platform);
        if (!done) return done.error();
        teller.done(stage.title);
    }
    auto answer = platform.ask(prompt);
    teller.events(platform);
    return answer;
}

int tampered(const DemoArguments& a, const platform::Prompt& prompt, const Console& console,
             const Teller& teller) {
    const platform::ScenarioFault* fault = platform::find_fault(a.tamper);
    if (fault == nullptr) {
        console.error("--tamper " + a.tamper +
                      ": unknown; assay demo --list names what can be tampered with");
        return Exit::usage;
    }
    ReferencePlatform platform{{}, a.seed};
    static_cast<void>(platform.inject(fault->id));
    platform.power_on_reset();
    console.people().line(fmt::format("{}: {}", fault->id, fault->title));
    const auto answer = tell(platform, prompt, teller);
    if (answer) {
        console.people().line(console.people().paint(Tone::bad, "accepted: nobody has noticed"));
        return Exit::internal;
    }
    teller.refused(answer.error());
    return Exit::failure;
}

int demo(const DemoArguments& a, Console& console) {
    if (a.list) return list_faults(console);
    const platform::Prompt prompt{a.prompt.empty() ? std::string{default_prompt} : a.prompt, demo_steps, {}};
    const Teller teller{console};
    const Stream& out = console.people();
    if (!a.tamper.empty()) return tampered(a, prompt, console, teller);

    ReferencePlatform platform{{}, a.seed};
    platform.power_on_reset();
    const auto answer = tell(platform, prompt, teller);
    if (!answer) {
        teller.refused(answer.error());
        return Exit::failure;
    }
    out.line(fmt::format("  prompt  {}", printable(prompt.text)));
    out.line(fmt::format("  answer  {}", printable(answer->text)));
    const platform::Answer expected = platform.reference(prompt);
    const bool same = answer->tokens == expected.tokens && answer->text == expected.text;
    if (same)
        teller.done(fmt::format("{} tokens, each as the reference path computes it", answer->tokens.size()));
    const auto residue = platform.sweep();
    const bool clean = residue.empty() && answer->deletion.complete;
    if (clean)
        teller.done(fmt::format("nothing of it remains in {} stores, by labels and by content",
                                platform.stores().size()));
    if (!same) out.line(out.paint(Tone::bad, "  the answer differs from the reference path"));
    for (const auto& finding : residue) out.line(out.paint(Tone::bad, "  " + finding.text()));

    bool caught = true;
    teller.heading("and with one thing wrong");
    for (const std::string_view id : shown_faults) {
        platform::Tampering tampering;
        const platform::ScenarioFault* fault = platform::find_fault(id);
        fault->arm(tampering);
        platform.set_tampering(std::move(tampering));
        platform.power_on_reset();
        const auto refused = platform.ask(prompt);
        if (refused) {
            caught = false;
            out.line(out.paint(Tone::bad, fmt::format("  {}: nobody has noticed", fault->title)));
            continue;
        }
        out.line(fmt::format("  {}", fault->title));
        teller.refused(refused.error());
    }
    out.line(fmt::format("{} passed, {} failed", int{same} + int{clean} + int{caught},
                         int{!same} + int{!clean} + int{!caught}));
    return same && clean && caught ? Exit::success : Exit::failure;
}

}  // namespace

int demo_command(const Arguments& arguments, Console& console) { return demo(arguments.demo, console); }

}  // namespace assay::cli
