#include "conformance/suites/kms/faults.hpp"

#include <ranges>

#include <nlohmann/json.hpp>

namespace assay::conformance::key_release {
namespace fault_table {

using nlohmann::json;

// Row 1.
void cut_off(Scene&, Ask& ask) {
    ask.bytes = [](Bytes& body) {
        body.pop_back();
    };
}
void twice(Scene&, Ask& ask) {
    ask.bytes = [](Bytes& body) {
        const ByteView more = as_bytes(R"(,"enc":"RSA-OAEP-256"})");
        body.pop_back();
        append(body, more);
    };
}
void twice_escaped(Scene&, Ask& ask) {
    ask.bytes = [](Bytes& body) {
        body.pop_back();
        append(body, as_bytes(R"(,"\u0065nc":"RSA-OAEP-256"})"));
    };
}
void foreign_wrapping_key(Scene&, Ask& ask) {
    ask.body = [](json& body) {
        body["wrapping_key"] = vtpm_jwk();
    };
}
void no_token(Scene&, Ask& ask) {
    ask.body = [](json& body) {
        body.erase("token");
    };
}
void token_is_a_number(Scene&, Ask& ask) {
    ask.body = [](json& body) {
        body["token"] = 1;
    };
}
void short_nonce(Scene&, Ask& ask) {
    ask.body = [](json& body) {
        body["nonce"] = "AAAA";
    };
}
void unknown_enc(Scene&, Ask& ask) { ask.enc = "RSA_AES_KEY_WRAP_512"; }
void sha1_enc(Scene&, Ask& ask) { ask.enc = "CKM_RSA_AES_KEY_WRAP"; }
void deep(Scene&, Ask& ask) {
    ask.bytes = [](Bytes& body) {
        constexpr std::size_t depth = 100'000;
        body.assign(depth, '[');
    };
}
void bad_kid(Scene&, Ask& ask) { ask.kid = "mod%65l"; }
void too_long(Scene&, Ask& ask) {
    ask.bytes = [](Bytes& body) {
        constexpr std::size_t more_than = 1 << 20;
        body.insert(body.end() - 1, more_than, ' ');
    };
}
void wrong_media_type(Scene&, Ask& ask) { ask.media_type = "text/plain"; }
void no_media_type(Scene&, Ask& ask) { ask.media_type.clear(); }

// Row 2.
void no_credential(Scene&, Ask& ask) { ask.credential.clear(); }
void wrong_credential(Scene&, Ask& ask) { ask.credential.back() = ask.credential.back() == 'a' ? 'b' : 'a'; }
void foreign_key(Scene& scene, Ask& ask) {
    scene.provide("elsewhere");
    ask.kid = "elsewhere";
}
void longer_name(Scene&, Ask& ask) { ask.kid = "model2"; }

// Row 3.
void exhausted(Scene& scene, Ask& ask) {
    constexpr unsigned most = 5000;
    constexpr unsigned too_many = 429;
    Ask useless;
    useless.kid = ask.kid;
    useless.credential = scene.gateway();
    useless.nonce = to_base64url(Bytes(32, 0x55));
    for (unsigned i = 0; i < most; ++i)
        if (scene.send(useless).status == too_many) return;
    scene.trial().not_tested(NotTested::budget, "no limit was met in 5000 requests at one instant");
}

// Row 4.
void used_nonce(Scene& scene, Ask& ask) {
    Ask first = ask;
    first.credential = scene.gateway();
    first.token = [](std::string& token) {
        token = "a.b.c";
    };
    (void)scene.send(first);
}
void unknown_nonce(Scene& scene, Ask& ask) {
    Bytes nonce(32);
    scene.trial().random().fill(nonce);
    ask.nonce = to_base64url(nonce);
}
void old_nonce(Scene& scene, Ask&) { scene.pass(std::chrono::seconds{300}); }
void nonce_of_another(Scene& scene, Ask& ask) { ask.nonce = scene.challenge(scene.neighbour()); }

// Row 5.
void changed_signature(Scene&, Ask& ask) {
    ask.token = [](std::string& token) {
        const std::size_t at = token.size() - 20;
        token[at] = token[at] == 'A' ? 'B' : 'A';
    };
}
void changed_claims(Scene&, Ask& ask) {
    ask.token = [](std::string& token) {
        const std::size_t first = token.find('.'), second = token.find('.', first + 1);
        auto claims = json::parse(as_text(*from_base64url(token.substr(first + 1, second - first - 1))));
        claims["assay"]["event-log"] = "other";
        token.replace(first + 1, second - first - 1, to_base64url(as_bytes(claims.dump())));
    };
}
void signed_by_another(Scene& scene, Ask& ask) {
    ask.token = [&scene](std::string& token) {
        const auto key = crypto::PrivateKey::generate(scene.trial().crypto(), crypto::KeyType::p384);
        const std::string input = token.substr(0, token.rfind('.'));
        token =
            input + "." +
            to_base64url(key.sign(crypto::SignatureScheme::ecdsa_raw, crypto::Hash::sha384, as_bytes(input)));
    };
}
void header_member(Ask& ask, const char* name, json value) {
    ask.header = [name, value = std::move(value)](json& header) {
        header[name] = value;
    };
}
void alg_none(Scene&, Ask& ask) {
    header_member(ask, "alg", "none");
    ask.token = [](std::string& token) {
        token.erase(token.rfind('.') + 1);
    };
}
void alg_hs256(Scene&, Ask& ask) { header_member(ask, "alg", "HS256"); }
void alg_of_another_key(Scene&, Ask& ask) { header_member(ask, "alg", "ES256"); }
void foreign_jku(Scene&, Ask& ask) { header_member(ask, "jku", "https://evil.example/certs"); }
void own_jwk(Scene&, Ask& ask) { header_member(ask, "jwk", vtpm_jwk()); }
void unknown_kid(Scene&, Ask& ask) { header_member(ask, "kid", "other"); }
void critical(Scene&, Ask& ask) { header_member(ask, "crit", json::array({"x"})); }
void claim_member(Ask& ask, const char* name, json value) {
    ask.claims = [name, value = std::move(value)](json& claims) {
        claims[name] = value;
    };
}
void untrusted_issuer(Scene&, Ask& ask) { claim_member(ask, "iss", "https://verifier.evil.example"); }
void longer_issuer(Scene& scene, Ask& ask) { claim_member(ask, "iss", scene.issuer() + ".evil"); }
std::int64_t seconds(Scene& scene) { return scene.now().time_since_epoch().count(); }
void expired_now(Scene& scene, Ask& ask) { claim_member(ask, "exp", seconds(scene)); }
void no_expiry(Scene&, Ask& ask) {
    ask.claims = [](json& claims) {
        claims.erase("exp");
    };
}
void not_yet(Scene& scene, Ask& ask) { claim_member(ask, "nbf", seconds(scene) + 61); }
void from_the_future(Scene& scene, Ask& ask) { claim_member(ask, "iat", seconds(scene) + 61); }
void for_another_nonce(Scene&, Ask& ask) { ask.eat_nonce = std::string(64, 'c'); }
void no_nonce(Scene&, Ask& ask) {
    ask.claims = [](json& claims) {
        claims.erase("eat_nonce");
    };
}
void four_parts(Scene&, Ask& ask) {
    ask.token = [](std::string& token) {
        token += ".AAAA";
    };
}

// Rows 6 to 10.
void missing_key(Scene&, Ask& ask) { ask.kid = "missing"; }
void revoked(Scene& scene, Ask& ask) { scene.trial().need(scene.port().revoke(ask.kid), "revocation"); }
void assay_claim(Ask& ask, const char* name, json value) {
    const auto earlier = ask.claims;
    ask.claims = [=](json& claims) {
        if (earlier) earlier(claims);
        claims["assay"][name] = value;
    };
}
void fewer_gpus(Scene&, Ask& ask) { assay_claim(ask, "gpu-count", 7); }
void no_gpus(Scene&, Ask& ask) { assay_claim(ask, "gpu-count", 0); }
void gpu_claims_absent(Scene&, Ask& ask) {
    ask.claims = [](json& claims) {
        for (const char* const name : {"gpu-count", "gpu-cc-mode", "gpu-measres"})
            claims["assay"].erase(name);
    };
}
void devtools(Scene&, Ask& ask) { assay_claim(ask, "gpu-cc-mode", "devtools"); }
void gpu_measurements_fail(Scene&, Ask& ask) { assay_claim(ask, "gpu-measres", "fail"); }
void other_runtime_policy(Scene&, Ask& ask) { assay_claim(ask, "runtime-policy-hash", std::string(64, 'd')); }
void not_bound(Scene&, Ask& ask) { assay_claim(ask, "wrapping-key-bound", false); }
void bound_is_text(Scene&, Ask& ask) { assay_claim(ask, "wrapping-key-bound", "true"); }
void no_pcr_policy(Scene&, Ask& ask) {
    ask.claims = [](json& claims) {
        claims["assay"].erase("pcr-policy");
    };
}
void held_receipt(Scene& scene) { scene.trial().need(scene.port().hold_receipts(true), "holding receipts"); }
void nothing_else(Scene&, Ask&) {}

}  // namespace fault_table

std::vector<Fault> faults() {
    namespace t = fault_table;
    const std::vector<std::string> form{"KMS-REL-001", "KMS-LOG-001"}, caller{"KMS-REL-002", "KMS-LOG-001"},
        nonce{"KMS-REL-004", "KMS-NONCE-001"}, token{"KMS-REL-005", "KMS-LOG-001"},
        policy{"KMS-REL-008", "KMS-LOG-001"}, gpu{"KMS-REL-008", "KMS-GPU-001"},
        wrapping{"KMS-REL-009", "KMS-PCR-001"};
    // clang-format off
    return {
        {1, "cut-off", "A body that is cut off is malformed", form, 400, "malformed", t::cut_off},
        {1, "member-twice", "A member that comes twice is malformed", form, 400, "malformed", t::twice},
        {1, "member-twice-escaped", "A member that comes twice under an escape is malformed", form, 400, "malformed", t::twice_escaped},
        {1, "wrapping-key-beside-the-token", "A wrapping key in the request is malformed", {"KMS-REL-001", "KMS-WRAP-003"}, 400, "malformed", t::foreign_wrapping_key},
        {1, "token-missing", "A body without token is malformed", form, 400, "malformed", t::no_token},
        {1, "token-number", "A token that is a number is malformed", form, 400, "malformed", t::token_is_a_number},
        {1, "nonce-short", "A nonce of three bytes is malformed", form, 400, "malformed", t::short_nonce},
        {1, "enc-unknown", "An unknown wrapping format is malformed", form, 400, "malformed", t::unknown_enc},
        {1, "enc-sha1", "The wrapping format with SHA-1 is off", {"KMS-REL-001", "KMS-WRAP-001"}, 400, "malformed", t::sha1_enc},
        {1, "nested", "A hundred thousand brackets are malformed", form, 400, "malformed", t::deep},
        {1, "kid-escaped", "A key name with an escape in it is malformed", form, 400, "malformed", t::bad_kid},
        {1, "too-long", "A body of more than 1 MiB is too long", form, 413, "malformed", t::too_long},
        {1, "media-type", "A body of another media type is refused", form, 415, "malformed", t::wrong_media_type},
        {1, "media-type-missing", "A body without media type is refused", form, 415, "malformed", t::no_media_type},

        {2, "credential-missing", "A caller without credential is refused", caller, 401, "caller", t::no_credential},
        {2, "credential-wrong", "A caller with a credential of one other character is refused", caller, 401, "caller", t::wrong_credential},
        {2, "key-of-another", "A caller that asks for a neighbour's key is refused", caller, 403, "caller", t::foreign_key},
        {2, "name-longer", "A right to a name is no right to a longer name", caller, 403, "caller", t::longer_name},

        {3, "rate", "Requests beyond the rate of a caller are refused", {"KMS-REL-003", "KMS-LOG-001"}, 429, "rate", t::exhausted},

        {4, "nonce-used", "A nonce of a request that was refused is used up", nonce, 409, "nonce", t::used_nonce},
        {4, "nonce-unknown", "A nonce that was never given is refused", nonce, 409, "nonce", t::unknown_nonce},
        {4, "nonce-old", "A nonce is refused 300 seconds after it was given", nonce, 409, "nonce", t::old_nonce},
        {4, "nonce-of-another", "A nonce that another caller got is refused", nonce, 409, "nonce", t::nonce_of_another},

        {5, "signature", "A token with another signature is refused", token, 403, "evidence", t::changed_signature},
        {5, "claims-changed", "A token whose claims were changed is refused", token, 403, "evidence", t::changed_claims},
        {5, "signer", "A token signed by another key is refused", token, 403, "evidence", t::signed_by_another},
        {5, "alg-none", "A token without signature is refused", token, 403, "evidence", t::alg_none},
        {5, "alg-hs256", "A token with a symmetric algorithm is refused", token, 403, "evidence", t::alg_hs256},
        {5, "alg-other", "A token whose algorithm is not that of the key is refused", token, 403, "evidence", t::alg_of_another_key},
        {5, "jku", "A token that names another source of keys is refused", token, 403, "evidence", t::foreign_jku},
        {5, "jwk", "A token that brings its key is refused", token, 403, "evidence", t::own_jwk},
        {5, "kid", "A token by a key that is not in the pinned set is refused", token, 403, "evidence", t::unknown_kid},
        {5, "crit", "A token with a critical extension is refused", token, 403, "evidence", t::critical},
        {5, "issuer", "A token of an issuer that is not trusted is refused", token, 403, "evidence", t::untrusted_issuer},
        {5, "issuer-longer", "An issuer whose URL begins like a trusted one is not trusted", token, 403, "evidence", t::longer_issuer},
        {5, "expired", "A token is refused in the second in which it expires", token, 403, "evidence", t::expired_now},
        {5, "no-expiry", "A token that never expires is refused", token, 403, "evidence", t::no_expiry},
        {5, "not-yet", "A token is refused more than 60 seconds before it begins", token, 403, "evidence", t::not_yet},
        {5, "future", "A token issued more than 60 seconds in the future is refused", token, 403, "evidence", t::from_the_future},
        {5, "other-nonce", "A token made for another nonce is refused", {"KMS-REL-005", "KMS-NONCE-001"}, 403, "evidence", t::for_another_nonce},
        {5, "no-nonce", "A token without nonce is refused", {"KMS-REL-005", "KMS-NONCE-001"}, 403, "evidence", t::no_nonce},
        {5, "four-parts", "A token with a fourth part is refused", token, 403, "evidence", t::four_parts},

        {6, "key-missing", "A key that is not there is answered like a policy that is not met", {"KMS-REL-006", "KMS-LOG-001"}, 403, "policy", t::missing_key},

        {7, "revoked", "A revoked key is not released", {"KMS-REL-007"}, 403, "revoked", t::revoked, {"revocation"}},

        {8, "gpu-count", "Seven GPUs where eight are demanded: the key is not released", gpu, 403, "policy", t::fewer_gpus},
        {8, "gpu-none", "No GPU where eight are demanded: the key is not released", gpu, 403, "policy", t::no_gpus},
        {8, "gpu-claims", "Evidence without claims of GPUs: the key is not released", gpu, 403, "policy", t::gpu_claims_absent},
        {8, "gpu-devtools", "A GPU in devtools mode: the key is not released", gpu, 403, "policy", t::devtools},
        {8, "gpu-measurements", "A GPU whose measurements fail: the key is not released", gpu, 403, "policy", t::gpu_measurements_fail},
        {8, "runtime-policy", "Another runtime policy: the key is not released", policy, 403, "policy", t::other_runtime_policy},

        {9, "not-bound", "A wrapping key that is not bound to the PCR state gets no key", wrapping, 403, "wrapping-key", t::not_bound},
        {9, "bound-text", "A wrapping key that is bound in words alone gets no key", wrapping, 403, "wrapping-key", t::bound_is_text},
        {9, "pcr-policy", "A wrapping key without PCR policy gets no key", wrapping, 403, "wrapping-key", t::no_pcr_policy},

        {10, "receipt", "A key whose receipt is not there yet is not released", {"KMS-REL-010"}, 202, "", t::nothing_else, {"receipts"}, t::held_receipt},
    };
    // clang-format on
}

void judge_release(Scene& scene, const std::vector<Fault>& wrong) {
    for (const Fault& fault : wrong)
        if (fault.before != nullptr) fault.before(scene);
    scene.provide("model");
    Ask ask = scene.ask();
    // From the last row to the first: what exhausts a caller or uses up a nonce comes after what needs one.
    for (const Fault& fault : wrong | std::views::reverse) fault.spoil(scene, ask);
    const HttpResponse answer = scene.send(ask);
    const Fault& first = wrong.front();
    if (first.status == 202)
        scene.expect_pending(answer);
    else
        scene.expect_refusal(answer, first.status, first.code);
}

}  // namespace assay::conformance::key_release
