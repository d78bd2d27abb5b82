// Signed objects, times and extensions, in DER.
#include "sim/crypto/pki.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/crypto/key_native.hpp"

namespace assay::crypto {
namespace {

using enum SignatureScheme;

// RFC 5758, 3.2 (no parameters), RFC 4055, 5 (NULL) and 3.1 (hash, MGF1 with it, a salt as long).
constexpr std::array signature_algorithms{
    SignatureAlgorithm{octets("\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02"), "ecdsa-with-SHA256",
                       ecdsa_der, Hash::sha256, true},
    SignatureAlgorithm{octets("\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x03"), "ecdsa-with-SHA384",
                       ecdsa_der, Hash::sha384, true},
    SignatureAlgorithm{octets("\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x04"), "ecdsa-with-SHA512",
                       ecdsa_der, Hash::sha512, true},
    SignatureAlgorithm{octets("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00"),
                       "sha256WithRSAEncryption", rsa_pkcs1, Hash::sha256, true},
    SignatureAlgorithm{octets("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C\x05\x00"),
                       "sha384WithRSAEncryption", rsa_pkcs1, Hash::sha384, true},
    SignatureAlgorithm{octets("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D\x05\x00"),
                       "sha512WithRSAEncryption", rsa_pkcs1, Hash::sha512, true},
    SignatureAlgorithm{
        octets("\x30\x41\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A\x30\x34\xA0\x0F\x30\x0D\x06\x09\x60\x86"
               "\x48\x01\x65\x03\x04\x02\x01\x05\x00\xA1\x1C\x30\x1A\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01"
               "\x08\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xA2\x03\x02\x01\x20"),
        "RSASSA-PSS-SHA256", rsa_pss, Hash::sha256, true},
    SignatureAlgorithm{
        octets("\x30\x41\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A\x30\x34\xA0\x0F\x30\x0D\x06\x09\x60\x86"
               "\x48\x01\x65\x03\x04\x02\x02\x05\x00\xA1\x1C\x30\x1A\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01"
               "\x08\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xA2\x03\x02\x01\x30"),
        "RSASSA-PSS-SHA384", rsa_pss, Hash::sha384, true},
    SignatureAlgorithm{
        octets("\x30\x41\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A\x30\x34\xA0\x0F\x30\x0D\x06\x09\x60\x86"
               "\x48\x01\x65\x03\x04\x02\x03\x05\x00\xA1\x1C\x30\x1A\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01"
               "\x08\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\xA2\x03\x02\x01\x40"),
        "RSASSA-PSS-SHA512", rsa_pss, Hash::sha512, true},
    // AMD writes the default trailerField out.
    SignatureAlgorithm{octets("\x30\x46\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A\x30\x39\xA0\x0F\x30\x0D"
                              "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xA1\x1C\x30\x1A\x06\x09"
                              "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03"
                              "\x04\x02\x02\x05\x00\xA2\x03\x02\x01\x30\xA3\x03\x02\x01\x01"),
                       "RSASSA-PSS-SHA384", rsa_pss, Hash::sha384, true},
    SignatureAlgorithm{octets("\x30\x09\x06\x07\x2A\x86\x48\xCE\x3D\x04\x01"), "ecdsa-with-SHA1", ecdsa_der,
                       Hash::sha1, false},
    SignatureAlgorithm{octets("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x05\x05\x00"),
                       "sha1WithRSAEncryption", rsa_pkcs1, Hash::sha1, false},
};

constexpr std::uint8_t utc_time = 0x17;
constexpr std::array<std::uint8_t, 1> no_unused_bits{};

}  // namespace

const SignatureAlgorithm* signature_algorithm(ByteView identifier) {
    const auto* const found =
        std::ranges::find(signature_algorithms, as_text(identifier), &SignatureAlgorithm::identifier);
    return found == signature_algorithms.end() ? nullptr : &*found;
}

const SignatureAlgorithm& signature_algorithm(KeyType type, Hash hash) {
    for (const SignatureAlgorithm& algorithm : signature_algorithms) {
        if (fits(algorithm.scheme, type) && algorithm.hash == hash) return algorithm;
    }
    throw std::logic_error("x509: keys of this type do not sign");
}

std::optional<ByteView> whole_bits(const der::Element& element) {
    if (element.tag != der::bit_string || element.contents.empty() || element.contents[0] != 0) return {};
    return element.contents.subspan(1);
}

std::optional<SignedObject> read_signed(ByteView der) {
    const auto outer = der::parse(der);
    if (!outer || outer->tag != der::sequence) return {};
    der::Cursor inside{outer->contents};
    const auto content = inside.next(der::sequence);
    const auto algorithm = inside.next(der::sequence);
    const auto bits = inside.next(der::bit_string);
    const auto signature = bits ? whole_bits(*bits) : std::nullopt;
    if (!content || !algorithm || !signature) return {};
    const std::size_t used = content->whole.size() + algorithm->whole.size() + bits->whole.size();
    return SignedObject{*content, algorithm->whole, *signature, outer->contents.subspan(used)};
}

Bytes make_signed(ByteView content, const PrivateKey& key, Hash hash, ByteView rest) {
    const SignatureAlgorithm& algorithm = signature_algorithm(key.type(), hash);
    const Bytes signature = key.sign(algorithm.scheme, hash, content);
    return der::element(der::sequence, {content, as_bytes(algorithm.identifier),
                                        der::element(der::bit_string, {no_unused_bits, signature}), rest});
}

bool is_signed_by(const SignedObject& object, const PublicKey& key) {
    const SignatureAlgorithm* algorithm = signature_algorithm(object.algorithm);
    return algorithm != nullptr && algorithm->accepted &&
           key.verify(algorithm->scheme, algorithm->hash, object.content.whole, object.signature);
}

std::optional<Instant> read_time(const der::Element& element) {
    const std::string_view text = as_text(element.contents);
    const bool utc = element.tag == utc_time;
    if (!utc && element.tag != generalized_time_tag) return {};
    if (text.size() != (utc ? 13 : 15) || text.back() != 'Z' ||
        !std::ranges::all_of(text.substr(0, text.size() - 1), [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    std::size_t at = 0;
    const auto number = [&](std::size_t digits) {
        unsigned value = 0;
        for (; digits > 0; --digits) value = 10 * value + static_cast<unsigned>(text[at++] - '0');
        return value;
    };
    unsigned year = number(utc ? 2 : 4);
    if (utc) year += year < 50 ? 2000 : 1900;
    const unsigned month = number(2), day = number(2), hour = number(2), minute = number(2),
                   second = number(2);
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)},
                                           std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return {};
    return Instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second};
}

Bytes generalized_time(Instant at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{at - day};
    const int year = static_cast<int>(date.year());
    if (year < 0 || year > 9999) throw std::logic_error("x509: a time outside the years 0 to 9999");
    return der::element(
        generalized_time_tag,
        {as_bytes(fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}Z", year, static_cast<unsigned>(date.month()),
                              static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                              time.seconds().count()))});
}

Bytes validity_time(Instant at) {
    const Bytes general = generalized_time(at);
    constexpr std::size_t header = 2, century = 2;
    const std::string_view year = as_text(ByteView{general}.subspan(header, 4));
    if (year < "1950" || year >= "2050") return general;
    return der::element(utc_time, {ByteView{general}.subspan(header + century)});
}

std::optional<std::vector<ExtensionView>> read_extensions(ByteView der) {
    const auto list = der::parse(der);
    if (!list || list->tag != der::sequence) return {};
    std::vector<ExtensionView> out;
    for (der::Cursor all{list->contents}; !all.at_end();) {
        const auto one = all.next(der::sequence);
        if (!one) return {};
        der::Cursor inside{one->contents};
        const auto oid = inside.next(der::object_identifier);
        const auto critical = inside.next(der::boolean);
        const auto value = inside.next(der::octet_string);
        if (!oid || !value || !inside.at_end() || !der::oid_text(oid->contents)) return {};
        // DEFAULT FALSE is not encoded, and TRUE is FF (X.690, 11.1 and 11.5).
        if (critical && !equal(critical->contents, as_bytes("\xFF"))) return {};
        for (const ExtensionView& before : out)
            if (equal(before.oid, oid->contents)) return {};
        out.push_back({oid->contents, critical.has_value(), value->contents});
    }
    if (out.empty()) return {};
    return out;
}

Bytes make_extension(ByteView encoded_oid, bool critical, ByteView value) {
    return der::element(der::sequence, {encoded_oid, critical ? as_bytes("\x01\x01\xFF") : ByteView{},
                                        der::element(der::octet_string, {value})});
}

}  // namespace assay::crypto
