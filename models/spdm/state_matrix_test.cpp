// Every request in every state, in the clear and inside sessions: the answers of the DMTF reference responder
// as measured (1.1 to 1.3), with UnsupportedRequest for what this one does not have.
#include <boost/test/unit_test.hpp>

#include "models/spdm/command_table.hpp"
#include "models/spdm/test_connection.hpp"

namespace assay::spdm {
namespace {

enum class Column : std::uint8_t {
    not_started,
    after_version,
    after_capabilities,
    negotiated,
    handshake,
    established
};
constexpr std::array<std::string_view, 6> column_names{"NotStarted",          "AfterVersion",
                                                       "AfterCapabilities",   "Negotiated",
                                                       "a handshake session", "an established session"};

/// ok: answered; U UnexpectedRequest, I InvalidRequest, VM VersionMismatch, UR UnsupportedRequest with the
/// code, SR SessionRequired, D DecryptError.
struct Expected {
    std::uint8_t code;
    std::array<std::string_view, 6> answers;
};
// The columns "before caps" of the table are two here: only GET_CAPABILITIES tells them apart.
constexpr std::array matrix{
    Expected{0x84, {"ok", "ok", "ok", "ok", "U", "U"}},
    Expected{0xE1, {"U", "ok", "U", "U", "U", "U"}},
    Expected{0xE3, {"U", "U", "ok", "U", "U", "U"}},
    Expected{0x81, {"VM", "VM", "U", "ok", "U", "ok"}},
    Expected{0x82, {"VM", "VM", "U", "ok", "U", "ok"}},
    Expected{0x83, {"VM", "VM", "U", "ok", "U", "U"}},
    Expected{0xE0, {"VM", "VM", "U", "ok", "U", "ok"}},
    Expected{0xE4, {"UR", "UR", "U", "ok", "U", "U"}},
    Expected{0xE5, {"UR", "UR", "U", "SR", "D", "U"}},
    Expected{0xE8, {"UR", "UR", "U", "SR", "U", "ok"}},
    Expected{0xE9, {"UR", "UR", "U", "SR", "U", "ok"}},
    Expected{0xEC, {"UR", "UR", "U", "SR", "U", "ok"}},
    Expected{0xEA, {"UR", "UR", "UR", "UR", "UR", "UR"}},  // this requester has no ENCAP_CAP
    Expected{0xEB, {"UR", "UR", "UR", "UR", "UR", "UR"}},
    Expected{0x85, {"UR", "UR", "U", "U", "U", "U"}},  // nor CHUNK_CAP
    Expected{0x86, {"UR", "UR", "U", "U", "U", "U"}},
    Expected{0xFF, {"VM", "VM", "I", "I", "I", "I"}},  // nothing is pending
    Expected{0xFE, {"VM", "VM", "UR", "UR", "U", "UR"}},
    Expected{0xE6, {"UR", "UR", "U", "ok", "U", "U"}},
    Expected{0xE7, {"UR", "UR", "U", "SR", "U", "U"}},
    Expected{0xED, {"UR", "UR", "U", "ok", "U", "ok"}},
    Expected{0xEE, {"UR", "UR", "U", "I", "U", "I"}},    // too short
    Expected{0x87, {"UR", "UR", "U", "ok", "U", "ok"}},  // of 1.3
    Expected{0xEF, {"UR", "UR", "U", "ok", "U", "ok"}},
    Expected{0xFC, {"UR", "UR", "U", "ok", "U", "ok"}},
    Expected{0xE2, {"UR", "UR", "UR", "UR", "UR", "UR"}},  // events, and keys that are changed: not here
    Expected{0xF0, {"UR", "UR", "UR", "UR", "UR", "UR"}},
    Expected{0xF1, {"UR", "UR", "UR", "UR", "UR", "UR"}},
    Expected{0xFD, {"UR", "UR", "UR", "UR", "UR", "UR"}},
    Expected{0x90, {"UR", "UR", "UR", "UR", "UR", "UR"}},  // no such request, and a response
    Expected{0x60, {"UR", "UR", "UR", "UR", "UR", "UR"}},
};

/// A request that is right but for its state; the requester's own for what needs its keys.
Bytes request_of(std::uint8_t code, Version version) {
    const auto v = static_cast<std::uint8_t>(version);
    const auto with = [&](std::string_view rest) {
        return concat({{{v, code}}, *from_hex(rest)});
    };
    const Bytes context(version >= Version::v1_3 ? 8 : 0, 0x44);  // RequesterContext
    switch (code) {
        case 0x84: return *from_hex("10840000");
        case 0xE1: {
            Bytes out = with("0000 00000000 c6660000");
            if (version >= Version::v1_2) append(out, *from_hex("00120000 00120000"));
            return out;
        }
        case 0xE3:
            if (version == Version::v1_0)  // no structures
                return with("0000 2000 01 00 80000000 02000000 000000000000000000000000 00000000");
            return with(
                "0300 2c00 01 02 80000000 02000000 000000000000000000000000 00000000 02201000 03200200 "
                "05200100");
        case 0x82: return with("0000 0000 ffff");
        case 0x83: return concat({with("00ff"), Bytes(32, 0x33), context});
        case 0xE0: return concat({with("00ff"), context});
        case 0xED: return with("0000 0000 0000");
        case 0x87: return with("0100 00000000");
        case 0xEF: return with("0000 00000000 00010000");
        case 0xFC: return with("0000 01");
        case 0xE5:
        case 0xE7: return concat({with("0000"), Bytes(48)});
        case 0xE6: {
            Bytes out = with("0000 0200 0500 3000 1400");
            const Bytes opaque = supported_versions(version, {secured_1_1});
            out[10] = static_cast<std::uint8_t>(opaque.size());
            append(out, concat({as_bytes(SampleDevice::psk_hint), Bytes(48, 0x44), opaque}));
            return out;
        }
        case 0xE9: return with("0107");
        case 0xFE: return with("0000 0300 02 3412 0000");
        default: return with("0000");
    }
}

/// A connection in the state of that column; KEY_EXCHANGE of its requester is what it sends next.
std::unique_ptr<TestConnection> bring_to(Column column, Version version, bool clear_handshake) {
    RequesterPlan plan = session_plan(version);
    plan.flags |= cap::psk_plain;
    if (clear_handshake) plan.flags |= cap::handshake_in_the_clear;
    constexpr std::array<std::size_t, 6> steps{0, 1, 2, 5, 6, 7};
    auto out = std::make_unique<TestConnection>(plan);
    for (std::size_t i = 0; i < steps.at(static_cast<std::size_t>(column)); ++i) {
        const auto ok = out->requester.receive(out->send());
        BOOST_REQUIRE_MESSAGE(bool(ok), (ok ? "" : ok.error().text()));
        // The chain comes in more than one portion.
        while (i == 4 && !out->requester.done() && out->requester.next()[1] == 0x82)
            BOOST_REQUIRE(bool(out->requester.receive(out->send())));
    }
    return out;
}

std::string in_letters(ByteView answer, std::uint8_t code, std::uint8_t version) {
    if (answer.size() < 4) return "nothing";
    if (answer[0] != version) return "of version " + to_hex(answer.first(1));
    if (answer[1] != 0x7F && answer[1] == (code & 0x7F)) return "ok";
    if (answer[1] != 0x7F) return "message " + to_hex(answer.subspan(1, 1));
    if (answer.size() != 4) return "ERROR of another size";
    if (answer[2] == 0x07) return answer[3] == code ? "UR" : "UR of another code";
    if (answer[3] != 0) return "Param2 " + to_hex(answer.subspan(3, 1));
    switch (answer[2]) {
        case 0x01: return "I";
        case 0x04: return "U";
        case 0x05: return "unspecified";
        case 0x06: return "D";
        case 0x0B: return "SR";
        case 0x41: return "VM";
        default: return "ERROR " + to_hex(answer.subspan(2, 1));
    }
}

std::string answer_in(Column column, std::uint8_t code, Version version, bool clear_handshake = false) {
    const auto connection = bring_to(column, version, clear_handshake);
    // KEY_EXCHANGE with a point on the curve, as the requester of another connection makes it.
    const Bytes request = code == 0xE4
                              ? bring_to(Column::negotiated, version, clear_handshake)->requester.next()
                              : request_of(code, version);
    if (column >= Column::handshake) {
        Session& session = *connection->requester.session();
        const auto sealed = connection->responder.execute_secured(session.channel().seal(request));
        if (!sealed) return "nothing";
        const auto answer = session.channel().open(*sealed);
        return answer ? in_letters(answer->bytes(), code, static_cast<std::uint8_t>(version)) : "not opened";
    }
    const bool negotiated =
        column >= Column::after_capabilities || (code == 0xE1 && column == Column::after_version);
    const Bytes answer = connection->responder.execute(request);
    return in_letters(answer, code,
                      negotiated && code != 0x84 ? static_cast<std::uint8_t>(version) : std::uint8_t{0x10});
}

/// What that version makes of the matrix of 1.2.
std::string expected_in(const Expected& row, std::size_t column, Version version) {
    const Command* command = find_command(Code{row.code});
    if (command != nullptr && command->since > version) return "UR";
    if (row.answers.at(column) == "VM" && version == Version::v1_0) {
        // Before capabilities 1.0 is the version: it fits.
        if (row.code == 0xFF) return "I";
        return row.code == 0xFE ? "UR" : "U";
    }
    if (row.answers.at(column) == "SR" && version < Version::v1_2) return "unspecified";
    return std::string{row.answers.at(column)};
}

BOOST_AUTO_TEST_CASE(every_request_in_every_state) {
    for (const Version version : {Version::v1_0, Version::v1_1, Version::v1_2, Version::v1_3})
        for (const Expected& row : matrix)
            for (std::size_t column = 0; column < (version == Version::v1_0 ? 4U : 6U); ++column) {
                const std::string answer = answer_in(static_cast<Column>(column), row.code, version);
                BOOST_TEST(answer == expected_in(row, column, version),
                           to_hex({{static_cast<std::uint8_t>(version)}})
                               << ": " << message_name(Code{row.code}) << ' ' << to_hex({{row.code}})
                               << " in " << column_names.at(column) << ": " << answer << ", expected "
                               << expected_in(row, column, version));
            }
}

BOOST_AUTO_TEST_CASE(the_matrix_has_every_request) {
    for (const Command& command : commands())
        BOOST_TEST((std::ranges::find(matrix, static_cast<std::uint8_t>(command.code), &Expected::code) !=
                    matrix.end()),
                   command.name);
}

BOOST_AUTO_TEST_CASE(a_handshake_in_the_clear_takes_finish_in_the_clear_alone) {
    for (const Version version : {Version::v1_1, Version::v1_2}) {
        BOOST_TEST(answer_in(Column::handshake, 0xE5, version, true) == "U");
        const auto v = static_cast<std::uint8_t>(version);
        const auto plain = [&](Column column) {
            const auto connection = bring_to(column, version, true);
            return in_letters(connection->responder.execute(request_of(0xE5, version)), 0xE5, v);
        };
        BOOST_TEST(plain(Column::negotiated) == (version == Version::v1_2 ? "SR" : "unspecified"));
        BOOST_TEST(plain(Column::handshake) == "D");
        BOOST_TEST(plain(Column::established) == "U");
    }
}

BOOST_AUTO_TEST_CASE(plain_requests_go_on_beside_a_session) {
    for (const Column column : {Column::handshake, Column::established})
        for (const std::uint8_t code : std::to_array<std::uint8_t>({0x81, 0x82, 0x83, 0xE0})) {
            const auto connection = bring_to(column, Version::v1_2, false);
            const Bytes answer = connection->responder.execute(request_of(code, Version::v1_2));
            BOOST_TEST(in_letters(answer, code, 0x12) == "ok", to_hex({{code}}));
            BOOST_TEST(connection->responder.session(0xFFFF'0001) != nullptr);
        }
}

BOOST_AUTO_TEST_CASE(get_version_ends_every_session) {
    const auto connection = bring_to(Column::established, Version::v1_2, false);
    Session& session = *connection->requester.session();
    (void)connection->responder.execute(*from_hex("10840000"));
    BOOST_TEST(connection->responder.established() == nullptr);
    BOOST_TEST(!connection->responder.execute_secured(session.channel().seal(*from_hex("12e80000"))));
}

BOOST_AUTO_TEST_CASE(a_wrong_version_is_told_inside_a_session) {
    for (const std::uint8_t code : std::to_array<std::uint8_t>({0x81, 0xE8, 0xE9, 0xEC, 0xE0})) {
        const auto connection = bring_to(Column::established, Version::v1_2, false);
        Session& session = *connection->requester.session();
        for (const std::uint8_t version : std::to_array<std::uint8_t>({0x11, 0x13})) {
            Bytes request = request_of(code, Version::v1_2);
            request[0] = version;
            const auto sealed = connection->responder.execute_secured(session.channel().seal(request));
            BOOST_REQUIRE(sealed.has_value());
            const auto answer = session.channel().open(*sealed);
            BOOST_REQUIRE(bool(answer));
            BOOST_TEST(in_letters(answer->bytes(), code, 0x12) == "VM");
        }
    }
}

}  // namespace
}  // namespace assay::spdm
