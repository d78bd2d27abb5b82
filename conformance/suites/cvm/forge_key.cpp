// The attestation key of the forge, known to everybody: it signs evidence of machines that do not exist. RSA
// keys are slow to make, and a case would make two of them.
#include "conformance/suites/cvm/forge.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::conformance::confidential_vm {

crypto::PrivateKey forged_attestation_key(const crypto::Context& context) {
    // A fixed one: making one takes longer than a case. Modulus and first prime.
    constexpr std::string_view modulus =
        "4W1j6C1qFGZjtcvVVSjyKFmde+pEqrWvAMYo1fmxHLdJbDD6DxcmG3IdQiNE6Y0+0/rWG70TjztDg2t2VaLV6yHMYZVbg/+Q"
        "WAxd510NEqLqQCU86ia8Ne7Qz7LjP/uwv2OlALuzPZua2GzlfdQmj6hOG6GDi6dGmgbkZeMyqgtEj0FDd31eLwgoUpDfOshB"
        "Cp5sauXLv32CqtbEx+Q1zU4kbqEWdxnfMyfTzb40qX3JBSvsuwXDVxTt8fJ/LOvLI4zlL45uAdRR4gnkltjgRpCDNsCKjjhM"
        "2DZMkwIJL36xhoLyWjbBSMVwhXNpZixaGCXhrpAmxtwTvyoFoFP+HQ==";
    constexpr std::string_view prime =
        "8GoIHaIkMs8vEaVQiH3n83E8sTwHJBLbsdso91R4z0t/zYB/t1UoT+gaGzEJtCJqJVbbI9HOP3v2Wor9tlszVyQELtbPimTN"
        "bOP16KUvsbgD5yqEPzX56FGw/etMiDcGHFnEdqewuAjhIivAF61FxuicnpSWd9zVngl9w+GO81M=";
    return crypto::rsa_from_prime(context, from_base64(modulus).value(), crypto::rsa_exponent,
                                  from_base64(prime).value())
        .value();
}

}  // namespace assay::conformance::confidential_vm
