#include "models/spdm/fuzz/harness.hpp"

#include <map>

#include "models/spdm/command_table.hpp"
#include "models/spdm/fuzz/fuzz_device.hpp"

namespace assay::spdm {
namespace {

void must(bool holds, const char* what) {
    if (!holds) throw std::logic_error(std::string{"fuzz: "} + what);
}

/// What an input says, piece by piece; zeros after its end.
class Script {
public:
    explicit Script(ByteView bytes) : rest_(bytes) {}
    bool over() const { return rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const std::uint8_t out = rest_.front();
        rest_ = rest_.subspan(1);
        return out;
    }
    Bytes piece() {
        const std::size_t low = byte(), high = byte();
        const ByteView out = rest_.first(std::min(rest_.size(), low | (high & 0x0FU) << 8));
        rest_ = rest_.subspan(out.size());
        return {out.begin(), out.end()};
    }

private:
    ByteView rest_;
};

constexpr std::size_t everything = 256;

enum class Begin : std::uint8_t {
    not_started,
    after_version,
    after_capabilities,
    negotiated,
    psk_handshake,
    psk_established,
    handshake,
    established,
    identity_asked,
    challenged,
    count
};

/// Bits that are of no effect are 0: several keys are of 1.3.
std::uint8_t features_of(std::uint8_t byte) {
    return static_cast<std::uint8_t>(byte & ((byte & 3U) == 3U ? 31U : 15U));
}

/// Flags and sizes of a requester from these features.
RequesterPlan plan_from(std::uint8_t features) {
    constexpr std::array versions{Version::v1_0, Version::v1_1, Version::v1_2, Version::v1_3};
    RequesterPlan plan;
    plan.versions = {versions[features & 3U]};
    plan.base_asym = alg::ecdsa_p256;
    plan.base_hash = alg::sha256;
    plan.dhe = alg::dhe_p256;
    plan.aead = alg::aes_128_gcm;
    plan.req_base_asym = static_cast<std::uint16_t>(alg::ecdsa_p256);
    plan.records = mctp_records;
    plan.flags = cap::encrypt | cap::mac | cap::key_ex | cap::psk_plain | cap::hbeat | cap::key_upd;
    if ((features & 4U) != 0) {
        plan.flags |= cap::chunk;
        plan.transfer_size = 64;
        plan.max_message_size = 0x4000;
    }
    if ((features & 8U) != 0) plan.flags |= cap::handshake_in_the_clear;
    plan.multi_key = (features & 16U) != 0;
    plan.psk = FuzzDevice::psk();
    plan.psk_hint = concat({as_bytes(SampleDevice::psk_hint)});
    plan.identity = FuzzDevice::requester();
    plan.portion = 0xFFFF;
    return plan;
}

std::vector<Step> steps_to(Begin begin) {
    const std::vector<Step> start{Step::version, Step::capabilities, Step::algorithms};
    std::vector<Step> out{start.begin(), start.begin() + std::min<int>(static_cast<int>(begin), 3)};
    const auto add = [&](std::initializer_list<Step> more) {
        out.insert(out.end(), more);
    };
    switch (begin) {
        case Begin::psk_handshake: add({Step::psk_exchange}); break;
        case Begin::psk_established: add({Step::psk_exchange, Step::psk_finish}); break;
        case Begin::handshake:
        case Begin::identity_asked: add({Step::digests, Step::certificate, Step::key_exchange}); break;
        case Begin::challenged: add({Step::digests, Step::certificate, Step::challenge}); break;
        case Begin::established:
            add({Step::digests, Step::certificate, Step::key_exchange, Step::encapsulated_request,
                 Step::encapsulated_answer, Step::finish});
            break;
        default: break;
    }
    return out;
}

/// Both ends, led to a place by true messages.
struct Pair {
    Pair(RequesterPlan plan, std::vector<Step> steps)
        : device(FuzzDevice::shared()),
          responder(device, mctp_records),
          requester(with(std::move(plan), std::move(steps)), &device.context()) {}
    /// A twin at the same place.
    explicit Pair(const Pair& from) = default;
    static RequesterPlan with(RequesterPlan plan, std::vector<Step> steps) {
        plan.steps = std::move(steps);
        return plan;
    }
    Bytes answer() {
        return requester.secured() ? responder.execute_secured(requester.next()).value_or(Bytes{})
                                   : responder.execute(requester.next());
    }
    /// By so many answers, or as far as it goes: in 1.0 there are no sessions.
    void lead(std::size_t answers) {
        for (; answers > 0 && !requester.done(); --answers) {
            if (requester.secured() && requester.session() == nullptr) break;
            if (!requester.receive(answer())) break;
        }
    }

    FuzzDevice& device;
    Responder responder;
    Requester requester;
};

/// Where executions begin. The way there is gone once; what it costs is a hundred times an execution.
template <class Make>
const Pair& kept(std::uint32_t place, const Make& make) {
    static std::map<std::uint32_t, std::unique_ptr<const Pair>> places;
    auto& one = places[place];
    if (one == nullptr) {
        FuzzDevice& device = FuzzDevice::shared();
        device.begin(place);
        device.sign_truly(true);
        one = make();
        device.sign_truly(false);
    }
    return *one;
}

void check_answer(const Pair& pair, ByteView request, ByteView answer) {
    must(answer.empty() == (request.size() < header_size),
         "an answer to what is no message, or none to what is");
    if (answer.empty()) return;
    must(answer.size() >= header_size, "an answer without a header");
    must(answer[0] >= 0x10 && answer[0] <= 0x13, "an answer of no version");
    must(answer.size() <= pair.responder.connection().requester_sizes.data_transfer_size,
         "an answer that the requester cannot take");
    const bool error = answer[1] == static_cast<std::uint8_t>(Code::error);
    must(error || answer[1] == (request[1] & 0x7F), "an answer to another request");
}

}  // namespace

void fuzz_responder(ByteView input) {
    Script script{input};
    const auto begin = static_cast<Begin>(script.byte() % static_cast<unsigned>(Begin::count));
    const std::uint8_t features = features_of(script.byte());
    const auto make = [&] {
        RequesterPlan plan = plan_from(features);
        if (begin == Begin::identity_asked || begin == Begin::challenged)
            plan.flags |= cap::cert | cap::mut_auth | cap::encap;
        if (begin == Begin::challenged) plan.flags |= cap::chal;
        auto out = std::make_unique<Pair>(std::move(plan), steps_to(begin));
        out->lead(everything);
        return out;
    };
    Pair pair{kept(static_cast<unsigned>(begin) << 8 | features, make)};
    pair.device.begin(input.size());
    const auto version = static_cast<std::uint8_t>(pair.responder.version());
    for (unsigned count = 0; count < responder_messages && !script.over(); ++count) {
        const unsigned how = script.byte();
        Bytes message = script.piece();
        if ((how & 2U) != 0 && !message.empty()) message[0] = version;  // the rest is what is of interest
        Session* session = pair.requester.session();
        if ((how & 1U) == 0 || session == nullptr) {
            const Bytes answer = (how & 4U) == 0 ? pair.responder.execute(message)
                                                 : pair.responder.execute_secured(message).value_or(Bytes{});
            if ((how & 4U) == 0) check_answer(pair, message, answer);
            continue;
        }
        const auto answer = pair.responder.execute_secured(session->channel().seal(message));
        if (!answer) continue;
        const auto opened = session->channel().open(*answer);
        // New keys are for who follows KEY_UPDATE; here nobody does.
        if (opened) check_answer(pair, message, opened->bytes());
    }
}

namespace {

enum class Fate : std::uint8_t { unharmed, replaced, changed, cut, inside, count };

Bytes harmed(Bytes answer, unsigned fate, const Bytes& with) {
    switch (static_cast<Fate>(fate % static_cast<unsigned>(Fate::count))) {
        case Fate::replaced: return with;
        case Fate::changed:
            for (std::size_t i = 1; i < with.size(); ++i) {
                const std::size_t at = with[0] + i - 1;
                if (at < answer.size()) answer[at] = static_cast<std::uint8_t>(answer[at] ^ with[i]);
            }
            return answer;
        case Fate::cut: {
            const unsigned low = with.empty() ? 0U : with[0], high = with.size() < 2 ? 0U : with[1];
            answer.resize(std::min<std::size_t>(low | high << 8, answer.size() + 64));
            return answer;
        }
        default: return answer;
    }
}

const std::vector<Step>& course(unsigned which) {
    using enum Step;
    static const std::array<std::vector<Step>, 4> courses{
        std::vector{version, capabilities, algorithms, psk_exchange, psk_finish, heartbeat, update_key,
                    verify_key, update_all_keys, verify_key, csr, measurement_log, key_pair_info,
                    encapsulated_request, encapsulated_answer, end_session},
        std::vector{version, capabilities, algorithms, digests, certificate, challenge, encapsulated_request,
                    encapsulated_answer, measurements, measurement_log, key_pair_info, endpoint_info, csr},
        std::vector{version, capabilities, algorithms, digests, certificate, key_exchange,
                    encapsulated_request, encapsulated_answer, finish, session_measurements, end_session},
        std::vector{version, capabilities, algorithms, psk_exchange, psk_finish, set_certificate,
                    endpoint_info, session_measurements}};
    return courses[which % courses.size()];
}

/// An answer of the input's own, sealed as the responder would: it takes the request, and says `with`.
Bytes inside(Pair& pair, unsigned fate, Bytes with) {
    const Session* found = pair.responder.session(std::as_const(pair.requester).session()->id());
    if (found == nullptr) return with;
    const Bytes request = pair.requester.next();
    // The responder's own end is what an answer that opens is sealed with.
    SecuredChannel& channel = const_cast<Session&>(*found).channel();
    if (!channel.open(request)) return with;
    if (with.size() >= 2 && (fate & 8U) != 0) with[0] = static_cast<std::uint8_t>(pair.responder.version());
    return channel.seal(with);
}

}  // namespace

namespace {

/// A course after so many true answers: one more than those before.
const Pair& on_course(unsigned which, std::uint8_t features, unsigned answers) {
    const auto make = [&] {
        if (answers > 0) {
            auto out = std::make_unique<Pair>(on_course(which, features, answers - 1));
            FuzzDevice::shared().sign_truly(true);
            out->lead(1);
            return out;
        }
        RequesterPlan plan = plan_from(features);
        if ((which & 4U) != 0) plan.flags |= cap::cert | cap::chal | cap::mut_auth | cap::encap;
        return std::make_unique<Pair>(std::move(plan), course(which));
    };
    return kept((which << 8 | features) << 8 | answers, make);
}

}  // namespace

void fuzz_requester(ByteView input) {
    // Answers: all, those that reach it unharmed (chosen on the way, after the end of the input).
    constexpr unsigned longest = 64, unharmed_most = 4, beyond = 1;
    Script script{input};
    const unsigned which = script.byte() % requester_courses;
    const std::uint8_t features = features_of(script.byte());
    const unsigned unharmed = script.byte() % (requester_answers * 2);
    Pair pair{on_course(which, features, unharmed)};
    pair.device.begin(input.size());
    pair.device.sign_truly(true);
    unsigned after = 0, passed = 0;
    for (unsigned count = 0; count < longest && !pair.requester.done(); ++count) {
        if (pair.requester.secured() && pair.requester.session() == nullptr) break;
        if (script.over() && after++ == beyond) break;
        const unsigned fate = script.byte();
        if (fate % static_cast<unsigned>(Fate::count) == 0 && passed++ == unharmed_most) break;
        const Bytes with = fate % static_cast<unsigned>(Fate::count) == 0 ? Bytes{} : script.piece();
        const std::size_t size = pair.requester.next().size();
        must(pair.requester.secured() || size <= 0x1200 || (features & 4U) != 0,
             "a request that the responder cannot take");
        const bool within = static_cast<Fate>(fate % static_cast<unsigned>(Fate::count)) == Fate::inside &&
                            pair.requester.secured();
        const Bytes answer = within ? inside(pair, fate, with) : harmed(pair.answer(), fate, with);
        if (!pair.requester.receive(answer)) {
            must(std::as_const(pair.requester).session() == nullptr,
                 "a session after an answer that is refused");
            break;
        }
    }
    pair.device.sign_truly(false);
}

}  // namespace assay::spdm
