#include "conformance/peers/walker.hpp"

namespace assay::conformance::peers {
namespace {

Bytes number(std::uint32_t value) {
    const auto raw = store(value, tpm::byte_order);
    return {raw.begin(), raw.end()};
}
tpm::Tpm2bDigest digest_about(Walker& w) { return {w.about(32)}; }
tpm::Eo comparison(Walker& w) { return tpm::Eo{static_cast<std::uint16_t>(w.below(13))}; }

void restriction(Walker& w) {
    const tpm::Handle session = w.session();
    switch (w.below(8)) {
        case 0: w.ask(tpm::PolicyLocalityIn{session, static_cast<std::uint8_t>(w.below(40))}); break;
        case 1: w.ask(tpm::PolicyNvWrittenIn{session, static_cast<std::uint8_t>(w.below(3))}); break;
        case 2: w.ask(tpm::PolicyCpHashIn{session, digest_about(w)}); break;
        case 3: w.ask(tpm::PolicyNameHashIn{session, {w.one_in(2) ? Bytes(32, 7) : w.about(32)}}); break;
        case 4: w.ask(tpm::PolicyTemplateIn{session, {w.one_in(2) ? Bytes(32, 7) : w.about(32)}}); break;
        case 5: w.ask(tpm::PolicyPhysicalPresenceIn{session}); break;
        case 6:
            w.ask(tpm::PolicyDuplicationSelectIn{
                session, {w.bytes(w.below(35))}, {w.bytes(34)}, static_cast<std::uint8_t>(w.below(3))});
            break;
        default:  // of the counters alone: the times are each TPM's own
            w.ask(tpm::PolicyCounterTimerIn{session,
                                            {w.one_in(3) ? w.bytes(w.below(9)) : number(w.below(3))},
                                            static_cast<std::uint16_t>(w.one_in(2) ? 16 : 20 + w.below(9)),
                                            comparison(w)});
    }
}
void policy_of_others(Walker& w) {
    const tpm::Handle session = w.session(), index = w.index();
    const tpm::Handle by = w.one_in(3) ? index : tpm::rh::owner;
    switch (w.below(5)) {
        case 0:
            w.ask(tpm::PolicyNvIn{by,
                                  index,
                                  session,
                                  {w.bytes(w.below(10))},
                                  static_cast<std::uint16_t>(w.one_in(3) ? w.below(12) : 0),
                                  comparison(w)},
                  1);
            break;
        case 1: w.ask(tpm::PolicyAuthorizeNvIn{by, index, session}, 1); break;
        case 2:
            w.ask(tpm::PolicyAuthorizeIn{.policy_session = session,
                                         .approved_policy = {w.one_in(2) ? Bytes(32) : w.about(32)},
                                         .key_sign = {concat({*from_hex("000b"), w.about(32)})}});
            break;
        case 3: {
            tpm::PolicySignedIn in{.auth_object = w.object(), .policy_session = session};
            in.auth = w.signatures.empty() ? tpm::TpmtSignature{.sig_alg = Alg::ecdsa, .hash = Alg::sha256}
                                           : w.signatures.back();
            if (w.one_in(4)) in.cp_hash_a = digest_about(w);
            if (w.one_in(4)) in.nonce_tpm = {w.bytes(16)};
            w.ask(in);
            break;
        }
        default:
            w.ask(tpm::PolicyTicketIn{.policy_session = session,
                                      .timeout = {w.about(8)},
                                      .cp_hash_a = {w.one_in(2) ? w.about(32) : Bytes{}},
                                      .auth_name = {number(w.hierarchy())},
                                      .ticket = {.hierarchy = w.hierarchy(), .digest = {w.bytes(64)}}});
    }
}

void rule_hierarchy(Walker& w) {
    const tpm::Handle by = w.hierarchy(), which = w.one_in(3) ? tpm::rh::platform_nv : w.hierarchy();
    switch (w.below(6)) {
        case 0:
            if (which != tpm::rh::platform)  // which would end the walk
                w.ask(tpm::HierarchyControlIn{by, which, static_cast<std::uint8_t>(w.below(3))}, 1);
            break;
        case 1:
            for (const tpm::Handle one : {tpm::rh::owner, tpm::rh::endorsement, tpm::rh::platform_nv})
                w.ask(tpm::HierarchyControlIn{tpm::rh::platform, one, 1}, 1);
            break;
        case 2: w.ask(tpm::SetPrimaryPolicyIn{by, {w.one_in(2) ? Bytes{} : w.about(32)}, w.hash()}, 1); break;
        case 3:
            w.ask(tpm::HierarchyChangeAuthIn{by, {w.one_in(8) ? w.bytes(w.below(65)) : Bytes{}}}, 1);
            break;
        case 4:
            w.ask(tpm::ClearControlIn{w.one_in(2) ? tpm::rh::lockout : tpm::rh::platform,
                                      static_cast<std::uint8_t>(w.below(3))},
                  1);
            break;
        default:
            if (w.one_in(3)) w.ask(tpm::ClearIn{w.one_in(2) ? tpm::rh::lockout : tpm::rh::platform}, 1);
            if (w.one_in(8)) w.ask(tpm::ChangePpsIn{tpm::rh::platform}, 1);
            if (w.one_in(8)) w.ask(tpm::ChangeEpsIn{tpm::rh::platform}, 1);
    }
}
void set_clock(Walker& w) {
    constexpr std::array times{1ULL << 40, 1ULL << 41, 1ULL << 42, 0xFFFF'0000'0000'0001ULL};
    if (w.one_in(2)) return void(w.ask(tpm::ClockSetIn{w.hierarchy(), w.any(times)}, 1));
    constexpr std::array<std::uint8_t, 6> rates{0, 1, 3, 0xFD, 0xFC, 4};
    w.ask(tpm::ClockRateAdjustIn{w.hierarchy(), w.any(rates)}, 1);
}
void set_pcrs(Walker& w) {
    switch (w.below(3)) {
        case 0: {
            tpm::PcrAllocateIn in{.auth_handle = w.one_in(8) ? tpm::rh::owner : tpm::rh::platform,
                                  .pcr_allocation = {}};
            for (std::uint32_t i = w.below(3); i > 0; --i)
                in.pcr_allocation.items.push_back(
                    tpm::TpmsPcrSelection::mask(w.hash(), w.one_in(2) ? 0xFF'FFFF : w.below(1U << 24)));
            w.ask(in, 1);
            break;
        }
        case 1:
            w.ask(
                tpm::PcrSetAuthPolicyIn{
                    tpm::rh::platform, {w.one_in(2) ? Bytes{} : w.about(32)}, w.hash(), w.below(26)},
                1);
            break;
        default: w.ask(tpm::PcrSetAuthValueIn{w.below(26), {w.one_in(3) ? Bytes{1, 2} : Bytes{}}}, 1);
    }
}
void rarer_nv(Walker& w) {
    const tpm::Handle index = w.index(), by = w.one_in(3) ? index : tpm::rh::owner;
    switch (w.below(4)) {
        case 0:
            w.ask(tpm::NvCertifyIn{.sign_handle = w.one_in(2) ? tpm::rh::null : w.object(),
                                   .auth_handle = by,
                                   .nv_index = index,
                                   .qualifying_data = {w.bytes(3)},
                                   .size = static_cast<std::uint16_t>(w.below(10)),
                                   .offset = static_cast<std::uint16_t>(w.one_in(3) ? w.below(40) : 0)},
                  2);
            break;
        case 1: w.ask(tpm::NvGlobalWriteLockIn{w.one_in(3) ? tpm::rh::platform : tpm::rh::owner}, 1); break;
        case 2: w.ask(tpm::NvChangeAuthIn{index, {w.about(32)}}, 1); break;
        default: w.ask(tpm::NvUndefineSpaceSpecialIn{index}, 2);
    }
}

/// An HMAC key or a cipher, whose key is given: both TPMs compute the same with it.
void symmetric_key(Walker& w) {
    tpm::TpmtPublic area{.type = w.one_in(2) ? Alg::keyedhash : Alg::symcipher,
                         .object_attributes = tpm::object_attribute::user_with_auth};
    const bool is_cipher = area.type == Alg::symcipher;
    area.object_attributes |= tpm::object_attribute::sign;
    if (is_cipher) area.object_attributes |= tpm::object_attribute::decrypt;
    if (!is_cipher && w.one_in(2)) area.scheme = tpm::TpmtScheme::with(Alg::hmac, w.hash());
    if (is_cipher) area.symmetric = tpm::TpmtSymDef::aes_cfb(w.one_in(2) ? 128 : 256);
    if (is_cipher && w.one_in(2))
        area.symmetric.mode = w.any(std::array{Alg::null, Alg::ctr, Alg::cbc, Alg::ecb, Alg::ofb});
    if (w.one_in(4)) area.object_attributes ^= 1U << w.below(20);
    tpm::CreatePrimaryIn in{.primary_handle = w.hierarchy(), .in_public = {area}};
    in.in_sensitive.value.data = w.bytes(is_cipher ? area.symmetric.key_bits / 8U : 1 + w.below(64));
    if (const auto out = w.ask(in, 1)) w.objects.push_back(out->object_handle);
}
void symmetric_work(Walker& w) {
    const tpm::Handle key = w.object();
    const Alg mode = w.any(std::array{Alg::null, Alg::ctr, Alg::cbc, Alg::ecb, Alg::ofb, Alg::cfb, Alg::aes});
    const Bytes iv = w.one_in(6) ? Bytes{} : w.about(16), data = w.bytes(w.one_in(2) ? 32 : w.below(50));
    const auto decrypt = static_cast<std::uint8_t>(w.below(2));
    switch (w.below(4)) {
        case 0: w.ask(tpm::HmacIn{key, {w.bytes(w.below(90))}, w.hash()}, 1); break;
        case 1:
            if (const auto out = w.ask(tpm::HmacStartIn{key, {}, w.hash()}, 1))
                w.sequences.push_back(out->sequence_handle);
            break;
        case 2:
            if (iv.size() <= 16)
                w.ask(tpm::EncryptDecryptIn{.key_handle = key,
                                            .decrypt = decrypt,
                                            .mode = mode,
                                            .iv_in = {iv},
                                            .in_data = {data}},
                      1);
            break;
        default:
            if (iv.size() <= 16)
                w.ask(tpm::EncryptDecrypt2In{.key_handle = key,
                                             .in_data = {data},
                                             .decrypt = decrypt,
                                             .mode = mode,
                                             .iv_in = {iv}},
                      1);
    }
}
void move_object(Walker& w) {
    const tpm::TpmtSymDef inner = w.one_in(2) ? tpm::TpmtSymDef{} : tpm::TpmtSymDef::aes_cfb(128);
    switch (w.below(5)) {
        case 0:
            w.ask(tpm::DuplicateIn{w.object(), w.one_in(2) ? tpm::rh::null : w.object(), {}, inner}, 1);
            break;
        case 1: {
            tpm::ImportIn in{
                .parent_handle = w.object(), .object_public = {w.area()}, .symmetric_alg = inner};
            in.object_public.value.object_attributes &=
                ~(tpm::object_attribute::fixed_tpm | tpm::object_attribute::fixed_parent);
            if (w.one_in(2)) in.encryption_key = {w.bytes(16)};
            in.duplicate.value = w.bytes(w.below(90));
            if (w.one_in(4)) in.in_sym_seed.value = w.bytes(w.below(90));
            w.ask(in, 1);
            break;
        }
        case 2:
            w.ask(tpm::RewrapIn{w.one_in(2) ? tpm::rh::null : w.object(),
                                w.one_in(2) ? tpm::rh::null : w.object(),
                                {w.bytes(w.below(90))},
                                {w.bytes(34)},
                                {w.one_in(2) ? Bytes{} : w.bytes(w.below(90))}},
                  1);
            break;
        case 3: w.ask(tpm::ObjectChangeAuthIn{w.object(), w.object(), {w.about(32)}}, 1); break;
        default: {
            const bool is_primary = w.one_in(3);
            tpm::CreateLoadedIn in{.parent_handle = is_primary ? w.hierarchy() : w.object()};
            const tpm::TpmtPublic area = w.area();
            if (area.type == Alg::keyedhash) in.in_sensitive.value.data = w.bytes(9);
            in.in_public.value = encode(area, tpm::byte_order);
            if (const auto out = w.ask(in, 1)) w.objects.push_back(out->object_handle);
        }
    }
}
void use_key(Walker& w) {
    const tpm::Handle key = w.object();
    const auto scheme =
        tpm::TpmtScheme::with(w.any(std::array{Alg::oaep, Alg::rsaes, Alg::null, Alg::ecdsa}), w.hash());
    switch (w.below(6)) {
        case 0:
            if (!w.signatures.empty())
                w.ask(tpm::VerifySignatureIn{
                    key,
                    {w.about(32)},
                    w.signatures[w.below(static_cast<std::uint32_t>(w.signatures.size()))]});
            break;
        case 1: w.ask(tpm::RsaEncryptIn{key, {w.bytes(w.below(40))}, scheme, {}}); break;
        case 2: w.ask(tpm::RsaDecryptIn{key, {w.bytes(w.below(300))}, scheme, {}}, 1); break;
        case 3: {
            tpm::TpmsEccPoint point{{w.bytes(32)}, {w.bytes(32)}};
            if (!w.points.empty() && !w.one_in(4)) point = w.points.back();
            w.ask(tpm::EcdhZgenIn{key, {point}}, 1);
            break;
        }
        case 4:
            if (!w.credentials.empty())
                w.ask(tpm::ActivateCredentialIn{key, w.object(), w.credentials.back().credential_blob,
                                                w.credentials.back().secret},
                      2);
            break;
        default:
            if (!w.created.empty())
                w.ask(tpm::CertifyCreationIn{.sign_handle = w.one_in(3) ? tpm::rh::null : key,
                                             .object_handle = w.object(),
                                             .creation_hash = w.created.back().creation_hash,
                                             .creation_ticket = w.created.back().creation_ticket},
                      1);
    }
}
void audit(Walker& w) {
    const tpm::Handle signer = w.one_in(3) ? w.object() : tpm::rh::null;
    switch (w.below(4)) {
        case 0: w.ask(tpm::GetTimeIn{.sign_handle = signer}, 2); break;
        case 1: w.ask(tpm::GetCommandAuditDigestIn{.sign_handle = signer}, 2); break;
        case 2:
            w.ask(tpm::GetSessionAuditDigestIn{.sign_handle = signer, .session_handle = w.session()}, 2);
            break;
        default: {
            tpm::SetCommandCodeAuditStatusIn in{.auth = w.hierarchy(),
                                                .audit_alg = w.one_in(3) ? w.hash() : Alg::null};
            for (std::uint32_t i = w.below(3); i > 0; --i) in.set_list.items.push_back(command_code(w));
            for (std::uint32_t i = w.below(3); i > 0; --i) in.clear_list.items.push_back(command_code(w));
            w.ask(in, 1);
        }
    }
}
void ask_about(Walker& w) {
    switch (w.below(6)) {
        case 0: {
            const tpm::TpmtPublic area = w.area();
            w.ask(tpm::TestParmsIn{{.type = area.type,
                                    .symmetric = area.symmetric,
                                    .scheme = area.scheme,
                                    .key_bits = 2048,
                                    .curve = area.curve}});
            break;
        }
        case 1:
            w.ask(tpm::EccParametersIn{
                tpm::Curve{static_cast<std::uint16_t>(w.one_in(2) ? 3 + w.below(2) : 6)}});
            break;
        case 2: w.ask(tpm::SelfTestIn{static_cast<std::uint8_t>(w.below(3))}); break;
        case 3: w.ask(tpm::StirRandomIn{{w.bytes(w.below(129))}}); break;
        case 4: w.ask(tpm::GetTestResultIn{}); break;
        default: w.ask(tpm::ReadClockIn{});
    }
}

constexpr std::array rarer{Happening{10, restriction},   Happening{8, policy_of_others},
                           Happening{5, rule_hierarchy}, Happening{2, set_clock},
                           Happening{4, set_pcrs},       Happening{5, rarer_nv},
                           Happening{6, symmetric_key},  Happening{8, symmetric_work},
                           Happening{6, move_object},    Happening{8, use_key},
                           Happening{4, audit},          Happening{3, ask_about}};

}  // namespace

std::span<const Happening> rarer_happenings() { return rarer; }

}  // namespace assay::conformance::peers
