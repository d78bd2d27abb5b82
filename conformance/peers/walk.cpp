#include "conformance/peers/walk.hpp"

#include "conformance/peers/walker.hpp"

namespace assay::conformance::peers {
namespace rh = tpm::rh;
namespace na = tpm::nv_attribute;
namespace oa = tpm::object_attribute;

/// A template that mostly can be, with one or two attributes changed in one of three.
tpm::TpmtPublic Walker::area() {
    tpm::TpmtPublic out;
    switch (below(4)) {
        case 0: out = tpm::templates::storage_key(Alg::ecc); break;
        case 1:
            out = tpm::templates::attestation_key(Alg::ecc, one_in(3) ? tpm::Curve::p384 : tpm::Curve::p256);
            break;
        case 2: out = tpm::templates::sealed_data(one_in(2) ? about(32) : Bytes{}); break;
        default:
            out = tpm::templates::storage_key(Alg::ecc);
            out.object_attributes = (out.object_attributes & ~(oa::restricted | oa::decrypt)) | oa::sign;
            out.symmetric = {};
    }
    if (one_in(3)) out.object_attributes ^= 1U << below(20);
    if (one_in(6)) out.object_attributes ^= 1U << below(20);
    if (one_in(8)) out.name_alg = hash();
    if (one_in(12))
        out.scheme = tpm::TpmtScheme::with(any(std::array{Alg::ecdsa, Alg::rsassa, Alg::ecdh}), hash());
    if (one_in(12))
        out.symmetric = one_in(2) ? tpm::TpmtSymDef{} : tpm::TpmtSymDef::aes_cfb(one_in(2) ? 256 : 128);
    if (one_in(10)) out.auth_policy.value = about(tpm::digest_size(out.name_alg));
    return out;
}

namespace {

// What can happen next.

void random_numbers(Walker& w) { w.ask(tpm::GetRandomIn{static_cast<std::uint16_t>(w.below(80))}); }
void extend(Walker& w) {
    tpm::PcrExtendIn in{.pcr_handle = w.one_in(10) ? rh::null : w.below(26), .digests = {}};
    for (std::uint32_t i = w.below(3); i > 0; --i) {
        const Alg alg = w.hash();
        in.digests.items.push_back({alg, w.bytes(tpm::digest_size(alg))});
    }
    w.ask(in, 1);
}
void event(Walker& w) {
    w.ask(tpm::PcrEventIn{w.one_in(8) ? rh::null : w.below(26), {w.bytes(w.below(64))}}, 1);
}
void read_pcrs(Walker& w) { w.ask(tpm::PcrReadIn{w.selection()}); }
void reset_pcr(Walker& w) { w.ask(tpm::PcrResetIn{w.one_in(2) ? 16 + w.below(8) : w.below(26)}, 1); }
void hash_once(Walker& w) { w.ask(tpm::HashIn{{w.bytes(w.below(40))}, w.hash(), w.hierarchy()}); }
void sequence_start(Walker& w) {
    if (const auto out = w.ask(tpm::HashSequenceStartIn{.hash_alg = w.hash()}))
        w.sequences.push_back(out->sequence_handle);
}
void sequence_update(Walker& w) {
    w.ask(tpm::SequenceUpdateIn{w.any_of(w.sequences, 0x8000'0001), {w.bytes(w.below(100))}}, 1);
}
void sequence_complete(Walker& w) {
    const tpm::Handle sequence = w.any_of(w.sequences, 0x8000'0000);
    const bool done =
        w.one_in(2) ? bool(w.ask(tpm::SequenceCompleteIn{sequence, {w.bytes(w.below(50))}, w.hierarchy()}, 1))
                    : bool(w.ask(tpm::EventSequenceCompleteIn{w.below(25), sequence, {w.bytes(9)}}, 2));
    if (done) std::erase(w.sequences, sequence);
}
void start_session(Walker& w) {
    const std::array kinds{tpm::Se::policy, tpm::Se::policy, tpm::Se::trial, tpm::Se::hmac, tpm::Se{2}};
    tpm::StartAuthSessionIn in{.nonce_caller = {w.bytes(w.one_in(8) ? w.below(65) : 16)},
                               .session_type = w.any(kinds),
                               .symmetric = w.one_in(3) ? tpm::TpmtSymDef::aes_cfb(128) : tpm::TpmtSymDef{},
                               .auth_hash = w.one_in(4) ? w.hash() : Alg::sha256};
    if (w.one_in(10)) in.bind = w.object();
    if (w.one_in(14)) in.tpm_key = w.object();
    if (const auto out = w.ask(in)) w.sessions.push_back(out->session_handle);
}
void policy(Walker& w) {
    const tpm::Handle session = w.session();
    switch (w.below(8)) {
        case 0: w.ask(tpm::PolicyPcrIn{session, {w.one_in(3) ? w.about(32) : Bytes{}}, w.selection()}); break;
        case 1: w.ask(tpm::PolicyAuthValueIn{session}); break;
        case 2: w.ask(tpm::PolicyPasswordIn{session}); break;
        case 3: w.ask(tpm::PolicyCommandCodeIn{session, command_code(w)}); break;
        case 4:
            w.ask(tpm::PolicySecretIn{.auth_handle = w.hierarchy(),
                                      .policy_session = session,
                                      .nonce_tpm = {w.one_in(5) ? w.bytes(16) : Bytes{}},
                                      .cp_hash_a = {w.one_in(5) ? w.about(32) : Bytes{}},
                                      .policy_ref = {w.bytes(w.below(20))},
                                      .expiration = w.one_in(4) ? w.below(3) - 1 : 0},
                  1);
            break;
        case 5: {
            tpm::PolicyOrIn in{session, {}};
            for (std::uint32_t i = w.below(5); i > 0; --i) in.p_hash_list.items.push_back({w.about(32)});
            w.ask(in);
            break;
        }
        case 6: w.ask(tpm::PolicyRestartIn{session}); break;
        default: w.ask(tpm::PolicyGetDigestIn{session});
    }
}
void create_primary(Walker& w) {
    tpm::CreatePrimaryIn in{
        .primary_handle = w.hierarchy(), .in_public = {w.area()}, .creation_pcr = w.selection()};
    if (in.in_public.value.type == Alg::keyedhash) in.in_sensitive.value.data = w.bytes(w.below(129));
    if (w.one_in(5)) in.in_sensitive.value.user_auth = w.about(32);
    if (const auto out = w.ask(in, 1)) w.objects.push_back(out->object_handle);
}
void create(Walker& w) {
    tpm::CreateIn in{
        .parent_handle = w.object(), .in_public = {w.area()}, .outside_info = {w.bytes(w.below(8))}};
    if (in.in_public.value.type == Alg::keyedhash || w.one_in(9))
        in.in_sensitive.value.data = w.bytes(1 + w.below(30));
    if (auto out = w.ask(in, 1)) w.created.push_back(*std::move(out));
}
void load(Walker& w) {
    if (w.created.empty()) return;
    const auto& one = w.created[w.below(static_cast<std::uint32_t>(w.created.size()))];
    if (const auto out = w.ask(tpm::LoadIn{w.object(), one.out_private, one.out_public}, 1))
        w.objects.push_back(out->object_handle);
}
void load_external(Walker& w) {
    tpm::LoadExternalIn in{.in_public = {w.area()}, .hierarchy = w.hierarchy()};
    if (w.one_in(2) && !w.created.empty()) in.in_public = w.created[0].out_public;
    if (const auto out = w.ask(in)) w.objects.push_back(out->object_handle);
}
void read_public(Walker& w) { w.ask(tpm::ReadPublicIn{w.object()}); }
void unseal(Walker& w) { w.ask(tpm::UnsealIn{w.object()}, 1); }
void flush(Walker& w) {
    const tpm::Handle handle = w.one_in(3) ? w.session() : w.object();
    if (!w.ask(tpm::FlushContextIn{handle})) return;
    std::erase(w.objects, handle);
    std::erase(w.sessions, handle);
}
void save(Walker& w) {
    if (const auto out = w.ask(tpm::ContextSaveIn{w.one_in(2) ? w.session() : w.object()}))
        w.contexts.push_back(out->context);
}
void restore(Walker& w) {
    if (w.contexts.empty()) return;
    tpm::TpmsContext context = w.contexts[w.below(static_cast<std::uint32_t>(w.contexts.size()))];
    if (w.one_in(6)) context.hierarchy = w.hierarchy();
    if (const auto out = w.ask(tpm::ContextLoadIn{context});
        out && tpm::kind_of(out->loaded_handle) == tpm::Ht::transient)
        w.objects.push_back(out->loaded_handle);
}
void evict(Walker& w) {
    const tpm::Handle persistent = (w.one_in(6) ? 0x8180'0000 : 0x8100'0000) + w.below(3);
    w.ask(tpm::EvictControlIn{w.one_in(5) ? w.hierarchy() : rh::owner, w.one_in(3) ? persistent : w.object(),
                              persistent},
          1);
}
void sign(Walker& w) {
    const Alg alg = w.one_in(4) ? w.hash() : Alg::sha256;
    const tpm::SignIn in{.key_handle = w.object(),
                         .digest = {w.about(32)},
                         .in_scheme = tpm::TpmtScheme::with(Alg::ecdsa, alg)};
    if (auto out = w.ask(in, 1)) w.signatures.push_back(std::move(out->signature));
}
void quote(Walker& w) {
    w.ask(tpm::QuoteIn{.sign_handle = w.one_in(10) ? rh::null : w.object(),
                       .qualifying_data = {w.bytes(w.below(67))},
                       .pcr_select = w.selection()},
          1);
}
void certify(Walker& w) {
    w.ask(tpm::CertifyIn{.object_handle = w.object(),
                         .sign_handle = w.one_in(4) ? rh::null : w.object(),
                         .qualifying_data = {w.bytes(4)}},
          2);
}
void agree(Walker& w) {
    if (const auto out = w.ask(tpm::EcdhKeyGenIn{w.object()})) w.points.push_back(out->pub_point.value);
}
void make_credential(Walker& w) {
    tpm::MakeCredentialIn in{.handle = w.object(), .object_name = {concat({*from_hex("000b"), w.bytes(32)})}};
    in.credential = w.bytes(w.below(40));
    if (auto out = w.ask(in)) w.credentials.push_back(*std::move(out));
}
void define(Walker& w) {
    std::uint32_t attributes = na::owner_write | na::auth_write | na::owner_read | na::auth_read | na::no_da;
    attributes |= w.any(std::array{0U, 0U, 1U, 2U, 4U, 8U, 9U, 3U}) << 4;
    if (w.one_in(3)) attributes ^= 1U << w.below(32);
    if (w.one_in(3)) attributes |= na::write_st_clear | na::read_st_clear;
    const std::array sizes{8, 8, 32, 16, 2048, 2049, 0};
    tpm::NvDefineSpaceIn in{.auth_handle = w.one_in(5) ? w.hierarchy() : rh::owner,
                            .public_info = {{.nv_index = w.one_in(16) ? 0x0250'0000 : w.index(),
                                             .attributes = attributes,
                                             .data_size = static_cast<std::uint16_t>(w.any(sizes))}}};
    if (w.one_in(6)) in.public_info.value.name_alg = w.hash();
    w.ask(in, 1);
}
void nv(Walker& w) {
    const tpm::Handle index = w.index(), by = w.one_in(3) ? index : w.one_in(6) ? w.hierarchy() : rh::owner;
    const auto offset = static_cast<std::uint16_t>(w.one_in(5) ? w.below(40) : 0);
    switch (w.below(10)) {
        case 0:
        case 1:
            w.ask(tpm::NvWriteIn{.auth_handle = by,
                                 .nv_index = index,
                                 .data = {w.bytes(w.one_in(2) ? 8 : w.below(36))},
                                 .offset = offset},
                  1);
            break;
        case 2:
        case 3:
            w.ask(tpm::NvReadIn{.auth_handle = by,
                                .nv_index = index,
                                .size = static_cast<std::uint16_t>(w.below(36)),
                                .offset = offset},
                  1);
            break;
        case 4: w.ask(tpm::NvIncrementIn{by, index}, 1); break;
        case 5: w.ask(tpm::NvSetBitsIn{by, index, w.below(1U << 16)}, 1); break;
        case 6: w.ask(tpm::NvExtendIn{by, index, {w.bytes(w.below(20))}}, 1); break;
        case 7:
            w.one_in(2) ? void(w.ask(tpm::NvWriteLockIn{by, index}, 1))
                        : void(w.ask(tpm::NvReadLockIn{by, index}, 1));
            break;
        case 8: w.ask(tpm::NvUndefineSpaceIn{w.one_in(4) ? w.hierarchy() : rh::owner, index}, 1); break;
        default: w.ask(tpm::NvReadPublicIn{index});
    }
}
void capability(Walker& w) {
    const std::array first{0U,           0x100U,       0x10DU,       0x0100'0000U, 0x0200'0000U,
                           0x4000'0000U, 0x8000'0000U, 0x8100'0000U, 0x11FU};
    w.ask(tpm::GetCapabilityIn{tpm::Cap{w.below(11)}, w.any(first) + w.below(3), w.below(40)});
}
void lockout(Walker& w) {
    if (w.one_in(2)) return void(w.ask(tpm::DictionaryAttackLockResetIn{}, 1));
    w.ask(
        tpm::DictionaryAttackParametersIn{
            .new_max_tries = 5 + w.below(30), .new_recovery_time = 1000, .lockout_recovery = 0},
        1);
}
void power(Walker& w) {
    const tpm::Su state = w.one_in(2) ? tpm::Su::state : tpm::Su::clear;
    if (!w.one_in(4)) w.ask(tpm::ShutdownIn{state});
    w.restart(w.one_in(2) ? state : tpm::Su::clear);
    w.ask(tpm::StartupIn{tpm::Su::clear});  // refused, or the way out of a resume that was
}

// clang-format off
constexpr std::array happenings{
    Happening{2, random_numbers}, Happening{5, extend}, Happening{2, event}, Happening{4, read_pcrs}, Happening{2, reset_pcr},
    Happening{2, hash_once}, Happening{2, sequence_start}, Happening{2, sequence_update}, Happening{2, sequence_complete},
    Happening{4, start_session}, Happening{12, policy}, Happening{7, create_primary}, Happening{6, create}, Happening{5, load},
    Happening{2, load_external}, Happening{4, read_public}, Happening{3, unseal}, Happening{4, flush}, Happening{3, save},
    Happening{4, restore}, Happening{2, evict}, Happening{3, sign}, Happening{3, quote}, Happening{2, certify}, Happening{2, agree},
    Happening{2, make_credential}, Happening{6, define}, Happening{14, nv}, Happening{4, capability}, Happening{1, lockout}, Happening{1, power},
};
// clang-format on
std::uint32_t weight_of(std::span<const Happening> all) {
    std::uint32_t sum = 0;
    for (const Happening& one : all) sum += one.weight;
    return sum;
}

}  // namespace

void Walker::run(std::size_t steps, bool everything) {
    std::vector<Happening> all{happenings.begin(), happenings.end()};
    if (everything) all.insert(all.end(), rarer_happenings().begin(), rarer_happenings().end());
    const std::uint32_t total = weight_of(all);
    restart(tpm::Su::clear);
    const std::array platform{tpm::password()};
    send(tpm::encode_command(tpm::ClearIn{rh::platform}, platform));
    for (std::size_t step = 0; step < steps; ++step) {
        std::uint32_t at = below(total);
        for (const Happening& one : all) {
            if (at < one.weight) {
                one.run(*this);
                break;
            }
            at -= one.weight;
        }
    }
}

void walk(TpmPort& port, std::uint64_t seed, std::size_t steps) {
    Walker{port, seed}.run(steps, seed % 2 == 0);
}

}  // namespace assay::conformance::peers
