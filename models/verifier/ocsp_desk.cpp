#include "models/verifier/ocsp_desk.hpp"

#include <algorithm>
#include <tuple>

namespace assay::verifier {
namespace {

constexpr std::size_t max_response = 1 << 20;
constexpr std::string_view hold = "certificateHold";

/// DER as it is, or from base64.
std::optional<Bytes> der_of(ByteView content) {
    if (content.empty() || content.size() > max_response) return {};
    if (content.front() == 0x30) return Bytes{content.begin(), content.end()};  // SEQUENCE; no base64 of one
    auto der = from_base64(as_text(content), true);
    return der && !der->empty() && der->front() == 0x30 ? der : std::nullopt;
}

std::string_view reason_of(crypto::OcspError::Kind kind) {
    using Kind = crypto::OcspError::Kind;
    switch (kind) {
        case Kind::malformed:
        case Kind::not_successful: return "E_OCSP_FORMAT";
        case Kind::wrong_certificate: return "E_OCSP_CERTID";
        case Kind::bad_signature: return "E_OCSP_SIGNATURE";
        case Kind::wrong_responder: return "E_OCSP_SIGNER";
        case Kind::not_yet_valid:
        case Kind::stale:
        case Kind::responder_expired: return "E_OCSP_STALE";
    }
    return "E_OCSP_FORMAT";
}

}  // namespace

OcspDesk::OcspDesk(const std::vector<ReferenceValues::Item>& items) {
    for (const auto& item : items) {
        if (auto der = der_of(item.content))
            responses_.push_back({item.name, *std::move(der)});
        else
            unreadable_.push_back({"E_OCSP_FORMAT", item.name, "", {}, "neither DER nor base64 of it"});
    }
    std::ranges::sort(responses_, {}, [](const Response& r) { return std::tie(r.name, r.der); });
}

std::vector<std::string> OcspDesk::unused() const {
    std::vector<std::string> out;
    for (const Response& r : responses_)
        if (!r.used) out.push_back(r.name);
    return out;
}

/// Of several responses for one certificate, "revoked" wins, then "good", then "unknown", then a failure.
const OcspDesk::Answer& OcspDesk::ask(const crypto::Certificate& subject, const crypto::Certificate& issuer,
                                      Instant at) {
    const auto known =
        std::ranges::find_if(answers_, [&](const Answer& a) { return a.at == at && a.subject == subject; });
    if (known != answers_.end()) return *known;
    Answer best{subject, at, "", {}, {}};
    const auto rank = [](const Answer& a) {
        if (a.name.empty()) return 0;
        if (!a.answer) return 1;
        return a.answer->status == crypto::CertStatus::unknown ? 2
               : a.answer->status == crypto::CertStatus::good  ? 3
                                                               : 4;
    };
    const auto look = [&](bool at_used) {
        for (Response& r : responses_) {
            if (r.used != at_used || !crypto::ocsp_response_is_for(r.der, subject, issuer)) continue;
            r.used = true;
            auto verified = crypto::verify_ocsp_response(r.der, subject, issuer, at);
            Answer one{subject, at, r.name, {}, {}};
            if (verified)
                one.answer = *std::move(verified);
            else
                one.error = verified.error();
            if (rank(one) > rank(best)) best = std::move(one);
        }
    };
    look(false);
    if (best.name.empty()) look(true);  // a response may speak of several certificates
    if (best.name.empty()) set_aside(subject, issuer);
    return answers_.emplace_back(std::move(best));
}

/// What no certificate has an answer from may be no answer at all: "tryLater", or bytes that cannot be read.
void OcspDesk::set_aside(const crypto::Certificate& subject, const crypto::Certificate& issuer) {
    using Kind = crypto::OcspError::Kind;
    std::erase_if(responses_, [&](const Response& r) {
        if (r.used) return false;
        const auto looked = crypto::verify_ocsp_response(r.der, subject, issuer, {});
        if (looked || (looked.error().kind != Kind::malformed && looked.error().kind != Kind::not_successful))
            return false;
        unreadable_.push_back({"E_OCSP_FORMAT", r.name, "", {}, looked.error().what});
        return true;
    });
}

void OcspDesk::check(const std::vector<crypto::Certificate>& chain,
                     const std::vector<crypto::Certificate>& roots, std::size_t last, const OcspRules& rules,
                     const std::string& subject, ChainState& out) {
    out.ocsp = "good";
    out.ocsp_nonce_matches = out.ocsp_response_valid = out.ocsp_good = true;
    bool tolerated = false;  // the state so far is a certificateHold that the policy allows
    const auto set = [&](std::string status, bool hold_allowed) {
        if (out.ocsp != "good" && !(tolerated && !hold_allowed)) return false;
        out.ocsp = std::move(status);
        tolerated = hold_allowed;
        return true;
    };
    // The root itself is never asked for: it is pinned.
    const bool whole = std::ranges::find(roots, chain.back()) != roots.end();
    for (std::size_t i = chain.size() - (whole ? 1 : 0); i-- > last;) {
        const auto found = [&](std::string_view reason, std::string what) {
            return Finding{std::string{reason},
                           subject,
                           "certificate[" + std::to_string(i) + "]",
                           {},
                           label(chain, i) + ": " + std::move(what)};
        };
        const auto refuse = [&](Finding f) {
            out.ocsp_good = false;
            (rules.required ? out.faults : out.notices).push_back(std::move(f));
        };
        const crypto::Certificate* issuer = i + 1 < chain.size() ? &chain[i + 1] : nullptr;
        for (const auto& root : roots)
            if (issuer == nullptr && equal(root.subject_name(), chain[i].issuer_name())) issuer = &root;
        const Answer a =
            issuer == nullptr ? Answer{chain[i], rules.at, "", {}, {}} : ask(chain[i], *issuer, rules.at);
        if (!a.answer) {
            set("undefined", false);
            out.ocsp_response_valid = out.ocsp_nonce_matches = false;
            refuse(a.error ? found(reason_of(a.error->kind), a.name + ": " + a.error->what)
                           : found("E_OCSP_UNAVAILABLE", "no OCSP response"));
            continue;
        }
        if (!rules.nonce || a.answer->nonce != rules.nonce) {
            out.ocsp_nonce_matches = false;
            if (rules.nonce_required)
                out.faults.push_back(found(
                    "E_OCSP_NONCE",
                    a.name + (a.answer->nonce ? ": another nonce than the expected one" : ": no nonce")));
        }
        if (a.answer->status == crypto::CertStatus::good) continue;
        if (a.answer->status == crypto::CertStatus::unknown) {
            set("unknown", false);
            refuse(found("E_OCSP_UNKNOWN", a.name + ": the responder does not know it"));
            continue;
        }
        const std::string why = a.answer->revocation_reason.value_or("");
        const bool on_hold = why == hold;
        const bool allowed = on_hold && rules.allow_hold;
        if (set("revoked", allowed)) out.revocation_reason = a.answer->revocation_reason;
        Finding f = found(on_hold ? "E_PKI_HOLD" : "E_PKI_REVOKED",
                          a.name + ": revoked" + (why.empty() ? "" : ", " + why));
        if (!allowed) {
            out.ocsp_good = false;
            out.status = "revoked";
        }
        (allowed ? out.notices : out.faults).push_back(std::move(f));  // known to be revoked: never tolerated
    }
}

}  // namespace assay::verifier
