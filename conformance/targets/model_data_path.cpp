#include "conformance/targets/model_data_path.hpp"

#include <map>

#include "conformance/targets/data_path_node.hpp"

namespace assay::conformance {
namespace {

using gpu::GuestDriver;
using labels::LabelledStore;

constexpr std::size_t token_bytes = sizeof(std::uint32_t), answer_place = 32U << 10;

class ModelDataPath final : public DataPathPort {
public:
    explicit ModelDataPath(std::uint64_t seed) : node_(seed) {
        node_.path.host.on_record = [this](gpu::Direction direction, ByteView record) {
            records_.push_back({direction == gpu::Direction::host_to_device, {record.begin(), record.end()}});
        };
    }

    std::set<std::string> capabilities() const override {
        return {"cc-off", "devtools", "faults", "raw-read", "record-limit", "rekey"};
    }
    std::vector<StoreInfo> stores() override { return node_.stores(); }
    Result<Bytes, PortError> raw_read(std::string_view store) override { return node_.raw_read(store); }
    std::vector<Event> take_events() override { return node_.take_events(); }

    Result<Nothing, PortError> power_on(std::string_view mode) override {
        const auto known = gpu::cc_mode_from_name(mode);
        if (!known) return unsupported("mode " + std::string{mode});
        node_.path.power_on_reset(*known);
        return Nothing{};
    }
    Result<Nothing, PortError> open(ByteView secret, std::uint64_t limit) override {
        node_.path.set_record_limit(limit);
        return port_result(node_.path.open(secret));
    }
    Result<Nothing, PortError> set_ready() override {
        return port_result(node_.run([](GuestDriver& driver) { return driver.set_ready(); }));
    }
    Result<Nothing, PortError> load_model(const SealedModelFile& model) override {
        const gpu::SealedModel sealed{model.digest, model.image_size, model.chunk_size, model.chunks};
        return port_result(
            node_.run([&](GuestDriver& driver) { return driver.load_model(sealed, model.key); }));
    }
    Result<Nothing, PortError> rekey() override {
        return port_result(node_.run([](GuestDriver& driver) { return driver.rekey(); }));
    }
    Result<Nothing, PortError> close() override {
        return port_result(node_.run([](GuestDriver& driver) { return driver.close(); }));
    }

    Result<std::uint64_t, PortError> begin() override {
        auto subject = node_.registry.admit();
        if (!subject) return refused(subject.error());
        requests_.emplace(++last_request_, *subject);
        return last_request_;
    }
    Result<Nothing, PortError> write_input(std::uint64_t request,
                                           std::span<const std::uint32_t> tokens) override {
        const labels::Subject* const subject = find(request);
        if (subject == nullptr) return unsupported("no such request");
        const std::size_t size = tokens.size() * token_bytes;
        if (size > answer_place) return unsupported("at most 8192 tokens");
        const labels::Label mine = node_.registry.label(*subject, labels::DataClass::prompt);
        ram_.produce({0, size}, mine, [&](std::span<std::uint8_t> out) {
            for (std::size_t i = 0; i < tokens.size(); ++i)
                std::ranges::copy(store(tokens[i], std::endian::little),
                                  out.begin() + static_cast<std::ptrdiff_t>(i * token_bytes));
        });
        auto done = node_.run([&](GuestDriver& driver) {
            return driver.write_input(*subject, ram_, {0, size});
        });
        if (auto gone = ram_.scrub({0, size}, labels::ScrubMethod::overwrite_zero); !gone)
            return refused(gone.error());
        return port_result(done);
    }
    Result<Nothing, PortError> compute(std::uint64_t request, unsigned limit) override {
        const labels::Subject* const subject = find(request);
        if (subject == nullptr) return unsupported("no such request");
        return port_result(node_.run([&](GuestDriver& driver) { return driver.compute(*subject, limit); }));
    }
    Result<std::vector<std::uint32_t>, PortError> read_output(std::uint64_t request) override {
        const labels::Subject* const subject = find(request);
        if (subject == nullptr) return unsupported("no such request");
        const auto count =
            node_.run([&](GuestDriver& driver) { return driver.read_output(*subject, ram_, answer_place); });
        if (!count) return refused(count.error());
        // To whoever asked: the port is outside of the node.
        const auto tokens = ram_.values<std::uint32_t>(answer_place, *count);
        std::vector<std::uint32_t> out{tokens.begin(), tokens.end()};
        if (auto gone = ram_.scrub({answer_place, *count * token_bytes}, labels::ScrubMethod::overwrite_zero);
            !gone)
            return refused(gone.error());
        return out;
    }
    Result<std::string, PortError> end(std::uint64_t request) override {
        const labels::Subject* const subject = find(request);
        if (subject == nullptr) return unsupported("no such request");
        const auto record = node_.run(
            [&](GuestDriver& driver) { return driver.end(*subject, labels::EndKind::completed, nullptr); });
        requests_.erase(request);
        return record.to_json();
    }

    Result<Nothing, PortError> inject(std::string_view fault) override {
        const gpu::FaultRow* const row = gpu::find_fault(fault);
        if (row == nullptr) return unsupported("no fault " + std::string{fault});
        return port_result(node_.path.inject(row->fault));
    }
    std::vector<BounceRecord> take_records() override { return std::exchange(records_, {}); }
    std::vector<StoreFinding> take_findings() override { return node_.take_findings(); }

private:
    const labels::Subject* find(std::uint64_t request) const {
        const auto found = requests_.find(request);
        return found == requests_.end() ? nullptr : &found->second;
    }

    DataPathNode node_;
    LabelledStore ram_{node_.registry, {"guest.tokens", labels::StoreKind::dram, 64U << 10, true, {}}};
    std::map<std::uint64_t, labels::Subject> requests_;
    std::uint64_t last_request_ = 0;
    std::vector<BounceRecord> records_;
};

}  // namespace

std::unique_ptr<DataPathPort> make_model_data_path(std::uint64_t seed) {
    return std::make_unique<ModelDataPath>(seed);
}

}  // namespace assay::conformance
