// The gateway (RFC 9458, 2) in the confidential VM: it opens requests and seals responses.
//
//     Gateway gateway{context, clock, window, {.authorities = {"llm.example"}}};
//     if (const auto error = gateway.add_key(7, hpke_key_from_the_kms, pairs)) ...;
//     auto opened = gateway.open(request, room);                 // plaintext goes into `room`
//     if (!opened) { log(opened.error().code); return opened.error().answer; }
//     return gateway.seal(opened->context, answer_of_the_worker, scratch);
#pragma once
#include <map>
#include <set>

#include "models/ohttp/binary_http.hpp"
#include "models/ohttp/encapsulation.hpp"
#include "models/ohttp/replay_window.hpp"
#include "sim/base/http.hpp"

namespace assay::ohttp {

struct GatewayPolicy {
    /// What requests may ask for, in lower case; any path of them. None: everything is refused.
    std::vector<std::string> authorities{};
    /// A request is taken when its Date differs from the clock by no more than this.
    std::chrono::seconds window{120};
    /// Whether a request without Date is refused. Without dates a ReplayWindow must keep keys for ever.
    bool require_date = true;
    bhttp::Limits limits{};
};

/// Why a request was not taken. `code` and `where` are for the gateway's own records.
struct Refused {
    HttpResponse answer;    // what the peer gets; sealed when the request could be opened
    std::string_view code;  // E_KEY_UNKNOWN, E_HPKE_SUITE, E_HPKE_KEM, E_HPKE_OPEN, E_REPLAY, ...
    std::string where{};    // "fields[2].name"; nothing of what the request holds
    bool encapsulated = false;
};

class Gateway {
public:
    /// All of them outlive it. Response nonces come from the random source of `context`.
    Gateway(const crypto::Context& context, const Clock& clock, ReplayWindow& window, GatewayPolicy policy);

    /// Publishes a key. The error, in words: an id or a public key that was used before (an id stays used
    /// when its key is gone), no pair, or an export-only pair.
    std::optional<std::string> add_key(std::uint8_t id, crypto::hpke::KemId kem, crypto::PrivateKey key,
                                       std::vector<SymmetricPair> symmetric);
    /// The key is no longer published, and still opens requests until `until` (grace).
    bool retire_key(std::uint8_t id, Instant until);
    /// The key is gone at once.
    bool revoke_key(std::uint8_t id);
    /// Removes keys whose grace is over; open() does so by itself.
    void forget_expired();
    /// True when a key is published.
    bool ready() const;
    /// application/ohttp-keys: of published keys, the latest first.
    Bytes key_list() const;

    struct Opened {
        bhttp::Request request;  // views into `room`
        ResponseContext context;
    };
    /// In the order of RFC 9458: method, media type, length, key id, KEM, suite, decapsulation, replay,
    /// binary HTTP, date, target. What cannot be opened has one answer, and takes one time. Fields that trace
    /// or identify (cookie, traceparent, ...) are not in the result. `room` is overwritten in any case; a
    /// request that does not fit is refused (413).
    Result<Opened, Refused> open(const HttpRequest& request, std::span<std::uint8_t> room);

    /// Padded to its size class in `scratch`, sealed; `scratch` is zeros afterwards. A response that does not
    /// fit into it becomes a sealed 502.
    HttpResponse seal(const ResponseContext& context, const bhttp::Response& response,
                      std::span<std::uint8_t> scratch);

private:
    struct Key {
        KeyConfig config;
        crypto::PrivateKey key;
        std::optional<Instant> until;
        std::uint64_t number = 0;  // in order of publication
    };
    /// Does the work of an opening for requests that have no key.
    struct Decoy {
        crypto::PrivateKey key;
        Bytes enc;
    };
    std::optional<Refused> check_outer(const HttpRequest& request, std::size_t room) const;
    Refused refuse_unopened(const HttpRequest& request, std::span<std::uint8_t> room, std::string_view code,
                            std::string where);
    Refused refuse_sealed(const ResponseContext& context, unsigned status, std::string_view code,
                          std::string where);
    std::optional<Refused> check_inner(bhttp::Request& request, const ResponseContext& context);

    const crypto::Context& context_;
    const Clock& clock_;
    ReplayWindow& window_;
    GatewayPolicy policy_;
    std::map<std::uint8_t, Key> keys_;
    std::map<crypto::hpke::KemId, Decoy> decoys_;
    std::set<std::uint8_t> used_ids_;
    std::vector<Bytes> used_public_keys_;
    std::uint64_t published_ = 0;
};

}  // namespace assay::ohttp
