// The port of a node whose deletion is judged: requests with canaries, plants, sweeps, raw memories, records.
#pragma once
#include <set>

#include "conformance/targets/store_port.hpp"

namespace assay::conformance {

struct DeletionRequest {
    Bytes prompt;                       // text; the node echoes it into its answer
    std::vector<std::uint32_t> tokens;  // what goes to the model
    unsigned limit = 8;                 // tokens that come out, at most
};

/// Where a request is when it ends.
enum class RequestStage : std::uint8_t { accepted, opened, in_staging, computed, answered };

/// Refusals say their code first.
class DeletionPort : public StorePort {
public:
    /// "plant", "faults", "sinks", "keys", "order", "reset".
    virtual std::set<std::string> capabilities() const = 0;

    /// Runs a request up to `stage`. One at a time: it ends with end().
    virtual Result<Nothing, PortError> ask(const DeletionRequest& request, RequestStage stage) = 0;
    /// Ends and deletes it: "completed", "rejected", "aborted", "exception", "timeout", "killed",
    /// "power_loss". The deletion record as JSON.
    virtual Result<std::string, PortError> end(std::string_view kind) = 0;
    virtual Result<Nothing, PortError> inject(std::string_view fault) = 0;

    /// What the node's content oracle looks for from now on.
    virtual Result<Nothing, PortError> look_for(ByteView canary, std::span<const std::uint32_t> tokens) = 0;
    virtual Result<std::vector<StoreFinding>, PortError> sweep_content() = 0;
    /// Bytes that belong to the running request, as the node's label oracle sees them; without one, all that
    /// is not clean.
    virtual Result<std::vector<StoreFinding>, PortError> sweep_labels() = 0;
    virtual std::vector<StoreFinding> take_findings() = 0;

    /// Puts bytes into a store, as a leak would: with a label of the controls, or with the label of clean
    /// bytes, which only content betrays. pull() takes all plants out again.
    virtual Result<Nothing, PortError> plant(std::string_view store, std::size_t at, ByteView bytes,
                                             bool labelled) = 0;
    virtual Result<Nothing, PortError> pull() = 0;
    /// Plants that the label oracle sees.
    virtual Result<std::vector<StoreFinding>, PortError> sweep_plants() = 0;

    /// The running request's `what` ("prompt", "key", "unlabelled", "clean") goes to a sink: "nic", "log",
    /// ...
    virtual std::vector<std::string> sinks() = 0;
    virtual Result<Nothing, PortError> offer(std::string_view sink, std::string_view what) = 0;
    /// The same, of its prompt sealed under a key of that kind.
    virtual std::vector<std::string> key_kinds() = 0;
    virtual Result<Nothing, PortError> offer_sealed(std::string_view sink, std::string_view key_kind) = 0;

    /// The running request's prompt goes to disk, sealed under a key made for it, which is returned.
    virtual Result<Bytes, PortError> seal_to_disk() = 0;
    /// A copy of that key, in another "slot" or in a "buffer" that forgets the label.
    virtual Result<Nothing, PortError> copy_disk_key(std::string_view to) = 0;
    /// Cryptographic erase.
    virtual Result<Nothing, PortError> erase_disk_key() = 0;

    /// Tells the node's order monitor these steps of a deletion, for a subject of its own with these engines.
    /// A step is "scrub", or "fence:gpu" for one engine's. The code of the first refusal, or empty.
    virtual Result<std::string, PortError> steps(const std::vector<std::string>& engines,
                                                 const std::vector<std::string>& steps) = 0;
    /// Two subjects served by one worker process: its code, or empty.
    virtual Result<std::string, PortError> reuse_worker() = 0;
    /// Subjects that can be alive at the same time, tried up to `most`; all of them end again.
    virtual Result<std::size_t, PortError> admit(std::size_t most) = 0;

    virtual Result<Nothing, PortError> power_cycle() = 0;
};

}  // namespace assay::conformance
