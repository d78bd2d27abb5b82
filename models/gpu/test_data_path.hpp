// What tests of the data path begin with: a small model, a session, a request.
#pragma once
#include "models/gpu/data_path.hpp"
#include "reference_gpu/inference.hpp"
#include "reference_gpu/random_model.hpp"
#include "sim/crypto/context.hpp"
#include "sim/labels/label_oracle.hpp"

namespace assay::gpu {

struct DataPathBench {
    crypto::Drbg random{as_bytes("data path"), "test"};
    std::uint64_t now_ps = 1;
    labels::Registry registry{random, [this] {
                                  return now_ps;
                              }};
    labels::LabelledStore ram{registry, {"test.ram", labels::StoreKind::dram, 64U << 10}};
    DataPath path;
    reference_gpu::Model model;
    Bytes model_key = Bytes(32, 0x6D);
    SealedModel sealed;
    Bytes secret = Bytes(48, 0x5E);
    static constexpr std::size_t answer_at = 32U << 10;

    explicit DataPathBench(DataPathSpec spec = {}, std::uint64_t seed = 7)
        : path(registry, spec),
          model(reference_gpu::random_model({.dim = 32,
                                             .hidden = 84,
                                             .layers = 2,
                                             .heads = 4,
                                             .kv_heads = 2,
                                             .vocabulary = 400,
                                             .positions = 128},
                                            seed)),
          sealed(seal_image(make_image(model.config, model.values), model_key)) {}

    GuestDriver& driver() { return path.driver(); }
    Result<Nothing, labels::Refusal> start(CcMode mode = CcMode::on) {
        path.power_on(mode);
        if (auto opened = path.open(secret); !opened) return opened;
        if (auto ready = driver().set_ready(); !ready) return ready;
        return driver().load_model(sealed, model_key);
    }
    void put_tokens(const labels::Subject& subject, std::span<const reference_gpu::Token> tokens) {
        Bytes raw;
        for (const auto token : tokens) append(raw, store(token, std::endian::little));
        ram.write(0, raw, registry.label(subject, labels::DataClass::prompt));
    }
    /// A whole request; the tokens that came out, or the code.
    Result<std::vector<reference_gpu::Token>, labels::Refusal> ask(
        const labels::Subject& subject, std::span<const reference_gpu::Token> tokens, unsigned limit) {
        put_tokens(subject, tokens);
        auto count = driver().run(subject, ram, {0, 4 * tokens.size()}, ram, answer_at, limit);
        if (!count) return count.error();
        const auto out = ram.values<reference_gpu::Token>(answer_at, *count);
        return std::vector<reference_gpu::Token>{out.begin(), out.end()};
    }
    void wipe_ram() { (void)ram.scrub(ram.all(), labels::ScrubMethod::overwrite_zero); }
};

inline const std::vector<reference_gpu::Token> a_prompt{1,  302, 338, 303, 260, 298, 311, 322,
                                                        17, 364, 340, 329, 333, 280, 291, 270};

}  // namespace assay::gpu
