// Whether the oracles see: known residue in every store, before anything is believed clean.
#pragma once
#include "sim/labels/content_oracle.hpp"
#include "sim/labels/registry.hpp"

namespace assay::labels {

/// Bytes and label that stand in a store until the plant is pulled out again (its destructor); then the store
/// is as it was. The one door past sinks and faults, for controls and tests.
class Plant {
public:
    Plant(LabelledStore& store, std::size_t at, ByteView bytes, const Label& label);
    Plant(const Plant&) = delete;
    Plant& operator=(const Plant&) = delete;
    ~Plant();

private:
    LabelledStore& store_;
    Range range_;
    Secret bytes_;
    std::vector<Run> runs_;
    std::vector<std::pair<Range, SealedLink>> links_;
};

struct Control {
    std::string store;
    std::size_t label_planted = 0, label_found = 0;
    std::size_t content_planted = 0, content_found = 0;
    /// Why no content was planted: the store is shorter than the shortest form.
    std::string not_covered{};
    /// Something was found where nothing was planted.
    bool false_alarm = false;
    bool passed() const {
        return label_found == label_planted && content_found == content_planted && !false_alarm &&
               label_planted > 0;
    }
};

/// For each store in turn: the label of slot 253 on one byte at the first, the last and a random offset; a
/// fresh canary, in a form that begins anywhere and goes on from store to store, at the first, across a page
/// boundary, and at the last possible offset. Both oracles must report exactly these, and nothing once they
/// are pulled out. A control that did not pass makes a run invalid.
std::vector<Control> run_controls(Registry& registry, Random& random);

}  // namespace assay::labels
