// The suite deletion bites: a node that is wrong in one named way fails the requirements that this breaks,
// and no other.
#include <boost/test/unit_test.hpp>

#include "conformance/suites/data_test_target.hpp"
#include "conformance/suites/deletion/suite.hpp"

namespace assay::conformance {
namespace {

using NodeIds = std::set<std::string>;
using Found = Result<std::vector<StoreFinding>, PortError>;

/// The model behind a hand that changes what goes in and comes out.
class WrongNode : public DeletionPort {
public:
    explicit WrongNode(std::uint64_t seed) : inner_(make_model_deletion(seed)) {}
    std::set<std::string> capabilities() const override { return inner_->capabilities(); }
    std::vector<StoreInfo> stores() override { return inner_->stores(); }
    Result<Bytes, PortError> raw_read(std::string_view store) override { return inner_->raw_read(store); }
    Result<Nothing, PortError> ask(const DeletionRequest& request, RequestStage stage) override {
        return inner_->ask(request, stage);
    }
    Result<std::string, PortError> end(std::string_view kind) override { return inner_->end(kind); }
    Result<Nothing, PortError> inject(std::string_view fault) override { return inner_->inject(fault); }
    Result<Nothing, PortError> look_for(ByteView canary, std::span<const std::uint32_t> tokens) override {
        return inner_->look_for(canary, tokens);
    }
    Found sweep_content() override { return inner_->sweep_content(); }
    Found sweep_labels() override { return inner_->sweep_labels(); }
    std::vector<StoreFinding> take_findings() override { return inner_->take_findings(); }
    Result<Nothing, PortError> plant(std::string_view store, std::size_t at, ByteView bytes,
                                     bool labelled) override {
        return inner_->plant(store, at, bytes, labelled);
    }
    Result<Nothing, PortError> pull() override { return inner_->pull(); }
    Found sweep_plants() override { return inner_->sweep_plants(); }
    std::vector<std::string> sinks() override { return inner_->sinks(); }
    Result<Nothing, PortError> offer(std::string_view sink, std::string_view what) override {
        return inner_->offer(sink, what);
    }
    std::vector<std::string> key_kinds() override { return inner_->key_kinds(); }
    Result<Nothing, PortError> offer_sealed(std::string_view sink, std::string_view kind) override {
        return inner_->offer_sealed(sink, kind);
    }
    Result<Bytes, PortError> seal_to_disk() override { return inner_->seal_to_disk(); }
    Result<Nothing, PortError> copy_disk_key(std::string_view to) override {
        return inner_->copy_disk_key(to);
    }
    Result<Nothing, PortError> erase_disk_key() override { return inner_->erase_disk_key(); }
    Result<std::string, PortError> steps(const std::vector<std::string>& engines,
                                         const std::vector<std::string>& steps) override {
        return inner_->steps(engines, steps);
    }
    Result<std::string, PortError> reuse_worker() override { return inner_->reuse_worker(); }
    Result<std::size_t, PortError> admit(std::size_t most) override { return inner_->admit(most); }
    Result<Nothing, PortError> power_cycle() override { return inner_->power_cycle(); }

protected:
    std::unique_ptr<DeletionPort> inner_;
};

/// Does not notice one fault: it goes through, and the record says complete.
class Blind final : public WrongNode {
public:
    Blind(std::uint64_t seed, std::string_view fault) : WrongNode(seed), fault_(fault) {}
    Result<Nothing, PortError> inject(std::string_view fault) override {
        return fault == fault_ ? Result<Nothing, PortError>{Nothing{}} : inner_->inject(fault);
    }

private:
    std::string_view fault_;
};
class AnyOrder final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<std::string, PortError> steps(const std::vector<std::string>&,
                                         const std::vector<std::string>&) override {
        return std::string{};
    }
};
class OneWorker final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<std::string, PortError> reuse_worker() override { return std::string{}; }
};
class SharesLabels final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<std::size_t, PortError> admit(std::size_t most) override { return most; }
};
class OpenSinks final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<Nothing, PortError> offer(std::string_view, std::string_view) override { return Nothing{}; }
};
class AnyKeyOpens final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<Nothing, PortError> offer_sealed(std::string_view, std::string_view) override { return Nothing{}; }
};

/// Its deletion record, with something in it that should not be.
using Edit = void (*)(std::string& record);
class WrongRecord final : public WrongNode {
public:
    WrongRecord(std::uint64_t seed, Edit edit) : WrongNode(seed), edit_(edit) {}
    Result<std::string, PortError> end(std::string_view kind) override {
        auto record = inner_->end(kind);
        if (record) edit_(*record);
        return record;
    }

private:
    Edit edit_;
};
void replace_member(std::string& record, std::string_view member, std::string_view value) {
    const std::string key = '"' + std::string{member} + "\":";
    for (std::size_t at = record.find(key); at != std::string::npos; at = record.find(key, at + 1)) {
        const std::size_t begin = at + key.size();
        record.replace(begin, record.find_first_of(",}", begin) - begin, value);
    }
}
void names_a_client(std::string& record) { record.insert(1, R"("client":"10.0.0.1",)"); }
void tells_sizes(std::string& record) { replace_member(record, "scrubbed", "1000"); }
void one_id(std::string& record) { replace_member(record, "record", "\"" + std::string(32, '0') + "\""); }
void always_completed(std::string& record) { replace_member(record, "end", "\"completed\""); }
void lists_no_key(std::string& record) { replace_member(record, "copies_scrubbed", "0"); }

/// A store that shows after the end of a request what it held before.
class LeavesStore final : public WrongNode {
public:
    LeavesStore(std::uint64_t seed, std::string_view store) : WrongNode(seed), store_(store) {}
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        if (kept_ && store == store_) return *kept_;
        return inner_->raw_read(store);
    }
    Result<std::string, PortError> end(std::string_view kind) override {
        if (auto held = inner_->raw_read(store_)) kept_ = *std::move(held);
        return inner_->end(kind);
    }
    Result<Nothing, PortError> ask(const DeletionRequest& request, RequestStage stage) override {
        kept_.reset();
        return inner_->ask(request, stage);
    }

private:
    std::string_view store_;
    std::optional<Bytes> kept_;
};
/// Bytes keep their label after the end.
class LeavesLabel final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<std::string, PortError> end(std::string_view kind) override {
        auto record = inner_->end(kind);
        ended_ = true;
        return record;
    }
    Found sweep_labels() override {
        auto found = inner_->sweep_labels();
        if (found && ended_) found->push_back({"E_RESIDUE", "label", "guest.prompt", 0, 1, "data"});
        return found;
    }

private:
    bool ended_ = false;
};

/// Oracles that see less, or more, than there is.
using Sight = void (*)(std::vector<StoreFinding>& findings);
class WrongSight final : public WrongNode {
public:
    enum class Of : std::uint8_t { content, labels, plants };
    WrongSight(std::uint64_t seed, Of of, Sight sight) : WrongNode(seed), of_(of), sight_(sight) {}
    Found sweep_content() override { return seen(Of::content, inner_->sweep_content()); }
    Found sweep_labels() override { return seen(Of::labels, inner_->sweep_labels()); }
    Found sweep_plants() override { return seen(Of::plants, inner_->sweep_plants()); }

private:
    Found seen(Of of, Found found) const {
        if (of == of_ && found) sight_(*found);
        return found;
    }
    Of of_;
    Sight sight_;
};
void misses_reversed(std::vector<StoreFinding>& findings) {
    std::erase_if(findings, [](const StoreFinding& one) { return one.form == "reversed"; });
}
void misses_guest_prompt(std::vector<StoreFinding>& findings) {
    std::erase_if(findings, [](const StoreFinding& one) { return one.store == "guest.prompt"; });
}
void rounds_up(std::vector<StoreFinding>& findings) {
    for (StoreFinding& one : findings) one.size = (one.size + 63) / 64 * 64;
}
class PullsNothing final : public WrongNode {  // but says so, and tells nobody what it left
public:
    using WrongNode::WrongNode;
    Result<Bytes, PortError> raw_read(std::string_view store) override {
        auto held = inner_->raw_read(store);
        if (held && pulled_ && store == "guest.log") held->back() ^= 1;
        return held;
    }
    Result<Nothing, PortError> pull() override {
        pulled_ = true;
        return inner_->pull();
    }

private:
    bool pulled_ = false;
};

/// Says that the erase is done.
class ErasesNothing final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<Nothing, PortError> erase_disk_key() override { return Nothing{}; }
};
class OverlooksCopies final : public WrongNode {
public:
    using WrongNode::WrongNode;
    Result<Nothing, PortError> erase_disk_key() override {
        auto done = inner_->erase_disk_key();
        if (!done && refusal_code(done.error()) == "E_CE_KEY_COPY") return Nothing{};
        return done;
    }
};

template <class Wrong, class... Arguments>
WrongTarget wrong_node(std::string what, NodeIds breaks, Arguments... arguments) {
    return {std::move(what), std::move(breaks), [=] {
                return failures_of<DeletionPort>(deletion_suite(), [=](std::uint64_t seed) {
                    return std::make_unique<Wrong>(seed, arguments...);
                });
            }};
}

std::vector<WrongTarget> blind_nodes() {
    std::vector<WrongTarget> out;
    const std::vector<std::pair<const char*, NodeIds>> faults{
        {"scrub-skipped", {"DEL-FLT-001"}},      {"partial-scrub", {"DEL-FLT-001", "DEL-SCR-001"}},
        {"late-write", {"DEL-FLT-002"}},         {"guest-unlabelled-copy", {"DEL-FLT-003"}},
        {"bad-bank", {"DEL-SCR-002"}},           {"unlabelled-copy", {"DEL-ORC-002"}},
        {"bounce-left", {"DEL-KEY-003"}},        {"key-escrowed", {"DEL-KEY-002"}},
        {"payload-traced", {"DEL-SNK-001"}},     {"kv-left", {"DEL-FLT-001", "DEL-SUB-002"}},
        {"reset-without-scrub", {"DEL-END-002"}}};
    for (const auto& [fault, breaks] : faults)
        out.push_back(wrong_node<Blind>(std::string{"does not notice "} + fault, breaks, fault));
    return out;
}
std::vector<WrongTarget> lax_nodes() {
    return {
        wrong_node<AnyOrder>("deletes in any order", {"DEL-ORD-001"}),
        wrong_node<OneWorker>("has one worker for all", {"DEL-ORD-002"}),
        wrong_node<SharesLabels>("shares labels", {"DEL-SUB-001", "DEL-SUB-002"}),
        wrong_node<OpenSinks>("lets everything out", {"DEL-SNK-001", "DEL-SNK-002"}),
        wrong_node<AnyKeyOpens>("lets out what is sealed under any key", {"DEL-SNK-001", "DEL-SNK-002"}),
        wrong_node<ErasesNothing>("erases no key", {"DEL-KEY-001", "DEL-KEY-002", "DEL-KEY-003"}),
        wrong_node<OverlooksCopies>("overlooks copies of a key", {"DEL-KEY-002"}),
        wrong_node<WrongRecord>("names a client", {"DEL-REC-001"}, &names_a_client),
        wrong_node<WrongRecord>("tells exact sizes", {"DEL-REC-001"}, &tells_sizes),
        wrong_node<WrongRecord>("has one id for all records", {"DEL-REC-002"}, &one_id),
        wrong_node<WrongRecord>("says completed however it ends", {"DEL-END-001"}, &always_completed),
        wrong_node<WrongRecord>("lists no key", {"DEL-KEY-001", "DEL-REC-002"}, &lists_no_key),
    };
}
std::vector<WrongTarget> leaving_nodes() {
    using Of = WrongSight::Of;
    return {
        wrong_node<LeavesStore>("leaves activations", {"DEL-RES-003", "DEL-SCR-001"}, "gpu.hbm.activations"),
        wrong_node<LeavesLabel>("leaves a label", {"DEL-END-001", "DEL-RES-002"}),
        wrong_node<WrongSight>("does not see a reversed canary", {"DEL-CTL-001"}, Of::content,
                               &misses_reversed),
        wrong_node<WrongSight>("has no labels in one store", {"DEL-ORC-001"}, Of::labels,
                               &misses_guest_prompt),
        wrong_node<WrongSight>("labels by blocks", {"DEL-CTL-002"}, Of::plants, &rounds_up),
        wrong_node<PullsNothing>("is not as it was after its controls", {"DEL-CTL-003"}),
    };
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_notice_a_fault_fails_what_demands_it) {
    expect_exact_failures(blind_nodes());
}
BOOST_AUTO_TEST_CASE(a_node_that_is_lax_fails_that_requirement) { expect_exact_failures(lax_nodes()); }
BOOST_AUTO_TEST_CASE(a_node_that_leaves_or_sees_wrongly_fails_that_requirement) {
    expect_exact_failures(leaving_nodes());
}

}  // namespace
}  // namespace assay::conformance
