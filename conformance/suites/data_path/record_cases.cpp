// What the host sees: records under the right keys, each nonce once, sizes in buckets, and nothing else.
#include <algorithm>
#include <set>

#include "conformance/suites/data_path/world.hpp"

namespace assay::conformance::data_path {
namespace record_topic {

constexpr unsigned some_tokens = 9;

void one_request(Trial& trial, const Tokens& tokens = prompt) {
    const std::uint64_t request = begin(trial);
    trial.need(ask(trial, request, tokens, some_tokens), "a request");
    trial.need(port(trial).end(request), "ending a request");
}

/// What the host saw, once every record of it was seen to verify.
Bytes verified_bytes(Trial& trial, std::size_t least) {
    const SessionKeys keys = keys_of(session_secret());
    Bytes out;
    for (const BounceRecord& record : records(trial, least)) {
        trial.expect(open_record(record, keys).has_value(), "record-does-not-open",
                     "every record verifies under the keys that follow from the session's secret",
                     "one does not");
        append(out, record.bytes);
    }
    return out;
}

void open_under_derived_keys(Trial& trial) {
    one_request(trial);
    (void)opened_records(trial, keys_of(session_secret()), 6);
}
void directions_differ(Trial& trial) {
    one_request(trial);
    SessionKeys crossed = keys_of(session_secret());
    (void)opened_records(trial, crossed, 6);
    std::swap(crossed.h2d, crossed.d2h);
    one_request(trial);
    for (const BounceRecord& record : records(trial, 6))
        trial.expect(!open_record(record, crossed), "one-key",
                     "a record of one direction does not verify under the key of the other", "it does");
}
void counters_are_consecutive(Trial& trial) {
    for (int i = 0; i < 3; ++i) one_request(trial);
    std::optional<std::uint64_t> last[2];
    for (const Opened& one : opened_records(trial, keys_of(session_secret()), 18)) {
        auto& previous = last[one.header.op == gpu::Op::answer ? 1 : 0];
        if (previous)
            trial.expect(one.header.counter == *previous + 1, "counter-gap",
                         "the counters of a direction have neither gaps nor repetitions",
                         std::to_string(one.header.counter) + " follows " + std::to_string(*previous));
        previous = one.header.counter;
    }
}
void counters_begin_at_zero(Trial& trial) {
    start_session(trial);
    const auto all = opened_records(trial, keys_of(session_secret()), 2);
    for (const Opened& one : {all[0], all[1]})
        trial.expect(one.header.counter == 0, "counter-start",
                     "the first record of a direction has counter 0",
                     "it has " + std::to_string(one.header.counter));
}
void nonces_are_unique(Trial& trial) {
    for (int i = 0; i < 4; ++i) one_request(trial);
    const SessionKeys keys = keys_of(session_secret());
    std::set<std::pair<bool, Bytes>> seen;
    std::set<Bytes> tags;
    for (const BounceRecord& record : records(trial, 24)) {
        const auto opened = open_record(record, keys);
        trial.expect(opened.has_value(), "record-does-not-open", "every record verifies", "one does not");
        trial.expect(seen.insert({record.to_device, opened->nonce}).second, "nonce-reuse",
                     "no nonce is used twice under a key", to_hex(opened->nonce) + " is");
        tags.insert({record.bytes.end() - 16, record.bytes.end()});
    }
    trial.expect(tags.size() == seen.size(), "tag-repeats", "no two records have the same tag", "two have");
}
void equal_lists_look_different(Trial& trial) {
    const std::uint64_t request = begin(trial);
    std::vector<Bytes> ciphertexts;
    for (int i = 0; i < 2; ++i) {
        trial.need(port(trial).write_input(request, prompt), "writing input");
        for (const BounceRecord& record : records(trial, 2))
            if (record.to_device) ciphertexts.push_back(record.bytes);
    }
    trial.expect(ciphertexts.size() == 2 && ciphertexts[0].size() == ciphertexts[1].size(), "record-count",
                 "each list is one record", std::to_string(ciphertexts.size()) + " records");
    const ByteView a = ByteView{ciphertexts[0]}.subspan(64), b = ByteView{ciphertexts[1]}.subspan(64);
    std::size_t same = 0;
    for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i] ? 1 : 0;
    trial.expect(same < a.size() / 16, "ciphertext-repeats",
                 "the same list twice gives unrelated ciphertexts",
                 std::to_string(same) + " of " + std::to_string(a.size()) + " bytes are the same");
}
void nothing_in_the_clear(Trial& trial) {
    const Tokens answer = trial.need(ask(trial, begin(trial), prompt, some_tokens), "a request");
    trial.expect(answer.size() == some_tokens, "answer-size",
                 "the answer has as many tokens as were asked for", std::to_string(answer.size()));
    const Bytes seen = verified_bytes(trial, 6);
    for (const Tokens& list : {prompt, answer})
        for (std::size_t at = 0; at + 3 <= list.size(); ++at) {
            const Tokens three{list.begin() + static_cast<std::ptrdiff_t>(at),
                               list.begin() + static_cast<std::ptrdiff_t>(at + 3)};
            Bytes narrow, wide;
            for (const std::uint32_t token : three) {
                append(narrow, store(static_cast<std::uint16_t>(token), std::endian::little));
                append(wide, store(std::uint64_t{token}, std::endian::little));
            }
            trial.expect(!contains(seen, as_words(three)) && !contains(seen, wide) && !contains(seen, narrow),
                         "tokens-in-the-clear",
                         "no three token ids of prompt or answer stand in the bounce buffer",
                         "three from position " + std::to_string(at) + " do");
        }
}
void lists_are_padded(Trial& trial) {
    std::set<std::vector<std::size_t>> shapes;
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{30}}) {
        const std::uint64_t request = begin(trial);
        Tokens tokens(size, 40);
        trial.need(ask(trial, request, tokens, static_cast<unsigned>(size % 5 + 1)), "a request");
        std::vector<std::size_t> sizes;
        const SessionKeys keys = keys_of(session_secret());
        for (const BounceRecord& record : records(trial, 6)) {
            trial.expect(open_record(record, keys).has_value(), "record-does-not-open",
                         "every record verifies", "one does not");
            sizes.push_back(record.bytes.size());
        }
        shapes.insert(sizes);
        trial.need(port(trial).end(request), "ending a request");
        (void)port(trial).take_records();
    }
    trial.expect(shapes.size() == 1, "sizes-differ",
                 "requests of 1, 7 and 30 tokens, with answers of 2 to 3, look alike in their sizes",
                 std::to_string(shapes.size()) + " different sequences of sizes");
}
void input_is_what_was_sent(Trial& trial) {
    trial.need(port(trial).write_input(begin(trial), prompt), "writing input");
    const auto all = opened_records(trial, keys_of(session_secret()), 2);
    const Bytes& plain = all[0].plaintext;
    Bytes expected = as_words(prompt);
    expected.insert(expected.begin(), {static_cast<std::uint8_t>(prompt.size()), 0, 0, 0});
    trial.expect(plain.size() == 256, "bucket", "a short list fills a bucket of 256 bytes",
                 std::to_string(plain.size()) + " bytes");
    expected.resize(plain.size());
    trial.expect(plain == expected, "input-plaintext", "the plaintext is the count, the ids, and zeros",
                 to_hex(ByteView{plain}.first(std::min<std::size_t>(plain.size(), 64))));
}
void output_is_what_came_back(Trial& trial) {
    const Tokens answer = trial.need(ask(trial, begin(trial), prompt, some_tokens), "a request");
    const auto all = opened_records(trial, keys_of(session_secret()), 6);
    const Opened& last = all.back();
    trial.expect(last.header.op == gpu::Op::answer && last.plaintext.size() >= 4 + 4 * answer.size(),
                 "output-record", "the last record is the answer with its tokens",
                 std::to_string(last.plaintext.size()) + " bytes");
    trial.expect(equal(ByteView{last.plaintext}.subspan(4, 4 * answer.size()), as_words(answer)),
                 "output-plaintext", "the tokens that came out are those under the channel", "they differ");
}
void headers_say_nothing_else(Trial& trial) {
    one_request(trial);
    for (const Opened& one : opened_records(trial, keys_of(session_secret()), 6)) {
        trial.expect(std::ranges::all_of(one.header.reserved, [](std::uint8_t b) { return b == 0; }),
                     "header-reserved", "reserved bytes of a header are zeros", "they are not");
        const std::uint32_t length = one.header.length;
        trial.expect(length == 0 || (length & (length - 1)) == 0, "header-length",
                     "the length of a request's record is a power of two, or 0", std::to_string(length));
    }
}
void weights_travel_as_sealed(Trial& trial) {
    start_session(trial);
    (void)port(trial).take_records();
    const SealedModelFile model = sealed_model();
    trial.need(port(trial).load_model(model), "loading a model");
    std::vector<Bytes> chunks;
    for (const Opened& one : opened_records(trial, keys_of(session_secret()), 2 * model.chunks.size()))
        if (one.header.key == gpu::PayloadKey::model) chunks.push_back(one.plaintext);
    trial.expect(chunks == model.chunks, "chunks-differ",
                 "weights cross as the ciphertexts that their owner made, in order",
                 std::to_string(chunks.size()) + " chunks, not all the same");
}
void model_key_is_not_seen(Trial& trial) {
    start_session(trial);
    trial.need(port(trial).load_model(sealed_model()), "loading a model");
    const SessionKeys keys = keys_of(session_secret());
    bool installed = false;
    Bytes seen;
    for (const BounceRecord& record : records(trial, 8)) {
        const auto opened = open_record(record, keys);
        trial.expect(opened.has_value(), "record-does-not-open", "every record verifies", "one does not");
        installed |= contains(opened->plaintext, owner_key());
        append(seen, record.bytes);
    }
    trial.expect(installed, "model-key-absent", "the model's key crosses in a record, sealed",
                 "it is in none");
    trial.expect(!contains(seen, owner_key()), "model-key-in-the-clear",
                 "the model's key does not stand in the bounce buffer", "it does");
    trial.expect(!contains(seen, ByteView{session_secret()}.first(16)), "secret-in-the-clear",
                 "nor does the session's secret", "it does");
}

std::vector<Case> all() {
    return {
        make_case("record.keys", "Every record verifies under keys derived from the session's secret",
                  {"DPATH-KEY-001"}, start, open_under_derived_keys),
        make_case("record.directions", "Each direction has a key of its own", {"DPATH-KEY-002"}, start,
                  directions_differ),
        make_case("record.counters", "The counters of a direction have no gaps", {"DPATH-SEQ-001"}, start,
                  counters_are_consecutive),
        make_case("record.first-counter", "Counters begin at 0 with a session", {"DPATH-SEQ-001"}, nullptr,
                  counters_begin_at_zero),
        make_case("record.nonces", "No nonce is used twice under a key", {"DPATH-IV-001"}, start,
                  nonces_are_unique),
        make_case("record.same-twice", "Equal plaintexts give unrelated ciphertexts", {"DPATH-IV-001"}, start,
                  equal_lists_look_different),
        make_case("record.clear", "Neither prompt nor answer is seen in the bounce buffer", {"DPATH-CLR-001"},
                  start, nothing_in_the_clear),
        make_case("record.padding", "Token lists of one bucket look alike", {"DPATH-PAD-001"}, start,
                  lists_are_padded),
        make_case("record.input", "A list is sent as count, ids and zeros", {"DPATH-PAD-001"}, start,
                  input_is_what_was_sent),
        make_case("record.output", "The answer is the plaintext of the last record", {"DPATH-REQ-001"}, start,
                  output_is_what_came_back),
        make_case("record.headers", "Headers hold operations, counters and buckets only", {"DPATH-CLR-002"},
                  start, headers_say_nothing_else),
        make_case("record.weights", "Weights cross as their owner sealed them", {"DPATH-MDL-001"}, nullptr,
                  weights_travel_as_sealed),
        make_case("record.model-key", "No key is seen in the bounce buffer",
                  {"DPATH-CLR-001", "DPATH-MDL-001"}, nullptr, model_key_is_not_seen),
    };
}

}  // namespace record_topic

std::vector<Case> record_cases() { return record_topic::all(); }

}  // namespace assay::conformance::data_path
