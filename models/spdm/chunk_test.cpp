// Messages in chunks (DSP0274 1.2, chunking): both directions, in the clear and inside, and what a bad chunk
// is answered.
#include <boost/test/unit_test.hpp>

#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

RequesterPlan chunk_plan(std::uint32_t transfer_size) {
    RequesterPlan plan = session_plan(Version::v1_2);
    plan.flags = session_flags | cap::chunk | cap::cert | cap::mut_auth | cap::encap;
    plan.identity = std::make_shared<const SampleRequester>(std::uint64_t{7});
    plan.transfer_size = transfer_size;
    plan.max_message_size = 0x8000;
    plan.portion = 0xFFFF;
    plan.steps.insert(plan.steps.begin() + 5, Step::challenge);
    plan.steps.insert(plan.steps.begin() + 6, Step::measurements);
    for (const Step step : {Step::session_measurements, Step::heartbeat, Step::end_session})
        plan.steps.push_back(step);
    return plan;
}

BOOST_AUTO_TEST_CASE(small_transfers_carry_large_messages_both_ways) {
    for (const bool clear : {false, true})
        for (const std::uint32_t own : {42U, 43U, 100U, 0x1200U})
            for (const std::uint32_t other : {42U, 64U, 0x1200U}) {
                SampleDevice device{1};
                device.mutable_profile().data_transfer_size = other;
                RequesterPlan plan = chunk_plan(own);
                if (clear) plan.flags |= cap::handshake_in_the_clear;
                TestConnection c{plan, device, 1};
                std::size_t longest = 0;
                BOOST_TEST(c.run([&](std::size_t, Bytes& answer) {
                    const bool record = answer.size() > 3 && answer[2] == 0xFF && answer[3] == 0xFF;
                    if (!record) longest = std::max(longest, answer.size());
                }) == "");
                BOOST_TEST(longest <= own);
                BOOST_TEST(!c.requester.report().empty());
            }
}

/// A connection after ALGORITHMS between ends of small transfers, and answers as hex.
struct Chunked {
    Chunked() : device(1), c(plan(), device, 1) {
        device.mutable_profile().data_transfer_size = 64;
        BOOST_TEST(c.run() == "");
    }
    static RequesterPlan plan() {
        RequesterPlan out = chunk_plan(64);
        out.steps = {Step::version, Step::capabilities, Step::algorithms};
        return out;
    }
    std::string send(const std::string& hex) { return to_hex(c.responder.execute(*from_hex(hex))); }
    /// A CHUNK_SEND of a VENDOR_DEFINED_REQUEST of 100 bytes.
    static std::string first(std::size_t count = 48) {
        return "12850009 0000 0000" + le32(count) + le32(100) + part(0, count);
    }
    static std::string later(unsigned sequence, std::size_t from, std::size_t count, bool last) {
        return std::string{"1285"} + (last ? "01" : "00") + "09" +
               to_hex({{static_cast<std::uint8_t>(sequence)}}) + "00 0000" + le32(count) + part(from, count);
    }
    static std::string le32(std::size_t value) {
        return to_hex(store(static_cast<std::uint32_t>(value), byte_order));
    }
    static std::string part(std::size_t from, std::size_t count) {
        static const Bytes whole = concat({*from_hex("12fe0000 0300 02 ffff 5b00"), Bytes(91 - 2, 0x77)});
        Bytes padded = whole;
        padded.resize(200);
        return to_hex(ByteView{padded}.subspan(from, count));
    }
    SampleDevice device;
    TestConnection c;
};

const std::string early_error = "12050109" /* EarlyErrorDetected */;

BOOST_AUTO_TEST_CASE(a_request_in_chunks_is_answered_with_the_last) {
    Chunked c;
    BOOST_TEST(c.send(Chunked::first()) == "120500090000");
    BOOST_TEST(c.send(Chunked::later(1, 48, 30, false)) == "120500090100");
    // 11 + 0x5b bytes are more than the 100 that there are.
    BOOST_TEST(c.send(Chunked::later(2, 78, 22, true)) ==
               "120500090200"
               "127f0100");
    BOOST_TEST(c.send("12820000 0000 1000").starts_with("1202"));  // the transfer is over
}

BOOST_AUTO_TEST_CASE(a_bad_first_chunk_is_an_early_error) {
    struct Row {
        std::string message, why;
    };
    const std::string size48 = Chunked::le32(48), total = Chunked::le32(100), bytes = Chunked::part(0, 48);
    for (const Row& row : {
             Row{"12850009 0100 0000" + size48 + total + bytes, "ChunkSeqNo is not 0"},
             Row{"12850109 0000 0000" + size48 + total + bytes, "the first is the last"},
             Row{"12850009 0000 0000" + Chunked::le32(49) + total + bytes, "ChunkSize beyond the message"},
             Row{"12850009 0000 0000 ffffffff" + total + bytes, "ChunkSize beyond everything"},
             Row{"12850009 0000 0000" + Chunked::le32(25) + total + Chunked::part(0, 25),
                 "less than 42 bytes"},
             Row{"12850009 0000 0000" + size48 + Chunked::le32(42) + bytes, "a message that is not large"},
             Row{"12850009 0000 0000" + size48 + Chunked::le32(48) + bytes, "all in one"},
             Row{"12850009 0000 0000" + size48 + Chunked::le32(0x2'8001) + bytes, "over MaxSPDMmsgSize"},
             Row{"12850009 0000 0000" + size48 + "ffffffff" + bytes, "over everything"},
             Row{"12850009 0000 0000" + Chunked::le32(49) + total + Chunked::part(0, 49),
                 "over DataTransferSize"},
             Row{"12850009 0000 0000" + size48, "no LargeMessageSize"},
         }) {
        Chunked c;
        const std::string sequence = row.message.find("0100 0000") == 9 ? "0100" : "0000";
        BOOST_TEST(c.send(row.message) == early_error + sequence + "127f0100", row.why);
        BOOST_TEST(c.send(Chunked::later(1, 48, 52, true)) == early_error + "0100" + "127f0100", row.why);
    }
    Chunked c;
    BOOST_TEST(c.send("12850009 0000 0000 0000") == "127f0100");  // shorter than a CHUNK_SEND
    BOOST_TEST(c.send("11850009 0000 0000" + size48 + total + bytes) == "127f4100");
}

BOOST_AUTO_TEST_CASE(a_bad_later_chunk_is_an_early_error_and_ends_the_transfer) {
    struct Row {
        std::string message, sequence, why;
    };
    for (const Row& row : {
             Row{Chunked::later(2, 48, 48, false), "0200", "one is missing"},
             Row{Chunked::first(), "0000", "the first again"},
             Row{Chunked::later(1, 48, 29, false), "0100", "less than 42 bytes"},
             Row{Chunked::later(1, 48, 51, true), "0100", "the last, and a byte is missing"},
             Row{Chunked::later(1, 48, 52, false), "0100", "not the last, and nothing is missing"},
             Row{"12850008 0100 0000" + Chunked::le32(48) + Chunked::part(48, 48), "0100", "another handle"},
             Row{Chunked::later(1, 48, 53, true), "0100", "a byte too many"},
         }) {
        Chunked c;
        BOOST_TEST(c.send(Chunked::first()) == "120500090000");
        const bool other = row.why == "another handle";
        BOOST_TEST(c.send(row.message) == (other ? "12050108" : early_error) + row.sequence + "127f0100",
                   row.why);
        BOOST_TEST(c.send("12820000 0000 1000").starts_with("1202"), row.why);
    }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_answered_between_chunks) {
    Chunked c;
    BOOST_TEST(c.send(Chunked::first()) == "120500090000");
    for (const auto* request : {"12810000", "12e00001", "12860000 0000", "12ff8100"})
        BOOST_TEST(c.send(request) == "127f0400", request);
    BOOST_TEST(c.send(Chunked::later(1, 48, 52, true)).starts_with("120500090100"));  // and it goes on

    const std::string large = c.send("12820000 0000 ffff");
    BOOST_TEST(large.substr(0, 8) == "127f0f00");
    const std::string handle = large.substr(8);
    BOOST_TEST(handle.size() == 2U);
    for (const std::string& request : {std::string{"12810000"}, Chunked::first(), std::string{"12e00001"}})
        BOOST_TEST(c.send(request) == "127f0400", request);
    BOOST_TEST(c.send("128600" + handle + "0100") == "127f0100");  // ChunkSeqNo is to be 0,
    BOOST_TEST(c.send("128600aa 0000") == "127f0100");             // another handle,
    BOOST_TEST(c.send("128600" + handle + "00") == "127f0100");    // and too short
    const std::string chunk = c.send("128600" + handle + "0000");
    BOOST_TEST(chunk.size() == 2 * 64U);
    BOOST_TEST(chunk.substr(0, 16) == "120600" + handle + "00000000");
    BOOST_TEST(c.send("128600" + handle + "0000") == "127f0100");  // not twice
    BOOST_TEST(c.send("128600" + handle + "0100").substr(0, 12) == "120600" + handle + "0100");
    BOOST_TEST(c.send("10840000").starts_with("1004"));  // GET_VERSION begins anew
    BOOST_TEST(c.send("10810000") == "107f0400");
}

BOOST_AUTO_TEST_CASE(nothing_comes_in_chunks_that_was_not_announced) {
    Chunked c;
    BOOST_TEST(c.send("12860000 0000") == "127f0400");
    // A chunk inside a chunk, and GET_VERSION inside one.
    const std::string nested = "12850009 0000 0000" + Chunked::le32(30) + Chunked::le32(60) +
                               "12850001 0000 0000" + Chunked::le32(10) + Chunked::le32(90) +
                               to_hex(Bytes(14));
    BOOST_TEST(c.send(nested) == "120500090000");
    BOOST_TEST(c.send("12850109 0100 0000" + Chunked::le32(30) + to_hex(Bytes(30))) ==
               "120500090100127f0100");
    const std::string version =
        "12850009 0000 0000" + Chunked::le32(30) + Chunked::le32(60) + "10840000" + to_hex(Bytes(26));
    BOOST_TEST(c.send(version) == "120500090000");
    BOOST_TEST(c.send("12850109 0100 0000" + Chunked::le32(30) + to_hex(Bytes(30))) ==
               "120500090100127f0100");
}

BOOST_AUTO_TEST_CASE(an_answer_over_the_largest_message_is_too_large) {
    SampleDevice device{1};
    RequesterPlan plan = chunk_plan(64);
    plan.max_message_size = 200;
    plan.steps = {Step::version, Step::capabilities, Step::algorithms, Step::digests};
    TestConnection c{plan, device, 1};
    BOOST_TEST(c.run() == "");
    BOOST_TEST(to_hex(c.responder.execute(*from_hex("12e000ff"))).starts_with("127f0d00"));
    BOOST_TEST(to_hex(c.responder.execute(*from_hex("12820000 0000 ffff"))).starts_with("127f0f00"));
}

BOOST_AUTO_TEST_CASE(every_changed_bit_of_a_chunk_is_noticed) {
    RequesterPlan plan = chunk_plan(256);
    plan.steps = {Step::version, Step::capabilities, Step::algorithms, Step::digests, Step::certificate};
    std::vector<Bytes> answers;
    TestConnection good{plan};
    BOOST_TEST(good.run([&](std::size_t, Bytes& answer) { answers.push_back(answer); }) == "");
    BOOST_REQUIRE(answers.size() >= 8U);
    for (std::size_t n = 4; n < answers.size(); ++n)
        for (std::size_t at = 0; at < answers[n].size(); ++at) {
            // Reserved: of the chunk, and Param2 of the CERTIFICATE in the first one.
            const bool reserved = answers[n][1] == 0x06 && (at == 6 || at == 7 || (n == 5 && at == 19));
            if (reserved) continue;
            TestConnection c{plan};
            std::size_t number = 0;
            BOOST_TEST(!c.run([&](std::size_t, Bytes& answer) {
                             if (number++ == n) answer[at] ^= 0x01;
                         }).empty(),
                       "answer " << n << ", byte " << at);
        }
}

}  // namespace
}  // namespace assay::spdm
