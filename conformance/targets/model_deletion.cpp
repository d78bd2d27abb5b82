#include <algorithm>

#include "conformance/targets/deletion_node.hpp"
#include "conformance/targets/model_data_path.hpp"
#include "reference_gpu/random_model.hpp"
#include "sim/labels/label_oracle.hpp"
#include "sim/labels/seal.hpp"

namespace assay::conformance {
namespace {

using gpu::GuestDriver;
using labels::DataClass;
using labels::Refusal;
using labels::Step;
using labels::Subject;

std::optional<Step> step_named(std::string_view name) {
    for (auto step = Step::stop;; step = static_cast<Step>(static_cast<unsigned>(step) + 1)) {
        if (labels::name(step) == name) return step;
        if (step == Step::release) return std::nullopt;
    }
}
std::optional<labels::EndKind> end_named(std::string_view name) {
    for (unsigned kind = 0; kind <= static_cast<unsigned>(labels::EndKind::power_loss); ++kind)
        if (labels::name(static_cast<labels::EndKind>(kind)) == name)
            return static_cast<labels::EndKind>(kind);
    return std::nullopt;
}
std::optional<labels::Sink> sink_named(std::string_view name) {
    const auto rules = labels::sink_rules();
    const auto found = std::ranges::find(rules, name, &labels::SinkRule::name);
    if (found == rules.end()) return std::nullopt;
    return found->sink;
}

class ModelDeletion final : public DeletionPort {
public:
    explicit ModelDeletion(std::uint64_t seed)
        : node_(seed), worker_(node_.registry), content_(node_.random) {
        const reference_gpu::Config config{.dim = 32,
                                           .hidden = 84,
                                           .layers = 2,
                                           .heads = 4,
                                           .kv_heads = 2,
                                           .vocabulary = 400,
                                           .positions = 128};
        const auto model = reference_gpu::random_model(config, seed);
        Secret key{gpu::model_key_size}, secret{48};
        node_.random.fill(key.bytes());
        node_.random.fill(secret.bytes());
        const auto sealed = gpu::seal_image(gpu::make_image(model.config, model.values), key.bytes());
        node_.path.power_on_reset(gpu::CcMode::on);
        auto done = node_.path.open(secret.bytes());
        if (done) done = node_.run([](GuestDriver& driver) { return driver.set_ready(); });
        if (done)
            done = node_.run([&](GuestDriver& driver) { return driver.load_model(sealed, key.bytes()); });
        if (!done) throw std::logic_error("model:gpu-deletion does not come up: " + done.error().text());
        (void)node_.take_events();
    }
    ~ModelDeletion() override { plants_.clear(); }

    std::set<std::string> capabilities() const override {
        return {"faults", "keys", "order", "plant", "raw-read", "reset", "sinks"};
    }
    std::vector<StoreInfo> stores() override { return node_.stores(); }
    Result<Bytes, PortError> raw_read(std::string_view store) override { return node_.raw_read(store); }
    std::vector<Event> take_events() override { return node_.take_events(); }
    std::vector<StoreFinding> take_findings() override { return node_.take_findings(); }

    Result<Nothing, PortError> ask(const DeletionRequest& request, RequestStage stage) override {
        if (subject_) return unsupported("a request is running");
        constexpr std::size_t most_text = 2048, most_tokens = 64;
        if (request.prompt.size() > most_text || request.tokens.size() > most_tokens)
            return unsupported("at most 2048 bytes of prompt and 64 tokens");
        auto subject = node_.registry.admit();
        if (!subject) return refused(subject.error());
        subject_ = *subject;
        content_.add(labels::hashes_of(request.prompt, "prompt"));
        worker_.inbox.write(0, Bytes(request.prompt.size() + 64, 0xC5), labels::clean);  // a sealed request
        if (stage == RequestStage::accepted) return Nothing{};
        worker_.take_prompt(*subject_, request.prompt, request.tokens);
        if (stage == RequestStage::opened) return Nothing{};
        const labels::Range tokens{0, request.tokens.size() * sizeof(std::uint32_t)};
        auto done = node_.run(
            [&](GuestDriver& driver) { return driver.write_input(*subject_, worker_.tokens, tokens); });
        if (!done || stage == RequestStage::in_staging) return port_result(done);
        done = node_.run([&](GuestDriver& driver) { return driver.compute(*subject_, request.limit); });
        if (!done || stage == RequestStage::computed) return port_result(done);
        const auto count = node_.run(
            [&](GuestDriver& driver) { return driver.read_output(*subject_, worker_.response, 4096); });
        if (!count) return refused(count.error());
        worker_.answer(*subject_);
        return Nothing{};
    }
    Result<std::string, PortError> end(std::string_view kind) override {
        const auto known = end_named(kind);
        if (!known || !subject_) return unsupported("no such end, or no request");
        std::array<labels::Participant*, 1> others{&worker_};
        const Subject subject = *subject_;
        const auto record =
            node_.run([&](GuestDriver& driver) { return driver.end(subject, *known, &content_, others); });
        if (record.complete) subject_.reset();
        return record.to_json();
    }
    Result<Nothing, PortError> inject(std::string_view fault) override {
        if (const auto guest = find_guest_fault(fault)) {
            worker_.faults.insert(*guest);
            return Nothing{};
        }
        const gpu::FaultRow* const row = gpu::find_fault(fault);
        if (row == nullptr) return unsupported("no fault " + std::string{fault});
        return port_result(node_.path.inject(row->fault));
    }

    Result<Nothing, PortError> look_for(ByteView canary, std::span<const std::uint32_t> tokens) override {
        if (canary.size() != labels::canary_size) return unsupported("a canary has 24 characters");
        content_ = labels::ContentOracle{node_.random};
        content_.add(labels::forms_of_canary(canary));
        content_.add(labels::forms_of_tokens(tokens));
        return Nothing{};
    }
    Result<std::vector<StoreFinding>, PortError> sweep_content() override {
        return as_findings(content_.scan(node_.registry));
    }
    Result<std::vector<StoreFinding>, PortError> sweep_labels() override {
        if (subject_) return as_findings(labels::sweep(node_.registry, *subject_));
        // The session that is still open may keep its keys.
        auto all = labels::sweep_all(node_.registry);
        std::erase_if(all, [](const labels::Finding& one) {
            return one.form == "secret" && (one.store == "guest.keys" || one.store == "gpu.keys");
        });
        return as_findings(all);
    }
    Result<Nothing, PortError> plant(std::string_view name, std::size_t at, ByteView bytes,
                                     bool labelled) override {
        labels::LabelledStore* const store = node_.registry.find(name);
        if (store == nullptr || at > store->capacity() || bytes.size() > store->capacity() - at)
            return unsupported("no such place: " + std::string{name});
        plants_.push_back(
            std::make_unique<labels::Plant>(*store, at, bytes, labelled ? labels::planted : labels::clean));
        return Nothing{};
    }
    Result<Nothing, PortError> pull() override {
        while (!plants_.empty()) plants_.pop_back();  // the last one first: plants may overlap
        return Nothing{};
    }
    Result<std::vector<StoreFinding>, PortError> sweep_plants() override {
        return as_findings(labels::sweep_slot(node_.registry, labels::planted_byte));
    }

    std::vector<std::string> sinks() override {
        std::vector<std::string> out;
        for (const labels::SinkRule& row : labels::sink_rules()) out.emplace_back(row.name);
        return out;
    }
    Result<Nothing, PortError> offer(std::string_view sink, std::string_view what) override {
        const auto known = sink_named(sink);
        if (!known || !subject_) return unsupported("no such sink, or no request");
        labels::Label label = labels::clean;
        if (what == "prompt")
            label = node_.registry.label(*subject_, DataClass::prompt);
        else if (what == "key")
            label = node_.registry.label(*subject_, DataClass::key);
        else if (what == "unlabelled")
            label = labels::unknown;
        else if (what != "clean")
            return unsupported("prompt, key, unlabelled or clean");
        return port_result(node_.registry.cross(*known, label, 48, "node." + std::string{sink}));
    }
    std::vector<std::string> key_kinds() override {
        std::vector<std::string> out;
        for (unsigned kind = 0; kind <= static_cast<unsigned>(labels::KeyKind::other); ++kind)
            out.emplace_back(labels::name(static_cast<labels::KeyKind>(kind)));
        return out;
    }
    Result<Nothing, PortError> offer_sealed(std::string_view sink, std::string_view key_kind) override {
        const auto known = sink_named(sink);
        const auto kinds = key_kinds();
        const auto found = std::ranges::find(kinds, key_kind);
        if (!known || !subject_ || found == kinds.end())
            return unsupported("no such sink or key, or no request");
        constexpr std::uint64_t offered_key = std::uint64_t{1} << 61;
        const auto kind = static_cast<labels::KeyKind>(found - kinds.begin());
        auto key = worker_.vault.put(offered_key, kind, *subject_, Bytes(32, 0x0F));
        if (!key) return refused(key.error());
        const labels::Range sealed{0, worker_.prompt_size + 16};
        auto done = labels::seal(node_.registry, *key, Bytes(12, 9), {}, worker_.prompt,
                                 {0, worker_.prompt_size}, worker_.cache, 0, *known);
        if (done) done = node_.registry.cross(*known, worker_.cache, sealed);
        (void)worker_.cache.scrub(sealed, labels::ScrubMethod::overwrite_zero);
        (void)worker_.vault.zeroise(*key);
        return port_result(done);
    }

    Result<Bytes, PortError> seal_to_disk() override {
        if (!subject_) return unsupported("no request");
        auto key = worker_.seal_to_disk(*subject_);
        if (!key) return refused(key.error());
        const ByteView bytes = worker_.vault.bytes(*key);
        return Bytes{bytes.begin(), bytes.end()};
    }
    Result<Nothing, PortError> copy_disk_key(std::string_view to) override {
        if (to != "slot" && to != "buffer") return unsupported("slot or buffer");
        return port_result(worker_.copy_disk_key(to == "slot"));
    }
    Result<Nothing, PortError> erase_disk_key() override {
        auto erased = worker_.erase_disk_key();
        if (!erased) return refused(erased.error());
        return Nothing{};
    }

    Result<std::string, PortError> steps(const std::vector<std::string>& engines,
                                         const std::vector<std::string>& all) override {
        auto subject = node_.registry.admit();
        if (!subject) return refused(subject.error());
        labels::OrderMonitor monitor{node_.registry};
        for (const std::string& engine : engines) monitor.takes_part(*subject, engine);
        std::string code;
        for (const std::string& text : all) {
            const std::size_t colon = text.find(':');
            const std::string who = colon == std::string::npos ? engines.front() : text.substr(colon + 1);
            const std::string what = text.substr(0, colon);
            const auto step = step_named(what);
            if (!step && what != "work") return unsupported("no step " + what);
            const auto seen = step ? monitor.saw(*subject, *step, who) : monitor.works(*subject, who);
            if (!seen && code.empty()) code = seen.error().code;
        }
        if (auto released = node_.registry.release(*subject); !released) return refused(released.error());
        return code;
    }
    Result<std::string, PortError> reuse_worker() override {
        auto a = node_.registry.admit(), b = node_.registry.admit();
        if (!a || !b) return unsupported("no free subjects");
        labels::OrderMonitor monitor{node_.registry};
        std::string code;
        for (const auto* subject : {&*a, &*b})
            if (const auto seen = monitor.serves(1, *subject); !seen) code = seen.error().code;
        for (const auto* subject : {&*a, &*b})
            if (auto released = node_.registry.release(*subject); !released) return refused(released.error());
        return code;
    }
    Result<std::size_t, PortError> admit(std::size_t most) override {
        std::vector<Subject> all;
        while (all.size() < most) {
            auto one = node_.registry.admit();
            if (!one) break;
            all.push_back(*one);
        }
        for (const Subject& one : all)
            if (auto released = node_.registry.release(one); !released) return refused(released.error());
        return all.size();
    }
    Result<Nothing, PortError> power_cycle() override {
        for (labels::KeyStore* keys : node_.registry.key_stores()) keys->power_cycle();
        for (const auto& [name, store] : node_.registry.stores())
            if (!name.starts_with("gpu.")) store->power_cycle();
        node_.path.power_on_reset(gpu::CcMode::on);
        if (gpu::Channel* channel = node_.path.guest.driver().channel()) channel->fail();
        worker_.disk_key.reset();
        return Nothing{};
    }

private:
    DataPathNode node_;
    GuestWorker worker_;
    labels::ContentOracle content_;
    std::optional<Subject> subject_;
    std::vector<std::unique_ptr<labels::Plant>> plants_;
};

}  // namespace

std::unique_ptr<DeletionPort> make_model_deletion(std::uint64_t seed) {
    return std::make_unique<ModelDeletion>(seed);
}

}  // namespace assay::conformance
