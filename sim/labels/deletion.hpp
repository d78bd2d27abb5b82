// How a subject ends: the order of the steps, who takes part, what is written down.
#pragma once
#include <map>
#include <set>
#include <vector>

#include "sim/labels/content_oracle.hpp"
#include "sim/labels/registry.hpp"

namespace assay::labels {

/// In the order in which they are due.
enum class Step : std::uint8_t {
    stop,         // no new work, queued work cancelled
    response,     // acknowledged, or its outbox entry dropped
    quiesce,      // this engine has drained
    fence,        // this engine's channel is disabled, and it is idle still
    write_back,   // caches that hold the ranges
    scrub,        // capacity, not length
    zeroise,      // every key of the subject
    end_process,  // the worker is reaped
    verify,       // label sweep, read-back, content scan
    record,
    release,  // slots for reuse
};
std::string_view name(Step step);

enum class EndKind : std::uint8_t { completed, rejected, aborted, exception, timeout, killed, power_loss };
std::string_view name(EndKind kind);

enum class DeletionState : std::uint8_t { active, stopping, quiesced, scrubbed, verified, recorded, failed };
std::string_view name(DeletionState state);

/// Sees every step and every piece of work, and knows what may follow what. It decides nothing else: the
/// sequence below goes by it, and so may a platform that has its own.
class OrderMonitor {
public:
    /// A record is due `bound_ps` after the end of its request.
    explicit OrderMonitor(Registry& registry, std::uint64_t bound_ps = 100'000'000'000)
        : registry_(registry), bound_ps_(bound_ps) {}

    /// `engine` may write for the subject until it is fenced.
    void takes_part(const Subject& subject, std::string_view engine);
    /// One process serves one subject: E_WORKER_REUSE, and a finding, for a second one.
    Result<Nothing, Refusal> serves(std::uint64_t worker, const Subject& subject);
    /// `engine` works for the subject now: E_ORDER, and a finding, once it is fenced.
    Result<Nothing, Refusal> works(const Subject& subject, std::string_view engine);
    /// E_ORDER, and a finding, where the step is not due: a step that comes again or too late, a fence of an
    /// engine that has not drained, a scrub before every engine is fenced. E_TIMEOUT: a record over the
    /// bound.
    Result<Nothing, Refusal> saw(const Subject& subject, Step step, std::string_view who = {});
    DeletionState state(const Subject& subject) const;
    /// Nobody is alive, and nobody was.
    void forget() {
        lives_.clear();
        workers_.clear();
    }

private:
    struct Life {
        std::uint32_t generation = 0;
        DeletionState state = DeletionState::active;
        Step last = Step::stop;
        bool begun = false;
        std::bitset<16> seen;  // by Step
        std::uint64_t ended_ps = 0;
        std::map<std::string, Step, std::less<>> engines;  // quiesce: drained; fence: fenced; else stop
    };
    Life& life(const Subject& subject);
    Refusal refuse(const Subject& subject, std::string_view code, std::string what, std::string_view who);

    Registry& registry_;
    std::uint64_t bound_ps_;
    std::map<LabelByte, Life> lives_;
    std::map<std::uint64_t, Subject> workers_;
};

/// What holds something of a subject: an engine, a cache, an owner of buffers, a worker process. The default
/// of each step is that there is nothing to do.
class Participant {
public:
    virtual ~Participant() = default;
    virtual std::string_view name() const = 0;
    virtual void stop(const Subject&) {}
    /// Delivered or dropped.
    virtual void drop_response(const Subject&) {}
    /// Comes back when the engine has drained, or with E_TIMEOUT.
    virtual Result<Nothing, Refusal> drain(const Subject&) { return Nothing{}; }
    /// After this the engine cannot write for the subject; false when it was not idle.
    virtual bool fence(const Subject&) { return true; }
    virtual Result<Nothing, Refusal> write_back(const Subject&) { return Nothing{}; }
    virtual Result<Nothing, Refusal> scrub(const Subject&) { return Nothing{}; }
    virtual Result<Nothing, Refusal> zeroise(const Subject&) { return Nothing{}; }
    virtual void end_process(const Subject&) {}
    /// The subject is gone: slots, pages and ring entries may serve the next.
    virtual void release(const Subject&) {}
};

enum class OracleResult : std::uint8_t { nothing_found, residue, not_observable, skipped };
std::string_view name(OracleResult result);

/// No id of request or client, no content; sizes in buckets.
struct DeletionRecord {
    std::array<std::uint8_t, 16> id{};  // fresh
    std::uint32_t generation = 0;
    EndKind end{};
    std::uint64_t ended_ps = 0, deleted_ps = 0;
    struct StoreEntry {
        std::string name;
        std::size_t scrubbed = 0;  // bucket
        ScrubMethod method{};
        bool verified = true;
    };
    std::vector<StoreEntry> stores;
    struct KeyEntry {
        std::uint64_t key = 0;
        std::size_t copies_scrubbed = 0;
    };
    std::vector<KeyEntry> keys;
    std::map<Sink, std::size_t> declassified;  // buckets
    OracleResult label = OracleResult::skipped, content = OracleResult::skipped;
    std::vector<Finding> residue;
    std::vector<Refusal> refusals;
    bool complete = false;

    std::string to_json() const;
};

/// The whole sequence, whatever fails on the way: every step is tried, the first refusal makes the record
/// "failed", and then the slots are not released. Oracles that contradict each other are E_ORACLE_DISAGREE.
/// `content` may be null: then that oracle is skipped.
DeletionRecord delete_subject(Registry& registry, OrderMonitor& monitor,
                              std::span<Participant* const> participants, const Subject& subject, EndKind end,
                              const ContentOracle* content);

}  // namespace assay::labels
