#include "models/spdm/recorded_sessions.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "models/spdm/command_table.hpp"

namespace assay::spdm {
namespace {

Bytes hex(std::string_view text) {
    auto out = from_hex(text);
    if (!out) throw std::runtime_error("recorded session: not hexadecimal");
    return *std::move(out);
}

template <class T>
Bytes same(ByteView message) {
    const auto out = decode<T>(message, byte_order);
    return out ? encode(*out, byte_order) : Bytes{};
}
template <class T>
Bytes same_as(ByteView message, const Layout& layout) {
    const auto out = decode_as<T>(message, layout);
    return out ? encode(*out, byte_order) : Bytes{};
}

/// A fixed part, then Param1 algorithm structures.
template <class T>
Bytes with_structures(ByteView message) {
    Reader in{message, byte_order};
    T fixed;
    if (!in.get(fixed)) return {};
    Bytes out = encode(fixed, byte_order);
    for (unsigned i = 0; i < fixed.header.param1; ++i) {
        AlgStruct one;
        if (!in.get(one)) return {};
        append(out, encode(one, byte_order));
    }
    return in.finish() ? out : Bytes{};
}

/// A part of one type, then one of another.
template <class First, class Second>
Bytes two(ByteView message) {
    Reader in{message, byte_order};
    First first;
    Second second;
    if (!in.get(first) || !in.get(second) || !in.finish()) return {};
    return concat({encode(first, byte_order), encode(second, byte_order)});
}

Code code_of(ByteView message) { return Code{message[1]}; }

}  // namespace

std::vector<RecordedMessage> recorded_text(ByteView file) {
    std::vector<RecordedMessage> out;
    std::string_view rest = as_text(file);
    for (std::size_t end = 0; !rest.empty(); rest.remove_prefix(std::min(end + 1, rest.size()))) {
        end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t type = line.find(' ') + 1;
        out.push_back({hex(line.substr(type, 2)).at(0), hex(line.substr(line.rfind(' ') + 1))});
    }
    return out;
}

std::vector<RecordedMessage> recorded_pcap(ByteView file) {
    constexpr std::size_t file_header = 24, packet_header = 16, mctp_header = 4;
    std::vector<RecordedMessage> out;
    for (std::size_t at = file_header; at < file.size();) {
        const std::size_t size = load<std::uint32_t>(file.subspan(at + 8), std::endian::little);
        const ByteView packet = file.subspan(at + packet_header, size);
        const ByteView message = packet.subspan(mctp_header + 1);
        out.push_back({packet[mctp_header], {message.begin(), message.end()}});
        at += packet_header + size;
    }
    return out;
}

const Bytes& KnownSession::at(std::string_view value) const {
    const auto found = values.find(value);
    if (found == values.end()) throw std::runtime_error(name + ": no " + std::string{value});
    return found->second;
}

const std::string& KnownSession::text(std::string_view key) const {
    const auto found = texts.find(key);
    if (found == texts.end()) throw std::runtime_error(name + ": no " + std::string{key});
    return found->second;
}

Bytes KnownSession::clear(Code code) const {
    const auto found =
        std::ranges::find_if(clear_messages, [&](const Bytes& m) { return code_of(m) == code; });
    return found == clear_messages.end() ? Bytes{} : *found;
}

KnownSession known_session(ByteView file) {
    const auto json = nlohmann::json::parse(as_text(file));
    KnownSession out;
    for (const auto& [key, value] : json.items()) {
        if (key == "clear_messages") {
            for (const auto& message : value)
                out.clear_messages.push_back(hex(message.at("spdm").get<std::string>()));
        } else if (key == "records") {
            for (const auto& r : value) {
                const auto bytes = [&r](const char* member) {
                    return hex(r.at(member).get<std::string>());
                };
                out.records.push_back({r.at("dir") == "req", r.at("epoch").get<std::string>(),
                                       r.at("seq").get<std::uint64_t>(), bytes("nonce"), bytes("aad"),
                                       bytes("plaintext"), bytes("spdm"), bytes("record")});
            }
        } else if (key == "keys") {
            for (const auto& [epoch, directions] : value.items())
                for (const auto& [direction, pair] : directions.items())
                    for (const auto& [what, text] : pair.items())
                        out.keys.emplace(epoch + '/' + direction + '/' + what, hex(text.get<std::string>()));
        } else if (key == "in_session_measurements") {
            for (const auto& [what, text] : value.items())
                out.values.emplace("measurements/" + what, hex(text.get<std::string>()));
        } else if (value.is_string()) {
            const auto text = value.get<std::string>();
            out.texts.emplace(key, text);
            if (const auto bytes = from_hex(text)) out.values.emplace(key, *bytes);
        }
    }
    out.name = out.text("name");
    out.session_id = json.at("session_id").get<std::uint32_t>();
    out.handshake_in_the_clear = json.at("handshake_in_the_clear").get<bool>();
    return out;
}

Connection connection_of(const std::vector<Bytes>& messages) {
    Connection out;
    for (const Bytes& message : messages) {
        Reader in{message, byte_order};
        const Code code = code_of(message);
        if (code == Code::get_capabilities || code == Code::capabilities) {
            Capabilities fixed;
            if (!in.get(fixed)) throw std::runtime_error("recorded session: capabilities");
            out.version = Version{message[0]};
            (code == Code::capabilities ? out.responder_flags : out.requester_flags) = fixed.flags;
        } else if (code == Code::algorithms) {
            Algorithms fixed;
            if (!in.get(fixed)) throw std::runtime_error("recorded session: algorithms");
            out.base_asym = fixed.base_asym_sel;
            out.base_hash = fixed.base_hash_sel;
            out.measurement_hash = fixed.measurement_hash_algo;
            out.opaque_format = fixed.other_params_selection;
            for (unsigned i = 0; i < fixed.header.param1; ++i) {
                AlgStruct one;
                if (!in.get(one)) throw std::runtime_error("recorded session: algorithms");
                if (one.alg_type == alg::dhe) out.dhe = one.alg_supported;
                if (one.alg_type == alg::aead) out.aead = one.alg_supported;
                if (one.alg_type == alg::req_base_asym) out.req_base_asym = one.alg_supported;
                if (one.alg_type == alg::key_schedule) out.key_schedule = one.alg_supported;
            }
        }
    }
    return out;
}

Bytes again(ByteView request, const Connection& connection) {
    switch (code_of(request)) {
        case Code::get_capabilities:
            if (request[0] < 0x11) return same<Header>(request);
            return request[0] < 0x12 ? same<Capabilities>(request)
                                     : two<Capabilities, TransferSizes>(request);
        case Code::negotiate_algorithms: return with_structures<NegotiateAlgorithms>(request);
        case Code::get_certificate: return same<GetCertificate>(request);
        case Code::challenge: return same<Challenge>(request);
        case Code::get_measurements:
            return (request[2] & 1) != 0 ? same<GetMeasurements>(request) : same<Header>(request);
        case Code::key_exchange: return same_as<KeyExchange>(request, connection.layout());
        case Code::finish: return same_as<Finish>(request, connection.layout());
        default: return same<Header>(request);
    }
}

Bytes again(ByteView request, ByteView response, const Connection& connection) {
    switch (code_of(response)) {
        case Code::version: return same<VersionResponse>(response);
        case Code::capabilities:
            return response[0] < 0x12 ? same<Capabilities>(response)
                                      : two<Capabilities, TransferSizes>(response);
        case Code::algorithms: return with_structures<Algorithms>(response);
        case Code::digests:
            return response_size(request, response, {hash_size(connection.base_hash), 0, 0}) ==
                           response.size()
                       ? concat({response})
                       : Bytes{};
        case Code::certificate: return same<CertificateResponse>(response);
        case Code::challenge_auth: return same_as<ChallengeAuth>(response, connection.layout(request[3]));
        case Code::measurements: {
            const std::size_t signature = (request[2] & 1) != 0 ? signature_size(connection.base_asym) : 0;
            if (response.size() < signature) return {};
            const Bytes fixed = same<Measurements>(response.first(response.size() - signature));
            return fixed.empty() ? Bytes{} : concat({fixed, response.last(signature)});
        }
        case Code::key_exchange_rsp:
            return same_as<KeyExchangeResponse>(
                response, connection.layout(request[2], !connection.handshake_in_the_clear()));
        case Code::finish_rsp:
            return same_as<FinishResponse>(response,
                                           connection.layout(0, connection.handshake_in_the_clear()));
        default: return same<Header>(response);
    }
}

}  // namespace assay::spdm
