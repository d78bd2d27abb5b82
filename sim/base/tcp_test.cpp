#include "sim/base/tcp.hpp"

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

namespace assay {
namespace {

/// A frame is a byte that says how many follow; it is answered by itself. 0 ends the service, 1 closes.
std::optional<StreamStep> echo_frames(ByteView bytes) {
    const std::size_t size = 1U + bytes[0];
    if (bytes.size() < size) return std::nullopt;
    return StreamStep{.consumed = size,
                      .reply = {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)},
                      .close = bytes[0] == 1,
                      .end = bytes[0] == 0,
                      .fault = bytes[0] == 1 ? "a frame of one byte" : ""};
}

struct Served {
    explicit Served(StreamOptions options, StreamHandler handler = echo_frames)
        : server(0, {std::move(handler)}, std::move(options)) {}
    TcpClient client(std::chrono::milliseconds patience = std::chrono::seconds{10}) const {
        return {"127.0.0.1", server.port(), patience};
    }
    StreamServer server;
    std::jthread thread{[this](const std::stop_token& stop) {
        server.serve(stop);
    }};
};

Bytes take(TcpClient& client, std::size_t count) {
    Bytes out(count);
    if (const auto came = client.receive(out); !came) out.clear();
    return out;
}
/// Whether the peer ends the connection, nothing more being received.
bool ends(TcpClient& client) {
    Bytes one(1);
    const auto came = client.receive(one);
    return !came && came.error() == TcpFault::closed;
}

BOOST_AUTO_TEST_SUITE(tcp)

BOOST_AUTO_TEST_CASE(frames_are_answered_whole_however_they_arrive) {
    const Served served{{}};
    TcpClient client = served.client();
    const Bytes frame{3, 7, 8, 9};
    for (const std::uint8_t byte : frame) BOOST_TEST(bool(client.send(Bytes{byte})));
    BOOST_TEST(take(client, 4) == frame);
    BOOST_TEST(bool(client.send(concat({frame, frame, frame}))));
    BOOST_TEST(take(client, 12) == concat({frame, frame, frame}));
}

BOOST_AUTO_TEST_CASE(a_client_that_says_nothing_keeps_nobody_waiting) {
    const Served served{{}};
    const TcpClient dead = served.client();
    TcpClient half = served.client();
    BOOST_TEST(bool(half.send(Bytes{9, 1})));
    TcpClient live = served.client();
    BOOST_TEST(bool(live.send(Bytes{2, 5, 6})));
    BOOST_TEST(take(live, 3) == (Bytes{2, 5, 6}));
}

BOOST_AUTO_TEST_CASE(a_request_that_does_not_end_is_given_up) {
    std::promise<std::string> heard;
    const Served served{{.patience = std::chrono::milliseconds{50}, .on_fault = [&](std::string_view why) {
                             heard.set_value(std::string{why});
                         }}};
    TcpClient half = served.client();
    BOOST_TEST(bool(half.send(Bytes{9, 1})));
    BOOST_TEST(ends(half));
    BOOST_TEST(heard.get_future().get() == "a client did not finish its request");
}

BOOST_AUTO_TEST_CASE(a_request_that_is_too_large_is_refused_by_name) {
    std::promise<std::string> heard;
    const Served served{{.largest_request = 100, .on_fault = [&](std::string_view why) {
                             heard.set_value(std::string{why});
                         }}};
    TcpClient client = served.client();
    BOOST_TEST(bool(client.send(Bytes(150, 200))));
    BOOST_TEST(ends(client));
    BOOST_TEST(heard.get_future().get() == "a request of more than 100 bytes");
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_nothing_keeps_nobody_waiting) {
    const Bytes large(8'000'000, 1);
    const Served served{{.patience = std::chrono::milliseconds{200}}, [&](ByteView bytes) {
                            return StreamStep{.consumed = bytes.size(), .reply = large};
                        }};
    TcpClient deaf = served.client();
    BOOST_TEST(bool(deaf.send(Bytes{1})));
    TcpClient live = served.client();
    BOOST_TEST(bool(live.send(Bytes{1})));
    BOOST_TEST(take(live, large.size()) == large);
}

BOOST_AUTO_TEST_CASE(the_last_answer_arrives_before_the_end) {
    Served served{{}};
    TcpClient client = served.client();
    BOOST_TEST(bool(client.send(Bytes{1, 4, 200, 200, 200})));  // closes, with bytes that nobody reads
    BOOST_TEST(take(client, 2) == (Bytes{1, 4}));
    BOOST_TEST(ends(client));
    TcpClient other = served.client();
    BOOST_TEST(bool(other.send(Bytes{0})));
    BOOST_TEST(take(other, 1) == Bytes{0});
    served.thread.join();
    BOOST_TEST(served.server.ended());
}

BOOST_AUTO_TEST_CASE(a_client_waits_no_longer_than_it_was_told) {
    const Served served{{}, [](ByteView) {
                            return std::optional<StreamStep>{};
                        }};
    TcpClient client = served.client(std::chrono::milliseconds{50});
    BOOST_TEST(bool(client.send(Bytes{1})));
    Bytes one(1);
    const auto came = client.receive(one);
    BOOST_TEST((!came && came.error() == TcpFault::late));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_is_named) {
    const auto names_it = [](const std::runtime_error& e) {
        return std::string{e.what()}.starts_with("127.0.0.1:1: ");
    };
    BOOST_CHECK_EXCEPTION((TcpClient{"127.0.0.1", 1, std::chrono::seconds{1}}), std::runtime_error, names_it);
    BOOST_CHECK_THROW((TcpClient{"localhost", 1, std::chrono::seconds{1}}), std::system_error);
    BOOST_CHECK_THROW((StreamServer{0, {echo_frames}, {.address = "nowhere"}}), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay
