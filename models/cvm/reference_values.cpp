#include "models/cvm/reference_values.hpp"

#include <nlohmann/json.hpp>

#include "models/cvm/secure_processor.hpp"

namespace assay::cvm {

std::string reference_values(const BootPlan& plan) {
    using nlohmann::json;
    const auto digest = [](ByteView bytes) {
        return json::array({to_hex(crypto::digest(crypto::Hash::sha256, {bytes}))});
    };
    json images = json::array(), roots = json::array();
    for (const ContainerImage& image : plan.images) images.push_back(to_hex(image.digest));
    if (const auto root = verity_root_of(plan.command_line)) roots.push_back(*root);
    const json out{{"launch_measurements", json::array({to_hex(launch_digest(plan.paravisor, 0))})},
                   {"firmware_versions", json::array({plan.firmware_version})},
                   {"firmware", digest(plan.firmware)},
                   {"loaders", digest(plan.loader)},
                   {"kernels", digest(plan.kernel)},
                   {"command_lines", json::array({command_line_form(plan.command_line)})},
                   {"verity_roots", roots},
                   {"runtime_policies", digest(plan.runtime_policy)},
                   {"images", images},
                   {"required_images", images}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace assay::cvm
