// Fields that tie one request to another, to a hop or to a person.
#pragma once
#include <string_view>

namespace assay::ohttp {

/// Cookies, trace contexts, request ids, cache validators and addresses; `name` is in lower case. A gateway
/// leaves them out of requests and responses, a client does not send them.
bool links_requests(std::string_view name);

}  // namespace assay::ohttp
