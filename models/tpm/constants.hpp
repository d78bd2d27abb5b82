// Constants of TPM 2.0 (TPM 2.0 Library 1.59, Part 2, clauses 6 to 8): algorithms, commands, handles, tags,
// attributes, properties.
#pragma once
#include <bit>
#include <cstdint>
#include <string_view>

namespace assay::tpm {

inline constexpr auto byte_order = std::endian::big;

/// TPM_ALG_ID (6.3): the ones whose structures are known here, whether a TPM has them or not.
enum class Alg : std::uint16_t {
    rsa = 0x0001,
    sha1 = 0x0004,
    hmac = 0x0005,
    aes = 0x0006,
    mgf1 = 0x0007,
    keyedhash = 0x0008,
    xor_ = 0x000A,
    sha256 = 0x000B,
    sha384 = 0x000C,
    sha512 = 0x000D,
    null = 0x0010,
    rsassa = 0x0014,
    rsaes = 0x0015,
    rsapss = 0x0016,
    oaep = 0x0017,
    ecdsa = 0x0018,
    ecdh = 0x0019,
    ecdaa = 0x001A,
    sm2 = 0x001B,
    ecschnorr = 0x001C,
    ecmqv = 0x001D,
    kdf1_sp800_56a = 0x0020,
    kdf2 = 0x0021,
    kdf1_sp800_108 = 0x0022,
    ecc = 0x0023,
    symcipher = 0x0025,
    camellia = 0x0026,
    ctr = 0x0040,
    ofb = 0x0041,
    cbc = 0x0042,
    cfb = 0x0043,
    ecb = 0x0044,
};

/// Bytes of a digest; 0 for what is no hash of ours.
constexpr std::size_t digest_size(Alg hash) {
    switch (hash) {
        case Alg::sha1: return 20;
        case Alg::sha256: return 32;
        case Alg::sha384: return 48;
        case Alg::sha512: return 64;
        default: return 0;
    }
}

/// Bytes of a block of it, as HMACs use them (FIPS 198-1).
constexpr std::size_t block_size(Alg hash) { return digest_size(hash) > 32 ? 128 : 64; }

/// TPM_ECC_CURVE (6.4).
enum class Curve : std::uint16_t { p256 = 0x0003, p384 = 0x0004, p521 = 0x0005 };
/// Bytes of a coordinate; 0 for another curve.
constexpr std::size_t coordinate_size(Curve curve) {
    switch (curve) {
        case Curve::p256: return 32;
        case Curve::p384: return 48;
        case Curve::p521: return 66;
        default: return 0;
    }
}

/// The hash that is as strong as the curve.
constexpr Alg hash_for(Curve curve) {
    return curve == Curve::p256 ? Alg::sha256 : curve == Curve::p384 ? Alg::sha384 : Alg::sha512;
}

/// TPM_CC (6.5.2).
enum class Cc : std::uint32_t {
    nv_undefine_space_special = 0x11F,
    evict_control = 0x120,
    hierarchy_control = 0x121,
    nv_undefine_space = 0x122,
    change_eps = 0x124,
    change_pps = 0x125,
    clear = 0x126,
    clear_control = 0x127,
    clock_set = 0x128,
    hierarchy_change_auth = 0x129,
    nv_define_space = 0x12A,
    pcr_allocate = 0x12B,
    pcr_set_auth_policy = 0x12C,
    pp_commands = 0x12D,
    set_primary_policy = 0x12E,
    clock_rate_adjust = 0x130,
    create_primary = 0x131,
    nv_global_write_lock = 0x132,
    get_command_audit_digest = 0x133,
    nv_increment = 0x134,
    nv_set_bits = 0x135,
    nv_extend = 0x136,
    nv_write = 0x137,
    nv_write_lock = 0x138,
    dictionary_attack_lock_reset = 0x139,
    dictionary_attack_parameters = 0x13A,
    nv_change_auth = 0x13B,
    pcr_event = 0x13C,
    pcr_reset = 0x13D,
    sequence_complete = 0x13E,
    set_command_code_audit_status = 0x140,
    incremental_self_test = 0x142,
    self_test = 0x143,
    startup = 0x144,
    shutdown = 0x145,
    stir_random = 0x146,
    activate_credential = 0x147,
    certify = 0x148,
    policy_nv = 0x149,
    certify_creation = 0x14A,
    duplicate = 0x14B,
    get_time = 0x14C,
    get_session_audit_digest = 0x14D,
    nv_read = 0x14E,
    nv_read_lock = 0x14F,
    object_change_auth = 0x150,
    policy_secret = 0x151,
    rewrap = 0x152,
    create = 0x153,
    ecdh_zgen = 0x154,
    hmac = 0x155,
    import = 0x156,
    load = 0x157,
    quote = 0x158,
    rsa_decrypt = 0x159,
    hmac_start = 0x15B,
    sequence_update = 0x15C,
    sign = 0x15D,
    unseal = 0x15E,
    policy_signed = 0x160,
    context_load = 0x161,
    context_save = 0x162,
    ecdh_key_gen = 0x163,
    encrypt_decrypt = 0x164,
    flush_context = 0x165,
    load_external = 0x167,
    make_credential = 0x168,
    nv_read_public = 0x169,
    policy_authorize = 0x16A,
    policy_auth_value = 0x16B,
    policy_command_code = 0x16C,
    policy_counter_timer = 0x16D,
    policy_cp_hash = 0x16E,
    policy_locality = 0x16F,
    policy_name_hash = 0x170,
    policy_or = 0x171,
    policy_ticket = 0x172,
    read_public = 0x173,
    rsa_encrypt = 0x174,
    start_auth_session = 0x176,
    verify_signature = 0x177,
    ecc_parameters = 0x178,
    get_capability = 0x17A,
    get_random = 0x17B,
    get_test_result = 0x17C,
    hash = 0x17D,
    pcr_read = 0x17E,
    policy_pcr = 0x17F,
    policy_restart = 0x180,
    read_clock = 0x181,
    pcr_extend = 0x182,
    pcr_set_auth_value = 0x183,
    nv_certify = 0x184,
    event_sequence_complete = 0x185,
    hash_sequence_start = 0x186,
    policy_physical_presence = 0x187,
    policy_duplication_select = 0x188,
    policy_get_digest = 0x189,
    test_parms = 0x18A,
    policy_password = 0x18C,
    policy_nv_written = 0x18F,
    policy_template = 0x190,
    create_loaded = 0x191,
    policy_authorize_nv = 0x192,
    encrypt_decrypt_2 = 0x193,
};

/// TPM_ST (6.9).
enum class Tag : std::uint16_t {
    null = 0x8000,
    no_sessions = 0x8001,
    sessions = 0x8002,
    attest_nv = 0x8014,
    attest_command_audit = 0x8015,
    attest_session_audit = 0x8016,
    attest_certify = 0x8017,
    attest_quote = 0x8018,
    attest_time = 0x8019,
    attest_creation = 0x801A,
    attest_nv_digest = 0x801C,
    creation = 0x8021,
    verified = 0x8022,
    auth_secret = 0x8023,
    hashcheck = 0x8024,
    auth_signed = 0x8025,
};

/// TPM_GENERATED_VALUE (6.2): begins what only a TPM makes.
inline constexpr std::uint32_t generated_value = 0xFF54'4347;

/// TPM_SU (6.10), TPM_SE (6.11), TPM_CAP (6.12).
enum class Su : std::uint16_t { clear = 0, state = 1 };
enum class Se : std::uint8_t { hmac = 0, policy = 1, trial = 3 };
enum class Cap : std::uint32_t {
    algs = 0,
    handles = 1,
    commands = 2,
    pp_commands = 3,
    audit_commands = 4,
    pcrs = 5,
    tpm_properties = 6,
    pcr_properties = 7,
    ecc_curves = 8,
    auth_policies = 9,
    act = 10,
};

/// TPM_EO (6.8).
enum class Eo : std::uint16_t {
    eq = 0,
    neq = 1,
    signed_gt = 2,
    unsigned_gt = 3,
    signed_lt = 4,
    unsigned_lt = 5,
    signed_ge = 6,
    unsigned_ge = 7,
    signed_le = 8,
    unsigned_le = 9,
    bitset = 10,
    bitclear = 11,
};

/// TPM_HANDLE (7): the first octet says of what kind (TPM_HT).
using Handle = std::uint32_t;
enum class Ht : std::uint8_t {
    pcr = 0x00,
    nv_index = 0x01,
    hmac_session = 0x02,
    policy_session = 0x03,
    permanent = 0x40,
    transient = 0x80,
    persistent = 0x81,
};
constexpr Ht kind_of(Handle handle) { return static_cast<Ht>(handle >> 24); }
constexpr Handle first_of(Ht kind) { return Handle{static_cast<std::uint8_t>(kind)} << 24; }

/// TPM_RH (7.4).
namespace rh {
inline constexpr Handle owner = 0x4000'0001, null = 0x4000'0007, password = 0x4000'0009,
                        lockout = 0x4000'000A, endorsement = 0x4000'000B, platform = 0x4000'000C,
                        platform_nv = 0x4000'000D;
}
inline constexpr Handle persistent_platform = 0x8180'0000;  // first persistent handle of the platform
inline constexpr std::size_t pcr_count = 24;

/// TPMA_OBJECT (8.3).
namespace object_attribute {
inline constexpr std::uint32_t fixed_tpm = 1U << 1, st_clear = 1U << 2, fixed_parent = 1U << 4,
                               sensitive_data_origin = 1U << 5, user_with_auth = 1U << 6,
                               admin_with_policy = 1U << 7, no_da = 1U << 10,
                               encrypted_duplication = 1U << 11, restricted = 1U << 16, decrypt = 1U << 17,
                               sign = 1U << 18, x509_sign = 1U << 19;
inline constexpr std::uint32_t all = fixed_tpm | st_clear | fixed_parent | sensitive_data_origin |
                                     user_with_auth | admin_with_policy | no_da | encrypted_duplication |
                                     restricted | decrypt | sign | x509_sign;
}  // namespace object_attribute

/// TPMA_SESSION (8.4).
namespace session_attribute {
inline constexpr std::uint8_t continue_session = 1, audit_exclusive = 2, audit_reset = 4, decrypt = 0x20,
                              encrypt = 0x40, audit = 0x80;
inline constexpr std::uint8_t reserved = 0x18;
}  // namespace session_attribute

/// TPMA_NV (13.4). Bits 4 to 7 are TPM_NT.
namespace nv_attribute {
inline constexpr std::uint32_t pp_write = 1U << 0, owner_write = 1U << 1, auth_write = 1U << 2,
                               policy_write = 1U << 3, policy_delete = 1U << 10, write_locked = 1U << 11,
                               write_all = 1U << 12, write_define = 1U << 13, write_st_clear = 1U << 14,
                               global_lock = 1U << 15, pp_read = 1U << 16, owner_read = 1U << 17,
                               auth_read = 1U << 18, policy_read = 1U << 19, no_da = 1U << 25,
                               orderly = 1U << 26, clear_st_clear = 1U << 27, read_locked = 1U << 28,
                               written = 1U << 29, platform_create = 1U << 30, read_st_clear = 1U << 31;
inline constexpr std::uint32_t reserved = 0x01F0'0300;
}  // namespace nv_attribute
/// TPM_NT (13.2).
enum class Nt : std::uint8_t { ordinary = 0, counter = 1, bits = 2, extend = 4, pin_fail = 8, pin_pass = 9 };
constexpr Nt nt_of(std::uint32_t attributes) { return static_cast<Nt>(attributes >> 4 & 0xF); }

}  // namespace assay::tpm
