// Requests: the right tokens, one request apart from the other, and limits.
#include <algorithm>

#include "conformance/suites/data_path/world.hpp"

namespace assay::conformance::data_path {
namespace request_topic {

const std::vector<Tokens>& prompts() {
    static const std::vector<Tokens> all{{1},
                                         {1, 5},
                                         prompt,
                                         {1, 271, 3, 258},
                                         {7, 7, 7, 7, 7, 7, 7, 7},
                                         {1, 100, 99, 98, 97, 96, 95, 94, 93}};
    return all;
}

std::string listed(const Tokens& tokens) {
    std::string out;
    for (const std::uint32_t token : tokens) out += (out.empty() ? "" : " ") + std::to_string(token);
    return out;
}
void expect_answer(Trial& trial, const Tokens& tokens, unsigned limit, const Tokens& answer) {
    const Tokens expected = the_model().continue_greedily(tokens, limit);
    trial.expect(answer == expected, "wrong-tokens",
                 "the answer is that of the decoder in double precision: " + listed(expected),
                 listed(answer));
}

void answers_are_right(Trial& trial) {
    for (const Tokens& tokens : prompts()) {
        const std::uint64_t request = begin(trial);
        expect_answer(trial, tokens, 12, trial.need(ask(trial, request, tokens, 12), "a request"));
        trial.need(port(trial).end(request), "ending a request");
    }
}
void answers_stay_the_same(Trial& trial) {
    Tokens first;
    for (int round = 0; round < 3; ++round) {
        const std::uint64_t request = begin(trial);
        const Tokens answer = trial.need(ask(trial, request, prompt, 10), "a request");
        trial.need(port(trial).end(request), "ending a request");
        if (round == 0) first = answer;
        expect_answer(trial, prompt, 10, answer);
        trial.expect(answer == first, "answers-differ", "the same request gives the same answer after others",
                     listed(answer));
        const std::uint64_t other = begin(trial);
        trial.need(ask(trial, other, prompts()[5], 10), "another request");
        trial.need(port(trial).end(other), "ending a request");
    }
}
void requests_run_side_by_side(Trial& trial) {
    const std::uint64_t a = begin(trial), b = begin(trial);
    const Tokens &first = prompts()[3], &second = prompts()[5];
    trial.need(port(trial).write_input(a, first), "input of the first");
    trial.need(port(trial).write_input(b, second), "input of the second");
    trial.need(port(trial).compute(a, 8), "the first");
    trial.need(port(trial).compute(b, 8), "the second");
    expect_answer(trial, first, 8, trial.need(port(trial).read_output(a), "output of the first"));
    expect_answer(trial, second, 8, trial.need(port(trial).read_output(b), "output of the second"));
}
void limit_is_kept(Trial& trial) {
    for (const unsigned limit : {0U, 1U, 2U, 17U}) {
        const std::uint64_t request = begin(trial);
        const Tokens answer = trial.need(ask(trial, request, prompt, limit), "a request");
        trial.need(port(trial).end(request), "ending a request");
        expect_answer(trial, prompt, limit, answer);
    }
}
void positions_are_limited(Trial& trial) {
    const Shape shape = the_model().shape;
    const std::uint64_t full = begin(trial);
    // The last token that is made goes through no layer: it needs no position.
    const auto limit = static_cast<unsigned>(shape.positions - prompt.size() + 1);
    expect_answer(trial, prompt, limit,
                  trial.need(ask(trial, full, prompt, limit), "a request that fills all positions"));
    const std::uint64_t more = begin(trial);
    expect_refusal(trial, ask(trial, more, prompt, limit + 1), "E_LIMIT",
                   "one token more than there are positions is refused");
}
void tokens_are_of_the_vocabulary(Trial& trial) {
    const std::uint32_t vocabulary = the_model().shape.vocabulary;
    for (const std::uint32_t beyond : {vocabulary, 0xFFFF'FFFFU})
        expect_refusal(trial, ask(trial, begin(trial), {1, beyond}, 4), "E_RANGE",
                       "a token beyond the vocabulary is refused");
}
void last_token_is_accepted(Trial& trial) {
    const Tokens tokens{1, the_model().shape.vocabulary - 1};
    expect_answer(trial, tokens, 4, trial.need(ask(trial, begin(trial), tokens, 4), "a request"));
}
void empty_lists_are_refused(Trial& trial) {
    expect_refusal(trial, ask(trial, begin(trial), {}, 4), "E_RANGE", "a request without a token is refused");
}
void contexts_are_limited(Trial& trial) {
    const std::uint64_t a = begin(trial), b = begin(trial), c = begin(trial);
    trial.need(ask(trial, a, prompt, 2), "the first request");
    trial.need(ask(trial, b, prompt, 2), "the second request");
    expect_refusal(trial, ask(trial, c, prompt, 2), "E_QUOTA", "a third request at a time is refused");
    trial.need(port(trial).end(a), "ending the first");
    expect_answer(trial, prompt, 2,
                  trial.need(ask(trial, c, prompt, 2), "the third request, after the first has ended"));
}
void input_comes_first(Trial& trial) {
    const std::uint64_t request = begin(trial);
    expect_refusal(trial, port(trial).compute(request, 4), "E_ORDER", "work without input is refused");
    expect_refusal(trial, port(trial).read_output(request), "E_ORDER", "so is reading the output");
    expect_answer(trial, prompt, 4, trial.need(ask(trial, request, prompt, 4), "the session goes on"));
}
void requests_end_completely(Trial& trial) {
    const std::uint64_t request = begin(trial);
    const Tokens answer = trial.need(ask(trial, request, prompt, 8), "a request");
    expect_answer(trial, prompt, 8, answer);
    const std::string before = found_in_stores(trial, ByteView{as_words(prompt)}.subspan(4, 32));
    trial.expect(!before.empty(), "no-sensitivity", "while it runs its tokens are found in a store",
                 "they are in none");
    const std::string record = trial.need(port(trial).end(request), "ending a request");
    trial.expect(record.find("\"status\":\"complete\"") != std::string::npos, "record-incomplete",
                 "the deletion record says complete", record);
    for (const Tokens& list : {prompt, answer})
        for (std::size_t at = 0; at + 8 <= list.size(); ++at) {
            const std::string where = found_in_stores(trial, ByteView{as_words(list)}.subspan(4 * at, 32));
            trial.expect(where.empty(), "residue", "no eight token ids of it are left in any store", where);
        }
}

std::vector<Case> all() {
    return {
        make_case("request.answers", "Answers are those of the model in double precision", {"DPATH-REQ-001"},
                  start, answers_are_right),
        make_case("request.repeatable", "A request's answer does not depend on those before",
                  {"DPATH-REQ-002"}, start, answers_stay_the_same),
        make_case("request.concurrent", "Two requests at a time do not mix", {"DPATH-REQ-002"}, start,
                  requests_run_side_by_side),
        make_case("request.limit", "No more tokens come out than were asked for", {"DPATH-REQ-001"}, start,
                  limit_is_kept),
        make_case("request.positions", "A request keeps to the positions of the model", {"DPATH-REQ-003"},
                  start, positions_are_limited),
        make_case("request.vocabulary", "A token beyond the vocabulary is refused", {"DPATH-REQ-003"}, start,
                  tokens_are_of_the_vocabulary),
        make_case("request.last-token", "The last token of the vocabulary is accepted", {"DPATH-REQ-001"},
                  start, last_token_is_accepted),
        make_case("request.empty", "A request without tokens is refused", {"DPATH-REQ-003"}, start,
                  empty_lists_are_refused),
        make_case("request.contexts", "A request without memory of its own is refused", {"DPATH-REQ-004"},
                  start, contexts_are_limited),
        make_case("request.order", "Work and output come after input", {"DPATH-REQ-004"}, start,
                  input_comes_first),
        make_case("request.forgotten", "After its end no store holds tokens of a request", {"DPATH-REQ-005"},
                  start, requests_end_completely, {"raw-read"}),
    };
}

}  // namespace request_topic

std::vector<Case> request_cases() { return request_topic::all(); }

}  // namespace assay::conformance::data_path
