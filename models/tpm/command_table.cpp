#include "models/tpm/command.hpp"
#include "models/tpm/commands.hpp"
#include "models/tpm/handlers.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {
namespace {

template <class In>
Rc take_handles(Reader& in, HandleArea& out) {
    In message{};
    const auto fields = handles_of<In>();
    const bool good = in.get_members(message, fields);
    std::apply([&](const auto&... f) { ((out.values.at(out.count++) = message.*f.member), ...); }, fields);
    if (good) return Rc::success;
    out.count = in.error().member - 1;  // those before the one at fault
    return at_handle(rc_of(in.error()), in.error().member);
}

template <auto handler, class In>
Result<Answer, Rc> run(Tpm& tpm, const HandleArea& handles, ByteView parameters) {
    using Out = typename In::Out;
    In message{};
    std::size_t next = 0;
    std::apply([&](const auto&... f) { ((message.*f.member = handles.values.at(next++)), ...); },
               handles_of<In>());
    Reader in{parameters, byte_order};
    if (!in.get(message)) return at_parameter(rc_of(in.error()), in.error().member);
    if (!in.finish()) return Rc::size;
    const Result<Out, Rc> out = handler(tpm, message);
    if (!out) return out.error();
    Answer answer{.parameters = std::exchange(tpm.ram.response, {})};
    answer.parameters.clear();
    // Grows no further: what is secret in it stays single.
    answer.parameters.reserve(tpm.config.max_command_size);
    Writer{answer.handles, byte_order}.put_members(*out, handles_of<Out>());
    Writer{answer.parameters, byte_order}.put(*out);
    return answer;
}

template <class In>
std::vector<Leaf> describe_command(ByteView command) {
    std::vector<Leaf> leaves;
    Reader in{command, byte_order, &leaves};
    CommandHeader header;
    In message{};
    if (!in.get(header) || !in.get_members(message, handles_of<In>())) return leaves;
    if (header.tag == static_cast<std::uint16_t>(Tag::sessions)) {
        Area<TpmsAuthCommand, std::uint32_t, 4096> area;
        if (!in.get(area, Path{.name = "authorizationArea"})) return leaves;
    }
    static_cast<void>(in.get(message));
    return leaves;
}

template <class Out>
std::vector<Leaf> describe_response(ByteView response) {
    const auto parts = split_response(response, handle_count<Out>);
    if (!parts) return {};
    std::vector<Leaf> leaves;
    Out out{};
    Reader handles{parts->handles, byte_order, &leaves}, parameters{parts->parameters, byte_order, &leaves};
    if (!handles.get_members(out, handles_of<Out>()) || !parameters.get(out)) return leaves;
    const Path top;
    for (std::size_t i = 0; i < parts->sessions.size(); ++i) {
        const Bytes session = encode(parts->sessions[i], byte_order);
        const Path list{.up = &top, .name = "session"};
        TpmsAuthResponse again;
        static_cast<void>(Reader{session, byte_order, &leaves}.get(again, Path{.up = &list, .index = i}));
    }
    return leaves;
}

template <class In>
std::optional<Bytes> recode_command(ByteView command) {
    Reader in{command, byte_order};
    CommandHeader header;
    In message{};
    Area<TpmsAuthCommand, std::uint32_t, 4096> area;
    if (!in.get(header) || !in.get_members(message, handles_of<In>())) return {};
    if (header.tag == static_cast<std::uint16_t>(Tag::sessions) && !in.get(area)) return {};
    if (!in.get(message) || !in.finish()) return {};
    return encode_command(message, area.items);
}

template <class Out>
std::optional<Bytes> recode_response(ByteView response) {
    const auto parts = split_response(response, handle_count<Out>);
    const auto out = decode_response<Out>(response);
    if (!parts || !out) return {};
    Bytes handles, parameters, area;
    Writer{handles, byte_order}.put_members(*out, handles_of<Out>());
    Writer{parameters, byte_order}.put(*out);
    for (const TpmsAuthResponse& session : parts->sessions) Writer{area, byte_order}.put(session);
    return assemble_response(handles, parameters, parts->has_sessions ? std::optional{area} : std::nullopt);
}

template <class Out, class In>
In input_of(Result<Out, Rc> (*)(Tpm&, const In&));

template <auto handler>
constexpr Command row(std::string_view name, std::string_view clause, std::string_view roles,
                      unsigned traits = 0) {
    using In = decltype(input_of(handler));
    using Out = typename In::Out;
    return {In::cc,
            name,
            clause,
            roles,
            static_cast<std::uint16_t>(traits),
            static_cast<std::uint8_t>(handle_count<In>),
            handle_count<Out> != 0,
            first_parameter_is_sized<In>(),
            first_parameter_is_sized<Out>(),
            take_handles<In>,
            run<handler, In>,
            describe_command<In>,
            describe_response<Out>,
            recode_command<In>,
            recode_response<Out>};
}

constexpr unsigned nv = trait::writes_nv, x = trait::extensive, f = trait::flushes,
                   alone = trait::no_sessions, looks = trait::only_looks;

// clang-format off
constexpr std::array table{
    //  handler                         name                               clause    roles  traits
    row<&nv_undefine_space_special>    ("TPM2_NV_UndefineSpaceSpecial",    "31.5",   "AU",  nv),
    row<&evict_control>                ("TPM2_EvictControl",               "28.5",   "U-",  nv | trait::sees_disabled),
    row<&hierarchy_control>              ("TPM2_HierarchyControl",            "24.2",   "U", nv | x),
    row<&nv_undefine_space>            ("TPM2_NV_UndefineSpace",           "31.4",   "U-",  nv),
    row<&change_eps>                     ("TPM2_ChangeEPS",                   "24.5",   "U", nv | x),
    row<&change_pps>                     ("TPM2_ChangePPS",                   "24.4",   "U", nv | x),
    row<&clear_tpm>                    ("TPM2_Clear",                      "24.6",   "U",   nv | x),
    row<&clear_control>                  ("TPM2_ClearControl",                "24.7",   "U", nv),
    row<&clock_set>                      ("TPM2_ClockSet",                    "29.2",   "U", nv),
    row<&hierarchy_change_auth>        ("TPM2_HierarchyChangeAuth",        "24.8",   "U",   nv),
    row<&nv_define_space>              ("TPM2_NV_DefineSpace",             "31.3",   "U",   nv),
    row<&pcr_allocate>                   ("TPM2_PCR_Allocate",                "22.5",   "U", nv),
    row<&pcr_set_auth_policy>            ("TPM2_PCR_SetAuthPolicy",           "22.6",   "U", nv),
    row<&set_primary_policy>             ("TPM2_SetPrimaryPolicy",            "24.3",   "U", nv),
    row<&clock_rate_adjust>              ("TPM2_ClockRateAdjust",             "29.3",   "U"),
    row<&create_primary>               ("TPM2_CreatePrimary",              "24.1",   "U"),
    row<&nv_global_write_lock>         ("TPM2_NV_GlobalWriteLock",         "31.12",  "U",   nv),
    row<&get_command_audit_digest>       ("TPM2_GetCommandAuditDigest",       "18.6",   "UU", nv),
    row<&nv_increment>                 ("TPM2_NV_Increment",               "31.8",   "U-",  nv | trait::nv_write),
    row<&nv_set_bits>                  ("TPM2_NV_SetBits",                 "31.10",  "U-",  nv | trait::nv_write),
    row<&nv_extend>                    ("TPM2_NV_Extend",                  "31.9",   "U-",  nv | trait::nv_write),
    row<&nv_write>                     ("TPM2_NV_Write",                   "31.7",   "U-",  nv | trait::nv_write),
    row<&nv_write_lock>                ("TPM2_NV_WriteLock",               "31.11",  "U-",  nv | trait::nv_write),
    row<&dictionary_attack_lock_reset> ("TPM2_DictionaryAttackLockReset",  "25.2",   "U",   nv),
    row<&dictionary_attack_parameters> ("TPM2_DictionaryAttackParameters", "25.3",   "U",   nv),
    row<&nv_change_auth>               ("TPM2_NV_ChangeAuth",              "31.15",  "A",   nv),
    row<&pcr_event>                    ("TPM2_PCR_Event",                  "22.3",   "U",   nv),
    row<&pcr_reset>                    ("TPM2_PCR_Reset",                  "22.8",   "U",   nv),
    row<&sequence_complete>            ("TPM2_SequenceComplete",           "17.6",   "U",   f),
    row<&set_command_code_audit_status>  ("TPM2_SetCommandCodeAuditStatus",   "21.2",   "U", nv),
    row<&incremental_self_test>          ("TPM2_IncrementalSelfTest",         "10.3",   "", nv | looks),
    row<&self_test>                    ("TPM2_SelfTest",                   "10.2",   "",    nv | looks),
    row<&startup>                      ("TPM2_Startup",                    "9.3",    "",    nv | alone | trait::before_startup),
    row<&shutdown>                     ("TPM2_Shutdown",                   "9.4",    "",    nv | looks),
    row<&stir_random>                  ("TPM2_StirRandom",                 "16.2",   "",    nv),
    row<&activate_credential>          ("TPM2_ActivateCredential",         "12.5",   "AU"),
    row<&certify>                      ("TPM2_Certify",                    "18.2",   "AU"),
    row<&policy_nv>                      ("TPM2_PolicyNV",                    "23.9",   "U--", trait::nv_read),
    row<&certify_creation>             ("TPM2_CertifyCreation",            "18.3",   "U-"),
    row<&duplicate>                      ("TPM2_Duplicate",                   "13.1",   "D-"),
    row<&get_time>                       ("TPM2_GetTime",                     "18.7",   "UU"),
    row<&get_session_audit_digest>       ("TPM2_GetSessionAuditDigest",       "18.5",   "UU-"),
    row<&nv_read>                      ("TPM2_NV_Read",                    "31.13",  "U-",  trait::nv_read | looks),
    row<&nv_read_lock>                 ("TPM2_NV_ReadLock",                "31.14",  "U-",  nv | trait::nv_read),
    row<&object_change_auth>             ("TPM2_ObjectChangeAuth",            "12.8",   "A-"),
    row<&policy_secret>                ("TPM2_PolicySecret",               "23.4",   "U-",  trait::nv_read),
    row<&rewrap>                         ("TPM2_Rewrap",                      "13.2",   "U-"),
    row<&create>                       ("TPM2_Create",                     "12.1",   "U"),
    row<&ecdh_zgen>                    ("TPM2_ECDH_ZGen",                  "14.5",   "U"),
    row<&hmac>                           ("TPM2_HMAC",                        "15.5",   "U"),
    row<&import_object>                  ("TPM2_Import",                      "13.3",   "U"),
    row<&load_object>                  ("TPM2_Load",                       "12.2",   "U"),
    row<&quote>                        ("TPM2_Quote",                      "18.4",   "U"),
    row<&rsa_decrypt>                  ("TPM2_RSA_Decrypt",                "14.3",   "U"),
    row<&hmac_start>                     ("TPM2_HMAC_Start",                  "17.2",   "U"),
    row<&sequence_update>              ("TPM2_SequenceUpdate",             "17.5",   "U"),
    row<&sign>                         ("TPM2_Sign",                       "20.2",   "U"),
    row<&unseal>                       ("TPM2_Unseal",                     "12.7",   "U"),
    row<&policy_signed>                  ("TPM2_PolicySigned",                "23.3",   "--"),
    row<&context_load>                 ("TPM2_ContextLoad",                "28.3",   "",    alone),
    row<&context_save>                 ("TPM2_ContextSave",                "28.2",   "-",   alone),
    row<&ecdh_key_gen>                 ("TPM2_ECDH_KeyGen",                "14.4",   "-"),
    row<&encrypt_decrypt>                ("TPM2_EncryptDecrypt",              "15.2",   "U"),
    row<&flush_context>                ("TPM2_FlushContext",               "28.4",   "",    alone),
    row<&load_external>                ("TPM2_LoadExternal",               "12.3",   ""),
    row<&make_credential>              ("TPM2_MakeCredential",             "12.6",   "-"),
    row<&nv_read_public>               ("TPM2_NV_ReadPublic",              "31.6",   "-",   looks),
    row<&policy_authorize>               ("TPM2_PolicyAuthorize",             "23.16",  "-"),
    row<&policy_auth_value>            ("TPM2_PolicyAuthValue",            "23.17",  "-"),
    row<&policy_command_code>          ("TPM2_PolicyCommandCode",          "23.11",  "-"),
    row<&policy_counter_timer>           ("TPM2_PolicyCounterTimer",          "23.10",  "-"),
    row<&policy_cp_hash>                 ("TPM2_PolicyCpHash",                "23.13",  "-"),
    row<&policy_locality>                ("TPM2_PolicyLocality",              "23.8",   "-"),
    row<&policy_name_hash>               ("TPM2_PolicyNameHash",              "23.14",  "-"),
    row<&policy_or>                    ("TPM2_PolicyOR",                   "23.6",   "-"),
    row<&policy_ticket>                  ("TPM2_PolicyTicket",                "23.5",   "-"),
    row<&read_public>                  ("TPM2_ReadPublic",                 "12.4",   "-",   looks),
    row<&rsa_encrypt>                  ("TPM2_RSA_Encrypt",                "14.2",   "-"),
    row<&start_auth_session>           ("TPM2_StartAuthSession",           "11.1",   "--"),
    row<&verify_signature>             ("TPM2_VerifySignature",            "20.1",   "-"),
    row<&ecc_parameters>                 ("TPM2_ECC_Parameters",              "14.6",   "", looks),
    row<&get_capability>               ("TPM2_GetCapability",              "30.2",   "",    looks),
    row<&get_random>                   ("TPM2_GetRandom",                  "16.1",   "",    looks),
    row<&get_test_result>              ("TPM2_GetTestResult",              "10.4",   "",    looks),
    row<&hash>                         ("TPM2_Hash",                       "15.4",   "",    looks),
    row<&pcr_read>                     ("TPM2_PCR_Read",                   "22.4",   "",    looks),
    row<&policy_pcr>                   ("TPM2_PolicyPCR",                  "23.7",   "-"),
    row<&policy_restart>               ("TPM2_PolicyRestart",              "11.2",   "-"),
    row<&read_clock>                   ("TPM2_ReadClock",                  "29.1",   "",    looks),
    row<&pcr_extend>                   ("TPM2_PCR_Extend",                 "22.2",   "U",   nv),
    row<&pcr_set_auth_value>             ("TPM2_PCR_SetAuthValue",            "22.7",   "U"),
    row<&nv_certify>                     ("TPM2_NV_Certify",                  "31.16",  "UU-", trait::nv_read),
    row<&event_sequence_complete>      ("TPM2_EventSequenceComplete",      "17.7",   "UU",  nv | f),
    row<&hash_sequence_start>          ("TPM2_HashSequenceStart",          "17.4",   ""),
    row<&policy_physical_presence>       ("TPM2_PolicyPhysicalPresence",      "23.12",  "-"),
    row<&policy_duplication_select>      ("TPM2_PolicyDuplicationSelect",     "23.15",  "-"),
    row<&policy_get_digest>            ("TPM2_PolicyGetDigest",            "23.19",  "-",   looks),
    row<&test_parms>                     ("TPM2_TestParms",                   "30.3",   "", looks),
    row<&policy_password>              ("TPM2_PolicyPassword",             "23.18",  "-"),
    row<&policy_nv_written>              ("TPM2_PolicyNvWritten",             "23.20",  "-"),
    row<&policy_template>                ("TPM2_PolicyTemplate",              "23.21",  "-"),
    row<&create_loaded>                ("TPM2_CreateLoaded",               "12.9",   "U"),
    row<&policy_authorize_nv>            ("TPM2_PolicyAuthorizeNV",           "23.22",  "U--", trait::nv_read),
    row<&encrypt_decrypt_2>              ("TPM2_EncryptDecrypt2",             "15.3",   "U"),
};
// clang-format on
static_assert(std::ranges::adjacent_find(table, std::ranges::greater_equal{}, &Command::code) == table.end());
static_assert(std::ranges::all_of(table, [](const Command& c) { return c.roles.size() == c.handle_count; }));

}  // namespace

std::span<const Command> commands() { return table; }

const Command* find_command(Cc code) {
    const auto found = std::ranges::lower_bound(table, code, {}, &Command::code);
    return found != table.end() && found->code == code ? &*found : nullptr;
}

Rc rc_of(const WireError& error) {
    switch (error.kind) {
        case WireError::Kind::truncated: return Rc::insufficient;
        case WireError::Kind::refused: return Rc{error.code};
        default: return Rc::size;
    }
}

}  // namespace assay::tpm
