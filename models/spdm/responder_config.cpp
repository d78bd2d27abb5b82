#include "models/spdm/responder_config.hpp"

#include <bit>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "models/spdm/sample_device.hpp"
#include "sim/base/strict_json.hpp"
#include "sim/base/text.hpp"

namespace assay::spdm {
namespace {

using nlohmann::json;
using Fault = std::optional<std::string>;

struct Named {
    std::string_view name;
    std::uint32_t value;
};

// What the responder has, by the names of DSP0274.
constexpr std::array version_names{Named{"1.0", 0x10}, Named{"1.1", 0x11}, Named{"1.2", 0x12},
                                   Named{"1.3", 0x13}};
constexpr std::array asym_names{Named{"TPM_ALG_ECDSA_ECC_NIST_P384", alg::ecdsa_p384},
                                Named{"TPM_ALG_ECDSA_ECC_NIST_P256", alg::ecdsa_p256},
                                Named{"TPM_ALG_RSAPSS_3072", alg::rsapss_3072},
                                Named{"TPM_ALG_RSAPSS_2048", alg::rsapss_2048}};
constexpr std::array hash_names{Named{"TPM_ALG_SHA_256", alg::sha256}, Named{"TPM_ALG_SHA_384", alg::sha384},
                                Named{"TPM_ALG_SHA_512", alg::sha512}};
constexpr std::array measurement_hash_names{Named{"TPM_ALG_SHA_256", alg::measurement_sha256},
                                            Named{"TPM_ALG_SHA_384", alg::measurement_sha384},
                                            Named{"TPM_ALG_SHA_512", alg::measurement_sha512}};
constexpr std::array dhe_names{Named{"secp256r1", alg::dhe_p256}, Named{"secp384r1", alg::dhe_p384},
                               Named{"ffdhe2048", alg::ffdhe2048}, Named{"ffdhe3072", alg::ffdhe3072}};
constexpr std::array aead_names{Named{"AES-128-GCM", alg::aes_128_gcm},
                                Named{"AES-256-GCM", alg::aes_256_gcm},
                                Named{"CHACHA20_POLY1305", alg::chacha20_poly1305}};
constexpr std::array mutual_names{Named{"none", mut_auth::none},
                                  Named{"encapsulated", mut_auth::encapsulated},
                                  Named{"with digests", mut_auth::with_digests}};
constexpr std::array capability_names{Named{"CERT_CAP", cap::cert},
                                      Named{"CHAL_CAP", cap::chal},
                                      Named{"MEAS_CAP", cap::meas},
                                      Named{"MEAS_FRESH_CAP", cap::meas_fresh},
                                      Named{"ENCRYPT_CAP", cap::encrypt},
                                      Named{"MAC_CAP", cap::mac},
                                      Named{"MUT_AUTH_CAP", cap::mut_auth},
                                      Named{"KEY_EX_CAP", cap::key_ex},
                                      Named{"PSK_CAP", cap::psk},
                                      Named{"ENCAP_CAP", cap::encap},
                                      Named{"HBEAT_CAP", cap::hbeat},
                                      Named{"KEY_UPD_CAP", cap::key_upd},
                                      Named{"HANDSHAKE_IN_THE_CLEAR_CAP", cap::handshake_in_the_clear},
                                      Named{"CHUNK_CAP", cap::chunk},
                                      Named{"ALIAS_CERT_CAP", cap::alias_cert},
                                      Named{"SET_CERT_CAP", cap::set_cert},
                                      Named{"CSR_CAP", cap::csr},
                                      Named{"CERT_INSTALL_RESET_CAP", cap::cert_install_reset},
                                      Named{"EP_INFO_CAP", cap::ep_info},
                                      Named{"MEL_CAP", cap::mel},
                                      Named{"MULTI_KEY_CAP", cap::multi_key},
                                      Named{"GET_KEY_PAIR_INFO_CAP", cap::get_key_pair_info}};

std::string known(std::span<const Named> names) {
    std::vector<std::string_view> out;
    for (const Named& one : names) out.push_back(one.name);
    return fmt::format("{}", fmt::join(out, ", "));
}

/// One place in the file.
struct At {
    std::string pointer;
    const json& value;

    At operator[](std::size_t i) const { return {fmt::format("{}/{}", pointer, i), value[i]}; }
    At operator[](const std::string& name) const { return {pointer + "/" + name, value.at(name)}; }
    std::string fault(const std::string& expected) const {
        std::string found = value.dump(-1, ' ', true, json::error_handler_t::replace);
        if (found.size() > 40) found = found.substr(0, 40) + "...";
        return fmt::format("{}: {} found, {} expected", pointer.empty() ? "/" : pointer, found, expected);
    }
};

template <class T>
Fault read_number(const At& at, std::uint64_t least, std::uint64_t most, T& out) {
    if (!at.value.is_number_unsigned() || at.value.get<std::uint64_t>() < least ||
        at.value.get<std::uint64_t>() > most)
        return at.fault(fmt::format("a number from {} to {}", least, most));
    out = static_cast<T>(at.value.get<std::uint64_t>());
    return {};
}
Fault read_bool(const At& at, bool& out) {
    if (!at.value.is_boolean()) return at.fault("true or false");
    out = at.value.get<bool>();
    return {};
}
template <class T>
Fault read_name(const At& at, std::span<const Named> names, T& out) {
    const auto found = std::ranges::find_if(
        names, [&](const Named& one) { return at.value.is_string() && at.value == one.name; });
    if (found == names.end()) return at.fault("one of " + known(names));
    out = static_cast<T>(found->value);
    return {};
}
/// Each at most once; `least`: how many there must be.
template <class T>
Fault read_names(const At& at, std::span<const Named> names, std::size_t least, std::vector<T>& out) {
    if (!at.value.is_array() || at.value.size() < least)
        return at.fault(fmt::format("a list of {} at least, of {}", least, known(names)));
    out.clear();
    for (std::size_t i = 0; i < at.value.size(); ++i) {
        T one{};
        if (auto fault = read_name(at[i], names, one)) return fault;
        if (std::ranges::count(out, one) != 0) return at[i].fault("each one once");
        out.push_back(one);
    }
    return {};
}
Fault read_bytes(const At& at, std::size_t least, Bytes& out) {
    const auto bytes = at.value.is_string() ? from_hex(at.value.get_ref<const std::string&>()) : std::nullopt;
    constexpr std::size_t most = 4096;
    if (!bytes || bytes->size() < least || bytes->size() > most)
        return at.fault(fmt::format("{} to {} bytes, hexadecimal", least, most));
    out = *bytes;
    return {};
}

Fault read_capabilities(const At& at, std::uint32_t& flags) {
    if (!at.value.is_object()) return at.fault("an object");
    for (const auto& [name, value] : at.value.items()) {
        const auto flag = std::ranges::find(capability_names, std::string_view{name}, &Named::name);
        if (flag == capability_names.end())
            return fmt::format("{}/{}: not a capability of this responder, which has {}", at.pointer,
                               printable(name), known(capability_names));
        std::uint32_t field = 0;
        if (std::popcount(flag->value) == 1) {
            bool is_set = false;
            if (auto fault = read_bool(at[name], is_set)) return fault;
            field = is_set ? 1 : 0;
        } else if (auto fault = read_number(at[name], 0, 2, field)) {
            return fault;
        }
        flags = (flags & ~flag->value) | field << std::countr_zero(flag->value);
    }
    return {};
}

std::optional<crypto::Hash> measurement_hash_of(std::uint32_t selection) {
    switch (selection) {
        case alg::measurement_sha256: return crypto::Hash::sha256;
        case alg::measurement_sha384: return crypto::Hash::sha384;
        case alg::measurement_sha512: return crypto::Hash::sha512;
        default: return {};
    }
}

Fault read_block(const At& at, crypto::Hash hash, MeasurementBlock& out) {
    if (!at.value.is_object()) return at.fault("an object");
    for (const auto& [name, value] : at.value.items())
        if (name != "Index" && name != "DMTFSpecMeasurementValueType" && name != "raw" && name != "digest_of")
            return fmt::format(
                "{}/{}: unknown; Index, DMTFSpecMeasurementValueType, raw and digest_of are known",
                at.pointer, printable(name));
    for (const char* const name : {"Index", "DMTFSpecMeasurementValueType"})
        if (!at.value.contains(name)) return at.fault(fmt::format("an object with {}", name));
    if (at.value.contains("raw") == at.value.contains("digest_of"))
        return at.fault("an object with either raw or digest_of");
    constexpr std::uint8_t raw_bit_stream = 0x80;
    if (auto fault = read_number(at["Index"], 1, 0xFE, out.index)) return fault;
    if (auto fault = read_number(at["DMTFSpecMeasurementValueType"], 0, 10, out.value_type)) return fault;
    if (at.value.contains("raw")) {
        if (auto fault = read_bytes(at["raw"], 0, out.value)) return fault;
        out.value_type |= raw_bit_stream;
    } else {
        Bytes measured;
        if (auto fault = read_bytes(at["digest_of"], 1, measured)) return fault;
        out.value = crypto::digest(hash, {measured});
    }
    out.measurement_specification = alg::measurement_specification_dmtf;
    out.value_size = static_cast<std::uint16_t>(out.value.size());
    out.measurement_size = static_cast<std::uint16_t>(out.value_size + 3);
    return {};
}

Fault read_measurements(const At& at, crypto::Hash hash, std::vector<MeasurementBlock>& out) {
    constexpr std::size_t most = 0xFE;
    if (!at.value.is_array() || at.value.size() > most) return at.fault("a list of 254 at most");
    out.clear();
    for (std::size_t i = 0; i < at.value.size(); ++i) {
        MeasurementBlock& block = out.emplace_back();
        if (auto fault = read_block(at[i], hash, block)) return fault;
        if (i > 0 && block.index <= out[i - 1].index)
            return at[i]["Index"].fault("an Index above the one before it");
    }
    return {};
}

/// One row per key.
struct Key {
    std::string_view name;
    Fault (*read)(const At& at, ResponderConfig& out);
};
constexpr std::array keys{
    Key{"versions",
        [](const At& at, ResponderConfig& out) -> Fault {
            std::vector<Version> versions;
            if (auto fault = read_names(at, version_names, 1, versions)) return fault;
            if (!std::ranges::is_sorted(versions)) return at.fault("versions in ascending order");
            out.profile.versions = std::move(versions);
            return {};
        }},
    Key{"CTExponent",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, 0, 31, out.profile.ct_exponent);
        }},
    Key{"capabilities",
        [](const At& at, ResponderConfig& out) {
            return read_capabilities(at, out.profile.flags);
        }},
    Key{"BaseAsymAlgo",
        [](const At& at, ResponderConfig& out) {
            return read_names(at, asym_names, 1, out.profile.base_asym);
        }},
    Key{"BaseHashAlgo",
        [](const At& at, ResponderConfig& out) {
            return read_names(at, hash_names, 1, out.profile.base_hash);
        }},
    Key{"MeasurementHashAlgo",
        [](const At& at, ResponderConfig& out) {
            return read_name(at, measurement_hash_names, out.profile.measurement_hash);
        }},
    Key{"DHE",
        [](const At& at, ResponderConfig& out) {
            return read_names(at, dhe_names, 1, out.profile.dhe);
        }},
    Key{"AEAD",
        [](const At& at, ResponderConfig& out) {
            return read_names(at, aead_names, 1, out.profile.aead);
        }},
    Key{"ReqBaseAsymAlg",
        [](const At& at, ResponderConfig& out) {
            return read_names(at, asym_names, 1, out.profile.req_base_asym);
        }},
    Key{"HeartbeatPeriod",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, 0, 255, out.profile.heartbeat_period);
        }},
    Key{"DataTransferSize",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, min_data_transfer_size, 0x10'0000, out.profile.data_transfer_size);
        }},
    Key{"MaxSPDMmsgSize",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, min_data_transfer_size, 0x10'0000, out.profile.max_message_size);
        }},
    Key{"certificate_portion",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, 1, 0xFFFF, out.profile.max_portion);
        }},
    Key{"SupportedSlotMask",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, 1, 0xFF, out.profile.supported_slots);
        }},
    Key{"provisioned_slots",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, 1, 8, out.provisioned_slots);
        }},
    Key{"sessions",
        [](const At& at, ResponderConfig& out) {
            return read_number(at, 1, 255, out.profile.max_sessions);
        }},
    Key{"MutAuthRequested",
        [](const At& at, ResponderConfig& out) {
            return read_name(at, mutual_names, out.profile.mutual_auth);
        }},
    Key{"BasicMutAuthReq",
        [](const At& at, ResponderConfig& out) {
            return read_bool(at, out.profile.basic_mut_auth);
        }},
    Key{"mutual_auth_mandatory",
        [](const At& at, ResponderConfig& out) {
            return read_bool(at, out.profile.mutual_auth_mandatory);
        }},
    Key{"trusted_environment",
        [](const At& at, ResponderConfig& out) {
            return read_bool(at, out.profile.trusted_environment);
        }},
};

/// What DSP0274 forbids together.
Fault check(const ResponderConfig& config) {
    const Profile& p = config.profile;
    for (const Version version : p.versions) {
        const std::uint32_t flags = flags_of(version, p.flags);
        const auto number = static_cast<unsigned>(version);
        if (!legal_responder_flags(version, flags))
            return fmt::format(
                "/capabilities: Flags {:#010x} found, which a responder of version {}.{} may not have "
                "(DSP0274, CAPABILITIES: which flags need or exclude each other)",
                flags, number >> 4, number & 0xF);
        if ((flags & cap::chunk) != 0 && p.max_message_size != 0 && p.max_message_size < p.data_transfer_size)
            return fmt::format("/MaxSPDMmsgSize: {} found, DataTransferSize ({}) at least expected",
                               p.max_message_size, p.data_transfer_size);
    }
    if (p.mutual_auth_mandatory && p.mutual_auth == mut_auth::none)
        return std::string{"/mutual_auth_mandatory: true found, though MutAuthRequested is \"none\""};
    for (unsigned slot = 0; slot < config.provisioned_slots; ++slot)
        if ((p.supported_slots >> slot & 1U) == 0)
            return fmt::format("/provisioned_slots: {} found, but slot {} is not in SupportedSlotMask",
                               config.provisioned_slots, slot);
    return {};
}

}  // namespace

ResponderConfig generic_config() {
    return {generic_profile(), generic_measurements(crypto::Hash::sha384), 2};
}

Result<ResponderConfig, std::string> read_responder_config(ByteView text) {
    const auto parsed = parse_strict_json(text);
    if (!parsed) return parsed.error().text;
    const At top{"", *parsed};
    if (!top.value.is_object()) return top.fault("an object");
    ResponderConfig out = generic_config();
    for (const auto& [name, value] : top.value.items()) {
        if (name == "measurements") continue;  // their digests need to know MeasurementHashAlgo
        const auto key = std::ranges::find(keys, std::string_view{name}, &Key::name);
        if (key == keys.end()) {
            std::vector<std::string_view> names{"measurements"};
            for (const Key& one : keys) names.push_back(one.name);
            return fmt::format("/{}: unknown; known: {}", printable(name), fmt::join(names, ", "));
        }
        if (auto fault = key->read(top[name], out)) return *fault;
    }
    const crypto::Hash hash = measurement_hash_of(out.profile.measurement_hash).value();
    out.measurements = generic_measurements(hash);
    if (top.value.contains("measurements"))
        if (auto fault = read_measurements(top["measurements"], hash, out.measurements)) return *fault;
    if (auto fault = check(out)) return *fault;
    return out;
}

}  // namespace assay::spdm
