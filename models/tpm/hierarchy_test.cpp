// Hierarchies, clock, PCR allocation and access, audit (TPM 2.0 Library 1.59, Part 3, 18, 21, 22, 24,
// 29, 30.3): what each command does, and the exact code of each refusal.
#include <boost/test/unit_test.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"

namespace assay::tpm {
namespace {

std::uint32_t property(Bench& bench, std::uint32_t tag) {
    return bench.call(GetCapabilityIn{Cap::tpm_properties, tag, 1})
        ->capability_data.tpm_properties.items.at(0)
        .value;
}
Bytes primary_name(Bench& bench, Handle hierarchy) {
    const auto made = bench.primary(hierarchy, templates::storage_key(Alg::ecc));
    BOOST_REQUIRE(bench.call(FlushContextIn{made.object_handle}));
    return made.name.value;
}

BOOST_AUTO_TEST_CASE(a_hierarchy_is_closed_by_itself_and_opened_by_the_platform) {  // 24.2
    Bench bench;
    bench.start();
    const auto control = [&](Handle auth, Handle enable, std::uint8_t state) {
        return bench.rc(HierarchyControlIn{auth, enable, state}, {password()});
    };
    const auto key = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    BOOST_REQUIRE(bench.call(EvictControlIn{rh::owner, key.object_handle, 0x8100'0001}, {password()}));
    BOOST_TEST(control(rh::owner, rh::platform, 0) == Rc::auth_type);
    BOOST_TEST(control(rh::owner, rh::endorsement, 0) == Rc::auth_type);
    BOOST_TEST(control(rh::owner, rh::owner, 1) == Rc::success);  // it is open: nothing is opened
    BOOST_TEST(control(rh::owner, rh::lockout, 0) == Rc{0x1C4});
    BOOST_TEST(control(rh::owner, rh::owner, 2) == Rc{0x2C4});
    BOOST_TEST(control(rh::owner, rh::owner, 0) == Rc::success);
    BOOST_TEST(property(bench, 0x201) == 0x8000'000DU);
    BOOST_TEST(bench.rc(ReadPublicIn{key.object_handle}) == Rc::reference_h0);
    BOOST_TEST(bench.rc(ReadPublicIn{0x8100'0001}) == Rc{0x18B});
    BOOST_TEST(control(rh::owner, rh::owner, 0) == Rc{0x185});
    BOOST_TEST(control(rh::platform, rh::owner, 1) == Rc::success);
    BOOST_TEST(bench.rc(ReadPublicIn{0x8100'0001}) == Rc::success);
    BOOST_TEST(control(rh::platform, rh::platform_nv, 0) == Rc::success);
    NvDefineSpaceIn define{.auth_handle = rh::platform};
    define.public_info.value = {
        .nv_index = 0x0100'0001,
        .attributes = nv_attribute::pp_write | nv_attribute::pp_read | nv_attribute::platform_create,
        .data_size = 8};
    BOOST_TEST(bench.rc(define, {password()}) == Rc{0x185});
    BOOST_TEST(control(rh::platform, rh::platform, 0) == Rc::success);
    BOOST_TEST(control(rh::platform, rh::platform, 1) == Rc{0x185});
    bench.power_cycle();
    bench.start();
    BOOST_TEST(control(rh::platform, rh::platform, 1) == Rc::success);
}

BOOST_AUTO_TEST_CASE(a_new_seed_gives_new_keys_and_ends_the_old_ones) {  // 24.4, 24.5
    Bench bench;
    bench.start();
    for (const Handle hierarchy : {rh::endorsement, rh::platform}) {
        const Bytes before = primary_name(bench, hierarchy), owner = primary_name(bench, rh::owner);
        const auto key = bench.primary(hierarchy, templates::storage_key(Alg::ecc));
        const auto context = bench.call(ContextSaveIn{key.object_handle})->context;
        BOOST_TEST(bench.rc(hierarchy == rh::platform ? HierarchyChangeAuthIn{rh::lockout, {}}
                                                      : HierarchyChangeAuthIn{rh::endorsement, {Bytes{1}}},
                            {password()}) == Rc::success);
        if (hierarchy == rh::platform)
            BOOST_TEST(bench.rc(ChangePpsIn{rh::platform}, {password()}) == Rc::success);
        else
            BOOST_TEST(bench.rc(ChangeEpsIn{rh::platform}, {password()}) == Rc::success);
        BOOST_TEST(bench.rc(ReadPublicIn{key.object_handle}) == Rc::reference_h0);
        BOOST_TEST(bench.rc(ContextLoadIn{context}) == Rc{0x1DF});
        BOOST_TEST(primary_name(bench, hierarchy) != before);  // and its authValue is empty again
        BOOST_TEST(primary_name(bench, rh::owner) == owner);
    }
    BOOST_TEST(bench.rc(ChangeEpsIn{rh::owner}, {password()}) == Rc{0x184});
}

BOOST_AUTO_TEST_CASE(clear_can_be_forbidden_by_lockout_and_allowed_by_the_platform) {  // 24.7
    Bench bench;
    bench.start();
    BOOST_TEST(bench.rc(ClearControlIn{rh::lockout, 0}, {password()}) == Rc::auth_fail);
    BOOST_TEST(bench.rc(ClearControlIn{rh::lockout, 2}, {password()}) == Rc{0x1C4});
    BOOST_TEST(bench.rc(ClearControlIn{rh::lockout, 1}, {password()}) == Rc::success);
    BOOST_TEST((property(bench, 0x200) & 1U << 8) != 0U);
    BOOST_TEST(bench.rc(ClearIn{rh::platform}, {password()}) == Rc::disabled);
    BOOST_TEST(bench.rc(ClearControlIn{rh::platform, 0}, {password()}) == Rc::success);
    BOOST_TEST(bench.rc(ClearIn{rh::platform}, {password()}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(a_counter_goes_on_where_a_cleared_one_was) {  // Part 1, 37.2.4
    Bench bench;
    bench.start();
    NvDefineSpaceIn define{.auth_handle = rh::owner};
    define.public_info.value = {.nv_index = 0x0180'0001,
                                .attributes = nv_attribute::owner_write | nv_attribute::owner_read | 1U << 4,
                                .data_size = 8};
    const NvIncrementIn increment{rh::owner, 0x0180'0001};
    BOOST_REQUIRE(bench.call(define, {password()}));
    for (int i = 0; i < 3; ++i) BOOST_TEST(bench.rc(increment, {password()}) == Rc::success);
    BOOST_TEST(bench.rc(ClearIn{rh::lockout}, {password()}) == Rc::success);
    BOOST_REQUIRE(bench.call(define, {password()}));
    BOOST_TEST(bench.rc(increment, {password()}) == Rc::success);
    const auto value = bench.call(NvReadIn{rh::owner, 0x0180'0001, 8, 0}, {password()});
    BOOST_TEST(value->data.value == *from_hex("0000000000000004"));
}

BOOST_AUTO_TEST_CASE(the_policy_of_a_hierarchy_has_the_size_of_its_hash) {  // 24.3
    Bench bench;
    bench.start();
    BOOST_TEST(bench.rc(SetPrimaryPolicyIn{rh::owner, {Bytes(31)}, Alg::sha256}, {password()}) == Rc{0x1D5});
    BOOST_TEST(bench.rc(SetPrimaryPolicyIn{rh::owner, {Bytes(32)}, Alg::null}, {password()}) == Rc{0x1D5});
    BOOST_TEST(bench.rc(SetPrimaryPolicyIn{rh::null, {}, Alg::null}, {password()}) == Rc{0x184});
    const Bytes policy = Policy{Alg::sha384}.auth_value().digest();
    BOOST_TEST(bench.rc(SetPrimaryPolicyIn{rh::lockout, {policy}, Alg::sha384}, {password()}) == Rc::success);
    const Handle wrong = bench.session(Se::policy).session_handle;
    BOOST_REQUIRE(bench.call(PolicyPasswordIn{wrong}));
    BOOST_TEST(bench.rc(ClearIn{rh::lockout}, {policy_with_password(wrong, {})}) == Rc{0x99D});
    const Handle session = bench.session(Se::policy, Alg::sha384).session_handle;
    BOOST_REQUIRE(bench.call(PolicyPasswordIn{session}));
    BOOST_TEST(bench.rc(ClearIn{rh::lockout}, {policy_with_password(session, {})}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(the_clock_goes_forward_only_and_at_its_rate) {  // 29.2, 29.3
    Bench bench;
    bench.start();
    const auto clock = [&] {
        return bench.call(ReadClockIn{})->current_time.clock_info.clock;
    };
    BOOST_TEST(bench.rc(ClockSetIn{rh::owner, 1'000'000}, {password()}) == Rc::success);
    BOOST_TEST(clock() == 1'000'000U);
    BOOST_TEST(bench.rc(ClockSetIn{rh::owner, 999'999}, {password()}) == Rc{0x1C4});
    BOOST_TEST(bench.rc(ClockSetIn{rh::owner, 0xFFFF'0000'0000'0001}, {password()}) == Rc{0x1C4});
    BOOST_TEST(bench.rc(ClockRateAdjustIn{rh::owner, 4}, {password()}) == Rc{0x1C4});
    BOOST_TEST(bench.rc(ClockRateAdjustIn{rh::owner, 0xFC}, {password()}) == Rc{0x1C4});
    BOOST_TEST(bench.rc(ClockRateAdjustIn{rh::owner, 3}, {password()}) == Rc::success);
    bench.time.advance(std::chrono::milliseconds{29'700});
    BOOST_TEST(clock() == 1'030'000U);  // 1 percent faster
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(bench.rc(ClockRateAdjustIn{rh::owner, 0xFD}, {password()}) == Rc::success);
    bench.time.advance(std::chrono::milliseconds{35'000});
    BOOST_TEST(clock() == 1'060'000U);  // as slow as it gets
    bench.power_cycle();
    bench.start();
    const std::uint64_t start = clock();
    bench.time.advance(std::chrono::milliseconds{1000});
    BOOST_TEST(clock() == start + 1000);
}

BOOST_AUTO_TEST_CASE(banks_are_allocated_from_the_next_start_on) {  // 22.5
    Bench bench;
    bench.start();
    const auto allocate = [&](std::vector<TpmsPcrSelection> banks) {
        return bench.call(PcrAllocateIn{rh::platform, {std::move(banks)}}, {password()});
    };
    const auto refused =
        allocate({TpmsPcrSelection::mask(Alg::sha1, 0), TpmsPcrSelection::mask(Alg::sha256, 0xFF'FFFE),
                  TpmsPcrSelection::mask(Alg::sha384, 0), TpmsPcrSelection::mask(Alg::sha512, 0)});
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().rc == Rc::pcr);
    const auto out =
        allocate({TpmsPcrSelection::mask(Alg::sha1, 0), TpmsPcrSelection::mask(Alg::sha512, 0x00'FFFF)});
    BOOST_REQUIRE(out);
    BOOST_TEST(out->allocation_success == 1);
    BOOST_TEST(out->max_pcr == 24U);
    BOOST_TEST(out->size_needed == 24U * (32 + 48) + 16U * 64);
    BOOST_TEST(out->size_available == 0xF60U);
    const auto reads = [&](Alg bank, std::size_t pcr) {
        return bench.call(PcrReadIn{{{TpmsPcrSelection::of(bank, {pcr})}}})->pcr_values.items.size();
    };
    BOOST_TEST(reads(Alg::sha1, 0) == 1U);
    BOOST_TEST(bench.rc(ShutdownIn{Su::state}) == Rc{0x1CA});
    BOOST_TEST(bench.rc(ShutdownIn{Su::clear}) == Rc::success);
    bench.power_cycle();
    bench.start();
    BOOST_TEST(reads(Alg::sha1, 0) == 0U);
    BOOST_TEST(reads(Alg::sha256, 20) == 1U);
    BOOST_TEST(reads(Alg::sha512, 15) == 1U);
    BOOST_TEST(reads(Alg::sha512, 16) == 0U);
    BOOST_TEST(bench.rc(PcrExtendIn{.pcr_handle = 16, .digests = {{{Alg::sha512, Bytes(64)}}}},
                        {password()}) == Rc::success);
    const auto banks = bench.call(GetCapabilityIn{Cap::pcrs, 0, 1})->capability_data.assigned_pcr.items;
    BOOST_TEST((banks.at(0) == TpmsPcrSelection::mask(Alg::sha1, 0)));
    BOOST_TEST((banks.at(3) == TpmsPcrSelection::mask(Alg::sha512, 0xFFFF)));
    BOOST_TEST(bench.rc(ShutdownIn{Su::state}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(a_measured_launch_is_in_pcr_0_or_in_pcr_17) {  // Part 1, 34.2
    Bench bench;
    const auto value = [&](std::size_t pcr) {
        return bench.call(PcrReadIn{{{TpmsPcrSelection::of(Alg::sha256, {pcr})}}})
            ->pcr_values.items.at(0)
            .value;
    };
    const auto launch = [&](std::string_view data) {
        bench.tpm.hash_start();
        bench.tpm.hash_data(as_bytes(data.substr(0, 3)));
        bench.tpm.hash_data(as_bytes(data.substr(3)));
        bench.tpm.hash_end();
    };
    Bytes begin(32);
    begin.back() = 4;
    BOOST_TEST(!bench.tpm.is_established());
    launch("firmware");
    BOOST_TEST(bench.tpm.is_established());
    bench.start();
    BOOST_TEST(value(0) == digest(Alg::sha256, {begin, digest(Alg::sha256, {as_bytes("firmware")})}));
    BOOST_TEST(value(17) == Bytes(32, 0xFF));
    const std::uint32_t restarts = bench.call(ReadClockIn{})->current_time.clock_info.restart_count;
    launch("hypervisor");
    BOOST_TEST(value(17) == digest(Alg::sha256, {Bytes(32), digest(Alg::sha256, {as_bytes("hypervisor")})}));
    BOOST_TEST(value(22) == Bytes(32));
    BOOST_TEST(bench.call(ReadClockIn{})->current_time.clock_info.restart_count == restarts + 1);
    bench.tpm.hash_start();
    const Bytes before = value(17);  // a command
    bench.tpm.hash_data(Bytes(3));
    bench.tpm.hash_end();
    BOOST_TEST(value(17) == before);
    bench.tpm.reset_established();
    BOOST_TEST(!bench.tpm.is_established());
    bench.power_cycle();
    bench.start();
    BOOST_TEST(value(0) == Bytes(32));
}

BOOST_AUTO_TEST_CASE(in_failure_mode_it_tells_who_it_is_and_that_it_failed) {  // Part 1, 12.3
    Bench bench;
    bench.start();
    bench.tpm.enter_failure_mode();
    const auto result = bench.call(GetTestResultIn{});
    BOOST_REQUIRE(result);
    BOOST_TEST(result->test_result == 0x101U);
    BOOST_TEST(result->out_data.value.size() >= 12U);
    BOOST_TEST(bench.rc(GetCapabilityIn{Cap::tpm_properties, 0x105, 1}) == Rc::success);
    BOOST_TEST(bench.rc(GetCapabilityIn{Cap::tpm_properties, 0x100, 1}) == Rc::failure);
    BOOST_TEST(bench.rc(GetCapabilityIn{Cap::algs, 0, 1}) == Rc::failure);
    BOOST_TEST(bench.rc(GetRandomIn{4}) == Rc::failure);
    bench.power_cycle();
    bench.start();
    BOOST_TEST(bench.rc(GetRandomIn{4}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(three_pcrs_have_an_auth_value_and_a_policy) {  // 22.6, 22.7
    Bench bench;
    bench.start();
    bench.locality = 2;
    const auto extend = [&](Handle pcr, TpmsAuthCommand session) {
        return bench.rc(PcrExtendIn{.pcr_handle = pcr, .digests = {{{Alg::sha256, Bytes(32)}}}},
                        {std::move(session)});
    };
    BOOST_TEST(bench.rc(PcrSetAuthValueIn{5, {Bytes{1}}}, {password()}) == Rc::value);
    BOOST_TEST(bench.rc(PcrSetAuthValueIn{21, {Bytes{1}}}, {password()}) == Rc::success);
    BOOST_TEST(extend(21, password()) == Rc{0x9A2});
    BOOST_TEST(extend(22, password(Bytes{1})) == Rc::success);
    BOOST_TEST(extend(5, password()) == Rc::success);

    const Bytes policy = Policy{Alg::sha256}.command_code(Cc::pcr_extend).digest();
    const auto set = [&](const Bytes& digest, Alg hash, Handle pcr) {
        return bench.rc(PcrSetAuthPolicyIn{rh::platform, {digest}, hash, pcr}, {password()});
    };
    BOOST_TEST(set(policy, Alg::sha1, 21) == Rc{0x1D5});
    BOOST_TEST(set(policy, Alg::sha256, 5) == Rc{0x3C4});
    BOOST_TEST(set(policy, Alg::sha256, 24) == Rc{0x3C4});
    BOOST_TEST(set(policy, Alg::sha256, 21) == Rc::success);
    BOOST_TEST(extend(21, password(Bytes{1})) == Rc::auth_type);
    const Handle session = bench.session(Se::policy).session_handle;
    BOOST_TEST(extend(21, tpm::policy(session)) == Rc{0x99D});
    BOOST_REQUIRE(bench.call(PolicyCommandCodeIn{session, Cc::pcr_extend}));
    BOOST_TEST(extend(21, tpm::policy(session)) == Rc::success);
    BOOST_TEST(extend(5, tpm::policy(session)) == Rc::auth_unavailable);
    BOOST_TEST(set({}, Alg::null, 21) == Rc::success);
    BOOST_TEST(extend(21, password(Bytes{1})) == Rc::success);
}

BOOST_AUTO_TEST_CASE(parameters_are_tested_without_an_object) {  // 30.3, 10.3
    Bench bench;
    bench.start();
    TestParmsIn in{{.type = Alg::ecc, .curve = Curve::p256}};
    BOOST_TEST(bench.rc(in) == Rc::success);
    in.parameters.curve = Curve{0x10};
    BOOST_TEST(bench.rc(in) == Rc{0x1E6});
    in.parameters = {.type = Alg::rsa, .key_bits = 2048};
    BOOST_TEST(bench.rc(in) == Rc::success);
    in.parameters.key_bits = 4096;
    BOOST_TEST(bench.rc(in) == Rc{0x1C4});
    in.parameters = {.type = Alg::symcipher, .symmetric = {.algorithm = Alg::camellia, .key_bits = 128}};
    BOOST_TEST(bench.rc(in) == Rc{0x1D6});
    in.parameters.type = Alg::aes;
    BOOST_TEST(bench.rc(in) == Rc{0x1CA});
    BOOST_TEST(bench.call(IncrementalSelfTestIn{{{Alg::sha256, Alg::ecc}}})->to_do_list.items.empty());
    BOOST_TEST(bench.rc(IncrementalSelfTestIn{{{Alg::camellia}}}) == Rc{0x1C4});
}

TpmsAttest attested(const AttestOut& out) { return *decode<TpmsAttest>(out.attest.value, byte_order); }

BOOST_AUTO_TEST_CASE(time_and_index_content_are_vouched_for) {  // 18.7, 31.16
    namespace na = nv_attribute;
    Bench bench;
    bench.start();
    const auto key = bench.primary(rh::endorsement, templates::attestation_key(Alg::ecc));
    bench.time.advance(std::chrono::milliseconds{777});
    const auto time =
        bench.call(GetTimeIn{rh::endorsement, key.object_handle, {{5}}}, {password(), password()});
    BOOST_REQUIRE(time);
    BOOST_TEST(attested(*time).time.time.time == 777U);
    BOOST_TEST(attested(*time).time.firmware_version == bench.tpm.config().firmware_version);
    BOOST_TEST(attested(*time).extra_data.value == Bytes{5});
    Bytes handles;
    for (const Handle handle : {rh::endorsement, rh::null}) append(handles, store(handle, byte_order));
    const Bytes long_data = concat({*from_hex("0043"), Bytes(67), *from_hex("0010")});
    const std::vector<TpmsAuthCommand> two(2, password());
    BOOST_TEST(response_code(bench.send(assemble_command(Cc::get_time, handles, two, long_data))).value() ==
               Rc{0x1D5});
    const auto storage = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    BOOST_TEST(bench.rc(GetTimeIn{rh::endorsement, storage.object_handle}, {password(), password()}) ==
               Rc{0x29C});
    GetTimeIn other{rh::endorsement, key.object_handle};
    other.in_scheme = TpmtScheme::with(Alg::ecdsa, Alg::sha384);
    BOOST_TEST(bench.rc(other, {password(), password()}) == Rc{0x2D2});

    NvDefineSpaceIn define{.auth_handle = rh::owner};
    define.public_info.value = {
        .nv_index = 0x0180'0001, .attributes = na::owner_write | na::owner_read, .data_size = 8};
    BOOST_REQUIRE(bench.call(define, {password()}));
    NvCertifyIn in{key.object_handle, rh::owner, 0x0180'0001, {}, {}, 4, 2};
    BOOST_TEST(bench.rc(in, {password(), password()}) == Rc{0x14A});
    BOOST_REQUIRE(
        bench.call(NvWriteIn{rh::owner, 0x0180'0001, {*from_hex("0001020304050607")}, 0}, {password()}));
    const auto part = bench.call(in, {password(), password()});
    BOOST_REQUIRE(part);
    BOOST_TEST(attested(*part).nv.nv_contents.value == *from_hex("02030405"));
    BOOST_TEST(attested(*part).nv.offset == 2);
    BOOST_TEST(attested(*part).nv.index_name.value == bench.call(NvReadPublicIn{0x0180'0001})->nv_name.value);
    in.size = 7;
    BOOST_TEST(bench.rc(in, {password(), password()}) == Rc::nv_range);
    in.size = in.offset = 0;
    const auto whole = bench.call(in, {password(), password()});
    BOOST_REQUIRE(whole);
    BOOST_TEST(attested(*whole).nv_digest.nv_digest.value ==
               digest(Alg::sha256, {*from_hex("0001020304050607")}));
    in.auth_handle = rh::platform;
    BOOST_TEST(bench.rc(in, {password(), password()}) == Rc::nv_authorization);
    in.sign_handle = storage.object_handle;
    BOOST_TEST(bench.rc(in, {password(), password()}) == Rc{0x19C});
}

BOOST_AUTO_TEST_CASE(audited_commands_are_in_the_digest_and_others_are_not) {  // 18.6, 21.2; Part 1, 31.4
    Bench bench;
    bench.start();
    const auto key = bench.primary(rh::endorsement, templates::attestation_key(Alg::ecc));
    const GetCommandAuditDigestIn get{rh::endorsement, rh::null};
    const auto now = [&] {
        return attested(*bench.call(get, {password(), password()})).command_audit;
    };
    BOOST_TEST(now().audit_digest.value.empty());
    const auto set = [&](Alg hash, std::vector<Cc> on, std::vector<Cc> off) {
        return bench.rc(SetCommandCodeAuditStatusIn{rh::owner, hash, {std::move(on)}, {std::move(off)}},
                        {password()});
    };
    BOOST_TEST(set(Alg::sha256, {Cc::get_random}, {}) == Rc{0x1C4});
    BOOST_TEST(set(Alg::sha256, {}, {}) == Rc::success);
    BOOST_TEST(set(Alg::null, {Cc::get_random, Cc::shutdown}, {Cc::set_command_code_audit_status}) ==
               Rc::success);
    const Bytes before = now().audit_digest.value;
    BOOST_TEST(now().audit_counter == 1U);
    BOOST_TEST((now().digest_alg == Alg::sha256));
    BOOST_TEST(now().command_digest.value == digest(Alg::sha256, {*from_hex("000001400000017b")}));
    const Bytes response = bench.send(encode_command(GetRandomIn{4}));
    const Bytes cp = digest(Alg::sha256, {*from_hex("0000017b0004")});
    const Bytes rp =
        digest(Alg::sha256, {*from_hex("000000000000017b"), ByteView{response}.subspan(header_size)});
    BOOST_TEST(now().audit_digest.value == digest(Alg::sha256, {before, cp, rp}));
    const Bytes after = now().audit_digest.value;
    BOOST_TEST(bench.rc(ReadClockIn{}) == Rc::success);
    BOOST_TEST(now().audit_digest.value == after);
    // A signed report begins a new digest.
    const auto report =
        bench.call(GetCommandAuditDigestIn{rh::endorsement, key.object_handle}, {password(), password()});
    BOOST_REQUIRE(report);
    BOOST_TEST(attested(*report).command_audit.audit_digest.value == after);
    BOOST_TEST(now().audit_digest.value.empty());
    BOOST_TEST(bench.rc(GetRandomIn{4}) == Rc::success);
    BOOST_TEST(now().audit_counter == 2U);
    const auto listed = bench.call(GetCapabilityIn{Cap::audit_commands, 0, 9})->capability_data.numbers.items;
    BOOST_TEST((listed == std::vector<std::uint32_t>{0x140, 0x17B}));
}

BOOST_AUTO_TEST_CASE(an_audit_session_tells_what_it_saw) {  // 18.5; Part 1, 31.3
    namespace sa = session_attribute;
    Bench bench;
    bench.start();
    const auto started = bench.session(Se::hmac);
    GetSessionAuditDigestIn in{rh::endorsement, rh::null, started.session_handle};
    BOOST_TEST(bench.rc(in, {password(), password()}) == Rc{0x38A});
    ClientSession session{started, {.nonce_caller = Bytes(16, 1)}, bench.random};
    session.attributes = sa::continue_session | sa::audit;
    const Bytes response = bench.send(session.command(GetRandomIn{4}, {}));
    BOOST_REQUIRE(response_code(response).value() == Rc::success);
    BOOST_REQUIRE(session.response<GetRandomOut>(response));
    const Bytes cp = digest(Alg::sha256, {*from_hex("0000017b0004")});
    const Bytes rp =
        digest(Alg::sha256, {*from_hex("000000000000017b"), ByteView{response}.subspan(header_size + 4, 6)});
    const auto told = attested(*bench.call(in, {password(), password()})).session_audit;
    BOOST_TEST(told.session_digest.value == digest(Alg::sha256, {Bytes(32), cp, rp}));
    BOOST_TEST(told.exclusive_session == 1);
    // That command was one without the session: it is exclusive no longer.
    BOOST_TEST(attested(*bench.call(in, {password(), password()})).session_audit.exclusive_session == 0);
}

}  // namespace
}  // namespace assay::tpm
