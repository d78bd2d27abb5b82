#include "conformance/traceability.hpp"

#include <algorithm>
#include <set>

#include "conformance/document_text.hpp"

namespace assay::conformance {
namespace {

bool is_requirement_id(std::string_view id) {
    bool joint = false;
    char last = '-';
    for (const char c : id) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool digit = c >= '0' && c <= '9';
        if (!upper && !(digit && (last != '-' || joint)) && !(c == '-' && last != '-')) return false;
        joint = joint || c == '-';
        last = c;
    }
    return joint && last != '-' && id.size() <= 64;
}

bool is_case_id(std::string_view id, std::size_t longest) {
    bool after_word = false;
    for (const char c : id) {
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && !(after_word && (c == '.' || c == '_' || c == '-'))) return false;
        after_word = word;
    }
    return after_word && id.size() <= longest && id.front() >= 'a';
}

class Tracer {
public:
    explicit Tracer(const Catalogue& catalogue) : catalogue_(catalogue) {}

    std::vector<std::string> run() {
        std::string last;
        for (const Requirement& r : catalogue_.requirements) {
            if (!is_requirement_id(r.id))
                say("requirement " + r.id, "its id is not of the form AREA-TOPIC-NNN");
            if (!known_.insert(r.id).second) say("requirement " + r.id, "stands twice");
            if (r.id < last) say("requirement " + r.id, "stands after " + last);
            last = r.id;
        }
        for (const Suite& suite : catalogue_.suites) check(suite);
        for (const std::string& id : known_)
            if (!used_.contains(id)) say("requirement " + id, "no case is evidence for it");
        return std::move(out_);
    }

private:
    void say(const std::string& where, const std::string& what) { out_.push_back(where + ": " + what); }

    void check(const Suite& suite) {
        if (!is_case_id(suite.id, 120)) say("suite " + suite.id, "its id is out of form");
        if (!suites_.insert(suite.id).second) say("suite " + suite.id, "stands twice");
        if (suite.cases.empty()) say("suite " + suite.id, "has no case");
        std::string last;
        for (const Case& test : suite.cases) {
            check(suite, test);
            if (test.id < last) say("case " + test.id, "stands after " + last);
            last = test.id;
        }
    }

    void check(const Suite& suite, const Case& test) {
        const std::string where = "case " + test.id;
        if (!is_case_id(test.id, 160)) say(where, "its id is out of form");
        if (!test.id.starts_with(suite.id + "."))
            say(where, "its id does not begin with its suite's, " + suite.id);
        if (!cases_.insert(test.id).second) say(where, "stands twice");
        if (test.title.empty() || test.title.size() > 400 || test.title.find('\n') != std::string::npos)
            say(where, "its title is not one line");
        if (!test.run) say(where, "does nothing");
        if (test.requirements.empty()) say(where, "names no requirement");
        std::set<std::string> named;
        for (const std::string& id : test.requirements) {
            if (!named.insert(id).second) say(where, "names " + id + " twice");
            if (!known_.contains(id)) say(where, "names " + id + ", which is no requirement");
            used_.insert(id);
        }
        std::set<std::string> tags;
        for (const std::string& tag : test.tags)
            if (!is_token(tag) || !tags.insert(tag).second)
                say(where, "tag \"" + tag + "\" is no token or stands twice");
        for (const std::string& need : test.needs)
            if (!is_token(need)) say(where, "need \"" + need + "\" is no token");
    }

    const Catalogue& catalogue_;
    std::set<std::string> known_, used_, suites_, cases_;
    std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> traceability_faults(const Catalogue& catalogue) { return Tracer{catalogue}.run(); }

}  // namespace assay::conformance
