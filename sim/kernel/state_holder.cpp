#include "sim/kernel/state_holder.hpp"

namespace assay::kernel {
namespace {

void look(const labels::Registry& registry, sc_core::sc_object& object, std::vector<std::string>& out) {
    if (dynamic_cast<sc_core::sc_module*>(&object) != nullptr) {
        const std::string name = object.name();
        const auto* const holder = dynamic_cast<const StateHolder*>(&object);
        if (holder == nullptr) {
            out.push_back(name + ": says nothing of its state");
        } else {
            std::size_t seen = 0;
            for (const labels::LabelledStore* store : holder->stores()) {
                if (registry.find(store->name()) != store)
                    out.push_back(name + ": store " + store->name() + " is not registered");
                seen += store->capacity();
            }
            if (seen != holder->state_bytes())
                out.push_back(name + ": " + std::to_string(holder->state_bytes()) + " bytes of state, " +
                              std::to_string(seen) + " in stores");
            if (holder->state_bytes() == 0 && holder->no_user_data().empty())
                out.push_back(name + ": no state and no reason for it");
        }
    }
    for (sc_core::sc_object* child : object.get_child_objects()) look(registry, *child, out);
}

}  // namespace

std::vector<std::string> unseen_state(const labels::Registry& registry,
                                      const std::vector<sc_core::sc_object*>& tops) {
    std::vector<std::string> out;
    for (sc_core::sc_object* top : tops) look(registry, *top, out);
    return out;
}

}  // namespace assay::kernel
