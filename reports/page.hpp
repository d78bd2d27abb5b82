// The frame of every page: head with its content security policy, skip link, footer.
#pragma once
#include "reports/html.hpp"
#include "reports/view.hpp"

namespace assay::reports {

/// What all pages of a report share.
struct Context {
    const View& view;
    std::string digest;  // of the document's content
};

struct Frame {
    std::string title;
    std::string root;         // "" or "../../": the way to index.html
    std::string skip_target;  // id of the element that the skip link leads to
};

/// The page as a file. Style and script are the same bytes on every page, and named by their hashes.
std::string page(const Context& context, const Frame& frame, const Html& body);

}  // namespace assay::reports
