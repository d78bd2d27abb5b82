#include "models/gpu/data_plane_module.hpp"

#include <algorithm>

namespace assay::gpu {
namespace {

std::string name_of(Op op) {
    const OpRow* const row = find_op(op);
    return row == nullptr ? std::string{"record"} : std::string{row->name};
}

}  // namespace

std::span<const DataPlaneModule::Register> DataPlaneModule::registers() {
    using M = DataPlaneModule;
    static constexpr std::array table{
        Register{record, "RECORD", &M::read_record, &M::write_record},
        Register{answer, "ANSWER", &M::read_answer, &M::write_answer},
        Register{doorbell, "DOORBELL", &M::read_zero, &M::ring},
        Register{status, "STATUS", &M::read_status, nullptr},
        Register{mode, "MODE", &M::read_mode, nullptr},
        Register{fence_low, "FENCE_LOW", &M::read_zero, &M::write_fence_low},
        Register{fence_high, "FENCE_HIGH", &M::read_zero, &M::write_fence},
        Register{drop_session, "DROP_SESSION", &M::read_zero, &M::drop},
    };
    return table;
}

DataPlaneModule::DataPlaneModule(const sc_core::sc_module_name& name, DataPlane& core,
                                 const kernel::TimingProfile& profile, Probe& probe)
    : sc_module(name), core_(core), profile_(profile), probe_(probe) {
    for (const auto figure : {"gpu.register", "copy.t0", "copy.cipher_byte", "launch.queue", "hbm.byte"})
        (void)profile.time(figure);
    registers_socket.register_b_transport(this, &DataPlaneModule::b_transport);
    const auto on = [this](sc_core::sc_event& event, void (DataPlaneModule::*method)(),
                           const char* method_name) {
        sc_core::sc_spawn_options options;
        options.spawn_method();
        options.dont_initialize();
        options.set_sensitivity(&event);
        sc_core::sc_spawn([this, method] { (this->*method)(); }, method_name, &options);
    };
    on(go_, &DataPlaneModule::work, "work");
    on(finished_, &DataPlaneModule::finish, "finish");
}

std::vector<const labels::LabelledStore*> DataPlaneModule::stores() const {
    const Hbm& hbm = core_.hbm();
    return {&hbm.weights, &hbm.activations, &hbm.kv,      &hbm.staging,
            &hbm.shared,  &hbm.fifo,        &hbm.scratch, &hbm.keys.store()};
}

void DataPlaneModule::power_on_reset(CcMode new_mode) {
    go_.cancel();
    finished_.cancel();
    record_ = answer_ = status_ = next_status_ = 0;
    fence_ = 0;
    core_.power_on_reset(new_mode);
    probe_.wave("gpu.data_path.status", 8, 0);
}

void DataPlaneModule::b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    delay += profile_.time("gpu.register");
    const std::span data{trans.get_data_ptr(), trans.get_data_length()};
    const auto row = std::ranges::find(registers(), trans.get_address(), &Register::offset);
    if (trans.get_byte_enable_ptr() != nullptr) {
        trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    } else if (trans.get_streaming_width() < data.size() || data.size() != sizeof(std::uint32_t)) {
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else if (row == registers().end()) {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else {
        if (trans.is_read()) std::ranges::copy(store((this->*row->read)(), transfer_order), data.begin());
        if (trans.is_write() && row->write != nullptr)
            (this->*row->write)(load<std::uint32_t>(data, transfer_order));
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }
}

std::uint32_t DataPlaneModule::read_mode() const {
    return static_cast<std::uint32_t>(core_.mode()) | (core_.ready() ? ready : 0);
}

void DataPlaneModule::ring(std::uint32_t) {
    if ((status_ & busy) != 0) return;
    status_ = busy;
    probe_.wave("gpu.data_path.status", 8, status_);
    go_.notify(profile_.time("gpu.register"));
}

void DataPlaneModule::write_fence(std::uint32_t value) {
    const std::uint64_t context = std::uint64_t{value} << 32 | fence_;
    const auto data = static_cast<labels::LabelByte>(context & 0xFF);
    core_.fence({data, static_cast<labels::LabelByte>(data + 1), static_cast<std::uint32_t>(context >> 8)});
}

void DataPlaneModule::drop(std::uint32_t) {
    if ((status_ & busy) == 0) (void)core_.close();
}

sc_core::sc_time DataPlaneModule::time_of(const Work& work) const {
    const double bytes = static_cast<double>(work.bytes_in + work.bytes_out);
    const double passes = work.tokens.prefill + (work.tokens.decode > 0 ? work.tokens.decode - 1 : 0);
    const double weights = static_cast<double>(core_.model_bytes());
    return profile_.time("copy.t0") + profile_.time("copy.cipher_byte") * bytes +
           profile_.time("launch.queue") * work.tokens.operators +
           profile_.time("hbm.byte") * (passes * weights) +
           profile_.time("hbm.byte") * (2.0 * static_cast<double>(work.scrubbed));  // written, and read back
}

void DataPlaneModule::work() {
    dma_time_ = sc_core::SC_ZERO_TIME;
    const auto worked = core_.execute(*this, record_, answer_);
    sc_core::sc_time time = dma_time_;
    Event event{.kind = Event::Kind::action, .actor = "gpu", .name = "record"};
    if (worked) {
        next_status_ = done;
        time += time_of(*worked);
        event.name = name_of(worked->op);
    } else {
        next_status_ = failed | status_of(worked.error().code) << code_shift;
        event.outcome = Event::Outcome::refused;
        event.detail = worked.error().text();
    }
    probe_.event(std::move(event));
    finished_.notify(time);
}

void DataPlaneModule::finish() {
    status_ = next_status_;
    probe_.wave("gpu.data_path.status", 8, status_ & 0xFF);
}

bool DataPlaneModule::transport(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data,
                                std::size_t size) {
    tlm::tlm_generic_payload trans;
    trans.set_command(command);
    trans.set_address(address);
    trans.set_data_ptr(data);
    trans.set_data_length(static_cast<unsigned>(size));
    trans.set_streaming_width(static_cast<unsigned>(size));
    trans.set_extension(&labels_);
    dma->b_transport(trans, dma_time_);
    trans.clear_extension(&labels_);
    return trans.is_response_ok();
}

bool DataPlaneModule::read(std::uint64_t address, labels::LabelledStore& to, labels::Range range) {
    labels_.clear();
    bool ok = false;
    to.produce(range, labels::unknown, [&](std::span<std::uint8_t> out) {
        ok = transport(tlm::TLM_READ_COMMAND, address, out.data(), out.size());
    });
    if (!ok || !labels_.covers(range.size)) return false;
    return to.write(range.at, to.bytes(range), labels_.runs());
}

bool DataPlaneModule::write(std::uint64_t address, const labels::LabelledStore& from, labels::Range range) {
    labels_.clear();
    labels_.set(from.runs(range));
    from.each_link(range, [&](labels::Range piece, const labels::SealedLink& link) {
        labels_.add_link({piece.at - range.at, piece.size}, link);
    });
    // TLM has one pointer for both directions; a target of a write only reads through it.
    return transport(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(from.bytes(range).data()),
                     range.size);
}

}  // namespace assay::gpu
