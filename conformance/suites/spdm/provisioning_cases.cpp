// What a responder is given, and tells of what it has (DSP0274): GET_CSR, SET_CERTIFICATE; from 1.3 on sizes
// of slots, key pairs, the measurement extension log.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {
namespace provisioning_topic {

using Version = std::uint8_t;

constexpr std::uint8_t reset_required = 0x0C;

Bytes csr_request(const Client& client, ByteView opaque = {}) {
    // From 1.3 on Param2 has the certificate's model.
    return concat({client.head(0xED), Bytes(2),
                   store(static_cast<std::uint16_t>(opaque.size()), std::endian::little), opaque});
}
/// The request that CSR carries; NOT_TESTED where the device has to be reset for it.
Bytes csr_of(Trial& trial, const Client& client, ByteView answer) {
    if (answer.size() > 2 && answer[1] == 0x7F && answer[2] == reset_required)
        trial.not_tested(NotTested::not_supported, "the responder makes a CSR after a reset alone");
    trial.expect(answer.size() >= 8 && answer[0] == client.version && answer[1] == 0x6D, "unexpected-answer",
                 "CSR", in_words(answer));
    const std::size_t bytes = u16(answer, 4);
    trial.expect(
        u16(answer, 6) == 0 && bytes > 0 && answer.size() >= 8 + bytes && answer.size() <= 8 + bytes + 3,
        "csr-length", "CSR has its CSRLength", to_hex(ByteView{answer}.first(8)));
    return part(answer, 8, bytes);
}
void csr_is_signed(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Bytes der = csr_of(trial, client, client.ask(csr_request(client)));
    const auto request = crypto::verify_request(der);
    trial.expect(static_cast<bool>(request), "csr-signature", "the CSR is signed by the key that it is for",
                 "it is not");
    trial.expect(request->key.type() == signature_algorithm(client.asym_sel).key, "csr-key",
                 "its key is of the selected algorithm", std::string{crypto::name(request->key.type())});
}
void csr_out_of_bounds(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    client.refused(csr_request(client, Bytes(1025)), {invalid_request},
                   "GET_CSR with 1025 bytes of OpaqueData");
    client.refused(ByteView{csr_request(client)}.first(4), {invalid_request}, "GET_CSR cut to its header");
    Bytes beyond = csr_request(client);
    beyond[4] = 0xFF;
    client.refused(beyond, {invalid_request}, "GET_CSR with a RequesterInfoLength beyond it");
    answered_after(client);
}

Bytes chain_structure(const Client& client, const crypto::Certificate& root,
                      const crypto::Certificate& leaf) {
    Bytes out = concat({Bytes(4), client.digest({root.der()}), root.der(), leaf.der()});
    std::ranges::copy(store(static_cast<std::uint16_t>(out.size()), std::endian::little), out.begin());
    return out;
}
void certificate_is_set(Trial& trial, Version version) {
    InSession s{trial, version};
    Client& client = s.client;
    const Bytes der = csr_of(trial, client, ask_in(client, s.session, csr_request(client)));
    const auto request = crypto::verify_request(der);
    trial.expect(static_cast<bool>(request), "csr-signature", "the CSR is signed by the key that it is for",
                 "it is not");
    const auto key = crypto::PrivateKey::generate(trial.crypto(), crypto::KeyType::p384);
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", "owner of the device"}};
    spec.serial = {1};
    spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    spec.ca = true;
    spec.key_usage = {"keyCertSign"};
    const auto root = crypto::issue(spec, key.public_key(), nullptr, key, crypto::Hash::sha384);
    spec.subject = {{"CN", "device of an owner"}};
    spec.serial = {2};
    spec.ca = false;
    spec.key_usage = {"digitalSignature"};
    const Bytes chain =
        chain_structure(client, root, crypto::issue(spec, request->key, &root, key, crypto::Hash::sha384));
    constexpr std::uint8_t slot = 2;
    const Bytes answer = ask_in(client, s.session, concat({client.head(0xEE, slot), chain}));
    if (answer.size() > 2 && answer[1] == 0x7F && answer[2] == reset_required)
        trial.not_tested(NotTested::not_supported, "the responder takes certificates with a reset alone");
    trial.expect(answer.size() >= 4 && answer[1] == 0x6E && (answer[2] & 0x0F) == slot, "certificate-refused",
                 "SET_CERTIFICATE_RSP of that slot", in_words(answer));
    const auto digests = client.digests();
    trial.expect(digests.contains(slot) && digests.at(slot) == client.digest({chain}), "certificate-not-set",
                 "DIGESTS has the digest of the chain that was set", "it has not");
    trial.expect(client.chain(slot) == chain, "certificate-differs", "CERTIFICATE gives that chain",
                 "it gives another");
}
void certificate_is_refused(Trial& trial, Version version) {
    InSession s{trial, version};
    Client& client = s.client;
    const Bytes& chain = client.known_chain(0);
    for (const unsigned slot : {8U, 15U})
        refused_in(client, s.session, concat({client.head(0xEE, static_cast<std::uint8_t>(slot)), chain}),
                   {invalid_request}, fmt::format("SET_CERTIFICATE of slot {}", slot));
    refused_in(client, s.session, client.head(0xEE, 3), {invalid_request}, "SET_CERTIFICATE without a chain");
    Bytes broken = chain;
    broken[broken.size() - 20] = static_cast<std::uint8_t>(broken[broken.size() - 20] ^ 1);
    refused_in(client, s.session, concat({client.head(0xEE, 3), broken}), {unspecified, invalid_request},
               "SET_CERTIFICATE of a chain whose leaf's signature is broken");
    Bytes shorter = chain;
    shorter[0] = static_cast<std::uint8_t>(shorter[0] - 1);
    refused_in(client, s.session, concat({client.head(0xEE, 3), shorter}), {unspecified, invalid_request},
               "SET_CERTIFICATE of a chain with another Length");
    trial.expect(!client.digests().contains(3), "certificate-set", "nothing was set by what was refused",
                 "slot 3 is provisioned");
}

// 1.3.

void size_of_slot(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Bytes chain = client.chain(0);
    const Bytes answer = exactly(
        trial,
        client.answered(concat({client.head(0x82, 0, 1), *from_hex("ffff55aa")}), 0x02, 8, "CERTIFICATE"), 8,
        "CERTIFICATE of which the size was asked");
    trial.expect(u16(answer, 4) == 0 && u16(answer, 6) >= chain.size(), "slot-size",
                 "PortionLength is 0, and RemainderLength the size of the slot", to_hex(answer));
}
void slots_that_there_are(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Bytes answer = client.answered(client.head(0x81), 0x01, 4, "DIGESTS");
    trial.expect((answer[3] & ~answer[2]) == 0, "supported-slots",
                 "SupportedSlotMask has every slot that is provisioned", to_hex(ByteView{answer}.first(4)));
    const Bytes certificate =
        client.answered(concat({client.head(0x82), Bytes{0, 0, 4, 0}}), 0x02, 8, "CERTIFICATE");
    trial.expect((certificate[3] & 0x07) <= 3 && certificate[3] < 8, "certificate-model",
                 "CertificateInfo names a model that there is", fmt::format("Param2 is {}", certificate[3]));
}
Bytes key_pair_request(const Client& client, std::uint8_t id) {
    return concat({client.head(0xFC), Bytes{id}});
}
void key_pairs(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    unsigned total = 1;
    for (unsigned id = 1; id <= total; ++id) {
        const Bytes answer = client.answered(key_pair_request(client, static_cast<std::uint8_t>(id)), 0x7C,
                                             23, "KEY_PAIR_INFO");
        total = answer[4];
        const std::uint16_t usage = u16(answer, 8), current = u16(answer, 10);
        const std::uint32_t algorithms = u32(answer, 12), algorithm = u32(answer, 16);
        trial.expect(answer[5] == id && total >= id, "key-pair-id",
                     fmt::format("it is of key pair {} of {}", id, total), to_hex(ByteView{answer}.first(6)));
        trial.expect(
            (current & ~usage) == 0 && (algorithm & ~algorithms) == 0 && std::popcount(algorithm) <= 1,
            "key-pair-values", "usage and algorithm are among those that the key pair can have",
            to_hex(ByteView{answer}.subspan(6, 14)));
        trial.expect(answer.size() >= 23U + u16(answer, 20), "key-pair-length", "PublicKeyInfo lies inside",
                     in_words(answer));
    }
    client.refused(key_pair_request(client, 0), {invalid_request}, "GET_KEY_PAIR_INFO of key pair 0");
    client.refused(key_pair_request(client, static_cast<std::uint8_t>(total + 1)), {invalid_request},
                   "GET_KEY_PAIR_INFO of a key pair too many");
}
Bytes log_request(const Client& client, std::uint32_t offset, std::uint32_t length) {
    return concat(
        {client.head(0xEF), store(offset, std::endian::little), store(length, std::endian::little)});
}
Bytes log_in_portions(Trial& trial, Client& client, std::uint32_t portion) {
    Bytes out;
    for (;;) {
        const Bytes answer =
            client.answered(log_request(client, static_cast<std::uint32_t>(out.size()), portion), 0x6F, 12,
                            "MEASUREMENT_EXTENSION_LOG");
        const std::size_t bytes = u32(answer, 4), rest = u32(answer, 8);
        trial.expect(bytes > 0 && bytes <= portion && answer.size() >= 12 + bytes, "log-portion",
                     fmt::format("a portion has from 1 to {} bytes", portion), fmt::format("{}", bytes));
        append(out, part(answer, 12, bytes));
        if (rest == 0) return out;
    }
}
void measurement_log(Trial& trial, Version version) {
    Client client{trial, version};
    client.connect();
    const Bytes log = log_in_portions(trial, client, 0x400);
    trial.expect(log.size() >= 16 && u32(log, 4) == log.size() - 16 && u32(log, 8) == 0 && u32(log, 12) == 0,
                 "log-header", "the log's header counts its bytes, and its reserved bytes are 0",
                 to_hex(ByteView{log}.first(std::min<std::size_t>(16, log.size()))));
    std::size_t at = 16, entries = 0;
    while (at + 11 <= log.size()) {
        trial.expect(u32(log, at) == entries + 1 || u32(log, at) == entries, "log-index",
                     "entries are numbered in order", fmt::format("entry {} is {}", entries, u32(log, at)));
        at += 11U + u16(log, at + 9);
        ++entries;
    }
    trial.expect(at == log.size() && entries == u32(log, 0), "log-entries",
                 fmt::format("{} entries fill the log", u32(log, 0)),
                 fmt::format("{} entries end at {} of {}", entries, at, log.size()));
    trial.expect(log_in_portions(trial, client, 7) == log, "log-portions",
                 "portions of any size give the same log", "they do not");
    client.refused(log_request(client, static_cast<std::uint32_t>(log.size()), 16), {invalid_request},
                   "an Offset at the end of the log");
}

}  // namespace provisioning_topic

void add_provisioning_cases(std::vector<Case>& out) {
    using namespace provisioning_topic;
    const auto vca = needs_connection, session = needs_session;
    // clang-format off
    add_cases(
        out,
        {
            {"csr.signature", "A CSR is signed by its own key", {"SPDM-CSR-001"}, {"csr"}, later, vca, csr_is_signed},
            {"csr.invalid", "GET_CSR out of its bounds is refused", {"SPDM-CSR-002"}, {"csr", "cert"}, later, vca, csr_out_of_bounds},
            {"set-certificate.set", "A chain for the key of a CSR is set, and given", {"SPDM-CSR-003"}, {"csr", "set-certificate", "sessions", "cert"}, later, session, certificate_is_set},
            {"set-certificate.invalid", "A chain that is none is refused, and nothing set", {"SPDM-CSR-004"}, {"set-certificate", "sessions", "cert"}, later, session, certificate_is_refused},
            {"slot.size", "The size of a slot can be asked", {"SPDM-ID-011"}, {"cert"}, v13, vca, size_of_slot},
            {"slot.supported", "Slots and their certificates are described", {"SPDM-ID-012"}, {"cert"}, v13, vca, slots_that_there_are},
            {"key-pair.info", "Key pairs are described, and there are no others", {"SPDM-KEY-001"}, {"key-pairs"}, v13, vca, key_pairs},
            {"log.entries", "The measurement extension log has its form, in portions of any size", {"SPDM-MEL-001"}, {"measurement-log"}, v13, vca, measurement_log},
        });
    // clang-format on
}

}  // namespace assay::conformance::spdm_topic
