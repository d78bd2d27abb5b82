#include "models/cvm/boot_plan.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/crypto/context.hpp"

namespace assay::cvm {
namespace {

using Fault = BootFault::Kind;

Bytes sha256(ByteView bytes) { return crypto::digest(crypto::Hash::sha256, {bytes}); }
Bytes text_bytes(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

/// UEFI_IMAGE_LOAD_EVENT without a device path.
Bytes image_load_event(std::uint64_t location, std::size_t size) {
    Bytes out;
    for (const std::uint64_t one : {location, std::uint64_t{size}, std::uint64_t{0}, std::uint64_t{0}})
        append(out, store(one, std::endian::little));
    return out;
}
/// UEFI_PLATFORM_FIRMWARE_BLOB.
Bytes firmware_blob(std::uint64_t base, std::size_t size) {
    return concat({store(base, std::endian::little), store(std::uint64_t{size}, std::endian::little)});
}

/// An event whose digest is the hash of its data.
BootStep plain(std::string item, std::uint32_t pcr, EventType type, Bytes data) {
    Bytes digest = sha256(data);
    return {std::move(item), pcr, type, std::move(digest), std::move(data)};
}
BootStep of_object(std::string item, std::uint32_t pcr, EventType type, ByteView object, Bytes data) {
    return {std::move(item), pcr, type, sha256(object), std::move(data)};
}
BootStep ipl(std::string item, std::uint32_t pcr, Bytes digest, const std::string& text) {
    return {std::move(item), pcr, EventType::ipl, std::move(digest), text_bytes(text + '\0')};
}

void flip(Bytes& bytes, std::size_t at) { bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ 1U); }

/// Another content of the same item, measured as it is.
BootPlan altered(BootPlan plan, const std::string& item) {
    const auto flip_last = [](Bytes& bytes) {
        if (bytes.empty()) throw std::invalid_argument("nothing to alter");
        flip(bytes, bytes.size() - 1);
    };
    if (item == "firmware")
        flip_last(plan.firmware);
    else if (item == "firmware version")
        plan.firmware_version += " (modified)";
    else if (item == "secure boot")
        plan.secure_boot = !plan.secure_boot;
    else if (item == "loader")
        flip_last(plan.loader);
    else if (item == "kernel")
        flip_last(plan.kernel);
    else if (item == "command line")
        plan.command_line += " init=/bin/sh";
    else if (item == "runtime policy")
        flip_last(plan.runtime_policy);
    else if (item.starts_with("image "))
        flip_last(plan.images.at(std::stoul(item.substr(6))).digest);
    else
        throw std::invalid_argument("no content to alter: " + item);
    return plan;
}

/// The verity root is a part of the command line, and no step of its own.
BootPlan with_another_root(BootPlan plan) {
    const auto at = plan.command_line.find(verity_parameter);
    if (at == std::string::npos) throw std::invalid_argument("the command line has no verity root");
    char& digit = plan.command_line.at(at + verity_parameter.size());
    digit = digit == '0' ? '1' : '0';
    return plan;
}

std::size_t place(const std::vector<BootAction>& actions, const std::string& item) {
    const auto found = std::ranges::find(actions, item, &BootAction::item);
    if (found == actions.end()) throw std::invalid_argument("the boot has no step \"" + item + "\"");
    return static_cast<std::size_t>(found - actions.begin());
}

void apply_to(std::vector<BootAction>& actions, const BootFault& fault) {
    const std::size_t at = place(actions, fault.item);
    BootAction& action = actions[at];
    switch (fault.kind) {
        case Fault::none:
        case Fault::altered: break;
        case Fault::unmeasured: action.extend.reset(); break;
        case Fault::unlogged: action.log.reset(); break;
        case Fault::skipped: actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(at)); break;
        case Fault::swapped:
            if (at == 0) throw std::invalid_argument("the first step has none before it");
            std::swap(actions[at - 1], actions[at]);
            break;
        case Fault::log_swapped:
            if (at == 0) throw std::invalid_argument("the first step has none before it");
            std::swap(actions[at - 1].log, actions[at].log);
            break;
        case Fault::log_digest: flip(action.log->digest, 0); break;
        case Fault::log_data:
            if (action.log->data.empty()) throw std::invalid_argument("the event has no data");
            flip(action.log->data, action.log->data.size() / 2);
            break;
        case Fault::log_pcr: action.log->pcr = 23; break;
    }
}

}  // namespace

BootPlan BootPlan::example(ByteView seed) {
    crypto::Drbg random{seed, "boot plan"};
    const auto made_up = [&](std::size_t size) {
        Bytes out(size);
        random.fill(out);
        return out;
    };
    BootPlan out;
    out.paravisor = made_up(8192);
    out.firmware = made_up(4096);
    out.loader = made_up(2048);
    out.kernel = made_up(4096);
    out.command_line = "root=/dev/mapper/root roothash=" + to_hex(made_up(32)) +
                       " ro panic=-1 console=ttyS0 systemd.verity=yes";
    out.runtime_policy = text_bytes("{\"version\":1,\"containers\":[\"inference\"]}");
    out.images = {{"inference", made_up(32)}, {"gateway", made_up(32)}};
    return out;
}

std::vector<BootStep> boot_steps(const BootPlan& plan) {
    constexpr std::uint64_t firmware_base = 0xFFC0'0000, loader_base = 0x100'0000, kernel_base = 0x200'0000;
    std::vector<BootStep> out;
    out.push_back(plain("firmware version", firmware_pcr, EventType::s_crtm_version,
                        text_bytes(plan.firmware_version + '\0')));
    out.push_back(of_object("firmware", firmware_pcr, EventType::efi_platform_firmware_blob, plan.firmware,
                            firmware_blob(firmware_base, plan.firmware.size())));
    out.push_back(plain("secure boot", secure_boot_pcr, EventType::efi_variable_driver_config,
                        secure_boot_variable(plan.secure_boot)));
    out.push_back(plain("boot option", loader_pcr, EventType::efi_action, text_bytes(boot_option_text)));
    for (unsigned pcr = first_separator_pcr; pcr <= last_separator_pcr; ++pcr)
        out.push_back(plain("separator " + std::to_string(pcr), pcr, EventType::separator, Bytes(4)));
    out.push_back(of_object("loader", loader_pcr, EventType::efi_boot_services_application, plan.loader,
                            image_load_event(loader_base, plan.loader.size())));
    out.push_back(of_object("kernel", loader_pcr, EventType::efi_boot_services_application, plan.kernel,
                            image_load_event(kernel_base, plan.kernel.size())));
    out.push_back(ipl("command line", command_line_pcr, sha256(as_bytes(plan.command_line)),
                      std::string{command_line_prefix} + plan.command_line));
    const Bytes policy = sha256(plan.runtime_policy);
    out.push_back(ipl("runtime policy", runtime_policy_pcr, policy,
                      std::string{runtime_policy_prefix} + to_hex(policy)));
    for (std::size_t i = 0; i < plan.images.size(); ++i)
        out.push_back(ipl("image " + std::to_string(i), images_pcr, plan.images[i].digest,
                          std::string{container_image_prefix} + plan.images[i].name +
                              "@sha256:" + to_hex(plan.images[i].digest)));
    return out;
}

std::string_view name(BootFault::Kind kind) {
    constexpr std::array<std::string_view, 10> names{"none",     "altered", "unmeasured",  "unlogged",
                                                     "skipped",  "swapped", "log_swapped", "log_digest",
                                                     "log_data", "log_pcr"};
    return names.at(static_cast<std::size_t>(kind));
}

std::vector<BootAction> boot_actions(const BootPlan& planned, const std::vector<BootFault>& faults) {
    BootPlan plan = planned;
    for (const BootFault& fault : faults)
        if (fault.kind == Fault::altered)
            plan = fault.item == "verity root" ? with_another_root(std::move(plan))
                                               : altered(std::move(plan), fault.item);
    std::vector<BootAction> out;
    for (BootStep& step : boot_steps(plan)) out.push_back({step.item, step, step});
    for (const BootFault& fault : faults)
        if (fault.kind != Fault::none && fault.kind != Fault::altered) apply_to(out, fault);
    return out;
}

}  // namespace assay::cvm
