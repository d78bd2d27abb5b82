// One fault in the event log, or between the log and the registers.
#include <algorithm>

#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace log_table {

void absent(World& w) { w.with_log = false; }
void empty(World& w) {
    w.log_bytes = [](Bytes& log) {
        log.clear();
    };
}
void no_log(World& w) {
    w.log_bytes = [](Bytes& log) {
        log.assign(34, 'x');
    };
}
void huge_event(World& w) {
    // eventSize of the second event: 32 + 33 of the Spec ID event, 14 + 32 up to the size.
    w.log_bytes = [](Bytes& log) {
        std::fill_n(log.begin() + 111, 4, std::uint8_t{0xFF});
    };
}
void cut_off(World& w) {
    w.log_bytes = [](Bytes& log) {
        log.resize(log.size() - 3);
    };
}
void lying_table(World& w) {
    w.log_bytes = [](Bytes& log) {
        log[62] = 48;
    };
}
void other_bank(World& w) { w.log_banks = {tpm::Alg::sha384}; }
void digest_altered(World& w) {
    w.log_bytes = [digest = w.measured("kernel").digest](Bytes& log) {
        const auto at = std::search(log.begin(), log.end(), digest.begin(), digest.end());
        *at = static_cast<std::uint8_t>(*at ^ 1U);
    };
}
void event_removed(World& w) { w.measured("image 1").logged = false; }
void event_inserted(World& w) {
    Measured more = World::ipl(12, "container_image: more@sha256:" + std::string(64, '1'), Bytes(32, 0x11));
    more.extended = false;
    w.insert_after("command line", more);
}
void event_moved(World& w) {
    w.log_bytes = [digest = w.measured("policy").digest](Bytes& log) {
        // pcrIndex stands 14 bytes before the digest.
        auto at = std::search(log.begin(), log.end(), digest.begin(), digest.end());
        *(at - 14) = 23;
    };
}
void swapped_in_log(World& w) {
    // The digests of the two images change places in the log, their texts along with them.
    w.log_bytes = [a = w.measured("image 0"), b = w.measured("image 1")](Bytes& log) {
        const auto find = [&](const Measured& one) {
            return std::search(log.begin(), log.end(), one.digest.begin(), one.digest.end());
        };
        std::swap_ranges(find(a), find(a) + 36 + static_cast<std::ptrdiff_t>(a.data.size()), find(b));
    };
}
void unmeasured_kernel(World& w) { w.measured("kernel").extended = false; }
void separator_data(World& w) { w.measured("separator 4").data = {0, 0, 0, 1}; }
void command_line_data(World& w) { w.measured("command line").data[20] ^= 1; }
void variable_data(World& w) { w.measured("secure boot").data.back() = 0; }
void policy_text(World& w) {
    Measured& policy = w.measured("policy");
    policy.data[30] = policy.data[30] == '0' ? '1' : '0';
}
void image_text(World& w) {
    Measured& image = w.measured("image 0");
    char wrong = static_cast<char>(image.data[image.data.size() - 2]) == '0' ? '1' : '0';
    image.data[image.data.size() - 2] = static_cast<std::uint8_t>(wrong);
}
void policy_only_said(World& w) {
    Measured& policy = w.measured("policy");
    policy.type = 3;  // EV_NO_ACTION
    policy.extended = false;
}
void no_separator(World& w) { w.drop("separator 4"); }
void failed_separator(World& w) {
    Measured& one = w.measured("separator 0");
    one.data = {1, 0, 0, 0};
    one.digest = World::sha256({one.data});
}
void after_separator(World& w) {
    Measured more = w.measured("firmware");
    w.drop("firmware");
    w.insert_after("separator 7", more);
}
void unknown_event(World& w) { w.insert_after("image 1", World::ipl(12, "initrd: other", Bytes(32, 3))); }
void unknown_register(World& w) {
    w.insert_after("image 1", World::ipl(9, "file: /etc/ld.so.preload", Bytes(32, 3)));
}
void third_application(World& w) {
    Measured more = w.measured("kernel");
    w.insert_after("kernel", more);
}
void images_first(World& w) {
    Measured line = w.measured("command line");
    w.drop("command line");
    w.insert_after("image 1", line);
}
void kernel_before_loader(World& w) { std::swap(w.measured("kernel"), w.measured("loader")); }

}  // namespace log_table

std::vector<Row> log_rows() {
    namespace t = log_table;
    const std::vector<std::string> form{"CVM-LOG-001"}, replay{"CVM-LOG-002"}, data{"CVM-LOG-003"},
        evidence{"CVM-LOG-004"}, known{"CVM-LOG-005"}, order{"CVM-LOG-006"};
    const std::vector<std::string_view> parse{"E_LOG_PARSE"}, format{"E_LOG_FORMAT"}, differs{"E_LOG_REPLAY"},
        content{"E_LOG_EVENT_DATA"}, missing{"E_LOG_MISSING"}, unknown{"E_LOG_UNKNOWN_EVENT"};
    return {
        {"log.absent", "Evidence without an event log is refused", form, nullptr, t::absent, missing},
        {"log.empty", "An empty event log is refused", form, nullptr, t::empty, missing},
        {"log.text", "What is no event log is refused", form, nullptr, t::no_log, parse},
        {"log.huge-event", "An event that claims 4 GiB is refused", form, nullptr, t::huge_event, parse},
        {"log.cut-off", "A log that is cut off is refused", form, nullptr, t::cut_off, parse},
        {"log.lying-table", "A digest size that is not the algorithm's is refused", form, nullptr,
         t::lying_table, format},
        {"log.bank", "A log without the quoted bank is refused", form, nullptr, t::other_bank, format},
        {"log.digest", "An altered digest is refused", replay, nullptr, t::digest_altered, differs},
        {"log.removed", "A log that leaves out a measured event is refused", replay, nullptr,
         t::event_removed, differs},
        {"log.inserted", "An event that was never extended is refused", replay, nullptr, t::event_inserted,
         differs},
        {"log.moved", "An event that is moved to a register that is not quoted is refused", replay, nullptr,
         t::event_moved, differs},
        {"log.swapped", "Events in another order than they were extended are refused", replay, nullptr,
         t::swapped_in_log, differs},
        {"log.unmeasured", "A kernel that is logged and not measured is refused", replay, nullptr,
         t::unmeasured_kernel, differs},
        {"log.separator-data", "A separator that was not measured so is refused", data, nullptr,
         t::separator_data, content},
        {"log.command-line-data", "A command line that was not measured so is refused", data, nullptr,
         t::command_line_data, content},
        {"log.variable-data", "A variable that was not measured so is refused", data, nullptr,
         t::variable_data, content},
        {"log.policy-text", "A policy's text that names another digest is refused", data, nullptr,
         t::policy_text, content},
        {"log.image-text", "An image's text that names another digest is refused", data, nullptr,
         t::image_text, content},
        {"log.only-said", "An event that extends nothing is evidence of nothing", evidence, nullptr,
         t::policy_only_said, missing},
        {"log.no-separator",
         "A register that firmware did not close is refused",
         evidence,
         nullptr,
         t::no_separator,
         {"E_PCR_CAPPED"}},
        {"log.failed-separator",
         "A separator that says that firmware failed is refused",
         evidence,
         nullptr,
         t::failed_separator,
         {"E_PCR_CAPPED"}},
        {"log.unknown-event", "A measured event that no reference knows is refused", known, nullptr,
         t::unknown_event, unknown},
        {"log.unknown-register", "A measured file that no reference knows is refused", known, nullptr,
         t::unknown_register, unknown},
        {"log.third-application", "A third boot application is refused", known, nullptr, t::third_application,
         unknown},
        {"log.after-separator",
         "Firmware that is measured after the separator is refused",
         order,
         nullptr,
         t::after_separator,
         {"E_LOG_AFTER_SEPARATOR"}},
        {"log.images-first",
         "Images that are loaded before the command line are refused",
         order,
         nullptr,
         t::images_first,
         {"E_ORDER"}},
        {"log.kernel-first",
         "A kernel that runs before its loader is refused",
         order,
         nullptr,
         t::kernel_before_loader,
         {"E_ORDER"}},
    };
}

}  // namespace assay::conformance::confidential_vm
