#include "conformance/targets/probe.hpp"

#include "sim/kernel/simulation.hpp"

namespace assay::conformance {

Result<std::vector<std::string>, std::string> probe_capabilities(
    const std::function<AnyPort(std::uint64_t)>& open) {
    constexpr std::chrono::seconds limit{60};
    const auto outcome = kernel::run_simulation(
        [&] {
            std::string lines;
            const AnyPort target = open(1);
            std::visit(
                [&](const auto& port) {
                    if constexpr (requires { port->capabilities(); })
                        for (const std::string& capability : port->capabilities()) lines += capability + "\n";
                },
                target);
            return lines;
        },
        limit);
    if (outcome.ending.signal != 0)
        return "the target ended by signal " + std::to_string(outcome.ending.signal) + " when it was opened";
    if (outcome.ending.exit_code != 0) return "the target cannot be opened: " + outcome.report;
    std::vector<std::string> out;
    for (std::string_view rest = outcome.report; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        out.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace assay::conformance
