// Policies (TPM 2.0 Library 1.59, Part 3, 23): digests that a peer gave (libtpms 0.9.2), what a policy
// session then allows, and the exact code of each refusal.
#include <boost/test/unit_test.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/object.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/crypto/key.hpp"

namespace assay::tpm {
namespace {

using nlohmann::json;
namespace oa = object_attribute;
namespace na = nv_attribute;

Bytes digest_now(Bench& bench, Handle session) {
    return bench.call(PolicyGetDigestIn{session})->policy_digest.value;
}

BOOST_AUTO_TEST_CASE(trial_sessions_reach_the_digests_of_a_peer) {
    Bench bench;
    bench.start();
    std::size_t checked = 0;
    const json vectors = shared_json("tpm/derived/policy-digests.json");
    for (const json& v : vectors) {
        const Cc cc{static_cast<std::uint32_t>(std::stoul(v.at("code").get<std::string>(), nullptr, 16))};
        const Command* row = find_command(cc);
        BOOST_REQUIRE(row != nullptr);
        if (row->roles != "-" || v.at("command") == "PolicyPCR(current)") continue;
        const Alg hash = alg_named(v.at("hashAlg").get<std::string>());
        const auto session = bench.session(Se::trial, hash).session_handle;
        if (bytes_of(v.at("oldDigest")) != Bytes(digest_size(hash)))
            BOOST_REQUIRE(bench.call(PolicyAuthValueIn{session}));
        BOOST_TEST(digest_now(bench, session) == bytes_of(v.at("oldDigest")));
        const Bytes command = assemble_command(cc, store(session, byte_order), {}, bytes_of(v.at("params")));
        BOOST_TEST(response_code(bench.send(command)).value() == Rc::success, v.at("command"));
        if (v.at("command") != "PolicyPCR sha1 sel") {  // which is over PCRs that the peer had
            BOOST_TEST(to_hex(digest_now(bench, session)) == v.at("expected").get<std::string>(),
                       v.at("command"));
            ++checked;
        }
        BOOST_REQUIRE(bench.call(FlushContextIn{session}));
    }
    std::printf("vectors: policy digests of trial sessions %zu\n", checked);
    if (!vectors.empty()) BOOST_TEST(checked >= 18U);
}

/// Sealed data behind a policy, and what opens it.
struct Vault {
    explicit Vault(const Bytes& policy, Config config = {}) : bench{config} {
        bench.start();
        seal(policy);
    }
    void seal(const Bytes& policy) {
        const auto parent = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
        CreateLoadedIn in{.parent_handle = parent.object_handle};
        in.in_sensitive.value.data = Bytes{7, 7};
        in.in_sensitive.value.user_auth = Bytes{9};
        in.in_public.value = encode(templates::sealed_data(policy), byte_order);
        const auto made = bench.call(in, {password()});
        BOOST_REQUIRE(made);
        item = made->object_handle;
        name = made->name.value;
        BOOST_REQUIRE(bench.call(FlushContextIn{parent.object_handle}));
    }
    Handle session() { return bench.session(Se::policy).session_handle; }
    Rc open(Handle session) { return bench.rc(UnsealIn{item}, {tpm::policy(session, true)}); }

    Bench bench;
    Handle item = 0;
    Bytes name{};
};

BOOST_AUTO_TEST_CASE(a_locality_is_asked_for_when_the_policy_is_used) {  // 23.8
    const std::uint8_t mask = 0b0'0110;
    Vault vault{Policy{Alg::sha256}.extend(Cc::policy_locality, {{&mask, 1}}).digest()};
    const Handle session = vault.session();
    BOOST_TEST(vault.bench.rc(PolicyLocalityIn{session, 0}) == Rc{0x1CD});
    BOOST_TEST(vault.bench.rc(PolicyLocalityIn{session, mask}) == Rc::success);
    BOOST_TEST(vault.open(session) == Rc::locality);
    vault.bench.locality = 2;
    BOOST_TEST(vault.open(session) == Rc::success);
    // Masks are joined; an empty one, and one of another kind, are refused.
    const Handle other = vault.session();
    BOOST_TEST(vault.bench.rc(PolicyLocalityIn{other, mask}) == Rc::success);
    BOOST_TEST(vault.bench.rc(PolicyLocalityIn{other, 0b1'1001}) == Rc{0x1CD});
    BOOST_TEST(vault.bench.rc(PolicyLocalityIn{other, 0x40}) == Rc{0x1CD});
    BOOST_TEST(vault.bench.rc(PolicyLocalityIn{other, 0b0'0010}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(physical_presence_is_asked_for_when_the_policy_is_used) {
    Vault vault{Policy{Alg::sha256}.extend(Cc::policy_physical_presence, {}).digest()};
    const Handle session = vault.session();
    BOOST_TEST(vault.bench.rc(PolicyPhysicalPresenceIn{session}) == Rc::success);
    BOOST_TEST(vault.open(session) == Rc{0x990});
    vault.bench.tpm.set_physical_presence(true);
    BOOST_TEST(vault.open(session) == Rc::success);
}

BOOST_AUTO_TEST_CASE(a_demanded_digest_is_that_of_the_command_and_there_is_one_only) {  // 23.13, 23.14, 23.21
    Bench probe;
    probe.start();
    const Handle trial = probe.session(Se::trial).session_handle;
    BOOST_TEST(probe.rc(PolicyCpHashIn{trial, {Bytes(31)}}) == Rc{0x1D5});
    BOOST_TEST(probe.rc(PolicyCpHashIn{trial, {Bytes(32, 1)}}) == Rc::success);
    BOOST_TEST(probe.rc(PolicyCpHashIn{trial, {Bytes(32, 1)}}) == Rc::success);
    BOOST_TEST(probe.rc(PolicyCpHashIn{trial, {Bytes(32, 2)}}) == Rc{0x151});
    BOOST_TEST(probe.rc(PolicyNameHashIn{trial, {Bytes(32, 1)}}) == Rc{0x151});
    BOOST_TEST(probe.rc(PolicyTemplateIn{trial, {Bytes(32, 1)}}) == Rc{0x151});
    BOOST_TEST(probe.rc(PolicyDuplicationSelectIn{trial}) == Rc{0x151});
    BOOST_REQUIRE(probe.call(PolicyRestartIn{trial}));
    BOOST_REQUIRE(probe.call(PolicyCommandCodeIn{trial, Cc::unseal}));
    BOOST_TEST(probe.rc(PolicyDuplicationSelectIn{trial}) == Rc{0x143});

    // The digest of Unseal of this object, asked for by the policy of the owner.
    Bench bench;
    bench.start();
    const Bytes auth{5};
    const Bytes cp =
        digest(Alg::sha256, {store(static_cast<std::uint32_t>(Cc::hierarchy_change_auth), byte_order),
                             name_of(rh::owner), *from_hex("000105")});
    const Bytes names = digest(Alg::sha256, {name_of(rh::owner)});
    struct Way {
        Cc cc;
        Bytes hash;
    };
    for (const Way& way : {Way{Cc::policy_cp_hash, cp}, Way{Cc::policy_name_hash, names}}) {
        const Bytes policy = Policy{Alg::sha256}.extend(way.cc, {way.hash}).digest();
        BOOST_REQUIRE(bench.call(SetPrimaryPolicyIn{rh::owner, {policy}, Alg::sha256}, {password()}));
        const Handle session = bench.session(Se::policy).session_handle;
        const Bytes assertion =
            assemble_command(way.cc, store(session, byte_order), {}, concat({*from_hex("0020"), way.hash}));
        BOOST_TEST(response_code(bench.send(assertion)).value() == Rc::success);
        if (way.cc == Cc::policy_cp_hash)
            BOOST_TEST(bench.rc(HierarchyChangeAuthIn{rh::owner, {Bytes{6}}}, {tpm::policy(session)}) ==
                       Rc{0x99D});
        else
            BOOST_TEST(bench.rc(NvDefineSpaceIn{}, {tpm::policy(session)}) != Rc::success);
        BOOST_TEST(bench.rc(HierarchyChangeAuthIn{rh::owner, {auth}}, {tpm::policy(session)}) == Rc::success);
        BOOST_REQUIRE(bench.call(HierarchyChangeAuthIn{rh::owner, {}}, {password(auth)}));
    }
}

BOOST_AUTO_TEST_CASE(a_template_is_the_one_that_the_policy_names) {  // 23.21
    Bench bench;
    bench.start();
    const TpmtPublic allowed = templates::storage_key(Alg::ecc);
    const Bytes hash = digest(Alg::sha256, {encode(allowed, byte_order)});
    const Bytes wanted = Policy{Alg::sha256}.extend(Cc::policy_template, {hash}).digest();
    BOOST_REQUIRE(bench.call(SetPrimaryPolicyIn{rh::owner, {wanted}, Alg::sha256}, {password()}));
    const Handle session = bench.session(Se::policy).session_handle;
    BOOST_REQUIRE(bench.call(PolicyTemplateIn{session, {hash}}));
    CreatePrimaryIn in{.primary_handle = rh::owner, .in_public = {templates::attestation_key(Alg::ecc)}};
    BOOST_TEST(bench.rc(in, {tpm::policy(session)}) == Rc{0x99D});
    BOOST_TEST(bench.rc(HierarchyChangeAuthIn{rh::owner, {}}, {tpm::policy(session)}) == Rc{0x99D});
    in.in_public.value = allowed;
    BOOST_TEST(bench.rc(in, {tpm::policy(session)}) == Rc::success);
}

/// A key whose signatures count, and the signature that a policy asks for.
struct Approver {
    explicit Approver(Bench& bench, Handle hierarchy = rh::owner) {
        TpmtPublic area = templates::attestation_key(Alg::ecc);
        area.object_attributes &= ~oa::restricted;
        const auto made = bench.primary(hierarchy, area);
        handle = made.object_handle;
        name = made.name.value;
    }
    TpmtSignature sign(Bench& bench, const Bytes& hashed) const {
        return bench.call(SignIn{.key_handle = handle, .digest = {hashed}}, {password()})->signature;
    }
    Handle handle;
    Bytes name;
};

BOOST_AUTO_TEST_CASE(a_signature_allows_what_it_was_given_for) {  // 23.3
    Vault vault{Bytes(32, 1)};
    Bench& bench = vault.bench;
    const Approver approver{bench};
    const Bytes ref{1, 2, 3};
    vault.seal(Policy{Alg::sha256}.signed_by(approver.name, ref).digest());
    const auto started = bench.session(Se::policy);
    PolicySignedIn in{.auth_object = approver.handle, .policy_session = started.session_handle};
    in.policy_ref.value = ref;
    in.nonce_tpm = started.nonce_tpm;
    in.expiration = 10;
    const auto hashed = [&](std::uint32_t expiration) {
        return digest(Alg::sha256, {started.nonce_tpm.value, store(expiration, byte_order), ref});
    };
    in.auth = approver.sign(bench, hashed(11));
    BOOST_TEST(bench.rc(in) == Rc{0x5DB});  // TPM_RC_SIGNATURE, parameter 5
    in.auth = approver.sign(bench, hashed(10));
    BOOST_TEST(bench.rc(in) == Rc::success);
    BOOST_TEST(vault.open(in.policy_session) == Rc::success);

    in.policy_session = bench.session(Se::policy).session_handle;
    BOOST_TEST(bench.rc(in) == Rc{0x1CF});  // the nonce is that of another session
    in.nonce_tpm.value.clear();
    in.cp_hash_a.value = Bytes(20);
    BOOST_TEST(bench.rc(in) == Rc{0x2D5});
    in.cp_hash_a.value.clear();
    bench.time.advance(std::chrono::seconds{60});
    BOOST_TEST(bench.rc(in) == Rc{0x4E3});  // TPM_RC_EXPIRED, parameter 4
    in.auth.sig_alg = Alg::rsassa;
    in.auth.rsa.value = Bytes(256, 1);
    in.expiration = 0;
    BOOST_TEST(bench.rc(in) == Rc{0x5D2});  // TPM_RC_SCHEME, parameter 5
}

BOOST_AUTO_TEST_CASE(an_authorization_ends_when_its_time_has_come) {  // 9.2: EXPIRED
    Vault vault{Policy{Alg::sha256}.secret(name_of(rh::owner)).digest()};
    const auto started = vault.bench.session(Se::policy);
    PolicySecretIn in{.auth_handle = rh::owner, .policy_session = started.session_handle};
    in.nonce_tpm = started.nonce_tpm;
    in.expiration = 5;
    BOOST_TEST(vault.bench.rc(in, {password()}) == Rc::success);
    vault.bench.time.advance(std::chrono::seconds{6});
    BOOST_TEST(vault.open(started.session_handle) == Rc{0x9A3});
}

BOOST_AUTO_TEST_CASE(a_ticket_stands_for_the_authorization_that_gave_it) {  // 23.5
    Vault vault{Policy{Alg::sha256}.secret(name_of(rh::owner), Bytes{4}).digest()};
    Bench& bench = vault.bench;
    PolicySecretIn in{.auth_handle = rh::owner, .policy_session = vault.session()};
    in.policy_ref.value = {4};
    in.expiration = static_cast<std::uint32_t>(-30);
    const auto given = bench.call(in, {password()});
    BOOST_REQUIRE(given);
    BOOST_TEST((given->policy_ticket.tag_ == Tag::auth_secret));
    BOOST_TEST(given->policy_ticket.hierarchy == rh::owner);
    BOOST_TEST(given->timeout.value.size() == 8U);

    const auto present = [&](auto change) {
        PolicyTicketIn use{.policy_session = vault.session(),
                           .timeout = given->timeout,
                           .policy_ref = {{4}},
                           .auth_name = {name_of(rh::owner)},
                           .ticket = given->policy_ticket};
        change(use);
        const Rc rc = bench.rc(use);
        const Rc opened = rc == Rc::success ? vault.open(use.policy_session) : rc;
        if (opened != Rc::success) BOOST_REQUIRE(bench.call(FlushContextIn{use.policy_session}));
        return opened;
    };
    BOOST_TEST(present([](PolicyTicketIn&) {}) == Rc::success);
    BOOST_TEST(present([](PolicyTicketIn& use) { use.timeout.value.pop_back(); }) == Rc{0x1D5});
    BOOST_TEST(present([](PolicyTicketIn& use) { use.timeout.value[6] ^= 1; }) == Rc{0x5E0});
    BOOST_TEST(present([](PolicyTicketIn& use) { use.policy_ref.value = {5}; }) == Rc{0x5E0});
    BOOST_TEST(present([](PolicyTicketIn& use) { use.auth_name.value = name_of(rh::platform); }) ==
               Rc{0x5E0});
    BOOST_TEST(present([](PolicyTicketIn& use) { use.cp_hash_a.value = Bytes(32); }) == Rc{0x5E0});
    BOOST_TEST(present([](PolicyTicketIn& use) { use.ticket.tag_ = Tag::auth_signed; }) == Rc{0x5E0});
    BOOST_TEST(present([](PolicyTicketIn& use) { use.ticket.hierarchy = rh::endorsement; }) == Rc{0x5E0});
    BOOST_TEST(present([](PolicyTicketIn& use) {
                   use.ticket.hierarchy = rh::null;
                   use.ticket.digest.value.clear();
               }) == Rc{0x5E0});
    PolicyTicketIn trial{.policy_session = bench.session(Se::trial).session_handle,
                         .timeout = given->timeout};
    BOOST_TEST(bench.rc(trial) == Rc{0x182});
    bench.time.advance(std::chrono::seconds{31});
    BOOST_TEST(present([](PolicyTicketIn&) {}) == Rc{0x1E3});
}

BOOST_AUTO_TEST_CASE(an_approved_policy_takes_the_place_of_the_one_that_was_met) {  // 23.16
    Vault vault{Bytes(32, 1)};
    Bench& bench = vault.bench;
    const Approver approver{bench};
    const Bytes ref{8};
    vault.seal(Policy{Alg::sha256}.authorized(approver.name, ref).digest());
    const Bytes approved = Policy{Alg::sha256}.command_code(Cc::unseal).digest();
    const Bytes asked = digest(Alg::sha256, {approved, ref});
    VerifySignatureIn verify{.key_handle = approver.handle, .digest = {asked}};
    verify.signature = approver.sign(bench, asked);
    const auto verified = bench.call(verify);
    BOOST_REQUIRE(verified);

    PolicyAuthorizeIn in{.policy_session = vault.session(),
                         .approved_policy = {approved},
                         .policy_ref = {ref},
                         .key_sign = {approver.name},
                         .check_ticket = verified->validation};
    BOOST_TEST(bench.rc(in) == Rc{0x1C4});  // the session has another digest
    BOOST_REQUIRE(bench.call(PolicyCommandCodeIn{in.policy_session, Cc::unseal}));
    PolicyAuthorizeIn bent = in;
    bent.policy_ref.value = {9};
    BOOST_TEST(bench.rc(bent) == Rc{0x4C4});
    bent = in;
    bent.key_sign.value[1] = 0x10;
    BOOST_TEST(bench.rc(bent) == Rc{0x3C3});
    bent.key_sign.value = Bytes(in.key_sign.value.begin(), in.key_sign.value.end() - 1);
    BOOST_TEST(bench.rc(bent) == Rc{0x3D5});
    BOOST_TEST(bench.rc(in) == Rc::success);
    BOOST_TEST(vault.open(in.policy_session) == Rc::success);
}

NvDefineSpaceIn nv_space(Handle handle, std::uint32_t attributes, std::uint16_t size) {
    NvDefineSpaceIn in{.auth_handle = rh::owner};
    in.public_info.value = {.nv_index = handle, .attributes = attributes, .data_size = size};
    return in;
}
constexpr Handle index_handle = 0x0180'0001;

BOOST_AUTO_TEST_CASE(the_content_of_an_index_decides) {  // 23.9
    Bench bench;
    bench.start();
    BOOST_REQUIRE(bench.call(nv_space(index_handle, na::owner_write | na::owner_read | na::auth_read, 8),
                             {password()}));
    const Handle session = bench.session(Se::policy).session_handle;
    const auto compare = [&](Eo operation, const Bytes& operand, std::uint16_t offset = 0,
                             Handle auth = rh::owner) {
        return bench.rc(PolicyNvIn{auth, index_handle, session, {operand}, offset, operation}, {password()});
    };
    BOOST_TEST(compare(Eo::eq, Bytes(8)) == Rc{0x14A});
    BOOST_REQUIRE(
        bench.call(NvWriteIn{rh::owner, index_handle, {*from_hex("80000000000000f0")}, 0}, {password()}));
    BOOST_TEST(compare(Eo::eq, Bytes(1), 9) == Rc{0x2C4});
    BOOST_TEST(compare(Eo::eq, Bytes(2), 7) == Rc{0x1D5});
    BOOST_TEST(compare(Eo{12}, Bytes(2), 7) == Rc{0x3C4});
    BOOST_TEST(compare(Eo::eq, Bytes(8), 0, rh::platform) == Rc{0x149});
    BOOST_TEST(compare(Eo::eq, {}, 0, index_handle) == Rc::success);
    struct Row {
        Eo operation;
        const char* operand;
        bool holds;
    };
    for (const Row& row :
         {Row{Eo::eq, "80000000000000f0", true}, Row{Eo::eq, "80000000000000f1", false},
          Row{Eo::neq, "80000000000000f1", true}, Row{Eo::neq, "80000000000000f0", false},
          Row{Eo::unsigned_gt, "7fffffffffffffff", true}, Row{Eo::signed_gt, "7fffffffffffffff", false},
          Row{Eo::signed_lt, "7fffffffffffffff", true}, Row{Eo::unsigned_lt, "7fffffffffffffff", false},
          Row{Eo::unsigned_ge, "80000000000000f0", true}, Row{Eo::signed_ge, "80000000000000f1", false},
          Row{Eo::signed_le, "80000000000000f0", true}, Row{Eo::unsigned_le, "80000000000000ef", false},
          Row{Eo::bitset, "8000000000000030", true}, Row{Eo::bitset, "8000000000000001", false},
          Row{Eo::bitclear, "000000000000000f", true}, Row{Eo::bitclear, "000000000000001f", false}})
        BOOST_TEST(compare(row.operation, *from_hex(row.operand)) == (row.holds ? Rc::success : Rc::policy),
                   static_cast<int>(row.operation) << " " << row.operand);
    BOOST_TEST(compare(Eo::eq, Bytes{0xF0}, 7) == Rc::success);
    // The digest is the one that a client computes, with WRITTEN in the Name.
    const auto area = bench.call(NvReadPublicIn{index_handle})->nv_public.value;
    BOOST_REQUIRE(bench.call(PolicyRestartIn{session}));
    BOOST_TEST(compare(Eo::eq, Bytes{0xF0}, 7) == Rc::success);
    BOOST_TEST(digest_now(bench, session) ==
               Policy{Alg::sha256}.compared(Cc::policy_nv, Bytes{0xF0}, 7, Eo::eq, name_of(area)).digest());
}

BOOST_AUTO_TEST_CASE(a_policy_in_an_index_takes_the_place_of_the_one_that_was_met) {  // 23.22
    Vault vault{Bytes(32, 1)};
    Bench& bench = vault.bench;
    BOOST_REQUIRE(bench.call(nv_space(index_handle, na::owner_write | na::owner_read, 34), {password()}));
    const Bytes met = Policy{Alg::sha256}.command_code(Cc::unseal).digest();
    const auto write = [&](const char* alg, const Bytes& hash) {
        BOOST_REQUIRE(bench.call(NvWriteIn{rh::owner, index_handle, {concat({*from_hex(alg), hash})}, 0},
                                 {password()}));
    };
    const Handle session = vault.session();
    const PolicyAuthorizeNvIn in{rh::owner, index_handle, session};
    BOOST_TEST(bench.rc(in, {password()}) == Rc{0x14A});
    write("000b", met);
    vault.seal(Policy{Alg::sha256}
                   .authorized_nv(name_of(bench.call(NvReadPublicIn{index_handle})->nv_public.value))
                   .digest());
    BOOST_TEST(bench.rc(in, {password()}) == Rc::value);
    BOOST_REQUIRE(bench.call(PolicyCommandCodeIn{session, Cc::unseal}));
    write("0004", Bytes(32));
    BOOST_TEST(bench.rc(in, {password()}) == Rc::hash);
    write("000b", met);
    BOOST_TEST(bench.rc(in, {password()}) == Rc::success);
    BOOST_TEST(vault.open(session) == Rc::success);
}

BOOST_AUTO_TEST_CASE(clocks_and_counters_decide) {  // 23.10
    Bench bench;
    bench.start();
    bench.time.advance(std::chrono::milliseconds{5000});
    const Handle session = bench.session(Se::policy).session_handle;
    const auto compare = [&](Eo operation, const char* operand, std::uint16_t offset) {
        return bench.rc(PolicyCounterTimerIn{session, {*from_hex(operand)}, offset, operation});
    };
    BOOST_TEST(compare(Eo::unsigned_ge, "0000000000001388", 8) == Rc::success);
    BOOST_TEST(compare(Eo::unsigned_gt, "0000000000001388", 8) == Rc{0x126});
    BOOST_TEST(compare(Eo::eq, "00000001", 16) == Rc::success);  // resetCount
    BOOST_TEST(compare(Eo::eq, "01", 24) == Rc::success);        // safe
    BOOST_TEST(compare(Eo::eq, "01", 26) == Rc{0x2C4});
    BOOST_TEST(compare(Eo::eq, "0101", 24) == Rc{0x08D});
}

BOOST_AUTO_TEST_CASE(an_index_is_written_or_not_as_the_policy_says) {  // 23.20
    const std::uint8_t no = 0;
    const Bytes policy = Policy{Alg::sha256}.extend(Cc::policy_nv_written, {{&no, 1}}).digest();
    Bench bench;
    bench.start();
    auto define = nv_space(index_handle, na::policy_write | na::owner_read, 8);
    define.public_info.value.auth_policy.value = policy;
    BOOST_REQUIRE(bench.call(define, {password()}));
    const NvWriteIn write{index_handle, index_handle, {Bytes(8)}, 0};
    const Handle session = bench.session(Se::policy).session_handle;
    BOOST_REQUIRE(bench.call(PolicyNvWrittenIn{session, 0}));
    BOOST_TEST(bench.rc(PolicyNvWrittenIn{session, 1}) == Rc{0x1C4});
    BOOST_TEST(bench.rc(write, {tpm::policy(session)}) == Rc::success);
    BOOST_REQUIRE(bench.call(PolicyNvWrittenIn{session, 0}));
    BOOST_TEST(bench.rc(write, {tpm::policy(session)}) == Rc{0x99D});
}

}  // namespace
}  // namespace assay::tpm
