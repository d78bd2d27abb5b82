#include <stdexcept>

#include "conformance/peers/walk.hpp"
#include "models/tpm/commands.hpp"
#include "models/tpm/digests.hpp"

namespace assay::conformance::peers {
namespace {

namespace attribute = tpm::nv_attribute;
using tpm::Alg;
using tpm::Policy;

/// Goes on when a command is refused: the comparison finds out whether both refuse it.
class Tourist {
public:
    explicit Tourist(TpmPort& port) : port_(port) {}

    template <class In>
    typename In::Out ask(const In& in, std::vector<tpm::TpmsAuthCommand> sessions = {}) {
        const auto send = [this](ByteView command) {
            auto answer = port_.exchange(command, 0);
            if (!answer) throw std::runtime_error("tour: " + answer.error().what);
            return *std::move(answer);
        };
        auto out = tpm::call(send, in, std::move(sessions));
        return out ? *std::move(out) : typename In::Out{};
    }
    template <class In>
    typename In::Out by_password(const In& in) {
        return ask(in, {tpm::password()});
    }
    tpm::Handle session(tpm::Se type) {
        return ask(tpm::StartAuthSessionIn{.nonce_caller = {Bytes(16, 1)}, .session_type = type})
            .session_handle;
    }
    void flush(tpm::Handle handle) { ask(tpm::FlushContextIn{handle}); }
    void restart(tpm::Su how) {
        if (const auto done = port_.reset(); !done) throw std::runtime_error("tour: " + done.error().what);
        ask(tpm::StartupIn{how});
    }

private:
    TpmPort& port_;
};

tpm::NvDefineSpaceIn index_with(tpm::Handle index, std::uint32_t attributes, std::uint16_t size,
                                const Bytes& policy, tpm::Handle by = tpm::rh::owner) {
    return {.auth_handle = by,
            .public_info = {{.nv_index = index,
                             .attributes = attributes | attribute::no_da | attribute::auth_read,
                             .auth_policy = {policy},
                             .data_size = size}}};
}

void index_policies(Tourist& t) {
    constexpr tpm::Handle first = 0x0150'0010, second = first + 1, third = first + 2;
    t.by_password(index_with(first, attribute::owner_write | attribute::owner_read, 8,
                             Policy{Alg::sha256}.command_code(tpm::Cc::nv_change_auth).digest()));
    const tpm::Handle changes = t.session(tpm::Se::policy);
    t.ask(tpm::PolicyCommandCodeIn{changes, tpm::Cc::nv_change_auth});
    t.ask(tpm::NvChangeAuthIn{first, {Bytes{1, 2, 3}}}, {tpm::policy(changes, true)});
    t.ask(tpm::NvReadIn{.auth_handle = first, .nv_index = first, .size = 1}, {tpm::password(Bytes{1, 2, 3})});

    t.by_password(index_with(
        second,
        attribute::pp_write | attribute::pp_read | attribute::platform_create | attribute::policy_delete, 8,
        Policy{Alg::sha256}.command_code(tpm::Cc::nv_undefine_space_special).digest(), tpm::rh::platform));
    const tpm::Handle deletes = t.session(tpm::Se::policy);
    t.ask(tpm::PolicyCommandCodeIn{deletes, tpm::Cc::nv_undefine_space_special});
    t.ask(tpm::NvUndefineSpaceSpecialIn{second}, {tpm::policy(deletes, true), tpm::password()});

    t.by_password(index_with(third, attribute::owner_write | attribute::owner_read, 34, {}));
    const Bytes approved = Policy{Alg::sha256}.auth_value().digest();
    t.by_password(tpm::NvWriteIn{
        .auth_handle = tpm::rh::owner, .nv_index = third, .data = {concat({*from_hex("000b"), approved})}});
    const tpm::Handle authorized = t.session(tpm::Se::policy);
    t.by_password(tpm::PolicyAuthorizeNvIn{tpm::rh::owner, third, authorized});
    t.ask(tpm::PolicyAuthValueIn{authorized});
    t.by_password(tpm::PolicyAuthorizeNvIn{tpm::rh::owner, third, authorized});
    t.ask(tpm::PolicyGetDigestIn{authorized});
    t.flush(authorized);
}

void tickets(Tourist& t) {
    const tpm::Handle first = t.session(tpm::Se::policy);
    const auto secret = t.by_password(tpm::PolicySecretIn{.auth_handle = tpm::rh::owner,
                                                          .policy_session = first,
                                                          .policy_ref = {Bytes{7}},
                                                          .expiration = static_cast<std::uint32_t>(-3600)});
    t.flush(first);
    const tpm::Handle second = t.session(tpm::Se::policy);
    const auto name = tpm::name_of(tpm::rh::owner);
    tpm::PolicyTicketIn ticket{.policy_session = second,
                               .timeout = {secret.timeout.value},
                               .policy_ref = {Bytes{7}},
                               .auth_name = {name},
                               .ticket = secret.policy_ticket};
    t.ask(ticket);
    t.ask(tpm::PolicyGetDigestIn{second});
    ticket.policy_ref.value = Bytes{8};
    t.ask(ticket);
    t.flush(second);
}

void audits(Tourist& t) {
    namespace sa = tpm::session_attribute;
    const tpm::Handle session = t.session(tpm::Se::hmac);
    const auto use = [session](std::uint8_t attributes) {
        return tpm::TpmsAuthCommand{
            .session_handle = session,
            .nonce = {Bytes(16, 2)},
            .session_attributes = static_cast<std::uint8_t>(attributes | sa::continue_session)};
    };
    t.ask(tpm::PcrReadIn{}, {use(sa::audit)});
    t.ask(tpm::GetTestResultIn{}, {use(sa::audit)});
    const tpm::GetSessionAuditDigestIn digest{.session_handle = session};
    t.ask(digest, {tpm::password(), tpm::password()});
    t.ask(tpm::PcrReadIn{}, {use(sa::audit | sa::audit_exclusive)});  // refused: another command came between
    t.ask(tpm::PcrReadIn{}, {use(sa::audit | sa::audit_reset)});
    t.ask(digest, {tpm::password(), tpm::password()});
    t.flush(session);
}

/// Keys that are given: both TPMs compute the same.
void given_keys(Tourist& t) {
    tpm::TpmtPublic area{.type = Alg::symcipher,
                         .object_attributes = tpm::object_attribute::user_with_auth |
                                              tpm::object_attribute::sign | tpm::object_attribute::decrypt,
                         .symmetric = tpm::TpmtSymDef::aes_cfb(128)};
    area.symmetric.mode = Alg::null;
    tpm::CreatePrimaryIn in{.primary_handle = tpm::rh::owner, .in_public = {area}};
    in.in_sensitive.value.data = Bytes(16, 9);
    const tpm::Handle cipher = t.by_password(in).object_handle;
    for (const Alg mode : {Alg::ctr, Alg::ofb, Alg::cbc, Alg::cfb, Alg::ecb})
        for (const std::uint8_t decrypt : {std::uint8_t{0}, std::uint8_t{1}}) {
            const Bytes iv(mode == Alg::ecb ? 0 : 16, 3), data(32, 5);
            t.by_password(tpm::EncryptDecryptIn{cipher, decrypt, mode, {iv}, {data}});
            t.by_password(tpm::EncryptDecrypt2In{cipher, {data}, decrypt, mode, {iv}});
        }
    t.flush(cipher);
    area.type = Alg::keyedhash;
    area.object_attributes &= ~tpm::object_attribute::decrypt;
    in.in_public = {area};
    const tpm::Handle key = t.by_password(in).object_handle;
    t.by_password(tpm::HmacIn{key, {Bytes(70, 1)}, Alg::sha384});
    const tpm::Handle sequence = t.by_password(tpm::HmacStartIn{key, {}, Alg::sha1}).sequence_handle;
    t.by_password(tpm::SequenceUpdateIn{sequence, {Bytes(130, 2)}});
    t.by_password(tpm::SequenceCompleteIn{sequence, {Bytes(3, 3)}, tpm::rh::owner});
    t.by_password(tpm::SignIn{.key_handle = key,
                              .digest = {Bytes(32, 4)},
                              .in_scheme = tpm::TpmtScheme::with(Alg::hmac, Alg::sha256)});
    t.flush(key);
}

void duplicates(Tourist& t) {
    const tpm::Handle parent =
        t.by_password(tpm::CreatePrimaryIn{.primary_handle = tpm::rh::owner,
                                           .in_public = {tpm::templates::storage_key(Alg::ecc)}})
            .object_handle;
    auto area = tpm::templates::sealed_data(Policy{Alg::sha256}.command_code(tpm::Cc::duplicate).digest());
    area.object_attributes = tpm::object_attribute::user_with_auth;
    tpm::CreateIn in{.parent_handle = parent, .in_public = {area}};
    in.in_sensitive.value.data = Bytes(12, 6);
    const auto made = t.by_password(in);
    const tpm::Handle item =
        t.by_password(tpm::LoadIn{parent, made.out_private, made.out_public}).object_handle;
    t.by_password(tpm::ObjectChangeAuthIn{item, parent, {Bytes{4}}});
    for (const tpm::Handle to : {tpm::Handle{tpm::rh::null}, parent})
        for (const bool is_wrapped : {false, true}) {
            const tpm::Handle session = t.session(tpm::Se::policy);
            const auto inner = is_wrapped ? tpm::TpmtSymDef::aes_cfb(128) : tpm::TpmtSymDef{};
            t.ask(tpm::PolicyCommandCodeIn{session, tpm::Cc::duplicate});
            const auto out = t.ask(tpm::DuplicateIn{item, to, {}, inner}, {tpm::policy(session, true)});
            t.by_password(tpm::ImportIn{parent, out.encryption_key_out, made.out_public, out.duplicate,
                                        out.out_sym_seed, inner});
            if (to == parent)
                t.by_password(tpm::RewrapIn{
                    parent, parent, out.duplicate, {tpm::name_of(made.out_public.value)}, out.out_sym_seed});
        }
    t.by_password(tpm::UnsealIn{item});
    t.flush(item);
    t.flush(parent);
}

void pcr_settings(Tourist& t) {
    t.by_password(tpm::PcrSetAuthPolicyIn{
        tpm::rh::platform, {Policy{Alg::sha256}.auth_value().digest()}, Alg::sha256, 20});
    t.by_password(tpm::PcrExtendIn{.pcr_handle = 20, .digests = {{{Alg::sha256, Bytes(32)}}}});
    t.by_password(tpm::PcrSetAuthPolicyIn{tpm::rh::platform, {}, Alg::null, 20});
    t.by_password(tpm::PcrSetAuthValueIn{20, {Bytes{5}}});
    t.by_password(tpm::PcrAllocateIn{tpm::rh::platform, {{tpm::TpmsPcrSelection::mask(Alg::sha1, 0)}}});
    t.ask(tpm::GetCapabilityIn{tpm::Cap::pcrs, 0, 4});
    t.ask(tpm::ShutdownIn{tpm::Su::state});  // refused
    t.ask(tpm::ShutdownIn{tpm::Su::clear});
    t.restart(tpm::Su::clear);
    t.ask(tpm::GetCapabilityIn{tpm::Cap::pcrs, 0, 4});
    t.ask(tpm::PcrReadIn{{{tpm::TpmsPcrSelection::mask(Alg::sha1, 0xFF)}}});
    t.by_password(
        tpm::PcrAllocateIn{tpm::rh::platform, {{tpm::TpmsPcrSelection::mask(Alg::sha1, 0xFF'FFFF)}}});
    t.ask(tpm::ShutdownIn{tpm::Su::clear});
    t.restart(tpm::Su::clear);
}

}  // namespace

void tour(TpmPort& port) {
    Tourist t{port};
    t.restart(tpm::Su::clear);
    t.by_password(tpm::ClearIn{tpm::rh::platform});
    index_policies(t);
    tickets(t);
    audits(t);
    given_keys(t);
    duplicates(t);
    pcr_settings(t);
}

}  // namespace assay::conformance::peers
