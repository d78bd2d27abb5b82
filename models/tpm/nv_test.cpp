// NV indices of every type and the dictionary attack over time (TPM 2.0 Library 1.59, Part 1, 19.8 and 37;
// Part 3, 25 and 31): what an index does, and the exact code of each refusal.
#include <boost/test/unit_test.hpp>

#include "models/tpm/test_tpm.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
constexpr Handle first_index = 0x0180'0001, second_index = 0x0180'0002;
constexpr std::uint32_t by_owner = na::owner_write | na::owner_read;
constexpr std::uint32_t type_bits(Nt type) { return static_cast<std::uint32_t>(type) << 4; }

NvDefineSpaceIn index_with(std::uint32_t attributes, std::uint16_t size, Handle handle = first_index) {
    NvDefineSpaceIn in{.auth_handle = rh::owner};
    in.public_info.value = {.nv_index = handle, .attributes = attributes, .data_size = size};
    return in;
}
/// Owner's commands on an index.
struct Index {
    Bench& bench;
    Handle handle = first_index;
    Rc write(const Bytes& data, std::uint16_t offset = 0) {
        return bench.rc(NvWriteIn{rh::owner, handle, {data}, offset}, {password()});
    }
    Bytes read(std::uint16_t size) {
        const auto out = bench.call(NvReadIn{rh::owner, handle, size, 0}, {password()});
        return out ? out->data.value : Bytes{};
    }
    Rc readable(std::uint16_t size = 1, std::uint16_t offset = 0) {
        return bench.rc(NvReadIn{rh::owner, handle, size, offset}, {password()});
    }
    Rc increment() { return bench.rc(NvIncrementIn{rh::owner, handle}, {password()}); }
    Rc set_bits(std::uint64_t bits) { return bench.rc(NvSetBitsIn{rh::owner, handle, bits}, {password()}); }
    Rc extend(const Bytes& data) { return bench.rc(NvExtendIn{rh::owner, handle, {data}}, {password()}); }
    Rc write_lock() { return bench.rc(NvWriteLockIn{rh::owner, handle}, {password()}); }
    Rc read_lock() { return bench.rc(NvReadLockIn{rh::owner, handle}, {password()}); }
};
void restart(Bench& bench, Su how = Su::clear) {
    if (how == Su::state) BOOST_REQUIRE(bench.call(ShutdownIn{Su::state}));
    bench.power_cycle();
    BOOST_REQUIRE(bench.call(StartupIn{how}));
}

BOOST_AUTO_TEST_CASE(an_index_is_defined_by_its_rules) {  // 31.3
    Bench bench;
    bench.start();
    struct Row {
        std::uint32_t attributes;
        std::uint16_t size;
        Rc rc;
    };
    constexpr Rc attributes{0x2C2}, size{0x2D5};
    for (const Row& row :
         {Row{by_owner | type_bits(Nt{3}), 8, attributes}, Row{by_owner, 2049, size},
          Row{by_owner | type_bits(Nt::counter), 7, size}, Row{by_owner | type_bits(Nt::bits), 9, size},
          Row{by_owner | type_bits(Nt::extend), 31, size},
          Row{by_owner | type_bits(Nt::counter) | na::clear_st_clear, 8, attributes},
          Row{by_owner | type_bits(Nt::pin_fail), 8, attributes},
          Row{by_owner | type_bits(Nt::pin_pass) | na::auth_write, 8, attributes},
          Row{by_owner | type_bits(Nt::pin_pass) | na::global_lock, 8, attributes},
          Row{by_owner | na::written, 8, attributes}, Row{na::owner_write, 8, attributes},
          Row{na::owner_read, 8, attributes},
          Row{by_owner | na::clear_st_clear | na::write_define, 8, attributes},
          Row{by_owner | na::policy_delete, 8, attributes}, Row{by_owner | na::platform_create, 8, Rc{0x182}},
          Row{by_owner | na::write_all, 1025, size}, Row{by_owner | 1U << 8, 8, Rc{0x2E1}}})
        BOOST_TEST(bench.rc(index_with(row.attributes, row.size), {password()}) == row.rc,
                   row.attributes << " " << row.size);
    auto in = index_with(by_owner, 8);
    in.auth.value = Bytes(33, 1);
    BOOST_TEST(bench.rc(in, {password()}) == Rc{0x1D5});
    in.auth.value.clear();
    in.public_info.value.auth_policy.value = Bytes(31);
    BOOST_TEST(bench.rc(in, {password()}) == Rc{0x2D5});
    in.public_info.value.auth_policy.value.clear();
    BOOST_TEST(bench.rc(in, {password()}) == Rc::success);
    BOOST_TEST(bench.rc(in, {password()}) == Rc::nv_defined);
    BOOST_TEST(bench.rc(NvUndefineSpaceIn{rh::owner, second_index}, {password()}) == Rc{0x28B});
    BOOST_TEST(bench.rc(NvUndefineSpaceIn{rh::owner, first_index}, {password()}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(a_type_has_its_own_command) {  // 31.7 to 31.10
    Bench bench;
    bench.start();
    Index index{bench};
    const auto define = [&](Nt type, std::uint16_t size) {
        if (bench.rc(NvReadPublicIn{first_index}) == Rc::success)
            BOOST_REQUIRE(bench.call(NvUndefineSpaceIn{rh::owner, first_index}, {password()}));
        BOOST_REQUIRE(bench.call(index_with(by_owner | type_bits(type), size), {password()}));
        BOOST_TEST(index.readable() == Rc::nv_uninitialized);
    };
    define(Nt::ordinary, 8);
    BOOST_TEST(index.increment() == Rc{0x282});
    BOOST_TEST(index.set_bits(1) == Rc{0x282});
    BOOST_TEST(index.extend({1}) == Rc{0x282});
    BOOST_TEST(index.write({1}, 9) == Rc{0x2C4});
    BOOST_TEST(index.write({1, 2}, 7) == Rc::nv_range);
    BOOST_TEST(index.write({1, 2}, 2) == Rc::success);
    BOOST_TEST(index.read(8) == *from_hex("ffff0102ffffffff"));
    BOOST_TEST(index.readable(1, 9) == Rc{0x2C4});
    BOOST_TEST(index.readable(2, 7) == Rc::nv_range);
    define(Nt::counter, 8);
    BOOST_TEST(index.write({1}) == Rc::attributes);
    BOOST_TEST(index.increment() == Rc::success);
    BOOST_TEST(index.increment() == Rc::success);
    BOOST_TEST(index.read(8) == *from_hex("0000000000000002"));
    define(Nt::counter, 8);
    BOOST_TEST(index.increment() == Rc::success);
    BOOST_TEST(index.read(8) == *from_hex("0000000000000003"));  // it never goes back
    define(Nt::bits, 8);
    BOOST_TEST(index.set_bits(0x11) == Rc::success);
    BOOST_TEST(index.set_bits(0x82) == Rc::success);
    BOOST_TEST(index.read(8) == *from_hex("0000000000000093"));
    define(Nt::extend, 32);
    BOOST_TEST(index.write({1}) == Rc::attributes);
    BOOST_TEST(index.extend({7}) == Rc::success);
    BOOST_TEST(index.read(32) == digest(Alg::sha256, {Bytes(32), Bytes{7}}));
}

BOOST_AUTO_TEST_CASE(locks_end_when_their_attribute_says_so) {  // 31.11, 31.12, 31.14; Part 1, 37.2
    Bench bench;
    bench.start();
    Index plain{bench, 0x0180'0003}, session{bench}, for_good{bench, second_index};
    BOOST_REQUIRE(bench.call(index_with(by_owner | na::global_lock, 8, plain.handle), {password()}));
    BOOST_REQUIRE(bench.call(index_with(by_owner | na::write_st_clear | na::read_st_clear, 8), {password()}));
    BOOST_REQUIRE(bench.call(index_with(by_owner | na::write_define, 8, second_index), {password()}));
    for (Index* index : {&plain, &session, &for_good}) BOOST_TEST(index->write(Bytes(8)) == Rc::success);
    BOOST_TEST(plain.write_lock() == Rc{0x282});
    BOOST_TEST(plain.read_lock() == Rc{0x282});
    for (Index* index : {&session, &for_good}) {
        BOOST_TEST(index->write_lock() == Rc::success);
        BOOST_TEST(index->write_lock() == Rc::success);
        BOOST_TEST(index->write(Bytes(8)) == Rc::nv_locked);
    }
    BOOST_TEST(session.read_lock() == Rc::success);
    BOOST_TEST(session.readable() == Rc::nv_locked);
    BOOST_TEST(bench.rc(NvGlobalWriteLockIn{rh::owner}, {password()}) == Rc::success);
    BOOST_TEST(plain.write(Bytes(8)) == Rc::nv_locked);
    restart(bench, Su::state);
    BOOST_TEST(session.readable() == Rc::nv_locked);
    BOOST_TEST(session.write(Bytes(8)) == Rc::nv_locked);
    restart(bench);
    BOOST_TEST(session.readable() == Rc::success);
    BOOST_TEST(session.write(Bytes(8)) == Rc::success);
    BOOST_TEST(plain.write(Bytes(8)) == Rc::success);
    BOOST_TEST(for_good.write(Bytes(8)) == Rc::nv_locked);
}

BOOST_AUTO_TEST_CASE(content_goes_with_the_power_where_its_attributes_say_so) {  // Part 1, 37.3
    Bench bench;
    bench.start();
    Index cleared{bench}, counter{bench, second_index};
    BOOST_REQUIRE(bench.call(index_with(by_owner | na::clear_st_clear, 8), {password()}));
    BOOST_REQUIRE(bench.call(index_with(by_owner | na::orderly | type_bits(Nt::counter), 8, second_index),
                             {password()}));
    for (int i = 0; i < 6; ++i) BOOST_TEST(counter.increment() == Rc::success);
    BOOST_TEST(cleared.write(Bytes(8)) == Rc::success);
    restart(bench, Su::state);
    BOOST_TEST(cleared.readable() == Rc::success);
    BOOST_TEST(counter.read(8) == *from_hex("0000000000000006"));
    restart(bench);  // without a shutdown
    BOOST_TEST(cleared.readable() == Rc::nv_uninitialized);
    BOOST_TEST(counter.read(8) == *from_hex("00000000000000ff"));
}

BOOST_AUTO_TEST_CASE(a_pin_counts_its_uses) {  // Part 1, 37.2.8
    for (const Nt type : {Nt::pin_fail, Nt::pin_pass}) {
        Bench bench;
        bench.start();
        Index index{bench};
        auto in = index_with(by_owner | na::auth_read | na::no_da | type_bits(type), 8);
        in.auth.value = Bytes{5};
        BOOST_REQUIRE(bench.call(in, {password()}));
        const auto use = [&](const Bytes& pin) {
            const Handle session = bench.session(Se::policy).session_handle;
            const Rc rc = bench.rc(PolicySecretIn{.auth_handle = first_index, .policy_session = session},
                                   {password(pin)});
            BOOST_REQUIRE(bench.call(FlushContextIn{session}));
            return rc;
        };
        const auto count = [&] {
            return load<std::uint32_t>(index.read(8), byte_order);
        };
        BOOST_TEST(use({5}) == Rc::auth_unavailable);  // not written
        BOOST_TEST(index.write(*from_hex("0000000000000002")) == Rc::success);
        BOOST_TEST(use({6}) == Rc{0x9A2});
        BOOST_TEST(count() == (type == Nt::pin_fail ? 1U : 0U));
        BOOST_TEST(use({5}) == Rc::success);
        BOOST_TEST(count() == (type == Nt::pin_fail ? 0U : 1U));
        for (int i = 0; i < 2; ++i) static_cast<void>(use(type == Nt::pin_fail ? Bytes{6} : Bytes{5}));
        BOOST_TEST(count() == 2U);
        BOOST_TEST(use({5}) == Rc::auth_unavailable);
        // A session does not bind to what changes with its use (11.1).
        StartAuthSessionIn bind{.bind = first_index, .nonce_caller = {Bytes(16)}};
        BOOST_TEST(bench.rc(bind) == Rc{0x28B});
    }
}

BOOST_AUTO_TEST_CASE(an_index_is_administered_by_its_policy_alone) {  // 31.5, 31.15
    Bench bench;
    bench.start();
    const auto asserting = [&](Cc code) {
        const Handle session = bench.session(Se::policy).session_handle;
        BOOST_REQUIRE(bench.call(PolicyCommandCodeIn{session, code}));
        return tpm::policy(session, true);
    };
    auto in = index_with(na::pp_write | na::pp_read | na::policy_delete | na::platform_create, 8);
    in.auth_handle = rh::platform;
    in.public_info.value.auth_policy.value =
        Policy{Alg::sha256}.command_code(Cc::nv_undefine_space_special).digest();
    BOOST_REQUIRE(bench.call(in, {password()}));
    BOOST_TEST(bench.rc(NvUndefineSpaceIn{rh::platform, first_index}, {password()}) == Rc{0x282});
    const NvUndefineSpaceSpecialIn special{first_index, rh::platform};
    BOOST_TEST(bench.rc(special, {password(), password()}) == Rc::auth_type);
    BOOST_TEST(bench.rc(special, {asserting(Cc::nv_undefine_space_special), password()}) == Rc::success);
    BOOST_TEST(bench.rc(NvReadPublicIn{first_index}) == Rc{0x18B});

    in = index_with(by_owner | na::auth_read, 8);
    in.public_info.value.auth_policy.value = Policy{Alg::sha256}.command_code(Cc::nv_change_auth).digest();
    BOOST_REQUIRE(bench.call(in, {password()}));
    Index index{bench};
    BOOST_TEST(index.write(Bytes(8)) == Rc::success);
    BOOST_TEST(bench.rc(NvChangeAuthIn{first_index, {Bytes{9}}}, {password()}) == Rc::auth_type);
    BOOST_TEST(bench.rc(NvChangeAuthIn{first_index, {Bytes{9}}}, {asserting(Cc::nv_change_auth)}) ==
               Rc::success);
    BOOST_TEST(bench.rc(NvReadIn{first_index, first_index, 8, 0}, {password(Bytes{9})}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(lockout_heals_with_time) {  // Part 1, 19.8
    Bench bench;
    bench.start();
    auto in = index_with(by_owner | na::auth_read, 8);
    in.auth.value = Bytes{5};
    BOOST_REQUIRE(bench.call(in, {password()}));
    BOOST_TEST(Index{bench}.write(Bytes(8)) == Rc::success);
    const auto use = [&](std::uint8_t pin) {
        return bench.rc(NvReadIn{first_index, first_index, 8, 0}, {password(Bytes{pin})});
    };
    const auto wait = [&](int seconds) {
        bench.time.advance(std::chrono::seconds{seconds});
    };
    const auto change = [&](std::uint32_t tries, std::uint32_t recovery, std::uint32_t lockout) {
        return bench.rc(DictionaryAttackParametersIn{rh::lockout, tries, recovery, lockout}, {password()});
    };
    BOOST_TEST(change(2, 10, 20) == Rc::success);
    for (int i = 0; i < 2; ++i) BOOST_TEST(use(6) == Rc{0x98E});
    BOOST_TEST(use(5) == Rc::lockout);
    wait(9);
    BOOST_TEST(use(5) == Rc::lockout);
    wait(1);
    BOOST_TEST(use(5) == Rc::success);
    BOOST_TEST(use(6) == Rc{0x98E});
    BOOST_TEST(use(5) == Rc::lockout);
    BOOST_TEST(bench.rc(DictionaryAttackLockResetIn{rh::lockout}, {password(Bytes{1})}) == Rc{0x98E});
    BOOST_TEST(bench.rc(DictionaryAttackLockResetIn{rh::lockout}, {password()}) == Rc::lockout);
    wait(20);  // which also heals two tries
    BOOST_TEST(use(5) == Rc::success);
    BOOST_TEST(bench.rc(DictionaryAttackLockResetIn{rh::lockout}, {password()}) == Rc::success);
    BOOST_TEST(change(0, 10, 20) == Rc::success);
    BOOST_TEST(use(5) == Rc::lockout);
    BOOST_TEST(change(2, 0, 20) == Rc::success);
    for (int i = 0; i < 5; ++i) BOOST_TEST(use(6) == Rc{0x98E});
    BOOST_TEST(use(5) == Rc::success);
}

}  // namespace
}  // namespace assay::tpm
