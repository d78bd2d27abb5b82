// The port of a data path between a guest and its GPU: session, model, requests; and what the host sees of
// it.
#pragma once
#include <set>

#include "conformance/targets/store_port.hpp"

namespace assay::conformance {

/// A model as its owner seals it (models/gpu/model_image.hpp), and the key that the KMS would release.
struct SealedModelFile {
    Bytes digest;  // SHA-256 of the image
    std::size_t image_size = 0, chunk_size = 0;
    std::vector<Bytes> chunks;  // ciphertext || tag
    Bytes key;
};

/// A record as it lay in the bounce buffer: header || payload || tag (models/gpu/transfer.hpp).
struct BounceRecord {
    bool to_device = false;
    Bytes bytes;
};

/// Refusals say their code first: "E_TAG: the tag is wrong".
class DataPathPort : public StorePort {
public:
    /// "cc-off", "devtools", "rekey", "faults", "record-limit".
    virtual std::set<std::string> capabilities() const = 0;

    /// "on", "off", "devtools"; memories come up empty.
    virtual Result<Nothing, PortError> power_on(std::string_view mode) = 0;
    /// Both ends are given the export master secret of an SPDM session whose hash is SHA-384. `limit`:
    /// records under one key.
    virtual Result<Nothing, PortError> open(ByteView secret,
                                            std::uint64_t limit = std::uint64_t{1} << 32) = 0;
    virtual Result<Nothing, PortError> set_ready() = 0;
    virtual Result<Nothing, PortError> load_model(const SealedModelFile& model) = 0;
    virtual Result<Nothing, PortError> rekey() = 0;
    virtual Result<Nothing, PortError> close() = 0;

    /// A request: token ids in, a list of at most `limit` out. Several may be open at a time.
    virtual Result<std::uint64_t, PortError> begin() = 0;
    virtual Result<Nothing, PortError> write_input(std::uint64_t request,
                                                   std::span<const std::uint32_t> tokens) = 0;
    virtual Result<Nothing, PortError> compute(std::uint64_t request, unsigned limit) = 0;
    virtual Result<std::vector<std::uint32_t>, PortError> read_output(std::uint64_t request) = 0;
    /// Deletes it. The deletion record as JSON.
    virtual Result<std::string, PortError> end(std::uint64_t request) = 0;

    /// A fault by name (models/gpu/data_path_faults.cpp); it strikes at the next occasion.
    virtual Result<Nothing, PortError> inject(std::string_view fault) = 0;
    /// What the host saw since the last call, as it came.
    virtual std::vector<BounceRecord> take_records() = 0;
    /// Findings of gates and oracles since the last call.
    virtual std::vector<StoreFinding> take_findings() = 0;
};

}  // namespace assay::conformance
