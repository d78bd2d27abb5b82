// Where the secrets of a TPM lie, and that they end when Part 3 says so: judged by the label sweep, which
// asks the stores and not the TPM.
#include "models/tpm/memory.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/test_tpm.hpp"
#include "sim/labels/label_oracle.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
constexpr Handle index_of_owner = 0x0180'0001, index_of_platform = 0x0180'0002, persistent_key = 0x8100'0001;

struct Platform {
    crypto::Drbg names{as_bytes("platform")};
    labels::Registry registry{names};
};

/// A TPM in a platform, and its user's secrets of every kind.
struct MemoryBench : Platform, Bench {
    MemoryBench() : Bench({.registry = &registry, .store_name = "vtpm"}) { start(); }

    const labels::LabelledStore& store(std::string_view part) {
        return *registry.find("vtpm." + std::string{part});
    }
    /// How often it is there, in any store; each must be labelled.
    std::size_t count(ByteView secret) {
        std::size_t out = 0;
        for (const auto& [name, found] : registry.stores()) {
            const ByteView all = found->bytes(found->all());
            for (auto at = all.begin();; ++at) {
                at = std::search(at, all.end(), secret.begin(), secret.end());
                if (at == all.end()) break;
                const auto offset = static_cast<std::size_t>(at - all.begin());
                BOOST_TEST((found->label({offset, secret.size()}).byte != labels::clean_byte));
                ++out;
            }
        }
        return out;
    }
    std::size_t labelled_bytes() {
        std::size_t out = 0;
        for (const auto& finding : labels::sweep_all(registry)) out += finding.range.size;
        return out;
    }
    void define(Handle handle, Handle by, ByteView auth, ByteView data) {
        const std::uint32_t maker = by == rh::platform ? na::platform_create : 0;
        NvDefineSpaceIn in{.auth_handle = by, .auth = {taken(auth)}};
        in.public_info.value = {.nv_index = handle,
                                .attributes = maker | na::auth_read | na::auth_write | na::no_da,
                                .data_size = static_cast<std::uint16_t>(data.size())};
        BOOST_TEST(rc(in, {password()}) == Rc::success);
        BOOST_TEST(rc(NvWriteIn{handle, handle, {taken(data)}, 0}, {password(auth)}) == Rc::success);
    }
    Handle sealed(ByteView data, ByteView auth) {
        const Handle parent = primary(rh::owner, templates::storage_key(Alg::ecc)).object_handle;
        const auto made =
            *call(CreateIn{.parent_handle = parent,
                           .in_sensitive = {{.user_auth = {taken(auth)}, .data = {taken(data)}}},
                           .in_public = {templates::sealed_data()}},
                  {password()});
        const Handle loaded =
            call(LoadIn{parent, made.out_private, made.out_public}, {password()})->object_handle;
        BOOST_TEST(rc(FlushContextIn{parent}) == Rc::success);
        return loaded;
    }
};

BOOST_FIXTURE_TEST_CASE(what_a_user_entrusts_lies_in_one_labelled_place_and_goes_when_it_is_flushed,
                        MemoryBench) {
    const Bytes data(32, 0xD1), auth(20, 0xA1), sequence_auth(20, 0xA2);
    const std::size_t before = labelled_bytes();
    const Handle item = sealed(data, auth);
    BOOST_TEST(count(data) == 1U);
    BOOST_TEST(count(auth) == 1U);
    const Handle sequence =
        call(HashSequenceStartIn{.auth = {sequence_auth}, .hash_alg = Alg::sha256})->sequence_handle;
    BOOST_TEST(count(sequence_auth) == 1U);
    BOOST_TEST(rc(UnsealIn{item}, {password(auth)}) == Rc::success);
    BOOST_TEST(rc(FlushContextIn{item}) == Rc::success);
    BOOST_TEST(rc(FlushContextIn{sequence}) == Rc::success);
    for (const Bytes& one : {data, auth, sequence_auth}) BOOST_TEST(count(one) == 0U);
    // A primary key is kept for its next use, for as long as its seed lives.
    BOOST_TEST(labelled_bytes() - before <= SavedObject::most);
    BOOST_TEST(registry.findings().total() == 0U);
}

/// A bound session's key is in the store, too: what KDFa makes of the authValue (Part 1, 19.6.8).
BOOST_FIXTURE_TEST_CASE(keys_of_sessions_are_held_and_end_with_them, MemoryBench) {
    const auto size = [&] {
        return labels::sweep_all(registry).size();
    };
    BOOST_TEST(rc(HierarchyChangeAuthIn{rh::endorsement, {Bytes(8, 0xE1)}}, {password()}) == Rc::success);
    BOOST_TEST(count(Bytes(8, 0xE1)) == 1U);
    const std::size_t before = size();
    StartAuthSessionIn in{.bind = rh::endorsement, .nonce_caller = {Bytes(16, 1)}, .session_type = Se::hmac};
    const auto first = call(in), second = call(in);
    BOOST_REQUIRE((first && second));
    BOOST_TEST(size() == before + 2);
    const auto saved = call(ContextSaveIn{first->session_handle});
    BOOST_TEST(size() == before + 1);
    BOOST_TEST(bool(call(ContextLoadIn{saved->context})));
    BOOST_TEST(size() == before + 2);
    for (const Handle handle : {first->session_handle, second->session_handle})
        BOOST_TEST(rc(FlushContextIn{handle}) == Rc::success);
    BOOST_TEST(size() == before);
}

/// Part 3, 24.6: TPM2_Clear ends the owner and the endorsement hierarchy, but neither EPS nor the platform.
BOOST_FIXTURE_TEST_CASE(clear_leaves_no_byte_of_the_owner, MemoryBench) {
    const Bytes data(32, 0xD1), auth(20, 0xA1), kept(32, 0xD2);
    define(index_of_owner, rh::owner, auth, data);
    define(index_of_platform, rh::platform, auth, kept);
    const Handle key = primary(rh::owner, templates::storage_key(Alg::ecc)).object_handle;
    BOOST_TEST(rc(EvictControlIn{rh::owner, key, persistent_key}, {password()}) == Rc::success);
    const auto ek = primary(rh::endorsement, templates::endorsement_key(Alg::ecc));
    BOOST_TEST(rc(HierarchyChangeAuthIn{rh::owner, {Bytes(8, 0xE1)}}, {password()}) == Rc::success);
    BOOST_TEST(count(data) == 1U);
    BOOST_TEST(rc(ClearIn{rh::lockout}, {password()}) == Rc::success);
    BOOST_TEST(count(data) == 0U);
    BOOST_TEST(count(Bytes(8, 0xE1)) == 0U);
    BOOST_TEST(count(kept) == 1U);
    BOOST_TEST(count(auth) == 1U);  // of the platform's index
    BOOST_TEST(registry.findings().total() == 0U);
    const auto again = primary(rh::endorsement, templates::endorsement_key(Alg::ecc));
    BOOST_TEST(again.name.value == ek.name.value);
}

/// What is held of a hierarchy goes at the command that ends it, and nothing else does.
BOOST_FIXTURE_TEST_CASE(new_seeds_leave_no_byte_of_the_old_hierarchy, MemoryBench) {
    for (const Handle hierarchy : {rh::endorsement, rh::platform, rh::owner})
        primary(hierarchy, templates::storage_key(Alg::ecc));
    const std::size_t three = labels::sweep_all(registry).size();
    BOOST_TEST(rc(ChangePpsIn{rh::platform}, {password()}) == Rc::success);
    BOOST_TEST(rc(ChangeEpsIn{rh::platform}, {password()}) == Rc::success);
    BOOST_TEST(labels::sweep_all(registry).size() == three - 2);
    BOOST_TEST(registry.findings().total() == 0U);
}

/// A byte that keeps what it held is no zeroisation: the TPM fails, and answers nothing more, nor after
/// another self test (Part 1, 12.3).
BOOST_FIXTURE_TEST_CASE(a_secret_that_cannot_be_scrubbed_ends_in_failure_mode, MemoryBench) {
    const Bytes data(32, 0xD1);
    define(index_of_owner, rh::owner, Bytes(20, 0xA1), data);
    labels::LabelledStore& nv = *registry.find("vtpm.nv");
    const ByteView all = nv.bytes(nv.all());
    const auto at = static_cast<std::size_t>(std::ranges::search(all, data).begin() - all.begin());
    nv.stick({at + 5, 1});
    BOOST_TEST(rc(ClearIn{rh::lockout}, {password()}) == Rc::failure);
    BOOST_TEST(rc(GetRandomIn{8}) == Rc::failure);
    BOOST_TEST(bool(call(GetTestResultIn{})));
    tpm.power_off();
    tpm.power_on();
    BOOST_TEST(rc(StartupIn{Su::clear}) == Rc::failure);
    const auto& findings = registry.findings().entries();
    BOOST_TEST(std::ranges::count(findings, "E_SCRUB_VERIFY", &labels::Finding::code) == 1);
    BOOST_TEST(std::ranges::count(findings, "E_RESIDUE", &labels::Finding::code) >= 1);
}

BOOST_FIXTURE_TEST_CASE(a_flush_that_does_not_scrub_ends_in_failure_mode, MemoryBench) {
    const Bytes data(32, 0xD1);
    const Handle item = sealed(data, Bytes(20, 0xA1));
    labels::LabelledStore& ram = *registry.find("vtpm.ram");
    const ByteView all = ram.bytes(ram.all());
    ram.stick({static_cast<std::size_t>(std::ranges::search(all, data).begin() - all.begin()), 1});
    BOOST_TEST(rc(FlushContextIn{item}) == Rc::failure);
    BOOST_TEST(rc(GetRandomIn{8}) == Rc::failure);
}

BOOST_FIXTURE_TEST_CASE(without_power_only_what_is_non_volatile_is_left, MemoryBench) {
    const Bytes data(32, 0xD1), stored(32, 0xD2), auth(20, 0xA1);
    sealed(data, auth);
    define(index_of_owner, rh::owner, auth, stored);
    tpm.power_off();
    BOOST_TEST(count(data) == 0U);
    BOOST_TEST(count(stored) == 1U);
    BOOST_TEST(count(auth) == 1U);
    tpm.power_on();
    start();
    BOOST_TEST(rc(NvReadIn{index_of_owner, index_of_owner, 32, 0}, {password(auth)}) == Rc::success);
}

/// A scenario begins: nobody is alive in the registry, and the TPM says again whose its bytes are.
BOOST_FIXTURE_TEST_CASE(a_power_cycle_of_the_platform_keeps_the_tpm_and_its_labels, MemoryBench) {
    const Bytes data(32, 0xD1), auth(20, 0xA1);
    define(index_of_owner, rh::owner, auth, data);
    const auto ek = primary(rh::endorsement, templates::endorsement_key(Alg::ecc));
    tpm.power_off();
    registry.power_cycle();
    const auto other = registry.admit();  // has the first slots of before
    tpm.power_on();
    start();
    BOOST_TEST(!!registry.release(*other));  // nothing of the TPM counts as its own
    BOOST_TEST(count(data) == 1U);
    const auto again = primary(rh::endorsement, templates::endorsement_key(Alg::ecc));
    BOOST_TEST(again.name.value == ek.name.value);
    BOOST_TEST(rc(EvictControlIn{rh::owner, again.object_handle, persistent_key}, {password()}) ==
               Rc::success);
    BOOST_TEST(bool(tpm.state(Engine::Part::volatile_part)));  // its private part is there
    BOOST_TEST(rc(ClearIn{rh::lockout}, {password()}) == Rc::success);
    BOOST_TEST(count(data) == 0U);
    BOOST_TEST(registry.findings().total() == 0U);
}

/// Whatever was loaded: when the TPM goes, its registry is as it was.
BOOST_AUTO_TEST_CASE(a_tpm_that_ends_leaves_nothing) {
    Platform platform;
    {
        crypto::Drbg random{as_bytes("ends")};
        ManualTime time;
        Engine tpm{{.registry = &platform.registry}, random, time};
        tpm.power_on();
        const auto send = [&](ByteView command) {
            return tpm.execute(command);
        };
        BOOST_TEST(!!tpm::call(send, StartupIn{Su::clear}));
        BOOST_TEST(!!tpm::call(send, CreatePrimaryIn{.in_public = {templates::storage_key(Alg::ecc)}},
                               {password()}));
        BOOST_TEST(
            !!tpm::call(send, StartAuthSessionIn{.nonce_caller = {Bytes(16, 1)}, .session_type = Se::hmac}));
        BOOST_TEST(!labels::sweep_all(platform.registry).empty());
        BOOST_TEST(platform.registry.slots().live_count() == estate_count);
    }
    BOOST_TEST(platform.registry.stores().empty());
    BOOST_TEST(platform.registry.slots().live_count() == 0U);
    for (const auto& finding : platform.registry.findings().entries()) BOOST_ERROR(finding.text());
}

/// Small indices are many: their authValues have room until TPM_RC_NV_SPACE, and what else is non-volatile
/// has its own.
BOOST_FIXTURE_TEST_CASE(indices_never_take_the_room_of_objects, MemoryBench) {
    Rc last = Rc::success;
    std::uint32_t made = 0;
    for (; last == Rc::success && made < 10'000; ++made) {
        NvDefineSpaceIn in{.auth_handle = rh::owner, .auth = {Bytes(32, 1)}};
        in.public_info.value = {.nv_index = 0x0150'0000 + made,
                                .attributes = na::auth_read | na::auth_write | na::no_da,
                                .data_size = 1};
        last = rc(in, {password()});
    }
    BOOST_TEST(last == Rc::nv_space);
    BOOST_TEST(made > 1000U);
    const Handle key = primary(rh::owner, templates::storage_key(Alg::ecc)).object_handle;
    for (Handle handle = persistent_key; handle < persistent_key + 32; ++handle)
        BOOST_TEST(rc(EvictControlIn{rh::owner, key, handle}, {password()}) == Rc::success);
    BOOST_TEST(rc(EvictControlIn{rh::owner, key, persistent_key + 32}, {password()}) == Rc::nv_space);
    BOOST_TEST(rc(HierarchyChangeAuthIn{rh::owner, {Bytes(32, 2)}}, {password()}) == Rc::success);
}

}  // namespace
}  // namespace assay::tpm
