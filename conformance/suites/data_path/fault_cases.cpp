// One thing wrong at a time in the bounce buffer, the driver or the device: refused with its code, no answer,
// and the session is over.
#include <algorithm>

#include "conformance/suites/data_path/world.hpp"

namespace assay::conformance::data_path {
namespace fault_topic {

struct Row {
    std::string_view fault, code, title;
    std::vector<std::string> requirements;
    bool ends_session = true;
    std::string_view store = {};  // where a gate must have found it
};
const std::vector<Row>& rows() {
    static const std::vector<Row> all{
        {"payload-flipped", "E_TAG", "A ciphertext with a flipped bit is refused", {"DPATH-AUT-001"}},
        {"tag-flipped", "E_TAG", "A tag with a flipped bit is refused", {"DPATH-AUT-001"}},
        {"header-edited", "E_TAG", "A header that the host has changed is refused", {"DPATH-AUT-002"}},
        {"short-tag", "E_TAG_LEN", "A tag of less than 16 bytes is refused", {"DPATH-AUT-003"}},
        {"block-swapped", "E_TAG", "An earlier payload under a new header is refused", {"DPATH-AUT-002"}},
        {"record-replayed", "E_REPLAY", "A record that comes again is refused", {"DPATH-SEQ-002"}},
        {"answer-reflected", "E_TAG", "An answer that comes back as a record is refused", {"DPATH-KEY-002"}},
        {"answer-flipped",
         "E_TAG",
         "An answer with a flipped bit is refused by the guest",
         {"DPATH-AUT-001"}},
        {"answer-replayed",
         "E_REPLAY",
         "An answer that comes again is refused by the guest",
         {"DPATH-SEQ-002"}},
        {"counter-reused", "E_IV_REUSE", "A counter that was used seals nothing", {"DPATH-IV-001"}},
        {"iv-skipped", "E_SEQ_GAP", "A record after a gap is refused", {"DPATH-SEQ-003"}},
        {"stale-key", "E_TAG", "A record under a key of another session is refused", {"DPATH-KEY-001"}},
        {"plaintext-in-bounce",
         "E_PLAINTEXT_EGRESS",
         "Plaintext does not get into the bounce buffer",
         {"DPATH-CLR-003"},
         false,
         "guest.bounce"},
        {"token-in-doorbell",
         "E_PLAINTEXT_EGRESS",
         "A doorbell carries no user data",
         {"DPATH-CLR-003"},
         false,
         "guest.doorbell"},
        {"kv-shared",
         "E_CROSS_SUBJECT",
         "Keys and values of another request are not read",
         {"DPATH-REQ-006"},
         false,
         "gpu.hbm.kv"},
    };
    return all;
}

void judge(Trial& trial, const Row& row) {
    const std::uint64_t first = begin(trial), second = begin(trial);
    trial.need(ask(trial, first, prompt, 3), "a request without the fault");
    trial.need(port(trial).inject(row.fault), "the fault");
    (void)port(trial).take_findings();
    expect_refusal(trial, ask(trial, second, prompt, 3), row.code, row.title);
    if (!row.store.empty()) {
        bool named = false;
        for (const StoreFinding& finding : port(trial).take_findings())
            named |= finding.code == row.code && finding.store == row.store;
        trial.expect(named, "not-named", "the place is named: " + std::string{row.store},
                     "no finding names it");
    }
    const auto after = port(trial).write_input(first, prompt);
    if (row.ends_session) {
        expect_refusal(trial, after, "E_NO_SESSION", "after it the session takes nothing more");
        // Nothing of either request stays where the session was torn down.
        for (const std::uint64_t request : {first, second}) (void)port(trial).end(request);
        (void)port(trial).close();
        const std::string where = found_in_stores(trial, ByteView{as_words(prompt)}.subspan(4, 32));
        trial.expect(where.empty(), "residue", "no tokens of its requests are left in any store", where);
        trial.need(port(trial).open(session_secret(2)), "a new session");
        trial.need(port(trial).set_ready(), "set ready");
    }
}

}  // namespace fault_topic

std::vector<Case> fault_cases() {
    std::vector<Case> out;
    for (const fault_topic::Row& row : fault_topic::rows()) {
        Case one = make_case("fault." + std::string{row.fault}, row.title, row.requirements, start, nullptr,
                             {"faults", "raw-read"});
        one.run = [&row](Trial& trial) {
            fault_topic::judge(trial, row);
        };
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace assay::conformance::data_path
