// Sequences of commands with the response codes that a peer (libtpms 0.9.2) gave, sent to this TPM.
#include <boost/test/unit_test.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/test_tpm.hpp"

namespace assay::tpm {
namespace {

using nlohmann::json;

/// Differences that are ours by choice.
bool differs_by_choice(const std::string& label) {
    return label == "TestParms ecc p192";  // a curve that this TPM does not have
}

void control(Bench& bench, const Bytes& command) {
    if (command.size() == 5 && command[3] == 5 && command[4] < 5) bench.locality = command[4];
    if (command.size() == 8 && command[3] == 2) bench.power_cycle();
}

void replay(const json& sequence) {
    Bench bench{{.object_slots = 3, .loaded_sessions = 3, .retry_on_first_da_use = true}};
    std::size_t checked = 0, unknown = 0;
    for (const json& step : sequence.at("steps")) {
        const Bytes command = bytes_of(step.at("command"));
        if (step.at("kind") == "control") {
            control(bench, command);
            continue;
        }
        const Cc cc{load<std::uint32_t>(ByteView{command}.subspan(6), byte_order)};
        const std::string label = step.value("label", "");
        if (find_command(cc) == nullptr) {
            ++unknown;
            continue;
        }
        const Bytes response = bench.send(command);
        const auto expected = static_cast<Rc>(std::stoul(step.at("rc").get<std::string>(), nullptr, 16));
        if (differs_by_choice(label)) continue;
        BOOST_TEST(response_code(response).value() == expected,
                   label << ": " << text(*response_code(response)) << ", expected " << text(expected));
        ++checked;
    }
    std::printf("vectors: %s %zu response codes checked, %zu commands not known here\n",
                sequence.at("sequence").get<std::string>().c_str(), checked, unknown);
}

BOOST_AUTO_TEST_CASE(response_codes_are_those_of_a_peer) {
    const json sequences = shared_json("tpm/derived/response-codes.json");
    for (const json& sequence : sequences) replay(sequence);
}

}  // namespace
}  // namespace assay::tpm
