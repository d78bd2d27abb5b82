// Evidence made and evidence judged, each beside the bare signatures and digests that it consists of.
#include <memory>
#include <stdexcept>

#include "bench/floor.hpp"
#include <benchmark/benchmark.h>

#include "conformance/targets/evidence_files.hpp"
#include "models/gpu/root_of_trust.hpp"
#include "models/spdm/requester.hpp"
#include "models/verifier/gpu_appraisal.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::bench {
namespace {

/// Everything that one appraisal takes, from recorded files.
struct Golden {
    conformance::EvidenceFiles files;
    verifier::ReferenceValues references;
    verifier::Times times{};
    verifier::Expectation expectation;
};

Instant at(std::string_view text) { return from_rfc3339(text).value(); }

std::shared_ptr<Golden> golden_h100() {
    const auto folder = shared_data("vectors/gpu-attestation/golden-h100");
    const auto roots = shared_data("vectors/gpu-attestation/roots");
    if (!folder || !roots) return nullptr;
    auto files = conformance::load_evidence({*folder, *roots});
    if (!files) throw std::runtime_error(files.error().text());
    auto out = std::make_shared<Golden>(Golden{*std::move(files), {}, {}, {}});
    for (const auto& f : out->files.references.rims) out->references.rims.push_back({f.name, f.content});
    for (const auto& f : out->files.references.ocsp_responses)
        out->references.ocsp_responses.push_back({f.name, f.content});
    out->times = {at("2025-08-21T08:00:00Z"), at("2025-08-21T08:00:00Z"), at("2025-10-24T12:00:00Z"),
                  at("2025-10-24T12:00:00Z")};
    return out;
}

void appraise(benchmark::State& state, const Golden& golden) {
    for (auto _ : state) {
        // A verifier of its own each time: nothing that an earlier round learned is used.
        const verifier::GpuVerifier verifier{
            {golden.files.references.device_roots, golden.files.references.rim_roots}, golden.times, {}};
        const auto appraisal =
            verifier.appraise(golden.files.devices.front(), golden.references, golden.expectation);
        if (!appraisal.accepted || appraisal.matched != 33)
            state.SkipWithError("golden evidence was not accepted");
    }
    state.SetItemsProcessed(state.iterations());
}

/// The signatures that appraise() must verify, each over as many bytes as the real one: the report; the
/// device chain (leaf under identity .. identity under root, and the root itself); 3 device OCSP responses,
/// each with its responder's certificate; 2 manifests with SignedInfo and digest; 2 manifest chains of 4
/// (their upper three certificates are the same); 4 OCSP responses of manifest certificates, each with its
/// responder's certificate.
void appraise_floor(benchmark::State& state, const Golden& golden) {
    const FloorKey key;
    const auto& report = golden.files.devices.front().report;
    struct Check {
        Bytes message, signature;
    };
    std::vector<Check> checks;
    const auto add = [&](std::size_t count, std::size_t size) {
        for (std::size_t i = 0; i < count; ++i) {
            Bytes message(size, static_cast<std::uint8_t>(checks.size()));
            Bytes signature = key.sign(message);
            checks.push_back({std::move(message), std::move(signature)});
        }
    };
    add(1, report.size() - 96);
    add(5, 600);      // device chain
    add(3 * 2, 500);  // device OCSP: response, responder
    add(2, 896);      // SignedInfo
    add(2 + 3, 600);  // manifest signers; L3, L2, root once
    add(4 * 2, 500);  // manifest OCSP
    for (auto _ : state) {
        for (const auto& check : checks) key.verify(check.message, check.signature);
        for (const auto& rim : golden.references.rims) floor_sha384(ByteView{rim.content}.first(17'000));
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["signatures"] = static_cast<double>(checks.size());
}

/// A booted device, its connection negotiated, ready for GET_MEASUREMENTS.
struct Device {
    gpu::RootOfTrust gpu;
    Bytes request;

    explicit Device(std::string_view profile) : gpu(*gpu::find_chip(profile), 1) {
        while (true) {
            const auto stage = gpu.boot_stage();
            if (!stage) throw std::runtime_error(stage.error().what);
            if (stage->empty()) break;
        }
        spdm::Requester requester{{}};
        while (!requester.done()) {
            request = requester.next();
            if (const auto ok = requester.receive(gpu.spdm(request)); !ok)
                throw std::runtime_error(ok.error().text());
        }
    }
};

void attest(benchmark::State& state, std::string_view profile) {
    Device device{profile};
    for (auto _ : state) {
        ++device.request[4];  // another nonce
        // GET_VERSION .. ALGORITHMS are not repeated; GET_DIGESTS ends the run of measurements, so that L1/L2
        // is one pair.
        benchmark::DoNotOptimize(device.gpu.spdm(device.request));
        benchmark::DoNotOptimize(device.gpu.spdm(Bytes{0x11, 0x81, 0, 0}));
    }
    state.SetItemsProcessed(state.iterations());
}

void attest_floor(benchmark::State& state, std::string_view profile) {
    Device device{profile};
    const FloorKey key;
    Bytes message = concat({device.request, device.gpu.spdm(device.request)});
    message.resize(message.size() - 96);
    for (auto _ : state) {
        ++message[4];
        benchmark::DoNotOptimize(key.sign(message));
    }
    state.SetItemsProcessed(state.iterations());
}

}  // namespace

void register_gpu();
void register_gpu() {
    using benchmark::RegisterBenchmark;
    if (const auto golden = golden_h100()) {
        RegisterBenchmark("verifier/appraise/golden-h100", [=](auto& s) {
            appraise(s, *golden);
        })->Unit(benchmark::kMillisecond);
        RegisterBenchmark("verifier/appraise/golden-h100/floor", [=](auto& s) {
            appraise_floor(s, *golden);
        })->Unit(benchmark::kMillisecond);
    } else {
        std::fputs("not run: verifier/appraise/golden-h100: shared evidence is absent (ASSAY_SHARED)\n",
                   stderr);
    }
    for (const std::string profile : {"gh100", "gb100"}) {
        RegisterBenchmark(("gpu/attest/" + profile).c_str(), [=](auto& s) {
            attest(s, profile);
        })->Unit(benchmark::kMicrosecond);
        RegisterBenchmark(("gpu/attest/" + profile + "/floor").c_str(), [=](auto& s) {
            attest_floor(s, profile);
        })->Unit(benchmark::kMicrosecond);
    }
}

}  // namespace assay::bench
