// Where two TPMs answer the same commands otherwise, and what the standard says about it.
#pragma once
#include <map>
#include <set>
#include <span>
#include <string>

#include "conformance/peers/exchange_log.hpp"
#include "conformance/peers/response_fields.hpp"

namespace assay::conformance::peers {

/// A field whose value is a TPM's own: random, or made from what is.
struct OwnField {
    std::string command;  // "TPM2_Create", or "*"
    std::string field;    // "outPublic.unique": this field and all below it
    bool any_size = false;
    std::string after{};  // only once this command has succeeded in the stream; empty: always
    std::string why{};
};
/// A known difference, with the clause that decides who is right.
struct Explanation {
    std::string command;              // or "*"
    std::vector<std::string> fields;  // "responseCode", or fields of the response
    std::string ours, theirs;         // response codes as the log prints them, or "*"
    std::string mutation;             // the end of it; empty: any
    std::string right;                // "ours", "theirs", "both"
    std::string clause, text;
    bool may_be_missing = false;  // depends on time: not every run has it
    std::size_t found = 0;
};
struct Expectations {
    std::vector<OwnField> own;
    std::vector<Explanation> differences;
};
/// The file of expectations. Throws std::runtime_error, with the file, when it is not as it should be.
Expectations read_expectations(const std::string& file);

/// One difference, as often as it was seen.
struct Difference {
    std::string command, field, ours, theirs, mutation;
    std::string where;  // of the first: the stream and the number of the exchange
    Bytes sent, our_response, their_response;
    std::size_t count = 0;
    const Explanation* explanation = nullptr;
};

class Comparison {
public:
    explicit Comparison(Expectations expectations) : expectations_(std::move(expectations)) {}

    /// Goes through both logs side by side, until one TPM has done what the other refused: after that their
    /// states differ.
    void compare(const std::string& stream, std::span<const Exchange> ours, std::span<const Exchange> theirs);

    std::size_t compared() const { return compared_; }
    std::size_t hostile() const { return hostile_; }
    std::size_t left_out() const { return left_out_; }
    /// How many commands of the model's table were compared, by name, and how often each succeeded in both.
    const std::map<std::string, std::size_t>& succeeded() const { return succeeded_; }
    std::size_t unexplained() const;
    const std::map<std::string, Difference>& differences() const { return differences_; }
    const Expectations& expectations() const { return expectations_; }

private:
    /// False when the states differ from here on.
    bool pair(const std::string& where, const Exchange& ours, const Exchange& theirs);
    void fields(const Difference& of, std::span<const Leaf> mine, std::span<const Leaf> other,
                std::string_view ciphertext);
    void lists(const Difference& of, const Capabilities& mine, const Capabilities& other);
    /// The rule by which a field is a TPM's own; null where it is not.
    const OwnField* own(const std::string& command, const std::string& path) const;
    void differ(Difference of, std::string field, std::string ours, std::string theirs);
    void add(Difference difference);

    Expectations expectations_;
    std::map<std::string, Difference> differences_{};
    std::map<std::string, std::size_t> succeeded_{};
    std::set<std::string> done_{};  // commands that have succeeded in this stream
    std::size_t compared_ = 0, hostile_ = 0, left_out_ = 0;
};

}  // namespace assay::conformance::peers
