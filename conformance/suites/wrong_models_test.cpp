// The suite gpu-evidence bites: the model of a GPU with one seeded defect in how it speaks SPDM, boots or
// changes its mode fails exactly the requirements that the defect touches. One simulation serves all of them.
#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "conformance/suites/gpu_evidence/suite.hpp"
#include "conformance/suites/test_trial.hpp"

namespace assay::conformance {
namespace {

using Ids = std::set<std::string>;

GpuPort& model() {
    static const AnyPort opened = parse_target("model:gpu?profile=gh100")->open(1);
    return *std::get<std::unique_ptr<GpuPort>>(opened);
}

/// The model, fresh at every case, with what a defect changes on the way.
class WrongModel : public GpuPort {
public:
    WrongModel() {
        for (const FirmwareStage& stage : model().firmware_stages())
            static_cast<void>(model().load_firmware(stage.name, 0));
        static_cast<void>(model().set_cc_mode("on"));
        static_cast<void>(model().set_debug(false));
        static_cast<void>(model().power_on_reset());
    }
    std::set<std::string> capabilities() const override { return model().capabilities(); }
    Result<GpuReferences, PortError> references() override { return model().references(); }
    Result<gpu::Evidence, PortError> collect(ByteView nonce) override { return model().collect(nonce); }
    Result<Bytes, PortError> exchange(ByteView request) override { return model().exchange(request); }
    Result<Nothing, PortError> power_on_reset() override { return model().power_on_reset(); }
    std::vector<FirmwareStage> firmware_stages() override { return model().firmware_stages(); }
    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        return model().load_firmware(stage, change);
    }
    Result<Nothing, PortError> roll_back_firmware() override { return model().roll_back_firmware(); }
    Result<Nothing, PortError> set_cc_mode(std::string_view mode) override {
        return model().set_cc_mode(mode);
    }
    Result<Nothing, PortError> set_debug(bool enabled) override { return model().set_debug(enabled); }
    std::vector<Event> take_events() override { return model().take_events(); }
};

/// Answers of the model, one of them changed.
struct WrongSpdm final : WrongModel {
    using Exchange = std::function<Bytes(ByteView request, const std::function<Bytes(ByteView)>& ask)>;
    explicit WrongSpdm(Exchange e) : change(std::move(e)) {}
    Result<Bytes, PortError> exchange(ByteView request) override {
        return change(request, [](ByteView to) {
            auto answer = model().exchange(to);
            return answer ? *answer : Bytes{};
        });
    }
    Exchange change;
};

struct ForgetsFirmware final : WrongModel {  // whatever is loaded, the released image is measured
    Result<Nothing, PortError> load_firmware(std::string_view, unsigned) override { return Nothing{}; }
};
struct MeasuresAtLoad final : WrongModel {  // reports what will run, not what runs
    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        auto done = model().load_firmware(stage, change);
        static_cast<void>(model().power_on_reset());
        return done;
    }
};
struct MixesStages final : WrongModel {  // an image of one stage changes another one, too
    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        static_cast<void>(model().load_firmware(model().firmware_stages().back().name, change));
        return model().load_firmware(stage, change);
    }
};
struct CollapsesChanges final : WrongModel {  // all images but the released one measure the same
    Result<Nothing, PortError> load_firmware(std::string_view stage, unsigned change) override {
        return model().load_firmware(stage, std::min(change, 1U));
    }
};
struct DriftsAtReset final : WrongModel {  // every reset runs other firmware
    Result<Nothing, PortError> power_on_reset() override {
        static_cast<void>(model().load_firmware(model().firmware_stages().back().name, ++resets));
        return model().power_on_reset();
    }
    unsigned resets = 0;
};
struct RollsBackSilently final : WrongModel {
    Result<Nothing, PortError> roll_back_firmware() override { return Nothing{}; }
};
struct IgnoresMode final : WrongModel {
    Result<Nothing, PortError> set_cc_mode(std::string_view) override { return Nothing{}; }
};
struct HidesDevtools final : WrongModel {
    Result<Nothing, PortError> set_cc_mode(std::string_view mode) override {
        return model().set_cc_mode(mode == "devtools" ? "on" : mode);
    }
};
struct HidesDebug final : WrongModel {
    Result<Nothing, PortError> set_debug(bool) override { return Nothing{}; }
};
struct KeepsDebug final : WrongModel {
    Result<Nothing, PortError> set_debug(bool) override { return model().set_debug(true); }
};
struct NeedsNoReset final : WrongModel {
    Result<Nothing, PortError> set_cc_mode(std::string_view mode) override {
        auto done = model().set_cc_mode(mode);
        static_cast<void>(model().power_on_reset());
        return done;
    }
};

struct Judged {
    Ids failed;
    std::string cases;
    std::size_t passed = 0;
};
Judged judge_topics(const std::function<std::unique_ptr<GpuPort>()>& open,
                    std::initializer_list<const char*> topics) {
    static const Suite suite = gpu_evidence_suite();
    Target target;
    target.id = "wrong";
    for (const std::string& one : model().capabilities()) target.capabilities.push_back(one);
    target.open = [&](std::uint64_t) {
        return AnyPort{open()};
    };
    Judged out;
    for (const Case& test : suite.cases) {
        if (std::ranges::find(topics, test.tags.front()) == topics.end()) continue;
        const CaseEnd end = judge(test, target);
        BOOST_TEST((end.verdict != Verdict::error), test.id << ": " << end.failure.summary);
        out.passed += end.verdict == Verdict::pass ? 1 : 0;
        if (end.verdict != Verdict::fail) continue;
        out.failed.insert(test.requirements.begin(), test.requirements.end());
        out.cases += " " + test.id + " (" + end.failure.code + ")";
    }
    return out;
}

void expect_failed(const char* name, const Judged& judged, const Ids& expected) {
    BOOST_TEST_CONTEXT(name << ": fails" << judged.cases) {
        BOOST_TEST(judged.failed == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(the_model_fails_nothing) {
    const Judged judged =
        judge_topics([] { return std::make_unique<WrongModel>(); }, {"boot", "mode", "spdm"});
    BOOST_TEST(judged.failed.empty(), judged.cases);
    BOOST_TEST(judged.passed >= 80U);
}

template <class Port>
void expect_boot(const char* name, const Ids& expected) {
    expect_failed(name, judge_topics([] { return std::make_unique<Port>(); }, {"boot", "mode"}), expected);
}
BOOST_AUTO_TEST_CASE(defects_of_boot_and_mode_fail_their_requirements) {
    expect_boot<ForgetsFirmware>("firmware is not measured",
                                 {"GPU-BOOT-001", "GPU-BOOT-004", "GPU-BOOT-005", "GPU-BOOT-006",
                                  "GPU-BOOT-007", "GPU-BOOT-008", "GPU-GLD-001"});
    expect_boot<MeasuresAtLoad>("firmware is reported before it runs", {"GPU-BOOT-008"});
    expect_boot<MixesStages>("an image changes two stages", {"GPU-BOOT-005"});
    expect_boot<CollapsesChanges>("all other images measure the same", {"GPU-BOOT-004"});
    expect_boot<DriftsAtReset>("measurements drift from reset to reset", {});
    expect_boot<RollsBackSilently>("older firmware does not show", {"GPU-BOOT-009"});
    expect_boot<IgnoresMode>("the mode does not show", {"GPU-MODE-001", "GPU-MODE-003"});
    expect_boot<HidesDevtools>("developer tools do not show", {"GPU-MODE-003"});
    expect_boot<HidesDebug>("debug does not show", {"GPU-MODE-004"});
    expect_boot<KeepsDebug>("debug stays open", {"GPU-MODE-004"});
    expect_boot<NeedsNoReset>("a mode shows before it runs", {"GPU-MODE-002"});
}

struct SpdmDefect {
    const char* name;
    WrongSpdm::Exchange change;
    Ids expected;
};

bool is_error(const Bytes& answer) { return answer.size() >= 4 && answer[1] == 0x7F; }
/// Changes answers of one code.
WrongSpdm::Exchange in_answers(std::uint8_t code, std::function<void(Bytes&)> change) {
    return [=](ByteView request, const std::function<Bytes(ByteView)>& ask) {
        Bytes answer = ask(request);
        if (answer.size() >= 4 && answer[1] == code) change(answer);
        return answer;
    };
}

std::vector<SpdmDefect> spdm_defects() {
    return {
        {"VERSION does not list 1.1",
         in_answers(
             0x04,
             [](Bytes& a) { std::replace(a.begin() + 6, a.end(), std::uint8_t{0x11}, std::uint8_t{0x12}); }),
         {}},
        {"GET_VERSION of any version is answered",
         [](ByteView request, const auto& ask) {
             Bytes changed(request.begin(), request.end());
             if (changed.size() >= 4 && changed[1] == 0x84) changed[0] = 0x10;
             return ask(changed);
         },
         {"GPU-SPDM-002"}},
        {"CTExponent is 200", in_answers(0x61, [](Bytes& a) { a[5] = 200; }), {"GPU-SPDM-005"}},
        {"MEAS_CAP is without signature",
         in_answers(0x61, [](Bytes& a) { a[8] = static_cast<std::uint8_t>((a[8] & ~0x18) | 0x08); }),
         {"GPU-SPDM-006"}},
        {"a reserved capability is set", in_answers(0x61, [](Bytes& a) { a[11] |= 0x40; }), {"GPU-SPDM-007"}},
        {"ALGORITHMS selects two hashes",
         in_answers(0x63, [](Bytes& a) { a[16] = 3; }),
         {"GPU-SPDM-010", "GPU-SPDM-011"}},
        {"the digest is wrong", in_answers(0x01, [](Bytes& a) { a[10] ^= 1; }), {"GPU-SPDM-014"}},
        {"a slot too many is provisioned", in_answers(0x01, [](Bytes& a) { a[3] = 3; }), {}},
        {"the remainder is one too high",
         in_answers(0x02, [](Bytes& a) { a[6] = static_cast<std::uint8_t>(a[6] + 1); }),
         {}},
        {"a certificate's byte is changed",
         in_answers(0x02,
                    [](Bytes& a) {
                        if (a.size() > 600) a[500] ^= 1;
                    }),
         {}},
        {"a block is unlike the report's",
         in_answers(0x60,
                    [](Bytes& a) {
                        if (a.size() > 2000) a[8 + 55 * 9 + 7] ^= 1;
                    }),
         {}},
        {"the signature is missing",
         in_answers(0x60,
                    [](Bytes& a) {
                        if (a.size() > 3700) a.resize(a.size() - 96);
                    }),
         {}},
        {"operation 0 counts wrong",
         in_answers(0x60,
                    [](Bytes& a) {
                        if (a[4] == 0) ++a[2];
                    }),
         {}},
        {"errors are of the wrong version", in_answers(0x7F, [](Bytes& a) { a[0] = 0x12; }), {}},
        {"errors say nothing",
         in_answers(0x7F,
                    [](Bytes& a) {
                        a[2] = 0x05;
                        a[3] = 0;
                    }),
         {}},
        {"an unknown request is answered without its code",
         in_answers(0x7F, [](Bytes& a) { a[3] = 0; }),
         {"GPU-SPDM-030"}},
        {"slot 8 is slot 0",
         [](ByteView request, const auto& ask) {
             Bytes changed(request.begin(), request.end());
             if (changed.size() >= 8 && changed[1] == 0x82) changed[2] = 0;
             if (changed.size() == 37 && changed[1] == 0xE0) changed[36] = 0;
             return ask(changed);
         },
         {}},
        {"an unknown Index gives no block",
         [](ByteView request, const auto& ask) {
             Bytes answer = ask(request);
             if (is_error(answer) && request.size() == 4 && request[1] == 0xE0)
                 answer = ask(Bytes{0x11, 0xE0, 0, 0});
             return answer;
         },
         {}},
        {"every measurement is asked for anew, after a reset of the transcript",
         [](ByteView request, const auto& ask) {
             if (request.size() == 37 && request[1] == 0xE0) ask(Bytes{0x11, 0x81, 0, 0});
             return ask(request);
         },
         {"GPU-SPDM-028"}},
        {"GET_DIGESTS does not reset the transcript",
         [kept = Bytes{}](ByteView request, const auto& ask) mutable {
             if (request.size() >= 4 && request[1] == 0x81) {
                 if (kept.empty()) kept = ask(request);
                 return kept;
             }
             return ask(request);
         },
         {}},
        {"short requests are filled up",
         [](ByteView request, const auto& ask) {
             Bytes changed(request.begin(), request.end());
             if (changed.size() >= 4 && changed[1] == 0x82) changed.resize(8);
             if (changed.size() >= 4 && changed[1] == 0xE0 && (changed[2] & 1) != 0) changed.resize(37);
             return ask(changed);
         },
         {}},
    };
}

BOOST_AUTO_TEST_CASE(defects_of_spdm_fail_their_requirements) {
    for (const SpdmDefect& defect : spdm_defects())
        expect_failed(defect.name,
                      judge_topics([&] { return std::make_unique<WrongSpdm>(defect.change); }, {"spdm"}),
                      defect.expected);
}

}  // namespace
}  // namespace assay::conformance
