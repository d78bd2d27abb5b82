// Chunked oblivious HTTP: Appendix A of draft-08, two more suites, and streams that are cut, swapped or
// empty.
#include "models/ohttp/chunks.hpp"

#include <set>

#include "models/ohttp/test_vectors.hpp"

namespace assay::ohttp {
namespace {

namespace hpke = crypto::hpke;
using testing::hex;
using testing::json;
using testing::Script;
using testing::Setting;
using testing::shared_json;

std::vector<std::string> texts(const json& list) { return list.get<std::vector<std::string>>(); }

/// All chunks of a stream that is given in pieces of `step` bytes; the error's name, or "complete".
std::string read_all(ChunkReader& reader, ByteView stream, std::size_t step, std::vector<std::string>& out) {
    Bytes room(max_chunk_plaintext);
    const auto drain = [&]() -> std::string {
        for (;;) {
            const auto chunk = reader.next(room);
            if (!chunk) return std::string{name(chunk.error())};
            if (!*chunk) return {};
            out.push_back(to_hex((*chunk)->plaintext));
        }
    };
    while (!stream.empty()) {
        const ByteView piece = stream.first(std::min(step, stream.size()));
        stream = stream.subspan(piece.size());
        reader.push(piece);
        if (auto error = drain(); !error.empty()) return error;
    }
    reader.end();
    if (auto error = drain(); !error.empty()) return error;
    return reader.complete() ? "complete" : "neither";
}

/// Of a request to `key`; "truncated" where even the head is not there.
std::string read_request(const crypto::PrivateKey& key, ByteView message, std::size_t step,
                         std::vector<std::string>& out) {
    const RequestHeader header{message[0], load<std::uint16_t>(message.subspan(1), std::endian::big),
                               load<std::uint16_t>(message.subspan(3), std::endian::big),
                               load<std::uint16_t>(message.subspan(5), std::endian::big)};
    const std::size_t enc_size = hpke::facts(static_cast<hpke::KemId>(header.kem_id))->public_key_size;
    auto received = accept_chunked_request(key, header, message.subspan(RequestHeader::size, enc_size));
    BOOST_REQUIRE(received);
    return read_all(received->reader, message.subspan(RequestHeader::size + enc_size), step, out);
}

struct Exchange {
    Setting setting;
    crypto::PrivateKey own, ephemeral;
    KeyConfig config;
    SymmetricPair pair;
};
std::unique_ptr<Exchange> exchange_of(const json& v) {
    Setting setting;
    const auto kem = v.at("kem_id").get<hpke::KemId>();
    const SymmetricPair pair{v.at("kdf_id").get<hpke::KdfId>(), v.at("aead_id").get<hpke::AeadId>()};
    auto out = std::unique_ptr<Exchange>{
        new Exchange{{},
                     crypto::PrivateKey::generate(setting.context, crypto::KeyType::x25519),
                     crypto::PrivateKey::generate(setting.context, crypto::KeyType::x25519),
                     {},
                     pair}};
    out->own = *hpke::deserialize_private_key(out->setting.context, kem, hex(v, "skR"));
    out->ephemeral = *hpke::deserialize_private_key(out->setting.context, kem, hex(v, "skE"));
    out->config = {v.at("key_id").get<std::uint8_t>(), kem, out->own.public_key().point(), {pair}};
    return out;
}

/// Both directions of a draft-08 vector, remade and read in pieces.
void check_exchange(const json& v) {
    const auto e = exchange_of(v);
    auto request = start_chunked_request(e->setting.context, e->config, e->pair, &e->ephemeral);
    BOOST_REQUIRE(request);
    BOOST_TEST(to_hex(request_info(chunked_labels.request, header_of(e->config, e->pair))) ==
               v.at("info").get<std::string>());
    const auto write = [](ChunkWriter& writer, Bytes head, const std::vector<std::string>& chunks) {
        for (std::size_t i = 0; i < chunks.size(); ++i) {
            const Bytes plaintext = from_hex(chunks[i]).value();
            append(head, i + 1 < chunks.size() ? writer.chunk(plaintext) : writer.last(plaintext));
        }
        return head;
    };
    const auto request_chunks = texts(v.at("request_chunks")),
               response_chunks = texts(v.at("response_chunks"));
    const Bytes stream = write(request->writer, request->head, request_chunks);
    BOOST_TEST(to_hex(stream) == to_hex(hex(v, "encapsulated_request")));

    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
        std::vector<std::string> got;
        BOOST_TEST(read_request(e->own, stream, step, got) == "complete");
        BOOST_TEST(got == request_chunks, boost::test_tools::per_element());
    }
    Script nonce{hex(v, "response_nonce")};
    auto response = start_chunked_response(request->context, nonce);
    const Bytes answer = write(response.writer, response.head, response_chunks);
    BOOST_TEST(to_hex(answer) == to_hex(hex(v, "encapsulated_response")));
    for (const std::size_t step : {std::size_t{1}, std::size_t{5}, answer.size()}) {
        ChunkReader reader{request->context};
        std::vector<std::string> got;
        BOOST_TEST(read_all(reader, answer, step, got) == "complete");
        BOOST_TEST(got == response_chunks, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE(chunks)

BOOST_AUTO_TEST_CASE(the_exchange_of_draft_08_appendix_a_is_remade) {
    const auto data = shared_json("ohttp/chunked-ohttp-08-appendix-a.json");
    if (data) check_exchange(data->at("vectors").at(0));
}

BOOST_AUTO_TEST_CASE(exchanges_of_other_suites_are_remade) {
    const auto data = shared_json("ohttp/generated-chunked.json");
    if (!data) return;
    std::size_t checked = 0;
    for (const json& v : data->at("vectors"))
        if (v.at("dialect") == "draft-08") {
            check_exchange(v);
            ++checked;
        }
    BOOST_TEST(checked == 2U);
}

BOOST_AUTO_TEST_CASE(bad_streams_end_as_the_vectors_say) {
    const auto cases = shared_json("ohttp/negative-chunked.json");
    const auto base = shared_json("ohttp/chunked-ohttp-08-appendix-a.json");
    if (!cases || !base) return;
    const auto e = exchange_of(base->at("vectors").at(0));
    const auto request = start_chunked_request(e->setting.context, e->config, e->pair, &e->ephemeral);
    BOOST_REQUIRE(request);
    std::size_t checked = 0;
    for (const json& c : cases->at("cases")) {
        const Bytes message = hex(c, "message");
        for (const std::size_t step : {std::size_t{1}, std::size_t{10000}}) {
            std::vector<std::string> chunks;
            std::string got;
            if (c.at("direction") == "request") {
                got = read_request(e->own, message, step, chunks);
            } else {
                ChunkReader reader{request->context};
                got = read_all(reader, message, step, chunks);
            }
            BOOST_TEST(got == c.at("expect").get<std::string>(), c.at("direction") << " " << c.at("name"));
        }
        ++checked;
    }
    BOOST_TEST(checked == 20U);
    std::cout << "vectors: ohttp/negative-chunked.json " << checked << "\n";
}

// A full check of a published file finds its three mistakes, and no other.
BOOST_AUTO_TEST_CASE(the_mistakes_of_a_published_file_are_found) {
    const auto data = shared_json("ohttp/flawed-chunked.json");
    const auto base = shared_json("ohttp/chunked-ohttp-08-appendix-a.json");
    if (!data || !base) return;
    const json& v = data->at("vectors").at(0);
    const auto e = exchange_of(base->at("vectors").at(0));
    std::set<std::string> wrong;
    if (hex(v, "info") != request_info(chunked_labels.request, header_of(e->config, e->pair)))
        wrong.insert("info");
    if (hex(v, "keyConfig") !=
        encode_config(decode_list(concat({store(std::uint16_t{45}, std::endian::big),
                                          ByteView{hex(base->at("vectors").at(0), "key_config")}}))
                          ->front()))
        wrong.insert("keyConfig");
    std::vector<std::string> chunks, said;
    BOOST_TEST(read_request(e->own, hex(v, "encapsulatedRequest"), 1, chunks) == "complete");
    for (const json& chunk : v.at("requestChunks")) said.push_back(chunk.at("plaintext"));
    if (chunks != said) wrong.insert("requestChunks");
    const auto request = start_chunked_request(e->setting.context, e->config, e->pair, &e->ephemeral);
    ChunkReader reader{request->context};
    std::vector<std::string> answer, said_answer;
    BOOST_TEST(read_all(reader, hex(v, "encapsulatedResponse"), 1, answer) == "complete");
    for (const json& chunk : v.at("responseChunks")) said_answer.push_back(chunk.at("plaintext"));
    if (answer != said_answer) wrong.insert("responseChunks");
    BOOST_TEST(wrong == (std::set<std::string>{"info", "keyConfig", "requestChunks"}),
               boost::test_tools::per_element());
}

// Every cut of a response leaves it incomplete: the partial plaintext is no message.
BOOST_AUTO_TEST_CASE(a_response_that_was_cut_anywhere_is_incomplete) {
    const auto base = shared_json("ohttp/chunked-ohttp-08-appendix-a.json");
    if (!base) return;
    const json& v = base->at("vectors").at(0);
    const auto e = exchange_of(v);
    const auto request = start_chunked_request(e->setting.context, e->config, e->pair, &e->ephemeral);
    const Bytes whole = hex(v, "encapsulated_response");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ChunkReader reader{request->context};
        std::vector<std::string> got;
        const std::string outcome = read_all(reader, ByteView{whole}.first(size), 3, got);
        BOOST_TEST(!reader.complete());
        // Within the last chunk's tag it does not open; before, it is plainly not there.
        BOOST_TEST((outcome == "incomplete" || outcome == "open-error"), size << ": " << outcome);
    }
}

BOOST_AUTO_TEST_CASE(chunks_of_16384_bytes_are_taken_and_longer_ones_refused) {
    Setting setting;
    const auto own = crypto::PrivateKey::generate(setting.context, crypto::KeyType::x25519);
    const SymmetricPair pair{hpke::KdfId::sha256, hpke::AeadId::aes_128_gcm};
    const KeyConfig config{1, hpke::KemId::x25519_sha256, own.public_key().point(), {pair}};
    auto request = start_chunked_request(setting.context, config, pair);
    BOOST_REQUIRE(request);
    const Bytes large(max_chunk_plaintext, 'x'), larger(max_chunk_plaintext + 1, 'x');
    Bytes stream = request->head;
    append(stream, request->writer.chunk(large));
    BOOST_CHECK_THROW(request->writer.chunk(larger), std::logic_error);
    BOOST_CHECK_THROW(request->writer.chunk({}), std::logic_error);
    append(stream, request->writer.last({}));
    BOOST_CHECK_THROW(request->writer.last({}), std::logic_error);
    std::vector<std::string> got;
    BOOST_TEST(read_request(own, stream, 100, got) == "complete");
    BOOST_TEST(got.size() == 2U);
    Bytes huge = request->head;
    append(huge, from_hex("80004011").value());  // one byte more than 16384 and a tag
    std::vector<std::string> none;
    BOOST_TEST(read_request(own, huge, 100, none) == "too-long");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::ohttp
