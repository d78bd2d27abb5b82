// Requests that a gateway must not open: header, encapsulated key, ciphertext, labels. Each beside a request
// without that fault, which it must serve.
#include <algorithm>

#include "conformance/suites/ohttp/session.hpp"

namespace assay::conformance::oblivious {
namespace {

/// A message with one fault; what opens the answer does not matter, there must be none.
struct FaultRow {
    std::string_view id, title;
    std::vector<std::string> requirements;
    Bytes (*message)(const Session&);
};

constexpr std::size_t header_size = 7;

Bytes legal(const Session& s) { return s.seal(s.request()).message; }
Bytes legal_of(const Session& s, hpke::KemId kem) {
    return seal(s.trial().crypto(), s.choice_of(kem), known_length(s.request())).message;
}
Bytes with_header(const Session& s, std::optional<std::uint8_t> id, std::optional<std::uint16_t> kem,
                  std::optional<std::uint16_t> kdf, std::optional<std::uint16_t> aead) {
    const Choice& c = s.choice();
    Bytes out = legal(s);
    const Bytes head = header(id.value_or(c.config.id), kem.value_or(c.config.kem),
                              kdf.value_or(static_cast<std::uint16_t>(c.suite.kdf)),
                              aead.value_or(static_cast<std::uint16_t>(c.suite.aead)));
    std::ranges::copy(head, out.begin());
    return out;
}
std::uint8_t free_id(const Session& s) {
    unsigned id = 0;
    while (std::ranges::find(s.configs(), id, &Config::id) != s.configs().end()) ++id;
    if (id > 0xFF) s.trial().not_tested(NotTested::not_supported, "every key id is in use");
    return static_cast<std::uint8_t>(id);
}
/// A pair of known algorithms that the first configuration does not offer.
std::pair<std::uint16_t, std::uint16_t> pair_not_offered(const Session& s, bool other_kdf) {
    const Choice& c = s.choice();
    std::pair one{static_cast<std::uint16_t>(c.suite.kdf), static_cast<std::uint16_t>(c.suite.aead)};
    std::uint16_t& part = other_kdf ? one.first : one.second;
    part = 1;
    while (std::ranges::find(c.config.pairs, one) != c.config.pairs.end()) ++part;
    if (part > 3) s.trial().not_tested(NotTested::not_supported, "the first configuration offers them all");
    return one;
}

Bytes unknown_key_id(const Session& s) { return with_header(s, free_id(s), {}, {}, {}); }
Bytes another_kem(const Session& s) {
    return with_header(s, {}, static_cast<std::uint16_t>(s.choice().config.kem == 0x20 ? 0x10 : 0x20), {},
                       {});
}
Bytes reserved_kem(const Session& s) { return with_header(s, {}, std::uint16_t{0}, {}, {}); }
Bytes another_kdf(const Session& s) { return with_header(s, {}, {}, pair_not_offered(s, true).first, {}); }
Bytes reserved_kdf(const Session& s) { return with_header(s, {}, {}, std::uint16_t{0}, {}); }
Bytes another_aead(const Session& s) { return with_header(s, {}, {}, {}, pair_not_offered(s, false).second); }
Bytes reserved_aead(const Session& s) { return with_header(s, {}, {}, {}, std::uint16_t{0}); }
Bytes export_only(const Session& s) { return with_header(s, {}, {}, {}, std::uint16_t{0xFFFF}); }
Bytes header_of_another_suite(const Session& s) {
    const auto found =
        std::ranges::find_if(s.configs(), [](const Config& config) { return choices({config}).size() > 1; });
    if (found == s.configs().end())
        s.trial().not_tested(NotTested::not_supported, "no configuration offers two suites");
    const auto suites = choices({*found});
    Bytes out = seal(s.trial().crypto(), suites[0], known_length(s.request())).message;
    std::ranges::copy(header(suites[1]), out.begin());
    return out;
}

/// The legal message of a KEM with another encapsulated key.
Bytes with_enc(const Session& s, hpke::KemId kem,
               const std::function<void(std::span<std::uint8_t>)>& change) {
    Bytes out = legal_of(s, kem);
    change(std::span{out}.subspan(header_size, hpke::facts(kem)->public_key_size));
    return out;
}
Bytes with_x25519(const Session& s, std::string_view hex) {
    return with_enc(s, hpke::KemId::x25519_sha256, [&](std::span<std::uint8_t> enc) {
        std::ranges::copy(from_hex(hex).value(), enc.begin());
    });
}
Bytes x25519_zero(const Session& s) { return with_x25519(s, std::string(64, '0')); }
Bytes x25519_one(const Session& s) { return with_x25519(s, "01" + std::string(62, '0')); }
Bytes x25519_order_8(const Session& s) {
    return with_x25519(s, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
}
Bytes x25519_other_order_8(const Session& s) {
    return with_x25519(s, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157");
}
Bytes x25519_p(const Session& s) { return with_x25519(s, "ed" + std::string(60, 'f') + "7f"); }
Bytes x25519_top_bit(const Session& s) {
    return with_enc(s, hpke::KemId::x25519_sha256, [](std::span<std::uint8_t> enc) { enc.back() ^= 0x80; });
}
Bytes p256_off_curve(const Session& s) {
    return with_enc(s, hpke::KemId::p256_sha256, [](std::span<std::uint8_t> enc) { enc.back() ^= 1; });
}
Bytes p384_off_curve(const Session& s) {
    return with_enc(s, hpke::KemId::p384_sha384, [](std::span<std::uint8_t> enc) { enc.back() ^= 1; });
}
Bytes p384_infinity(const Session& s) {
    return with_enc(s, hpke::KemId::p384_sha384,
                    [](std::span<std::uint8_t> enc) { std::ranges::fill(enc, std::uint8_t{0}); });
}
Bytes p384_compressed_form(const Session& s) {
    return with_enc(s, hpke::KemId::p384_sha384, [](std::span<std::uint8_t> enc) {
        enc[0] = static_cast<std::uint8_t>(2 | (enc.back() & 1));
    });
}
Bytes p384_hybrid_form(const Session& s) {
    return with_enc(s, hpke::KemId::p384_sha384, [](std::span<std::uint8_t> enc) {
        enc[0] = static_cast<std::uint8_t>(6 | (enc.back() & 1));
    });
}
Bytes enc_of_another_request(const Session& s) {
    Bytes out = legal(s);
    const Sealed other = s.seal(s.request());
    std::ranges::copy(other.enc(), out.begin() + header_size);
    return out;
}

Bytes first_sealed_byte(const Session& s) {
    Sealed sealed = s.seal(s.request());
    sealed.message[header_size + sealed.enc_size] ^= 1;
    return sealed.message;
}
Bytes last_byte(const Session& s) {
    Bytes out = legal(s);
    out.back() ^= 1;
    return out;
}
Bytes one_byte_more(const Session& s) {
    Bytes out = legal(s);
    out.push_back(0);
    return out;
}
Bytes one_byte_less(const Session& s) {
    Bytes out = legal(s);
    out.pop_back();
    return out;
}
Bytes cut(const Session& s, std::size_t size) {
    Bytes out = legal(s);
    out.resize(size);
    return out;
}
Bytes nothing(const Session& s) { return cut(s, 0); }
Bytes part_of_a_header(const Session& s) { return cut(s, header_size - 1); }
Bytes header_alone(const Session& s) { return cut(s, header_size); }
Bytes no_ciphertext(const Session& s) { return cut(s, header_size + s.choice().config.public_key.size()); }
Bytes part_of_a_tag(const Session& s) {
    return cut(s, header_size + s.choice().config.public_key.size() + 15);
}

Bytes sealed_otherwise(const Session& s, const Sealing& how) {
    return seal(s.trial().crypto(), s.choice(), known_length(s.request()), how).message;
}
Bytes chunked_label(const Session& s) {
    return sealed_otherwise(s, {.label = "message/bhttp chunked request"});
}
Bytes response_label(const Session& s) { return sealed_otherwise(s, {.label = "message/bhttp response"}); }
Bytes empty_info(const Session& s) { return sealed_otherwise(s, {.info = Bytes{}}); }
Bytes no_zero_byte(const Session& s) {
    return sealed_otherwise(s, {.info = concat({as_bytes("message/bhttp request"), header(s.choice())})});
}
Bytes associated_data(const Session& s) { return sealed_otherwise(s, {.aad = "x"}); }
Bytes second_message(const Session& s) { return sealed_otherwise(s, {.second_message = true}); }

const std::vector<std::string> bound{"OHTTP-REQ-001"}, suite_rule{"OHTTP-REQ-002"}, point{"HPKE-KEM-001"},
    zero{"HPKE-KEM-002"}, received{"HPKE-KEM-003"}, tag{"OHTTP-REQ-003"}, shortness{"OHTTP-REQ-004"},
    label{"HPKE-KS-001"};

const std::vector<FaultRow>& rows() {
    static const std::vector<FaultRow> all{
        {"header.unknown-key", "A request with a key id that is not in the list is refused", suite_rule,
         unknown_key_id},
        {"header.another-kem", "A request that names another KEM than its key's is refused", suite_rule,
         another_kem},
        {"header.kem-reserved", "A request with the reserved KEM id 0 is refused", suite_rule, reserved_kem},
        {"header.another-kdf", "A request with a KDF that its key does not offer is refused", suite_rule,
         another_kdf},
        {"header.kdf-reserved", "A request with the reserved KDF id 0 is refused", suite_rule, reserved_kdf},
        {"header.another-aead", "A request with an AEAD that its key does not offer is refused", suite_rule,
         another_aead},
        {"header.aead-reserved", "A request with the reserved AEAD id 0 is refused", suite_rule,
         reserved_aead},
        {"header.export-only", "A request with the export-only AEAD is refused", suite_rule, export_only},
        {"header.another-suite", "A request sealed for one offered suite and marked with another is refused",
         bound, header_of_another_suite},
        {"enc.x25519-zero", "An X25519 key of zeros is refused", zero, x25519_zero},
        {"enc.x25519-one", "The X25519 key 1 is refused", zero, x25519_one},
        {"enc.x25519-order-8", "An X25519 key of order 8 is refused", zero, x25519_order_8},
        {"enc.x25519-order-8-other", "The other X25519 key of order 8 is refused", zero,
         x25519_other_order_8},
        {"enc.x25519-p", "The X25519 key p, which is 0, is refused", zero, x25519_p},
        {"enc.x25519-top-bit", "An X25519 key whose ignored bit was set does not open the request", received,
         x25519_top_bit},
        {"enc.p256-off-curve", "A P-256 point that is not on the curve is refused", point, p256_off_curve},
        {"enc.p384-off-curve", "A P-384 point that is not on the curve is refused", point, p384_off_curve},
        {"enc.p384-infinity", "A P-384 key of zeros is refused", point, p384_infinity},
        {"enc.p384-compressed", "A P-384 key marked as compressed is refused", point, p384_compressed_form},
        {"enc.p384-hybrid", "A P-384 key in hybrid form is refused", point, p384_hybrid_form},
        {"enc.another-request", "A request with the encapsulated key of another one is refused", received,
         enc_of_another_request},
        {"sealed.first-byte", "A request whose first sealed byte was changed is refused", tag,
         first_sealed_byte},
        {"sealed.last-byte", "A request whose last byte was changed is refused", tag, last_byte},
        {"sealed.longer", "A request with a byte more is refused", tag, one_byte_more},
        {"sealed.shorter", "A request with a byte less is refused", tag, one_byte_less},
        {"size.empty", "An empty request is refused", shortness, nothing},
        {"size.part-of-header", "A request that ends within its header is refused", shortness,
         part_of_a_header},
        {"size.header", "A request that is a header alone is refused", shortness, header_alone},
        {"size.no-ciphertext", "A request without a ciphertext is refused", shortness, no_ciphertext},
        {"size.part-of-tag", "A request that ends within its tag is refused", shortness, part_of_a_tag},
        {"label.chunked", "A request sealed under the label of chunked requests is refused", label,
         chunked_label},
        {"label.response", "A request sealed under the label of responses is refused", label, response_label},
        {"label.none", "A request sealed with an empty info is refused", label, empty_info},
        {"label.no-zero", "A request whose info lacks the zero byte is refused", label, no_zero_byte},
        {"label.aad", "A request sealed with associated data is refused", label, associated_data},
        {"label.second", "The second message of an HPKE context is refused", label, second_message},
    };
    return all;
}

/// What a peer can tell refusals apart by.
std::string seen(const HttpResponse& response) {
    HttpFields fields = response.fields;
    std::erase_if(fields, [](const HttpField& f) { return same_field_name(f.name, "date"); });
    std::ranges::sort(fields, {}, &HttpField::name);
    std::string out = std::to_string(response.status);
    for (const HttpField& field : fields) out += "\n" + field.name + ": " + field.value;
    return out + "\n\n" + to_hex(response.body);
}

void one_failure_answer(Session& s) {
    std::optional<std::string> first;
    for (const auto message : {unknown_key_id, another_kem, reserved_kdf, export_only, enc_of_another_request,
                               last_byte, one_byte_less, chunked_label}) {
        const Sealed sealed = s.seal(s.request());
        const Answer answer = s.exchange(sealed, message(s));
        s.expect_refused_outside(answer);
        const std::string here = seen(answer.outer);
        s.trial().expect(!first || *first == here, "failure-oracle",
                         "whatever keeps a request from being opened, the answer is the same",
                         "two causes have two answers");
        first = here;
    }
}

}  // namespace

std::vector<Case> decapsulation_cases() {
    std::vector<Case> out;
    for (const FaultRow& row : rows())
        out.push_back(refusal_case(std::string{row.id}, std::string{row.title}, row.requirements,
                                   [message = row.message](Session& s) {
                                       const Sealed sealed = s.seal(s.request());
                                       s.expect_refused_outside(s.exchange(sealed, message(s)));
                                   }));
    out.push_back(refusal_case("failure.one-answer", "Requests that cannot be opened all have one answer",
                               {"OHTTP-ERR-002"}, one_failure_answer));
    return out;
}

}  // namespace assay::conformance::oblivious
