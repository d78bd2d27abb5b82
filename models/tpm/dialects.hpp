// How TPM software speaks to a simulator over byte streams: the dialect of swtpm (data and control port, as
// the `swtpm` TCTI of tpm2-tss and QEMU use them) and that of the TCG reference simulator (command and
// platform port, the `mssim` TCTI). No sockets here: bytes in, bytes out.
#pragma once
#include <functional>
#include <optional>
#include <span>

#include "models/tpm/engine.hpp"
#include "sim/base/tcp.hpp"

namespace assay::tpm {

/// Bytes of a state that CMD_SET_STATEBLOB brings, at most.
inline constexpr std::size_t most_state_blob = 1 << 20;

class SwtpmDialect {
public:
    /// `highest_locality`: of those that a client may choose.
    explicit SwtpmDialect(Engine& engine, unsigned highest_locality = 4);
    /// A TPM whose power is another's, as that of a machine that runs: its clients are guests. A control
    /// command of the owner is refused (TPM_FAIL) and not among the capabilities; localities go to 3, 4 is
    /// the hardware's. Of `config`, the identity and max_command_size are used.
    using Execute = std::function<Bytes(ByteView command, unsigned locality)>;
    SwtpmDialect(Execute execute, Config config);

    /// The data port: a raw command, a raw response; or both in the envelope that the reference simulator
    /// has (TPM_SEND_COMMAND, with a locality of its own). One that says it is longer than the TPM takes is
    /// refused and the connection closed, since where the next one begins is not known.
    std::optional<StreamStep> data(ByteView buffered);
    /// The control port: a command code of 4 bytes and its payload; the result, 0 where it was done, and the
    /// answer's payload. A socket that comes along with CMD_SET_DATAFD is a client of `data_endpoint` from
    /// then on.
    static constexpr std::size_t data_endpoint = 0, control_endpoint = 1;
    std::optional<StreamStep> control(ByteView buffered);

    /// One row per control command.
    struct Control {
        std::uint32_t code;
        std::string_view name;
        std::size_t payload;       // bytes of the request
        std::uint32_t capability;  // its bit in the answer to CMD_GET_CAPABILITY
        bool owners;               // takes or gives power, or changes what all clients see
        std::size_t most_data;     // the last word of the request says how many more bytes it has; 0: none
        /// The whole answer.
        StreamStep (SwtpmDialect::*run)(ByteView payload);
    };
    static std::span<const Control> controls();

private:
    std::optional<StreamStep> enveloped(ByteView buffered);
    StreamStep get_capability(ByteView);
    StreamStep init(ByteView);
    StreamStep shutdown(ByteView);
    StreamStep get_established(ByteView);
    StreamStep set_locality(ByteView);
    StreamStep cancel(ByteView);
    StreamStep reset_established(ByteView);
    StreamStep stop(ByteView);
    StreamStep store_volatile(ByteView);
    StreamStep get_state(ByteView payload);
    StreamStep set_state(ByteView payload);
    StreamStep get_config(ByteView);
    StreamStep set_buffer_size(ByteView);
    StreamStep get_info(ByteView);
    StreamStep hash_start(ByteView);
    StreamStep hash_data(ByteView);
    StreamStep hash_end(ByteView);
    StreamStep set_data_socket(ByteView);
    bool may(const Control& row) const { return engine_ != nullptr || !row.owners; }

    Engine* engine_ = nullptr;  // null: a guest's
    Execute execute_;
    Config config_;
    std::uint32_t largest_buffer_ = config_.max_command_size;
    unsigned highest_locality_;
    unsigned locality_ = 0;
};

class MssimDialect {
public:
    explicit MssimDialect(Engine& engine) : engine_(engine) {}

    /// The command port: a code of 4 bytes and its payload; an answer that ends with 0. What is not known
    /// closes the connection.
    std::optional<StreamStep> command(ByteView buffered) { return run(commands(), buffered); }
    /// The platform port: signals of the machine around the TPM. What is not known is answered with 1 and
    /// closes the connection.
    std::optional<StreamStep> platform(ByteView buffered) { return run(signals(), buffered); }

    /// One row per code.
    struct Signal {
        std::uint32_t code;
        std::string_view name;
        std::size_t payload;  // bytes after the code, at least
        /// Nothing while more bytes are to come. `consumed` counts the payload.
        std::optional<StreamStep> (MssimDialect::*run)(ByteView payload);
    };
    static std::span<const Signal> commands();
    static std::span<const Signal> signals();

private:
    std::optional<StreamStep> run(std::span<const Signal> table, ByteView buffered);
    std::optional<StreamStep> send_command(ByteView);
    std::optional<StreamStep> hash_start(ByteView);
    std::optional<StreamStep> hash_data(ByteView);
    std::optional<StreamStep> hash_end(ByteView);
    std::optional<StreamStep> handshake(ByteView);
    std::optional<StreamStep> session_end(ByteView);
    std::optional<StreamStep> stop(ByteView);
    std::optional<StreamStep> power_on(ByteView);
    std::optional<StreamStep> power_off(ByteView);
    std::optional<StreamStep> reset(ByteView);
    std::optional<StreamStep> presence_on(ByteView);
    std::optional<StreamStep> presence_off(ByteView);
    std::optional<StreamStep> fail(ByteView);
    std::optional<StreamStep> signalled(ByteView);
    /// Acknowledged: its effect is always so, or there is nothing that it could have an effect on.
    std::optional<StreamStep> acknowledge(ByteView);

    Engine& engine_;
};

}  // namespace assay::tpm
