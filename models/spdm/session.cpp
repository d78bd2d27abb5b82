#include "models/spdm/session.hpp"

namespace assay::spdm {

Session::Session(const Connection& connection, Role role, std::uint32_t id, RecordFormat format,
                 SessionTranscript transcript)
    : role_(role),
      id_(id),
      schedule_(hash_of(connection.base_hash).value(), connection.version),
      transcript_(std::move(transcript)),
      channel_(SecuredChannel{{format, id, aead_of(connection.aead).value(), connection.both(cap::encrypt)},
                              schedule_}) {}

void Session::begin_handshake(ByteView shared, SecretKind kind) {
    kind_ = kind;
    handshake_ = by_psk() ? schedule_.handshake_psk(shared, transcript_.digest())
                          : schedule_.handshake(shared, transcript_.digest());
    const bool asks = role_ == Role::requester;
    channel_->use((asks ? handshake_->request : handshake_->response).bytes(),
                  (asks ? handshake_->response : handshake_->request).bytes());
}

Bytes Session::verify_data(Role sender, const SessionTranscript& transcript) const {
    const Secret& key =
        sender == Role::requester ? handshake_->request_finished : handshake_->response_finished;
    return schedule_.verify_data(key.bytes(), transcript.digest());
}

void Session::finish() { data_ = schedule_.data(*handshake_, transcript_.digest()); }

void Session::establish() {
    DataSecrets& data = *data_.value();
    const bool asks = role_ == Role::requester;
    channel_->use((asks ? data.request : data.response).bytes(),
                  (asks ? data.response : data.request).bytes());
    // The channel holds its own; what is left to others is the export secret.
    handshake_ = HandshakeSecrets{};
    data.master.wipe();
    data.request.wipe();
    data.response.wipe();
    state_ = SessionState::established;
}

ByteView Session::export_master_secret() const {
    return state_ == SessionState::established ? (*data_)->export_master.bytes() : ByteView{};
}

}  // namespace assay::spdm
