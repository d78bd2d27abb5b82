// What a successful response says, as two TPMs can be compared: fields under their names, attestations taken
// apart, and lists of capabilities by what they are about instead of by their place.
#pragma once
#include <map>
#include <optional>

#include "models/tpm/command.hpp"

namespace assay::conformance::peers {

/// The fields of a response; those of a TPMS_ATTEST in the place of its bytes.
std::vector<Leaf> response_fields(const tpm::Command& row, ByteView response);

/// The first parameter of a response that a session has encrypted.
struct Encrypted {
    bool is_blob = false;  // its size is in the clear, and nothing else is
    std::string buffer{};  // path of the bytes of a blob
};
/// Nothing where it is in the clear.
std::optional<Encrypted> encrypted_parameter(const tpm::Command& row, std::span<const Leaf> fields);

/// The answer of TPM2_GetCapability: values by the name of the list and of the item,
/// `tpmProperties{0000010d}`.
struct Capabilities {
    std::map<std::string, std::string> items{};
    bool more = false;
};
/// Nothing where it is malformed, or where its list has an order that counts (TPM_CAP_PCRS).
std::optional<Capabilities> capabilities(ByteView response);

}  // namespace assay::conformance::peers
