#include "sim/kernel/labelled_memory.hpp"

#include <algorithm>

#include "sim/labels/registry.hpp"

namespace assay::kernel {
namespace {

using labels::Range;
using labels::Run;

/// The pieces of a transaction: where each stands in the data array and where in memory. Streaming repeats
/// the addresses, byte enables leave bytes out.
template <class F>
void each_piece(const tlm::tlm_generic_payload& trans, const F& f) {
    const std::size_t size = trans.get_data_length(),
                      width = std::min<std::size_t>(size, trans.get_streaming_width());
    const std::uint8_t* const enables = trans.get_byte_enable_ptr();
    const std::size_t enable_size = trans.get_byte_enable_length();
    const auto enabled = [&](std::size_t i) {
        return enables == nullptr || enables[i % enable_size] == TLM_BYTE_ENABLED;
    };
    const auto base = static_cast<std::size_t>(trans.get_address());
    for (std::size_t i = 0; i < size;) {
        if (!enabled(i)) {
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        while (end < size && end % width != 0 && enabled(end)) ++end;
        f(Range{i, end - i}, base + i % width);
        i = end;
    }
}

/// The runs of a part of the data array, counted from its begin.
std::vector<Run> cut(std::span<const Run> runs, Range part) {
    std::vector<Run> out;
    for (const Run& run : runs) {
        const std::size_t from = std::max(run.range.at, part.at), to = std::min(run.range.end(), part.end());
        if (from < to) out.push_back({{from - part.at, to - from}, run.label});
    }
    return out;
}

}  // namespace

LabelledMemory::LabelledMemory(const sc_core::sc_module_name& name, labels::LabelledStore& store,
                               const sc_core::sc_time& access_time)
    : sc_module(name), store_(store), access_time_(access_time) {
    socket.register_b_transport(this, &LabelledMemory::b_transport);
    socket.register_transport_dbg(this, &LabelledMemory::transport_dbg);
}

void LabelledMemory::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    trans.set_response_status(access(trans));
    delay += access_time_;
}

tlm::tlm_response_status LabelledMemory::access(tlm::tlm_generic_payload& trans) {
    const std::size_t size = trans.get_data_length();
    if (trans.get_byte_enable_ptr() != nullptr && trans.get_byte_enable_length() == 0)
        return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (size == 0 || trans.get_streaming_width() == 0) return tlm::TLM_BURST_ERROR_RESPONSE;
    const std::size_t reach = std::min<std::size_t>(size, trans.get_streaming_width());
    if (trans.get_address() > store_.capacity() || reach > store_.capacity() - trans.get_address() ||
        !store_.usable({static_cast<std::size_t>(trans.get_address()), reach}))
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    auto* const labels = trans.get_extension<LabelExtension>();
    if (trans.is_read()) return read(trans, labels);
    if (trans.is_write()) return write(trans, labels);
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
}

tlm::tlm_response_status LabelledMemory::read(tlm::tlm_generic_payload& trans, LabelExtension* labels) {
    std::vector<Run> runs;
    bool labelled = false;
    each_piece(trans, [&](Range part, std::size_t at) {
        for (const Run& run : store_.runs({at, part.size})) {
            runs.push_back({{part.at + run.range.at, run.range.size}, run.label});
            labelled |= run.label != labels::clean;
        }
    });
    if (labels == nullptr && labelled) {
        // Whoever reads so cannot pass the labels on.
        store_.registry().add(labels::Finding{
            "E_PLAINTEXT_EGRESS",
            "sink",
            store_.name(),
            {static_cast<std::size_t>(trans.get_address()), labels::bucket(trans.get_data_length())},
            {},
            0,
            "labelled bytes are read without labels"});
        if (store_.registry().strict) return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    if (labels != nullptr) labels->clear();
    each_piece(trans, [&](Range part, std::size_t at) {
        std::ranges::copy(store_.bytes({at, part.size}), trans.get_data_ptr() + part.at);
        if (labels != nullptr)
            store_.each_link({at, part.size}, [&](Range piece, const labels::SealedLink& link) {
                labels->add_link({piece.at - at + part.at, piece.size}, link);
            });
    });
    if (labels != nullptr) labels->set(runs);
    return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status LabelledMemory::write(tlm::tlm_generic_payload& trans,
                                               const LabelExtension* labels) {
    const bool known = labels != nullptr && labels->covers(trans.get_data_length());
    bool blocked = false;
    each_piece(trans, [&](Range part, std::size_t at) {
        const ByteView data{trans.get_data_ptr() + part.at, part.size};
        if (known)
            blocked |= !store_.write(at, data, cut(labels->runs(), part));
        else
            blocked |= !store_.write_unlabelled(at, data);
        if (!known || blocked) return;
        for (const auto& [range, link] : labels->links()) {
            const std::size_t from = std::max(range.at, part.at), to = std::min(range.end(), part.end());
            if (from < to) store_.add_link({at + from - part.at, to - from}, link);
        }
    });
    if (blocked || (!known && store_.registry().strict)) return tlm::TLM_GENERIC_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

unsigned LabelledMemory::transport_dbg(tlm::tlm_generic_payload& trans) {
    if (!trans.is_read() || trans.get_address() > store_.capacity()) return 0;
    const auto at = static_cast<std::size_t>(trans.get_address());
    const std::size_t size = std::min<std::size_t>(trans.get_data_length(), store_.capacity() - at);
    if (!store_.registry().cross(labels::Sink::debug, store_, {at, size}) && store_.registry().strict)
        return 0;
    std::ranges::copy(store_.bytes({at, size}), trans.get_data_ptr());
    return static_cast<unsigned>(size);
}

}  // namespace assay::kernel
