#include "models/gpu/transfer.hpp"

#include <algorithm>

namespace assay::gpu {
namespace {

constexpr std::uint32_t largest_payload = 1U << 16;
constexpr std::array operations{
    OpRow{Op::set_ready, "SET_READY", false, true, PayloadKey::session, 0},
    OpRow{Op::install_model, "INSTALL_MODEL", false, false, PayloadKey::session, install_size},
    OpRow{Op::load_weights, "LOAD_WEIGHTS", false, false, PayloadKey::model, largest_payload},
    OpRow{Op::seal_model, "SEAL_MODEL", false, false, PayloadKey::session, 0},
    OpRow{Op::write_input, "WRITE_INPUT", true, false, PayloadKey::session, largest_payload},
    OpRow{Op::run, "RUN", true, false, PayloadKey::session, 0},
    OpRow{Op::read_output, "READ_OUTPUT", true, false, PayloadKey::session, 0},
    OpRow{Op::release, "RELEASE", true, false, PayloadKey::session, 0},
    OpRow{Op::rekey, "REKEY", false, true, PayloadKey::session, 0},
    OpRow{Op::close, "CLOSE", false, true, PayloadKey::session, 0},
};

constexpr std::array<std::string_view, 25> codes{"",
                                                 "E_DEVICE",
                                                 "E_CC_OFF",
                                                 "E_NO_SESSION",
                                                 "E_NOT_READY",
                                                 "E_TAG",
                                                 "E_TAG_LEN",
                                                 "E_SEQ_GAP",
                                                 "E_REPLAY",
                                                 "E_IV_REUSE",
                                                 "E_KEY_LIMIT",
                                                 "E_KEY_UNKNOWN",
                                                 "E_SCHEMA",
                                                 "E_OPCODE",
                                                 "E_LIMIT",
                                                 "E_PADDING",
                                                 "E_BAD_ID",
                                                 "E_QUOTA",
                                                 "E_ORDER",
                                                 "E_RANGE",
                                                 "E_WEIGHT_DIGEST",
                                                 "E_CROSS_SUBJECT",
                                                 "E_SCRUB_VERIFY",
                                                 "E_DMA_BLOCKED",
                                                 "E_KEY_PARAMS"};

}  // namespace

std::span<const OpRow> op_rows() { return operations; }

const OpRow* find_op(Op op) {
    const auto found = std::ranges::find(operations, op, &OpRow::op);
    return found == operations.end() ? nullptr : &*found;
}

std::span<const std::string_view> status_codes() { return codes; }

std::uint32_t status_of(std::string_view code) {
    const auto found = std::ranges::find(codes, code);
    return found == codes.end() ? 1 : static_cast<std::uint32_t>(found - codes.begin());
}

std::string_view code_of(std::uint32_t status) { return status < codes.size() ? codes[status] : codes[1]; }

}  // namespace assay::gpu
