// Objects on their way to another parent, and symmetric keys at work (TPM 2.0 Library 1.59, Part 3, 12.8,
// 13, 14.6, 15): wraps that a peer took (libtpms 0.9.2), published cipher vectors, and the exact code of each
// refusal.
#include <boost/test/unit_test.hpp>

#include "models/tpm/protection.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

using nlohmann::json;
namespace oa = object_attribute;

BOOST_AUTO_TEST_CASE(wraps_that_a_peer_took_are_opened_and_made_again) {
    const json vectors = shared_json("tpm/derived/import-and-credential.json");
    for (const char* name : {"import_inner_False", "import_inner_True"}) {
        if (vectors.empty()) return;
        const json& v = vectors.at(name);
        const Bytes seed_bytes = bytes_of(v.at("seed")), object_name = bytes_of(v.at("name"));
        const Bytes key = bytes_of(v.at("innerKey")), expected = bytes_of(v.at("sensitive"));
        const ProtectionSeed seed{Alg::sha256, 128, seed_bytes};
        auto content = unwrap_outer(seed, bytes_of(v.at("duplicate")), object_name);
        BOOST_REQUIRE(content);
        const auto sensitive = unwrap_inner(Alg::sha256, key, copy_of(content->bytes()), object_name);
        BOOST_REQUIRE(sensitive);
        Bytes again;
        Writer{again, byte_order}.put(Tpm2bOf<TpmtSensitive>{*sensitive});
        BOOST_TEST(to_hex(ByteView{again}.subspan(2)) == to_hex(expected));
        const Secret wrapped = wrap_inner(Alg::sha256, key, *sensitive, object_name);
        BOOST_TEST(to_hex(wrap_outer(seed, wrapped.bytes(), object_name)) ==
                   v.at("duplicate").get<std::string>());
        if (key.empty()) continue;
        content->bytes()[40] ^= 1;
        const auto bent = unwrap_inner(Alg::sha256, key, std::move(*content), object_name);
        BOOST_REQUIRE(!bent);
        BOOST_TEST(bent.error() == Rc::integrity);
    }
}

TpmtPublic hmac_key(std::uint32_t attributes) {
    TpmtPublic out{.type = Alg::keyedhash, .object_attributes = attributes};
    out.scheme = TpmtScheme::with(Alg::hmac, Alg::sha256);
    return out;
}

/// An HMAC key that may leave, under a storage key.
struct Traveller {
    explicit Traveller(Bench& on, std::uint32_t attributes = 0) : bench(on) {
        parent = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
        CreateLoadedIn in{.parent_handle = parent.object_handle};
        TpmtPublic wanted = hmac_key(oa::user_with_auth | oa::sign | oa::sensitive_data_origin | attributes);
        wanted.auth_policy.value = Policy{Alg::sha256}.command_code(Cc::duplicate).digest();
        in.in_public.value = encode(wanted, byte_order);
        in.in_sensitive.value.user_auth = Bytes{3};
        const auto made = bench.call(in, {password()});
        BOOST_REQUIRE(made);
        handle = made->object_handle;
        area = made->out_public.value;
    }
    TpmsAuthCommand consent() const {
        const Handle session = bench.session(Se::policy).session_handle;
        BOOST_REQUIRE(bench.call(PolicyCommandCodeIn{session, Cc::duplicate}));
        return tpm::policy(session, true);
    }
    Rc refusal(const DuplicateIn& in) const {
        const TpmsAuthCommand session = consent();
        const Rc rc = bench.rc(in, {session});
        if (rc != Rc::success) BOOST_REQUIRE(bench.call(FlushContextIn{session.session_handle}));
        return rc;
    }
    Bytes hmac(Bench& where, Handle which) const {
        const auto out = where.call(HmacIn{which, {Bytes{1, 2, 3}}}, {password(Bytes{3})});
        return out ? out->out_hmac.value : Bytes{};
    }
    Bench& bench;
    CreatePrimaryOut parent{};
    Handle handle = 0;
    TpmtPublic area{};
};

/// The storage key of another TPM, known to the first one by its public part.
struct Destination {
    explicit Destination(Alg type) {
        bench.start();
        parent = bench.primary(rh::owner, templates::storage_key(type));
    }
    Handle known_to(Bench& sender) const {
        return sender.call(LoadExternalIn{.in_public = parent.out_public, .hierarchy = rh::owner})
            ->object_handle;
    }
    ImportIn import_of(const Traveller& traveller, const DuplicateOut& made,
                       const TpmtSymDef& inner = {}) const {
        return {.parent_handle = parent.object_handle,
                .encryption_key = made.encryption_key_out,
                .object_public = {traveller.area},
                .duplicate = made.duplicate,
                .in_sym_seed = made.out_sym_seed,
                .symmetric_alg = inner};
    }
    Bench bench{{}, "destination"};
    CreatePrimaryOut parent{};
};

BOOST_AUTO_TEST_CASE(an_object_moves_to_another_tpm_and_works_there) {  // 13.1, 13.3
    for (const Alg type : {Alg::ecc, Alg::rsa})
        for (const bool wrapped_twice : {false, true}) {
            Bench bench;
            bench.start();
            const Traveller traveller{bench, wrapped_twice ? oa::encrypted_duplication : 0};
            Destination there{type};
            const TpmtSymDef inner = wrapped_twice ? TpmtSymDef::aes_cfb(256) : TpmtSymDef{};
            const auto made = bench.call(DuplicateIn{traveller.handle, there.known_to(bench), {}, inner},
                                         {traveller.consent()});
            BOOST_TEST_REQUIRE(static_cast<bool>(made), (made ? "" : made.error().text()));
            BOOST_TEST(made->encryption_key_out.value.size() == (wrapped_twice ? 32U : 0U));
            ImportIn in = there.import_of(traveller, *made, inner);
            const auto imported = there.bench.call(in, {password()});
            BOOST_TEST_REQUIRE(static_cast<bool>(imported), (imported ? "" : imported.error().text()));
            const auto loaded = there.bench.call(
                LoadIn{there.parent.object_handle, imported->out_private, {traveller.area}}, {password()});
            BOOST_REQUIRE(loaded);
            const Bytes expected = traveller.hmac(bench, traveller.handle);
            BOOST_TEST(expected.size() == 32U);
            BOOST_TEST(traveller.hmac(there.bench, loaded->object_handle) == expected);

            const auto refused = [&](auto change) {
                ImportIn bent = in;
                change(bent);
                return there.bench.rc(bent, {password()});
            };
            BOOST_TEST(refused([](ImportIn& i) { i.duplicate.value.back() ^= 1; }) == Rc{0x3DF});
            BOOST_TEST(refused([](ImportIn& i) { i.in_sym_seed.value.back() ^= 1; }) != Rc::success);
            BOOST_TEST(refused([](ImportIn& i) {
                           i.object_public.value.object_attributes |= oa::fixed_tpm;
                       }) == Rc{0x2C2});
            BOOST_TEST(refused([](ImportIn& i) { i.encryption_key.value = Bytes(7); }) == Rc{0x1D5});
            BOOST_TEST(refused([](ImportIn& i) { i.object_public.value.name_alg = Alg::null; }) == Rc{0x2C3});
            if (!wrapped_twice) continue;
            BOOST_TEST(refused([](ImportIn& i) {
                           i.symmetric_alg = {};
                           i.encryption_key.value.clear();
                       }) == Rc{0x1C2});
            BOOST_TEST(refused([](ImportIn& i) { i.in_sym_seed.value.clear(); }) == Rc{0x4C2});
            // Under another key the length in front of the inner integrity value is none.
            BOOST_TEST(refused([](ImportIn& i) { i.encryption_key.value[0] ^= 1; }) == Rc{0x3D5});
        }
}

BOOST_AUTO_TEST_CASE(what_may_not_leave_stays) {  // 13.1
    Bench bench;
    bench.start();
    const Traveller open{bench}, wrapped{bench, oa::encrypted_duplication};
    BOOST_TEST(bench.rc(DuplicateIn{open.handle}, {password(Bytes{3})}) == Rc::auth_type);
    BOOST_TEST(open.refusal({open.handle, open.handle}) == Rc{0x28A});
    BOOST_TEST(open.refusal({open.handle, rh::null, {Bytes(16)}}) == Rc{0x1D5});
    BOOST_TEST(open.refusal({open.handle, rh::null, {Bytes(32)}, TpmtSymDef::aes_cfb(128)}) == Rc{0x1D5});
    BOOST_TEST(open.refusal({open.handle, rh::null}) == Rc::success);
    BOOST_TEST(wrapped.refusal({wrapped.handle, rh::null}) == Rc{0x2D6});
    BOOST_TEST(wrapped.refusal({wrapped.handle, rh::null, {}, TpmtSymDef::aes_cfb(128)}) == Rc{0x285});
    // A fixed parent.
    const Bytes policy = Policy{Alg::sha256}.command_code(Cc::duplicate).digest();
    TpmtPublic fixed = hmac_key(oa::user_with_auth | oa::sign | oa::sensitive_data_origin | oa::fixed_tpm |
                                oa::fixed_parent);
    fixed.auth_policy.value = policy;
    const auto key = bench.primary(rh::owner, fixed);
    BOOST_TEST(open.refusal({key.object_handle, rh::null}) == Rc{0x182});
}

BOOST_AUTO_TEST_CASE(a_policy_names_the_object_and_where_it_may_go) {  // 23.15
    Bench bench;
    bench.start();
    const Destination there{Alg::ecc}, elsewhere{Alg::ecc};
    const Handle allowed = there.known_to(bench);
    const Bytes parent = there.parent.name.value;
    TpmtPublic area = hmac_key(oa::user_with_auth | oa::sign | oa::sensitive_data_origin);
    area.auth_policy.value = Policy{Alg::sha256}.duplication_select({}, parent, false).digest();
    const auto made = bench.primary(rh::owner, area);
    const auto consent = [&] {
        const Handle session = bench.session(Se::policy).session_handle;
        BOOST_REQUIRE(bench.call(PolicyDuplicationSelectIn{session, made.name, {parent}, 0}));
        return tpm::policy(session, true);
    };
    BOOST_TEST(bench.rc(DuplicateIn{made.object_handle, allowed}, {consent()}) == Rc::success);
    BOOST_TEST(bench.rc(DuplicateIn{made.object_handle, rh::null}, {consent()}) == Rc{0x99D});
    BOOST_TEST(bench.rc(ObjectChangeAuthIn{made.object_handle, allowed, {}}, {consent()}) == Rc{0x9A4});
}

BOOST_AUTO_TEST_CASE(a_duplicate_is_handed_on_by_one_who_cannot_use_it) {  // 13.2
    Bench bench;
    bench.start();
    const Traveller traveller{bench};
    Destination middle{Alg::ecc}, there{Alg::rsa};
    const auto made =
        bench.call(DuplicateIn{traveller.handle, middle.known_to(bench)}, {traveller.consent()});
    BOOST_REQUIRE(made);
    RewrapIn in{middle.parent.object_handle,
                there.known_to(middle.bench),
                made->duplicate,
                {name_of(traveller.area)},
                made->out_sym_seed};
    const auto passed = middle.bench.call(in, {password()});
    BOOST_TEST_REQUIRE(static_cast<bool>(passed), (passed ? "" : passed.error().text()));
    const auto imported = there.bench.call(
        there.import_of(traveller, {{}, passed->out_duplicate, passed->out_sym_seed}), {password()});
    BOOST_TEST(static_cast<bool>(imported));
    RewrapIn bent = in;
    bent.name.value.back() ^= 1;
    BOOST_TEST(middle.bench.rc(bent, {password()}) == Rc{0x1DF});
    bent = in;
    bent.in_sym_seed.value.clear();
    BOOST_TEST(middle.bench.rc(bent, {password()}) == Rc{0x18B});
    bent = in;
    bent.old_parent = rh::null;
    BOOST_TEST(middle.bench.rc(bent, {password()}) == Rc{0x18B});
    bent = in;
    bent.in_sym_seed.value = Bytes(3, 1);
    BOOST_TEST(middle.bench.rc(bent, {password()}) == Rc{0x3C4});
    const auto signer = middle.bench.primary(rh::owner, templates::attestation_key(Alg::ecc));
    bent = in;
    bent.new_parent = signer.object_handle;
    BOOST_TEST(middle.bench.rc(bent, {password()}) == Rc{0x28A});
}

BOOST_AUTO_TEST_CASE(an_object_gets_another_auth_value_in_a_new_private_area) {  // 12.8
    Bench bench;
    bench.start();
    const Traveller traveller{bench};
    const ObjectChangeAuthIn in{traveller.handle, traveller.parent.object_handle, {Bytes{8}}};
    const auto out = bench.call(in, {password(Bytes{3})});
    BOOST_REQUIRE(out);
    const auto loaded =
        bench.call(LoadIn{traveller.parent.object_handle, out->out_private, {traveller.area}}, {password()});
    BOOST_REQUIRE(loaded);
    BOOST_TEST(bench.rc(HmacIn{loaded->object_handle, {}}, {password(Bytes{8})}) == Rc::success);
    BOOST_TEST(bench.rc(HmacIn{traveller.handle, {}}, {password(Bytes{3})}) == Rc::success);
    const auto other = bench.primary(rh::endorsement, templates::storage_key(Alg::ecc));
    BOOST_TEST(bench.rc(ObjectChangeAuthIn{traveller.handle, other.object_handle, {}},
                        {password(Bytes{3})}) == Rc{0x28A});
    BOOST_TEST(bench.rc(ObjectChangeAuthIn{traveller.handle, traveller.parent.object_handle, {Bytes(33, 1)}},
                        {password(Bytes{3})}) == Rc{0x1D5});
}

TpmtPublic cipher_key(Alg mode, std::uint32_t attributes = oa::decrypt | oa::sign) {
    TpmtPublic out{.type = Alg::symcipher, .object_attributes = oa::user_with_auth | attributes};
    out.symmetric = {.algorithm = Alg::aes, .key_bits = 128, .mode = mode};
    return out;
}
Handle loaded_cipher(Bench& bench, const Bytes& key, Alg mode,
                     std::uint32_t attributes = oa::decrypt | oa::sign) {
    TpmtSensitive sensitive{.type = Alg::symcipher, .seed_value = {Bytes(32)}, .sensitive = {key}};
    TpmtPublic area = cipher_key(mode, attributes);
    area.unique_digest.value = digest(Alg::sha256, {Bytes(32), key});
    const auto out =
        bench.call(LoadExternalIn{.in_private = {sensitive}, .in_public = {area}, .hierarchy = rh::null});
    BOOST_REQUIRE(out);
    return out->object_handle;
}

BOOST_AUTO_TEST_CASE(ciphers_give_the_published_blocks) {  // SP 800-38A, F.1 to F.5, AES-128, two blocks each
    Bench bench;
    bench.start();
    const Bytes key = *from_hex("2b7e151628aed2a6abf7158809cf4f3c");
    const Bytes plain = *from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    const Bytes iv = *from_hex("000102030405060708090a0b0c0d0e0f"),
                counter = *from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    struct Row {
        Alg mode;
        Bytes iv;
        const char* cipher;
    };
    for (const Row& row :
         {Row{Alg::ecb, {}, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"},
          Row{Alg::cbc, iv, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
          Row{Alg::cfb, iv, "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"},
          Row{Alg::ofb, iv, "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"},
          Row{Alg::ctr, counter, "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"}}) {
        const Handle handle = loaded_cipher(bench, key, row.mode);
        const auto sealed =
            bench.call(EncryptDecrypt2In{handle, {plain}, 0, Alg::null, {row.iv}}, {password()});
        BOOST_REQUIRE(sealed);
        BOOST_TEST(to_hex(sealed->out_data.value) == row.cipher);
        // In two calls, the second one from where the first one ended.
        const auto half = [&](std::size_t at, const Bytes& from) {
            const Bytes data{plain.begin() + static_cast<std::ptrdiff_t>(at),
                             plain.begin() + static_cast<std::ptrdiff_t>(at + 16)};
            return *bench.call(EncryptDecryptIn{handle, 0, row.mode, {from}, {data}}, {password()});
        };
        const auto first = half(0, row.iv), second = half(16, first.iv_out.value);
        BOOST_TEST(to_hex(concat({first.out_data.value, second.out_data.value})) == row.cipher);
        const auto opened =
            bench.call(EncryptDecrypt2In{handle, {sealed->out_data}, 1, row.mode, {row.iv}}, {password()});
        BOOST_TEST(opened->out_data.value == plain);
        BOOST_REQUIRE(bench.call(FlushContextIn{handle}));
    }
}

BOOST_AUTO_TEST_CASE(ciphers_refuse_what_does_not_fit) {  // 15.2, 15.3
    Bench bench;
    bench.start();
    const Handle cbc = loaded_cipher(bench, Bytes(16, 1), Alg::cbc),
                 any = loaded_cipher(bench, Bytes(16, 1), Alg::null);
    const Handle seals = loaded_cipher(bench, Bytes(16, 1), Alg::cfb, oa::sign);
    const auto two = [&](Handle key, std::size_t size, std::uint8_t decrypt, Alg mode, std::size_t iv) {
        return bench.rc(EncryptDecrypt2In{key, {Bytes(size)}, decrypt, mode, {Bytes(iv)}}, {password()});
    };
    const auto one = [&](Handle key, std::size_t size, Alg mode, std::size_t iv) {
        return bench.rc(EncryptDecryptIn{key, 0, mode, {Bytes(iv)}, {Bytes(size)}}, {password()});
    };
    BOOST_TEST(two(cbc, 16, 0, Alg::cfb, 16) == Rc{0x3C9});
    BOOST_TEST(two(any, 16, 0, Alg::null, 16) == Rc{0x3C9});
    BOOST_TEST(two(any, 16, 0, Alg::sha256, 16) == Rc{0x3C9});
    BOOST_TEST(two(any, 16, 2, Alg::cfb, 16) == Rc{0x2C4});
    BOOST_TEST(two(cbc, 16, 0, Alg::null, 15) == Rc{0x4D5});
    BOOST_TEST(two(any, 16, 0, Alg::ecb, 16) == Rc{0x4D5});
    BOOST_TEST(two(cbc, 15, 0, Alg::null, 16) == Rc{0x1D5});
    BOOST_TEST(two(seals, 16, 1, Alg::null, 16) == Rc{0x182});
    BOOST_TEST(two(seals, 15, 0, Alg::null, 16) == Rc::success);
    BOOST_TEST(one(cbc, 16, Alg::cfb, 16) == Rc{0x2C9});
    BOOST_TEST(one(cbc, 16, Alg::null, 15) == Rc{0x3D5});
    BOOST_TEST(one(cbc, 15, Alg::null, 16) == Rc{0x4D5});
    const auto storage = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    BOOST_TEST(two(storage.object_handle, 16, 0, Alg::cfb, 16) == Rc{0x19C});
}

BOOST_AUTO_TEST_CASE(hmacs_are_those_of_the_key_at_once_or_piece_by_piece) {  // 15.5, 17.2
    Bench bench;
    bench.start();
    const auto load = [&](const Bytes& key, std::uint32_t attributes, Alg hash) {
        TpmtSensitive sensitive{.type = Alg::keyedhash, .seed_value = {Bytes(32)}, .sensitive = {key}};
        TpmtPublic area = hmac_key(oa::user_with_auth | attributes);
        area.scheme = hash == Alg::null ? TpmtScheme{} : TpmtScheme::with(Alg::hmac, hash);
        area.unique_digest.value = digest(Alg::sha256, {Bytes(32), key});
        return bench
            .call(LoadExternalIn{.in_private = {sensitive}, .in_public = {area}, .hierarchy = rh::null})
            ->object_handle;
    };
    // RFC 4231, test cases 2 and 6 (a key longer than a block).
    const Handle jefe = load(Bytes{'J', 'e', 'f', 'e'}, oa::sign, Alg::sha256);
    const auto text = as_bytes("what do ya want for nothing?");
    BOOST_TEST(
        to_hex(bench.call(HmacIn{jefe, {Bytes{text.begin(), text.end()}}}, {password()})->out_hmac.value) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const Handle large = load(Bytes(128, 0xAA), oa::sign, Alg::sha512);
    for (const Handle key : {jefe, large}) {
        const auto whole = bench.call(HmacIn{key, {Bytes(300, 5)}}, {password()});
        const auto sequence = bench.call(HmacStartIn{key, {Bytes{1}}}, {password()});
        BOOST_REQUIRE(sequence);
        BOOST_REQUIRE(
            bench.call(SequenceUpdateIn{sequence->sequence_handle, {Bytes(200, 5)}}, {password(Bytes{1})}));
        const auto context = bench.call(ContextSaveIn{sequence->sequence_handle});
        BOOST_REQUIRE(bench.call(FlushContextIn{sequence->sequence_handle}));
        const auto again = bench.call(ContextLoadIn{context->context});
        BOOST_REQUIRE(again);
        const auto end = bench.call(SequenceCompleteIn{again->loaded_handle, {Bytes(100, 5)}, rh::owner},
                                    {password(Bytes{1})});
        BOOST_REQUIRE(end);
        BOOST_TEST(end->result.value == whole->out_hmac.value);
        BOOST_TEST(end->validation.digest.value.empty());  // a ticket is for a digest
    }
    BOOST_TEST(bench.rc(HmacIn{jefe, {}, Alg::sha384}, {password()}) == Rc{0x2C4});
    BOOST_TEST(bench.rc(HmacStartIn{jefe, {}, Alg::sha384}, {password()}) == Rc{0x2C4});
    const Handle open = load(Bytes(20, 1), oa::sign | oa::decrypt, Alg::null);
    BOOST_TEST(bench.rc(HmacIn{open, {}}, {password()}) == Rc{0x2C4});
    BOOST_TEST(bench.rc(HmacIn{open, {}, Alg::sha1}, {password()}) == Rc::success);
    const auto parent = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    BOOST_TEST(bench.rc(HmacIn{parent.object_handle, {}}, {password()}) == Rc{0x18A});
    TpmtPublic restricted = hmac_key(oa::user_with_auth | oa::sign | oa::restricted |
                                     oa::sensitive_data_origin | oa::fixed_tpm | oa::fixed_parent);
    BOOST_TEST(bench.rc(HmacIn{bench.primary(rh::owner, restricted).object_handle, {}}, {password()}) ==
               Rc{0x182});
    TpmtPublic sealed = templates::sealed_data();
    CreatePrimaryIn in{.primary_handle = rh::owner, .in_public = {sealed}};
    in.in_sensitive.value.data = Bytes{1};
    BOOST_TEST(bench.rc(HmacIn{bench.call(in, {password()})->object_handle, {}}, {password()}) == Rc{0x19C});
}

BOOST_AUTO_TEST_CASE(the_facts_of_a_curve_are_the_published_ones) {  // 14.6; FIPS 186-4, D.1.2.3
    Bench bench;
    bench.start();
    const auto p256 = bench.call(EccParametersIn{Curve::p256});
    BOOST_REQUIRE(p256);
    BOOST_TEST(p256->key_size == 256);
    BOOST_TEST(to_hex(p256->b.value) == "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    BOOST_TEST(to_hex(p256->g_x.value) == "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    BOOST_TEST(to_hex(p256->n.value) == "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    BOOST_TEST(p256->h.value == Bytes{1});
    BOOST_TEST(bench.call(EccParametersIn{Curve::p384})->p.value.size() == 48U);
    BOOST_TEST(bench.rc(EccParametersIn{Curve{0x10}}) == Rc{0x1E6});
}

}  // namespace
}  // namespace assay::tpm
