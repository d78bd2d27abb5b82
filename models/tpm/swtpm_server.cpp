#include "models/tpm/swtpm_server.hpp"

#include "models/tpm/commands.hpp"

namespace assay::tpm {

StreamOptions stream_options() {
    constexpr std::size_t head = 64;
    return {.largest_request = head + most_state_blob};
}

std::vector<Endpoint> endpoints_of(SwtpmDialect& dialect, const ServerOptions& options) {
    const auto data = [&dialect, closes = options.one_answer](ByteView bytes) {
        auto step = dialect.data(bytes);
        if (step) step->close = step->close || closes;
        return step;
    };
    const auto control = [&dialect](ByteView bytes) {
        return dialect.control(bytes);
    };
    return {{options.data, data, options.ends_with_data},
            {options.control, control, options.ends_with_control}};
}

std::vector<Endpoint> endpoints_of(MssimDialect& dialect, const ServerOptions& options) {
    const auto command = [&dialect](ByteView bytes) {
        return dialect.command(bytes);
    };
    const auto platform = [&dialect](ByteView bytes) {
        return dialect.platform(bytes);
    };
    return {{options.data, command}, {options.control, platform}};
}

SwtpmServer::SwtpmServer(Engine& engine, const ServerOptions& options)
    : dialect_(engine, options.highest_locality), server_(endpoints_of(dialect_, options), stream_options()) {
    if (options.data_client >= 0) server_.adopt(Descriptor{options.data_client}, SwtpmDialect::data_endpoint);
    if (options.control_client >= 0)
        server_.adopt(Descriptor{options.control_client}, SwtpmDialect::control_endpoint);
    if (!options.wait_for_init) engine.power_on();
    if (options.startup_clear) engine.execute(encode_command(StartupIn{Su::clear}));
}

MssimServer::MssimServer(Engine& engine, const ServerOptions& options)
    : dialect_(engine), server_(endpoints_of(dialect_, options)) {
    if (options.startup_clear) {
        engine.power_on();
        engine.execute(encode_command(StartupIn{Su::clear}));
    }
}

}  // namespace assay::tpm
