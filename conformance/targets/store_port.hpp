// What both ports of the data path can say about memories: white-box access, as a model or an emulator has
// it.
#pragma once
#include <string>
#include <vector>

#include "conformance/targets/message_port.hpp"
#include "sim/base/event.hpp"

namespace assay::conformance {

struct StoreInfo {
    std::string name;  // "gpu.hbm.kv"
    std::string kind;  // "hbm", "ring", "key-slots", ...
    std::size_t capacity = 0;
};

/// Something that a target's own oracle, gate or monitor has found.
struct StoreFinding {
    std::string code;    // E_RESIDUE, ...
    std::string oracle;  // label, content, sink, order, store
    std::string store;
    std::size_t at = 0, size = 0;
    std::string form;
};

class StorePort {
public:
    virtual ~StorePort() = default;
    virtual std::vector<StoreInfo> stores() = 0;
    /// All bytes of a store as they are; not_supported for one that is not listed.
    virtual Result<Bytes, PortError> raw_read(std::string_view store) = 0;
    /// What happened since the last call, in virtual time since power-on.
    virtual std::vector<Event> take_events() { return {}; }
};

/// The code that a refusal begins with ("E_TAG: ..." is E_TAG); empty for other errors.
inline std::string refusal_code(const PortError& error) {
    if (error.kind != PortError::Kind::refused) return {};
    return error.what.substr(0, error.what.find(':'));
}

}  // namespace assay::conformance
