#include <algorithm>
#include <numeric>

#include "conformance/case_document.hpp"
#include "conformance/expression.hpp"
#include "conformance/run.hpp"
#include "sim/base/text.hpp"

namespace assay::conformance {
namespace {

bool glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// Exact, or a prefix that ends at a dot, or with `*` and `?` in it.
bool matches(std::string_view pattern, std::string_view id) {
    if (pattern.find_first_of("*?") != std::string_view::npos) return glob(pattern, id);
    return id == pattern || (id.starts_with(pattern) && id.substr(pattern.size()).starts_with('.'));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t other = 1 + std::min(row[j], row[j + 1]);
            diagonal = std::exchange(row[j + 1], std::min(other, diagonal + (a[i] != b[j] ? 1 : 0)));
        }
    }
    return row.back();
}

std::vector<std::string> nearest(std::string_view wanted, const Catalogue& catalogue) {
    wanted = wanted.substr(0, 200);
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const Suite& suite : catalogue.suites)
        for (const Case& test : suite.cases) ranked.emplace_back(edit_distance(wanted, test.id), test.id);
    const std::size_t count = std::min<std::size_t>(3, ranked.size());
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count), ranked.end());
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(ranked[i].second);
    return out;
}

class Selector {
public:
    explicit Selector(const Catalogue& catalogue) : catalogue_(catalogue) {
        for (const Suite& suite : catalogue.suites)
            for (const Case& test : suite.cases) chosen_.push_back(&test);
        std::sort(chosen_.begin(), chosen_.end(), [](const Case* a, const Case* b) { return a->id < b->id; });
        all_ = chosen_;
    }

    /// Keeps what one of `wanted` fits. One that fits no case at all is an error: it is a slip of the pen.
    template <class Fits>
    void keep(std::string_view what, const std::vector<std::string>& wanted, const Fits& fits) {
        if (error_ || wanted.empty()) return;
        for (const std::string& one : wanted)
            if (std::none_of(all_.begin(), all_.end(), [&](const Case* test) { return fits(one, *test); }))
                return fail("no case has " + std::string{what} + " \"" + one + "\"", one);
        std::erase_if(chosen_, [&](const Case* test) {
            return std::none_of(wanted.begin(), wanted.end(),
                                [&](const std::string& one) { return fits(one, *test); });
        });
    }

    void keep_expression(const std::string& text) {
        const auto expression = Expression::parse(text);
        if (error_) return;
        if (!expression) return fail(expression.error(), text);
        std::erase_if(chosen_, [&](const Case* test) {
            std::vector<std::string> texts{test->id};
            texts.insert(texts.end(), test->tags.begin(), test->tags.end());
            texts.insert(texts.end(), test->requirements.begin(), test->requirements.end());
            return !expression->holds(texts);
        });
    }

    Result<std::vector<const Case*>, SelectionError> finish(const std::string& wanted) {
        if (!error_ && chosen_.empty()) fail("no case is left of this selection", wanted);
        if (error_) return *error_;
        return chosen_;
    }

private:
    void fail(const std::string& what, std::string_view wanted) {
        error_ = SelectionError{printable(what), nearest(wanted, catalogue_)};
    }

    const Catalogue& catalogue_;
    std::vector<const Case*> all_;
    std::vector<const Case*> chosen_;
    std::optional<SelectionError> error_;
};

bool has(const std::vector<std::string>& list, const std::string& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}

}  // namespace

Result<std::vector<const Case*>, SelectionError> select(const Selection& selection,
                                                        const Catalogue& catalogue) {
    Selector selector{catalogue};
    if (selection.exact_case)
        selector.keep("the id", {*selection.exact_case},
                      [](const std::string& id, const Case& test) { return test.id == id; });
    selector.keep("an id that fits", selection.patterns,
                  [](const std::string& pattern, const Case& test) { return matches(pattern, test.id); });
    selector.keep("the requirement", selection.requirements,
                  [](const std::string& id, const Case& test) { return has(test.requirements, id); });
    selector.keep("the tag", selection.tags,
                  [](const std::string& tag, const Case& test) { return has(test.tags, tag); });
    selector.keep("the control", selection.controls, [&](const std::string& control, const Case& test) {
        return std::any_of(test.requirements.begin(), test.requirements.end(), [&](const std::string& id) {
            const Requirement* r = find_requirement(catalogue, id);
            return r && std::any_of(r->controls.begin(), r->controls.end(),
                                    [&](const Control& c) { return c.framework + ":" + c.id == control; });
        });
    });
    for (const std::string& expression : selection.expressions) selector.keep_expression(expression);
    return selector.finish(selection.patterns.empty() ? selection.exact_case.value_or("")
                                                      : selection.patterns.front());
}

}  // namespace assay::conformance
