// SPDM over TCP: frames to the byte (spdm-emu's framing, DSP0275, PCIe DOE, DSP0287), servers and clients.
#include <thread>

#include <boost/test/unit_test.hpp>

#include "models/spdm/requester.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/sample_device.hpp"
#include "models/spdm/tcp_client.hpp"
#include "models/spdm/tcp_server.hpp"

namespace assay::spdm {
namespace {

constexpr std::array all_transports{Transport::none, Transport::mctp, Transport::doe, Transport::tcp};
constexpr std::chrono::seconds patient{20};

struct Served {
    explicit Served(Transport transport, StreamOptions options = SocketDialect::options())
        : responder(device, records_of(transport)),
          dialect(transport, service_of(responder)),
          server(0, {[this](ByteView bytes) {
                     return dialect.step(bytes);
                 }},
                 std::move(options)) {}
    ResponderLink link(Transport transport) const { return {"127.0.0.1", server.port(), transport, patient}; }
    TcpClient client() const { return {"127.0.0.1", server.port(), patient}; }

    SampleDevice device{1};
    Responder responder;
    SocketDialect dialect;
    StreamServer server;
    std::jthread thread{[this](const std::stop_token& stop) {
        server.serve(stop);
    }};
};

std::string reply_to(SocketDialect& dialect, std::string_view hex) {
    const auto step = dialect.step(*from_hex(hex));
    return step ? to_hex(step->reply) : "(waits)";
}
StreamStep step_of(SocketDialect& dialect, std::string_view hex) {
    return dialect.step(*from_hex(hex)).value();
}

struct Dialect : SocketDialect {
    explicit Dialect(Transport transport) : Dialect(transport, std::make_shared<Parts>(transport)) {}
    struct Parts {
        explicit Parts(Transport transport) : responder(device, records_of(transport)) {}
        SampleDevice device{1};
        Responder responder;
    };
    Dialect(Transport transport, std::shared_ptr<Parts> parts)
        : SocketDialect(transport, service_of(parts->responder)), kept(std::move(parts)) {}
    std::shared_ptr<Parts> kept;
};

BOOST_AUTO_TEST_SUITE(tcp_transports)

BOOST_AUTO_TEST_CASE(frames_of_the_emulator_are_exact) {
    Dialect mctp{Transport::mctp}, doe{Transport::doe}, none{Transport::none};
    // TEST, in the bytes of the emulator's own requester.
    BOOST_TEST(reply_to(mctp, "0000dead 00000001 0000000e 436c69656e742048656c6c6f2100") ==
               "0000dead000000010000000e5365727665722048656c6c6f2100");
    BOOST_TEST(reply_to(none, "0000dead 00000000 0000000e 436c69656e742048656c6c6f2100") ==
               "0000dead000000000000000e5365727665722048656c6c6f2100");
    // GET_VERSION; the sample device lists what it has.
    const std::string versions = to_hex(mctp.kept->responder.execute(*from_hex("10840000")));
    const auto size = [&](std::size_t more) {
        return to_hex(store(static_cast<std::uint32_t>(versions.size() / 2 + more), std::endian::big));
    };
    BOOST_TEST(reply_to(mctp, "00000001 00000001 00000005 05 10840000") ==
               "0000000100000001" + size(1) + "05" + versions);
    BOOST_TEST(reply_to(none, "00000001 00000000 00000004 10840000") ==
               "0000000100000000" + size(0) + versions);
    const std::string object = reply_to(doe, "00000001 00000002 0000000c 01000100 03000000 10840000");
    BOOST_TEST(object.starts_with("0000000100000002"));
    BOOST_TEST(object.substr(24, 8) == "01000100");
    BOOST_TEST(object.substr(40, versions.size()) == versions);
    BOOST_TEST(object.size() % 8 == 0U);
}

BOOST_AUTO_TEST_CASE(doe_discovery_lists_three_types) {  // PCIe 6.0, 6.30.1.1
    Dialect doe{Transport::doe};
    const std::string head = "00000001 00000002 0000000c 01000000 03000000 ",
                      answer = "00000001000000020000000c0100000003000000";
    BOOST_TEST(reply_to(doe, head + "00000000") == answer + "01000001");
    BOOST_TEST(reply_to(doe, head + "01000000") == answer + "01000102");
    BOOST_TEST(reply_to(doe, head + "02000000") == answer + "01000200");
    const StreamStep past = step_of(doe, head + "03000000");
    BOOST_TEST((past.reply.empty() && past.close));
}

BOOST_AUTO_TEST_CASE(commands_of_the_emulator) {
    Dialect mctp{Transport::mctp};
    const StreamStep leaves = step_of(mctp, "0000fffd 00000001 00000000");
    BOOST_TEST(to_hex(leaves.reply) == "0000fffd0000000100000000");
    BOOST_TEST((leaves.close && !leaves.end));
    const StreamStep ends = step_of(mctp, "0000fffe 00000001 00000000");
    BOOST_TEST(to_hex(ends.reply) == "0000fffe0000000100000000");
    BOOST_TEST(ends.end);
    const StreamStep trigger = step_of(mctp, "00008001 00000001 00000000");
    BOOST_TEST(to_hex(trigger.reply) == "000080010000000100000000");
    BOOST_TEST(!trigger.close);
    const StreamStep unknown = step_of(mctp, "00000002 00000001 00000000");
    BOOST_TEST(to_hex(unknown.reply) == "0000ffff0000000100000000");
    BOOST_TEST((unknown.close && unknown.fault == "command 2 at offset 0 is unknown"));
}

BOOST_AUTO_TEST_CASE(what_is_no_frame_is_refused_by_name) {
    struct Wrong {
        Transport transport;
        std::string_view bytes, fault, reply;
    };
    const std::array wrong{
        Wrong{Transport::mctp, "00000001 00000002 00000000",
              "TransportType 2 at offset 4; this server's is 1", ""},
        Wrong{Transport::mctp, "00000001 00000001 00010011",
              "PayloadSize says 65553 bytes; at most 65552 are taken", ""},
        Wrong{Transport::mctp, "00000001 00000001 ffffffff",
              "PayloadSize says 4294967295 bytes; at most 65552 are taken", ""},
        Wrong{Transport::mctp, "00000001 00000001 00000000", "a payload without a message type of MCTP", ""},
        Wrong{Transport::mctp, "00000001 00000001 00000005 7e 10840000",
              "MCTP message type 126 at offset 0; 5 and 6 are known", ""},
        Wrong{Transport::doe, "00000001 00000002 0000000c 01000100 04000000 10840000",
              "a DOE data object of 12 bytes whose Length is another", ""},
        Wrong{Transport::doe, "00000001 00000002 0000000c 02000100 03000000 10840000",
              "a DOE data object of VendorID 2 and type 1; types 1 and 2 are known", ""},
        Wrong{Transport::tcp, "0600 02 05 10840000", "BindingVersion 2 at offset 2; 1 is known", "000001c1"},
        Wrong{Transport::tcp, "0200 01 05", "PayloadLength 2 of a frame of MessageType 5", "000001c1"},
        Wrong{Transport::tcp, "0600 01 07 10840000", "PayloadLength 6 of a frame of MessageType 7",
              "000001c1"},
        Wrong{Transport::tcp, "0000 01 07", "MessageType 7 at offset 3 is unknown", "000001c1"},
    };
    for (const Wrong& one : wrong) {
        Dialect dialect{one.transport};
        const StreamStep step = step_of(dialect, one.bytes);
        BOOST_TEST(step.fault == one.fault);
        BOOST_TEST(to_hex(step.reply) == one.reply, one.bytes);
        BOOST_TEST(step.close);
    }
}

BOOST_AUTO_TEST_CASE(frames_of_the_binding_are_exact) {  // DSP0287
    Dialect tcp{Transport::tcp};
    const std::string versions = to_hex(tcp.kept->responder.execute(*from_hex("10840000")));
    const auto length = store(static_cast<std::uint16_t>(versions.size() / 2 + 2), byte_order);
    BOOST_TEST(reply_to(tcp, "0600 01 05 10840000") == to_hex(length) + "0105" + versions);
    BOOST_TEST(reply_to(tcp, "0000 01 bf") == "000001bf");
    BOOST_TEST(reply_to(tcp, "0200 01 bf") == "000001bf");
    BOOST_TEST(step_of(tcp, "0000 01 c0").close);
}

BOOST_AUTO_TEST_CASE(a_frame_is_waited_for_at_every_byte) {
    for (const Transport transport : all_transports) {
        Dialect dialect{transport};
        Bytes frame = envelop(transport, false, *from_hex("10840000"));
        if (transport != Transport::tcp)
            frame = emulator::encode_frame(
                {emulator::Command::normal, static_cast<std::uint32_t>(transport), frame});
        for (std::size_t size = 0; size < frame.size(); ++size)
            BOOST_TEST(!dialect.step(ByteView{frame}.first(size)));
        append(frame, Bytes(3, 0xEE));  // of the next
        const auto step = dialect.step(frame);
        BOOST_REQUIRE(step);
        BOOST_TEST(step->consumed == frame.size() - 3);
    }
}

BOOST_AUTO_TEST_CASE(envelopes_keep_what_is_in_them) {
    const Bytes message = *from_hex("128100001122");
    for (const Transport transport : {Transport::none, Transport::mctp, Transport::doe})
        for (const bool secured : {false, true}) {
            const auto out = open_envelope(transport, envelop(transport, secured, message));
            BOOST_REQUIRE(bool(out));
            BOOST_TEST(out->secured == (secured && transport != Transport::none));
            BOOST_TEST((ByteView{out->message}.size() >= message.size() &&
                        equal(ByteView{out->message}.first(message.size()), message)));
        }
    for (const Transport transport : all_transports) BOOST_TEST((transport_of(name(transport)) == transport));
    BOOST_TEST(!transport_of("pci"));
}

/// A whole conversation over a socket: set-up, identity, measurements, and where there are records a session.
void converse(const Served& served, Transport transport) {
    crypto::Drbg random{Bytes{7}, "tcp test"};
    const crypto::Context context{random};
    ResponderLink link = served.link(transport);
    RequesterPlan plan;
    plan.versions = {Version::v1_2};
    plan.records = records_of(transport);
    if (transport != Transport::none) {
        plan.flags = session_flags;
        plan.steps.assign(session_steps.begin(), session_steps.end());
    }
    Requester requester{plan, &context};
    while (!requester.done()) {
        const bool secured = requester.secured();
        const auto answer = link.exchange(secured, requester.next());
        BOOST_REQUIRE_MESSAGE(bool(answer), (answer ? "" : answer.error().text));
        const auto ok = requester.receive(*answer);
        BOOST_REQUIRE_MESSAGE(bool(ok), (ok ? "" : ok.error().text()));
    }
}

BOOST_AUTO_TEST_CASE(a_session_is_established_over_every_transport) {
    for (const Transport transport : all_transports) {
        BOOST_TEST_CONTEXT(name(transport)) {
            const Served served{transport};
            for (int connection = 0; connection < 5; ++connection) converse(served, transport);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_connection_outlives_the_socket_until_get_version) {
    const Served served{Transport::mctp};
    {
        ResponderLink first = served.link(Transport::mctp);
        BOOST_TEST(bool(first.exchange(false, *from_hex("10840000"))));
        const auto capabilities = first.exchange(false, *from_hex("11e10000 00000000 06000000"));
        BOOST_REQUIRE(bool(capabilities));
        BOOST_TEST((*capabilities)[1] == 0x61);
    }
    ResponderLink second = served.link(Transport::mctp);
    const auto again = second.exchange(false, *from_hex("11e10000 00000000 06000000"));
    BOOST_REQUIRE(bool(again));
    BOOST_TEST(to_hex(*again).starts_with("117f0400"));  // UnexpectedRequest: it is after CAPABILITIES
    BOOST_TEST(bool(second.exchange(false, *from_hex("10840000"))));
    BOOST_TEST((*second.exchange(false, *from_hex("11e10000 00000000 06000000")))[1] == 0x61);
}

BOOST_AUTO_TEST_CASE(no_answer_is_a_connection_that_ends) {
    const Served served{Transport::mctp};
    ResponderLink link = served.link(Transport::mctp);
    const auto nothing =
        link.exchange(true, *from_hex("0102ffff 0000 1400 0000000000000000000000000000000000000000"));
    BOOST_REQUIRE(!nothing);
    BOOST_TEST((nothing.error().kind == LinkFault::Kind::silent));
    BOOST_TEST(bool(link.exchange(false, *from_hex("10840000"))));  // over another connection
}

BOOST_AUTO_TEST_CASE(half_a_frame_and_a_dead_client_keep_nobody_waiting) {
    const Served served{Transport::doe};
    TcpClient half = served.client();
    BOOST_TEST(bool(half.send(*from_hex("00000001 00000002 0000"))));
    const TcpClient dead = served.client();
    converse(served, Transport::doe);
}

BOOST_AUTO_TEST_CASE(shutdown_ends_the_server) {
    Served served{Transport::mctp};
    TcpClient client = served.client();
    BOOST_TEST(bool(client.send(*from_hex("0000fffe 00000001 00000000"))));
    Bytes reply(12);
    BOOST_TEST(bool(client.receive(reply)));
    BOOST_TEST(to_hex(reply) == "0000fffe0000000100000000");
    served.thread.join();
    BOOST_TEST(served.server.ended());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::spdm
