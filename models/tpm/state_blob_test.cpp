// A TPM that goes on elsewhere, with everything that it had in hand; and blobs that are none.
#include "models/tpm/state_blob.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/test_tpm.hpp"
#include "sim/crypto/hash.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
using Part = Engine::Part;
constexpr Handle kept_index = 0x0180'0001;

struct Blobs {
    Bytes permanent, volatile_part;
};
Blobs blobs_of(const Bench& bench) {
    return {taken(bench.tpm.state(Part::permanent)->bytes()),
            taken(bench.tpm.state(Part::volatile_part)->bytes())};
}
/// Another TPM, of other secrets, that has been given the state of one before.
struct Elsewhere : Bench {
    explicit Elsewhere(const Blobs& blobs, const Config& config = {}) : Bench(config, "another") {
        tpm.power_off();
        BOOST_TEST(tpm.set_state(Part::permanent, blobs.permanent));
        BOOST_TEST(tpm.set_state(Part::volatile_part, blobs.volatile_part));
        tpm.power_on();
    }
};

BOOST_AUTO_TEST_SUITE(state_blobs)

BOOST_AUTO_TEST_CASE(what_was_begun_goes_on_elsewhere) {
    Bench here;
    here.start();
    here.extend(3);
    const Bytes auth{1, 2, 3};
    BOOST_TEST(here.rc(HierarchyChangeAuthIn{rh::owner, {auth}}, {password()}) == Rc::success);
    const auto key = here.primary(rh::null, templates::attestation_key(Alg::ecc));
    NvDefineSpaceIn define{.auth_handle = rh::owner};
    define.public_info.value = {
        .nv_index = kept_index, .attributes = na::owner_write | na::owner_read, .data_size = 4};
    BOOST_TEST(here.rc(define, {password(auth)}) == Rc::success);
    BOOST_TEST(here.rc(NvWriteIn{rh::owner, kept_index, {{7, 7, 7, 7}}, 0}, {password(auth)}) == Rc::success);
    const auto sequence = *here.call(HashSequenceStartIn{.auth = {auth}, .hash_alg = Alg::sha256});
    BOOST_TEST(here.rc(SequenceUpdateIn{sequence.sequence_handle, {{1, 2}}}, {password(auth)}) ==
               Rc::success);
    const auto policy = here.session(Se::policy);
    BOOST_TEST(here.rc(PolicyLocalityIn{policy.session_handle, 1}) == Rc::success);
    const auto saved = *here.call(ContextSaveIn{here.session(Se::hmac).session_handle});
    here.time.advance(std::chrono::milliseconds{5000});
    const auto clock = here.call(ReadClockIn{})->current_time;

    Elsewhere there{blobs_of(here)};
    BOOST_TEST(there.rc(StartupIn{Su::clear}) == Rc::initialize);  // it goes on
    const auto clock_there = there.call(ReadClockIn{})->current_time;
    BOOST_TEST(clock_there.time == clock.time);
    BOOST_TEST((clock_there.clock_info == clock.clock_info));
    const TpmlPcrSelection pcr_3{{TpmsPcrSelection::mask(Alg::sha256, 1U << 3)}};
    BOOST_TEST((there.call(PcrReadIn{pcr_3})->pcr_values.items[0].value ==
                here.call(PcrReadIn{pcr_3})->pcr_values.items[0].value));
    BOOST_TEST(there.call(ReadPublicIn{key.object_handle})->name.value == key.name.value);
    const QuoteIn quote{.sign_handle = key.object_handle, .pcr_select = pcr_3};
    BOOST_TEST(bool(there.call(quote, {password()})));
    const auto read = there.call(NvReadIn{rh::owner, kept_index, 4, 0}, {password(auth)});
    BOOST_REQUIRE(read);
    BOOST_TEST((read->data.value == Bytes{7, 7, 7, 7}));
    const auto done =
        there.call(SequenceCompleteIn{sequence.sequence_handle, {{3}}, rh::null}, {password(auth)});
    BOOST_REQUIRE(done);
    BOOST_TEST(done->result.value == crypto::digest(crypto::Hash::sha256, {Bytes{1, 2, 3}}));
    const PolicyGetDigestIn digest{policy.session_handle};
    BOOST_TEST(there.call(digest)->policy_digest.value == here.call(digest)->policy_digest.value);
    BOOST_TEST(bool(there.call(ContextLoadIn{saved.context})));
    BOOST_TEST(there.primary(rh::null, templates::attestation_key(Alg::ecc)).name.value == key.name.value);
    // The power goes for good: only what is non-volatile is left.
    there.power_cycle();
    there.start();
    BOOST_TEST(there.rc(ReadPublicIn{key.object_handle}) != Rc::success);
    BOOST_TEST(bool(there.call(NvReadIn{rh::owner, kept_index, 4, 0}, {password(auth)})));
}

BOOST_AUTO_TEST_CASE(dictionary_attack_and_bound_sessions_are_not_forgotten_on_the_way) {
    Bench here{{.max_tries = 2, .recovery_time = 10}};
    here.start();
    const Bytes auth{9};
    CreatePrimaryIn make{.primary_handle = rh::owner, .in_public = {templates::storage_key(Alg::ecc)}};
    make.in_public.value.object_attributes &= ~object_attribute::no_da;
    make.in_sensitive.value.user_auth = {auth};
    const auto key = *here.call(make, {password()});
    CreateIn child{.parent_handle = key.object_handle, .in_public = {templates::sealed_data()}};
    child.in_sensitive.value.data = {{1}};
    for (int tries = 0; tries < 2; ++tries) BOOST_TEST(here.rc(child, {password(Bytes{1})}) != Rc::success);
    BOOST_TEST(here.rc(child, {password(auth)}) == Rc::lockout);
    Elsewhere there{blobs_of(here), {.max_tries = 2, .recovery_time = 10}};
    BOOST_TEST(there.rc(child, {password(auth)}) == Rc::lockout);
    there.time.advance(std::chrono::seconds{9});
    BOOST_TEST(there.rc(child, {password(auth)}) == Rc::lockout);
    there.time.advance(std::chrono::seconds{1});
    BOOST_TEST(there.rc(child, {password(auth)}) == Rc::success);
}

/// What TPM2_Create and TPM2_CreatePrimary allow comes back: an authValue that ends in zeros beyond its
/// digest, an HMAC key longer than a block.
BOOST_AUTO_TEST_CASE(whatever_could_be_made_goes_on_elsewhere) {
    Bench here;
    here.start();
    Bytes auth(48);
    auth[0] = 7;
    CreatePrimaryIn make{.primary_handle = rh::owner, .in_public = {templates::storage_key(Alg::ecc)}};
    make.in_sensitive.value.user_auth = {auth};
    const auto parent = here.call(make, {password()});
    BOOST_REQUIRE(parent);
    BOOST_TEST(here.rc(EvictControlIn{rh::owner, parent->object_handle, 0x8100'0001}, {password()}) ==
               Rc::success);
    CreateLoadedIn hmac_key{.parent_handle = parent->object_handle};
    TpmtPublic area = templates::sealed_data();
    area.object_attributes |= object_attribute::sign;
    area.scheme = TpmtScheme::with(Alg::hmac, Alg::sha256);
    hmac_key.in_public.value = encode(area, byte_order);
    hmac_key.in_sensitive.value.data = {Bytes(100, 5)};
    const auto loaded = here.call(hmac_key, {password(Bytes{7})});
    BOOST_REQUIRE(loaded);
    const HmacIn compute{.handle = loaded->object_handle, .buffer = {{1}}, .hash_alg = Alg::sha256};
    Elsewhere there{blobs_of(here)};
    BOOST_TEST(there.call(compute, {password()})->out_hmac.value ==
               here.call(compute, {password()})->out_hmac.value);
    BOOST_TEST(there.rc(hmac_key, {password(Bytes{7})}) == Rc::success);
}

/// TPM2_Clear ends what a stored volatile part holds, too.
BOOST_AUTO_TEST_CASE(clear_ends_a_stored_volatile_part) {
    Bench bench;
    bench.start();
    bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    BOOST_TEST(bench.tpm.store_volatile());
    BOOST_TEST(bench.rc(ClearIn{rh::lockout}, {password()}) == Rc::success);
    bench.power_cycle();
    BOOST_TEST(bench.rc(GetRandomIn{8}) == Rc::initialize);
}

BOOST_AUTO_TEST_CASE(a_volatile_part_is_for_one_power_on_and_can_be_forgotten) {
    Bench bench;
    bench.start();
    bench.extend(3);
    const Blobs blobs = blobs_of(bench);
    BOOST_TEST(!bench.tpm.set_state(Part::permanent, blobs.permanent));  // it has power
    BOOST_TEST(bench.tpm.store_volatile());
    bench.power_cycle();
    BOOST_TEST(bench.rc(GetRandomIn{8}) == Rc::success);
    bench.power_cycle();
    BOOST_TEST(bench.rc(GetRandomIn{8}) == Rc::initialize);
    bench.tpm.power_off();
    BOOST_TEST(!bench.tpm.store_volatile());
    BOOST_TEST(!bench.tpm.state(Part::volatile_part));
    BOOST_TEST(bench.tpm.set_state(Part::volatile_part, blobs.volatile_part));
    BOOST_TEST(bool(bench.tpm.state(Part::volatile_part)));
    BOOST_TEST(bench.tpm.set_state(Part::volatile_part, {}));
    bench.tpm.power_on();
    BOOST_TEST(bench.rc(GetRandomIn{8}) == Rc::initialize);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_and_changes_nothing) {
    Bench large;
    large.start();
    for (int i = 0; i < 4; ++i) large.primary(rh::owner, templates::storage_key(Alg::ecc));
    const Blobs blobs = blobs_of(large);
    Bench small{{.object_slots = 3}};
    small.tpm.power_off();
    const Bytes before = taken(small.tpm.state(Part::permanent)->bytes());
    BOOST_TEST(!small.tpm.set_state(Part::volatile_part, blobs.volatile_part));
    BOOST_TEST(!small.tpm.set_state(Part::permanent, blobs.volatile_part));
    BOOST_TEST(!small.tpm.set_state(Part::volatile_part, blobs.permanent));
    for (std::size_t size = 0; size < blobs.permanent.size(); ++size)
        BOOST_TEST(!small.tpm.set_state(Part::permanent, ByteView{blobs.permanent}.first(size)));
    for (const std::size_t at : {std::size_t{0}, std::size_t{8}, blobs.permanent.size() / 2}) {
        Bytes bent = blobs.permanent;
        bent[at] ^= 1;
        BOOST_TEST(!small.tpm.set_state(Part::permanent, bent));
    }
    BOOST_TEST((taken(small.tpm.state(Part::permanent)->bytes()) == before));
}

/// Whoever moves a blob can make one: whatever it says, the TPM refuses it or answers as a TPM does.
BOOST_AUTO_TEST_CASE(blobs_of_an_enemy_are_survived) {
    Bench source;
    source.start();
    source.primary(rh::owner, templates::storage_key(Alg::ecc));
    const auto key = source.primary(rh::owner, templates::attestation_key(Alg::ecc));
    BOOST_TEST(source.rc(EvictControlIn{rh::owner, key.object_handle, 0x8100'0001}, {password()}) ==
               Rc::success);
    source.session(Se::policy);
    BOOST_TEST(bool(source.call(HashSequenceStartIn{.hash_alg = Alg::sha256})));
    NvDefineSpaceIn counter{.auth_handle = rh::owner};
    counter.public_info.value = {
        .nv_index = kept_index, .attributes = na::owner_write | na::owner_read | 1U << 4, .data_size = 8};
    BOOST_TEST(source.rc(counter, {password()}) == Rc::success);
    BOOST_TEST(source.rc(NvIncrementIn{rh::owner, kept_index}, {password()}) == Rc::success);
    const Blobs blobs = blobs_of(source);

    crypto::Drbg random{as_bytes("enemy")};
    const auto below = [&](std::size_t limit) {
        std::array<std::uint8_t, 4> raw{};
        random.fill(raw);
        return load<std::uint32_t>(raw, byte_order) % limit;
    };
    std::size_t taken_blobs = 0;
    Bench target;
    for (int round = 0; round < 400; ++round) {
        const Part part = round % 2 == 0 ? Part::permanent : Part::volatile_part;
        Bytes blob = part == Part::permanent ? blobs.permanent : blobs.volatile_part;
        constexpr std::size_t head = 9, sum_size = 32;
        const std::size_t content = blob.size() - head - sum_size;
        for (std::size_t i = 0, changes = 1 + below(3); i < changes; ++i)
            blob[head + below(std::min<std::size_t>(content, below(2) == 0 ? 200 : content))] =
                static_cast<std::uint8_t>(below(2) == 0 ? 0xFF : below(256));
        const Bytes sum =
            crypto::digest(crypto::Hash::sha256, {ByteView{blob}.first(blob.size() - sum_size)});
        std::ranges::copy(sum, blob.end() - sum_size);
        target.tpm.power_off();
        BOOST_TEST(target.tpm.set_state(Part::permanent, blobs.permanent));
        if (!target.tpm.set_state(part, blob)) continue;
        ++taken_blobs;
        target.tpm.power_on();
        const auto answers = [&](const auto& in, std::vector<TpmsAuthCommand> sessions = {}) {
            BOOST_TEST(bool(response_code(target.send(encode_command(in, sessions)))));
        };
        answers(StartupIn{Su::state});
        answers(StartupIn{Su::clear});
        answers(GetCapabilityIn{Cap::handles, first_of(Ht::transient), 100});
        answers(NvIncrementIn{rh::owner, kept_index}, {password()});
        answers(NvReadIn{rh::owner, kept_index, 8, 0}, {password()});
        for (const Handle signer : {Handle{0x8100'0001}, key.object_handle})
            answers(QuoteIn{.sign_handle = signer}, {password()});
        answers(SequenceCompleteIn{0x8000'0002, {{1}}, rh::null}, {password()});
        answers(PolicyGetDigestIn{0x0300'0000});
        for (const Handle handle : {Handle{0x0300'0000}, Handle{0x8000'0000}}) answers(ContextSaveIn{handle});
        answers(ClearIn{rh::lockout}, {password()});
    }
    BOOST_TEST(taken_blobs > 20U);
    BOOST_TEST(taken_blobs < 400U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::tpm
