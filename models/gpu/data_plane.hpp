// The device's side of the data path: copy engine, model memory, compute engine, release. No SystemC, no
// time.
#pragma once
#include <array>
#include <set>

#include "models/gpu/channel.hpp"
#include "models/gpu/chip.hpp"
#include "models/gpu/compute_engine.hpp"
#include "models/gpu/data_path_faults.hpp"
#include "sim/labels/deletion.hpp"

namespace assay::gpu {

/// Memory of the host as the copy engine reaches it: the bounce buffer, over PCIe. False: no such address.
class HostMemory {
public:
    virtual ~HostMemory() = default;
    virtual bool read(std::uint64_t address, labels::LabelledStore& to, labels::Range range) = 0;
    virtual bool write(std::uint64_t address, const labels::LabelledStore& from, labels::Range range) = 0;
};

/// What one record cost, for the module that gives it time.
struct Work {
    Op op{};
    std::size_t bytes_in = 0, bytes_out = 0;  // over the link
    ComputeEngine::Tokens tokens;
    std::size_t scrubbed = 0;
};

/// How the copy engine takes a record apart: one row per operation in data_plane.cpp. A record that does not
/// verify ends the session: status() tells why, and nothing works until a reset or a new session. Errors of a
/// record that does verify are answered under the channel.
class DataPlane {
public:
    DataPlane(labels::Registry& registry, labels::OrderMonitor& monitor, const HbmSpec& spec);

    /// The mode is latched; memories come up empty and keys are gone.
    void power_on_reset(CcMode mode);

    /// The SPDM responder has established a session. E_CC_OFF where the mode has none, E_IV_REUSE for a
    /// secret that was used since the reset, what Channel::open refuses. A running session ends first.
    Result<Nothing, labels::Refusal> open(ByteView export_master_secret, const labels::Subject& session,
                                          const Channel::Options& options);
    /// Keys are zeroised, and what requests have left in the memories is scrubbed. Anybody may ask for this:
    /// it only ever takes away.
    Result<Nothing, labels::Refusal> close();

    /// The doorbell: takes the record at `record`, works, and puts the answer at `answer`.
    Result<Work, labels::Refusal> execute(HostMemory& host, std::uint64_t record, std::uint64_t answer);

    /// After this nothing is taken for the subject; true when nothing was at work.
    bool fence(const labels::Subject& subject);

    CcMode mode() const { return mode_; }
    bool ready() const { return ready_; }
    const Channel* channel() const { return channel_ ? &*channel_ : nullptr; }
    /// Why the last session ended badly; empty: it did not.
    std::string_view status() const { return status_; }
    Hbm& hbm() { return hbm_; }
    const Hbm& hbm() const { return hbm_; }
    std::size_t state_bytes() const { return hbm_.state_bytes(); }
    std::set<Fault>& faults() { return faults_; }
    /// Of the image that is installed: what one pass reads.
    std::uint64_t model_bytes() const { return model_.image_size; }
    std::uint64_t repeats_refused() const { return repeats_refused_; }

    using Handled = Result<labels::Range, labels::Refusal>;  // of hbm.staging, to be read out; empty: none
    struct Incoming {
        const TransferHeader& header;
        labels::Range payload;  // of hbm.scratch; of hbm.fifo under the model's key
        Work& work;
    };
    struct Handler {
        Op op{};
        Handled (DataPlane::*handle)(const Incoming&);
    };
    static std::span<const Handler> handlers();

private:
    Handled set_ready(const Incoming& in);
    Handled install_model(const Incoming& in);
    Handled load_weights(const Incoming& in);
    Handled seal_model(const Incoming& in);
    Handled write_input(const Incoming& in);
    Handled run(const Incoming& in);
    Handled read_output(const Incoming& in);
    Handled release(const Incoming& in);
    Handled rekey(const Incoming& in);
    Handled close_session(const Incoming& in);

    Result<labels::Range, labels::Refusal> fetch(HostMemory& host, std::uint64_t record);
    Result<Nothing, labels::Refusal> may_run(const OpRow& row, const TransferHeader& header);
    Result<Nothing, labels::Refusal> fail(labels::Refusal refusal);
    std::optional<labels::Subject> subject_of(const TransferHeader& header) const;
    Context* context_of(const labels::Subject& subject);
    Result<Context*, labels::Refusal> new_context(const labels::Subject& subject);
    bool has(Fault fault) const { return faults_.contains(fault); }
    void scrub_context(Context& context, Work& work, std::optional<labels::Refusal>& first);
    bool scrub_into(labels::LabelledStore& store, labels::Range range, Work& work,
                    std::optional<labels::Refusal>& first);

    labels::Registry& registry_;
    labels::OrderMonitor& monitor_;
    Hbm hbm_;
    ComputeEngine compute_;
    CcMode mode_ = CcMode::off;
    bool ready_ = false;
    std::optional<Channel> channel_;
    labels::Subject session_;
    std::string_view status_;
    std::set<Bytes> used_secrets_;
    std::optional<labels::KeyRef> model_key_;
    ModelInstall model_{};
    std::uint64_t next_chunk_ = 0;
    std::vector<Context> contexts_;
    std::set<Fault> faults_;
    std::uint64_t repeats_refused_ = 0;
};

}  // namespace assay::gpu
