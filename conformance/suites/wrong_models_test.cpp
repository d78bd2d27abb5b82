// The suite gpu-evidence bites: the model of a GPU with one seeded defect in how it speaks SPDM, boots or
// changes its mode fails exactly the requirements that the defect touches. One simulation is booted; each
// case goes on from there in a process of its own.
#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "conformance/suites/failures.hpp"
#include "conformance/suites/gpu_evidence/suite.hpp"

namespace assay::conformance {
namespace {

using Ids = std::set<std::string>;

GpuPort& model() {
    static const AnyPort opened = parse_target("model:gpu?profile=gh100")->open(1);
    return *std::get<std::unique_ptr<GpuPort>>(opened);
}

/// The model as it has booted, with what a defect changes on the way.
class WrongModel : public GpuPort {
public:
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

using Topics = std::initializer_list<const char*>;
Failures judge_topics(const std::function<std::unique_ptr<GpuPort>()>& open, Topics topics) {
    Target target;
    target.id = "wrong";
    for (const std::string& one : model().capabilities()) target.capabilities.push_back(one);
    target.open = [&](std::uint64_t) {
        return AnyPort{open()};
    };
    Failures out;
    for (const Case& test : gpu_evidence_suite().cases)
        if (std::ranges::find(topics, test.tags.front()) != topics.end())
            out.add(test, verdict_apart(test, target));
    return out;
}

BOOST_AUTO_TEST_CASE(the_model_fails_nothing) {
    const Failures judged =
        judge_topics([] { return std::make_unique<WrongModel>(); }, {"boot", "mode", "spdm"});
    BOOST_TEST(judged.requirements.empty(), judged.cases);
    BOOST_TEST(judged.odd.empty(), judged.odd);
    BOOST_TEST(judged.passed >= 79U);
}

template <class Port>
WrongTarget wrong_boot(const char* name, Ids breaks) {
    return {name, std::move(breaks), [] {
                return judge_topics([] { return std::make_unique<Port>(); }, {"boot", "mode"});
            }};
}
BOOST_AUTO_TEST_CASE(defects_of_boot_and_mode_fail_their_requirements) {
    model();  // before the processes that go on with it
    expect_exact_failures({
        wrong_boot<ForgetsFirmware>("does not measure firmware",
                                    {"GPU-BOOT-001", "GPU-BOOT-004", "GPU-BOOT-005", "GPU-BOOT-006",
                                     "GPU-BOOT-007", "GPU-BOOT-008", "GPU-GLD-001"}),
        wrong_boot<MeasuresAtLoad>("reports firmware before it runs", {"GPU-BOOT-008"}),
        wrong_boot<MixesStages>("measures an image in two stages", {"GPU-BOOT-005"}),
        wrong_boot<CollapsesChanges>("measures all other images alike", {"GPU-BOOT-004"}),
        wrong_boot<DriftsAtReset>("measures otherwise at every reset",
                                  {"GPU-BOOT-001", "GPU-BOOT-005", "GPU-MODE-002", "GPU-MODE-004"}),
        wrong_boot<RollsBackSilently>("does not show older firmware", {"GPU-BOOT-009"}),
        wrong_boot<IgnoresMode>("does not show its mode", {"GPU-MODE-001", "GPU-MODE-003"}),
        wrong_boot<HidesDevtools>("does not show developer tools", {"GPU-MODE-003"}),
        wrong_boot<HidesDebug>("does not show debug", {"GPU-MODE-004"}),
        wrong_boot<KeepsDebug>("keeps debug open", {"GPU-MODE-004"}),
        wrong_boot<NeedsNoReset>("shows a mode before it runs", {"GPU-MODE-002"}),
    });
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
         {"GPU-SPDM-001", "GPU-SPDM-002", "GPU-SPDM-004", "GPU-SPDM-005", "GPU-SPDM-006", "GPU-SPDM-007",
          "GPU-SPDM-008", "GPU-SPDM-009", "GPU-SPDM-010", "GPU-SPDM-011", "GPU-SPDM-012"}},
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
        {"a slot too many is provisioned",
         in_answers(0x01, [](Bytes& a) { a[3] = 3; }),
         {"GPU-SPDM-013", "GPU-SPDM-014", "GPU-SPDM-020"}},
        {"the remainder is one too high",
         in_answers(0x02, [](Bytes& a) { a[6] = static_cast<std::uint8_t>(a[6] + 1); }),
         {"GPU-SPDM-014", "GPU-SPDM-015", "GPU-SPDM-016", "GPU-SPDM-017", "GPU-SPDM-019", "GPU-SPDM-020"}},
        {"a certificate's byte is changed",
         in_answers(0x02,
                    [](Bytes& a) {
                        if (a.size() > 600) a[500] ^= 1;
                    }),
         {"GPU-SPDM-014", "GPU-SPDM-015", "GPU-SPDM-016", "GPU-SPDM-017"}},
        {"a block is unlike the report's",
         in_answers(0x60,
                    [](Bytes& a) {
                        if (a.size() > 2000) a[8 + 55 * 9 + 7] ^= 1;
                    }),
         {"GPU-SPDM-004", "GPU-SPDM-025", "GPU-SPDM-026", "GPU-SPDM-028", "GPU-SPDM-029"}},
        {"the signature is missing",
         in_answers(0x60,
                    [](Bytes& a) {
                        if (a.size() > 3700) a.resize(a.size() - 96);
                    }),
         {"GPU-SPDM-008", "GPU-SPDM-018", "GPU-SPDM-021", "GPU-SPDM-022", "GPU-SPDM-023", "GPU-SPDM-024",
          "GPU-SPDM-025", "GPU-SPDM-027"}},
        {"operation 0 counts wrong",
         in_answers(0x60,
                    [](Bytes& a) {
                        if (a[4] == 0) ++a[2];
                    }),
         {"GPU-SPDM-021", "GPU-SPDM-028"}},
        {"errors are of the wrong version",
         in_answers(0x7F, [](Bytes& a) { a[0] = 0x12; }),
         {"GPU-SPDM-002", "GPU-SPDM-033"}},
        {"errors say nothing",
         in_answers(0x7F,
                    [](Bytes& a) {
                        a[2] = 0x05;
                        a[3] = 0;
                    }),
         {"GPU-SPDM-002", "GPU-SPDM-004", "GPU-SPDM-008", "GPU-SPDM-009", "GPU-SPDM-019", "GPU-SPDM-020",
          "GPU-SPDM-023", "GPU-SPDM-029", "GPU-SPDM-030", "GPU-SPDM-031", "GPU-SPDM-033"}},
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
         {"GPU-SPDM-020", "GPU-SPDM-033"}},
        {"an unknown Index gives no block",
         [](ByteView request, const auto& ask) {
             Bytes answer = ask(request);
             if (is_error(answer) && request.size() == 4 && request[1] == 0xE0)
                 answer = ask(Bytes{0x11, 0xE0, 0, 0});
             return answer;
         },
         {"GPU-SPDM-009", "GPU-SPDM-023", "GPU-SPDM-029"}},
        {"every measurement is asked for anew, after a reset of the transcript",
         [](ByteView request, const auto& ask) {
             if (request.size() == 37 && request[1] == 0xE0) ask(Bytes{0x11, 0x81, 0, 0});
             return ask(request);
         },
         {"GPU-SPDM-028", "GPU-SPDM-029"}},
        {"GET_DIGESTS does not reset the transcript",
         [kept = Bytes{}](ByteView request, const auto& ask) mutable {
             const bool has_head = request.size() >= 4;
             if (has_head && request[0] == 0x11 && request[1] == 0x81 && !kept.empty()) return kept;
             if (has_head && request[1] == 0x84) kept.clear();  // a new connection
             Bytes answer = ask(request);
             if (answer.size() >= 4 && answer[1] == 0x63) kept = ask(Bytes{0x11, 0x81, 0, 0});
             return answer;
         },
         {"GPU-SPDM-029"}},
        {"short requests are filled up",
         [](ByteView request, const auto& ask) {
             Bytes changed(request.begin(), request.end());
             if (changed.size() >= 4 && changed[1] == 0x82) changed.resize(8);
             if (changed.size() >= 4 && changed[1] == 0xE0 && (changed[2] & 1) != 0) changed.resize(37);
             return ask(changed);
         },
         {"GPU-SPDM-009"}},
    };
}

BOOST_AUTO_TEST_CASE(defects_of_spdm_fail_their_requirements) {
    model();
    const auto defects = spdm_defects();
    std::vector<WrongTarget> all;
    for (const SpdmDefect& defect : defects)
        all.push_back({defect.name, defect.expected, [&defect] {
                           return judge_topics([&] { return std::make_unique<WrongSpdm>(defect.change); },
                                               {"spdm"});
                       }});
    expect_exact_failures(all);
}

}  // namespace
}  // namespace assay::conformance
