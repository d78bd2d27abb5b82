// What the tests of this folder share: a TPM with its helpers, and vectors.
#pragma once
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "models/tpm/client_session.hpp"
#include "models/tpm/digests.hpp"
#include "models/tpm/engine.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::tpm {

/// A vector file of the shared data; discarded, with one line `skipped: ...`, where it is not there.
inline nlohmann::json shared_json(const std::string& file) {
    const auto path = shared_data("vectors/" + file);
    if (!path) {
        std::printf("skipped: shared data vectors/%s\n", file.c_str());
        return nlohmann::json::array();
    }
    std::ifstream in{*path};
    return nlohmann::json::parse(in);
}

inline Bytes bytes_of(const nlohmann::json& hex) { return from_hex(hex.get<std::string>()).value(); }

inline Alg alg_named(const std::string& name) {
    if (name == "sha1") return Alg::sha1;
    if (name == "sha384") return Alg::sha384;
    return name == "sha512" ? Alg::sha512 : Alg::sha256;
}

/// A TPM on a bench: powered, its time under control, the same in every run.
struct Bench {
    explicit Bench(Config config = {}, std::string_view seed = "bench")
        : random{as_bytes(seed), "tpm test"}, tpm{config, random, time} {
        tpm.power_on();
    }
    crypto::Drbg random;
    ManualTime time{};
    Engine tpm;
    unsigned locality = 0;

    Bytes send(ByteView command) { return tpm.execute(command, locality); }
    template <class In>
    auto call(const In& in, std::vector<TpmsAuthCommand> sessions = {}) {
        return tpm::call([this](ByteView command) { return send(command); }, in, std::move(sessions));
    }
    /// The response code alone.
    template <class In>
    Rc rc(const In& in, std::vector<TpmsAuthCommand> sessions = {}) {
        const Bytes command = encode_command(in, sessions);
        return response_code(send(command)).value();
    }
    void start() {
        if (const auto out = call(StartupIn{Su::clear}); !out) throw std::runtime_error(out.error().text());
    }
    void power_cycle() {
        tpm.power_off();
        tpm.power_on();
    }
    CreatePrimaryOut primary(Handle hierarchy, const TpmtPublic& area) {
        CreatePrimaryIn in{.primary_handle = hierarchy, .in_public = {area}};
        return *call(in, {password()});
    }
    StartAuthSessionOut session(Se type, Alg hash = Alg::sha256) {
        return *call(
            StartAuthSessionIn{.nonce_caller = {Bytes(16, 1)}, .session_type = type, .auth_hash = hash});
    }
    Rc extend(Handle pcr, std::uint8_t with = 1) {
        return rc(PcrExtendIn{.pcr_handle = pcr, .digests = {{{Alg::sha256, Bytes(32, with)}}}},
                  {password()});
    }
};

inline std::ostream& operator<<(std::ostream& out, Rc rc) { return out << text(rc); }

}  // namespace assay::tpm
