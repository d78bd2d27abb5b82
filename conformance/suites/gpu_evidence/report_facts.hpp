// What a report says, read by offset from the byte tables of GET_MEASUREMENTS and MEASUREMENTS (DSP0274 1.1)
// and from NVIDIA's opaque data. Uses no codec of the models: a mistake that device and codec share must not
// hide.
#pragma once
#include <optional>

#include "sim/base/bytes.hpp"

namespace assay::conformance::gpu_evidence {

struct BlockFacts {
    std::size_t offset = 0;  // of Index
    unsigned index = 0;
    unsigned specification = 0;
    unsigned size = 0;        // MeasurementSize
    unsigned value_type = 0;  // what follows is read where MeasurementSize has room for it
    unsigned value_size = 0;
    Bytes value;  // all of the measurement after its three bytes of header
};

struct OpaqueFacts {
    std::size_t offset = 0;  // of DataType
    unsigned type = 0;
    unsigned size = 0;
    Bytes data;
};

/// A place where the lengths of a report contradict each other.
struct FramingFault {
    std::string code;  // token, also the failure code
    std::size_t offset = 0;
    std::string expected;
    std::string actual;
};

struct ReportFacts {
    Bytes bytes;
    unsigned number_of_blocks = 0;
    std::size_t record_length = 0;
    std::vector<BlockFacts> blocks;
    std::size_t nonce_offset = 0;   // of the responder's nonce
    std::size_t opaque_offset = 0;  // of the first opaque byte, after OpaqueLength
    std::size_t opaque_length = 0;
    std::vector<OpaqueFacts> opaque;
    std::size_t signature_offset = 0;
    std::vector<FramingFault> faults;  // empty: every length fits

    ByteView request() const { return ByteView{bytes}.first(37); }
    ByteView response() const { return ByteView{bytes}.subspan(37); }
    ByteView request_nonce() const { return ByteView{bytes}.subspan(4, 32); }
    ByteView responder_nonce() const { return ByteView{bytes}.subspan(nonce_offset, 32); }
    ByteView signed_part() const { return ByteView{bytes}.first(bytes.size() - 96); }
    ByteView signature() const { return ByteView{bytes}.last(96); }
    /// The first field of that type.
    const OpaqueFacts* field(unsigned type) const;
    /// The first block with that Index.
    const BlockFacts* block(unsigned index) const;
};

/// Reads on after a fault as far as the bytes allow it. At least the codes "report-short", "record-length",
/// "block-framing", "block-count", "opaque-length", "opaque-framing", "trailing-bytes".
ReportFacts read_report(ByteView bytes);

/// "driver version" and the like, for failures.
std::string opaque_name(unsigned type);
/// Text of a field padded or ended by NUL; nothing when other bytes than printable ASCII are in it.
std::optional<std::string> opaque_text(const OpaqueFacts& field);
/// Version text of the eight binary bytes that GPUs send: `009f009601000000` is "96.00.9F.00.01".
std::optional<std::string> vbios_text(const OpaqueFacts& field, bool is_switch);

}  // namespace assay::conformance::gpu_evidence
