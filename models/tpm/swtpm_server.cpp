#include "models/tpm/swtpm_server.hpp"

#include "models/tpm/commands.hpp"

namespace assay::tpm {

SwtpmServer::SwtpmServer(Engine& engine, const ServerOptions& options)
    : dialect_(engine),
      server_(options.port, {[this](ByteView bytes) { return dialect_.data(bytes); },
                             [this](ByteView bytes) {
                                 return dialect_.control(bytes);
                             }}) {
    engine.power_on();
    if (options.startup_clear) engine.execute(encode_command(StartupIn{Su::clear}));
}

MssimServer::MssimServer(Engine& engine, const ServerOptions& options)
    : dialect_(engine),
      server_(options.port, {[this](ByteView bytes) { return dialect_.command(bytes); },
                             [this](ByteView bytes) {
                                 return dialect_.platform(bytes);
                             }}) {
    if (options.startup_clear) {
        engine.power_on();
        engine.execute(encode_command(StartupIn{Su::clear}));
    }
}

}  // namespace assay::tpm
