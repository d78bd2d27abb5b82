#include "conformance/suites/spdm/encapsulated.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace assay::conformance::spdm_topic {

Identity make_identity(Client& client) {
    const auto& context = client.trial().crypto();
    const auto type = client.req_asym_sel == 0x10 ? crypto::KeyType::p256 : crypto::KeyType::p384;
    const auto root_key = crypto::PrivateKey::generate(context, type);
    auto key = crypto::PrivateKey::generate(context, type);
    crypto::CertificateSpec spec;
    spec.subject = {{"CN", "requester's root"}};
    spec.serial = {1};
    spec.not_after = Instant{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    spec.ca = true;
    spec.key_usage = {"keyCertSign"};
    const auto hash = type == crypto::KeyType::p256 ? crypto::Hash::sha256 : crypto::Hash::sha384;
    const auto root = crypto::issue(spec, root_key.public_key(), nullptr, root_key, hash);
    spec.subject = {{"CN", "requester"}};
    spec.serial = {2};
    spec.ca = false;
    spec.key_usage = {"digitalSignature"};
    const auto leaf = crypto::issue(spec, key.public_key(), &root, root_key, hash);
    Bytes chain = concat({Bytes(4), client.digest({root.der()}), root.der(), leaf.der()});
    std::ranges::copy(store(static_cast<std::uint16_t>(chain.size()), std::endian::little), chain.begin());
    return {std::move(key), std::move(chain)};
}

Bytes identity_response(Client& client, const Identity& me, ByteView request) {
    client.trial().expect(
        request.size() >= 4 && request[0] == client.version && (request[1] == 0x81 || request[1] == 0x82),
        "encapsulated-request", "GET_DIGESTS or GET_CERTIFICATE is asked", in_words(request));
    if (request[1] == 0x81)
        return concat({client.head(0x01, client.version >= 0x13 ? 1 : 0, 1), client.digest({me.chain})});
    client.trial().expect(request.size() >= 8, "encapsulated-request", "GET_CERTIFICATE has 8 bytes",
                          in_words(request));
    const std::size_t offset = u16(request, 4), length = u16(request, 6);
    client.trial().expect(offset < me.chain.size() && length > 0, "encapsulated-offset",
                          "it asks for what there is", fmt::format("Offset {}, Length {}", offset, length));
    const std::size_t bytes = std::min({length, me.chain.size() - offset, std::size_t{0x400}});
    return concat({client.head(0x02, request[2] & 0x0F),
                   store(static_cast<std::uint16_t>(bytes), std::endian::little),
                   store(static_cast<std::uint16_t>(me.chain.size() - offset - bytes), std::endian::little),
                   part(me.chain, offset, bytes)});
}

Bytes deliver(const Client& client, std::uint8_t id, ByteView response) {
    return concat({client.head(0xEB, id), response});
}

std::optional<Embedded> next_of(const Client& client, std::uint8_t delivered, ByteView answer,
                                std::uint8_t& slot) {
    Trial& trial = client.trial();
    const std::size_t fixed = client.version >= 0x12 ? 8 : 4;
    trial.expect(answer.size() >= fixed && answer[0] == client.version && answer[1] == 0x6B,
                 "unexpected-answer", "ENCAPSULATED_RESPONSE_ACK", in_words(answer));
    trial.expect(fixed == 4 || answer[4] == delivered, "acknowledged-id",
                 fmt::format("AckRequestID is {}", delivered), in_words(answer));
    if (answer[3] == 1) return Embedded{answer[2], part(answer, fixed, answer.size() - fixed)};
    trial.expect(answer[3] == 0 || answer[3] == 2, "payload-type",
                 "the payload is nothing, a request or a slot", in_words(answer));
    if (answer[3] == 2) {
        trial.expect(answer.size() > fixed, "slot-missing", "ReqSlotNumber is there", in_words(answer));
        slot = answer[fixed];
    }
    return std::nullopt;
}

}  // namespace assay::conformance::spdm_topic
