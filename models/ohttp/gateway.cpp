#include "models/ohttp/gateway.hpp"

#include <algorithm>

#include "models/ohttp/linking_fields.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;

/// One body for everything that cannot be opened (RFC 9458, 5.3).
constexpr std::string_view key_problem =
    R"({"type":"https://iana.org/assignments/http-problem-types#ohttp-key"})";
constexpr std::string_view date_problem =
    R"({"type":"https://iana.org/assignments/http-problem-types#date"})";
constexpr std::string_view problem_media_type = "application/problem+json";

HttpResponse plain(unsigned status) { return {.status = status, .fields = {{"cache-control", "no-store"}}}; }

HttpResponse not_opened() {
    HttpResponse out = plain(422);
    out.fields.push_back({"content-type", std::string{problem_media_type}});
    const ByteView body = as_bytes(key_problem);
    out.body.assign(body.begin(), body.end());
    return out;
}

std::string_view code_of(hpke::Error error) {
    switch (error) {
        case hpke::Error::deserialize:
        case hpke::Error::validation: return "E_HPKE_KEM";
        case hpke::Error::message_limit: return "E_HPKE_LIMIT";
        default: return "E_HPKE_OPEN";
    }
}

std::string lower_case(std::string_view text) {
    std::string out{text};
    std::ranges::transform(
        out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// The value of the one field of that name.
std::optional<std::string_view> only(const bhttp::Fields& fields, std::string_view name) {
    if (std::ranges::count(fields, name, &bhttp::Field::name) != 1) return {};
    return bhttp::find(fields, name);
}

void drop_linking(bhttp::Fields& fields) {
    std::erase_if(fields, [](const bhttp::Field& field) { return links_requests(lower_case(field.name)); });
}

}  // namespace

Gateway::Gateway(const crypto::Context& context, const Clock& clock, ReplayWindow& window,
                 GatewayPolicy policy)
    : context_(context), clock_(clock), window_(window), policy_(std::move(policy)) {}

std::optional<std::string> Gateway::add_key(std::uint8_t id, hpke::KemId kem, crypto::PrivateKey key,
                                            std::vector<SymmetricPair> symmetric) {
    const hpke::KemFacts* facts = hpke::facts(kem);
    if (facts == nullptr || facts->curve != key.type()) return "not a key of that KEM";
    if (symmetric.empty()) return "no symmetric algorithms";
    for (const SymmetricPair& pair : symmetric) {
        const auto* aead = hpke::facts(pair.aead);
        if (hpke::facts(pair.kdf) == nullptr || aead == nullptr || !aead->cipher)
            return "a pair of algorithms that cannot seal";
    }
    Bytes point = key.public_key().point();
    if (used_ids_.contains(id)) return "a key id that was used before";
    if (std::ranges::find(used_public_keys_, point) != used_public_keys_.end())
        return "a public key that was used before";
    used_ids_.insert(id);
    used_public_keys_.push_back(point);
    decoys_.try_emplace(kem,
                        Decoy{crypto::PrivateKey::generate(context_, facts->curve),
                              crypto::PrivateKey::generate(context_, facts->curve).public_key().point()});
    keys_.emplace(id,
                  Key{{id, kem, std::move(point), std::move(symmetric)}, std::move(key), {}, ++published_});
    return {};
}

bool Gateway::retire_key(std::uint8_t id, Instant until) {
    const auto found = keys_.find(id);
    if (found == keys_.end()) return false;
    found->second.until = until;
    return true;
}

bool Gateway::revoke_key(std::uint8_t id) { return keys_.erase(id) != 0; }

void Gateway::forget_expired() {
    std::erase_if(keys_, [now = clock_.now()](const auto& entry) {
        return entry.second.until && *entry.second.until < now;
    });
}

bool Gateway::ready() const {
    return std::ranges::any_of(keys_, [](const auto& entry) { return !entry.second.until; });
}

Bytes Gateway::key_list() const {
    std::vector<const Key*> published;
    for (const auto& [id, key] : keys_)
        if (!key.until) published.push_back(&key);
    std::ranges::sort(published, std::ranges::greater{}, &Key::number);
    std::vector<KeyConfig> configs;
    for (const Key* key : published) configs.push_back(key->config);
    return encode_list(configs);
}

/// What can be said before anything is opened, and without any key.
std::optional<Refused> Gateway::check_outer(const HttpRequest& request, std::size_t room) const {
    constexpr std::string_view malformed = "E_HPKE_PARSE";
    if (request.method != "POST") return Refused{plain(405), malformed, "method"};
    if (media_type(request.fields) != request_media_type)
        return Refused{plain(415), malformed, "content-type"};
    if (request.body.size() > room) return Refused{plain(413), "E_LIMIT", "body"};
    if (request.body.size() < RequestHeader::size) return Refused{plain(400), malformed, "header"};
    if (keys_.empty()) return Refused{plain(503), "E_KEY_UNKNOWN", "no key"};
    return {};
}

/// The work of an opening that fails, for a request whose key or suite is not ours: whoever measures time
/// learns no more than from the answer.
Refused Gateway::refuse_unopened(const HttpRequest& request, std::span<std::uint8_t> room,
                                 std::string_view code, std::string where) {
    const Key& latest =
        std::ranges::max_element(keys_, {}, [](const auto& entry) { return entry.second.number; })->second;
    const Decoy& decoy = decoys_.at(latest.config.kem);
    const RequestHeader header = header_of(latest.config, latest.config.symmetric.front());
    Bytes message = concat({encode(header, std::endian::big), decoy.enc});
    const ByteView sealed = ByteView{request.body}.subspan(RequestHeader::size);
    append(message, sealed.subspan(std::min(sealed.size(), decoy.enc.size())));
    message.resize(std::max(message.size(), request_overhead(latest.config.kem)));
    if (room.size() >= message.size() - request_overhead(latest.config.kem))
        static_cast<void>(open_request(decoy.key, header, message, room));
    return {not_opened(), code, std::move(where)};
}

Refused Gateway::refuse_sealed(const ResponseContext& context, unsigned status, std::string_view code,
                               std::string where) {
    const std::string now = to_http_date(clock_.now());
    bhttp::Response response{.status = status};
    if (code == "E_DATE_WINDOW") {
        response.fields = {{"content-type", problem_media_type}, {"date", now}};
        response.content = as_bytes(date_problem);
    }
    std::array<std::uint8_t, 512> scratch{};
    return {seal(context, response, scratch), code, std::move(where), true};
}

std::optional<Refused> Gateway::check_inner(bhttp::Request& request, const ResponseContext& context) {
    if (bhttp::find(request.fields, "expect"))
        return refuse_sealed(context, 417, "E_BHTTP_PARSE", "fields.expect");
    const auto dated = [&]() -> bool {
        if (!bhttp::find(request.fields, "date")) return !policy_.require_date;
        const auto value = only(request.fields, "date");
        const auto date = value ? from_http_date(*value) : std::nullopt;
        if (!date) return false;
        const auto now = clock_.now();
        return (*date > now ? *date - now : now - *date) <= policy_.window;
    };
    if (!dated()) return refuse_sealed(context, 400, "E_DATE_WINDOW", "fields.date");

    auto authority = request.authority;
    if (authority.empty()) authority = only(request.fields, "host").value_or(std::string_view{});
    if (request.scheme != "https" ||
        std::ranges::find(policy_.authorities, lower_case(authority)) == policy_.authorities.end())
        return refuse_sealed(context, 403, "E_TARGET_DENIED", "authority");
    drop_linking(request.fields);
    drop_linking(request.trailers);
    return {};
}

Result<Gateway::Opened, Refused> Gateway::open(const HttpRequest& request, std::span<std::uint8_t> room) {
    forget_expired();
    std::ranges::fill(room, std::uint8_t{0});
    if (auto refused = check_outer(request, room.size())) return *std::move(refused);

    Reader reader{request.body, std::endian::big};
    RequestHeader header;
    if (!reader.get(header)) return Refused{plain(400), "E_HPKE_PARSE", "header"};
    const auto found = keys_.find(header.key_id);
    if (found == keys_.end()) return refuse_unopened(request, room, "E_KEY_UNKNOWN", "key_id");
    const Key& key = found->second;
    if (header.kem_id != static_cast<std::uint16_t>(key.config.kem))
        return refuse_unopened(request, room, "E_HPKE_SUITE", "kem_id");
    const SymmetricPair pair{static_cast<hpke::KdfId>(header.kdf_id),
                             static_cast<hpke::AeadId>(header.aead_id)};
    if (std::ranges::find(key.config.symmetric, pair) == key.config.symmetric.end())
        return refuse_unopened(request, room, "E_HPKE_SUITE", "kdf_id, aead_id");
    if (request.body.size() < request_overhead(key.config.kem))
        return Refused{plain(400), "E_HPKE_PARSE", "length"};

    auto opened = open_request(key.key, header, request.body, room);
    if (!opened) return Refused{not_opened(), code_of(opened.error()), "enc, ct"};

    const auto refuse = [&](Refused refused) {
        std::ranges::fill(room, std::uint8_t{0});
        return refused;
    };
    switch (window_.admit(opened->context.enc())) {
        case ReplayWindow::Outcome::fresh: break;
        case ReplayWindow::Outcome::repeated:
            return refuse(refuse_sealed(opened->context, 400, "E_REPLAY", "enc"));
        case ReplayWindow::Outcome::full:
            return refuse(refuse_sealed(opened->context, 503, "E_LIMIT", "replay window"));
    }
    auto inner = bhttp::decode_request(opened->plaintext, policy_.limits);
    if (!inner) return refuse(refuse_sealed(opened->context, 400, inner.error().code(), inner.error().path));
    if (auto refused = check_inner(*inner, opened->context)) return refuse(*std::move(refused));
    return Opened{*std::move(inner), std::move(opened->context)};
}

HttpResponse Gateway::seal(const ResponseContext& context, const bhttp::Response& response,
                           std::span<std::uint8_t> scratch) {
    bhttp::Response answer = response;
    drop_linking(answer.fields);
    drop_linking(answer.trailers);
    std::array<std::uint8_t, 512> small{};
    std::span<std::uint8_t> padded = scratch;
    const std::size_t size = size_class(bhttp::encoded_size(answer));
    if (size > scratch.size() || answer.status < 200 || answer.status > 599) {
        answer = {.status = 502};
        padded = small;
    } else {
        padded = scratch.first(size);
    }
    bhttp::encode(answer, padded);
    HttpResponse out{
        .status = 200,
        .fields = {{"content-type", std::string{response_media_type}}, {"cache-control", "no-store"}},
        .body = context.seal(context_.random(), padded)};
    std::ranges::fill(padded, std::uint8_t{0});
    return out;
}

}  // namespace assay::ohttp
