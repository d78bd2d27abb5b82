// HTML as a type: what is added to it is escaped, unless it is Html already.
#pragma once
#include <concepts>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "reports/escape.hpp"
#include <fmt/format.h>

namespace assay::reports {

/// Markup comes from string literals of this program, dynamic text through `{}`:
///
///     page.add("<a href=\"{}\">{}</a>\n", path, title);
///
/// Elements are closed and attributes have values in double quotes, so that every page is well-formed XML
/// too.
class Html {
    static std::string shown(std::string_view text) { return html_text(text); }
    static std::string_view shown(const Html& html) { return html.text_; }
    static auto shown(std::integral auto value) { return value; }
    template <class T>
    using Shown = decltype(shown(std::declval<const T&>()));

public:
    Html() = default;

    template <class... Args>
    explicit Html(fmt::format_string<Shown<Args>...> format, const Args&... args) {
        add(format, args...);
    }

    template <class... Args>
    Html& add(fmt::format_string<Shown<Args>...> format, const Args&... args) {
        fmt::format_to(std::back_inserter(text_), format, shown(args)...);
        return *this;
    }
    Html& operator+=(const Html& more) {
        text_ += more.text_;
        return *this;
    }

    /// Escaped too, with its line feeds and tabs (for elements that keep white space).
    static Html lines(std::string_view text) {
        Html out;
        out.text_ = html_text(text, Lines::kept);
        return out;
    }

    bool empty() const { return text_.empty(); }
    std::size_t size() const { return text_.size(); }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace assay::reports
