#include "cli/console.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/base/text.hpp"

namespace assay::cli {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool forced(const char* name) {
    const auto value = environment(name);
    return !value.empty() && value != "0";
}

bool wants_color(bool terminal, When when) {
    if (when != When::automatic) return when == When::always;
    if (forced("CLICOLOR_FORCE") || forced("FORCE_COLOR")) return true;
    return terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace

Stream::Stream(int descriptor, When color)
    : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1), color_(wants_color(terminal_, color)) {}

unsigned Stream::width() const {
    winsize size{};
    return ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string Stream::paint(Tone tone, std::string_view text) const {
    static constexpr std::array<std::string_view, 7> codes{"", "1", "2", "32", "33", "31", "35"};
    const auto code = codes.at(static_cast<std::size_t>(tone));
    if (!color_ || code.empty()) return std::string{text};
    return "\x1b[" + std::string{code} + "m" + std::string{text} + "\x1b[0m";
}

void Stream::line(std::string_view text) const { write(std::string{text} + '\n'); }

void Stream::write(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t n = ::write(descriptor_, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return;  // nobody reads any more: what the run leaves in files is not lost by it
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

Tone tone_of(std::string_view verdict) {
    if (verdict == "PASS" || verdict == "pass" || verdict == "match" || verdict == "ok") return Tone::good;
    if (verdict == "FAIL" || verdict == "fail" || verdict == "mismatch" || verdict == "missing")
        return Tone::bad;
    if (verdict == "ERROR") return Tone::error;
    if (verdict == "WARN" || verdict == "warning" || verdict == "INCOMPLETE") return Tone::warning;
    return Tone::muted;
}

void Console::error(std::string_view what) const {
    err.line(err.paint(Tone::bad, "assay:") + ' ' + printable(what));
}

}  // namespace assay::cli
