// For tests: TPMs to put under a confidential VM - the project's own, and one that is not.
#pragma once
#include "models/cvm/swtpm_peer.hpp"
#include "models/tpm/engine.hpp"
#include "sim/crypto/context.hpp"

namespace assay::cvm {

/// The model of the project, powered on. Other seeds, other TPMs.
class ModelTpm {
public:
    explicit ModelTpm(std::string_view seed = "vTPM") : random_(as_bytes(seed)), engine_({}, random_, time_) {
        engine_.power_on();
    }
    TpmTransport transport() {
        return [this](ByteView command) {
            return engine_.execute(command);
        };
    }
    void power_cycle() {
        engine_.power_off();
        engine_.power_on();
    }

private:
    crypto::Drbg random_;
    tpm::ManualTime time_;
    tpm::Engine engine_;
};

/// One of them: swtpm where there is one, which makes RSA keys sooner than a debug build of the model.
class QuickTpm {
public:
    QuickTpm() : peer_(SwtpmPeer::start()), model_(peer_ ? nullptr : std::make_unique<ModelTpm>()) {}
    TpmTransport transport() { return peer_ ? peer_->transport() : model_->transport(); }

private:
    std::unique_ptr<SwtpmPeer> peer_;
    std::unique_ptr<ModelTpm> model_;
};

/// Runs a test on the model, and on swtpm where there is one.
template <class Test>
void on_each_tpm(const Test& test) {
    ModelTpm model;
    test(model.transport());
    if (const auto peer = SwtpmPeer::start()) test(peer->transport());
}

}  // namespace assay::cvm
