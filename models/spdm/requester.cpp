#include "models/spdm/requester.hpp"

#include "models/spdm/command_table.hpp"

namespace assay::spdm {

const Requester::Row& Requester::row(Step step) {
    using Q = Requester;
    static constexpr bool clear = false, inside = true;
    // clang-format off
    static constexpr std::array table{
        Row{Step::version,              "GET_VERSION",          Code::get_version,          Code::version,          &Q::get_version,          &Q::version,          nullptr,              clear},
        Row{Step::capabilities,         "GET_CAPABILITIES",     Code::get_capabilities,     Code::capabilities,     &Q::get_capabilities,     &Q::capabilities,     nullptr,              clear},
        Row{Step::algorithms,           "NEGOTIATE_ALGORITHMS", Code::negotiate_algorithms, Code::algorithms,       &Q::negotiate_algorithms, &Q::algorithms,       nullptr,              clear},
        Row{Step::digests,              "GET_DIGESTS",          Code::get_digests,          Code::digests,          &Q::get_digests,          &Q::digests,          nullptr,              clear},
        Row{Step::certificate,          "GET_CERTIFICATE",      Code::get_certificate,      Code::certificate,      &Q::get_certificate,      &Q::certificate,      &Q::more_certificate, clear},
        Row{Step::challenge,            "CHALLENGE",            Code::challenge,            Code::challenge_auth,   &Q::challenge,            &Q::challenge_auth,   nullptr,              clear},
        Row{Step::measurements,         "GET_MEASUREMENTS",     Code::get_measurements,     Code::measurements,     &Q::get_measurements,     &Q::measurements,     nullptr,              clear},
        Row{Step::key_exchange,         "KEY_EXCHANGE",         Code::key_exchange,         Code::key_exchange_rsp, &Q::key_exchange,         &Q::key_exchange_rsp, nullptr,              clear},
        Row{Step::finish,               "FINISH",               Code::finish,               Code::finish_rsp,       &Q::finish,               &Q::finish_rsp,       nullptr,              inside},
        Row{Step::psk_exchange,         "PSK_EXCHANGE",         Code::psk_exchange,         Code::psk_exchange_rsp, &Q::psk_exchange,         &Q::psk_exchange_rsp, nullptr,              clear},
        Row{Step::psk_finish,           "PSK_FINISH",           Code::psk_finish,           Code::psk_finish_rsp,   &Q::psk_finish,           &Q::psk_finish_rsp,   nullptr,              inside, &Q::psk_unfinished},
        Row{Step::session_measurements, "GET_MEASUREMENTS",     Code::get_measurements,     Code::measurements,     &Q::get_measurements,     &Q::measurements,     nullptr,              inside},
        Row{Step::message,              "message",              Code::error,                Code::error,            &Q::message,              &Q::any,              nullptr,              inside},
        Row{Step::heartbeat,            "HEARTBEAT",            Code::heartbeat,            Code::heartbeat_ack,    &Q::heartbeat,            &Q::heartbeat_ack,    nullptr,              inside},
        Row{Step::update_key,           "KEY_UPDATE",           Code::key_update,           Code::key_update_ack,   &Q::update_key,           &Q::key_updated,      nullptr,              inside},
        Row{Step::update_all_keys,      "KEY_UPDATE",           Code::key_update,           Code::key_update_ack,   &Q::update_all_keys,      &Q::all_keys_updated, nullptr,              inside},
        Row{Step::verify_key,           "KEY_UPDATE",           Code::key_update,           Code::key_update_ack,   &Q::verify_key,           &Q::key_verified,     nullptr,              inside},
        Row{Step::end_session,          "END_SESSION",          Code::end_session,          Code::end_session_ack,  &Q::end_session,          &Q::session_ended,    nullptr,              inside},
    };
    // clang-format on
    return table.at(static_cast<std::size_t>(step));
}

void Requester::then(Step step) { plan_.steps.push_back(step); }

void Requester::pass_over() {
    while (!done()) {
        const auto due = row(plan_.steps[at_]).due;
        if (due == nullptr || (this->*due)()) break;
        ++at_;
    }
}

void Requester::measure(const Nonce& nonce) {
    plan_.nonce = nonce;
    then(Step::session_measurements);
}

void Requester::ask(Bytes message) {
    messages_.push_back(std::move(message));
    then(Step::message);
}

bool Requester::secured() const {
    const Row& row = Requester::row(plan_.steps.at(at_));
    return row.in_session && !(row.step == Step::finish && connection_.handshake_in_the_clear());
}

const Bytes& Requester::next() {
    if (!prepared_) prepare();
    prepared_ = true;
    return outgoing_;
}

void Requester::prepare() {
    const Row& row = Requester::row(plan_.steps.at(at_));
    if (row.in_session && !session_)
        throw std::logic_error("requester: no session for " + std::string{row.name});
    request_ = (this->*row.make)();
    outgoing_ = secured() ? session_->channel().seal(request_) : request_;
    if (row.step == Step::update_all_keys) session_->channel().update_receive();
    const Command* command = find_command(Code{request_[1]});
    if (command == nullptr) return;
    transcript_.begin(command->transcript, secured());
    if ((command->transcript.enters & piece::measurements) == 0) pairs().clear();
}

Result<Nothing, RequestError> Requester::receive(ByteView response) {
    (void)next();  // what is judged is the answer to it
    const Row& row = Requester::row(plan_.steps[at_]);
    Outcome outcome = Nothing{};
    if (secured()) {
        const auto opened = session_->channel().open(response);
        outcome = opened
                      ? judge(row, opened->bytes())
                      : Outcome{refuse("a record that does not open: " + std::string{name(opened.error())})};
    } else {
        const Layout sizes = connection_.layout();
        outcome = judge(row, response.first(response_size(request_, response,
                                                          {sizes.hash, sizes.signature, sizes.exchange})));
    }
    if (!outcome) {
        session_.reset();  // nothing goes on after an answer that cannot be trusted
        return outcome;
    }
    if (session_ && session_->ended) session_.reset();
    if (row.again == nullptr || !(this->*row.again)()) ++at_;
    prepared_ = false;
    pass_over();
    return outcome;
}

Requester::Outcome Requester::judge(const Row& row, ByteView message) {
    if (message.size() < header_size) return refuse("no answer");
    if (row.step != Step::message) {
        if (message[1] == static_cast<std::uint8_t>(Code::error)) {
            RequestError out = refuse(message_title(message));
            out.error = static_cast<ErrorCode>(message[2]);
            return out;
        }
        if (message[1] != static_cast<std::uint8_t>(row.answer))
            return refuse("answered by " + message_title(message));
    }
    if (message[0] != static_cast<std::uint8_t>(connection_.version))
        return refuse("SPDMVersion " + to_hex(message.first(1)));
    if (auto outcome = (this->*row.check)(message); !outcome) return outcome;
    const Command* command = find_command(row.request);
    if (command != nullptr && !secured()) transcript_.answered(command->transcript, request_, message);
    return Nothing{};
}

Header Requester::header(Code code, std::uint8_t param1, std::uint8_t param2) const {
    return {static_cast<std::uint8_t>(connection_.version), code, param1, param2};
}

RequestError Requester::refuse(std::string what) const {
    return {std::string{row(plan_.steps[at_]).name}, std::move(what), {}};
}

bool Requester::signed_by_leaf(std::string_view context, ByteView transcript, ByteView signature) const {
    const crypto::Hash hash = hash_of(connection_.base_hash).value();
    return !certificates_.empty() &&
           certificates_.back().public_key().verify(
               crypto::SignatureScheme::ecdsa_raw, hash,
               signed_message(connection_.version, hash, context, transcript), signature);
}

}  // namespace assay::spdm
