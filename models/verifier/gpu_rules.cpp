// The policy: one rule after the other, each by itself. Nothing is taken to hold because an earlier step
// would have ended the appraisal.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/verifier/device_state.hpp"

namespace assay::verifier {
namespace {

class Rules {
public:
    Rules(const GpuPolicy& policy, const gpu::Report& report, DeviceState& state, GpuAppraisal& out)
        : policy_(policy), report_(report), state_(state), out_(out) {}

    void run() {
        evidence();
        chain("report", state_.chain, false);
        for (RimState& rim : state_.rims) manifest(rim);
        measurements();
        modes();
        floors();
    }

private:
    bool is_gpu() const { return state_.kind == gpu::DeviceKind::gpu; }

    void refuse(std::string_view reason, std::string what, std::string path = {}) {
        out_.refusals.push_back({std::string{reason}, "policy", std::move(path), {}, std::move(what)});
    }
    void warn(std::string_view reason, std::string what, std::string path = {}) {
        out_.warnings.push_back({std::string{reason}, "policy", std::move(path), {}, std::move(what)});
    }
    void set(const std::string& rule, std::string_view outcome) { state_.rules[rule] = outcome; }

    /// A rule about one fact that has no findings of its own.
    void demand(const std::string& rule, bool holds, std::string_view reason, const std::string& what) {
        set(rule, holds ? "pass" : "fail");
        if (!holds) refuse(reason, rule + ": " + what);
    }
    /// A rule whose findings were made where the fact was seen. Fails closed when there are none.
    void demand(const std::string& rule, bool holds, const std::vector<Finding>& faults) {
        set(rule, holds && faults.empty() ? "pass" : "fail");
        out_.refusals.insert(out_.refusals.end(), faults.begin(), faults.end());
        if (!holds && faults.empty()) refuse("E_POLICY", rule + ": does not hold");
    }

    void evidence() {
        demand("architecture", state_.arch_ok, "E_POLICY", "not checked");
        demand("report-signature", state_.signature_verified, "E_POLICY", "not verified");
        demand("report-parsed", state_.parsed, "E_POLICY", "not parsed");
        demand("nonce-match", state_.nonce_match, "E_POLICY", "no match");
        const bool has_field = report_.find(gpu::OpaqueType::fwid) != nullptr;
        demand("fwid-match", state_.fwid_match, "E_POLICY", "no match");
        if (policy_.require_fwid)
            demand("fwid-present", has_field, "E_FIELD_ABSENT", "the report has no FWID field");
    }

    void chain(const std::string& name, ChainState& state, bool may_be_expired) {
        std::vector<Finding> times, revocation;
        for (Finding& f : state.faults) {
            const bool expired = f.reason == "E_PKI_EXPIRED";
            if (expired && may_be_expired)
                out_.warnings.push_back(std::move(f));
            else
                (expired || f.reason == "E_PKI_NOT_YET_VALID" ? times : revocation).push_back(std::move(f));
        }
        const bool tolerated = may_be_expired && state.status != "invalid" && times.empty();
        demand(name + "-chain-in-time", state.in_time || tolerated, times);
        const bool good = state.ocsp_good && state.ocsp_response_valid;
        if (good || policy_.require_ocsp || !revocation.empty())
            demand(name + "-chain-status", good || !policy_.require_ocsp, revocation);
        else
            set(name + "-chain-status", "skipped");
        if (policy_.require_ocsp_nonce) {
            const bool told = std::ranges::any_of(
                revocation, [](const Finding& f) { return f.reason.starts_with("E_OCSP"); });
            set(name + "-ocsp-nonce", state.ocsp_nonce_matches ? "pass" : "fail");
            if (!state.ocsp_nonce_matches && !told) refuse("E_OCSP_NONCE", name + "-ocsp-nonce: no match");
        }
        out_.warnings.insert(out_.warnings.end(), state.notices.begin(), state.notices.end());
    }

    void manifest(RimState& rim) {
        const std::string name = rim.key + "-rim";
        if (rim.absent && !policy_.require_rims) {
            set(name, "skipped");
            out_.warnings.push_back(*rim.absent);
            return;
        }
        demand(name, rim.fetched && rim.version_match && rim.signature_verified && rim.measurements_available,
               "E_POLICY", "not verified");
        chain(name, rim.chain, policy_.allow_expired_rim);
    }

    void measurements() {
        if (is_gpu()) demand("no-index-conflict", state_.no_conflict, "E_RIM_CONFLICT", "not checked");
        if (state_.measres == "success") {
            set("measurements", "pass");
        } else if (state_.measres == "fail") {
            // All differences may be at indices that the policy tolerates: then they are warnings already.
            set("measurements", state_.measurement_faults.empty() ? "warning" : "fail");
            out_.refusals.insert(out_.refusals.end(), state_.measurement_faults.begin(),
                                 state_.measurement_faults.end());
        } else if (policy_.require_rims) {
            demand("measurements", false, "E_MEAS_NO_REFERENCE", "measres is " + state_.measres);
        } else {
            set("measurements", "skipped");
            warn("E_MEAS_NO_REFERENCE", "measres is " + state_.measres + ": not everything was compared");
        }
    }

    void modes() {
        if (!is_gpu()) return;
        const std::string_view mode = cc_mode(report_);
        const std::string seen = "mode is " + std::string{mode};
        if (policy_.require_cc_mode)
            demand("cc-mode", mode == "on", "E_CC_MODE", seen);
        else if (mode == "unknown")
            warn("E_CC_MODE", "cc-mode: the report does not show whether confidential computing is on",
                 "OpaqueData.SYS_ENABLE_STATUS");
        if (policy_.forbid_devtools) demand("no-devtools", mode != "devtools", "E_GPU_DEVTOOLS_MODE", seen);
        if (policy_.forbid_debug) {
            const bool known = state_.measres == "success";  // dbgstat is derived from it
            set("no-debug", known ? "pass" : "warning");
            if (!known && out_.refusals.empty()) warn("E_GPU_LIFECYCLE", "no-debug: dbgstat is not known");
        }
        if (policy_.feature) {
            const std::string feature = feature_of(report_);
            demand("feature", feature == *policy_.feature, "E_FEATURE",
                   (feature.empty() ? "absent" : feature) + " found, " + *policy_.feature + " demanded");
        }
    }

    void floors() {
        if (!is_gpu()) return;
        floor("driver-version", "E_DRIVER_TOO_OLD", state_.driver_version, policy_.min_driver_version, 10);
        floor("vbios-version", "E_VBIOS_TOO_OLD", state_.vbios_version, policy_.min_vbios_version, 16);
    }
    void floor(const std::string& rule, std::string_view reason, const std::string& found,
               const std::optional<std::string>& least, int base) {
        if (!least) return;
        const auto order = compare_versions(found, *least, base);
        demand(rule, order && *order >= 0, reason,
               found + " found, " + (order ? "at least " : "not comparable with ") + *least);
    }

    const GpuPolicy& policy_;
    const gpu::Report& report_;
    DeviceState& state_;
    GpuAppraisal& out_;
};

}  // namespace

void apply_policy(const GpuPolicy& policy, const gpu::Report& report, DeviceState& state, GpuAppraisal& out) {
    Rules{policy, report, state, out}.run();
}

}  // namespace assay::verifier
