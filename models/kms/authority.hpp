// Token issuers, compared by their URL.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace assay::kms {

/// The one spelling of an absolute https URL (RFC 3986, 6.2): scheme and host in lower case, the default port
/// and one trailing `/` of the path dropped, all else byte for byte. Nothing for another scheme, user
/// information, a query, a fragment, a host or port that is none, or a character that no URL has.
std::optional<std::string> normal_authority(std::string_view url);

}  // namespace assay::kms
