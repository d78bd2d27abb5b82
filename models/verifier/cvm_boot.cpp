// Step 10 of an appraisal: event log, replay, and every measured item against its reference values.
#include <algorithm>

#include "models/cvm/boot_layout.hpp"
#include "models/verifier/cvm_appraiser.hpp"

namespace assay::verifier {
namespace {

using cvm::EventType;
using cvm::LogEvent;

constexpr std::string_view log_subject = "event log";

bool listed(const std::vector<Bytes>& list, ByteView value) {
    return std::ranges::any_of(list, [&](const Bytes& one) { return equal(one, value); });
}

class BootJudge {
public:
    BootJudge(const cvm::EventLog& log, const CvmPolicy& policy, const CvmReferences& references,
              BootFacts& facts)
        : log_(log), policy_(policy), references_(references), facts_(facts) {}

    std::vector<Finding> run() {
        for (std::size_t i = 0; i < log_.events.size(); ++i) {
            const LogEvent& event = log_.events[i];
            const bool covered = std::ranges::find(policy_.pcrs, event.pcr) != policy_.pcrs.end();
            // What is not extended, or not quoted, is no evidence of anything.
            if (event.type == EventType::no_action || !covered) continue;
            number_ = log_.number(i);
            judge(event);
        }
        for (const Row& row : rows)
            if (counts_[&row - rows] < row.least) add("E_LOG_MISSING", row.item, "no event says what it was");
        for (unsigned pcr = cvm::first_separator_pcr; pcr <= cvm::last_separator_pcr; ++pcr)
            if (!separated_.at(pcr) && std::ranges::find(policy_.pcrs, pcr) != policy_.pcrs.end())
                add("E_PCR_CAPPED", "separator",
                    "PCR " + std::to_string(pcr) + " has none: nothing shows that the firmware used it");
        for (const Bytes& image : references_.required_images)
            if (!listed(facts_.images, image))
                add("E_LOG_MISSING", "image", to_hex(image) + " was not loaded");
        return std::move(findings_);
    }

private:
    struct Row {
        std::string_view item;
        unsigned first_pcr, last_pcr;
        EventType type;
        std::string_view prefix;
        std::size_t least, most;
        void (BootJudge::*take)(const LogEvent& event);
    };
    static const Row rows[9];

    void judge(const LogEvent& event) {
        const Bytes* const digest = event.digest(cvm::log_sha256);
        if (digest == nullptr) return add("E_LOG_FORMAT", "event", "it has no SHA-256 digest");
        digest_ = *digest;
        const Row* const row = std::ranges::find_if(rows, [&](const Row& one) {
            return event.pcr >= one.first_pcr && event.pcr <= one.last_pcr && event.type == one.type &&
                   as_text(event.data).starts_with(one.prefix);
        });
        if (row == std::end(rows))
            return add("E_LOG_UNKNOWN_EVENT", cvm::name(event.type), "no reference value is of this kind");
        if (++counts_[row - rows] > row->most)
            return add("E_LOG_UNKNOWN_EVENT", row->item, "comes more often than it may");
        const bool closed = event.pcr <= cvm::last_separator_pcr && separated_.at(event.pcr);
        if (closed && event.type != EventType::efi_boot_services_application)
            return add("E_LOG_AFTER_SEPARATOR", row->item,
                       "PCR " + std::to_string(event.pcr) + " was closed before it");
        (this->*row->take)(event);
    }

    void known(const std::vector<Bytes>& list, std::string_view item, std::string_view reason) {
        if (list.empty()) return add("E_MEAS_NO_REFERENCE", item, "there is no reference value");
        if (!listed(list, digest_)) add(reason, item, to_hex(digest_) + " is no reference value");
    }

    void firmware_version(const LogEvent& event) {
        const auto text = cvm::ipl_text(event);
        facts_.firmware_version = text.value_or("");
        if (!text ||
            std::ranges::find(references_.firmware_versions, *text) == references_.firmware_versions.end())
            add("E_MEAS_MISMATCH", "firmware version",
                (text ? "\"" + *text + "\"" : "not text") + " is no reference value");
    }
    void firmware(const LogEvent&) {
        facts_.firmware = digest_;
        known(references_.firmware, "firmware", "E_MEAS_MISMATCH");
    }
    void secure_boot(const LogEvent& event) {
        facts_.secure_boot = event.data == cvm::secure_boot_variable(true);
        if (!facts_.secure_boot && event.data != cvm::secure_boot_variable(false))
            return add("E_LOG_UNKNOWN_EVENT", "secure boot", "another variable than SecureBoot");
        if (!facts_.secure_boot && policy_.require_secure_boot)
            add("E_SECURE_BOOT", "secure boot", "Secure Boot is off");
    }
    void boot_option(const LogEvent& event) {
        if (as_text(event.data) != cvm::boot_option_text)
            add("E_LOG_UNKNOWN_EVENT", "boot option", "another action");
    }
    void separator(const LogEvent& event) {
        separated_.at(event.pcr) = true;
        if (event.data != Bytes(4) && event.data != Bytes(4, 0xFF))
            add("E_PCR_CAPPED", "separator", "it says that the firmware failed");
    }
    void application(const LogEvent&) {
        const bool first = facts_.loader.empty();
        Bytes& own = first ? facts_.loader : facts_.kernel;
        const auto& list = first ? references_.loaders : references_.kernels;
        const auto& other = first ? references_.kernels : references_.loaders;
        const std::string_view item = first ? "loader" : "kernel";
        own = digest_;
        if (!listed(list, digest_) && listed(other, digest_))
            return add("E_ORDER", item, to_hex(digest_) + " belongs elsewhere in the boot");
        known(list, item, "E_MEAS_MISMATCH");
    }
    void command_line(const LogEvent& event) {
        const std::string text = cvm::ipl_text(event).value_or("");
        if (text.size() < cvm::command_line_prefix.size())
            return add("E_LOG_CMDLINE", "command line", "not printable");
        facts_.command_line = text.substr(cvm::command_line_prefix.size());
        const auto& allowed = references_.command_lines;
        if (std::ranges::find(allowed, cvm::command_line_form(facts_.command_line)) == allowed.end())
            add("E_LOG_CMDLINE", "command line", "\"" + facts_.command_line + "\" is no reference value");
        const auto root = cvm::verity_root_of(facts_.command_line);
        if (!root) return add("E_ROOT_HASH", "command line", "it does not name one verity root");
        facts_.verity_root = *root;
        if (!listed(references_.verity_roots, *from_hex(*root)))
            add("E_ROOT_HASH", "verity root", *root + " is no reference value");
    }
    void runtime_policy(const LogEvent& event) {
        facts_.runtime_policy = digest_;
        if (cvm::ipl_text(event) != std::string{cvm::runtime_policy_prefix} + to_hex(digest_))
            return add("E_LOG_EVENT_DATA", "runtime policy", "its text names another digest");
        known(references_.runtime_policies, "runtime policy", "E_PCR_POLICY_HASH");
    }
    void image(const LogEvent& event) {
        facts_.images.push_back(digest_);
        if (!cvm::ipl_text(event).value_or("").ends_with("@sha256:" + to_hex(digest_)))
            return add("E_LOG_EVENT_DATA", "image", "its text names another digest");
        if (facts_.command_line.empty()) return add("E_ORDER", "image", "it comes before the command line");
        known(references_.images, "image", "E_IMAGE_DIGEST");
    }

    void add(std::string_view reason, std::string_view item, std::string what) {
        const std::string where = number_ == 0 ? "" : "event " + std::to_string(number_) + ", ";
        findings_.push_back(
            {std::string{reason}, std::string{log_subject}, where + std::string{item}, {}, std::move(what)});
    }

    const cvm::EventLog& log_;
    const CvmPolicy& policy_;
    const CvmReferences& references_;
    BootFacts& facts_;
    std::vector<Finding> findings_;
    std::map<std::ptrdiff_t, std::size_t> counts_;
    std::array<bool, cvm::last_separator_pcr + 1> separated_{};
    std::size_t number_ = 0;
    Bytes digest_;
};

using Judge = BootJudge;
constexpr std::size_t many_images = 64;
const Judge::Row Judge::rows[9] = {
    {"firmware version", 0, 0, EventType::s_crtm_version, "", 1, 1, &Judge::firmware_version},
    {"firmware", 0, 0, EventType::efi_platform_firmware_blob, "", 1, 1, &Judge::firmware},
    {"secure boot", 7, 7, EventType::efi_variable_driver_config, "", 1, 1, &Judge::secure_boot},
    {"boot option", 4, 4, EventType::efi_action, "", 0, 8, &Judge::boot_option},
    {"separator", 0, 7, EventType::separator, "", 0, 8, &Judge::separator},
    {"application", 4, 4, EventType::efi_boot_services_application, "", 2, 2, &Judge::application},
    {"command line", 12, 12, EventType::ipl, cvm::command_line_prefix, 1, 1, &Judge::command_line},
    {"runtime policy", 8, 8, EventType::ipl, cvm::runtime_policy_prefix, 1, 1, &Judge::runtime_policy},
    {"image", 12, 12, EventType::ipl, cvm::container_image_prefix, 1, many_images, &Judge::image},
};

}  // namespace

std::vector<Finding> judge_boot(const cvm::EventLog& log, const CvmPolicy& policy,
                                const CvmReferences& references, BootFacts& facts) {
    return BootJudge{log, policy, references, facts}.run();
}

bool CvmAppraiser::event_log() {
    if (!evidence_.event_log) {
        if (!policy_.require_event_log) return not_run("event-log", "not required");
        return stop("event-log", "E_LOG_MISSING", log_subject, "", "there is none");
    }
    auto log = cvm::decode_event_log(*evidence_.event_log);
    if (!log) return stop("event-log", log_subject, log.error());
    const auto has_bank = [](const cvm::EventLog& one) {
        return one.spec_id &&
               std::ranges::any_of(one.spec_id->algorithms,
                                   [](const cvm::SpecId::Algorithm& a) { return a.id == cvm::log_sha256; });
    };
    if (!has_bank(*log))
        return stop("event-log", "E_LOG_FORMAT", log_subject, "Spec ID", "there is no SHA-256 bank");
    log_ = *std::move(log);
    return pass("event-log", std::to_string(log_->events.size()) + " events");
}

bool CvmAppraiser::replay() {
    if (!log_) return not_run("replay", "there is no event log");
    std::vector<Finding> faults;
    for (const auto& [pcr, value] : out_.pcrs) {
        if (const auto mismatch = cvm::explain(*log_, cvm::log_sha256, pcr, value)) {
            std::optional<std::size_t> offset;
            if (mismatch->event) offset = log_->events[*mismatch->event].offset;
            faults.push_back({"E_LOG_REPLAY", std::string{log_subject}, "PCR " + std::to_string(pcr), offset,
                              mismatch->what});
        }
    }
    out_.log_replayed = faults.empty();
    return note("replay", std::move(faults), std::to_string(out_.pcrs.size()) + " registers") &&
           out_.log_replayed;
}

bool CvmAppraiser::event_data() {
    if (!log_) return not_run("event-data", "there is no event log");
    std::vector<Finding> faults;
    for (std::size_t i = 0; i < log_->events.size(); ++i) {
        const LogEvent& event = log_->events[i];
        const bool measured = event.type != EventType::no_action && out_.pcrs.contains(event.pcr);
        if (!measured || cvm::check_data(event, cvm::log_sha256) != cvm::DataCheck::wrong) continue;
        faults.push_back({"E_LOG_EVENT_DATA", std::string{log_subject},
                          "PCR " + std::to_string(event.pcr) + ", event " + std::to_string(log_->number(i)),
                          event.offset,
                          "the data of " + cvm::name(event.type) + " are not what was measured"});
    }
    const bool good = faults.empty();
    return note("event-data", std::move(faults), {}) && good;
}

bool CvmAppraiser::measured_items() {
    if (!log_) return not_run("measured-items", "there is no event log");
    return note("measured-items", judge_boot(*log_, policy_, references_, out_.boot),
                std::to_string(out_.boot.images.size()) + " images");
}

bool CvmAppraiser::gpus() {
    constexpr std::string_view subject = "GPU evidence";
    if (!evidence_.gpu) {
        if (!policy_.require_gpu) return not_run("gpu", "not required");
        return stop("gpu", "E_DEVICE_COUNT", subject, "", "there is none");
    }
    const auto devices = gpu::parse_evidence(as_bytes(*evidence_.gpu));
    if (!devices) return stop("gpu", "E_EVIDENCE_PARSE", subject, devices.error().path, devices.error().what);
    GpuPolicy policy = policy_.gpu;
    policy.devices = policy_.gpus;
    const GpuVerifier judge{anchors_.gpu, expectation_.gpu_times, std::move(policy)};
    out_.gpus = judge.appraise_set(*devices, references_.gpu, {expectation_.nonce, ak_->spki()});
    std::vector<Finding> faults;
    const auto take = [&](const std::string& device, Finding finding) {
        // Genuine evidence of a GPU that another VM asked for, or that answers another challenge.
        if (finding.reason == "E_CVM_BINDING") finding.reason = "E_COMPOSITE_BINDING";
        finding.subject = device + " " + finding.subject;
        faults.push_back(std::move(finding));
    };
    const auto ids = device_ids(*out_.gpus);
    for (std::size_t i = 0; i < ids.size(); ++i)
        for (const Finding& refusal : out_.gpus->devices[i].refusals) take(ids[i], refusal);
    for (const Finding& refusal : out_.gpus->refusals) take("GPU", refusal);
    if (faults.empty() && !out_.gpus->accepted)
        faults.push_back({"E_POLICY", std::string{subject}, "", {}, "the set is not accepted"});
    return note("gpu", std::move(faults), std::to_string(ids.size()) + " devices");
}

}  // namespace assay::verifier
