// What every hop between client and gateway does the same way: ids of its own, and little that passes.
#pragma once
#include <set>

#include "sim/base/http.hpp"
#include "sim/base/random.hpp"
#include "sim/base/result.hpp"

namespace assay::ohttp {

/// 128 random bits that name one exchange on one hop.
using HopId = std::array<std::uint8_t, 16>;
inline constexpr std::string_view hop_id_field = "x-request-id";

/// The ids of one hop. They live in its memory alone, and only until the response.
class HopIds {
public:
    explicit HopIds(Random& random) : random_(random) {}

    /// A new id. Nothing once the generator gave an id that is all one byte, that is in use, or that it gave
    /// before: from then on there are none, and the hop stops serving.
    std::optional<HopId> open();
    void close(const HopId& id) { pending_.erase(id); }

    std::size_t pending() const { return pending_.size(); }
    bool failed() const { return failed_; }

private:
    Random& random_;
    std::set<HopId> pending_;
    HopId last_{};
    bool failed_ = false;
};

/// What passes a hop: everything else is dropped, and nothing is added but the hop's id.
struct HopPolicy {
    std::string target = "/";                 // of encapsulated requests (POST)
    std::string keys_target = "/ohttp-keys";  // of the key configurations (GET)
    std::size_t max_body = 8 << 20;
};

/// The request as it goes on: method and body unchanged, Content-Type (and Incremental) alone of its fields,
/// and `id`. An answer where it does not go on: 404, 405, 413, 415.
Result<HttpRequest, HttpResponse> filtered(const HttpRequest& request, const HopPolicy& policy,
                                           const HopId& id);
/// The response as it goes back: status and body, Content-Type where it is one of oblivious HTTP or a
/// problem, and Cache-Control: no-store.
HttpResponse filtered(const HttpResponse& response);

}  // namespace assay::ohttp
