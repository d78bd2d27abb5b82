#include "models/platform/deployment.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/cvm/verity_tree.hpp"
#include "models/runtime/policy.hpp"
#include "reference_gpu/tokenizer.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/context.hpp"

namespace assay::embedded {
std::string_view platform_model();
std::string_view platform_tokenizer();
}  // namespace assay::embedded

namespace assay::platform {
namespace {

using nlohmann::json;

constexpr std::size_t block_size = 4096;
constexpr std::string_view image_name = "registry.assay.test/inference:1.0", container_rule = "inference";
constexpr std::uint64_t max_requests = 1'000'000;  // instances of the container in one boot

Bytes copy_of(std::string_view text) {
    const ByteView bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

/// Appends a file at a block border.
ImageFile add_file(Bytes& image, ByteView content) {
    const ImageFile file{image.size(), content.size()};
    append(image, content);
    image.resize((image.size() + block_size - 1) / block_size * block_size);
    return file;
}

json no_capabilities() {
    json out = json::object();
    for (const std::string_view set : runtime::capability_sets) out[std::string{set}] = json::array();
    return out;
}

const std::vector<std::string>& worker_command() {
    static const std::vector<std::string> command{"/usr/bin/worker", "--model", "/model/weights.enc"};
    return command;
}
constexpr std::string_view worker_path = "PATH=/usr/bin:/bin";

json container_policy(const std::string& layer) {
    return {{"id", container_rule},
            {"layers", {layer}},
            {"command", worker_command()},
            {"env", {{{"value", worker_path}, {"match", "exact"}, {"required", true}}}},
            {"working_dir", "/"},
            {"user", {{"uid", 1000}, {"gid", 1000}, {"groups", json::array()}}},
            {"no_new_privileges", true},
            {"privileged", false},
            {"root_readonly", true},
            {"stdio", false},
            {"capabilities", no_capabilities()},
            {"mounts", json::array()},
            {"devices", {{{"kind", "gpu"}, {"count", 1}}}},
            {"seccomp_sha256", ""},
            {"exec", json::array()},
            {"signals", {15}},
            {"max_instances", max_requests}};
}

/// Every command of the table is named: what a worker's life needs by rule, everything else denied.
std::string policy_text(const std::string& layer) {
    json commands = json::object();
    for (const runtime::Command& row : runtime::commands()) commands[std::string{row.name}] = "deny";
    for (const char* ruled : {"sandbox.create", "device.mount_ro", "overlay.mount", "container.create"})
        commands[ruled] = "rule";
    for (const char* free : {"container.start", "container.shutdown", "container.remove", "container.stats",
                             "overlay.unmount", "device.unmount_ro", "sandbox.destroy", "process.wait"})
        commands[free] = "allow";
    return runtime::canonical(
        {{"format", runtime::policy_format},
         {"command_table", 1},
         {"name", "assay-inference"},
         {"svn", 1},
         {"commands", commands},
         {"sandbox", {{"pidns_shared", false}, {"hooks", false}, {"kernel_modules", json::array()}}},
         {"containers", {container_policy(layer)}}});
}

std::string release_policy_text(const Deployment& d) {
    const auto equals = [](std::string_view claim, const json& value) {
        return json{{"claim", claim}, {"equals", value}};
    };
    const Bytes policy_hash = crypto::digest(crypto::Hash::sha256, {d.runtime_policy});
    const json authority{{"authority", token_issuer},
                         {"allOf",
                          {equals("x-ms-isolation-tee.x-ms-compliance-status", "azure-compliant-cvm"),
                           equals("secureboot", true), equals("assay.event-log", "replayed"),
                           equals("assay.runtime-policy-hash", to_hex(policy_hash)),
                           equals("assay.verity-root-hash", to_hex(d.image_root)),
                           equals("assay.images-hash", to_hex(cvm::images_hash({d.manifest.digest}))),
                           equals("assay.gpu-count", 1), equals("assay.gpu-cc-mode", "on"),
                           equals("assay.gpu-measres", "success")}}};
    return json{{"version", "1.0.0"}, {"anyOf", {authority}}}.dump();
}

}  // namespace

Workload built_in_workload() {
    return {copy_of(embedded::platform_model()), copy_of(embedded::platform_tokenizer())};
}

Deployment::Deployment(Workload given, ByteView seed)
    : workload(std::move(given)), model_key(model_key_size) {
    crypto::Drbg random{seed, "assay deployment"};
    random.fill(model_key.bytes());

    const auto loaded = reference_gpu::load_model(workload.model);
    if (!loaded) throw std::runtime_error("model: " + loaded.error().text());
    const auto words = reference_gpu::Tokenizer::from_file(workload.tokenizer, loaded->config.vocabulary);
    if (!words) throw std::runtime_error("tokenizer: " + words.error().text());
    const Bytes plain = gpu::make_image(loaded->config, loaded->values);
    model = add_file(image, pack_model(gpu::seal_image(plain, model_key.bytes())));
    tokenizer =
        add_file(image, concat({store(loaded->config.vocabulary, std::endian::little), workload.tokenizer}));
    image_data_size = image.size();
    cvm::VerityParameters parameters;
    parameters.data_blocks = image.size() / block_size;
    parameters.salt.resize(32);
    random.fill(parameters.salt);
    std::array<std::uint8_t, 16> uuid{};
    random.fill(uuid);
    const cvm::ByteSource data{image};
    const auto tree = cvm::build_verity(parameters, data, uuid);
    image_root = tree->root_hash;
    append(image, tree->hash_area);

    const std::string layer = to_hex(image_root);
    const std::string content =
        json{{"name", image_name}, {"layers", {layer}}, {"command", worker_command()}}.dump();
    manifest = {std::string{image_name}, crypto::digest(crypto::Hash::sha256, {as_bytes(content)})};

    runtime_policy = copy_of(policy_text(layer));
    plan = cvm::BootPlan::example(seed);
    plan.command_line = "console=none ro panic=-1 " + std::string{cvm::verity_parameter} + layer;
    plan.runtime_policy = runtime_policy;
    plan.images = {manifest};
    release_policy = release_policy_text(*this);
}

Bytes pack_model(const gpu::SealedModel& model) {
    Bytes out = model.digest;
    append(out, store(std::uint64_t{model.image_size}, std::endian::little));
    append(out, store(std::uint64_t{model.chunk_size}, std::endian::little));
    for (const Bytes& chunk : model.chunks) append(out, chunk);
    return out;
}

Result<gpu::SealedModel, std::string> unpack_model(ByteView file) {
    constexpr std::size_t digest_size = 32, head = digest_size + 16;
    if (file.size() < head) return "shorter than its head of 48 bytes";
    gpu::SealedModel out;
    out.digest.assign(file.begin(), file.begin() + digest_size);
    out.image_size = load<std::uint64_t>(file.subspan(digest_size), std::endian::little);
    out.chunk_size = load<std::uint64_t>(file.subspan(digest_size + 8), std::endian::little);
    if (out.image_size > gpu::max_image_size || out.chunk_size == 0 || out.chunk_size > gpu::max_image_size)
        return "an image or chunk size beyond 16 MiB";
    ByteView rest = file.subspan(head);
    for (std::size_t left = out.image_size; left > 0;) {
        const std::size_t plain = std::min<std::size_t>(left, out.chunk_size);
        const std::size_t size = plain + crypto::aead_tag_size;
        if (rest.size() < size) return "ends within a chunk";
        out.chunks.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
        rest = rest.subspan(size);
        left -= plain;
    }
    if (!rest.empty()) return "bytes after the last chunk";
    return out;
}

std::vector<ControlCommand> sandbox_commands(const Deployment& deployment) {
    return {{"sandbox.create", R"({"hooks":[],"kernel_modules":[],"pidns_shared":false})"},
            {"device.mount_ro",
             json{{"target", "/layers/0"}, {"root_hash", to_hex(deployment.image_root)}}.dump()}};
}

std::vector<ControlCommand> container_commands(const Deployment&, const std::string& id) {
    const json create{{"id", id},
                      {"args", worker_command()},
                      {"env", {worker_path}},
                      {"working_dir", "/"},
                      {"uid", 1000},
                      {"gid", 1000},
                      {"groups", json::array()},
                      {"no_new_privileges", true},
                      {"privileged", false},
                      {"capabilities", no_capabilities()},
                      {"mounts", json::array()},
                      {"devices", {{{"kind", "gpu"}}}},
                      {"seccomp_sha256", ""},
                      {"root_readonly", true},
                      {"terminal", false}};
    return {{"overlay.mount",
             json{{"container", id}, {"layers", {"/layers/0"}}, {"target", "/run/" + id}}.dump()},
            {"container.create", create.dump()},
            {"container.start", json{{"container", id}}.dump()}};
}

std::vector<ControlCommand> removal_commands(const std::string& id) {
    return {{"container.remove", json{{"container", id}}.dump()},
            {"overlay.unmount", json{{"target", "/run/" + id}}.dump()}};
}

}  // namespace assay::platform
