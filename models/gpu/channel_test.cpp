// The secure channel by itself (SP 800-38D, 8.2.1; RFC 5869).
#include "models/gpu/channel.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/base/writer.hpp"
#include "sim/crypto/aead.hpp"
#include "sim/crypto/context.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::gpu {
namespace {

using labels::LabelledStore;
using labels::StoreKind;

struct ChannelBench {
    crypto::Drbg random{as_bytes("channel"), "test"};
    labels::Registry registry{random};
    LabelledStore ram{registry, {"ram", StoreKind::dram, 4096}};
    LabelledStore ring{registry, {"ring", StoreKind::ring, 4096, true, labels::Sink::bounce_ring}};
    LabelledStore hbm{registry, {"hbm", StoreKind::hbm, 4096}};
    labels::KeyStore guest_keys{registry, "guest.keys", 8}, gpu_keys{registry, "gpu.keys", 8};
    labels::Subject session = *registry.admit(), request = *registry.admit();
    Bytes secret = Bytes(48, 0x11);
    Channel guest = *Channel::open(registry, guest_keys, session, secret, {Channel::End::guest, 3});
    Channel device = *Channel::open(registry, gpu_keys, session, secret, {Channel::End::device, 3});

    labels::Range send(std::string_view text, Channel& from,
                       TransferHeader header = {.op = Op::write_input}) {
        ram.write(0, as_bytes(text), registry.label(request, labels::DataClass::prompt));
        const auto sealed = from.seal(header, ram, {0, text.size()}, ring, 0);
        if (!sealed) throw std::runtime_error(std::string{sealed.error().code});
        return {0, header_size + text.size() + tag_size};
    }
    std::string receive(labels::Range record, Channel& to) {
        const auto header = to.peek(ring, record);
        if (!header) return std::string{header.error().code};
        const auto opened =
            to.open(ring, record, *header, hbm, 0, registry.label(request, labels::DataClass::prompt));
        if (!opened) return std::string{opened.error().code};
        return std::string{as_text(hbm.bytes({0, header->length}))};
    }
};

BOOST_AUTO_TEST_CASE(a_record_is_what_hkdf_and_aes_gcm_make_of_it) {
    ChannelBench bench;
    for (std::uint64_t counter = 0; counter < 3; ++counter) {
        const auto record = bench.send("sixteen bytes ok", bench.guest);
        const Secret key = crypto::hkdf_expand(crypto::Hash::sha384, bench.secret,
                                               as_bytes("assay data path v1 h2d key"), 32);
        const Secret fixed =
            crypto::hkdf_expand(crypto::Hash::sha384, bench.secret, as_bytes("assay data path v1 h2d iv"), 4);
        const Bytes nonce = concat({fixed.bytes(), store(counter, std::endian::big)});
        Bytes plain(16);
        const ByteView raw = bench.ring.bytes(record);
        const crypto::AeadKey cipher{crypto::Aead::aes_256_gcm, key.bytes()};
        BOOST_TEST(cipher.open(nonce, raw.first(64), raw.subspan(64), plain));
        BOOST_TEST(as_text(plain) == "sixteen bytes ok");
        BOOST_TEST(bench.receive(record, bench.device) == "sixteen bytes ok");
    }
}

BOOST_AUTO_TEST_CASE(both_directions_have_their_own_key_and_counter) {
    ChannelBench bench;
    BOOST_TEST(bench.receive(bench.send("there", bench.guest), bench.device) == "there");
    BOOST_TEST(bench.receive(bench.send("and back", bench.device), bench.guest) == "and back");
    BOOST_TEST(bench.guest.sent() == 1U);
    BOOST_TEST(bench.guest.received() == 1U);
    ChannelBench other;
    BOOST_TEST(other.receive(other.send("a reflection", other.guest), other.guest) == "E_TAG");
}

BOOST_AUTO_TEST_CASE(every_bit_of_a_record_counts) {
    for (std::size_t bit = 0; bit < 8 * (64 + 4 + 16); ++bit) {
        ChannelBench bench;
        const auto record = bench.send("data", bench.guest);
        Bytes changed{bench.ring.bytes(record).begin(), bench.ring.bytes(record).end()};
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
        bench.ring.write(0, changed, labels::clean);
        bench.hbm.write(0, Bytes(64, 0xEE), labels::clean);
        const std::string code = bench.receive(record, bench.device);
        BOOST_TEST_CONTEXT("bit " << bit) {
            BOOST_TEST(code.starts_with("E_"));
            BOOST_TEST(as_text(bench.hbm.bytes({0, 64})).find("data") == std::string_view::npos);
            BOOST_TEST(!bench.device.usable());
        }
    }
}

BOOST_AUTO_TEST_CASE(records_come_in_the_order_of_their_counters) {
    ChannelBench again;
    const auto record = again.send("once", again.guest);
    BOOST_TEST(again.receive(record, again.device) == "once");
    BOOST_TEST(again.receive(record, again.device) == "E_REPLAY");
    BOOST_TEST(again.receive(record, again.device) == "E_NO_SESSION");
    ChannelBench gap;
    (void)gap.send("lost", gap.guest);
    BOOST_TEST(gap.receive(gap.send("next", gap.guest), gap.device) == "E_SEQ_GAP");
}

BOOST_AUTO_TEST_CASE(a_counter_that_was_used_seals_nothing) {
    ChannelBench bench;
    for (int i = 0; i < 3; ++i) (void)bench.send("data", bench.guest);
    bench.guest.set_next_counter(1);
    BOOST_CHECK_EXCEPTION(bench.send("again", bench.guest), std::runtime_error,
                          [](const auto& e) { return std::string{e.what()} == "E_IV_REUSE"; });
    BOOST_TEST(bench.guest.repeats_refused() == 1U);
}

BOOST_AUTO_TEST_CASE(a_key_is_used_up_to_its_limit_and_a_new_one_after_it) {
    ChannelBench bench;
    bench.guest = *Channel::open(bench.registry, bench.guest_keys, bench.session, bench.secret,
                                 {Channel::End::guest, 4, crypto::Hash::sha384, 3});
    bench.device = *Channel::open(bench.registry, bench.gpu_keys, bench.session, bench.secret,
                                  {Channel::End::device, 4, crypto::Hash::sha384, 3});
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(bench.receive(bench.send("data", bench.guest), bench.device) == "data");
    BOOST_CHECK_EXCEPTION(bench.send("more", bench.guest), std::runtime_error,
                          [](const auto& e) { return std::string{e.what()} == "E_KEY_LIMIT"; });
    BOOST_REQUIRE(bool(bench.guest.rekey()));
    BOOST_REQUIRE(bool(bench.device.rekey()));
    BOOST_TEST(bench.receive(bench.send("more", bench.guest), bench.device) == "more");
    BOOST_TEST(bench.guest_keys.live_count() == 4U);  // two channels, two keys each: the old ones are gone
}

BOOST_AUTO_TEST_CASE(other_secrets_and_other_sizes_open_nothing) {
    ChannelBench bench;
    const auto refused = Channel::open(bench.registry, bench.gpu_keys, bench.session, Bytes(32, 1),
                                       {Channel::End::device, 9, crypto::Hash::sha384});
    BOOST_TEST((!refused && refused.error().code == "E_KEY_PARAMS"));
    bench.device = *Channel::open(bench.registry, bench.gpu_keys, bench.session, Bytes(48, 0x12),
                                  {Channel::End::device, 5});
    BOOST_TEST(bench.receive(bench.send("data", bench.guest), bench.device) == "E_TAG");
}

BOOST_AUTO_TEST_CASE(every_operation_has_one_row_and_every_code_a_number) {
    for (const OpRow& one : op_rows()) BOOST_TEST(find_op(one.op) == &one);
    BOOST_TEST(find_op(Op{0}) == nullptr);
    BOOST_TEST(find_op(Op::answer) == nullptr);
    for (const std::string_view code : status_codes()) BOOST_TEST(code_of(status_of(code)) == code);
    BOOST_TEST(code_of(status_of("E_WHO_KNOWS")) == "E_DEVICE");
    BOOST_TEST(code_of(12345) == "E_DEVICE");
    BOOST_TEST(encode(TransferHeader{}, transfer_order).size() == header_size);
    BOOST_TEST(load<std::uint32_t>(
                   ByteView{encode(TransferHeader{.length = 77}, transfer_order)}.subspan(length_offset),
                   transfer_order) == 77U);
}

}  // namespace
}  // namespace assay::gpu
