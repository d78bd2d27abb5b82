#include "sim/base/tcp.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sim/base/file.hpp"

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

/// A client of a UNIX socket; throws where nobody listens.
Descriptor connect_to(const std::string& path) {
    Descriptor out{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    if (::connect(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error(path);
    return out;
}
std::string ask(const Descriptor& socket, std::string_view text) {
    if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) return "broken";
    std::array<char, 64> answer{};
    const auto n = ::recv(socket.get(), answer.data(), answer.size(), 0);
    return {answer.data(), static_cast<std::size_t>(n > 0 ? n : 0)};
}
/// `text` with a socket beside it.
void send_along(const Descriptor& socket, std::string text, int passed) {
    iovec bytes{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> beside{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = beside.data();
    message.msg_controllen = beside.size();
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &passed, sizeof passed);
    BOOST_REQUIRE(::sendmsg(socket.get(), &message, MSG_NOSIGNAL) > 0);
}

/// A letter is answered by itself; "A" asks for the socket beside it to be served by the endpoint that
/// answers in capitals.
StreamHandler letters(char difference) {
    return [difference](ByteView bytes) -> std::optional<StreamStep> {
        StreamStep step{.consumed = 1, .reply = {static_cast<std::uint8_t>(bytes[0] + difference)}};
        if (bytes[0] == 'A') {
            step.adopts = 1;
            step.without_socket = {'-'};
        }
        return step;
    };
}

BOOST_AUTO_TEST_CASE(unix_sockets_are_served_and_adopt_what_is_sent_along) {
    const TemporaryFolder folder;
    const std::string path = folder.path / "socket";
    {
        StreamServer server{{{{.door = Door::unix_socket, .path = path, .mode = 0600}, letters(0)},
                             {{.door = Door::none}, letters('A' - 'a')}}};
        std::array<int, 2> given{}, passed{};
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, given.data()) == 0);
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, passed.data()) == 0);
        const Descriptor first{given[0]}, second{passed[0]};
        server.adopt(Descriptor{given[1]}, 1);
        const std::jthread thread{[&](const std::stop_token& stop) {
            server.serve(stop);
        }};
        const Descriptor client = connect_to(path);
        struct stat there {};
        BOOST_TEST(::stat(path.c_str(), &there) == 0);
        BOOST_TEST((there.st_mode & 0777) == 0600U);
        BOOST_TEST(ask(client, "x") == "x");
        BOOST_TEST(ask(first, "x") == "X");
        BOOST_TEST(ask(client, "A") == "-");  // nothing came along
        {
            const Descriptor other{passed[1]};  // ours; the server gets its own
            send_along(client, "A", other.get());
        }
        std::array<char, 1> answer{};
        BOOST_TEST(::recv(client.get(), answer.data(), 1, 0) == 1);
        BOOST_TEST(answer[0] == 'A');
        BOOST_TEST(ask(second, "y") == "Y");
        BOOST_TEST(ask(client, "A") == "-");  // it was taken once
    }
    BOOST_TEST(!std::filesystem::exists(path));
    // What another server left is replaced; what is no socket is not.
    {
        const Descriptor left{::socket(AF_UNIX, SOCK_STREAM, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        BOOST_REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    const std::vector<Endpoint> one{{{.door = Door::unix_socket, .path = path}, letters(0)}};
    BOOST_CHECK_NO_THROW(StreamServer{one});
    std::ofstream{path} << "a file";
    BOOST_CHECK_EXCEPTION(StreamServer{one}, std::system_error, [&](const std::system_error& fault) {
        return std::string{fault.what()}.starts_with("listen on " + path + ": ");
    });
    BOOST_TEST(std::filesystem::is_regular_file(path));
    const std::vector<Endpoint> far{{{.door = Door::unix_socket, .path = std::string(200, 'x')}, letters(0)}};
    BOOST_CHECK_THROW(StreamServer{far}, std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay
