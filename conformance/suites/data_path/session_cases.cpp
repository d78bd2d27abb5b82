// Sessions: modes, readiness, secrets that come again, key update, key limits, the end.
#include <algorithm>

#include "conformance/suites/data_path/world.hpp"

namespace assay::conformance::data_path {
namespace session_topic {

void must_answer(Trial& trial, std::string_view what) {
    const Tokens answer = trial.need(ask(trial, begin(trial), prompt, 4), what);
    trial.expect(answer == the_model().continue_greedily(prompt, 4), "wrong-tokens", "the answer is right",
                 "it is not");
}

void off_has_no_session(Trial& trial) {
    trial.need(port(trial).power_on("off"), "power-on");
    expect_refusal(trial, port(trial).open(session_secret()), "E_CC_OFF",
                   "a GPU whose confidential mode is off takes no session");
    trial.need(port(trial).power_on("on"), "power-on");
    trial.need(port(trial).open(session_secret()), "the same with the mode on");
}
void devtools_is_refused(Trial& trial) {
    trial.need(port(trial).power_on("devtools"), "power-on");
    expect_refusal(trial, port(trial).open(session_secret()), "E_GPU_DEVTOOLS_MODE",
                   "the guest takes no GPU in developer mode");
}
void nothing_without_a_session(Trial& trial) {
    trial.need(port(trial).power_on("on"), "power-on");
    expect_refusal(trial, port(trial).set_ready(), "E_NO_SESSION", "without a session nothing is taken");
    expect_refusal(trial, port(trial).load_model(sealed_model()), "E_NO_SESSION", "no model either");
    expect_refusal(trial, ask(trial, begin(trial), prompt, 4), "E_NO_SESSION", "and no request");
}
void nothing_before_ready(Trial& trial) {
    trial.need(port(trial).power_on("on"), "power-on");
    trial.need(port(trial).open(session_secret()), "opening a session");
    expect_refusal(trial, port(trial).load_model(sealed_model()), "E_NOT_READY",
                   "no model before the guest has said that the GPU is attested");
    expect_refusal(trial, ask(trial, begin(trial), prompt, 4), "E_NOT_READY", "no request either");
    trial.need(port(trial).set_ready(), "set ready");
    trial.need(port(trial).load_model(sealed_model()), "the same model afterwards");
}
void secrets_have_their_size(Trial& trial) {
    trial.need(port(trial).power_on("on"), "power-on");
    for (const std::size_t size : {std::size_t{0}, std::size_t{32}, std::size_t{47}, std::size_t{49}})
        expect_refusal(trial, port(trial).open(Bytes(size, 1)), "E_KEY_PARAMS",
                       "a secret that is not as long as SHA-384 is refused");
    trial.need(port(trial).open(session_secret()), "one of 48 bytes");
}
void secrets_are_used_once(Trial& trial) {
    trial.need(port(trial).close(), "closing the session");
    expect_refusal(trial, port(trial).open(session_secret()), "E_IV_REUSE",
                   "the secret of an earlier session brings its nonces again");
    trial.need(port(trial).open(session_secret(1)), "another secret");
}
void a_new_session_has_new_keys(Trial& trial) {
    trial.need(port(trial).close(), "closing the session");
    (void)port(trial).take_records();
    trial.need(port(trial).open(session_secret(1)), "another session");
    trial.need(port(trial).set_ready(), "set ready");
    const auto all = records(trial, 2);
    trial.expect(open_record(all[0], keys_of(session_secret(1))).has_value(), "new-keys",
                 "its records verify under keys of its own secret", "they do not");
    trial.expect(!open_record(all[0], keys_of(session_secret())), "old-keys",
                 "and not under those of the first", "they do");
}
void rekey_replaces_both_keys(Trial& trial) {
    const SessionKeys before = keys_of(session_secret()), after = updated(before);
    trial.need(port(trial).rekey(), "updating the keys");
    (void)records(trial, 2);
    must_answer(trial, "a request under new keys");
    bool first[2] = {true, true};
    for (const BounceRecord& record : records(trial, 6)) {
        const auto opened = open_record(record, after);
        trial.expect(opened.has_value(), "key-update", "records verify under the updated keys",
                     "one does not");
        trial.expect(!open_record(record, before), "key-kept", "and not under those before", "one does");
        bool& is_first = first[record.to_device ? 0 : 1];
        if (is_first)
            trial.expect(opened->header.counter == 0, "counter-start", "counters begin at 0 with a new key",
                         std::to_string(opened->header.counter));
        is_first = false;
    }
}
void rekey_leaves_no_old_key(Trial& trial) {
    const SessionKeys before = keys_of(session_secret());
    trial.expect(!found_in_stores(trial, before.h2d.key).empty(), "no-sensitivity",
                 "the keys in use are found in a store", "they are in none");
    trial.need(port(trial).rekey(), "updating the keys");
    for (const Bytes& key : {before.h2d.key, before.d2h.key}) {
        const std::string where = found_in_stores(trial, key);
        trial.expect(where.empty(), "key-residue", "no store holds a key that was replaced", where);
    }
}
void key_limit_is_kept(Trial& trial) {
    trial.need(port(trial).power_on("on"), "power-on");
    constexpr std::uint64_t limit = 40;
    trial.need(port(trial).open(session_secret(), limit), "a session of 40 records under a key");
    trial.need(port(trial).set_ready(), "set ready");
    const SealedModelFile model = sealed_model();
    trial.need(port(trial).load_model(model), "loading a model");
    const std::uint64_t request = begin(trial);
    std::uint64_t used = 1 + 2 + model.chunks.size();
    trial.expect(used < limit, "limit-too-small", "the model loads within the limit", std::to_string(used));
    for (; used < limit; ++used)
        trial.need(port(trial).write_input(request, prompt), "a record within the limit");
    expect_refusal(trial, port(trial).write_input(request, prompt), "E_KEY_LIMIT",
                   "record " + std::to_string(limit + 1) + " under one key is refused");
}
void closing_leaves_no_key(Trial& trial) {
    const SessionKeys keys = keys_of(session_secret());
    trial.expect(!found_in_stores(trial, keys.d2h.key).empty(), "no-sensitivity",
                 "the keys in use are found in a store", "they are in none");
    trial.need(port(trial).close(), "closing the session");
    for (const Bytes& key : {keys.h2d.key, keys.d2h.key, session_secret()}) {
        const std::string where = found_in_stores(trial, key);
        trial.expect(where.empty(), "key-residue", "after a session no store holds a key of it", where);
    }
}
void nothing_after_close(Trial& trial) {
    trial.need(port(trial).close(), "closing the session");
    expect_refusal(trial, ask(trial, begin(trial), prompt, 4), "E_NO_SESSION",
                   "a closed session takes no request");
}
void a_kept_key_is_found(Trial& trial) {
    trial.need(port(trial).inject("key-kept"), "the fault");
    expect_refusal(trial, port(trial).close(), "E_RESIDUE", "keys that a device keeps are found at the end");
    bool named = false;
    for (const StoreFinding& finding : port(trial).take_findings())
        named |= finding.code == "E_RESIDUE" && finding.oracle == "label" && finding.form == "secret";
    trial.expect(named, "not-named", "and their store is named", "no finding names it");
}
void reset_empties_the_memories(Trial& trial) {
    must_answer(trial, "a request");
    trial.need(port(trial).power_on("on"), "power-on");
    std::size_t read = 0;
    for (const StoreInfo& store : port(trial).stores()) {
        if (!store.name.starts_with("gpu.")) continue;
        const Bytes raw = trial.need(port(trial).raw_read(store.name), "reading " + store.name);
        const auto left = std::ranges::find_if(raw, [](std::uint8_t byte) { return byte != 0; });
        trial.expect(left == raw.end(), "reset-residue", "a reset leaves zeros in every memory of the device",
                     store.name + " at " + std::to_string(left - raw.begin()));
        read += raw.size();
    }
    trial.expect(read > 0, "no-stores", "the device names its memories", "it names none");
}

std::vector<Case> all() {
    return {
        make_case("session.mode-off", "Without confidential mode there is no session", {"DPATH-MOD-001"},
                  nullptr, off_has_no_session, {"cc-off"}),
        make_case("session.devtools", "Developer mode is refused by the guest", {"DPATH-MOD-002"}, nullptr,
                  devtools_is_refused, {"devtools"}),
        make_case("session.none", "Without a session the GPU takes nothing", {"DPATH-SES-001"}, nullptr,
                  nothing_without_a_session),
        make_case("session.ready", "Before it is ready the GPU takes no work", {"DPATH-SES-002"}, nullptr,
                  nothing_before_ready),
        make_case("session.secret-size", "A secret of another size is refused", {"DPATH-SES-001"}, nullptr,
                  secrets_have_their_size),
        make_case("session.secret-again", "A secret is used for one session", {"DPATH-IV-002"}, start,
                  secrets_are_used_once),
        make_case("session.new-keys", "Each session has keys of its own", {"DPATH-KEY-001"}, start,
                  a_new_session_has_new_keys),
        make_case("session.rekey", "A key update replaces both keys and begins counters anew",
                  {"DPATH-KEY-003"}, start, rekey_replaces_both_keys, {"rekey"}),
        make_case("session.rekey-residue", "A key update leaves no old key",
                  {"DPATH-KEY-003", "DPATH-SES-003"}, start, rekey_leaves_no_old_key, {"raw-read", "rekey"}),
        make_case("session.key-limit", "A key seals no more records than its limit", {"DPATH-KEY-004"},
                  nullptr, key_limit_is_kept, {"record-limit"}),
        make_case("session.end-residue", "A session that is closed leaves no key", {"DPATH-SES-003"}, start,
                  closing_leaves_no_key, {"raw-read"}),
        make_case("session.closed", "A session that is closed takes nothing", {"DPATH-SES-001"}, start,
                  nothing_after_close),
        make_case("session.kept-key", "Keys that are kept at the end of a session are found",
                  {"DPATH-SES-003"}, start, a_kept_key_is_found, {"faults"}),
        make_case("session.reset", "A reset leaves nothing in the device's memories", {"DPATH-SES-004"},
                  start, reset_empties_the_memories, {"raw-read"}),
    };
}

}  // namespace session_topic

std::vector<Case> session_cases() { return session_topic::all(); }

}  // namespace assay::conformance::data_path
