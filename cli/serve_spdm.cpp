// `assay serve spdm`: a responder on the port where the DMTF's emulator has its own.
#include <atomic>

#include "cli/serving.hpp"
#include <fmt/format.h>

#include "conformance/targets/model_spdm.hpp"
#include "models/spdm/tcp_server.hpp"
#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

constexpr std::uint16_t emulator_port = 2323, binding_port = 4194;  // of spdm-emu; of DSP0287, by IANA

spdm::MessageService service_of_port(conformance::SpdmPort& port) {
    const auto answer = [&port](conformance::SpdmKind kind, ByteView message) {
        auto out = port.exchange(kind, message);
        return out ? *std::move(out) : Bytes{};
    };
    return {[answer](ByteView message) { return answer(conformance::SpdmKind::plain, message); },
            [answer](ByteView record) {
                Bytes out = answer(conformance::SpdmKind::secured, record);
                return out.empty() ? std::nullopt : std::optional{std::move(out)};
            }};
}

}  // namespace

int serve_spdm(const ServeArguments& a, Console& console, bool (*stop)()) {
    std::map<std::string, std::string> described{{"profile", a.profile.empty() ? "generic" : a.profile},
                                                 {"transport", a.transport}};
    if (!a.config.empty()) described.emplace("config", a.config);
    const auto responder = conformance::make_model_spdm(described, a.seed);
    const auto transport = spdm::transport_of(a.transport).value();
    spdm::SocketDialect dialect{transport, service_of_port(*responder)};
    StreamOptions options = spdm::SocketDialect::options();
    options.address = a.listen;
    options.on_fault = [&](std::string_view why) {
        console.err.line("disconnected: " + printable(why));
    };
    const auto port = transport == spdm::Transport::tcp ? binding_port : emulator_port;
    StreamServer server{a.port != 0 ? a.port : port,
                        {[&](ByteView bytes) {
                            return dialect.step(bytes);
                        }},
                        std::move(options)};
    console.out.line(
        fmt::format("ready spdm=spdm+tcp://{}:{}?transport={}", a.listen, server.port(), a.transport));
    serve_until(server, stop);
    console.err.line("ended");
    return Exit::success;
}

}  // namespace assay::cli
