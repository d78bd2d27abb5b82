#include "models/tpm/engine.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/command.hpp"
#include "models/tpm/key_cache.hpp"
#include "models/tpm/object.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::tpm {
namespace {

const TpmlPcrSelection pcrs_0_to_8{{TpmsPcrSelection::mask(Alg::sha256, 0x1FF)}};

Bytes composite(Bench& bench, const TpmlPcrSelection& selection) {
    std::vector<Bytes> values;
    for (std::size_t pcr = 0; pcr < pcr_count; ++pcr)
        if (selection.items.at(0).has(pcr)) {
            const auto one = bench.call(PcrReadIn{{{TpmsPcrSelection::of(Alg::sha256, {pcr})}}});
            values.push_back(one->pcr_values.items.at(0).value);
        }
    return pcr_composite(Alg::sha256, values);
}

/// The wrapping key of key release (specifications of Azure's guest library): NULL hierarchy, bound to PCRs.
struct WrappingKey {
    Handle handle{};
    crypto::PublicKey half;
    Bytes wrapped{};
};
WrappingKey wrapping_key(Bench& bench) {
    const Bytes policy = Policy{Alg::sha256}.pcr(pcrs_0_to_8, composite(bench, pcrs_0_to_8)).digest();
    const auto made = bench.primary(rh::null, templates::policy_bound_decryption_key(policy));
    WrappingKey key{made.object_handle, *public_key_of(made.out_public.value)};
    const crypto::Context context{bench.random};
    key.wrapped = key.half.encrypt_oaep(context, crypto::Hash::sha256, as_bytes("a model key"));
    return key;
}
Handle policy_session(Bench& bench) {
    const Handle session = bench.session(Se::policy).session_handle;
    BOOST_REQUIRE(bench.call(PolicyPcrIn{.policy_session = session, .pcrs = pcrs_0_to_8}));
    return session;
}
RsaDecryptIn unwrap(const WrappingKey& key) {
    return {.key_handle = key.handle,
            .cipher_text = {key.wrapped},
            .in_scheme = TpmtScheme::with(Alg::oaep, Alg::sha256)};
}

BOOST_AUTO_TEST_CASE(a_policy_bound_key_unwraps_in_the_attested_state_alone) {  // key release, 7.1
    Bench bench;
    bench.start();
    const WrappingKey key = wrapping_key(bench);
    const auto plain = bench.call(unwrap(key), {policy(policy_session(bench))});
    BOOST_TEST_REQUIRE(static_cast<bool>(plain), (plain ? "" : plain.error().text()));
    BOOST_TEST(std::string(as_text(plain->message.value)) == "a model key");

    BOOST_TEST(bench.rc(unwrap(key), {password()}) == Rc::auth_unavailable);
    const Handle hmac = bench.session(Se::hmac).session_handle;
    BOOST_TEST(bench.rc(unwrap(key), {policy(hmac)}) == Rc::auth_unavailable);

    for (const Handle harmless : {16U, 23U}) {
        const Handle session = policy_session(bench);
        BOOST_TEST(bench.extend(harmless) == Rc::success);
        BOOST_TEST(bench.rc(unwrap(key), {policy(session)}) == Rc::success);
    }
    for (const Handle outside : {9U, 11U, 14U, 15U}) {
        const Handle session = policy_session(bench);
        BOOST_TEST(bench.extend(outside) == Rc::success);
        BOOST_TEST(bench.rc(unwrap(key), {policy(session)}) == Rc{0x128});
        BOOST_REQUIRE(bench.call(FlushContextIn{session}));
    }
    const Handle session = policy_session(bench);
    BOOST_TEST(bench.extend(8) == Rc::success);
    BOOST_TEST(bench.rc(unwrap(key), {policy(session)}) == Rc{0x128});
    BOOST_TEST(bench.rc(unwrap(key), {policy(policy_session(bench))}) == Rc{0x99D});
}

BOOST_AUTO_TEST_CASE(null_primaries_are_the_same_within_a_boot_and_others_after_a_reset) {
    Bench bench;
    bench.start();
    const WrappingKey first = wrapping_key(bench);
    const WrappingKey second = wrapping_key(bench);
    BOOST_TEST((first.half == second.half));
    bench.power_cycle();
    bench.start();
    WrappingKey later = wrapping_key(bench);
    BOOST_TEST(!(first.half == later.half));
    later.wrapped = first.wrapped;
    BOOST_TEST(bench.rc(unwrap(later), {policy(policy_session(bench))}) == Rc::value);

    // Shutdown(STATE) and Startup(STATE), or (CLEAR), keep the NULL seed.
    for (const Su how : {Su::state, Su::clear}) {
        const WrappingKey before = wrapping_key(bench);
        BOOST_REQUIRE(bench.call(ShutdownIn{Su::state}));
        bench.power_cycle();
        BOOST_REQUIRE(bench.call(StartupIn{how}));
        BOOST_TEST((wrapping_key(bench).half == before.half));
    }
}

BOOST_AUTO_TEST_CASE(owner_primaries_survive_power_and_die_with_clear) {
    Bench bench;
    bench.start();
    const auto name_now = [&](Handle hierarchy) {
        const auto made = bench.primary(hierarchy, templates::storage_key(Alg::ecc));
        BOOST_REQUIRE(bench.call(FlushContextIn{made.object_handle}));
        return made.name.value;
    };
    const Bytes owner = name_now(rh::owner), endorsement = name_now(rh::endorsement);
    BOOST_TEST(owner != endorsement);
    bench.power_cycle();
    bench.start();
    BOOST_TEST(name_now(rh::owner) == owner);
    BOOST_REQUIRE(bench.call(ClearIn{rh::lockout}, {password()}));
    BOOST_TEST(name_now(rh::owner) != owner);
    BOOST_TEST(name_now(rh::endorsement) == endorsement);
}

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_tpms) {
    const auto quote_of = [](std::string_view seed) {
        Bench bench{{}, seed};
        bench.start();
        const auto key = bench.primary(rh::endorsement, templates::attestation_key(Alg::rsa));
        const auto out =
            bench.call(QuoteIn{.sign_handle = key.object_handle, .pcr_select = pcrs_0_to_8}, {password()});
        return concat({out->attest.value, out->signature.rsa.value});
    };
    BOOST_TEST(quote_of("one") == quote_of("one"));
    BOOST_TEST(quote_of("one") != quote_of("two"));
}

BOOST_AUTO_TEST_CASE(tpms_that_share_a_cache_answer_as_those_that_do_not) {
    const auto cache = std::make_shared<KeyCache>();
    const auto primaries = [](Config config, std::string_view seed) {
        config.max_tries = 100;
        Bench bench{config, seed};
        bench.start();
        std::vector<Bytes> out;
        for (const Handle hierarchy : {rh::owner, rh::endorsement, rh::platform, rh::null})
            for (const Alg type : {Alg::rsa, Alg::ecc}) {
                CreatePrimaryIn in{.primary_handle = hierarchy,
                                   .in_public = {templates::attestation_key(type)}};
                in.in_sensitive.value.user_auth = Bytes{static_cast<std::uint8_t>(hierarchy)};
                const auto made = bench.call(in, {password()});
                out.push_back(bench.send(encode_command(ReadPublicIn{made->object_handle})));
                const QuoteIn quote{.sign_handle = made->object_handle, .pcr_select = pcrs_0_to_8};
                BOOST_TEST(bench.rc(quote, {password()}) == Rc{0x98E});
                const auto quoted = bench.call(quote, {password(in.in_sensitive.value.user_auth.value)});
                out.push_back(
                    concat({quoted->attest.value, quoted->signature.rsa.value, quoted->signature.r.value}));
            }
        return out;
    };
    for (const std::string_view seed : {"one", "two"}) {
        const auto alone = primaries({}, seed);
        BOOST_TEST((primaries({.key_cache = cache}, seed) == alone));  // which fills it
        BOOST_TEST((primaries({.key_cache = cache}, seed) == alone));  // which uses it
    }
    BOOST_TEST((primaries({}, "one") != primaries({}, "two")));
}

bool verifies(const TpmtPublic& area, const AttestOut& out) {
    const auto half = public_key_of(area);
    Bytes raw = out.signature.rsa.value;
    auto scheme = crypto::SignatureScheme::rsa_pkcs1;
    if (area.type == Alg::ecc) {
        raw = concat({out.signature.r.value, out.signature.s.value});
        scheme = crypto::SignatureScheme::ecdsa_raw;
    }
    return half->verify(scheme, hash_of(out.signature.hash), out.attest.value, raw);
}

BOOST_AUTO_TEST_CASE(a_quote_carries_the_nonce_and_the_pcrs_and_verifies) {
    for (const auto& area : {templates::attestation_key(Alg::rsa), templates::attestation_key(Alg::ecc),
                             templates::attestation_key(Alg::ecc, Curve::p384)}) {
        Bench bench;
        bench.start();
        bench.extend(4);
        const auto key = bench.primary(rh::endorsement, area);
        const auto out = bench.call(QuoteIn{.sign_handle = key.object_handle,
                                            .qualifying_data = {Bytes{1, 2, 3}},
                                            .pcr_select = pcrs_0_to_8},
                                    {password()});
        BOOST_REQUIRE(out);
        BOOST_TEST(verifies(key.out_public.value, *out));
        const auto attest = decode<TpmsAttest>(out->attest.value, byte_order);
        BOOST_REQUIRE(attest);
        BOOST_TEST(attest->extra_data.value == (Bytes{1, 2, 3}));
        BOOST_TEST(attest->quote.pcr_digest.value.size() == digest_size(area.name_alg));
        if (area.name_alg == Alg::sha256)
            BOOST_TEST(attest->quote.pcr_digest.value == composite(bench, pcrs_0_to_8));
        BOOST_TEST(attest->clock_info.reset_count == 1U);
        BOOST_TEST(attest->qualified_signer.value ==
                   qualified_name(area.name_alg, name_of(rh::endorsement), key.name.value));
    }
}

BOOST_AUTO_TEST_CASE(counters_are_hidden_from_keys_of_the_owner) {  // Part 1, 36.7
    Bench bench;
    bench.start();
    const auto reset_count = [&](Handle hierarchy) {
        const auto key = bench.primary(hierarchy, templates::attestation_key(Alg::ecc));
        const auto out =
            bench.call(QuoteIn{.sign_handle = key.object_handle, .pcr_select = pcrs_0_to_8}, {password()});
        return decode<TpmsAttest>(out->attest.value, byte_order)->clock_info.reset_count;
    };
    BOOST_TEST(reset_count(rh::endorsement) == 1U);
    BOOST_TEST(reset_count(rh::platform) == 1U);
    const std::uint32_t hidden = reset_count(rh::owner);
    BOOST_TEST(hidden != 1U);
    bench.power_cycle();
    bench.start();
    BOOST_TEST(reset_count(rh::owner) == hidden + 1);
}

BOOST_AUTO_TEST_CASE(a_restricted_key_signs_no_digest_of_unknown_origin) {
    Bench bench;
    bench.start();
    const auto key = bench.primary(rh::owner, templates::attestation_key(Alg::ecc));
    const auto hash = [&](const Bytes& data, Handle hierarchy) {
        HashIn in{.data = {data}, .hash_alg = Alg::sha256, .hierarchy = hierarchy};
        return *bench.call(in);
    };
    SignIn sign{.key_handle = key.object_handle, .digest = {Bytes(32, 1)}};
    BOOST_TEST(bench.rc(sign, {password()}) == Rc{0x3E0});
    const HashOut honest = hash(Bytes{'a', 'b', 'c', 'd'}, rh::owner);
    sign.digest = honest.out_hash;
    sign.validation = honest.validation;
    BOOST_TEST(bench.rc(sign, {password()}) == Rc::success);
    sign.digest.value[0] ^= 1;
    BOOST_TEST(bench.rc(sign, {password()}) == Rc{0x3E0});
    const HashOut forged = hash(Bytes{0xFF, 0x54, 0x43, 0x47, 1}, rh::owner);
    BOOST_TEST(forged.validation.digest.value.empty());
    sign.digest = forged.out_hash;
    sign.validation = forged.validation;
    BOOST_TEST(bench.rc(sign, {password()}) == Rc{0x3E0});
}

BOOST_AUTO_TEST_CASE(a_credential_reaches_the_object_it_was_made_for) {
    for (const Alg type : {Alg::rsa, Alg::ecc}) {
        Bench bench;
        bench.start();
        const auto ek = bench.primary(rh::endorsement, templates::endorsement_key(type));
        const auto ak = bench.primary(rh::endorsement, templates::attestation_key(Alg::ecc));
        MakeCredentialIn make{.handle = ek.object_handle, .object_name = ak.name};
        make.credential = Bytes{1, 2, 3, 4};
        const auto made = bench.call(make);
        BOOST_REQUIRE(made);
        const auto ek_session = [&] {
            const Handle session = bench.session(Se::policy).session_handle;
            BOOST_REQUIRE(bench.call(
                PolicySecretIn{.auth_handle = rh::endorsement, .policy_session = session}, {password()}));
            return policy(session);
        };
        ActivateCredentialIn activate{ak.object_handle, ek.object_handle, made->credential_blob,
                                      made->secret};
        const auto out = bench.call(activate, {password(), ek_session()});
        BOOST_TEST_REQUIRE(static_cast<bool>(out), (out ? "" : out.error().text()));
        BOOST_TEST(out->cert_info.value == (Bytes{1, 2, 3, 4}));
        BOOST_TEST(bench.rc(activate, {password(), password()}) == Rc::auth_unavailable);
        activate.credential_blob.value.back() ^= 1;
        BOOST_TEST(bench.rc(activate, {password(), ek_session()}) == Rc{0x1DF});
    }
}

BOOST_AUTO_TEST_CASE(contexts_come_back_once_for_sessions_and_not_after_a_reset) {
    Bench bench;
    bench.start();
    const auto key = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    const auto saved = bench.call(ContextSaveIn{key.object_handle});
    BOOST_REQUIRE(saved);
    const auto loaded = bench.call(ContextLoadIn{saved->context});
    BOOST_REQUIRE(loaded);
    BOOST_TEST(bench.call(ReadPublicIn{loaded->loaded_handle})->name.value == key.name.value);
    TpmsContext bent = saved->context;
    bent.context_blob.value.back() ^= 1;
    BOOST_TEST(bench.rc(ContextLoadIn{bent}) == Rc{0x1DF});

    const Handle session = bench.session(Se::policy).session_handle;
    const auto session_context = bench.call(ContextSaveIn{session});
    BOOST_REQUIRE(session_context);
    BOOST_TEST(bench.rc(PolicyGetDigestIn{session}) == Rc::reference_h0);
    BOOST_TEST(bench.call(ContextLoadIn{session_context->context})->loaded_handle == session);
    BOOST_TEST(bench.rc(ContextLoadIn{session_context->context}) == Rc{0x1CB});

    const auto sequence = bench.call(HashSequenceStartIn{.hash_alg = Alg::sha384});
    BOOST_REQUIRE(bench.call(SequenceUpdateIn{sequence->sequence_handle, {Bytes(100, 7)}}, {password()}));
    const auto sequence_context = bench.call(ContextSaveIn{sequence->sequence_handle});
    const auto resumed = bench.call(ContextLoadIn{sequence_context->context});
    BOOST_REQUIRE(resumed);
    const auto result =
        bench.call(SequenceCompleteIn{resumed->loaded_handle, {Bytes(50, 7)}, rh::owner}, {password()});
    BOOST_REQUIRE(result);
    BOOST_TEST(result->result.value == digest(Alg::sha384, {Bytes(150, 7)}));
    BOOST_TEST(!result->validation.digest.value.empty());

    bench.power_cycle();
    bench.start();
    BOOST_TEST(bench.rc(ContextLoadIn{saved->context}) == Rc{0x1DF});
}

BOOST_AUTO_TEST_CASE(an_evicted_object_survives_power_and_goes_when_asked) {
    Bench bench;
    bench.start();
    const auto key = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    const auto evict = [&](Handle object) {
        return bench.rc(EvictControlIn{rh::owner, object, 0x8100'0001}, {password()});
    };
    BOOST_TEST(evict(key.object_handle) == Rc::success);
    BOOST_TEST(evict(key.object_handle) == Rc::nv_defined);
    bench.power_cycle();
    bench.start();
    BOOST_TEST(bench.call(ReadPublicIn{0x8100'0001})->name.value == key.name.value);
    BOOST_TEST(evict(0x8100'0001) == Rc::success);
    BOOST_TEST(bench.rc(ReadPublicIn{0x8100'0001}) == Rc{0x18B});
    const auto temporary = bench.primary(rh::null, templates::storage_key(Alg::ecc));
    BOOST_TEST(evict(temporary.object_handle) == Rc{0x282});
}

BOOST_AUTO_TEST_CASE(pcrs_after_a_resume_are_those_of_the_shutdown) {
    Bench bench;
    bench.start();
    bench.extend(3);
    const Bytes before = composite(bench, pcrs_0_to_8);
    BOOST_REQUIRE(bench.call(ShutdownIn{Su::state}));
    bench.power_cycle();
    BOOST_REQUIRE(bench.call(StartupIn{Su::state}));
    BOOST_TEST(composite(bench, pcrs_0_to_8) == before);
    BOOST_REQUIRE(bench.call(ShutdownIn{Su::state}));
    bench.extend(3);  // the shutdown no longer holds
    bench.power_cycle();
    BOOST_TEST(bench.rc(StartupIn{Su::state}) == Rc{0x1C4});
    bench.start();
    BOOST_TEST(composite(bench, pcrs_0_to_8) != before);
}

BOOST_AUTO_TEST_CASE(any_bytes_get_a_well_formed_answer) {
    Bench bench;
    crypto::Drbg noise{as_bytes("noise")};
    bench.start();
    bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    const auto well_formed = [](const Bytes& response) {
        return response.size() >= header_size &&
               load<std::uint32_t>(ByteView{response}.subspan(2), byte_order) == response.size();
    };
    for (const Command& row : commands()) {
        if (row.code == Cc::startup || row.code == Cc::shutdown) continue;
        for (int round = 0; round < 60; ++round) {
            std::array<std::uint8_t, 96> body{};
            noise.fill(body);
            const std::size_t size = header_size + body[0] % 80;
            Bytes command(size);
            const bool sessions = row.authorized_handles() > 0 || body[1] % 2 == 0;
            std::copy_n(body.begin() + 2, size - header_size, command.begin() + header_size);
            // Half of the time: plausible handles and a password session, so that parameters are reached.
            std::size_t at = header_size;
            if (body[1] % 4 != 0) {
                const std::array<Handle, 4> handles{0x8000'0000, rh::owner, 0, rh::null};
                for (std::size_t i = 0; i < row.handle_count && at + 4 <= size; ++i, at += 4)
                    std::ranges::copy(store(handles.at(body[3 + i] % 4), byte_order),
                                      command.begin() + static_cast<std::ptrdiff_t>(at));
                const Bytes area = *from_hex("00000009 40000009 0000 00 0000");
                if (sessions && at + area.size() <= size)
                    std::ranges::copy(area, command.begin() + static_cast<std::ptrdiff_t>(at));
            }
            const Bytes header =
                encode(CommandHeader{static_cast<std::uint16_t>(sessions ? Tag::sessions : Tag::no_sessions),
                                     static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(row.code)},
                       byte_order);
            std::ranges::copy(header, command.begin());
            BOOST_TEST_REQUIRE(well_formed(bench.send(command)), row.name << " " << to_hex(command));
        }
    }
    for (std::size_t size = 0; size < header_size; ++size)
        BOOST_TEST(well_formed(bench.send(Bytes(size, 0x80))));
}

BOOST_AUTO_TEST_CASE(before_startup_nothing_else_is_answered_and_without_power_nothing_at_all) {
    Bench bench;
    for (const Command& row : commands()) {
        if (row.code == Cc::startup) continue;
        const Bytes command = assemble_command(row.code, {}, {}, {});
        BOOST_TEST(response_code(bench.send(command)).value() == Rc::initialize);
    }
    bench.start();
    BOOST_TEST(bench.rc(StartupIn{Su::clear}) == Rc::initialize);
    BOOST_TEST(response_code(bench.send(*from_hex("8003 0000000c 0000017b 0008"))).value() == Rc::bad_tag);
    BOOST_TEST(response_code(bench.send(*from_hex("8001 0000000d 0000017b 0008"))).value() ==
               Rc::command_size);
    BOOST_TEST(response_code(bench.send(*from_hex("8001 0000000a 000001ff"))).value() == Rc::command_code);
    bench.tpm.power_off();
    BOOST_TEST(bench.rc(GetRandomIn{8}) == Rc::failure);
}

}  // namespace
}  // namespace assay::tpm
