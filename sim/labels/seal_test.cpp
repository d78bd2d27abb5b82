// Sealing is the only declassifier; a key that is gone takes its ciphertexts along (SP 800-88 Rev 2,
// cryptographic erase).
#include "sim/labels/seal.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/crypto/aead.hpp"
#include "sim/labels/label_oracle.hpp"
#include "sim/labels/test_registry.hpp"

namespace assay::labels {
namespace {

struct SealBench : TestBench {
    LabelledStore ram{registry, {"ram", StoreKind::dram, 256}};
    LabelledStore ring{registry, {"ring", StoreKind::ring, 256, true, Sink::bounce_ring}};
    KeyStore keys{registry, "keys", 4};
    Subject session = subject(), request = subject();
    Bytes key = Bytes(32, 0x4B), nonce = Bytes(12, 1), aad{1, 2, 3};
    KeyRef ref = *keys.put(7, KeyKind::channel_session, session, key);

    SealBench() { ram.write(0, as_bytes("sixteen bytes ok"), prompt(request)); }
    Result<Nothing, Refusal> seal_it(const KeyRef& with) {
        return seal(registry, with, nonce, aad, ram, {0, 16}, ring, 32, Sink::bounce_ring);
    }
};

BOOST_AUTO_TEST_CASE(sealed_bytes_are_clean_and_what_aes_gcm_makes_of_them) {
    SealBench bench;
    BOOST_REQUIRE(bool(bench.seal_it(bench.ref)));
    Bytes expected(32);
    crypto::AeadKey{crypto::Aead::aes_256_gcm, bench.key}.seal(bench.nonce, bench.aad,
                                                               as_bytes("sixteen bytes ok"), expected);
    BOOST_TEST(equal(bench.ring.bytes({32, 32}), expected));
    BOOST_TEST((bench.ring.label({0, 256}) == clean));
    BOOST_TEST(bench.registry.findings().total() == 0U);
    BOOST_REQUIRE(bench.registry.declassifications().total() == 1U);
    const Declassification& entry = bench.registry.declassifications().entries()[0];
    BOOST_TEST(entry.key == 7U);
    BOOST_TEST(entry.size == 16U);
    BOOST_TEST(entry.generation == bench.request.generation);
    BOOST_TEST(bench.registry.declassified(bench.request).at(Sink::bounce_ring) == 16U);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_declassifies_nothing) {
    SealBench bench;
    const KeyRef other = *bench.keys.put(8, KeyKind::boot_disk, bench.session, Bytes(32, 9));
    const auto refused = bench.seal_it(other);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().code == "E_PLAINTEXT_EGRESS");
    BOOST_TEST(equal(bench.ring.bytes({0, 256}), Bytes(256, 0)));
    BOOST_TEST(bench.registry.declassifications().total() == 0U);
}

BOOST_AUTO_TEST_CASE(opened_bytes_belong_to_their_subject_again) {
    SealBench bench;
    BOOST_REQUIRE(bool(bench.seal_it(bench.ref)));
    const Label mine = bench.prompt(bench.request);
    BOOST_REQUIRE(bool(
        open(bench.registry, bench.ref, bench.nonce, bench.aad, bench.ring, {32, 32}, bench.ram, 100, mine)));
    BOOST_TEST(text_of(bench.ram.bytes({100, 16})) == "sixteen bytes ok");
    BOOST_TEST((bench.ram.label({100, 16}) == mine));
}

BOOST_AUTO_TEST_CASE(a_wrong_tag_releases_no_byte) {
    SealBench bench;
    BOOST_REQUIRE(bool(bench.seal_it(bench.ref)));
    for (const std::size_t flipped : {32U, 47U, 48U, 63U}) {
        Bytes changed{bench.ring.bytes({32, 32}).begin(), bench.ring.bytes({32, 32}).end()};
        changed[flipped - 32] ^= 1;
        bench.ring.write(128, changed, clean);
        bench.ram.write(100, Bytes(16, 0xEE), clean);
        const auto refused = open(bench.registry, bench.ref, bench.nonce, bench.aad, bench.ring, {128, 32},
                                  bench.ram, 100, bench.prompt(bench.request));
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().code == "E_TAG");
        BOOST_TEST(equal(bench.ram.bytes({100, 16}), Bytes(16, 0)));
        BOOST_TEST((bench.ram.label({100, 16}) == clean));
    }
    const auto shorter =
        open(bench.registry, bench.ref, bench.nonce, bench.aad, bench.ring, {32, 15}, bench.ram, 100, clean);
    BOOST_TEST((!shorter && shorter.error().code == "E_TAG_LEN"));
}

BOOST_AUTO_TEST_CASE(a_ciphertext_is_residue_as_long_as_its_key_lives) {
    SealBench bench;
    BOOST_REQUIRE(bool(bench.seal_it(bench.ref)));
    BOOST_REQUIRE(bool(bench.ram.scrub(bench.ram.all(), ScrubMethod::overwrite_zero)));
    const auto found = sweep(bench.registry, bench.request);
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].store == "ring");
    BOOST_TEST(found[0].form == "sealed under a live key");
    const auto erased = crypto_erase(bench.registry, 7);
    BOOST_REQUIRE(bool(erased));
    BOOST_TEST(erased->copies_scrubbed == 1U);
    BOOST_TEST(erased->ciphertext_bytes == 32U);
    BOOST_TEST(sweep(bench.registry, bench.request).empty());
    BOOST_TEST(sweep(bench.registry, bench.session).empty());
    const auto stale = bench.seal_it(bench.ref);
    BOOST_TEST((!stale && stale.error().code == "E_KEY_UNKNOWN"));
}

BOOST_AUTO_TEST_CASE(a_copy_of_the_key_outside_its_slots_refuses_the_erase) {
    SealBench bench;
    bench.ram.write(200, bench.key, clean);  // an escrow buffer that forgot the label
    const auto refused = crypto_erase(bench.registry, 7);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().code == "E_CE_KEY_COPY");
    BOOST_TEST(bench.registry.findings().entries().back().range.at == 200U);
    BOOST_TEST(bench.keys.live(bench.ref));
}

BOOST_AUTO_TEST_CASE(every_slot_that_holds_the_key_is_scrubbed) {
    SealBench bench;
    KeyStore backup{bench.registry, "backup", 2};
    BOOST_REQUIRE(bool(backup.copy(bench.ref)));
    BOOST_REQUIRE(bool(bench.keys.zeroise(bench.ref)));
    BOOST_TEST(!sweep(bench.registry, bench.session).empty());  // one copy zeroised is not the key erased
    const auto erased = crypto_erase(bench.registry, 7);
    BOOST_REQUIRE(bool(erased));
    BOOST_TEST(erased->copies_scrubbed == 1U);
    BOOST_TEST(backup.live_count() == 0U);
    BOOST_TEST(sweep(bench.registry, bench.session).empty());
}

BOOST_AUTO_TEST_CASE(a_stale_reference_opens_no_later_key) {
    SealBench bench;
    BOOST_REQUIRE(bool(bench.keys.zeroise(bench.ref)));
    const KeyRef next = *bench.keys.put(7, KeyKind::channel_session, bench.session, Bytes(32, 1));
    BOOST_TEST(next.slot == bench.ref.slot);
    BOOST_TEST(!bench.keys.live(bench.ref));
    BOOST_TEST(bench.keys.bytes(bench.ref).empty());
    BOOST_TEST(bench.keys.bytes(next).size() == 32U);
    const auto again = bench.keys.put(7, KeyKind::other, bench.session, Bytes(32, 1));
    BOOST_TEST((!again && again.error().code == "E_ID_REUSE"));
    const auto longer = bench.keys.put(9, KeyKind::other, bench.session, Bytes(65, 1));
    BOOST_TEST((!longer && longer.error().code == "E_LIMIT"));
}

}  // namespace
}  // namespace assay::labels
