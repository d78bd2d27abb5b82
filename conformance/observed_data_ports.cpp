// The ports of the data path and of deletion, observed: what is asked and how much, never content.
#include "conformance/watched_call.hpp"

namespace assay::conformance {
namespace {

std::string count_of(std::size_t n, std::string_view what) {
    return std::to_string(n) + " " + std::string{what};
}

class ObservedDataPathPort final : public DataPathPort {
    template <class Call>
    auto call(std::string name, std::string detail, const Call& inner) {
        return conformance::watch(log_, asked("data-path", std::move(name), std::move(detail)), inner,
                                  [&] { return port_->take_events(); });
    }

public:
    ObservedDataPathPort(std::unique_ptr<DataPathPort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    std::vector<StoreInfo> stores() override {
        return call("stores", {}, [&] { return port_->stores(); });
    }
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        return call("raw read", std::string{store}, [&] { return port_->raw_read(store); });
    }
    Result<Nothing, PortError> power_on(std::string_view mode) override {
        return call("power-on reset", "mode " + std::string{mode}, [&] { return port_->power_on(mode); });
    }
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t limit) override {
        return call("open session", count_of(secret.size(), "bytes of secret"),
                    [&] { return port_->open(secret, limit); });
    }
    Result<Nothing, PortError> set_ready() override {
        return call("set ready", {}, [&] { return port_->set_ready(); });
    }
    Result<Nothing, PortError> load_model(const SealedModelFile& model) override {
        return call("load model", count_of(model.chunks.size(), "chunks"),
                    [&] { return port_->load_model(model); });
    }
    Result<Nothing, PortError> rekey() override {
        return call("rekey", {}, [&] { return port_->rekey(); });
    }
    Result<Nothing, PortError> close() override {
        return call("close session", {}, [&] { return port_->close(); });
    }
    Result<std::uint64_t, PortError> begin() override {
        return call("begin request", {}, [&] { return port_->begin(); });
    }
    Result<Nothing, PortError> write_input(std::uint64_t request,
                                           std::span<const std::uint32_t> tokens) override {
        return call("write input", count_of(tokens.size(), "tokens"),
                    [&] { return port_->write_input(request, tokens); });
    }
    Result<Nothing, PortError> compute(std::uint64_t request, unsigned limit) override {
        return call("compute", "at most " + count_of(limit, "tokens"),
                    [&] { return port_->compute(request, limit); });
    }
    Result<std::vector<std::uint32_t>, PortError> read_output(std::uint64_t request) override {
        return call("read output", {}, [&] { return port_->read_output(request); });
    }
    Result<std::string, PortError> end(std::uint64_t request) override {
        return call("end request", {}, [&] { return port_->end(request); });
    }
    Result<Nothing, PortError> inject(std::string_view fault) override {
        return call("inject fault", std::string{fault}, [&] { return port_->inject(fault); });
    }
    std::vector<BounceRecord> take_records() override {
        std::vector<BounceRecord> out = port_->take_records();
        for (const BounceRecord& record : out) {
            // The host sees all of it; for the report the header is enough.
            Event event{
                .kind = Event::Kind::message, .actor = record.to_device ? "guest" : "gpu", .name = "record"};
            event.peer = record.to_device ? "gpu" : "guest";
            const ByteView header =
                ByteView{record.bytes}.first(std::min<std::size_t>(record.bytes.size(), 64));
            event.bytes.assign(header.begin(), header.end());
            event.detail = count_of(record.bytes.size(), "bytes");
            log_.event(event);
        }
        return out;
    }
    std::vector<StoreFinding> take_findings() override { return port_->take_findings(); }

private:
    std::unique_ptr<DataPathPort> port_;
    CaseLog& log_;
};

class ObservedDeletionPort final : public DeletionPort {
    template <class Call>
    auto call(std::string name, std::string detail, const Call& inner) {
        return conformance::watch(log_, asked("node", std::move(name), std::move(detail)), inner,
                                  [&] { return port_->take_events(); });
    }

public:
    ObservedDeletionPort(std::unique_ptr<DeletionPort> port, CaseLog& log)
        : port_(std::move(port)), log_(log) {}

    std::set<std::string> capabilities() const override { return port_->capabilities(); }
    std::vector<StoreInfo> stores() override {
        return call("stores", {}, [&] { return port_->stores(); });
    }
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        return call("raw read", std::string{store}, [&] { return port_->raw_read(store); });
    }
    Result<Nothing, PortError> ask(const DeletionRequest& request, RequestStage stage) override {
        return call("ask", count_of(request.prompt.size(), "bytes of prompt"),
                    [&] { return port_->ask(request, stage); });
    }
    Result<std::string, PortError> end(std::string_view kind) override {
        return call("end request", std::string{kind}, [&] { return port_->end(kind); });
    }
    Result<Nothing, PortError> inject(std::string_view fault) override {
        return call("inject fault", std::string{fault}, [&] { return port_->inject(fault); });
    }
    Result<Nothing, PortError> look_for(ByteView canary, std::span<const std::uint32_t> tokens) override {
        return call("watch for a canary", {}, [&] { return port_->look_for(canary, tokens); });
    }
    Result<std::vector<StoreFinding>, PortError> sweep_content() override {
        return call("sweep content", {}, [&] { return port_->sweep_content(); });
    }
    Result<std::vector<StoreFinding>, PortError> sweep_labels() override {
        return call("sweep labels", {}, [&] { return port_->sweep_labels(); });
    }
    std::vector<StoreFinding> take_findings() override { return port_->take_findings(); }
    Result<Nothing, PortError> plant(std::string_view store, std::size_t at, ByteView bytes,
                                     bool labelled) override {
        return call("plant", std::string{store} + " at " + std::to_string(at),
                    [&] { return port_->plant(store, at, bytes, labelled); });
    }
    Result<Nothing, PortError> pull() override {
        return call("pull plants", {}, [&] { return port_->pull(); });
    }
    Result<std::vector<StoreFinding>, PortError> sweep_plants() override {
        return call("sweep plants", {}, [&] { return port_->sweep_plants(); });
    }
    std::vector<std::string> sinks() override { return port_->sinks(); }
    Result<Nothing, PortError> offer(std::string_view sink, std::string_view what) override {
        return call("offer to a sink", std::string{what} + " to " + std::string{sink},
                    [&] { return port_->offer(sink, what); });
    }
    std::vector<std::string> key_kinds() override { return port_->key_kinds(); }
    Result<Nothing, PortError> offer_sealed(std::string_view sink, std::string_view key_kind) override {
        return call("offer sealed", "under " + std::string{key_kind} + " to " + std::string{sink},
                    [&] { return port_->offer_sealed(sink, key_kind); });
    }
    Result<Bytes, PortError> seal_to_disk() override {
        return call("seal to disk", {}, [&] { return port_->seal_to_disk(); });
    }
    Result<Nothing, PortError> copy_disk_key(std::string_view to) override {
        return call("copy key", std::string{to}, [&] { return port_->copy_disk_key(to); });
    }
    Result<Nothing, PortError> erase_disk_key() override {
        return call("cryptographic erase", {}, [&] { return port_->erase_disk_key(); });
    }
    Result<std::string, PortError> steps(const std::vector<std::string>& engines,
                                         const std::vector<std::string>& all) override {
        return call("steps of a deletion", count_of(all.size(), "steps"),
                    [&] { return port_->steps(engines, all); });
    }
    Result<std::string, PortError> reuse_worker() override {
        return call("reuse a worker", {}, [&] { return port_->reuse_worker(); });
    }
    Result<std::size_t, PortError> admit(std::size_t most) override {
        return call("admit subjects", std::to_string(most), [&] { return port_->admit(most); });
    }
    Result<Nothing, PortError> power_cycle() override {
        return call("power cycle", {}, [&] { return port_->power_cycle(); });
    }

private:
    std::unique_ptr<DeletionPort> port_;
    CaseLog& log_;
};

}  // namespace

std::unique_ptr<DataPathPort> observed(std::unique_ptr<DataPathPort> port, CaseLog& log) {
    return std::make_unique<ObservedDataPathPort>(std::move(port), log);
}
std::unique_ptr<DeletionPort> observed(std::unique_ptr<DeletionPort> port, CaseLog& log) {
    return std::make_unique<ObservedDeletionPort>(std::move(port), log);
}

}  // namespace assay::conformance
