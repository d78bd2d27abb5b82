#include "models/spdm/requester.hpp"

#include "models/spdm/command_table.hpp"

namespace assay::spdm {

const Requester::Row& Requester::row(Step step) {
    using Q = Requester;
    using enum Place;
    // clang-format off
    static constexpr std::array table{
        Row{Step::version,              "GET_VERSION",                   Code::get_version,                   Code::version,                   &Q::get_version,          &Q::version,              nullptr,              clear},
        Row{Step::capabilities,         "GET_CAPABILITIES",              Code::get_capabilities,              Code::capabilities,              &Q::get_capabilities,     &Q::capabilities,         nullptr,              clear},
        Row{Step::algorithms,           "NEGOTIATE_ALGORITHMS",          Code::negotiate_algorithms,          Code::algorithms,                &Q::negotiate_algorithms, &Q::algorithms,           nullptr,              clear},
        Row{Step::digests,              "GET_DIGESTS",                   Code::get_digests,                   Code::digests,                   &Q::get_digests,          &Q::digests,              nullptr,              clear},
        Row{Step::certificate,          "GET_CERTIFICATE",               Code::get_certificate,               Code::certificate,               &Q::get_certificate,      &Q::certificate,          &Q::more_certificate, clear},
        Row{Step::challenge,            "CHALLENGE",                     Code::challenge,                     Code::challenge_auth,            &Q::challenge,            &Q::challenge_auth,       nullptr,              clear},
        Row{Step::measurements,         "GET_MEASUREMENTS",              Code::get_measurements,              Code::measurements,              &Q::get_measurements,     &Q::measurements,         nullptr,              clear},
        Row{Step::key_exchange,         "KEY_EXCHANGE",                  Code::key_exchange,                  Code::key_exchange_rsp,          &Q::key_exchange,         &Q::key_exchange_rsp,     nullptr,              clear},
        Row{Step::finish,               "FINISH",                        Code::finish,                        Code::finish_rsp,                &Q::finish,               &Q::finish_rsp,           nullptr,              inside},
        Row{Step::psk_exchange,         "PSK_EXCHANGE",                  Code::psk_exchange,                  Code::psk_exchange_rsp,          &Q::psk_exchange,         &Q::psk_exchange_rsp,     nullptr,              clear},
        Row{Step::psk_finish,           "PSK_FINISH",                    Code::psk_finish,                    Code::psk_finish_rsp,            &Q::psk_finish,           &Q::psk_finish_rsp,       nullptr,              inside, &Q::psk_unfinished},
        Row{Step::encapsulated_request, "GET_ENCAPSULATED_REQUEST",      Code::get_encapsulated_request,      Code::encapsulated_request,      &Q::get_encapsulated,     &Q::encapsulated_request, nullptr,              asked,  &Q::asks_for_request},
        Row{Step::encapsulated_answer,  "DELIVER_ENCAPSULATED_RESPONSE", Code::deliver_encapsulated_response, Code::encapsulated_response_ack, &Q::deliver,              &Q::delivered,            &Q::is_asked,         asked,  &Q::is_asked},
        Row{Step::csr,                  "GET_CSR",                       Code::get_csr,                       Code::csr,                       &Q::get_csr,              &Q::csr_made,             nullptr,              either},
        Row{Step::set_certificate,      "SET_CERTIFICATE",               Code::set_certificate,               Code::set_certificate_rsp,       &Q::set_certificate,      &Q::certificate_set,      nullptr,              either},
        Row{Step::measurement_log,      "GET_MEASUREMENT_EXTENSION_LOG", Code::get_measurement_extension_log, Code::measurement_extension_log, &Q::get_measurement_log,  &Q::log_portion,          &Q::more_log,         either},
        Row{Step::key_pair_info,        "GET_KEY_PAIR_INFO",             Code::get_key_pair_info,             Code::key_pair_info,             &Q::get_key_pair_info,    &Q::key_pair_told,        nullptr,              either},
        Row{Step::endpoint_info,        "GET_ENDPOINT_INFO",             Code::get_endpoint_info,             Code::endpoint_info,             &Q::get_endpoint_info,    &Q::endpoint_told,        nullptr,              either},
        Row{Step::session_measurements, "GET_MEASUREMENTS",              Code::get_measurements,              Code::measurements,              &Q::get_measurements,     &Q::measurements,         nullptr,              inside},
        Row{Step::message,              "message",                       Code::error,                         Code::error,                     &Q::message,              &Q::any,                  nullptr,              inside},
        Row{Step::heartbeat,            "HEARTBEAT",                     Code::heartbeat,                     Code::heartbeat_ack,             &Q::heartbeat,            &Q::heartbeat_ack,        nullptr,              inside},
        Row{Step::update_key,           "KEY_UPDATE",                    Code::key_update,                    Code::key_update_ack,            &Q::update_key,           &Q::key_updated,          nullptr,              inside},
        Row{Step::update_all_keys,      "KEY_UPDATE",                    Code::key_update,                    Code::key_update_ack,            &Q::update_all_keys,      &Q::all_keys_updated,     nullptr,              inside},
        Row{Step::verify_key,           "KEY_UPDATE",                    Code::key_update,                    Code::key_update_ack,            &Q::verify_key,           &Q::key_verified,         nullptr,              inside},
        Row{Step::end_session,          "END_SESSION",                   Code::end_session,                   Code::end_session_ack,           &Q::end_session,          &Q::session_ended,        nullptr,              inside},
    };
    // clang-format on
    return table.at(static_cast<std::size_t>(step));
}

void Requester::then(Step step) {
    plan_.steps.push_back(step);
    pass_over();
}

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
    if (row.place == Place::clear || (row.place == Place::asked && (challenged_back_ || !session_)))
        return false;
    if (row.place == Place::either) return session_ && session_->state() == SessionState::established;
    const bool in_the_clear = session_ && session_->state() == SessionState::handshaking &&
                              !session_->by_psk() && connection_.handshake_in_the_clear();
    return !in_the_clear;
}

const Bytes& Requester::next() {
    if (!prepared_) prepare();
    prepared_ = true;
    return outgoing_;
}

void Requester::make_request(const Row& row) {
    request_ = (this->*row.make)();
    if (const Command* command = find_command(Code{request_[1]}); command != nullptr) {
        transcript_.begin(command->transcript, secured());
        if ((command->transcript.enters & piece::measurements) == 0) pairs().clear();
    }
    if (connection_.both(cap::chunk) && request_.size() > connection_.responder_sizes.data_transfer_size)
        sending_ = Transfer{next_handle_++, 0, request_.size(), 0, {}};
}

void Requester::prepare() {
    const Row& row = Requester::row(plan_.steps.at(at_));
    if (row.place == Place::inside && !session_)
        throw std::logic_error("requester: no session for " + std::string{row.name});
    const bool fresh = !sending_ && !getting_;
    if (fresh) make_request(row);
    const Bytes part = part_to_send();
    outgoing_ = secured() ? session_->channel().seal(part) : part;
    if (fresh && row.step == Step::update_all_keys) session_->channel().update_receive();
}

Result<Nothing, RequestError> Requester::receive(ByteView response) {
    (void)next();  // what is judged is the answer to it
    const Row& row = Requester::row(plan_.steps[at_]);
    const auto taken = take(row, response);
    prepared_ = false;
    if (!taken) {
        session_.reset();  // nothing goes on after an answer that cannot be trusted
        sending_.reset();
        getting_.reset();
        return taken.error();
    }
    if (!*taken) return Nothing{};  // a chunk follows
    if (session_ && session_->ended) session_.reset();
    if (row.again == nullptr || !(this->*row.again)()) ++at_;
    pass_over();
    return Nothing{};
}

Result<bool, RequestError> Requester::take(const Row& row, ByteView response) {
    Secret opened;
    ByteView message = response;
    if (secured()) {
        const auto record = session_->channel().open_into(opened, response);
        if (!record) return refuse("a record that does not open: " + std::string{name(record.error())});
        message = *record;
    } else {
        message = response.first(response_size(request_, response, connection_.sizes()));
    }
    const auto whole = assembled(message);
    if (!whole) return whole.error();
    if (!*whole) return false;
    if (auto outcome = judge(row, **whole); !outcome) return outcome.error();
    return true;
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
    return responder_.has_signed(connection_, context, transcript, signature);
}

}  // namespace assay::spdm
