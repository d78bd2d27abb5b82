// Whether every byte of state that a platform's modules have is in the sight of the deletion oracles.
#pragma once
#include <string>
#include <systemc>
#include <vector>

#include "sim/labels/registry.hpp"

namespace assay::kernel {

/// A module says how much it can hold, and in which stores; or why it holds nothing of a user.
class StateHolder {
public:
    virtual ~StateHolder() = default;
    /// Sum of its storage members, not of its submodules'.
    virtual std::size_t state_bytes() const = 0;
    virtual std::vector<const labels::LabelledStore*> stores() const { return {}; }
    /// Needed where state_bytes() is 0.
    virtual std::string_view no_user_data() const { return {}; }
};

/// For modules that only pass things on.
class NoUserData : public StateHolder {
public:
    explicit NoUserData(std::string_view reason) : reason_(reason) {}
    std::size_t state_bytes() const override { return 0; }
    std::string_view no_user_data() const override { return reason_; }

private:
    std::string_view reason_;
};

/// One line for each thing that is wrong with a module below `tops`: it says nothing of its state, gives no
/// reason for having none, has a store that is not in `registry`, or has more state than its stores. Empty:
/// the registry is complete.
std::vector<std::string> unseen_state(const labels::Registry& registry,
                                      const std::vector<sc_core::sc_object*>& tops);

}  // namespace assay::kernel
