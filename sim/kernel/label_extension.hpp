// Labels of the bytes of a TLM-2.0 transaction, on its payload.
#pragma once
#include <tlm>
#include <vector>

#include "sim/labels/store.hpp"

namespace assay::kernel {

/// An initiator keeps one object, says before a write what its bytes are, and finds after a read what it got;
/// routers and bridges pass payloads on, and with them this. A write without the extension makes bytes
/// UNKNOWN. Runs count from the begin of the data array.
///
///     kernel::LabelExtension labels;
///     labels.set(store.runs(range));
///     trans.set_extension(&labels);
///     socket->b_transport(trans, delay);
///     trans.clear_extension(&labels);
class LabelExtension : public tlm::tlm_extension<LabelExtension> {
public:
    void set(std::span<const labels::Run> runs) { runs_.assign(runs.begin(), runs.end()); }
    /// All `size` bytes alike: the cheap way.
    void set(const labels::Label& label, std::size_t size) { runs_.assign(1, labels::Run{{0, size}, label}); }
    void clear() {
        runs_.clear();
        links_.clear();
    }
    std::span<const labels::Run> runs() const { return runs_; }
    /// Whether every byte of a transaction of `size` bytes has a label here.
    bool covers(std::size_t size) const {
        std::size_t at = 0;
        for (const labels::Run& run : runs_) {
            if (run.range.at != at) return false;
            at += run.range.size;
        }
        return at == size;
    }

    /// Parts that are ciphertexts, and of which key.
    void add_link(labels::Range range, const labels::SealedLink& link) { links_.emplace_back(range, link); }
    std::span<const std::pair<labels::Range, labels::SealedLink>> links() const { return links_; }

    tlm::tlm_extension_base* clone() const override { return new LabelExtension(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override {
        *this = static_cast<const LabelExtension&>(other);
    }

private:
    std::vector<labels::Run> runs_;
    std::vector<std::pair<labels::Range, labels::SealedLink>> links_;
};

}  // namespace assay::kernel
