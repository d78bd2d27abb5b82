// SPDM: a whole attestation (GET_VERSION to signed measurements, P-384 and SHA-384) in process and over TCP,
// and the largest secured messages.
#include <stdexcept>
#include <thread>

#include "bench/floor.hpp"
#include <benchmark/benchmark.h>

#include "models/spdm/requester.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/sample_device.hpp"
#include "models/spdm/tcp_client.hpp"
#include "models/spdm/tcp_server.hpp"

namespace assay::bench {
namespace {

using spdm::Step;

spdm::RequesterPlan attestation() {
    spdm::RequesterPlan plan;
    plan.versions = {spdm::Version::v1_2};
    plan.records = spdm::mctp_records;
    plan.portion = 0xFFFF;
    plan.steps = {Step::version,     Step::capabilities, Step::algorithms,  Step::digests,
                  Step::certificate, Step::challenge,    Step::measurements};
    return plan;
}

/// One conversation; each answer is verified.
template <class Exchange>
void attest_once(const Exchange& exchange, std::uint8_t count) {
    spdm::RequesterPlan plan = attestation();
    plan.nonce[0] = plan.challenge_nonce[0] = count;
    spdm::Requester requester{plan};
    while (!requester.done())
        if (const auto ok = requester.receive(exchange(requester.next())); !ok)
            throw std::runtime_error(ok.error().text());
}

void spdm_attest(benchmark::State& state) {
    spdm::SampleDevice device{1};
    spdm::Responder responder{device, spdm::mctp_records};
    std::uint8_t count = 0;
    const auto exchange = [&](ByteView request) {
        return responder.execute(request);
    };
    attest_once(exchange, ++count);  // the device makes its keys and certificates when they are asked for
    for (auto _ : state) attest_once(exchange, ++count);
    state.SetItemsProcessed(state.iterations());
}

/// The responder in a thread of its own, behind MCTP in the framing of spdm-emu; a connection for each
/// attestation.
void spdm_attest_tcp(benchmark::State& state) {
    spdm::SampleDevice device{1};
    spdm::Responder responder{device, spdm::mctp_records};
    spdm::SocketDialect dialect{spdm::Transport::mctp, spdm::service_of(responder)};
    StreamServer server{0,
                        {[&](ByteView bytes) {
                            return dialect.step(bytes);
                        }},
                        spdm::SocketDialect::options()};
    const std::jthread thread{[&](const std::stop_token& stop) {
        server.serve(stop);
    }};
    std::uint8_t count = 0;
    const auto attest = [&] {
        spdm::ResponderLink link{"127.0.0.1", server.port(), spdm::Transport::mctp, std::chrono::seconds{10}};
        attest_once(
            [&](ByteView request) {
                auto answer = link.exchange(false, request);
                if (!answer) throw std::runtime_error(answer.error().text);
                return *std::move(answer);
            },
            ++count);
    };
    attest();
    for (auto _ : state) attest();
    state.SetItemsProcessed(state.iterations());
}

/// Two signatures (CHALLENGE_AUTH, MEASUREMENTS), four verifications (these, and both certificates of the
/// chain), and the digests of the chain that DIGESTS, CHALLENGE_AUTH and the requester need.
void spdm_attest_floor(benchmark::State& state) {
    const FloorKey key;
    Bytes message(148);  // prefix and digest
    Bytes certificate(500), chain(1'000);
    for (auto _ : state) {
        ++message[0];
        const Bytes first = key.sign(message);
        key.verify(message, first);
        key.verify(message, key.sign(message));
        for (int i = 0; i < 2; ++i) {
            benchmark::DoNotOptimize(certificate);
            key.verify(message, first);
        }
        for (int i = 0; i < 6; ++i) floor_sha384(chain);
    }
    state.SetItemsProcessed(state.iterations());
}

constexpr std::size_t largest = 0xFFFF - 16 - 2 - 1;  // what a record of 65,535 bytes holds over MCTP

struct Ends {
    Ends() {
        const Bytes there(48, 1), back(48, 2);
        requester.use(there, back);
        responder.use(back, there);
    }
    static spdm::SecuredChannel::Parameters is() {
        return {spdm::mctp_records, 0xFFFF'0001, crypto::Aead::aes_256_gcm, true};
    }
    spdm::SecuredChannel requester{is(), spdm::KeySchedule{crypto::Hash::sha384, spdm::Version::v1_2}};
    spdm::SecuredChannel responder{is(), spdm::KeySchedule{crypto::Hash::sha384, spdm::Version::v1_2}};
};

void spdm_records(benchmark::State& state) {
    Ends ends;
    const Bytes message(largest, 0x5A);
    Bytes record;
    Secret plain;
    for (auto _ : state) {
        ends.requester.seal_into(record, message);
        if (!ends.responder.open_into(plain, record)) state.SkipWithError("a record does not open");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(largest));
}
void spdm_records_floor(benchmark::State& state) {
    FloorAead aead;
    const Bytes message(largest, 0x5A);
    Bytes out;
    for (auto _ : state) aead.there_and_back(message, out);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(largest));
}

}  // namespace

void register_spdm();
void register_spdm() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("spdm/attest/p384", spdm_attest)->Unit(benchmark::kMicrosecond);
    RegisterBenchmark("spdm/attest/p384/floor", spdm_attest_floor)->Unit(benchmark::kMicrosecond);
    RegisterBenchmark("spdm/attest-tcp/p384", spdm_attest_tcp)->Unit(benchmark::kMicrosecond)->UseRealTime();
    RegisterBenchmark("spdm/attest-tcp/p384/floor", spdm_attest_floor)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
    RegisterBenchmark("spdm/records/64k", spdm_records)->Unit(benchmark::kMicrosecond);
    RegisterBenchmark("spdm/records/64k/floor", spdm_records_floor)->Unit(benchmark::kMicrosecond);
}

}  // namespace assay::bench
