// Text that came from a peer, made fit for a terminal or a log.
#pragma once
#include <string>
#include <string_view>

namespace assay {

/// Control bytes, DEL and bytes that are not part of well-formed UTF-8 become `\x1b`, bidirectional and other
/// invisible format characters become `\u{202e}`; a backslash stays. The result is one line of valid UTF-8.
std::string printable(std::string_view text);

}  // namespace assay
