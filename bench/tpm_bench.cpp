// The TPM model beside libtpms (in process) and swtpm (over TCP, the same client), and above OpenSSL.
#include <functional>
#include <stdexcept>

#include "bench/floor.hpp"
#include "bench/tpm_peers.hpp"
#include <benchmark/benchmark.h>

#include "models/tpm/commands.hpp"
#include "models/tpm/engine.hpp"
#include "sim/base/tcp.hpp"
#include "sim/crypto/context.hpp"

namespace assay::bench {
namespace {

using Ask = std::function<Bytes(ByteView)>;

/// The model, started.
struct Model {
    crypto::Drbg random{Bytes{1}, "bench"};
    tpm::SteadyTime time;
    tpm::Engine engine{{}, random, time};
    Model() { engine.power_on(); }
    Bytes execute(ByteView command) { return engine.execute(command); }
};

/// What a client of a data port sends and gets.
class Wire {
public:
    explicit Wire(std::uint16_t port) : client_("127.0.0.1", port, std::chrono::seconds{10}) {}
    Bytes execute(ByteView command) {
        Bytes out(tpm::header_size);
        if (!client_.send(command) || !client_.receive(out))
            throw std::runtime_error("the connection is gone");
        const auto size = load<std::uint32_t>(ByteView{out}.subspan(2), std::endian::big);
        if (size < out.size() || size > 8192) throw std::runtime_error("a response of odd size");
        out.resize(size);
        if (!client_.receive(std::span{out}.subspan(tpm::header_size)))
            throw std::runtime_error("half a response");
        return out;
    }

private:
    TcpClient client_;
};

/// Behind its data port, in a process of its own: the model as its users start it, and Debian's swtpm.
template <const char* const& program>
struct Program {
    SwtpmProcess process{program};
    Wire wire{process.port()};
    Bytes execute(ByteView command) { return wire.execute(command); }
};
constexpr const char* ours = SWTPM_BINARY;

/// What is measured: makes what it needs and gives the command that is sent again and again.
using Prepare = Bytes (*)(const Ask&);

template <class In>
typename In::Out made(const Ask& ask, const In& in, std::vector<tpm::TpmsAuthCommand> sessions = {}) {
    auto out = tpm::call(ask, in, std::move(sessions));
    if (!out) throw std::runtime_error(out.error().text());
    return *std::move(out);
}

Bytes quote(const Ask& ask, tpm::Alg type) {
    tpm::TpmtPublic area = tpm::templates::attestation_key(type);
    area.object_attributes |=
        tpm::object_attribute::no_da;  // libtpms counts its unorderly ends as wrong tries
    const auto key = made(ask, tpm::CreatePrimaryIn{.primary_handle = tpm::rh::owner, .in_public = {area}},
                          {tpm::password()});
    const std::vector session{tpm::password()};
    return tpm::encode_command(
        tpm::QuoteIn{.sign_handle = key.object_handle,
                     .qualifying_data = {Bytes(32, 7)},
                     .pcr_select = {{tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0xFFFF)}}},
        session);
}
Bytes quote_ecc(const Ask& ask) { return quote(ask, tpm::Alg::ecc); }
Bytes quote_rsa(const Ask& ask) { return quote(ask, tpm::Alg::rsa); }
Bytes extend(const Ask&) {
    const std::vector session{tpm::password()};
    return tpm::encode_command(
        tpm::PcrExtendIn{.pcr_handle = 16,
                         .digests = {{{.hash_alg = tpm::Alg::sha256, .digest = Bytes(32, 5)}}}},
        session);
}
Bytes random(const Ask&) { return tpm::encode_command(tpm::GetRandomIn{.bytes_requested = 32}); }

template <class Peer>
void run(benchmark::State& state, Prepare prepare) {
    Peer peer;
    const Ask ask = [&](ByteView command) {
        return peer.execute(command);
    };
    if (const auto started = tpm::call(ask, tpm::StartupIn{tpm::Su::clear});
        !started && started.error().rc != tpm::Rc::initialize)
        throw std::runtime_error(started.error().text());
    const Bytes command = prepare(ask);
    const auto once = [&] {
        const auto rc = tpm::response_code(peer.execute(command));
        if (rc != tpm::Rc::success) throw std::runtime_error(rc ? tpm::text(*rc) : "no response");
    };
    once();
    for (auto _ : state) once();
    state.SetItemsProcessed(state.iterations());
}

/// One signature, over a digest of what is quoted.
template <unsigned FloorWork::*kind>
void signature_floor(benchmark::State& state) {
    FloorWork work;
    work.*kind = 1;
    floor_work(work);
    for (auto _ : state) floor_work(work);
}

}  // namespace

void register_tpm();
void register_tpm() {
    struct Subject {
        std::string name;
        Prepare prepare;
        void (*floor)(benchmark::State&);
    };
    const Subject subjects[] = {
        {"quote-p256", quote_ecc, signature_floor<&FloorWork::p256_sign>},
        {"quote-rsa2048", quote_rsa, signature_floor<&FloorWork::rsa2048_sign>},
        {"pcr-extend", extend, nullptr},
        {"get-random", random, nullptr},
    };
    const auto add = [](const std::string& name, auto function, auto... arguments) {
        return benchmark::RegisterBenchmark(name.c_str(), function, arguments...)
            ->Unit(benchmark::kMicrosecond);
    };
    for (const Subject& subject : subjects) {
        const std::string name = "tpm/" + subject.name, over_tcp = "tpm-tcp/" + subject.name;
        add(name, run<Model>, subject.prepare);
        if (subject.floor != nullptr) add(name + "/floor", subject.floor);
        if (Libtpms::is_there()) add(name + "/libtpms", run<Libtpms>, subject.prepare);
        add(over_tcp, run<Program<ours>>, subject.prepare)->UseRealTime();
        if (SwtpmProcess::is_there(SwtpmProcess::debians))
            add(over_tcp + "/swtpm", run<Program<SwtpmProcess::debians>>, subject.prepare)->UseRealTime();
    }
}

}  // namespace assay::bench
