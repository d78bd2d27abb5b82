// The attestation key of the forge, known to everybody: it signs evidence of machines that do not exist. RSA
// keys are slow to make, and a case would make two of them.
#include "conformance/suites/cvm/forge.hpp"

namespace assay::conformance::confidential_vm {

crypto::PrivateKey forged_attestation_key(const crypto::Context& context) {
    constexpr std::string_view pkcs8 =
        "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDhbWPoLWoUZmO1y9VVKPIoWZ176kSqta8AxijV+bEct0ls"
        "MPoPFyYbch1CI0TpjT7T+tYbvROPO0ODa3ZVotXrIcxhlVuD/5BYDF3nXQ0SoupAJTzqJrw17tDPsuM/+7C/Y6UAu7M9m5rY"
        "bOV91CaPqE4boYOLp0aaBuRl4zKqC0SPQUN3fV4vCChSkN86yEEKnmxq5cu/fYKq1sTH5DXNTiRuoRZ3Gd8zJ9PNvjSpfckF"
        "K+y7BcNXFO3x8n8s68sjjOUvjm4B1FHiCeSW2OBGkIM2wIqOOEzYNkyTAgkvfrGGgvJaNsFIxXCFc2lmLFoYJeGukCbG3BO/"
        "KgWgU/4dAgMBAAECggEAEUxvKiE+CC9S2UY5UMeLgAXGD3zxMWmV8qKO/kIi0YTN761fqwPIPiGG73NvnAp/A6fptG3RQyCc"
        "APw6M762P4AAkPNAqnbuKsuI8zJ3rwvtNOhTbdZ0gyD+r6/wpcRlkkva6baXPeC9RHyXk1nR1OlOurd6T2x4ZWTZzWj4LNMu"
        "qUAaoQlxMTVXySS+YV+walsXV1t8W3TXzNMlSpMlHSLbllLOQT2UeO5DQ/VusAVavm1wl96vsVjqgveubEpJfpGrGSpCm2XA"
        "K6k4gM/vg5pGDR6QvM+sBwNnzJ6M4E/gdXthYkHDaWptfpjc2MM3Q7Y9VXQzA/kR3vDomCaX0wKBgQDwaggdoiQyzy8RpVCI"
        "fefzcTyxPAckEtux2yj3VHjPS3/NgH+3VShP6BobMQm0ImolVtsj0c4/e/Zaiv22WzNXJAQu1s+KZM1s4/XopS+xuAPnKoQ/"
        "NfnoUbD960yINwYcWcR2p7C4COEiK8AXrUXG6JyelJZ33NWeCX3D4Y7zUwKBgQDwCqIFTcchVWfmOi6Se42PRIzjNMsnK7kz"
        "+8ouOREVHjbb6X5Ow8J9B0NniBQ5ZF0CPEwPVKusmPrRaKq67IfwAxlkfzC2F6LGCEEQ+xdjGlJFaPSx/5WNnZ/P6zcLOiEK"
        "OZXIRRvSbWSFmZy/DASpqyAKsLW1POHKpvUoy1QKzwKBgQDVLD+b/wx33QwQanRZQsLsMoktYlu2md4h+4F8pXMl4/0jvAAD"
        "EMhY6iZT3AyNpEJYb4aKYVuvIPzVVg8XphCFAROQcLrALReVqSCANBBxVghn7mQrJHI+lEkLLZvD4H5Tnyk8SP7CgGUYBpEi"
        "rWqEr/dICdrN14u2wRW6HYPCrwKBgQCh8Dpv45Hkng6TFktXDT1qGvAFVBd93JR8SnCSkHNC0PhnkfVhQ9XQrXa+wOIL+fZ5"
        "TJ5vdUrADRCg98C+jFYFCMI3t0rwfa+Vc/oZb5vOgvJf2zfBYdDOEjm/dkrTKyshD8pJqr3jT2OSchh6FqyKnmTmcWKU23bk"
        "VZBtLgcLpwKBgBcFfCVQH+1SWmUV4yw833c91xvyXHDM1PBobQU824HEh28jaWZqoN7tV+av0zkd4OLroKSPQhDdc6SlftTo"
        "3ZSxDNCJGb59m1nDwe4sXmdj958vkZVAcXtzTtBpJNQh90mdIrkiol/1WxYFeNBWtiMxf+V8FSN1Tk+uleBUiTUE";
    return crypto::PrivateKey::from_pkcs8(context, from_base64(pkcs8).value()).value();
}

}  // namespace assay::conformance::confidential_vm
