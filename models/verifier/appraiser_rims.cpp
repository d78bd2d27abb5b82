// The second half of an appraisal: manifests, measurements, policy, and the end.
#include <algorithm>

#include "models/verifier/appraiser.hpp"
#include "models/verifier/steps.hpp"

namespace assay::verifier {

/// The product that manifests of this device name.
std::string Appraiser::product() const {
    if (evidence_.arch == gpu::Arch::ls10) return "LS10";
    if (evidence_.arch == gpu::Arch::hopper) return "GH100";
    const auto* const chip = out_.report->find(gpu::OpaqueType::chip_info);
    const std::string name = chip == nullptr ? "" : gpu::ascii(*chip).value_or("");
    return name.empty() ? "GB100" : name;
}

bool Appraiser::manifests() {
    if (!is_gpu())
        return manifest(state_.rims[0],
                        {"BIOS", false, state_.vbios_version, "SWITCH", product(), out_.rim_ids.vbios});
    return manifest(state_.rims[0],
                    {"driver", true, state_.driver_version, "GPU", product(), out_.rim_ids.driver}) &&
           manifest(state_.rims[1],
                    {"VBIOS", false, state_.vbios_version, "GPU", product(), out_.rim_ids.vbios});
}

bool Appraiser::manifest(RimState& state, const RimWish& wish) {
    const std::string step = state.key + "-rim";
    const auto found = bench_.rims.find(wish);
    if (!found) {
        using At = RimDesk::Miss::Step;
        const auto& [at, finding] = found.error();
        const bool none =
            finding.reason == "E_RIM_UNAVAILABLE" || finding.reason.starts_with("E_RIM_VERSION");
        if (none && !bench_.policy.require_rims) {
            state.absent = finding;
            add_step(step, Step::Outcome::warning, finding.what);
            return true;
        }
        state.fetched = at != At::fetch;
        if (state.fetched) pass(step);
        const char* const suffix[] = {"", "-version", "-dsig", "-chain"};
        return stop(step + suffix[static_cast<std::size_t>(at)], finding);
    }
    const RimDesk::File& file = **found;
    const auto& certificates = file.signature->certificates;
    const std::string subject = state.subject + " (" + file.item->name + ")";
    const std::string& name = file.item->name;
    const bool named_otherwise = (name.starts_with("NV_GPU_") || name.starts_with("NV_SWITCH_")) &&
                                 !wish.id.empty() && !name.starts_with(wish.id);
    state.fetched = state.version_match = state.signature_verified = true;
    if (named_otherwise)
        warn(step, {"E_RIM_ID_MISMATCH", name, "", {}, "its content is that of " + wish.id});
    else
        pass(step, name);
    pass(step + "-version", file.rim->colloquial_version);
    pass(step + "-dsig", label(certificates, 0));
    check_times(certificates, bench_.times.rim_chain, subject, state.chain);
    note(step + "-chain", state.chain.faults, state.chain.status + " until " + state.chain.expires);
    const std::size_t before = state.chain.faults.size();
    const GpuPolicy& p = bench_.policy;
    bench_.ocsp.check(
        certificates, bench_.anchors.rim, 0,
        {bench_.times.rim_ocsp, p.require_ocsp, p.require_ocsp_nonce, p.allow_hold, bench_.expectation.nonce},
        subject, state.chain);
    note(step + "-ocsp",
         {state.chain.faults.begin() + static_cast<std::ptrdiff_t>(before), state.chain.faults.end()},
         state.chain.ocsp);
    if (state_.oemid.empty()) state_.oemid = file.rim->manufacturer_id;
    goldens_.push_back({state.key, file.rim->active()});
    state.measurements_available = true;
    return true;
}

bool Appraiser::conflict() {
    if (!is_gpu()) return true;
    if (goldens_.size() == 2)
        for (const auto& [index, resource] : goldens_[0].active)
            if (goldens_[1].active.contains(index))
                return stop("index-conflict",
                            {"E_RIM_CONFLICT",
                             "driver RIM and VBIOS RIM",
                             "",
                             {},
                             "both have an active golden value of index " + std::to_string(index)});
    state_.no_conflict = true;
    return pass("index-conflict");
}

bool Appraiser::measurements() {
    bool skip_nvdec0 = false;
    if (is_gpu()) {
        const auto* const field = out_.report->find(gpu::OpaqueType::nvdec0_status);
        if (field == nullptr)
            return stop("measurements",
                        {"E_FIELD_ABSENT", "report", "OpaqueData.NVDEC0_STATUS", {}, "missing"});
        skip_nvdec0 = field->data.front() == status_off;
        if (!skip_nvdec0 && field->data.front() != status_on)
            return stop("measurements", {"E_NVDEC0_STATUS",
                                         "report",
                                         "OpaqueData.NVDEC0_STATUS",
                                         {},
                                         to_hex(field->data) + " found, aa or 55 expected"});
    }
    state_.comparisons = compare(*out_.report, goldens_, skip_nvdec0);
    std::size_t compared = 0;
    bool differs = false;
    for (const Comparison& c : state_.comparisons) {
        if (c.outcome == Comparison::Outcome::skipped) continue;
        ++compared;
        if (c.outcome == Comparison::Outcome::match) {
            ++out_.matched;
            continue;
        }
        differs = true;
        const bool tolerated = std::ranges::find(bench_.policy.ignore_mismatch_at, c.index) !=
                               bench_.policy.ignore_mismatch_at.end();
        (tolerated ? out_.warnings : state_.measurement_faults).push_back(mismatch(c));
    }
    out_.comparisons = state_.comparisons;
    const bool whole = goldens_.size() == state_.rims.size();
    state_.measres = differs ? "fail" : compared == 0 || !whole ? "absent" : "success";
    const std::string detail = std::to_string(out_.matched) + " of " + std::to_string(compared) + " match";
    if (!state_.measurement_faults.empty()) return note("measurements", state_.measurement_faults, detail);
    if (state_.measres == "success") return pass("measurements", detail);
    add_step("measurements", Step::Outcome::warning, detail + ", measres " + state_.measres);
    return true;
}

/// Index, manifest, alternatives, runtime value, and which other version at hand would match.
Finding Appraiser::mismatch(const Comparison& c) const {
    const bool missing = c.outcome == Comparison::Outcome::missing;
    std::string what = c.resource + ": " + (missing ? "no measurement" : to_hex(c.runtime)) + " found, ";
    for (std::size_t i = 0; i < c.golden.size(); ++i) what += (i == 0 ? "" : " or ") + to_hex(c.golden[i]);
    what += " expected";
    if (!missing) {
        const std::string_view own = c.source == "driver" ? state_.driver_version : state_.vbios_version;
        for (const std::string& version : bench_.rims.versions_with(c.index, c.runtime, own))
            what += "; the manifest of " + version + " has this value";
    }
    const auto rim = std::ranges::find(state_.rims, c.source, &RimState::key);
    return {missing ? "E_MEAS_MISSING" : "E_MEAS_MISMATCH",
            rim->subject,
            "index " + std::to_string(c.index),
            {},
            std::move(what)};
}

bool Appraiser::policy() {
    if (bench_.alone && !bench_.ocsp.unused().empty())
        for (ChainState* const chain : [&] {
                 std::vector<ChainState*> all{&state_.chain};
                 for (RimState& rim : state_.rims) all.push_back(&rim.chain);
                 return all;
             }())
            for (Finding& f : chain->faults)
                if (f.reason == "E_OCSP_UNAVAILABLE") {
                    f.reason = "E_OCSP_CERTID";
                    f.what += "; " + bench_.ocsp.unused().front() + " is for another certificate";
                }
    apply_policy(bench_.policy, *out_.report, state_, out_);
    if (out_.refusals.empty()) return pass("policy", std::to_string(state_.rules.size()) + " rules");
    add_step("policy", Step::Outcome::fail, std::to_string(out_.refusals.size()) + " refusals");
    return true;
}

/// What was not reached is said to be so; the verdict is the absence of refusals after the last step.
void Appraiser::finish() {
    for (const StepRow& row : step_rows()) {
        if (row.of == StepRow::Of::gpu && !is_gpu()) continue;
        if (row.of == StepRow::Of::nvswitch && is_gpu()) continue;
        if (std::ranges::find(out_.steps, row.id, &Step::id) == out_.steps.end())
            out_.steps.push_back({std::string{row.id}, std::string{row.title}, Step::Outcome::not_run, ""});
    }
    std::ranges::stable_sort(out_.steps, {}, [](const Step& s) {
        return std::ranges::find(step_rows(), s.id, &StepRow::id) - step_rows().begin();
    });
    const bool reached = out_.steps.back().outcome == Step::Outcome::pass;
    out_.accepted = reached && out_.refusals.empty();
    if (!out_.accepted && out_.refusals.empty())
        out_.refusals.push_back({"E_POLICY", "policy", "", {}, "the appraisal did not reach its end"});
    if (!out_.refusals.empty()) {
        const Reason* const reason = find_reason(out_.refusals.front().reason);
        out_.nvat_code = reason == nullptr ? 1 : is_gpu() ? reason->number : reason->switch_number;
    }
    out_.claims = claims_of(state_, out_.report ? &*out_.report : nullptr);
}

void Bench::report_unused(GpuAppraisal& out) const {
    for (Finding& f : rims.unused()) {
        const bool told =
            std::ranges::any_of(out.refusals, [&](const Finding& r) { return r.subject == f.subject; });
        if (!told) out.warnings.push_back(std::move(f));
    }
    out.warnings.insert(out.warnings.end(), ocsp.unreadable().begin(), ocsp.unreadable().end());
    for (const std::string& name : ocsp.unused())
        out.warnings.push_back({"E_OCSP_CERTID", name, "", {}, "for no certificate that is checked"});
}

}  // namespace assay::verifier
