// The oracle that reads labels only: which bytes still belong to a subject.
#pragma once
#include <vector>

#include "sim/labels/registry.hpp"

namespace assay::labels {

/// A finding E_RESIDUE for every range of every store that is labelled with the subject, with a set that
/// holds it, or UNKNOWN; and one for every ciphertext of it whose key is still in a slot. By store, then by
/// address.
std::vector<Finding> sweep(const Registry& registry, const Subject& subject);

/// The same for every label but clean: what a node without a live subject may not show.
std::vector<Finding> sweep_all(const Registry& registry);

/// Labels of this one slot, for planted controls.
std::vector<Finding> sweep_slot(const Registry& registry, LabelByte slot);

}  // namespace assay::labels
