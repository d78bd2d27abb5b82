#include "reports/page.hpp"

#include "reports/format.hpp"

#include "sim/crypto/hash.hpp"

namespace assay::embedded {
std::string_view reports_style();
std::string_view reports_script();
}  // namespace assay::embedded

namespace assay::reports {
namespace {

/// Without the indentation and the line ends, which a style sheet does not need.
std::string squeezed(std::string_view sheet) {
    std::string out;
    for (bool indentation = true; const char c : sheet) {
        if (c == '\n')
            indentation = true;
        else if (!indentation || c != ' ') {
            out += c;
            indentation = false;
        }
    }
    return out;
}

std::string source_hash(std::string_view content) {
    return "sha256-" + to_base64(crypto::digest(crypto::Hash::sha256, {as_bytes(content)}));
}

}  // namespace

std::string page(const Context& context, const Frame& frame, const Html& body) {
    static const std::string style = squeezed(embedded::reports_style());
    static const std::string_view script = embedded::reports_script();
    static const std::string style_hash = source_hash(style);
    static const std::string script_hash = source_hash(script);

    Html head;
    head.add(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"/>"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; "
        "script-src '{}'; base-uri 'none'; form-action 'none'\"/>\n",
        style_hash, script_hash);
    head.add(
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>"
        "<meta name=\"referrer\" content=\"no-referrer\"/><meta name=\"color-scheme\" content=\"light "
        "dark\"/>\n"
        "<title>{}</title>\n<style>",
        frame.title);
    std::string out = head.text();
    out += style;
    const Json& tool = member(context.view.results, "tool");
    Html top{"</style></head>\n<body>\n<a class=\"skip\" href=\"#{}\">Skip to the results</a>\n",
             frame.skip_target};
    out += top.text();
    out += body.text();
    Html foot{
        "<footer><p>{}</p>\n<p>assay {} \u00B7 content <code class=\"wrap\">{}</code> \u00B7 <a "
        "href=\"{}results.json\">results.json</a></p></footer>\n<script>",
        wording(context.view), text(tool, "version"), context.digest, frame.root};
    out += foot.text();
    out += script;
    out += "</script>\n</body>\n</html>\n";
    return out;
}

}  // namespace assay::reports
