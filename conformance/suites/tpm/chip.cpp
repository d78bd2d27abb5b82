#include "conformance/suites/tpm/chip.hpp"

#include <fmt/format.h>

#include "sim/base/text.hpp"

namespace assay::conformance::tpm_topic {

Bytes Chip::send(ByteView command) {
    constexpr int patience = 16;
    auto& port = trial_.port<TpmPort>();
    for (int again = patience;; --again) {
        const Bytes response = trial_.need(port.exchange(command, locality), "a response to a command");
        const auto rc = tpm::response_code(response);
        expect(rc.has_value(), "malformed-response",
               "A response has a whole header and the size that it says.",
               to_hex(ByteView{response}.first(std::min<std::size_t>(response.size(), 32))));
        if (*rc != Rc::success)
            expect(response.size() == tpm::header_size && load<std::uint16_t>(response, tpm::byte_order) !=
                                                              static_cast<std::uint16_t>(tpm::Tag::sessions),
                   "malformed-error", "An error response is a header without sessions.", to_hex(response));
        if (*rc != Rc::retry || again == 0) return response;
    }
}

void Chip::succeeded(tpm::Cc cc, bool held, const std::string& actual) {
    expect(held, "command-refused", fmt::format("Command {:#x} succeeds.", static_cast<std::uint32_t>(cc)),
           actual);
}

void Chip::refused_bytes(ByteView command, std::initializer_list<Rc> codes, std::string_view what) {
    const Rc found = rc_of(command);
    std::string expected;
    for (const Rc code : codes) expected += (expected.empty() ? "" : " or ") + text(code);
    expect(std::ranges::count(codes, found) > 0, "wrong-response-code",
           fmt::format("{} is refused with {}.", what, expected),
           found == Rc::success ? "It succeeds." : "The response code is " + text(found) + ".");
}

void Chip::need_command(tpm::Cc cc) {
    const auto listed = ok(tpm::GetCapabilityIn{tpm::Cap::commands, static_cast<std::uint32_t>(cc), 1});
    const auto& numbers = listed.capability_data.numbers.items;
    if (numbers.empty() || (numbers[0] & 0xFFFF) != static_cast<std::uint32_t>(cc))
        trial_.not_tested(NotTested::not_supported,
                          fmt::format("command {:#x} is not there", static_cast<std::uint32_t>(cc)));
}

void Chip::refuse_cuts(const Bytes& command, std::size_t handles, const std::vector<std::size_t>& ends) {
    constexpr std::size_t word = sizeof(std::uint32_t);
    const std::size_t area =
        tpm::header_size + handles * word;  // where the authorization area begins, if any
    const std::size_t parameters = command.size() - (ends.empty() ? 0 : ends.back());
    const auto refused_as = [&](Bytes bent, Rc code, const std::string& what) {
        std::ranges::copy(store(static_cast<std::uint32_t>(bent.size()), tpm::byte_order), bent.begin() + 2);
        refused_bytes(bent, {code}, what);
    };
    for (std::size_t at = tpm::header_size; at < command.size(); ++at) {
        Rc expected = Rc::size;  // authorizationSize is more than there is
        if (at < area)
            expected = handle(Rc::insufficient, (at - tpm::header_size) / word + 1);
        else if (at < parameters && at < area + word)
            expected = Rc::insufficient;
        else if (at >= parameters)
            expected = parameter(
                Rc::insufficient,
                1 + static_cast<std::size_t>(std::ranges::upper_bound(ends, at - parameters) - ends.begin()));
        refused_as({command.begin(), command.begin() + static_cast<std::ptrdiff_t>(at)}, expected,
                   fmt::format("The command cut after {} of {} bytes", at, command.size()));
    }
    refused_as(concat({command, Bytes(1)}), Rc::size, "A byte after the command");
}

void Chip::restart(tpm::Su how) {
    trial_.need(trial_.port<TpmPort>().reset(), "a reset");
    locality = 0;
    ok(tpm::StartupIn{how});
}

void Chip::begin() {
    restart();
    ok(tpm::ClearIn{tpm::rh::platform}, {tpm::password()});
}

tpm::CreatePrimaryOut Chip::primary(tpm::Handle hierarchy, const tpm::TpmtPublic& area) {
    return ok(tpm::CreatePrimaryIn{.primary_handle = hierarchy, .in_public = {area}}, {tpm::password()});
}

tpm::Handle Chip::session(tpm::Se type, Alg hash) {
    return ok(tpm::StartAuthSessionIn{.nonce_caller = {random(16)}, .session_type = type, .auth_hash = hash})
        .session_handle;
}

Chip::Child Chip::child(tpm::Handle parent, const tpm::TpmtPublic& area, ByteView data, ByteView auth) {
    tpm::CreateIn in{.parent_handle = parent, .in_public = {area}};
    in.in_sensitive.value.data = Bytes{data.begin(), data.end()};
    in.in_sensitive.value.user_auth = Bytes{auth.begin(), auth.end()};
    Child out{ok(in, {tpm::password()})};
    const auto loaded =
        ok(tpm::LoadIn{parent, out.created.out_private, out.created.out_public}, {tpm::password()});
    out.handle = loaded.object_handle;
    out.name = loaded.name.value;
    return out;
}

void Chip::extend(tpm::Handle index, std::uint8_t with, Alg bank) {
    ok(tpm::PcrExtendIn{.pcr_handle = index, .digests = {{{bank, Bytes(tpm::digest_size(bank), with)}}}},
       {tpm::password()});
}

Bytes Chip::pcr(std::size_t index, Alg bank) {
    const auto read = ok(tpm::PcrReadIn{{{tpm::TpmsPcrSelection::of(bank, {index})}}});
    expect(read.pcr_values.items.size() == 1, "pcr-not-read", "TPM2_PCR_Read gives the value of a PCR.");
    return read.pcr_values.items[0].value;
}

Bytes Chip::composite(Alg bank, std::uint32_t mask) {
    std::vector<Bytes> values;
    for (std::size_t index = 0; index < tpm::pcr_count; ++index)
        if ((mask >> index & 1) != 0) values.push_back(pcr(index, bank));
    return tpm::pcr_composite(Alg::sha256, values);
}

Bytes Chip::random(std::size_t size) {
    Bytes out(size);
    trial_.random().fill(out);
    return out;
}

void Chip::equal(ByteView actual, ByteView expected, std::string_view sentence) {
    if (assay::equal(actual, expected)) return expect(true, "", "");
    Failure failure{"wrong-bytes", std::string{sentence}, to_hex(expected), to_hex(actual), {}};
    trial_.expect(false, failure);
}

std::optional<crypto::PublicKey> key_of(const tpm::TpmtPublic& area) {
    if (area.type == Alg::rsa)
        return crypto::PublicKey::from_rsa(area.unique_rsa.value, area.exponent == 0 ? 65537 : area.exponent);
    const std::size_t size = tpm::coordinate_size(area.curve);
    const auto padded = [size](const Bytes& number) {
        return concat({Bytes(size - std::min(size, number.size())), number});
    };
    constexpr std::array<std::uint8_t, 1> uncompressed{4};
    return crypto::PublicKey::from_point(
        area.curve == tpm::Curve::p256   ? crypto::KeyType::p256
        : area.curve == tpm::Curve::p384 ? crypto::KeyType::p384
                                         : crypto::KeyType::p521,
        concat({uncompressed, padded(area.unique_ecc.x.value), padded(area.unique_ecc.y.value)}));
}

bool verifies(const tpm::TpmtPublic& area, ByteView message, const tpm::TpmtSignature& signature) {
    const auto key = key_of(area);
    if (!key || tpm::digest_size(signature.hash) == 0) return false;
    const crypto::Hash hash = tpm::hash_of(signature.hash);
    if (area.type == Alg::rsa)
        return key->verify(signature.sig_alg == Alg::rsassa ? crypto::SignatureScheme::rsa_pkcs1
                                                            : crypto::SignatureScheme::rsa_pss,
                           hash, message, signature.rsa.value);
    const std::size_t size = tpm::coordinate_size(area.curve);
    const auto& r = signature.r.value;
    const auto& s = signature.s.value;
    if (r.size() > size || s.size() > size) return false;
    return key->verify(crypto::SignatureScheme::ecdsa_raw, hash, message,
                       concat({Bytes(size - r.size()), r, Bytes(size - s.size()), s}));
}

Shared share(Chip& chip, const tpm::TpmtPublic& key, std::string_view label) {
    const auto half = key_of(key);
    chip.expect(half.has_value(), "bad-public-key", "The public area of a key is a key.");
    const std::size_t size = tpm::digest_size(key.name_alg);
    if (key.type == Alg::rsa) {
        Bytes secret = chip.random(size), zero_ended{label.begin(), label.end()};
        zero_ended.push_back(0);
        Bytes encrypted =
            half->encrypt_oaep(chip.trial().crypto(), tpm::hash_of(key.name_alg), secret, zero_ended);
        return {std::move(secret), std::move(encrypted)};
    }
    const auto ephemeral = crypto::PrivateKey::generate(chip.trial().crypto(), half->type());
    const Secret z = ephemeral.agree(*half).value();
    const auto x = [](const crypto::PublicKey& one) {
        const Bytes point = one.point();
        return Bytes{point.begin() + 1, point.begin() + 1 + static_cast<std::ptrdiff_t>(point.size() / 2)};
    };
    const Bytes own = ephemeral.public_key().point(), own_x = x(ephemeral.public_key());
    const Secret secret = tpm::kdfe(key.name_alg, z.bytes(), label, own_x, x(*half), 8 * size);
    const tpm::TpmsEccPoint point{{own_x},
                                  {Bytes{own.end() - static_cast<std::ptrdiff_t>(own_x.size()), own.end()}}};
    return {Bytes{secret.bytes().begin(), secret.bytes().end()}, encode(point, tpm::byte_order)};
}

Rc parameter(Rc rc, std::size_t number) { return tpm::at_parameter(rc, number); }
Rc handle(Rc rc, std::size_t number) { return tpm::at_handle(rc, number); }
Rc session(Rc rc, std::size_t number) { return tpm::at_session(rc, number); }

void add_safe(std::vector<Case>& cases, std::string id, std::string title,
              std::vector<std::string> requirements, std::function<void(Chip&)> body) {
    cases.push_back(
        {.id = "tpm." + std::move(id),
         .title = std::move(title),
         .requirements = std::move(requirements),
         .needs = {},
         .tags = {"safe"},
         // Refused where somebody has started it, which changes nothing.
         .prepare =
             [](Trial& trial) { Chip{trial}.send(tpm::encode_command(tpm::StartupIn{tpm::Su::clear})); },
         .run =
             [body = std::move(body)](Trial& trial) {
                 Chip chip{trial};
                 body(chip);
             }});
}

void add(std::vector<Case>& cases, std::string id, std::string title, std::vector<std::string> requirements,
         std::function<void(Chip&)> body, std::vector<std::string> needs) {
    needs.emplace_back("erase");
    needs.emplace_back("power-cycle");
    cases.push_back({.id = "tpm." + std::move(id),
                     .title = std::move(title),
                     .requirements = std::move(requirements),
                     .needs = std::move(needs),
                     .tags = {},
                     .prepare = [](Trial& trial) { Chip{trial}.begin(); },
                     .run =
                         [body = std::move(body)](Trial& trial) {
                             Chip chip{trial};
                             body(chip);
                         }});
}

}  // namespace assay::conformance::tpm_topic
