// Rules that a comparison with a peer (libtpms 0.9.2) has found, each where it decides.
#include <boost/test/unit_test.hpp>

#include "models/tpm/test_tpm.hpp"

namespace assay::tpm {
namespace {

struct Started : Bench {
    Started() : Bench({.object_slots = 3}) { start(); }
};

BOOST_AUTO_TEST_CASE(a_storage_key_that_stays_protects_as_its_parent_does) {
    Started tpm;
    const Handle parent = tpm.primary(rh::owner, templates::storage_key(Alg::ecc)).object_handle;
    CreateIn in{.parent_handle = parent, .in_public = {templates::storage_key(Alg::ecc)}};
    BOOST_TEST(tpm.rc(in, {password()}) == Rc::success);
    in.in_public.value.name_alg = Alg::sha384;
    BOOST_TEST(tpm.rc(in, {password()}) == at_parameter(Rc::hash, 2));
    in.in_public.value.name_alg = Alg::sha256;
    in.in_public.value.symmetric = TpmtSymDef::aes_cfb(256);
    BOOST_TEST(tpm.rc(in, {password()}) == at_parameter(Rc::symmetric, 2));
}

BOOST_AUTO_TEST_CASE(a_public_key_from_outside_is_whole) {
    Started tpm;
    BOOST_TEST(tpm.rc(LoadExternalIn{.in_public = {templates::storage_key(Alg::ecc)},
                                     .hierarchy = rh::owner}) == at_parameter(Rc::key, 2));
}

BOOST_AUTO_TEST_CASE(a_persistent_object_takes_a_slot_while_it_is_used) {
    Started tpm;
    const Handle key = tpm.primary(rh::owner, templates::storage_key(Alg::ecc)).object_handle;
    constexpr Handle persistent = 0x8100'0000;
    BOOST_TEST(tpm.rc(EvictControlIn{rh::owner, key, persistent}, {password()}) == Rc::success);
    BOOST_TEST(tpm.rc(ReadPublicIn{persistent}) == Rc::success);
    tpm.primary(rh::owner, templates::storage_key(Alg::ecc));
    tpm.primary(rh::owner, templates::storage_key(Alg::ecc));
    BOOST_TEST(tpm.rc(ReadPublicIn{persistent}) == Rc::object_memory);
    BOOST_TEST(tpm.rc(EvictControlIn{rh::platform, persistent, persistent}, {password()}) ==
               Rc::object_memory);
    BOOST_TEST(tpm.rc(FlushContextIn{key}) == Rc::success);
    BOOST_TEST(tpm.rc(EvictControlIn{rh::platform, persistent, persistent}, {password()}) == Rc::success);
}

BOOST_AUTO_TEST_CASE(a_creation_in_the_null_hierarchy_has_a_ticket) {
    Started tpm;
    const auto made = tpm.primary(rh::null, templates::attestation_key(Alg::ecc));
    BOOST_TEST(made.creation_ticket.digest.value.size() == 64U);
}

BOOST_AUTO_TEST_CASE(the_update_counter_begins_with_the_pcrs_that_begin) {
    Started tpm;
    BOOST_TEST(tpm.call(PcrReadIn{})->pcr_update_counter == 20U);
}

BOOST_AUTO_TEST_CASE(the_last_allocation_of_a_cycle_is_the_one_that_comes) {
    Started tpm;
    const auto allocate = [&](Alg bank, std::uint32_t pcrs) {
        return tpm.rc(PcrAllocateIn{rh::platform, {{TpmsPcrSelection::mask(bank, pcrs)}}}, {password()});
    };
    BOOST_TEST(allocate(Alg::sha1, 0) == Rc::success);
    BOOST_TEST(allocate(Alg::sha384, 0) == Rc::success);
    tpm.power_cycle();
    tpm.start();
    const auto banks = tpm.call(GetCapabilityIn{Cap::pcrs, 0, 4})->capability_data.assigned_pcr.items;
    BOOST_TEST(banks.at(0).has(0));
    BOOST_TEST(!banks.at(2).has(0));
}

BOOST_AUTO_TEST_CASE(of_two_faults_the_one_that_is_read_first_is_told) {
    Started tpm;
    const Handle session = tpm.session(Se::policy).session_handle;
    const auto policy_or = concat({*from_hex("80010000001200000171"), store(session, byte_order),
                                   *from_hex("00000001")});  // one digest, which is missing
    BOOST_TEST(response_code(tpm.send(policy_or)).value() == at_parameter(Rc::size, 1));
    TpmtPublic area = templates::storage_key(Alg::ecc);
    area.name_alg = Alg::null;
    area.object_attributes |= 1U << 30;  // reserved
    BOOST_TEST(tpm.rc(CreatePrimaryIn{.primary_handle = rh::owner, .in_public = {area}}, {password()}) ==
               at_parameter(Rc::hash, 2));
}

BOOST_AUTO_TEST_CASE(a_name_hash_is_demanded_once) {
    Started tpm;
    const Handle session = tpm.session(Se::policy).session_handle;
    BOOST_TEST(tpm.rc(PolicyTemplateIn{session, {Bytes(32, 1)}}) == Rc::success);
    BOOST_TEST(tpm.rc(PolicyTemplateIn{session, {Bytes(32, 1)}}) == Rc::success);
    BOOST_TEST(tpm.rc(PolicyTemplateIn{session, {Bytes(32, 2)}}) == at_parameter(Rc::value, 1));
    BOOST_TEST(tpm.rc(PolicyRestartIn{session}) == Rc::success);
    BOOST_TEST(tpm.rc(PolicyNameHashIn{session, {Bytes(32, 1)}}) == Rc::success);
    BOOST_TEST(tpm.rc(PolicyNameHashIn{session, {Bytes(32, 1)}}) == Rc::cphash);
}

}  // namespace
}  // namespace assay::tpm
