// HPKE against RFC 9180 Appendix A, vectors of two more implementations, and inputs that must be refused.
#include "sim/crypto/hpke.hpp"

#include <iostream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::crypto::hpke {
namespace {

using nlohmann::json;

/// Nothing, and one line, when the data is not there.
std::optional<json> shared_json(const std::string& name) {
    const auto path = shared_data("vectors/" + name);
    if (!path) {
        std::cout << "skipped: vectors/" << name << "\n";
        return {};
    }
    const auto bytes = read_file(*path, 1 << 20);
    BOOST_REQUIRE(bytes);
    return json::parse(as_text(*bytes));
}

Bytes hex(const json& object, const char* member) {
    if (!object.contains(member)) return {};
    return from_hex(object.at(member).get<std::string>()).value();
}

/// First what it was made of, then what a seeded generator gives: OpenSSL blinds scalars at P-384.
class Script final : public Random {
public:
    explicit Script(Bytes bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<std::uint8_t> out) override {
        if (bytes_.empty()) return rest_.fill(out);
        BOOST_REQUIRE(out.size() == bytes_.size());
        std::ranges::copy(bytes_, out.begin());
        bytes_.clear();
    }

private:
    Bytes bytes_;
    Drbg rest_{as_bytes("rest")};
};

struct Setting {
    Drbg random{as_bytes("hpke test")};
    Context context{random};
};

Suite suite_of(const json& v) {
    return {v.at("kem_id").get<KemId>(), v.at("kdf_id").get<KdfId>(), v.at("aead_id").get<AeadId>()};
}

template <class Ends>
void advance(Ends& sender, RecipientContext& recipient, std::uint64_t sequence) {
    Bytes sealed(aead_tag_size);
    while (sender.sequence() < sequence) {
        BOOST_REQUIRE(sender.seal({}, {}, sealed));
        BOOST_REQUIRE(recipient.open({}, sealed, {}));
    }
}

class Checked {
public:
    explicit Checked(std::string place) : place_(std::move(place)) {}
    void same(ByteView got, const json& object, const char* member) {
        ++count;
        BOOST_TEST(to_hex(got) == object.at(member).get<std::string>(), place_ << ": " << member);
    }
    std::size_t count = 0;

private:
    std::string place_;
};

std::size_t check_vector(const json& v, const std::string& place) {
    Setting setting;
    Checked checked{place};
    const Suite suite = suite_of(v);
    const auto mode = v.at("mode").get<Mode>();
    const Bytes info = hex(v, "info"), psk = hex(v, "psk"), psk_id = hex(v, "psk_id");

    const auto pair = [&](const char* ikm, const char* sk, const char* pk) {
        auto derived = derive_key_pair(setting.context, suite.kem, hex(v, ikm));
        auto read = deserialize_private_key(setting.context, suite.kem, hex(v, sk));
        BOOST_REQUIRE(derived);
        BOOST_REQUIRE(read);
        checked.same(derived->public_key().point(), v, pk);
        checked.same(read->public_key().point(), v, pk);
        return *std::move(read);
    };
    const PrivateKey ephemeral = pair("ikmE", "skEm", "pkEm");
    const PrivateKey recipient = pair("ikmR", "skRm", "pkRm");
    std::optional<PrivateKey> sender;
    std::optional<PublicKey> sender_public;
    if (mode == Mode::auth || mode == Mode::auth_psk) {
        sender = pair("ikmS", "skSm", "pkSm");
        sender_public = sender->public_key();
    }

    const auto made = encap(suite.kem, recipient.public_key(), ephemeral, sender ? &*sender : nullptr);
    BOOST_REQUIRE(made);
    checked.same(made->shared_secret.bytes(), v, "shared_secret");
    checked.same(made->enc, v, "enc");
    const auto opened = decap(suite.kem, made->enc, recipient, sender_public ? &*sender_public : nullptr);
    BOOST_REQUIRE(opened);
    checked.same(opened->bytes(), v, "shared_secret");

    const auto schedule = key_schedule(suite, mode, opened->bytes(), info, psk, psk_id);
    BOOST_REQUIRE(schedule);
    checked.same(schedule->key_schedule_context, v, "key_schedule_context");
    checked.same(schedule->secret.bytes(), v, "secret");
    checked.same(schedule->exporter_secret.bytes(), v, "exporter_secret");
    if (suite.aead != AeadId::export_only) {
        checked.same(schedule->key.bytes(), v, "key");
        checked.same(schedule->base_nonce.bytes(), v, "base_nonce");
    }

    // The whole way, with the ephemeral key derived from the vector's randomness.
    Script script{hex(v, "ikmE")};
    const Context scripted{script};
    auto start = setup_sender(scripted, suite, recipient.public_key(), info,
                              {mode, psk, psk_id, sender ? &*sender : nullptr});
    BOOST_REQUIRE(start);
    checked.same(start->enc, v, "enc");
    auto end = setup_recipient(suite, start->enc, recipient, info,
                               {mode, psk, psk_id, sender_public ? &*sender_public : nullptr});
    BOOST_REQUIRE(end);
    for (const json& e : v.value("encryptions", json::array())) {
        advance(start->context, *end, e.at("seq").get<std::uint64_t>());
        const Bytes plaintext = hex(e, "pt"), aad = hex(e, "aad");
        Bytes sealed(plaintext.size() + aead_tag_size), back(plaintext.size());
        BOOST_REQUIRE(start->context.seal(aad, plaintext, sealed));
        checked.same(sealed, e, "ct");
        BOOST_REQUIRE(end->open(aad, sealed, back));
        checked.same(back, e, "pt");
    }
    for (const json& e : v.at("exports")) {
        const auto size = e.at("L").get<std::size_t>();
        const auto mine = start->context.export_secret(hex(e, "exporter_context"), size);
        const auto theirs = end->export_secret(hex(e, "exporter_context"), size);
        BOOST_REQUIRE(mine);
        BOOST_REQUIRE(theirs);
        checked.same(mine->bytes(), e, "exported_value");
        checked.same(theirs->bytes(), e, "exported_value");
    }
    return checked.count;
}

void check_vectors(const std::string& file, std::size_t expected) {
    const auto data = shared_json(file);
    if (!data) return;
    std::size_t number = 0, values = 0;
    for (const json& v : data->at("vectors"))
        values += check_vector(v, file + " #" + std::to_string(number++));
    BOOST_TEST(number == expected);
    std::cout << "vectors: " << file << " " << number << " vectors, " << values << " values\n";
}

BOOST_AUTO_TEST_SUITE(hpke)

BOOST_AUTO_TEST_CASE(every_value_of_rfc_9180_appendix_a_is_reproduced) {
    check_vectors("hpke/rfc9180-appendix-a.json", 28);
}
BOOST_AUTO_TEST_CASE(every_value_of_the_suites_that_the_rfc_has_no_vector_for_is_reproduced) {
    check_vectors("hpke/generated-suites.json", 32);
}

/// A point case: the value is refused as encapsulated key, as recipient's key and as sender's key.
bool is_refused(const json& c) {
    Setting setting;
    const auto kem = c.at("kem_id").get<KemId>();
    const Bytes value = hex(c, "value");
    const auto own = deserialize_private_key(setting.context, kem, hex(c, "skRm"));
    BOOST_REQUIRE(own);
    const auto as_enc = decap(kem, value, *own);
    if (as_enc) return false;
    const bool must_validate = c.at("expect") == "ValidationError";
    if (must_validate && as_enc.error() != Error::validation) return false;
    if (deserialize_public_key(kem, value)) return false;
    // Where a key was made of it all the same, the shared secret is looked at.
    const auto key = PublicKey::from_point(facts(kem)->curve, value);
    if (!key) return !must_validate;
    const auto fresh = PrivateKey::generate(setting.context, facts(kem)->curve);
    const auto as_recipient = encap(kem, *key, fresh);
    const auto as_sender = decap(kem, fresh.public_key().point(), *own, &*key);
    return !as_recipient && as_recipient.error() == Error::validation && !as_sender;
}

/// What becomes of vector 0 of the generated suites under one change.
std::string outcome_of(const json& v, const json& mutate) {
    Setting setting;
    const std::string field = mutate.at("field");
    const Suite suite = suite_of(v);
    const auto recipient = deserialize_private_key(setting.context, suite.kem, hex(v, "skRm"));
    const auto ephemeral = deserialize_private_key(setting.context, suite.kem, hex(v, "skEm"));
    BOOST_REQUIRE(recipient);
    BOOST_REQUIRE(ephemeral);
    Bytes psk = as_text(hex(v, "psk")).empty() ? Bytes(32, 7) : hex(v, "psk");
    Bytes psk_id{1, 2, 3}, info = hex(v, "info");
    if (field == "psk" || field == "psk_id") {
        if (mutate.at("op") == "unset") {
            psk = psk_id = {};
        } else {
            (field == "psk" ? psk : psk_id) = hex(mutate, "value");
        }
        const auto got = setup_sender(setting.context, suite, recipient->public_key(), info,
                                      {mutate.at("mode").get<Mode>(), psk, psk_id});
        return got ? "accepted" : std::string{name(got.error())};
    }
    if (field == "info") info.push_back(0);
    const json& first = v.at("encryptions").at(0);
    Bytes aad = hex(first, "aad"), sealed = hex(first, "ct");
    Bytes plaintext(sealed.size() - aead_tag_size);
    if (field == "aad") aad = hex(mutate, "value");
    if (field == "ct") sealed.back() ^= 1;
    auto end = setup_recipient(suite, hex(v, "enc"), *recipient, info);
    BOOST_REQUIRE(end);
    if (field == "L") {
        const auto got = end->export_secret({}, mutate.at("value").get<std::size_t>());
        BOOST_TEST(!!end->export_secret({}, mutate.at("value").get<std::size_t>() - 1));
        return got ? "accepted" : std::string{name(got.error())};
    }
    if (field == "seq") {
        auto start = setup_sender(setting.context, suite, recipient->public_key(), info, {}, &*ephemeral);
        BOOST_REQUIRE(start);
        Bytes ignored(plaintext.size() + aead_tag_size);
        BOOST_REQUIRE(start->context.seal({}, plaintext, ignored));
        BOOST_REQUIRE(end->open({}, ignored, plaintext));
    }
    const auto before = end->sequence();
    const auto got = end->open(aad, sealed, plaintext);
    BOOST_TEST(end->sequence() == before + (got ? 1 : 0));
    if (!got) BOOST_TEST(to_hex(plaintext) == to_hex(Bytes(plaintext.size())));
    return got ? "accepted" : std::string{name(got.error())};
}

template <class T>
concept CanSeal = requires(T& context, Bytes bytes) {
    context.seal(bytes, bytes, bytes);
};
template <class T>
concept CanOpen = requires(T& context, Bytes bytes) {
    context.open(bytes, bytes, bytes);
};
static_assert(CanSeal<SenderContext> && !CanOpen<SenderContext>, "contexts are one-directional");
static_assert(CanOpen<RecipientContext> && !CanSeal<RecipientContext>, "contexts are one-directional");

BOOST_AUTO_TEST_CASE(every_negative_case_is_refused_with_its_error) {
    const auto data = shared_json("hpke/negative.json"), suites = shared_json("hpke/generated-suites.json");
    if (!data || !suites) return;
    std::size_t checked = 0, elsewhere = 0;
    for (const json& c : data->at("cases")) {
        const std::string what = c.at("name"), expect = c.at("expect");
        if (!c.contains("mutate") && c.at("role") == "skR") {
            Setting setting;
            const auto key =
                deserialize_private_key(setting.context, c.at("kem_id").get<KemId>(), hex(c, "value"));
            BOOST_TEST((!key && key.error() == Error::deserialize), what);
        } else if (!c.contains("mutate")) {
            BOOST_TEST(is_refused(c), what);
        } else if (expect == "error" && c.at("mutate").at("field") != "L") {
            ++elsewhere;  // direction: by the types, above; export-only: a case of its own, below
            continue;
        } else if (expect == "MessageLimitReachedError") {
            ++elsewhere;  // below
            continue;
        } else {
            const std::string got = outcome_of(suites->at("vectors").at(0), c.at("mutate"));
            BOOST_TEST(got == (expect == "error" ? "export too long" : expect), what);
        }
        ++checked;
    }
    BOOST_TEST(checked == 47U);
    BOOST_TEST(elsewhere == 3U);
}

BOOST_AUTO_TEST_CASE(an_export_only_suite_neither_seals_nor_opens) {
    Setting setting;
    const Suite suite{KemId::x25519_sha256, KdfId::sha256, AeadId::export_only};
    const auto own = PrivateKey::generate(setting.context, KeyType::x25519);
    auto start = setup_sender(setting.context, suite, own.public_key(), {});
    BOOST_REQUIRE(start);
    auto end = setup_recipient(suite, start->enc, own, {});
    BOOST_REQUIRE(end);
    Bytes sealed(aead_tag_size);
    BOOST_TEST((start->context.seal({}, {}, sealed).error() == Error::no_cipher));
    BOOST_TEST((end->open({}, sealed, {}).error() == Error::no_cipher));
    BOOST_TEST(!!end->export_secret({}, 32));
}

BOOST_AUTO_TEST_CASE(a_context_stops_at_its_message_limit) {
    Setting setting;
    const Suite suite{KemId::p384_sha384, KdfId::sha384, AeadId::aes_256_gcm};
    const auto own = PrivateKey::generate(setting.context, KeyType::p384);
    auto start = setup_sender(setting.context, suite, own.public_key(), {}, {.message_limit = 2});
    BOOST_REQUIRE(start);
    auto end = setup_recipient(suite, start->enc, own, {}, {.message_limit = 1});
    BOOST_REQUIRE(end);
    Bytes first(aead_tag_size), second(aead_tag_size), third(aead_tag_size);
    BOOST_TEST(!!start->context.seal({}, {}, first));
    BOOST_TEST(!!start->context.seal({}, {}, second));
    BOOST_TEST((start->context.seal({}, {}, third).error() == Error::message_limit));
    BOOST_TEST(to_hex(third) == to_hex(Bytes(aead_tag_size)));
    BOOST_TEST(start->context.sequence() == 2U);
    BOOST_TEST(!!end->open({}, first, {}));
    BOOST_TEST((end->open({}, second, {}).error() == Error::message_limit));
}

BOOST_AUTO_TEST_CASE(a_message_that_does_not_open_keeps_the_sequence_number) {
    Setting setting;
    const Suite suite{KemId::x25519_sha256, KdfId::sha512, AeadId::chacha20_poly1305};
    const auto own = PrivateKey::generate(setting.context, KeyType::x25519);
    auto start = setup_sender(setting.context, suite, own.public_key(), {});
    BOOST_REQUIRE(start);
    auto end = setup_recipient(suite, start->enc, own, {});
    BOOST_REQUIRE(end);
    const Bytes text{1, 2, 3};
    Bytes sealed(text.size() + aead_tag_size), back(text.size());
    BOOST_REQUIRE(start->context.seal({}, text, sealed));
    Bytes wrong = sealed;
    wrong[0] ^= 1;
    BOOST_TEST((end->open({}, wrong, back).error() == Error::open));
    BOOST_TEST((end->open({}, ByteView{sealed}.first(5), {}).error() == Error::open));
    BOOST_TEST(end->sequence() == 0U);
    BOOST_TEST(!!end->open({}, sealed, back));
    BOOST_TEST(to_hex(back) == to_hex(text));
    BOOST_TEST((end->open({}, sealed, back).error() == Error::open));  // the same message again
}

// X25519 ignores the top bit, the shared secret covers it (4.1).
BOOST_AUTO_TEST_CASE(the_ignored_bit_of_an_x25519_key_is_part_of_the_shared_secret) {
    Setting setting;
    const Suite suite{KemId::x25519_sha256, KdfId::sha256, AeadId::aes_128_gcm};
    const auto own = PrivateKey::generate(setting.context, KeyType::x25519);
    auto start = setup_sender(setting.context, suite, own.public_key(), {});
    BOOST_REQUIRE(start);
    Bytes enc = start->enc;
    enc.back() ^= 0x80;
    const auto one = decap(suite.kem, start->enc, own), other = decap(suite.kem, enc, own);
    BOOST_REQUIRE(one);
    BOOST_REQUIRE(other);
    BOOST_TEST(to_hex(one->bytes()) != to_hex(other->bytes()));
}

BOOST_AUTO_TEST_CASE(a_short_psk_is_refused) {
    Setting setting;
    const Suite suite{KemId::x25519_sha256, KdfId::sha256, AeadId::aes_128_gcm};
    const auto own = PrivateKey::generate(setting.context, KeyType::x25519);
    const Bytes psk(31, 1), id{1};
    const auto got = setup_sender(setting.context, suite, own.public_key(), {}, {Mode::psk, psk, id});
    BOOST_REQUIRE(!got);
    BOOST_TEST((got.error() == Error::psk_too_short));
}

BOOST_AUTO_TEST_CASE(unknown_identifiers_have_no_facts) {
    for (const unsigned id : {0U, 1U, 0x13U, 0x21U, 0x4242U, 0xFFFFU})
        BOOST_TEST(facts(static_cast<KemId>(id)) == nullptr, id);
    for (const unsigned id : {0U, 4U, 0xFFFFU}) BOOST_TEST(facts(static_cast<KdfId>(id)) == nullptr, id);
    for (const unsigned id : {0U, 4U, 0xFFFEU}) BOOST_TEST(facts(static_cast<AeadId>(id)) == nullptr, id);
}

BOOST_AUTO_TEST_CASE(equal_seeds_seal_equal_bytes_and_two_contexts_never_do) {
    const Suite suite{KemId::p384_sha384, KdfId::sha384, AeadId::aes_256_gcm};
    const auto run = [&] {
        Setting setting;
        const auto own = PrivateKey::generate(setting.context, KeyType::p384);
        std::vector<Bytes> out;
        for (int i = 0; i < 2; ++i) {
            auto start = setup_sender(setting.context, suite, own.public_key(), {});
            BOOST_REQUIRE(start);
            Bytes sealed(aead_tag_size);
            BOOST_REQUIRE(start->context.seal({}, {}, sealed));
            out.push_back(concat({start->enc, sealed}));
        }
        return out;
    };
    const auto once = run(), again = run();
    BOOST_TEST((once == again));
    BOOST_TEST((once[0] != once[1]));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto::hpke
