#include "models/ohttp/client.hpp"

#include <algorithm>

#include "models/ohttp/linking_fields.hpp"

namespace assay::ohttp {
namespace {

/// Credentials are blinded tokens (RFC 9577), or they name the client.
bool identifies(const bhttp::Field& field) {
    std::string name{field.name};
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (name == "authorization") return !field.value.starts_with("PrivateToken ");
    return links_requests(name);
}

}  // namespace

std::optional<ClientError> Client::adopt(ByteView list, ByteView evidence, std::optional<ByteView> second) {
    config_.reset();
    if (second && !equal(list, *second))
        return ClientError{"E_KEYCONFIG_INCONSISTENT", "the key configurations differ by the way they came"};
    const auto configs = decode_list(list);
    if (!configs) return ClientError{"E_KEYCONFIG_AUTH", configs.error().text()};
    auto accepted = authority_.accept(list, evidence);
    if (!accepted) return accepted.error();
    if (std::ranges::find(*configs, *accepted) == configs->end())
        return ClientError{"E_KEY_NOT_ATTESTED", "the attested key is not one of the list"};
    config_ = *std::move(accepted);
    return {};
}

Result<Client::Sealed, ClientError> Client::seal(const bhttp::Request& request,
                                                 std::span<std::uint8_t> scratch) const {
    if (!config_) return ClientError{"E_KEY_NOT_ATTESTED", "no attested key to seal to"};
    for (const bhttp::Fields* fields : {&request.fields, &request.trailers})
        if (std::ranges::any_of(*fields, identifies))
            return ClientError{"E_INNER_IDENTIFIER", "a field of the request tells who asks"};

    bhttp::Request dated = request;
    const std::string now = to_http_date(clock_.now());
    if (policy_.send_date && !bhttp::find(dated.fields, "date")) dated.fields.push_back({"date", now});
    const std::size_t size = size_class(bhttp::encoded_size(dated));
    if (size > scratch.size())
        return ClientError{"E_LIMIT", "the request needs " + std::to_string(size) + " bytes of room"};
    const std::span<std::uint8_t> padded = scratch.first(size);
    bhttp::encode(dated, padded);
    auto sealed = seal_request(context_, *config_, config_->symmetric.front(), padded);
    std::ranges::fill(padded, std::uint8_t{0});
    if (!sealed) return ClientError{"E_KEY_INVALID", std::string{crypto::hpke::name(sealed.error())}};
    return Sealed{{.method = "POST",
                   .target = policy_.target,
                   .fields = {{"content-type", std::string{request_media_type}}},
                   .body = std::move(sealed->message)},
                  std::move(sealed->context)};
}

Result<bhttp::Response, ClientError> Client::open(const Sealed& sealed, const HttpResponse& response,
                                                  std::span<std::uint8_t> room) const {
    if (response.status != 200)
        return ClientError{"E_RESP_PARSE", "status " + std::to_string(response.status) + " in the clear"};
    if (media_type(response.fields) != response_media_type)
        return ClientError{"E_RESP_PARSE", "the answer is no encapsulated response"};
    const std::size_t overhead = response_overhead(sealed.context.suite());
    if (response.body.size() < overhead) return ClientError{"E_RESP_PARSE", "shorter than nonce and tag"};
    if (response.body.size() - overhead > room.size())
        return ClientError{"E_LIMIT", "the answer does not fit into its room"};
    const auto plaintext = sealed.context.open(response.body, room);
    if (!plaintext) return ClientError{"E_RESP_OPEN", "not a response to this request"};
    auto inner = bhttp::decode_response(*plaintext, policy_.limits);
    if (!inner) {
        std::ranges::fill(*plaintext, std::uint8_t{0});
        return ClientError{"E_RESP_PARSE", inner.error().text()};
    }
    return *std::move(inner);
}

}  // namespace assay::ohttp
