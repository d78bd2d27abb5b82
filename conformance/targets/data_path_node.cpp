#include "conformance/targets/data_path_node.hpp"

namespace assay::conformance {
namespace {

/// Small memories: every one of them is read as a whole, again and again.
gpu::DataPathSpec small_device() {
    gpu::DataPathSpec spec;
    spec.hbm.weights = 256U << 10;
    spec.hbm.activations = 16U << 10;
    spec.hbm.kv = 128U << 10;
    spec.hbm.staging = 64U << 10;
    spec.hbm.shared = 8U << 10;
    return spec;
}

}  // namespace

PortError refused(const labels::Refusal& refusal) { return {PortError::Kind::refused, refusal.text()}; }

DataPathNode::DataPathNode(std::uint64_t seed)
    : random(store(seed, std::endian::big), "data path"),
      registry(random, [] { return sc_core::sc_time_stamp().value(); }),
      path("data_path", registry, *this, small_device()) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

std::vector<StoreInfo> DataPathNode::stores() const {
    std::vector<StoreInfo> out;
    for (const auto& [name, store] : registry.stores())
        out.push_back({name, std::string{labels::name(store->spec().kind)}, store->capacity()});
    return out;
}

Result<Bytes, PortError> DataPathNode::raw_read(std::string_view name) const {
    const labels::LabelledStore* const store = registry.find(name);
    if (store == nullptr) return unsupported("no store " + std::string{name});
    const ByteView all = store->bytes(store->all());
    return Bytes{all.begin(), all.end()};
}

std::vector<StoreFinding> as_findings(const std::vector<labels::Finding>& findings) {
    std::vector<StoreFinding> out;
    for (const labels::Finding& one : findings)
        out.push_back({std::string{one.code}, std::string{one.oracle}, one.store, one.range.at,
                       one.range.size, one.form});
    return out;
}

std::vector<StoreFinding> DataPathNode::take_findings() {
    const auto taken = registry.findings().take();
    return as_findings({taken.begin(), taken.end()});
}

void DataPathNode::event(Event event) {
    event.t_ps = sc_core::sc_time_stamp().value();
    events_.push_back(std::move(event));
}

}  // namespace assay::conformance
