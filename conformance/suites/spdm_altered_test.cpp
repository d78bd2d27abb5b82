#include "conformance/suites/spdm_altered.hpp"

#include <map>
#include <optional>

#include "conformance/targets/model_spdm.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/sample_device.hpp"

namespace assay::conformance {
namespace {

using Json = nlohmann::json;

Bytes hex_of(const Json& value) {
    auto out = from_hex(value.get<std::string>());
    if (!out) throw std::invalid_argument("not hex: " + value.dump());
    return *std::move(out);
}
unsigned byte_of(const Json& value) { return hex_of(value).at(0); }

/// An offset: a number, from the end where it is negative, or a field whose place the message tells.
std::optional<std::size_t> place_of(ByteView message, const Json& offset, std::size_t size) {
    std::int64_t at = 0;
    if (offset.is_number()) {
        at = offset.get<std::int64_t>();
        if (at < 0) at += static_cast<std::int64_t>(message.size());
    } else if (offset == "measurements.nonce") {
        if (message.size() < 8) return std::nullopt;
        at = 8 + (message[5] | message[6] << 8 | message[7] << 16);
    } else {
        throw std::invalid_argument("an unknown place: " + offset.dump());
    }
    if (at < 0 || static_cast<std::size_t>(at) + size > message.size()) return std::nullopt;
    return static_cast<std::size_t>(at);
}

/// What an alteration keeps from one message to the next.
struct Memory {
    std::map<Bytes, Bytes> answers;  // by request
    std::optional<Bytes> first;      // what "freeze" saw first
    unsigned seen = 0;
};

void edit(const Json& change, Bytes& message, Memory& memory) {
    if (change.contains("set") || change.contains("xor")) {
        const bool set = change.contains("set");
        const Json& what = change.at(set ? "set" : "xor");
        const Bytes bytes = hex_of(what.at("bytes"));
        const auto at = place_of(message, what.at("offset"), bytes.size());
        for (std::size_t i = 0; at && i < bytes.size(); ++i)
            message[*at + i] = static_cast<std::uint8_t>(set ? bytes[i] : message[*at + i] ^ bytes[i]);
    }
    if (change.contains("freeze")) {
        const auto size = change.at("freeze").at("size").get<std::size_t>();
        if (const auto at = place_of(message, change.at("freeze").at("offset"), size)) {
            const auto begin = message.begin() + static_cast<std::ptrdiff_t>(*at);
            if (!memory.first) memory.first.emplace(begin, begin + static_cast<std::ptrdiff_t>(size));
            std::ranges::copy(*memory.first, begin);
        }
    }
    if (change.contains("cut")) {
        const auto less = change.at("cut").get<std::size_t>();
        message.resize(message.size() - std::min(less, message.size()));
    }
    if (change.contains("resize"))
        message.resize(std::min(message.size(), change.at("resize").get<std::size_t>()));
    if (change.contains("append")) append(message, hex_of(change.at("append")));
    if (change.contains("be")) {  // the version stays
        message.resize(1);
        append(message, hex_of(change.at("be")));
    }
    if (change.value("drop", false)) message.clear();
}

/// Whether `alteration` is of this message: by the code of the request, where it travels, and bytes that it
/// has.
bool is_of(const Json& alteration, ByteView request, ByteView answer, bool inside, Memory& memory) {
    if (alteration.contains("request") &&
        (request.size() < 2 || byte_of(alteration.at("request")) != request[1]))
        return false;
    if (alteration.contains("answer") && (answer.size() < 2 || byte_of(alteration.at("answer")) != answer[1]))
        return false;
    if (alteration.contains("unanswered") && alteration.at("unanswered").get<bool>() != answer.empty())
        return false;
    if (alteration.contains("inside") && alteration.at("inside").get<bool>() != inside) return false;
    if (alteration.contains("if"))
        for (const Json& one : alteration.at("if")) {
            const ByteView message = one.value("of", "request") == "answer" ? answer : request;
            const auto at = place_of(message, one.at("offset"), 1);
            const unsigned mask = byte_of(one.value("mask", Json("ff")));
            if (!at) return false;
            const bool equal_to = (message[*at] & mask) == byte_of(one.at("is"));
            if (equal_to == one.value("not", false)) return false;
        }
    ++memory.seen;
    return memory.seen > alteration.value("after", 0U);
}

struct Altered {
    const Json* alteration;
    Memory memory{};
};
class Alterations {
public:
    Alterations(const Json& all, std::string_view at) {
        for (const Json& one : all)
            if (one.at("at") == at) list_.push_back({&one});
    }
    std::vector<Altered>& list() { return list_; }

private:
    std::vector<Altered> list_;
};

class ConstantRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0x5A}); }
};

/// Changes of what the responder is made of: profile, blocks, signatures.
class AlteredDevice final : public spdm::SampleDevice {
public:
    AlteredDevice(const Json& all, std::uint64_t seed) : SampleDevice(seed) {
        // What is altered has 1.0 to 1.2, and sessions by certificate and pre-shared key: a change of one
        // thing is not to be found again by every feature that builds on it.
        spdm::Profile& is = mutable_profile();
        namespace cap = spdm::cap;
        is.versions = {spdm::Version::v1_0, spdm::Version::v1_1, spdm::Version::v1_2};
        is.flags = cap::cert | cap::chal | cap::meas_sig | cap::meas_fresh | cap::encrypt | cap::mac |
                   cap::key_ex | cap::psk_with_context | cap::hbeat | cap::key_upd |
                   cap::handshake_in_the_clear;
        is.base_asym = {spdm::alg::ecdsa_p384, spdm::alg::ecdsa_p256};
        is.base_hash = {spdm::alg::sha384, spdm::alg::sha256};
        is.dhe = {spdm::alg::dhe_p384, spdm::alg::dhe_p256};
        is.max_message_size = 0;
        is.mutual_auth = {};
        is.basic_mut_auth = false;
        static const auto identities = std::make_shared<spdm::SampleIdentities>();
        share(identities);  // of all of them: a case needs one, and a run has thousands
        for (const Json& one : all)
            if (one.at("at") == "device") take(one.at("do"));
    }
    const std::vector<spdm::MeasurementBlock>& measurements() const override { return altered_; }
    Bytes opaque_data(const spdm::Connection& connection) const override {
        return opaque_ ? *opaque_ : SampleDevice::opaque_data(connection);
    }
    Random& random() override { return constant_ ? constant_random_ : SampleDevice::random(); }
    Bytes sign(std::uint8_t slot, const spdm::Connection& connection, std::string_view context,
               ByteView message) override {
        const std::uint8_t by = signer_.value_or(slot);
        const bool hit = signed_context_.empty() || context.find(signed_context_) != std::string_view::npos;
        const std::size_t prefix = std::min<std::size_t>(skip_, message.size());
        return SampleDevice::sign(hit ? by : slot, connection, context,
                                  hit ? message.subspan(prefix) : message);
    }

private:
    void take(const Json& change) {
        for (const auto& [key, value] : change.items()) {
            spdm::Profile& is = mutable_profile();
            if (key == "versions") {
                is.versions.clear();
                for (const std::uint8_t one : hex_of(value)) is.versions.push_back(spdm::Version{one});
            } else if (key == "mutual_auth")
                is.mutual_auth = value;
            else if (key == "basic_mut_auth")
                is.basic_mut_auth = value;
            else if (key == "max_message_size")
                is.max_message_size = value;
            else if (key == "max_sessions")
                is.max_sessions = value;
            else if (key == "flags_clear")
                is.flags &= ~load<std::uint32_t>(hex_of(value), std::endian::big);
            else if (key == "flags_set")
                is.flags |= load<std::uint32_t>(hex_of(value), std::endian::big);
            else if (key == "ct_exponent")
                is.ct_exponent = value;
            else if (key == "heartbeat_period")
                is.heartbeat_period = value;
            else if (key == "max_portion")
                is.max_portion = value;
            else if (key == "data_transfer_size")
                is.data_transfer_size = value;
            else if (key == "aead")
                is.aead = value.get<std::vector<std::uint16_t>>();
            else if (key == "base_hash")
                is.base_hash = value.get<std::vector<std::uint32_t>>();
            else if (key == "opaque")
                opaque_ = hex_of(value);
            else if (key == "random")
                constant_ = value == "constant";
            else if (key == "signer")
                signer_ = value.get<std::uint8_t>();
            else if (key == "signed")
                signed_context_ = value;
            else if (key == "skip")
                skip_ = value;
            else if (key == "block")
                change_block(value);
            else
                throw std::invalid_argument("an unknown change of a device: " + key);
        }
    }
    void change_block(const Json& change) {
        for (auto& block : altered_) {
            if (block.index != change.at("index").get<unsigned>()) continue;
            if (change.contains("to")) block.index = change.at("to");
            if (change.contains("type"))
                block.value_type = static_cast<std::uint8_t>(byte_of(change.at("type")));
            if (!change.contains("value")) continue;
            block.value = hex_of(change.at("value"));
            block.value_size = static_cast<std::uint16_t>(block.value.size());
            block.measurement_size = static_cast<std::uint16_t>(block.value.size() + 3);
        }
        if (change.value("last", false)) std::ranges::rotate(altered_, altered_.begin() + 1);
    }

    std::vector<spdm::MeasurementBlock> altered_ = SampleDevice::measurements();
    std::optional<Bytes> opaque_;
    std::optional<std::uint8_t> signer_;
    std::string signed_context_;
    std::size_t skip_ = 0;
    bool constant_ = false;
    ConstantRandom constant_random_;
};

class AlteredResponder final : public spdm::Responder {
public:
    AlteredResponder(const Json& all, spdm::Device& device)
        : Responder(device, spdm::mctp_records), requests_(all, "request"), answers_(all, "answer") {}

protected:
    Bytes respond(ByteView request, spdm::Session* session, std::size_t around) override {
        const bool inside = session != nullptr;
        Bytes in{request.begin(), request.end()};
        std::optional<Bytes> out;
        for (Altered& one : requests_.list()) {
            if (request[1] == 0x84) one.memory = {};
            if (!is_of(*one.alteration, request, {}, inside, one.memory)) continue;
            const Json& change = one.alteration->at("do");
            if (change.contains("alone")) {  // the responder never hears of it
                out.emplace(in);
                out->at(1) &= 0x7F;  // the request's parameters, in its response
            } else if (change.value("again", false)) {
                if (const auto known = one.memory.answers.find(in); known != one.memory.answers.end())
                    return known->second;
                Bytes answer = Responder::respond(request, session, around);
                if (answer.size() > 1 && answer[1] != 0x7F) one.memory.answers[in] = answer;
                return answer;
            } else if (change.value("version", false)) {
                in[0] = static_cast<std::uint8_t>(version());
            } else {
                edit(change, in, one.memory);
            }
        }
        if (!out) out = Responder::respond(in, session, around);
        for (Altered& one : answers_.list())
            if (is_of(*one.alteration, request, *out, inside, one.memory))
                edit(one.alteration->at("do"), *out, one.memory);
        return *out;
    }

private:
    Alterations requests_, answers_;
};

class AlteredSpdm final : public SpdmPort {
public:
    AlteredSpdm(Json alterations, std::uint64_t seed) : all_(std::move(alterations)), device_(all_, seed) {
        capabilities_ = spdm_capabilities([this](ByteView request) { return responder_->execute(request); });
        boot();
    }
    std::set<std::string> capabilities() const override { return capabilities_; }
    SpdmTransport transport() const override { return SpdmTransport::mctp; }
    SpdmShared shared() const override { return generic_spdm_shared(); }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        if (kind == SpdmKind::plain) return responder_->execute(message);
        Bytes record{message.begin(), message.end()};
        for (Altered& one : records_.list()) {
            if (!is_of(*one.alteration, record, {}, true, one.memory)) continue;
            const Json& change = one.alteration->at("do");
            if (!change.value("again", false)) {
                edit(change, record, one.memory);
                continue;
            }
            if (const auto known = one.memory.answers.find(record); known != one.memory.answers.end())
                return known->second;
            return one.memory.answers[record] = responder_->execute_secured(record).value_or(Bytes{});
        }
        Bytes out = responder_->execute_secured(record).value_or(Bytes{});
        for (Altered& one : sealed_.list())
            if (is_of(*one.alteration, message, out, true, one.memory))
                edit(one.alteration->at("do"), out, one.memory);
        return out;
    }
    Result<Nothing, PortError> reset() override {
        boot();
        return Nothing{};
    }

private:
    void boot() { responder_.emplace(all_, device_); }

    Json all_;
    AlteredDevice device_;
    std::optional<AlteredResponder> responder_{std::in_place, all_, device_};
    Alterations records_{all_, "record"}, sealed_{all_, "sealed"};
    std::set<std::string> capabilities_;
};

}  // namespace

std::unique_ptr<SpdmPort> make_altered_spdm(const nlohmann::json& alterations, std::uint64_t seed) {
    return std::make_unique<AlteredSpdm>(alterations, seed);
}

}  // namespace assay::conformance
