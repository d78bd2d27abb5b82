// What a person sees: colours, width, and untrusted text made harmless.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::cli {

enum class When : std::uint8_t { automatic, always, never };

/// How a word is painted. Meaning never depends on it: the word itself stays.
enum class Tone : std::uint8_t { plain, strong, muted, good, warning, bad, error };

/// One output stream of the process.
class Stream {
public:
    /// `descriptor` 1 or 2. Colour by: an explicit flag, then CLICOLOR_FORCE and FORCE_COLOR, then NO_COLOR,
    /// TERM and whether it is a terminal.
    Stream(int descriptor, When color);

    bool terminal() const { return terminal_; }
    bool color() const { return color_; }
    /// Columns; 80 where unknown.
    unsigned width() const;
    std::string paint(Tone tone, std::string_view text) const;
    /// The text and a line end, at once. Where nobody reads any more the text is dropped.
    void line(std::string_view text = {}) const;
    void write(std::string_view text) const;

private:
    int descriptor_;
    bool terminal_;
    bool color_;
};

/// A verdict, step or comparison by its name, in its tone.
Tone tone_of(std::string_view verdict);

/// The standard streams of one command. Results go to `out`, everything for people that are watching to
/// `err`.
struct Console {
    Stream out, err;
    bool json = false;   // `out` carries NDJSON only
    bool quiet = false;  // failures and the last line only
    int verbosity = 0;

    /// Where text for people goes: stderr when stdout is JSON.
    const Stream& people() const { return json ? err : out; }
    /// "assay: <what>", on stderr, control bytes made visible.
    void error(std::string_view what) const;
};

}  // namespace assay::cli
