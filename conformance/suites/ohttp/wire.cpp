#include "conformance/suites/ohttp/wire.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/crypto/kdf.hpp"

namespace assay::conformance::oblivious {
namespace {

Bytes big(std::uint16_t value) {
    const auto raw = store(value, std::endian::big);
    return {raw.begin(), raw.end()};
}

/// Takes bytes from the front; false from the first that is not there.
class Front {
public:
    explicit Front(ByteView bytes) : rest_(bytes) {}

    bool take(std::uint64_t size, ByteView& out) {
        if (size > rest_.size()) return false;
        out = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(out.size());
        return true;
    }
    bool number16(std::uint16_t& out) {
        ByteView raw;
        if (!take(2, raw)) return false;
        out = load<std::uint16_t>(raw, std::endian::big);
        return true;
    }
    bool quic(std::uint64_t& out) {
        ByteView raw;
        if (rest_.empty() || !take(std::uint64_t{1} << (rest_[0] >> 6), raw)) return false;
        out = raw[0] & 0x3F;
        for (const std::uint8_t byte : raw.subspan(1)) out = out << 8 | byte;
        return true;
    }
    bool quic_sized(ByteView& out) {
        std::uint64_t size = 0;
        return quic(size) && take(size, out);
    }
    ByteView rest() const { return rest_; }

private:
    ByteView rest_;
};

bool read_lines(ByteView section, HttpFields& out) {
    Front front{section};
    while (!front.rest().empty()) {
        ByteView name, value;
        if (!front.quic_sized(name) || !front.quic_sized(value) || name.empty()) return false;
        out.push_back({std::string{as_text(name)}, std::string{as_text(value)}});
    }
    return true;
}

bool read_config(ByteView bytes, std::vector<Config>& out) {
    Front front{bytes};
    Config config;
    ByteView id, key, pairs;
    if (!front.take(1, id) || !front.number16(config.kem)) return false;
    const auto* facts = hpke::facts(static_cast<hpke::KemId>(config.kem));
    if (facts == nullptr) return true;
    std::uint16_t size = 0;
    if (!front.take(facts->public_key_size, key) || !front.number16(size) || !front.take(size, pairs))
        return false;
    if (size == 0 || size % 4 != 0 || !front.rest().empty()) return false;
    config.id = id[0];
    config.public_key.assign(key.begin(), key.end());
    for (std::size_t i = 0; i < pairs.size(); i += 4)
        config.pairs.emplace_back(load<std::uint16_t>(pairs.subspan(i), std::endian::big),
                                  load<std::uint16_t>(pairs.subspan(i + 2), std::endian::big));
    out.push_back(std::move(config));
    return true;
}

}  // namespace

std::optional<std::vector<Config>> read_key_list(ByteView list) {
    std::vector<Config> out;
    Front front{list};
    if (list.empty()) return {};
    while (!front.rest().empty()) {
        std::uint16_t size = 0;
        ByteView one;
        if (!front.number16(size) || !front.take(size, one) || !read_config(one, out)) return {};
    }
    return out;
}

std::vector<Choice> choices(const std::vector<Config>& configs) {
    std::vector<Choice> out;
    for (const Config& config : configs)
        for (const auto& [kdf, aead] : config.pairs) {
            const hpke::Suite suite{static_cast<hpke::KemId>(config.kem), static_cast<hpke::KdfId>(kdf),
                                    static_cast<hpke::AeadId>(aead)};
            const auto* cipher = hpke::facts(suite.aead);
            if (hpke::facts(suite.kdf) != nullptr && cipher != nullptr && cipher->cipher)
                out.push_back({config, suite});
        }
    return out;
}

Bytes header(std::uint8_t key_id, std::uint16_t kem, std::uint16_t kdf, std::uint16_t aead) {
    return concat({{&key_id, 1}, big(kem), big(kdf), big(aead)});
}
Bytes header(const Choice& choice) {
    return header(choice.config.id, choice.config.kem, static_cast<std::uint16_t>(choice.suite.kdf),
                  static_cast<std::uint16_t>(choice.suite.aead));
}

Bytes varint(std::uint64_t value, std::size_t size) {
    if (size == 0) size = value < 64 ? 1 : value < 16384 ? 2 : value < 1 << 30 ? 4 : 8;
    const unsigned prefix = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
    out[0] = static_cast<std::uint8_t>(out[0] | prefix << 6);
    return out;
}
Bytes sized(ByteView bytes) { return concat({varint(bytes.size()), bytes}); }
Bytes sized(std::string_view text) { return sized(as_bytes(text)); }
Bytes lines(const HttpFields& fields) {
    Bytes out;
    for (const HttpField& field : fields) append(out, concat({sized(field.name), sized(field.value)}));
    return out;
}

Bytes control_data(const InnerRequest& request) {
    return concat(
        {sized(request.method), sized(request.scheme), sized(request.authority), sized(request.path)});
}
Bytes known_length(const InnerRequest& request) {
    return concat({varint(0), control_data(request), sized(lines(request.fields)), sized(request.content),
                   sized(lines(request.trailers))});
}

std::optional<InnerResponse> read_response(ByteView message) {
    Front front{message};
    std::uint64_t framing = 0, status = 0;
    if (!front.quic(framing) || framing != 1) return {};
    for (;;) {
        if (!front.quic(status) || status < 100 || status > 599) return {};
        if (status >= 200) break;
        ByteView early;
        if (!front.quic_sized(early)) return {};
    }
    InnerResponse out;
    out.status = static_cast<unsigned>(status);
    ByteView fields, content, trailers;
    HttpFields ignored;
    if (!front.rest().empty() && (!front.quic_sized(fields) || !read_lines(fields, out.fields))) return {};
    if (!front.rest().empty() && !front.quic_sized(content)) return {};
    if (!front.rest().empty() && (!front.quic_sized(trailers) || !read_lines(trailers, ignored))) return {};
    if (std::ranges::any_of(front.rest(), [](std::uint8_t byte) { return byte != 0; })) return {};
    out.content.assign(content.begin(), content.end());
    return out;
}

Sealed seal(const crypto::Context& context, const Choice& choice, ByteView plaintext, const Sealing& how) {
    const auto key = hpke::deserialize_public_key(choice.suite.kem, choice.config.public_key);
    if (!key) throw std::logic_error("ohttp suite: a key that was not checked");
    static constexpr std::array<std::uint8_t, 1> zero{};
    const Bytes head = header(choice);
    const Bytes info = how.info ? *how.info : concat({as_bytes(how.label), zero, head});
    auto sender = hpke::setup_sender(context, choice.suite, *key, info);
    if (!sender) throw std::logic_error("ohttp suite: no HPKE context");
    Bytes sealed(plaintext.size() + crypto::aead_tag_size);
    for (int i = 0; i < (how.second_message ? 2 : 1); ++i)
        if (!sender->context.seal(as_bytes(how.aad), plaintext, sealed))
            throw std::logic_error("ohttp suite: not sealed");
    auto secret = sender->context.export_secret(as_bytes("message/bhttp response"), nonce_size(choice.suite));
    if (!secret) throw std::logic_error("ohttp suite: nothing exported");
    return {concat({head, sender->enc, sealed}), sender->enc.size(), *std::move(secret), choice.suite};
}

std::size_t nonce_size(const hpke::Suite& suite) {
    const hpke::AeadFacts& aead = *hpke::facts(suite.aead);
    return std::max(aead.key_size, aead.nonce_size);
}

std::optional<Bytes> open_response(const Sealed& sealed, ByteView response) {
    const std::size_t nonce = nonce_size(sealed.suite);
    if (response.size() < nonce + crypto::aead_tag_size) return {};
    const crypto::Hash hash = hpke::facts(sealed.suite.kdf)->hash;
    const hpke::AeadFacts& aead = *hpke::facts(sealed.suite.aead);
    const Bytes salt = concat({sealed.enc(), response.first(nonce)});
    const Secret key = crypto::hkdf(hash, salt, sealed.secret.bytes(), as_bytes("key"), aead.key_size);
    const Secret iv = crypto::hkdf(hash, salt, sealed.secret.bytes(), as_bytes("nonce"), aead.nonce_size);
    Bytes out(response.size() - nonce - crypto::aead_tag_size);
    if (!crypto::AeadKey{aead.cipher.value(), key.bytes()}.open(iv.bytes(), {}, response.subspan(nonce), out))
        return {};
    return out;
}

}  // namespace assay::conformance::oblivious
