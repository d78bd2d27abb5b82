#include "conformance/suites/spdm/client.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "conformance/suites/spdm/session.hpp"

namespace assay::conformance::spdm_topic {

std::uint16_t u16(ByteView message, std::size_t at) {
    return load<std::uint16_t>(message.subspan(at, 2), std::endian::little);
}
std::uint32_t u32(ByteView message, std::size_t at) {
    return load<std::uint32_t>(message.subspan(at, 4), std::endian::little);
}
Bytes part(ByteView bytes, std::size_t at, std::size_t size) {
    const ByteView one = bytes.subspan(at, size);
    return {one.begin(), one.end()};
}

std::string_view error_name(std::uint8_t code) {
    switch (code) {
        case invalid_request: return "InvalidRequest";
        case 0x03: return "Busy";
        case unexpected_request: return "UnexpectedRequest";
        case unspecified: return "Unspecified";
        case decrypt_error: return "DecryptError";
        case unsupported_request: return "UnsupportedRequest";
        case session_limit_exceeded: return "SessionLimitExceeded";
        case session_required: return "SessionRequired";
        case response_too_large: return "ResponseTooLarge";
        case large_response: return "LargeResponse";
        case version_mismatch: return "VersionMismatch";
        case 0x42: return "ResponseNotReady";
        case 0x43: return "RequestResynch";
        default: return "of an unknown code";
    }
}

std::string in_words(ByteView answer) {
    if (answer.empty()) return "no answer";
    if (answer.size() < 4) return fmt::format("{} bytes: {}", answer.size(), to_hex(answer));
    if (answer[1] == 0x7F)
        return fmt::format("ERROR {} (0x{:02X}), Param2 0x{:02X}, version 0x{:02X}", error_name(answer[2]),
                           answer[2], answer[3], answer[0]);
    return fmt::format("message 0x{:02X} of version 0x{:02X}, {} bytes", answer[1], answer[0], answer.size());
}

Bytes exactly(Trial& trial, Bytes message, std::size_t size, std::string_view what) {
    const bool padded = message.size() >= size && message.size() <= size + 3 &&
                        std::all_of(message.begin() + static_cast<std::ptrdiff_t>(size), message.end(),
                                    [](std::uint8_t byte) { return byte == 0; });
    trial.expect(padded, "answer-length", fmt::format("{} has {} bytes", what, size),
                 fmt::format("it has {} bytes", message.size()));
    message.resize(size);
    return message;
}

SignatureAlgorithm signature_algorithm(std::uint32_t asym_sel) {
    using crypto::SignatureScheme, crypto::KeyType;
    switch (asym_sel) {
        case 0x01: return {KeyType::rsa, SignatureScheme::rsa_pkcs1, 256};
        case 0x02: return {KeyType::rsa, SignatureScheme::rsa_pss, 256};
        case 0x04: return {KeyType::rsa, SignatureScheme::rsa_pkcs1, 384};
        case 0x08: return {KeyType::rsa, SignatureScheme::rsa_pss, 384};
        case 0x10: return {KeyType::p256, SignatureScheme::ecdsa_raw, 64};
        case 0x20: return {KeyType::rsa, SignatureScheme::rsa_pkcs1, 512};
        case 0x40: return {KeyType::rsa, SignatureScheme::rsa_pss, 512};
        case 0x80: return {KeyType::p384, SignatureScheme::ecdsa_raw, 96};
        default: return {};
    }
}

std::size_t capabilities_size(std::uint8_t version) { return version < 0x12 ? 12 : 20; }

void answered_after(Client& client) {
    if ((client.responder_flags & 0x02) != 0)
        client.digests();
    else
        client.answered(client.measure_request(0, std::nullopt), 0x60, 42, "MEASUREMENTS");
}

Client::Client(Trial& trial, std::uint8_t of, Offer with) : version(of), offer(with), trial_(trial) {}

Client::~Client() {
    if (transcript_.empty()) return;
    const ByteView text = as_bytes(transcript_);
    trial_.attach(
        {"transcript", "transcript", "transcript.txt", "text/plain", {text.begin(), text.end()}, {}});
}

Bytes Client::random(std::size_t size) {
    Bytes out(size);
    trial_.random().fill(out);
    return out;
}

Bytes Client::send(SpdmKind kind, ByteView message) {
    const std::string_view mark = kind == SpdmKind::plain ? "" : " secured";
    transcript_ += fmt::format(">{} {}\n", mark, to_hex(message));
    Bytes answer = trial_.need(trial_.port<SpdmPort>().exchange(kind, message), "an SPDM exchange");
    transcript_ += fmt::format("<{} {}\n", mark, to_hex(answer));
    return answer;
}

Bytes Client::answered(ByteView request, std::uint8_t code, std::size_t size, std::string_view what) {
    Bytes answer = ask(request);
    const std::uint8_t expected = code == 0x04 ? 0x10 : version;
    trial_.expect(
        answer.size() >= std::max(size, std::size_t{4}) && answer[0] == expected && answer[1] == code,
        "unexpected-answer",
        fmt::format("{}: message 0x{:02X} of version 0x{:02X}, at least {} bytes", what, code, expected,
                    size),
        in_words(answer));
    return answer;
}

Bytes Client::refused(ByteView request, std::initializer_list<std::uint8_t> codes, std::string_view what) {
    Bytes answer = ask(request);
    expect_refusal(trial_, answer, request[1], codes, what);
    return answer;
}

Bytes Client::get_version() {
    a.clear();
    b.clear();
    l.clear();
    authenticated_ = false;
    const Bytes request{0x10, 0x84, 0, 0};
    Bytes answer = answered(request, 0x04, 6, "VERSION");
    answer = exactly(trial_, std::move(answer), 6U + 2U * answer[5], "VERSION by its count");
    bool found = false;
    for (std::size_t i = 0; i < answer[5]; ++i) found = found || u16(answer, 6 + 2 * i) >> 8 == version;
    trial_.expect(found, "version-missing", fmt::format("VERSION lists 0x{:02X}", version), to_hex(answer));
    append(a, request);
    append(a, answer);
    return answer;
}

Bytes Client::capabilities_request() const {
    Bytes out = head(0xE1);
    if (version < 0x11) return out;
    append(out, Bytes(4));
    append(out, store(offer.flags, std::endian::little));
    if (version >= 0x12)
        for (const std::uint32_t bytes :
             {offer.transfer_size, offer.message_size != 0 ? offer.message_size : offer.transfer_size})
            append(out, store(bytes, std::endian::little));
    return out;
}

Bytes Client::get_capabilities() {
    const Bytes request = capabilities_request();
    const std::size_t size = capabilities_size(version);
    Bytes answer = exactly(trial_, answered(request, 0x61, size, "CAPABILITIES"), size, "CAPABILITIES");
    responder_flags = u32(answer, 8);
    append(a, request);
    append(a, answer);
    return answer;
}

Bytes Client::negotiate_request() const {
    const bool structures = version >= 0x11 && (offer.flags & (key_ex_cap | psk_cap)) != 0;
    Bytes out = head(0xE3, structures ? 4 : 0);
    append(out, store(static_cast<std::uint16_t>(structures ? 48 : 32), std::endian::little));
    out.push_back(1);                           // DMTF measurements
    out.push_back(version >= 0x12 ? 0x02 : 0);  // OpaqueDataFmt1
    append(out, store(offer.asym, std::endian::little));
    append(out, store(offer.hash, std::endian::little));
    out.resize(32);
    if (version >= 0x13) out[31] = 1;  // MELspecification: DMTF
    if (!structures) return out;
    const auto structure = [&](std::uint8_t type, std::uint16_t algorithms) {
        append(out, Bytes{type, 0x20});
        append(out, store(algorithms, std::endian::little));
    };
    structure(2, offer.dhe);
    structure(3, offer.aead);
    structure(4, 0x90);
    structure(5, 1);
    return out;
}

Bytes Client::negotiate() {
    const Bytes request = negotiate_request();
    Bytes answer = answered(request, 0x63, 36, "ALGORITHMS");
    const std::size_t size = 36U + 4U * answer[2];
    trial_.expect(u16(answer, 4) == size && answer[32] == 0 && answer[33] == 0, "algorithms-length",
                  fmt::format("ALGORITHMS without external algorithms has Length {}", size),
                  fmt::format("it is {}", u16(answer, 4)));
    answer = exactly(trial_, std::move(answer), size, "ALGORITHMS");
    opaque_sel = answer[7] & 0x0F;
    measurement_hash_sel = u32(answer, 8);
    asym_sel = u32(answer, 12);
    hash_sel = u32(answer, 16);
    dhe_sel = aead_sel = req_asym_sel = schedule_sel = 0;
    for (std::size_t at = 36; at < size; at += 4) {
        std::uint16_t* const selected[] = {&dhe_sel, &aead_sel, &req_asym_sel, &schedule_sel};
        const unsigned type = answer[at];
        if (type >= 2 && type <= 5) *selected[type - 2] = u16(answer, at + 2);
    }
    trial_.expect(signature_size() != 0 && (asym_sel & offer.asym) != 0 &&
                      (hash_sel == 0x01 || hash_sel == 0x02 || hash_sel == 0x04) &&
                      (hash_sel & offer.hash) != 0,
                  "algorithms-selection", "one signature algorithm and one hash of the offer are selected",
                  fmt::format("BaseAsymSel 0x{:X}, BaseHashSel 0x{:X}", asym_sel, hash_sel));
    append(a, request);
    append(a, answer);
    return answer;
}

void Client::connect() {
    get_version();
    get_capabilities();
    negotiate();
}

std::map<std::uint8_t, Bytes> Client::digests() {
    const Bytes request = head(0x81);
    Bytes answer = answered(request, 0x01, 4, "DIGESTS");
    const auto count = static_cast<std::size_t>(std::popcount(answer[3]));
    answer = exactly(trial_, std::move(answer), 4 + hash_size() * count, "DIGESTS by its slot mask");
    b = concat({request, answer});
    l.clear();
    std::map<std::uint8_t, Bytes> out;
    std::size_t at = 4;
    for (std::uint8_t slot = 0; slot < 8; ++slot)
        if ((answer[3] >> slot & 1) != 0) {
            out.emplace(slot, part(answer, at, hash_size()));
            at += hash_size();
        }
    return out;
}

Bytes Client::chain(std::uint8_t slot, std::uint16_t portion) {
    l.clear();
    Bytes out;
    std::size_t total = 0;
    do {
        const Bytes request =
            concat({head(0x82, slot), store(static_cast<std::uint16_t>(out.size()), std::endian::little),
                    store(portion, std::endian::little)});
        Bytes answer = answered(request, 0x02, 8, "CERTIFICATE");
        const std::size_t size = u16(answer, 4), rest = u16(answer, 6);
        answer = exactly(trial_, std::move(answer), 8 + size, "CERTIFICATE by its PortionLength");
        trial_.expect(size > 0 && size <= portion, "portion-length",
                      fmt::format("PortionLength is from 1 to {}", portion), fmt::format("it is {}", size));
        trial_.expect((answer[2] & 0x0F) == slot, "certificate-slot",
                      fmt::format("CERTIFICATE is of slot {}", slot),
                      fmt::format("it is of {}", answer[2] & 0x0F));
        if (out.empty()) total = size + rest;
        append(out, ByteView{answer}.subspan(8));
        trial_.expect(out.size() + rest == total, "remainder-length",
                      fmt::format("portions and RemainderLength make {}", total),
                      fmt::format("after {} bytes {} remain", out.size(), rest));
        append(b, request);
        append(b, answer);
    } while (out.size() < total);
    return out;
}

void Client::learn_chains() {
    const auto known = digests();
    trial_.expect(!known.empty(), "no-slots", "at least one slot is provisioned", "none is");
    chains_.clear();
    leaves_.clear();
    for (const auto& [slot, digest_of_slot] : known) {
        Bytes bytes = chain(slot);
        trial_.expect(digest({bytes}) == digest_of_slot, "chain-digest",
                      fmt::format("the digest of slot {} is that of its chain structure", slot),
                      "it is another");
        const std::size_t prefix = 4 + hash_size();
        trial_.expect(bytes.size() > prefix, "chain-structure", "certificates follow RootHash",
                      "there are none");
        const auto certificates = crypto::certificates_from_der(ByteView{bytes}.subspan(prefix));
        trial_.expect(certificates && !certificates->empty(), "chain-certificates",
                      fmt::format("slot {} holds DER certificates", slot),
                      certificates ? "there is none" : certificates.error().what);
        leaves_.emplace(slot, certificates->back().public_key());
        chains_.emplace(slot, std::move(bytes));
    }
    connect();
}

std::vector<std::uint8_t> Client::slots() const {
    std::vector<std::uint8_t> out;
    for (const auto& [slot, bytes] : chains_) out.push_back(slot);
    return out;
}

Bytes Client::signed_message(std::string_view context, ByteView transcript) const {
    if (version < 0x12) return concat({transcript});
    // combined_spdm_prefix: four times the version, zeros, the context at its end.
    Bytes message;
    const std::string text = fmt::format("dmtf-spdm-v1.{}.*", version & 0x0F);
    for (int i = 0; i < 4; ++i) append(message, as_bytes(text));
    message.resize(100 - context.size());
    append(message, as_bytes(context));
    append(message, digest({transcript}));
    return message;
}

bool Client::signs(std::uint8_t slot, std::string_view context, ByteView transcript,
                   ByteView signature) const {
    return leaves_.at(slot).verify(signature_algorithm(asym_sel).scheme, hash(),
                                   signed_message(context, transcript), signature);
}

std::size_t Client::signature_size() const { return signature_algorithm(asym_sel).size; }

Bytes Client::challenge_request(std::uint8_t slot, std::uint8_t summary_type, ByteView nonce) const {
    return concat({head(0x83, slot, summary_type), nonce, context()});
}

Client::Challenged Client::challenge(std::uint8_t slot, std::uint8_t summary_type, ByteView nonce) {
    const Bytes request = challenge_request(slot, summary_type, nonce);
    const std::size_t h = hash_size(), summary = summary_type == 0 ? 0 : h;
    const std::size_t fixed = 4 + h + 32 + summary + 2;
    Bytes answer = answered(request, 0x03, fixed, "CHALLENGE_AUTH");
    const std::size_t echo = fixed + u16(answer, fixed - 2), body = echo + context().size();
    answer = exactly(trial_, std::move(answer), body + signature_size(), "CHALLENGE_AUTH by its lengths");
    trial_.expect(part(answer, echo, body - echo) == context(), "requester-context",
                  "RequesterContext is echoed", to_hex(ByteView{answer}.subspan(echo, body - echo)));
    Challenged out{part(answer, 4, h),
                   part(answer, 4 + h, 32),
                   part(answer, 36 + h, summary),
                   static_cast<std::uint8_t>(answer[2] & 0x0F),
                   answer[3],
                   false,
                   (answer[2] & 0x80) != 0};
    out.is_signed =
        signs(slot, "responder-challenge_auth signing", concat({a, b, request, ByteView{answer}.first(body)}),
              ByteView{answer}.subspan(body));
    b.clear();
    l.clear();
    authenticated_ = true;
    return out;
}

Bytes Client::measure_request(std::uint8_t operation, std::optional<ByteView> nonce,
                              std::uint8_t slot) const {
    Bytes request = head(0xE0, nonce ? 1 : 0, operation);
    if (nonce) append(request, *nonce);
    if (nonce && version >= 0x11) request.push_back(slot);
    append(request, context());
    return request;
}

Measured Client::measure(std::uint8_t operation, std::optional<ByteView> nonce, std::uint8_t slot,
                         Session* session) {
    Bytes request = measure_request(operation, nonce, slot);
    Bytes answer;
    if (session != nullptr) {
        answer = ask_in(*this, *session, request);
        trial_.expect(answer.size() >= 42 && answer[0] == version && answer[1] == 0x60, "unexpected-answer",
                      "MEASUREMENTS inside the session", in_words(answer));
    } else {
        answer = answered(request, 0x60, 42, "MEASUREMENTS");
    }
    return measured(std::move(request), std::move(answer), session != nullptr ? session->l : l);
}

Measured Client::measured(Bytes request, Bytes answer, Bytes& pairs) {
    Measured out;
    out.request = std::move(request);
    const bool is_signed = (out.request[2] & 1) != 0;
    trial_.expect(answer.size() >= 42, "measurements-length", "MEASUREMENTS has 42 bytes at least",
                  in_words(answer));
    const std::size_t record = u16(answer, 5) | static_cast<std::size_t>(answer[7]) << 16;
    trial_.expect(8 + record + 34 <= answer.size(), "record-length", "the measurement record lies inside",
                  in_words(answer));
    const std::size_t echo = 8 + record + 34 + u16(answer, 8 + record + 32), body = echo + context().size();
    out.answer = exactly(trial_, std::move(answer), body + (is_signed ? signature_size() : 0),
                         "MEASUREMENTS by its lengths");
    trial_.expect(part(out.answer, echo, body - echo) == context(), "requester-context",
                  "RequesterContext is echoed", to_hex(ByteView{out.answer}.subspan(echo, body - echo)));
    out.opaque = part(out.answer, 8 + record + 34, echo - 8 - record - 34);
    out.total = out.answer[2];
    out.record = part(out.answer, 8, record);
    if (is_signed) out.signature = part(out.answer, body, signature_size());
    for (std::size_t at = 0; at < record;) {
        const std::size_t left = record - at;
        const std::size_t size = left < 4 ? left : u16(out.record, at + 2);
        trial_.expect(left >= 4 && size >= 3 && size <= left - 4, "block-framing", "blocks fill the record",
                      fmt::format("the block at offset {} does not fit", at));
        out.blocks.push_back({out.record[at], part(out.record, at, 4 + size)});
        at += 4 + size;
    }
    trial_.expect(out.blocks.size() == out.answer[4], "block-count", "NumberOfBlocks counts the blocks",
                  fmt::format("{} stated, {} there", out.answer[4], out.blocks.size()));
    // Measuring before the responder has authenticated itself gives CHALLENGE up: B begins anew.
    if (!authenticated_) b.clear();
    append(pairs, out.request);
    append(pairs, out.unsigned_part());
    return out;
}

bool Client::covered(const Measured& last, Bytes& pairs, std::uint8_t slot) {
    const Bytes transcript = version >= 0x12 ? concat({a, pairs}) : pairs;
    pairs.clear();
    return signs(slot, "responder-measurements signing", transcript, last.signature);
}

Bytes Client::summary_of_all() {
    const Measured all = measure(0xFF, std::nullopt);
    return digest({all.record});
}

void needs_connection(Trial& trial, std::uint8_t version) { Client{trial, version}.connect(); }

void needs_chains(Trial& trial, std::uint8_t version) {
    Client client{trial, version};
    client.connect();
    client.learn_chains();
}

void add_cases(std::vector<Case>& out, const std::vector<Row>& rows) {
    for (const Row& row : rows)
        for (unsigned minor = 0; minor < 4; ++minor) {
            if ((row.versions >> minor & 1) == 0) continue;
            const auto version = static_cast<std::uint8_t>(0x10 + minor);
            Case one;
            one.id = fmt::format("spdm.{}-v1{}", row.id, minor);
            one.title = fmt::format("{} (SPDM 1.{})", row.title, minor);
            one.requirements = row.requirements;
            one.needs = row.needs;
            one.needs.push_back(fmt::format("v1.{}", minor));
            one.tags = {row.id.substr(0, row.id.find('.'))};
            if (row.prepare != nullptr)
                one.prepare = [prepare = row.prepare, version](Trial& trial) {
                    prepare(trial, version);
                };
            one.run = [run = row.run, version](Trial& trial) {
                run(trial, version);
            };
            out.push_back(std::move(one));
        }
}

}  // namespace assay::conformance::spdm_topic
