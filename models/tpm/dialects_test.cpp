// The ports of simulators without sockets, and the command line of swtpm.
#include "models/tpm/dialects.hpp"

#include <boost/test/unit_test.hpp>

#include "models/tpm/swtpm_options.hpp"
#include "models/tpm/test_tpm.hpp"

namespace assay::tpm {
namespace {

BOOST_AUTO_TEST_SUITE(dialects)

BOOST_AUTO_TEST_CASE(the_options_of_swtpm_are_understood_or_refused_by_name) {
    const auto parse = [](std::vector<std::string> words) {
        words.insert(words.begin(), {"/usr/bin/swtpm", "socket"});
        return parse_swtpm(words);
    };
    const auto whole = parse({"--tpm2", "--server", "type=tcp,port=2321,disconnect", "--ctrl",
                              "type=tcp,port=4000,terminate", "--flags", "startup-clear", "--tpmstate",
                              "dir=/tmp/x", "--locality", "reject-locality-4", "-d"});
    BOOST_REQUIRE_MESSAGE(bool(whole), (whole ? "" : whole.error()));
    BOOST_TEST(whole->server.data.port == 2321);
    BOOST_TEST(whole->server.control.port == 4000);
    BOOST_TEST(whole->server.one_answer);
    BOOST_TEST(whole->server.ends_with_control);
    BOOST_TEST(whole->server.startup_clear);
    BOOST_TEST(!whole->server.wait_for_init);
    BOOST_TEST(whole->server.highest_locality == 3U);
    BOOST_TEST(whole->daemon);
    BOOST_TEST(whole->state_folder == "/tmp/x");
    BOOST_TEST(parse({"--server", "port=9"})->server.wait_for_init);
    for (const auto& [word, value] :
         {std::pair{"--server", "type=pipe,path=x"}, std::pair{"--server", "port=70000"},
          std::pair{"--flags", "fast"}, std::pair{"--ctrl", "type=tcp,port=1,mode=0600"},
          std::pair{"--tpmstate", "backend-uri=file://x"}, std::pair{"--key", "file=k"},
          std::pair{"--migration-key", "file=k"}, std::pair{"--ctrl", "type=unixio"},
          std::pair{"--ctrl", "type=unixio,path=x,port=1"},
          std::pair{"--ctrl", "type=unixio,path=x,mode=0999"}, std::pair{"--fd", "1000"},
          std::pair{"--fd", "x"}})
        BOOST_TEST(!parse({"--server", "port=9", word, value}), word << " " << value);
    BOOST_TEST(parse({"--server"}).error() == "--server: wants a value");
    BOOST_TEST(parse({}).error() == "--server type=tcp,port=PORT (or type=unixio,path=SOCKET) is wanted");
    const auto sockets = parse({"--server", "type=unixio,path=x", "--ctrl", "type=unixio,path=y,mode=0660"});
    BOOST_REQUIRE_MESSAGE(bool(sockets), (sockets ? "" : sockets.error()));
    BOOST_TEST((sockets->server.data.door == Door::unix_socket &&
                sockets->server.control.door == Door::unix_socket));
    BOOST_TEST(sockets->server.data.path == "x");
    BOOST_TEST(sockets->server.control.path == "y");
    BOOST_TEST(sockets->server.control.mode == 0660U);
    const auto as_qemu_does = parse({"--tpm2", "--ctrl", "type=unixio,path=y"});
    BOOST_REQUIRE_MESSAGE(bool(as_qemu_does), (as_qemu_does ? "" : as_qemu_does.error()));
    BOOST_TEST((as_qemu_does->server.data.door == Door::none));
    const std::vector<std::string> simulator{"tpm_server", "-port", "3000"};
    BOOST_TEST(parse_swtpm(simulator)->is_mssim);
    BOOST_TEST(parse_swtpm(simulator)->server.data.port == 3000);
}

std::string reply_of(const std::optional<StreamStep>& step) {
    if (!step) return "more";
    return to_hex(step->reply) +
           (step->end     ? " end"
            : step->close ? " close"
                          : "") +
           " " + std::to_string(step->consumed);
}

BOOST_AUTO_TEST_CASE(the_ports_of_the_reference_simulator_answer_as_it_does) {
    Bench bench;
    MssimDialect dialect{bench.tpm};
    const auto command = [&](std::string_view hex) {
        return reply_of(dialect.command(*from_hex(hex)));
    };
    const auto platform = [&](std::string_view hex) {
        return reply_of(dialect.platform(*from_hex(hex)));
    };
    BOOST_TEST(platform("0000") == "more");
    BOOST_TEST(platform("00000002") == "00000000 4");
    const std::string startup = "00000008 00 0000000c 80010000000c000001440000";
    BOOST_TEST(command(startup) == "0000000000000000 21");  // without power: no response bytes
    BOOST_TEST(platform("00000001") == "00000000 4");
    BOOST_TEST(command("00000008 00 0000000c 8001") == "more");
    BOOST_TEST(command(startup) == "0000000a80010000000a0000000000000000 21");
    BOOST_TEST(platform("00000001") == "00000000 4");  // of no effect when it is on
    BOOST_TEST(command(startup) == "0000000a80010000000a0000010000000000 21");
    BOOST_TEST(platform("00000011") == "00000000 4");
    BOOST_TEST(command(startup) == "0000000a80010000000a0000000000000000 21");
    BOOST_TEST(command("0000000f00000001") == "000000010000004d00000000 8");
    BOOST_TEST(command("0000000f00000000") == " close 8");
    BOOST_TEST(command("00000014") == " close 4");
    // A measured launch, on the command port: of an event before TPM2_Startup.
    BOOST_TEST(command("00000005") == "00000000 4");
    BOOST_TEST(command("00000006 00000003 6162") == "more");
    BOOST_TEST(command("00000006 00000003 616263") == "00000000 11");
    BOOST_TEST(command("00000007") == "00000000 4");
    BOOST_TEST(bench.tpm.is_established());
    BOOST_TEST(command("00000006 00010000") == " close 8");
    BOOST_TEST(platform("0000001a40000110") == "0000000000000000 8");
    BOOST_TEST(platform("0000001e") == "00000000 4");
    BOOST_TEST(command("00000008 00 0000000c 80010000000c0000017b0008") ==
               "0000000a80010000000a0000010100000000 21");
    BOOST_TEST(platform("000000ff") == "00000001 close 4");
    BOOST_TEST(platform("00000015") == " end 4");
    BOOST_TEST(command("00000008 00 ffffffff") == " close 9");
}

std::string answer_of(SwtpmDialect& dialect, std::string_view request) {
    const auto step = dialect.control(*from_hex(request));
    return step ? to_hex(step->reply) + (step->end ? " end" : "") : "more";
}

BOOST_AUTO_TEST_CASE(the_control_port_answers_as_swtpm_does) {
    Bench bench;
    SwtpmDialect dialect{bench.tpm};
    BOOST_TEST(answer_of(dialect, "000000") == "more");
    BOOST_TEST(answer_of(dialect, "00000001") == "000000000000ffff");
    BOOST_TEST(answer_of(dialect, "00000005") == "more");
    BOOST_TEST(answer_of(dialect, "0000000505") == "0000003d");
    BOOST_TEST(answer_of(dialect, "0000000502") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000004") == "0000000000000000");
    BOOST_TEST(answer_of(dialect, "0000000b00") == "0000003d");
    // A measured launch before TPM2_Startup: begins PCR 0, and sets the bit that TPM_ACCESS shows.
    BOOST_TEST(answer_of(dialect, "0000000e") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000006") == "0000000a");  // without power
    BOOST_TEST(answer_of(dialect, "0000001100000f80") == "0000000000000f8000000af800001000");
    BOOST_TEST(bench.tpm.config().max_command_size == 0xF80U);
    BOOST_TEST(answer_of(dialect, "0000001100000001") == "0000000000000af800000af800001000");
    BOOST_TEST(answer_of(dialect, "0000001100100000") == "000000000000100000000af800001000");
    BOOST_TEST(answer_of(dialect, "0000000200000000") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000006") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000007 00000003 6162") == "more");
    BOOST_TEST(answer_of(dialect, "00000007 00000003 616263") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000007 00010000") == "00000003");
    BOOST_TEST(answer_of(dialect, "00000008") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000004") == "0000000001000000");
    BOOST_TEST(answer_of(dialect, "0000000b03") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000004") == "0000000000000000");
    BOOST_TEST(answer_of(dialect, "0000001100000f80") == "0000000a");  // not while it runs
    BOOST_TEST(answer_of(dialect, "00000010") == "00000000");  // the server sees whether a socket came along
    BOOST_TEST(answer_of(dialect, "0000000e") == "00000000");
    BOOST_TEST(answer_of(dialect, "0000001100000000") == "000000000000100000000af800001000");
    BOOST_TEST(dialect.control(*from_hex("0000000502 000000"))->consumed == 8U);  // as QEMU sends it
    BOOST_TEST(dialect.control(*from_hex("0000000502 00000001"))->consumed == 5U);
    BOOST_TEST(answer_of(dialect, "00000013") == "0000000a");
    BOOST_TEST(answer_of(dialect, "0000000e") == "00000000");
    const auto stopped = dialect.data(*from_hex("80010000000c000001440000"));
    BOOST_REQUIRE(stopped);
    BOOST_TEST(to_hex(stopped->reply) == "80010000000a00000101");
    BOOST_TEST(answer_of(dialect, "0000000200000000") == "00000000");
    BOOST_TEST(to_hex(dialect.data(*from_hex("80010000000c000001440000"))->reply) == "80010000000a00000907");
    BOOST_TEST(answer_of(dialect, "0000000500") == "00000000");
    BOOST_TEST(to_hex(dialect.data(*from_hex("80010000000c000001440000"))->reply) == "80010000000a00000000");
    BOOST_TEST(answer_of(dialect, "00000003") == "00000000 end");
    // In the simulator's envelope, with a locality of its own.
    BOOST_TEST(!dialect.data(*from_hex("00000008 00 0000000c 8001")));
    const auto enveloped = dialect.data(*from_hex("00000008 00 0000000c 80010000000c0000017b0002"));
    BOOST_REQUIRE(enveloped);
    BOOST_TEST(to_hex(enveloped->reply).substr(0, 20) == "0000000e80010000000e");
    BOOST_TEST(enveloped->reply.size() == 4U + 14U + 4U);
    BOOST_TEST(dialect.data(*from_hex("00000008 05 0000000c"))->close);
    const auto huge = dialect.data(*from_hex("800100010000000001440000"));
    BOOST_REQUIRE(huge);
    BOOST_TEST(huge->close);
    BOOST_TEST(to_hex(huge->reply) == "80010000000a00000142");
}

BOOST_AUTO_TEST_CASE(a_guests_control_port_has_no_power) {
    Bench bench;
    bench.tpm.power_on();
    SwtpmDialect dialect{
        [&](ByteView command, unsigned locality) { return bench.tpm.execute(command, locality); },
        bench.tpm.config()};
    BOOST_TEST(answer_of(dialect, "00000001") == "000000000000c82c");
    for (const auto& row : SwtpmDialect::controls())
        if (row.owners)
            BOOST_TEST(answer_of(dialect, to_hex(store(row.code, std::endian::big)) +
                                              std::string(2 * row.payload, '0')) == "00000009",
                       row.name);
    BOOST_TEST(bench.tpm.is_powered());
    BOOST_TEST(answer_of(dialect, "0000000504") == "0000003d");
    BOOST_TEST(answer_of(dialect, "0000000503") == "00000000");
    BOOST_TEST(to_hex(dialect.data(*from_hex("80010000000c000001440000"))->reply) == "80010000000a00000000");
}

/// The requests as swtpm_ioctl and QEMU send them: CMD_GET_STATEBLOB, CMD_SET_STATEBLOB, CMD_STORE_VOLATILE.
BOOST_AUTO_TEST_CASE(the_control_port_moves_blobs) {
    Bench here, there{{}, "another"};
    here.start();
    SwtpmDialect from{here.tpm}, to{there.tpm};
    const auto words = [](std::initializer_list<std::uint32_t> values, ByteView data = {}) {
        Bytes out;
        for (const std::uint32_t value : values) append(out, store(value, byte_order));
        append(out, data);
        return out;
    };
    const auto code = [](const std::optional<StreamStep>& step) {
        return load<std::uint32_t>(step->reply, byte_order);
    };
    constexpr std::uint32_t init = 2, store_volatile = 10, get = 12, set = 13, stop = 14;
    const auto whole = [&](std::uint32_t type, std::uint32_t offset) {
        const auto step = from.control(words({get, 1, type, offset}));
        BOOST_REQUIRE((step && code(step) == 0 && step->consumed == 16));
        const ByteView head = ByteView{step->reply}.first(16);
        BOOST_TEST(load<std::uint32_t>(head.subspan(12), byte_order) == step->reply.size() - 16);
        return Bytes{step->reply.begin() + 16, step->reply.end()};
    };
    const Bytes permanent = whole(1, 0), kept = whole(2, 0);
    BOOST_TEST((whole(1, 10) == Bytes{permanent.begin() + 10, permanent.end()}));
    BOOST_TEST(whole(1, 0xFFFF'FFFF).empty());
    BOOST_TEST(whole(3, 0).empty());
    BOOST_TEST(code(from.control(words({get, 1, 4, 0}))) != 0U);
    const auto bring = [&](std::uint32_t type, const Bytes& blob) {
        const Bytes request = words({set, 0, type, static_cast<std::uint32_t>(blob.size())}, blob);
        BOOST_TEST(!to.control(ByteView{request}.first(request.size() - 1)));  // not whole yet
        const auto step = to.control(request);
        BOOST_TEST(step->consumed == request.size());
        return code(step);
    };
    BOOST_TEST(bring(1, permanent) != 0U);  // it runs
    BOOST_TEST(code(to.control(words({stop}))) == 0U);
    BOOST_TEST(bring(2, permanent) != 0U);
    BOOST_TEST(bring(1, permanent) == 0U);
    BOOST_TEST(bring(2, kept) == 0U);
    BOOST_TEST(code(to.control(words({set, 2, 1, 0}))) != 0U);  // encrypted
    BOOST_TEST(to.control(words({set, 0, 1, most_state_blob + 1}))->close);
    BOOST_TEST(code(to.control(words({init, 0}))) == 0U);
    BOOST_TEST(there.rc(GetRandomIn{8}) == Rc::success);
    BOOST_TEST(code(to.control(words({store_volatile}))) == 0U);
    BOOST_TEST(code(to.control(words({init, 1}))) == 0U);
    BOOST_TEST(there.rc(GetRandomIn{8}) == Rc::success);
    BOOST_TEST(code(to.control(words({init, 0}))) == 0U);
    BOOST_TEST(there.rc(GetRandomIn{8}) == Rc::initialize);
    // Those of a TPM whose power is another's are not for its guests.
    SwtpmDialect guest{[&](ByteView command, unsigned) { return there.send(command); }, {}};
    for (const std::uint32_t command : {get, set})
        BOOST_TEST(code(guest.control(words({command, 0, 1, 0}))) != 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::tpm
