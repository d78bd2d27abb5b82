// The suite data-path bites: a data path that is wrong in one named way fails the requirements that this
// breaks, and no other.
#include <boost/test/unit_test.hpp>

#include "conformance/suites/data_path/suite.hpp"
#include "conformance/suites/data_path/world.hpp"
#include "conformance/suites/data_test_target.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/aead.hpp"

namespace assay::conformance {
namespace {

using data_path::Opened;
using data_path::SessionKeys;
using PathIds = std::set<std::string>;

/// The model behind a hand that changes what goes in and comes out.
class WrongPath : public DataPathPort {
public:
    explicit WrongPath(std::uint64_t seed) : inner_(make_model_data_path(seed)) {}
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    std::vector<StoreInfo> stores() override { return inner_->stores(); }
    Result<Bytes, PortError> raw_read(std::string_view store) override { return inner_->raw_read(store); }
    Result<Nothing, PortError> power_on(std::string_view mode) override { return inner_->power_on(mode); }
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t limit) override {
        return inner_->open(secret, limit);
    }
    Result<Nothing, PortError> set_ready() override { return inner_->set_ready(); }
    Result<Nothing, PortError> load_model(const SealedModelFile& model) override {
        return inner_->load_model(model);
    }
    Result<Nothing, PortError> rekey() override { return inner_->rekey(); }
    Result<Nothing, PortError> close() override { return inner_->close(); }
    Result<std::uint64_t, PortError> begin() override { return inner_->begin(); }
    Result<Nothing, PortError> write_input(std::uint64_t request,
                                           std::span<const std::uint32_t> tokens) override {
        return inner_->write_input(request, tokens);
    }
    Result<Nothing, PortError> compute(std::uint64_t request, unsigned limit) override {
        return inner_->compute(request, limit);
    }
    Result<std::vector<std::uint32_t>, PortError> read_output(std::uint64_t request) override {
        return inner_->read_output(request);
    }
    Result<std::string, PortError> end(std::uint64_t request) override { return inner_->end(request); }
    Result<Nothing, PortError> inject(std::string_view fault) override { return inner_->inject(fault); }
    std::vector<BounceRecord> take_records() override { return inner_->take_records(); }
    std::vector<StoreFinding> take_findings() override { return inner_->take_findings(); }

protected:
    std::unique_ptr<DataPathPort> inner_;
};

/// A device that does not notice what a host does to it: the fault goes through.
class Unaware final : public WrongPath {
public:
    Unaware(std::uint64_t seed, std::string_view fault) : WrongPath(seed), fault_(fault) {}
    Result<Nothing, PortError> inject(std::string_view fault) override {
        return fault == fault_ ? Result<Nothing, PortError>{Nothing{}} : inner_->inject(fault);
    }

private:
    std::string_view fault_;
};
/// Takes for done what is refused with one code, by one call.
enum class At : std::uint8_t { load, ready, compute };
class Indulgent final : public WrongPath {
public:
    Indulgent(std::uint64_t seed, At at, std::string_view code) : WrongPath(seed), at_(at), code_(code) {}
    Result<Nothing, PortError> load_model(const SealedModelFile& model) override {
        return passed(At::load, inner_->load_model(model));
    }
    Result<Nothing, PortError> set_ready() override { return passed(At::ready, inner_->set_ready()); }
    Result<Nothing, PortError> compute(std::uint64_t request, unsigned limit) override {
        return passed(At::compute, inner_->compute(request, limit));
    }

private:
    Result<Nothing, PortError> passed(At at, Result<Nothing, PortError> outcome) const {
        if (at == at_ && !outcome && refusal_code(outcome.error()) == code_) return Nothing{};
        return outcome;
    }
    At at_;
    std::string_view code_;
};
class ReadyUnasked final : public WrongPath {
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t limit) override {
        auto done = inner_->open(secret, limit);
        if (done) done = inner_->set_ready();
        ready_ = bool{done};
        return done;
    }
    Result<Nothing, PortError> set_ready() override {
        return std::exchange(ready_, false) ? Result<Nothing, PortError>{Nothing{}} : inner_->set_ready();
    }

private:
    bool ready_ = false;
};
class AnyMode final : public WrongPath {  // comes up as "on", whatever was asked
public:
    AnyMode(std::uint64_t seed, std::string_view mode) : WrongPath(seed), mode_(mode) {}
    Result<Nothing, PortError> power_on(std::string_view mode) override {
        return inner_->power_on(mode == mode_ ? "on" : mode);
    }

private:
    std::string_view mode_;
};
class TakesSecretsAgain final : public WrongPath {
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t limit) override {
        Bytes own{secret.begin(), secret.end()};
        if (!own.empty() && !seen_.insert(own).second) own[0] ^= 0x80;
        return inner_->open(own, limit);
    }

private:
    std::set<Bytes> seen_;
};
class NoKeyLimit final : public WrongPath {
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t) override {
        return inner_->open(secret, std::uint64_t{1} << 32);
    }
};
class RekeysNothing final : public WrongPath {
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> rekey() override { return Nothing{}; }
};
class MendsTokens final : public WrongPath {  // where it should refuse
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> write_input(std::uint64_t request,
                                           std::span<const std::uint32_t> tokens) override {
        std::vector<std::uint32_t> own{tokens.begin(), tokens.end()};
        if (own.empty()) own.push_back(1);
        for (std::uint32_t& token : own) token %= data_path::the_model().shape.vocabulary;
        return inner_->write_input(request, own);
    }
};
class OneOutput final : public WrongPath {  // whoever asks gets what was computed last
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> compute(std::uint64_t request, unsigned limit) override {
        auto done = inner_->compute(request, limit);
        if (done) last_ = request;
        return done;
    }
    Result<std::vector<std::uint32_t>, PortError> read_output(std::uint64_t request) override {
        return inner_->read_output(last_ == 0 ? request : last_);
    }

private:
    std::uint64_t last_ = 0;
};

/// A memory that shows at one moment what it held before it.
enum class Moment : std::uint8_t { close, rekey, end, reset };
class Keeps final : public WrongPath {
public:
    Keeps(std::uint64_t seed, Moment moment, std::string_view store)
        : WrongPath(seed), moment_(moment), store_(store) {}
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        if (kept_ && store == store_) return *kept_;
        return inner_->raw_read(store);
    }
    Result<Nothing, PortError> power_on(std::string_view mode) override {
        kept_.reset();
        keep(Moment::reset);
        return inner_->power_on(mode);
    }
    Result<Nothing, PortError> rekey() override {
        keep(Moment::rekey);
        return inner_->rekey();
    }
    Result<Nothing, PortError> close() override {
        keep(Moment::close);
        return inner_->close();
    }
    Result<std::string, PortError> end(std::uint64_t request) override {
        keep(Moment::end);
        return inner_->end(request);
    }
    Result<Nothing, PortError> inject(std::string_view fault) override {
        faulty_ = true;
        return inner_->inject(fault);
    }

private:
    void keep(Moment now) {
        if (now != moment_ || faulty_) return;
        auto held = inner_->raw_read(store_);
        if (held && *held != Bytes(held->size(), 0)) kept_ = *std::move(held);
    }
    Moment moment_;
    bool faulty_ = false;  // one thing wrong at a time
    std::string_view store_;
    std::optional<Bytes> kept_;
};
class KeepsModelKey final : public WrongPath {
public:
    using WrongPath::WrongPath;
    Result<Nothing, PortError> load_model(const SealedModelFile& model) override {
        key_ = model.key;
        return inner_->load_model(model);
    }
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        auto held = inner_->raw_read(store);
        if (held && store == "guest.tokens") std::ranges::copy(key_, held->end() - std::ssize(key_));
        return held;
    }

private:
    Bytes key_;
};

/// What the host sees, sealed anew under the right keys with one thing changed.
using Change = void (*)(std::vector<Opened>& records);
class Resealed final : public WrongPath {
public:
    Resealed(std::uint64_t seed, Change change) : WrongPath(seed), change_(change) {}
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t limit) override {
        secret_.assign(secret.begin(), secret.end());
        return inner_->open(secret, limit);
    }
    std::vector<BounceRecord> take_records() override {
        auto taken = inner_->take_records();
        const SessionKeys keys = data_path::keys_of(secret_);
        std::vector<Opened> all;
        for (const BounceRecord& record : taken) {
            auto opened = data_path::open_record(record, keys);
            if (!opened) return taken;  // of another session, or after a key update
            all.push_back(*std::move(opened));
        }
        change_(all);
        for (std::size_t i = 0; i < taken.size(); ++i)
            taken[i].bytes = seal(all[i], taken[i].to_device ? keys.h2d : keys.d2h);
        return taken;
    }

private:
    static Bytes seal(Opened record, const SessionKeys::Way& way) {
        record.header.length = static_cast<std::uint32_t>(record.plaintext.size());
        Bytes out = encode(record.header, gpu::transfer_order);
        const Bytes nonce = concat({way.fixed, store(record.header.counter, std::endian::big)});
        const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, way.key};
        Bytes sealed;
        if (record.header.key == gpu::PayloadKey::model) {
            append(out, record.plaintext);
            sealed.resize(gpu::tag_size);
            cipher.seal(nonce, out, {}, sealed);
        } else {
            sealed.resize(record.plaintext.size() + gpu::tag_size);
            cipher.seal(nonce, out, record.plaintext, sealed);
        }
        append(out, sealed);
        return out;
    }
    Change change_;
    Bytes secret_;
};

void reserved_byte(std::vector<Opened>& records) {
    for (Opened& one : records) one.header.reserved[19] = 1;
}
void tokens_in_headers(std::vector<Opened>& records) {
    for (Opened& one : records)
        if (one.header.op == gpu::Op::write_input)
            std::ranges::copy(ByteView{one.plaintext}.subspan(4, 20), one.header.reserved.begin());
}
/// Of several answers the sixth and those after it.
void counter_gap(std::vector<Opened>& records) {
    int answers = 0;
    for (Opened& one : records)
        if (one.header.op == gpu::Op::answer && ++answers > 5) ++one.header.counter;
}
void bucket_by_length(std::vector<Opened>& records) {
    for (Opened& one : records)
        if (one.header.op == gpu::Op::write_input && one.plaintext[0] > 20) one.plaintext.resize(512);
}
void another_answer(std::vector<Opened>& records) {
    for (Opened& one : records)
        if (one.header.op == gpu::Op::answer && one.plaintext.size() > 8 && one.plaintext[0] != 0)
            one.plaintext[4] ^= 1;
}
void chunks_change_places(std::vector<Opened>& records) {
    std::vector<Opened*> chunks;
    for (Opened& one : records)
        if (one.header.key == gpu::PayloadKey::model) chunks.push_back(&one);
    if (chunks.size() >= 2) std::swap(chunks[0]->plaintext, chunks[1]->plaintext);
}

template <class Wrong, class... Arguments>
WrongTarget wrong_path(std::string what, PathIds breaks, Arguments... arguments) {
    return {std::move(what), std::move(breaks), [=] {
                return failures_of<DataPathPort>(data_path_suite(), [=](std::uint64_t seed) {
                    return std::make_unique<Wrong>(seed, arguments...);
                });
            }};
}

std::vector<WrongTarget> unaware_paths() {
    std::vector<WrongTarget> out;
    const std::vector<std::pair<const char*, const char*>> faults{{"payload-flipped", "DPATH-AUT-001"},
                                                                  {"header-edited", "DPATH-AUT-002"},
                                                                  {"short-tag", "DPATH-AUT-003"},
                                                                  {"record-replayed", "DPATH-SEQ-002"},
                                                                  {"iv-skipped", "DPATH-SEQ-003"},
                                                                  {"counter-reused", "DPATH-IV-001"},
                                                                  {"answer-reflected", "DPATH-KEY-002"},
                                                                  {"stale-key", "DPATH-KEY-001"},
                                                                  {"plaintext-in-bounce", "DPATH-CLR-003"},
                                                                  {"kv-shared", "DPATH-REQ-006"},
                                                                  {"key-kept", "DPATH-SES-003"}};
    for (const auto& [fault, requirement] : faults)
        out.push_back(wrong_path<Unaware>(std::string{"does not notice "} + fault, {requirement}, fault));
    return out;
}
std::vector<WrongTarget> indulgent_paths() {
    return {
        wrong_path<Indulgent>("takes moved and foreign chunks", {"DPATH-MDL-002"}, At::load, "E_TAG"),
        wrong_path<Indulgent>("takes half a model", {"DPATH-MDL-003"}, At::load, "E_ORDER"),
        wrong_path<Indulgent>("takes weights that nobody announced", {"DPATH-MDL-003"}, At::load,
                              "E_WEIGHT_DIGEST"),
        wrong_path<Indulgent>("takes a model beyond its memory", {"DPATH-MDL-004"}, At::load, "E_LIMIT"),
        wrong_path<Indulgent>("takes a header that contradicts itself", {"DPATH-MDL-004"}, At::load,
                              "E_SCHEMA"),
        wrong_path<Indulgent>("is ready without a session", {"DPATH-SES-001"}, At::ready, "E_NO_SESSION"),
        wrong_path<Indulgent>("works without input", {"DPATH-REQ-004"}, At::compute, "E_ORDER"),
        wrong_path<ReadyUnasked>("is ready unasked", {"DPATH-SES-002"}),
        wrong_path<AnyMode>("has sessions with its mode off", {"DPATH-MOD-001"}, "off"),
        wrong_path<AnyMode>("hides developer mode", {"DPATH-MOD-002"}, "devtools"),
        wrong_path<TakesSecretsAgain>("takes a secret twice", {"DPATH-IV-002"}),
        wrong_path<NoKeyLimit>("has no limit of records", {"DPATH-KEY-004"}),
        wrong_path<RekeysNothing>("keeps its keys at an update", {"DPATH-KEY-003", "DPATH-SES-003"}),
        wrong_path<MendsTokens>("mends wrong tokens", {"DPATH-REQ-003"}),
        wrong_path<OneOutput>("has one output for all", {"DPATH-REQ-002"}),
    };
}
std::vector<WrongTarget> leaving_paths() {
    return {
        wrong_path<Keeps>("keeps keys at the end of a session", {"DPATH-SES-003"}, Moment::close, "gpu.keys"),
        wrong_path<Keeps>("keeps keys at an update", {"DPATH-KEY-003", "DPATH-SES-003"}, Moment::rekey,
                          "gpu.keys"),
        wrong_path<Keeps>("keeps tokens of a request", {"DPATH-REQ-005"}, Moment::end, "gpu.hbm.staging"),
        wrong_path<Keeps>("keeps weights over a reset", {"DPATH-SES-004"}, Moment::reset, "gpu.hbm.weights"),
        wrong_path<KeepsModelKey>("keeps the model's key", {"DPATH-MDL-005"}),
        wrong_path<Resealed>("says something in reserved bytes", {"DPATH-CLR-002"}, &reserved_byte),
        wrong_path<Resealed>("says tokens in reserved bytes", {"DPATH-CLR-001", "DPATH-CLR-002"},
                             &tokens_in_headers),
        wrong_path<Resealed>("skips a counter", {"DPATH-SEQ-001"}, &counter_gap),
        wrong_path<Resealed>("has more buckets", {"DPATH-PAD-001"}, &bucket_by_length),
        wrong_path<Resealed>("sends another answer", {"DPATH-REQ-001"}, &another_answer),
        wrong_path<Resealed>("moves chunks of weights", {"DPATH-MDL-001"}, &chunks_change_places),
    };
}

BOOST_AUTO_TEST_CASE(a_data_path_that_does_not_notice_an_attack_fails_what_demands_it) {
    expect_exact_failures(unaware_paths());
}
BOOST_AUTO_TEST_CASE(a_data_path_that_takes_what_it_should_refuse_fails_that_requirement) {
    expect_exact_failures(indulgent_paths());
}
BOOST_AUTO_TEST_CASE(a_data_path_that_leaves_or_tells_something_fails_that_requirement) {
    expect_exact_failures(leaving_paths());
}

}  // namespace
}  // namespace assay::conformance
