// What exists before a platform is powered on: the model, its encrypted image, the policies, and what
// verifier and KMS are told to expect.
//
//     const Deployment deployment{workload, seed};
//     deployment.plan            // what the VM boots
//     deployment.release_policy  // what the KMS demands before a key leaves
#pragma once
#include "models/cvm/boot_plan.hpp"
#include "models/gpu/model_image.hpp"
#include "models/platform/scenario.hpp"
#include "sim/base/secret.hpp"

namespace assay::platform {

/// Files as reference_gpu loads them.
struct Workload {
    Bytes model;      // checkpoint or GGUF
    Bytes tokenizer;  // tok*.bin
};
/// The project's own small model.
Workload built_in_workload();

inline constexpr std::string_view token_issuer = "https://verifier.assay.test",
                                  service_authority = "llm.assay.test", completions_path = "/v1/completions",
                                  gateway_caller = "gateway-1", prompt_group = "prompt",
                                  model_key_name = "model";
inline constexpr std::size_t model_key_size = 32;

/// A file in the container image: [begin, begin + size) of the image's data.
struct ImageFile {
    std::size_t begin = 0, size = 0;
};

struct Deployment {
    /// Equal seeds, equal deployments.
    Deployment(Workload workload, ByteView seed);

    Workload workload;
    Secret model_key;  // AES-256: what the model is encrypted under

    /// The container image: data blocks, then superblock and hash tree (dm-verity). The model in it is sealed
    /// under its key (pack_model); the tokenizer's file stands behind the size of its vocabulary, 32 bits.
    Bytes image;
    std::size_t image_data_size = 0;
    Bytes image_root;  // dm-verity root hash
    ImageFile model, tokenizer;
    cvm::ContainerImage manifest;  // name and digest, as measured

    Bytes runtime_policy;  // canonical
    cvm::BootPlan plan;
    std::string release_policy;  // Azure secure-key-release grammar
};

/// A sealed model as a file: digest (32 bytes), image size and chunk size (64 bits, little-endian), then the
/// chunks.
Bytes pack_model(const gpu::SealedModel& model);
Result<gpu::SealedModel, std::string> unpack_model(ByteView file);

/// The commands that bring up the sandbox, and a container `id` for inference in it, in this order; and those
/// that take a container away again.
std::vector<ControlCommand> sandbox_commands(const Deployment& deployment);
std::vector<ControlCommand> container_commands(const Deployment& deployment, const std::string& id);
std::vector<ControlCommand> removal_commands(const std::string& id);

}  // namespace assay::platform
