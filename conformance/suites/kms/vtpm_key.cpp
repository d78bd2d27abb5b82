// The RSA key of the suite's gateway. It stands here so that no case has to make one, and protects nothing.
#include <nlohmann/json.hpp>

#include "conformance/suites/kms/scene.hpp"

namespace assay::conformance::key_release {
namespace {

constexpr std::string_view vtpm_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC/KsSuI1s272vF\n"
    "ldcdCr2wyVm2bYqDkRHFHSCR4ddjZostBASl/hrRPr8eqabX1DtL9x16S73ujQWS\n"
    "XrqLSlGGvnwyyH/1z6c/ICPQEfCH1N3xwB8yUSrRN5nXxzGuwEgLOh5HexYRf7yW\n"
    "uF48SzdIVsKg3xvcO2VwQdECnSNeiyivSb3QqQc5+4oHm2uPJP4xKLkOKsRsCB5e\n"
    "raryYjWZE2XP7Pv/LxkoGszr8rZUd/uU6zyDQa+Puh/ZKs5aDUV7Ig2Zl20lHmo/\n"
    "IjX2UIJD6V6IUgHswOdaI0A9Nj2/HSDiV1My0fpNHVg/aU+heHu3++6M0g+RrAv4\n"
    "m/iw0aBxAgMBAAECggEALwi6SHAJhrwkg4Io4YvdfQwlRwWvkUxVl25hr5Ll2B6I\n"
    "OqSk8iRRe88Y3dX2515f0oJz3b2Z9wH6b3dgJVo9Mc5XJ3V+Sj/zkcv6E7z+NaVR\n"
    "kCPpaQtgYgZwkw7+8dR8RUrg3Uxy8w4/G8Qz51jIOsOh8kvCgo6YmCSRZLe91oov\n"
    "y1s1MqWfF3nhS/T+Xq/j5rMSSAb9z/8dSLccK6Q3ug4Hb2fELpGthoo82LAa4fWL\n"
    "73k5WxsUfqdt+e0KRjSkn9IHS63IFAmmGiKMytdSnPcyi0hPYj8Jg0CUhTbxQ5B6\n"
    "7qa6GZxdy6j1eRf06WJ0S/oKpWX9OgBy1ZoJ5haaOQKBgQD724pHwJSk6jLpHHag\n"
    "pzd2uDKr6l/LEcR12tq9+PJRCM2zsM6tYvLVzklJ/DGAVhVq17+2aFqYSbICcpTO\n"
    "cKLI9vhtuzsZlENL4puGCmCoRjlO67q15LXaTCnXWwrgQdYxrmGiHNt7GDo6UwMX\n"
    "OZp7CgazUcsYeZr+Hk0WW9qyvQKBgQDCT6/9HDxlmLZyGfd74s22G7H/RzFrYKXV\n"
    "dsJgVCguUj8tvJoL/MIyBrNxeT7jSsyvcZZsOqohs1/ER88k0A38Ib/7DUAkQcF7\n"
    "3ID9G1WSnyeD7Eb7uC2J2te3LG6gTCK0UKlu4CZv9vsWlnH8FexH2MuR0FXSVQua\n"
    "aAHwV0I5xQKBgEkwimXBlDC8kmDl0Z9sGJUagDcvW/kiR6pMGEceoiRkX4q5dcYz\n"
    "PAhf8zJZ5HS8D2tGGUND3hflSqKlc5Lubo/iHV2eDFWpnUjfKHzyZRZhmePSYyba\n"
    "uPIgMgSQQ3/aAgnb+ClpI2sJJlqupvZH2hmpVzsjKNcK97yjR5mYxdwtAoGAS1RX\n"
    "VtnedEia2mtErYuE0oe0HtI7z3P9dl7/Bhc6KJMMGTAXzHPl2T0Nzf0CK12xMobn\n"
    "mPe5Qy1mABMStCPQeCGharN9XVD8sIcQno89QoVe7V7pOebyCJKFtGaOUKiTf7IR\n"
    "rYFKhXeLaftTHzZkjon2iYXp74u23tpZfhJmAz0CgYEA2pw89kQx8ix4EPwk52gG\n"
    "DcU05nZXCmbZtOuMxg9kcLrnjHXEBQkT52l5vbXRcdcwJ/7NKvLsUjaZysGicIfF\n"
    "7xtxEc3DSJd34wdEUcg8ovfQyFnmiZ8SctpFe7Myhv0JsJM1LGP4G4zjXuj59YdI\n"
    "9/0S7d4G5toqQMWzuF9FhUk=\n"
    "-----END PRIVATE KEY-----\n";

crypto::PrivateKey read_key(const crypto::Context& context) {
    auto key = crypto::PrivateKey::from_pkcs8(context, as_bytes(vtpm_pem));
    if (!key) throw std::logic_error("the key of the suite's gateway does not read");
    return *std::move(key);
}

nlohmann::json jwk_of(ByteView modulus) {
    return {{"kid", "TpmEphemeralEncryptionKey"},
            {"kty", "RSA"},
            {"key_ops", nlohmann::json::array({"encrypt"})},
            {"e", "AQAB"},
            {"n", to_base64url(modulus)}};
}

}  // namespace

const crypto::PrivateKey& vtpm_key() {
    // Reading a key checks it, which takes longer than all else in a case; it decrypts only, so that whose
    // randomness blinds it does not show.
    static crypto::Drbg random{as_bytes("the suite's vTPM key")};
    static const crypto::Context context{random};
    static const crypto::PrivateKey key = read_key(context);
    return key;
}

nlohmann::json vtpm_jwk() {
    static const Bytes modulus = vtpm_key().public_key().rsa_modulus();
    return jwk_of(modulus);
}

nlohmann::json jwk_of_bits(Trial& trial, std::size_t bits) {
    Bytes modulus(bits / 8);
    trial.random().fill(modulus);
    modulus.front() |= 0x80;
    modulus.back() |= 1;
    return jwk_of(modulus);
}

}  // namespace assay::conformance::key_release
