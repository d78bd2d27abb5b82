// The path logic of verify_chain: every rule in one place, in the order in which they are checked.
#include <algorithm>

#include "sim/crypto/pki.hpp"

namespace assay::crypto {
namespace {

using Verdict = std::optional<CertificateError>;

CertificateError fault(CertificateError::Kind kind, std::size_t index, std::string what) {
    return {kind, index, std::move(what)};
}

// Critical extensions that this code evaluates, or that restrict nothing here: a subjectAltName only adds
// names, an extKeyUsage is asked for by the caller.
bool is_evaluated(ByteView oid) {
    for (const std::string_view known :
         {oids::basic_constraints, oids::key_usage, oids::extended_key_usage, oids::subject_alternative_name})
        if (as_text(oid) == known) return true;
    return false;
}

Verdict unsupported(const Certificate& certificate, std::size_t index, const ChainRules& rules) {
    constexpr auto kind = CertificateError::Kind::unsupported;
    constexpr std::size_t min_rsa_bits = 2048;
    const Certificate::Native& native = certificate.native();
    const SignatureAlgorithm* algorithm = signature_algorithm(native.object.algorithm);
    if (algorithm == nullptr || !algorithm->accepted)
        return fault(kind, index,
                     "signature algorithm " + certificate.signature_algorithm() + " is not accepted");
    if (native.key.type() == KeyType::rsa && native.key.bits() < min_rsa_bits)
        return fault(kind, index, "RSA keys have at least 2048 bits");
    for (const ExtensionView& extension : native.extensions) {
        if (!extension.critical || is_evaluated(extension.oid)) continue;
        const std::string oid = der::oid_text(extension.oid).value();
        if (std::ranges::find(rules.known_critical, oid) == rules.known_critical.end())
            return fault(kind, index, "critical extension " + oid + " is not known");
    }
    return {};
}

// `below` counts the certificates between it and the leaf that are not self-issued (RFC 5280, 6.1.4 l, m).
Verdict not_an_issuer(const Certificate& certificate, std::size_t index, std::size_t below) {
    const Certificate::Native& native = certificate.native();
    if (!native.may_sign_certificates())
        return fault(CertificateError::Kind::not_a_ca, index,
                     native.ca ? "keyUsage of an issuer lacks keyCertSign"
                               : "basicConstraints of an issuer do not say CA");
    if (native.path_length && *native.path_length < below)
        return fault(CertificateError::Kind::path_length, index,
                     "pathLenConstraint " + std::to_string(*native.path_length) + " is less than the " +
                         std::to_string(below) + " intermediate certificates below");
    return {};
}

Verdict outside_validity(const Certificate& certificate, std::size_t index, Instant at) {
    if (at < certificate.not_before())
        return fault(CertificateError::Kind::not_yet_valid, index,
                     "valid from " + to_rfc3339(certificate.not_before()) + ", looked at " + to_rfc3339(at));
    if (at > certificate.not_after())
        return fault(CertificateError::Kind::expired, index,
                     "valid until " + to_rfc3339(certificate.not_after()) + ", looked at " + to_rfc3339(at));
    return {};
}

// The pinned root that issued `last`: by name and signature.
const Certificate* issuing_root(const Certificate& last, const std::vector<Certificate>& roots) {
    const auto found = std::ranges::find_if(roots, [&](const Certificate& root) {
        return equal(root.native().subject, last.native().issuer) &&
               is_signed_by(last.native().object, root.native().key);
    });
    return found == roots.end() ? nullptr : &*found;
}

}  // namespace

Result<Nothing, CertificateError> verify_chain(const std::vector<Certificate>& chain,
                                               const ChainRules& rules) {
    using Kind = CertificateError::Kind;
    if (chain.empty() || (rules.length && *rules.length != chain.size()))
        return fault(Kind::wrong_length, 0,
                     std::to_string(chain.size()) + " certificates" +
                         (rules.length ? ", expected " + std::to_string(*rules.length) : std::string{}));
    for (std::size_t i = 0; i < chain.size(); ++i)
        if (auto bad = unsupported(chain[i], i, rules)) return *std::move(bad);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i)
        if (!equal(chain[i].native().issuer, chain[i + 1].native().subject))
            return fault(Kind::wrong_issuer, i,
                         "issued by " + chain[i].issuer() + ", followed by " + chain[i + 1].subject());

    std::size_t below = 0;
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (auto bad = not_an_issuer(chain[i], i, below)) return *std::move(bad);
        if (!chain[i].self_issued()) ++below;
    }
    for (std::size_t i = 0; i + 1 < chain.size(); ++i)
        if (!is_signed_by(chain[i].native().object, chain[i + 1].native().key))
            return fault(Kind::bad_signature, i, "not signed by the key of " + chain[i].issuer());

    const Certificate& last = chain.back();
    const std::size_t last_index = chain.size() - 1;
    const Certificate* outer_root = nullptr;
    if (std::ranges::find(rules.roots, last) != rules.roots.end()) {
        if (last.self_issued() && !is_signed_by(last.native().object, last.native().key))
            return fault(Kind::bad_signature, last_index, "the root is not signed by itself");
    } else {
        outer_root = issuing_root(last, rules.roots);
        if (outer_root == nullptr)
            return fault(Kind::untrusted_root, last_index,
                         "neither a pinned root nor issued by one: " + last.subject());
        if (auto bad = unsupported(*outer_root, chain.size(), rules)) return *std::move(bad);
        if (auto bad = not_an_issuer(*outer_root, chain.size(), below)) return *std::move(bad);
    }

    if (rules.at) {
        for (std::size_t i = 0; i < chain.size(); ++i)
            if (auto bad = outside_validity(chain[i], i, *rules.at)) return *std::move(bad);
        if (outer_root != nullptr)
            if (auto bad = outside_validity(*outer_root, chain.size(), *rules.at)) return *std::move(bad);
    }
    return Nothing{};
}

}  // namespace assay::crypto
