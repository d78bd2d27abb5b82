#include "conformance/targets/spdm_port.hpp"

namespace assay::conformance {

std::set<std::string> spdm_capabilities(const std::function<Bytes(ByteView request)>& exchange) {
    constexpr auto order = std::endian::little;
    constexpr std::array<std::uint8_t, 4> get_version{0x10, 0x84, 0, 0};
    struct Flag {
        std::string_view token;
        std::uint32_t all;
    };
    constexpr std::array flags{Flag{"cert", 0x02},
                               Flag{"chal", 0x04},
                               Flag{"meas-signed", 0x10},
                               Flag{"sessions", 0x02C0},
                               Flag{"heartbeat", 0x2000},
                               Flag{"key-update", 0x4000},
                               Flag{"clear-handshake", 0x8000},
                               Flag{"mutual-auth", 0x1300},        // MUT_AUTH, KEY_EX, ENCAP
                               Flag{"basic-mutual-auth", 0x1104},  // MUT_AUTH, CHAL, ENCAP
                               Flag{"encapsulated", 0x1000},
                               Flag{"chunks", 0x2'0000},
                               Flag{"set-certificate", 0x8'0000},
                               Flag{"csr", 0x10'0000},
                               Flag{"measurement-log", 0x100'0000},
                               Flag{"key-pairs", 0x1000'0000}};
    constexpr std::uint32_t psk_with_context = 0x800, psk_alone = 0x400;
    std::set<std::string> out;
    const Bytes version = exchange(get_version);
    if (version.size() < 6 || version[1] != 0x04 || version.size() < 6U + 2U * version[5]) return out;
    for (std::size_t i = 0; i < version[5]; ++i) {
        const unsigned entry = load<std::uint16_t>(ByteView{version}.subspan(6 + 2 * i), order) >> 8;
        if (entry < 0x10 || entry > 0x13) continue;
        (void)exchange(get_version);
        Bytes request{static_cast<std::uint8_t>(entry), 0xE1, 0, 0};
        if (entry >= 0x11) request.resize(12);
        if (entry >= 0x12) append(request, *from_hex("0012000000120000"));
        const Bytes answer = exchange(request);
        if (answer.size() < 12 || answer[1] != 0x61 || answer[0] != entry) continue;
        out.insert("v1." + std::to_string(entry & 0x0FU));
        const auto value = load<std::uint32_t>(ByteView{answer}.subspan(8), order);
        for (const Flag& flag : flags)
            if ((value & flag.all) == flag.all) out.insert(std::string{flag.token});
        if (const auto psk = value & (psk_with_context | psk_alone); psk != 0)
            out.insert(psk == psk_with_context ? "psk-context" : "psk-alone");
    }
    (void)exchange(get_version);
    return out;
}

}  // namespace assay::conformance
