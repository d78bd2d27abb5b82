// What both targets of the data path are made of: a registry, the SystemC data path, and a record of events.
#pragma once
#include "conformance/targets/store_port.hpp"
#include "models/gpu/data_path_module.hpp"
#include "sim/crypto/context.hpp"

namespace assay::conformance {

class DataPathNode final : public gpu::Probe {
public:
    explicit DataPathNode(std::uint64_t seed);

    /// In the driver's thread; the simulation runs until it is done.
    template <class Task>
    auto run(const Task& task) {
        std::optional<decltype(task(path.guest.driver()))> out;
        path.guest.run([&](gpu::GuestDriver& driver) { out.emplace(task(driver)); });
        return *std::move(out);
    }
    std::vector<StoreInfo> stores() const;
    Result<Bytes, PortError> raw_read(std::string_view store) const;
    std::vector<StoreFinding> take_findings();
    std::vector<Event> take_events() { return std::exchange(events_, {}); }

    void wave(std::string_view, unsigned, std::uint64_t) override {}
    void event(Event event) override;

    crypto::Drbg random;
    labels::Registry registry;
    gpu::DataPathModule path;

private:
    std::vector<Event> events_;
};

PortError refused(const labels::Refusal& refusal);
inline PortError unsupported(std::string what) { return {PortError::Kind::not_supported, std::move(what)}; }
template <class T>
Result<T, PortError> port_result(const Result<T, labels::Refusal>& outcome) {
    if (!outcome) return refused(outcome.error());
    return *outcome;
}
std::vector<StoreFinding> as_findings(const std::vector<labels::Finding>& findings);

}  // namespace assay::conformance
