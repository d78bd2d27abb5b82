// Conversations of the DMTF reference requester and responder: every message keeps its bytes, every signature
// holds over what the transcripts say it covers.
#include <boost/test/unit_test.hpp>

#include "models/spdm/command_table.hpp"
#include "models/spdm/recorded_sessions.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"
#include "sim/crypto/x509.hpp"

namespace assay::spdm {
namespace {

constexpr std::array conversations{"spdm11_ECDSA_P256_SHA_256", "spdm11_ECDSA_P384_SHA_384",
                                   "spdm12_ECDSA_P256_SHA_256", "spdm12_ECDSA_P384_SHA_384"};

std::optional<Bytes> shared_file(const std::string& name) {
    const auto file = shared_data("vectors/spdm-transcripts/" + name);
    if (!file) return std::nullopt;
    return *read_file(*file, 1 << 20);
}

struct Conversation {
    std::vector<RecordedMessage> messages;
    std::vector<Bytes> clear;
    Connection connection;
};
std::vector<Conversation> recorded() {
    std::vector<Conversation> out;
    for (const auto* name : conversations)
        if (const auto text = shared_file(std::string{name} + ".txt")) {
            Conversation one{recorded_text(*text), {}, {}};
            for (const auto& message : one.messages)
                if (message.type == 5) one.clear.push_back(message.bytes);
            one.connection = connection_of(one.clear);
            out.push_back(std::move(one));
        }
    if (out.empty()) std::puts("skipped: shared data vectors/spdm-transcripts");
    return out;
}

BOOST_AUTO_TEST_CASE(capture_and_text_are_the_same_bytes) {
    for (const auto* name : conversations) {
        const auto text = shared_file(std::string{name} + ".txt"),
                   pcap = shared_file(std::string{name} + ".pcap");
        if (!text || !pcap) continue;
        const auto a = recorded_text(*text), b = recorded_pcap(*pcap);
        BOOST_REQUIRE(a.size() == 42U);
        BOOST_REQUIRE(a.size() == b.size());
        for (std::size_t i = 0; i < a.size(); ++i)
            BOOST_TEST((a[i].type == b[i].type && a[i].bytes == b[i].bytes), name << " message " << i + 1);
    }
}

BOOST_AUTO_TEST_CASE(every_recorded_message_keeps_its_bytes) {
    for (const Conversation& one : recorded())
        for (std::size_t i = 0; i + 1 < one.clear.size(); i += 2) {
            const Bytes &request = one.clear[i], &response = one.clear[i + 1];
            const auto title = message_title(request);
            BOOST_TEST(again(request, one.connection) == request, title);
            BOOST_TEST(again(request, response, one.connection) == response, title);
            // Under a transport's padding a message still knows its length.
            const Layout layout = one.connection.layout();
            Bytes padded = request;
            padded.resize(padded.size() + 3);
            BOOST_TEST(request_size(padded, layout) == request.size(), title);
            padded = response;
            padded.resize(padded.size() + 3);
            BOOST_TEST(response_size(request, padded, {layout.hash, layout.signature, layout.exchange}) ==
                           response.size(),
                       title);
            for (std::size_t size = 4; size < response.size(); ++size)
                if (response[1] != static_cast<std::uint8_t>(Code::digests))
                    BOOST_REQUIRE(
                        again(request, ByteView{response}.first(size), one.connection) !=
                        Bytes(response.begin(), response.begin() + static_cast<std::ptrdiff_t>(size)));
        }
}

BOOST_AUTO_TEST_CASE(every_recorded_signature_holds_over_its_transcript) {
    for (const Conversation& one : recorded()) {
        const Version version = one.connection.version;
        const crypto::Hash hash = hash_of(one.connection.base_hash).value();
        const Layout layout = one.connection.layout();
        Transcript transcript;
        std::map<std::uint8_t, Bytes> chains;
        unsigned signatures = 0;
        const auto verify = [&](std::uint8_t slot, std::string_view context, ByteView covered,
                                ByteView signature) {
            const auto certificates =
                crypto::certificates_from_der(ByteView{chains.at(slot)}.subspan(4 + layout.hash));
            BOOST_REQUIRE(bool(certificates));
            const auto key = certificates->back().public_key();
            const auto holds = [&](ByteView bytes) {
                return key.verify(crypto::SignatureScheme::ecdsa_raw, hash,
                                  signed_message(version, hash, context, bytes), signature);
            };
            BOOST_TEST(holds(covered), context);
            BOOST_TEST(!holds(covered.subspan(1)), context);
            ++signatures;
        };
        for (std::size_t i = 0; i + 1 < one.clear.size(); i += 2) {
            const Bytes &request = one.clear[i], &response = one.clear[i + 1];
            const ByteView unsigned_part = response.size() > layout.signature
                                               ? ByteView{response}.first(response.size() - layout.signature)
                                               : ByteView{};
            const TranscriptRule rule = find_command(Code{request[1]})->transcript;
            transcript.begin(rule, false);
            if ((rule.enters & piece::measurements) == 0) transcript.measurements().clear();
            switch (Code{request[1]}) {
                case Code::get_certificate: {
                    const auto in = decode<CertificateResponse>(response, byte_order);
                    BOOST_REQUIRE(bool(in));
                    chains[request[2]] = in->cert_chain;
                    break;
                }
                case Code::challenge:
                    verify(request[2], signing::challenge_auth,
                           concat({transcript.vca(), transcript.certificates(), request, unsigned_part}),
                           ByteView{response}.last(layout.signature));
                    transcript.authenticated();
                    break;
                case Code::get_measurements:
                    append(transcript.measurements(), concat({request, unsigned_part}));
                    verify(request.back(), signing::measurements,
                           l1_l2(version, transcript.vca(), transcript.measurements()),
                           ByteView{response}.last(layout.signature));
                    transcript.measurements().clear();
                    break;
                case Code::key_exchange: {
                    SessionTranscript session{hash, transcript.vca(),
                                              crypto::digest(hash, {chains.at(request[3])})};
                    session.add(request);
                    session.add(unsigned_part);  // the handshake is in the clear: nothing follows Signature
                    verify(request[3], signing::key_exchange_rsp, session.bytes(),
                           ByteView{response}.last(layout.signature));
                    const auto in =
                        decode_as<KeyExchangeResponse>(response, one.connection.layout(request[2]));
                    BOOST_REQUIRE(bool(in));
                    BOOST_TEST(read_selected_version(version, in->opaque.value).value_or(0) == secured_1_2);
                    break;
                }
                default: break;
            }
            transcript.answered(rule, request, response);
        }
        BOOST_TEST(signatures == 4U);
    }
}

BOOST_AUTO_TEST_CASE(opaque_data_is_that_of_the_reference) {  // bytes as they cross in both forms
    const std::vector<std::uint16_t> all{secured_1_0, secured_1_1, secured_1_2};
    const auto round = [&](Version version, std::string_view request, std::string_view response) {
        BOOST_TEST(supported_versions(version, all) == *from_hex(request));
        BOOST_TEST((read_supported_versions(version, *from_hex(request)) == all));
        BOOST_TEST(selected_version(version, secured_1_2) == *from_hex(response));
        BOOST_TEST(read_selected_version(version, *from_hex(response)).value_or(0) == secured_1_2);
        for (const auto& text : {request, response}) {
            const Bytes whole = *from_hex(text);
            for (std::size_t size = 0; size < whole.size(); ++size) {
                BOOST_TEST(!read_supported_versions(version, ByteView{whole}.first(size)));
                BOOST_TEST(!read_selected_version(version, ByteView{whole}.first(size)));
            }
        }
        BOOST_TEST(!read_selected_version(version, *from_hex(request)));
        BOOST_TEST(!read_supported_versions(version, *from_hex(response)));
    };
    round(Version::v1_1, "46544d4401010000 00000900 0101 03 0010 0011 0012 000000",
          "46544d4401010000 00000400 0100 0012");
    round(Version::v1_2, "01000000 00000900 010103001000110012 000000", "01000000 00000400 01000012");
}

}  // namespace
}  // namespace assay::spdm
