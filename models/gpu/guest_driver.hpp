// The guest's side of the data path: the driver that seals, rings, and opens answers.
#pragma once
#include <functional>
#include <set>

#include "models/gpu/channel.hpp"
#include "models/gpu/chip.hpp"
#include "models/gpu/data_path_faults.hpp"
#include "models/gpu/model_image.hpp"
#include "sim/labels/deletion.hpp"

namespace assay::gpu {

/// How the driver reaches the device.
class Doorbell {
public:
    virtual ~Doorbell() = default;
    /// Comes back when the answer stands at `answer`, both addresses in the bounce buffer; else the code that
    /// the device's status register shows, or E_TIMEOUT.
    virtual Result<Nothing, labels::Refusal> ring(std::uint64_t record, std::uint64_t answer) = 0;
    /// The device takes nothing for the subject any more; true when nothing was at work.
    virtual bool fence(const labels::Subject& subject) = 0;
    /// The device forgets its session, whatever state that is in.
    virtual void drop_session() = 0;
};

/// What the host sees in the bounce buffer, and may change: it owns that memory.
using HostTap = std::function<void(Direction, labels::LabelledStore& bounce, labels::Range record)>;

struct GuestSpec {
    std::string name = "guest";  // of the stores: "guest.buffer", "guest.keys"
    bool allow_devtools = false;
};

/// The bounce buffer: one slot for records, one for answers. Shared with the host: a sink.
inline constexpr std::size_t bounce_slot_size = header_size + slot_payload + 2 * tag_size;
inline constexpr std::size_t bounce_size = 2 * bounce_slot_size;
labels::StoreSpec bounce_store(std::string name = "guest.bounce");

/// Plaintext lies in guest.buffer, a store of its own; nothing of it in locals. One record is under way at a
/// time, as under confidential computing the copies of a context are (timing model, section 2).
///
///     GuestDriver driver{registry, monitor, bounce, doorbell, {}};
///     driver.open(export_master_secret, mode, {.id = 1});           // the device has opened its end
///     driver.set_ready();                                           // its evidence was verified
///     driver.load_model(sealed, model_key);                         // key from the KMS
///     const auto subject = *driver.begin();                         // one request
///     driver.run(subject, ram, {0, 4 * count}, ram, 8192, 64);      // token ids in, token ids out
///     const auto record = driver.end(subject, labels::EndKind::completed, nullptr);
class GuestDriver {
public:
    GuestDriver(labels::Registry& registry, labels::OrderMonitor& monitor, labels::LabelledStore& bounce,
                Doorbell& doorbell, GuestSpec spec = {});

    /// As power-on leaves it: no session, empty memory, no fault.
    void power_on_reset();

    /// E_GPU_DEVTOOLS_MODE for a device in developer mode unless the guest allows it, E_CC_OFF for one
    /// without confidential mode, what Channel::open refuses. The session is a subject of its own: its keys
    /// are.
    Result<labels::Subject, labels::Refusal> open(ByteView export_master_secret, CcMode mode,
                                                  Channel::Options options);
    /// The same, in a session that exists as a subject already.
    Result<Nothing, labels::Refusal> open(ByteView export_master_secret, CcMode mode,
                                          Channel::Options options, const labels::Subject& session);
    Result<Nothing, labels::Refusal> set_ready();
    Result<Nothing, labels::Refusal> load_model(const SealedModel& model, ByteView key);
    Result<Nothing, labels::Refusal> rekey();
    /// The device's keys and the guest's are gone. The session's subject is released: E_RESIDUE where a key
    /// of it is left anywhere.
    Result<Nothing, labels::Refusal> close();

    /// A subject for one request.
    Result<labels::Subject, labels::Refusal> begin();
    /// Token ids (32 bits, little-endian) of `from` go in, at most `limit` come out into `to`: how many. The
    /// device stops by itself at the end of a text.
    Result<std::size_t, labels::Refusal> run(const labels::Subject& subject,
                                             const labels::LabelledStore& from, labels::Range tokens,
                                             labels::LabelledStore& to, std::size_t at, unsigned limit);
    /// The steps of run(), one by one.
    Result<Nothing, labels::Refusal> write_input(const labels::Subject& subject,
                                                 const labels::LabelledStore& from, labels::Range tokens);
    Result<Nothing, labels::Refusal> compute(const labels::Subject& subject, unsigned limit);
    Result<std::size_t, labels::Refusal> read_output(const labels::Subject& subject,
                                                     labels::LabelledStore& to, std::size_t at);

    /// Deletes the request, here and on the device; `others` take part too (a worker, a gateway).
    labels::DeletionRecord end(const labels::Subject& subject, labels::EndKind kind,
                               const labels::ContentOracle* content,
                               std::span<labels::Participant* const> others = {});

    void set_tap(HostTap tap) { tap_ = std::move(tap); }
    std::set<Fault>& faults() { return faults_; }
    /// A driver's channel, for scenarios; null before open().
    Channel* channel() { return channel_ ? &*channel_ : nullptr; }
    labels::LabelledStore& buffer() { return buffer_; }
    const labels::LabelledStore& buffer() const { return buffer_; }
    const labels::KeyStore& keys() const { return keys_; }
    std::uint64_t repeats_refused() const { return repeats_refused_; }
    /// One record and its answer. `payload` is of guest.buffer; the answer's payload is in guest.buffer at
    /// answer_at, its size is what comes back.
    Result<std::size_t, labels::Refusal> submit(TransferHeader header, labels::Range payload);
    static constexpr std::size_t answer_at = 64U << 10;

private:
    class GuestPart;
    class GpuPart;
    void host_touches(Direction direction, labels::Range record);
    Result<Nothing, labels::Refusal> scrub_slots();
    bool has(Fault fault) const { return faults_.contains(fault); }

    labels::Registry& registry_;
    labels::OrderMonitor& monitor_;
    labels::LabelledStore& bounce_;
    Doorbell& doorbell_;
    GuestSpec spec_;
    labels::LabelledStore buffer_;
    labels::KeyStore keys_;
    std::optional<Channel> channel_;
    labels::Subject session_;
    std::size_t record_used_ = 0, answer_used_ = 0;  // bytes of each slot
    HostTap tap_;
    std::set<Fault> faults_;
    std::uint64_t repeats_refused_ = 0;
};

}  // namespace assay::gpu
