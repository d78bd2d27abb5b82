// Event logs: recorded ones of real machines against their published registers, and every fault with its
// place.
#include "models/cvm/event_log.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "models/cvm/shared_evidence.hpp"

namespace assay::cvm {
namespace {

using nlohmann::json;

std::string log_outcome(ByteView bytes) {
    const auto log = decode_event_log(bytes);
    return log ? "good" : log.error().text();
}

std::uint16_t bank_id(const std::string& bank) {
    return bank == "sha1"     ? log_sha1
           : bank == "sha256" ? log_sha256
           : bank == "sha384" ? log_sha384
                              : log_sha512;
}

/// Checks every register of {bank: {index: hex}}; how many.
std::size_t check_registers(const EventLog& log, const json& banks, const std::string& file) {
    std::size_t checked = 0;
    for (const auto& [bank, registers] : banks.items()) {
        const auto values = replay(log, bank_id(bank));
        for (const auto& [index, hex] : registers.items()) {
            const auto found = values.find(static_cast<unsigned>(std::stoul(index)));
            const std::string value = found == values.end() ? "none" : to_hex(found->second);
            BOOST_TEST(value == hex.get<std::string>(), file << " " << bank << " PCR " << index);
            ++checked;
        }
    }
    return checked;
}

json parsed(const std::string& name) {
    const Bytes text = recorded::file(name);
    return json::parse(text.begin(), text.end());
}

LogEvent event_of(std::uint32_t pcr, EventType type, std::string_view data) {
    const Bytes content{data.begin(), data.end()};
    return {pcr, type, {{log_sha256, crypto::digest(crypto::Hash::sha256, {content})}}, content, 0};
}
EventLog small_log() {
    EventLog log;
    log.spec_id = SpecId{};
    log.spec_id->algorithms = {{log_sha256, 32}};
    log.events = {event_of(0, EventType::s_crtm_version, "v1"), event_of(4, EventType::efi_action, "boot"),
                  event_of(0, EventType::separator, std::string_view{"\0\0\0\0", 4}),
                  event_of(4, EventType::separator, std::string_view{"\0\0\0\0", 4})};
    return log;
}
Bytes changed(Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes.at(at) = value;
    return bytes;
}
// The Spec ID event: 32 bytes of entry, 28 up to the algorithms, 4 of one algorithm, 1 of vendor data.
constexpr std::size_t first_event = 65;

BOOST_AUTO_TEST_SUITE(event_logs)

BOOST_AUTO_TEST_CASE(recorded_logs_replay_to_their_published_registers) {
    if (!recorded::present("tpm/eventlogs")) return;
    const json expected = parsed("tpm/eventlogs/expected_pcrs.json");
    std::size_t logs = 0, registers = 0;
    for (const auto& [file, facts] : expected.items()) {
        const Bytes bytes = recorded::file("tpm/eventlogs/" + file);
        const auto log = decode_event_log(bytes);
        BOOST_TEST_REQUIRE(static_cast<bool>(log), file << ": " << log_outcome(bytes));
        BOOST_TEST(log->events.size() == facts.at("events").get<std::size_t>(), file);
        registers += check_registers(*log, facts.at("pcrs"), file);
        ++logs;
    }
    BOOST_TEST(logs == 7U);
    BOOST_TEST(registers == 128U);
}

BOOST_AUTO_TEST_CASE(other_recorded_logs_replay_to_their_derived_registers) {
    if (!recorded::present("tpm/eventlogs")) return;
    const json derived = parsed("tpm/eventlogs/replay_derived.json");
    std::size_t registers = 0;
    for (const auto& [file, facts] : derived.items()) {
        const Bytes bytes = recorded::file("tpm/" + file);
        const auto log = decode_event_log(bytes);
        BOOST_TEST_REQUIRE(static_cast<bool>(log), file << ": " << log_outcome(bytes));
        BOOST_TEST((log->spec_id ? "crypto-agile" : "sha1-legacy") == facts.at("format").get<std::string>());
        BOOST_TEST(log->events.size() == facts.at("eventsAfterSpecId").get<std::size_t>(), file);
        registers += check_registers(*log, facts.at("replay"), file);
    }
    BOOST_TEST(registers == 94U);
}

BOOST_AUTO_TEST_CASE(recorded_logs_are_written_again_byte_for_byte) {
    if (!recorded::present("tpm/eventlogs")) return;
    for (const char* const file : {"rhel8-uefi", "ubuntu-1804-amd-sev", "ubuntu-2404-amd-sevsnp",
                                   "cos-101-amd-sev", "arch-linux-workstation", "glinux-alex", "debian-10"}) {
        const Bytes bytes = recorded::file("tpm/eventlogs/" + std::string{file} + ".bin");
        const Bytes again = encode_event_log(*decode_event_log(bytes));
        BOOST_TEST(again.size() <= bytes.size());
        BOOST_TEST(equal(again, ByteView{bytes}.first(again.size())), file);
    }
}

BOOST_AUTO_TEST_CASE(data_of_recorded_logs_hash_to_their_digests) {
    if (!recorded::present("tpm/eventlogs")) return;
    std::size_t good = 0;
    for (const char* const file :
         {"rhel8-uefi", "ubuntu-1804-amd-sev", "ubuntu-2404-amd-sevsnp", "cos-101-amd-sev", "glinux-alex"}) {
        const auto log = decode_event_log(recorded::file("tpm/eventlogs/" + std::string{file} + ".bin"));
        for (std::size_t i = 0; i < log->events.size(); ++i) {
            const DataCheck outcome = check_data(log->events[i], log_sha256);
            BOOST_TEST((outcome != DataCheck::wrong), file << " event " << i + 1);
            if (outcome == DataCheck::good) ++good;
        }
    }
    BOOST_TEST(good == 226U);
}

BOOST_AUTO_TEST_CASE(what_is_no_log_is_refused) {
    if (!recorded::present("tpm/eventlogs")) return;
    BOOST_TEST(log_outcome(recorded::file("tpm/eventlogs/extra/empty.bin")) ==
               "E_LOG_MISSING: event log: there is none: 0 bytes");
    for (const char* const file : {"extra/bogus.bin", "ccel/ccel-table.bin"})
        BOOST_TEST(log_outcome(recorded::file("tpm/eventlogs/" + std::string{file}))
                       .starts_with("E_LOG_PARSE: event 0: pcrIndex at offset 0: "),
                   file);
}

BOOST_AUTO_TEST_CASE(a_log_of_37_kilobytes_is_read_to_its_last_byte) {
    if (!recorded::present("key-release/openpcc")) return;
    const Bytes bytes = recorded::armoured(
        recorded::archived("key-release/openpcc/tcg_eventlog.txt", "test_tcg_event_log.pem"));
    BOOST_TEST(bytes.size() == 37618U);
    const auto log = decode_event_log(bytes);
    BOOST_TEST_REQUIRE(static_cast<bool>(log), log_outcome(bytes));
    BOOST_TEST((encode_event_log(*log) == bytes));
    for (const LogEvent& event : log->events)
        BOOST_TEST((check_data(event, log_sha256) != DataCheck::wrong), "offset " << event.offset);
}

BOOST_AUTO_TEST_CASE(a_log_is_read_as_it_was_written) {
    const Bytes bytes = encode_event_log(small_log());
    const auto log = decode_event_log(bytes);
    BOOST_TEST_REQUIRE(static_cast<bool>(log), log_outcome(bytes));
    BOOST_TEST(log->events.size() == 4U);
    BOOST_TEST(log->events[0].offset == first_event);
    BOOST_TEST(log->number(3) == 4U);
    BOOST_TEST((encode_event_log(*log) == bytes));
    BOOST_TEST((replay(*log, log_sha256) == replay(small_log(), log_sha256)));
}

BOOST_AUTO_TEST_CASE(zeros_and_the_end_mark_end_a_log) {
    Bytes bytes = encode_event_log(small_log());
    const std::size_t size = bytes.size();
    bytes.resize(size + 100);
    BOOST_TEST(decode_event_log(bytes)->events.size() == 4U);
    for (std::size_t i = 0; i < 4; ++i) bytes[size + i] = 0xFF;
    bytes[size + 7] = 9;
    BOOST_TEST(decode_event_log(bytes)->events.size() == 4U);
}

BOOST_AUTO_TEST_CASE(every_truncation_within_an_entry_is_refused_and_names_its_event) {
    const Bytes bytes = encode_event_log(small_log());
    const auto log = *decode_event_log(bytes);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        const std::string outcome = log_outcome(ByteView{bytes}.first(size));
        bool at_edge = size == first_event;
        std::size_t number = 0;
        for (std::size_t i = 0; i < log.events.size(); ++i) {
            at_edge = at_edge || size == log.events[i].offset;
            if (size > log.events[i].offset) number = i + 1;
        }
        if (at_edge || outcome == "good") {
            // What is left of an entry of PCR 0 may be zeros alone.
            const ByteView rest = ByteView{bytes}.subspan(size - (at_edge ? 0 : 1), at_edge ? 0 : 1);
            BOOST_TEST((at_edge || rest[0] == 0), "size " << size << ": " << outcome);
            continue;
        }
        BOOST_TEST(outcome.starts_with("E_LOG_PARSE: event " + std::to_string(number) + ": "),
                   "size " << size << ": " << outcome);
    }
}

BOOST_AUTO_TEST_CASE(faults_name_event_field_and_offset) {
    const Bytes bytes = encode_event_log(small_log());
    BOOST_TEST(log_outcome(changed(bytes, first_event, 24)) ==
               "E_LOG_PARSE: event 1: pcrIndex at offset 65: 24 found, 0 to 23 expected");
    BOOST_TEST(log_outcome(changed(bytes, first_event + 8, 2)) ==
               "E_LOG_PARSE: event 1: digestCount at offset 73: 2 found, at most 1");
    BOOST_TEST(log_outcome(changed(bytes, first_event + 12, 0x0C)) ==
               "E_LOG_PARSE: event 1: algorithmId at offset 77: 12 is not in the Spec ID event");
    Bytes huge = bytes;
    for (std::size_t i = 0; i < 4; ++i) huge[first_event + 46 + i] = 0xFF;
    BOOST_TEST(
        log_outcome(huge).starts_with("E_LOG_PARSE: event 1: eventSize at offset 111: 4294967295 found, "));
}

BOOST_AUTO_TEST_CASE(a_spec_id_event_that_contradicts_itself_is_refused) {
    const Bytes bytes = encode_event_log(small_log());
    BOOST_TEST(log_outcome(changed(bytes, 62, 48)).starts_with("E_LOG_FORMAT: event 0: Spec ID.digestSizes"));
    BOOST_TEST(
        log_outcome(changed(bytes, 56, 0)).starts_with("E_LOG_FORMAT: event 0: Spec ID.numberOfAlgorithms"));
    BOOST_TEST(log_outcome(changed(bytes, 56, 2)).starts_with("E_LOG_FORMAT: event 0: Spec ID."));
    BOOST_TEST(log_outcome(changed(bytes, 64, 1)).starts_with("E_LOG_FORMAT: event 0: Spec ID.vendorInfo"));
    EventLog twice = small_log();
    twice.spec_id->algorithms.push_back({log_sha256, 32});
    BOOST_TEST(log_outcome(encode_event_log(twice)).ends_with("algorithm 11 comes twice"));
    EventLog unknown = small_log();  // its digests are skipped
    unknown.spec_id->algorithms.push_back({0x0012, 32});
    unknown.events[0].digests.push_back({0x0012, Bytes(32, 7)});
    BOOST_TEST(log_outcome(encode_event_log(unknown)) == "good");
}

BOOST_AUTO_TEST_CASE(an_event_that_is_not_measured_extends_nothing) {
    EventLog log = small_log();
    const auto before = replay(log, log_sha256);
    log.events.insert(log.events.begin() + 1, event_of(4, EventType::no_action, "boot"));
    BOOST_TEST((replay(log, log_sha256) == before));
    std::string locality{"StartupLocality"};
    locality.append({'\0', '\3'});
    log.events.insert(log.events.begin(), event_of(0, EventType::no_action, locality));
    BOOST_TEST(startup_locality(log) == 3);
    BOOST_TEST((replay(log, log_sha256).at(0) != before.at(0)));
    std::rotate(log.events.begin(), log.events.begin() + 1, log.events.end());
    BOOST_TEST(startup_locality(log) == 0);  // after an event of PCR 0 it says nothing
}

BOOST_AUTO_TEST_CASE(a_difference_is_explained_by_the_event_where_one_explains_it) {
    const EventLog log = small_log();
    const auto good = replay(log, log_sha256);
    BOOST_TEST(!explain(log, log_sha256, 4, good.at(4)));
    EventLog longer = log;
    longer.events.push_back(event_of(4, EventType::ipl, "more"));
    BOOST_TEST(explain(longer, log_sha256, 4, good.at(4))->what ==
               "PCR 4: event 5 (EV_IPL) and what follows it were never extended");
    EventLog more = log;
    more.events.insert(more.events.begin() + 1, event_of(4, EventType::ipl, "more"));
    const auto extra = explain(more, log_sha256, 4, good.at(4));
    BOOST_TEST(extra->what == "PCR 4: event 2 (EV_IPL) was never extended");
    BOOST_TEST(extra->event.value() == 1U);
    EventLog swapped = log;
    std::swap(swapped.events[1], swapped.events[3]);
    BOOST_TEST(explain(swapped, log_sha256, 4, good.at(4))->what ==
               "PCR 4: event 2 (EV_SEPARATOR) and event 4 (EV_EFI_ACTION) are in the wrong order");
    EventLog shorter = log;
    shorter.events.pop_back();
    BOOST_TEST(explain(shorter, log_sha256, 4, good.at(4))
                   ->what.starts_with("PCR 4: the replay of 1 events gives "));
    BOOST_TEST(explain(log, log_sha256, 9, Bytes(32, 1))->what ==
               "PCR 9: the log has no event, the quoted value is not the initial one");
    BOOST_TEST(!explain(log, log_sha256, 9, Bytes(32)));
    BOOST_TEST(!explain(log, log_sha256, 17, Bytes(32, 0xFF)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::cvm
