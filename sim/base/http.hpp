// Requests and responses of HTTP (RFC 9110), apart from any transport.
//
//     const HttpRequest request{.method = "POST", .target = "/key", .fields = {{"Content-Type",
//     "application/json"}}}; if (request.method != "POST") return HttpResponse{.status = 405}; if
//     (media_type(request.fields) != "application/json") return HttpResponse{.status = 415};
#pragma once
#include <functional>

#include "sim/base/bytes.hpp"
#include "sim/base/clock.hpp"

namespace assay {

/// A field line. Names are compared without regard to ASCII case (RFC 9110, 5.1).
struct HttpField {
    std::string name;
    std::string value;
    bool operator==(const HttpField&) const = default;
};
/// In the order in which they are sent.
using HttpFields = std::vector<HttpField>;

/// `target` is the path with its query. What is secret, or a user's, does not belong into one of these in the
/// clear: `body` is what a wire shows.
struct HttpRequest {
    std::string method;
    std::string target;
    HttpFields fields{};
    Bytes body{};
    bool operator==(const HttpRequest&) const = default;
};

struct HttpResponse {
    unsigned status = 0;  // 100 to 599
    HttpFields fields{};
    Bytes body{};
    bool operator==(const HttpResponse&) const = default;
};

/// Whoever answers requests: the inside of a server.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// Equal but for ASCII case.
bool same_field_name(std::string_view a, std::string_view b);

/// The value of the first field of that name; null when there is none.
const std::string* find_field(const HttpFields& fields, std::string_view name);
/// How many fields have that name.
std::size_t count_fields(const HttpFields& fields, std::string_view name);
/// Replaces every field of that name by one.
void set_field(HttpFields& fields, std::string_view name, std::string_view value);
/// Removes every field of that name; how many there were.
std::size_t remove_fields(HttpFields& fields, std::string_view name);

/// Type and subtype of the one Content-Type field in lower case, without parameters (RFC 9110, 8.3.1). Empty
/// when there is no such field, when there are several, and when it is not `token/token`.
std::string media_type(const HttpFields& fields);

/// IMF-fixdate (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. Years 0000 to 9999.
std::string to_http_date(Instant at);
/// Nothing for any other text (the two obsolete forms included), a day that the calendar does not have, and a
/// day of the week that is not that day's.
std::optional<Instant> from_http_date(std::string_view text);

}  // namespace assay
