#include "models/spdm/replay_device.hpp"

#include <set>

#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"

namespace assay::spdm {
namespace {

Secret secret_of(ByteView bytes) {
    Secret out{bytes.size()};
    std::ranges::copy(bytes, out.bytes().begin());
    return out;
}

/// The blocks of the reference responder, as one of its sessions reports them inside.
std::vector<MeasurementBlock> reference_blocks() {
    for (const KnownSession& known : known_sessions())
        for (const auto& record : known.records) {
            if (record.message[1] != static_cast<std::uint8_t>(Code::measurements)) continue;
            Reader in{record.message, byte_order};
            Measurements measured;
            if (in.get(measured) && measured.record.items.size() > 1) return measured.record.items;
        }
    return {};
}

}  // namespace

std::vector<KnownSession> known_sessions() {
    std::vector<KnownSession> out;
    if (const auto folder = shared_data("vectors/spdm-transcripts")) {
        std::set<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator{*folder})
            if (entry.path().filename().string().starts_with("kat-")) files.insert(entry.path());
        for (const auto& file : files) out.push_back(known_session(*read_file(file, 1 << 20)));
    }
    if (out.empty()) std::puts("skipped: shared data vectors/spdm-transcripts");
    return out;
}

Bytes open_as_recorded(const KnownSession& known, std::size_t index, ByteView record) {
    const KnownSession::Record& was = known.records.at(index);
    const std::size_t head = was.aad.size(), type = known.text("transport") == "MCTP" ? 1 : 0;
    if (record.size() < head + 2 + type + crypto::aead_tag_size) return {};
    const auto algorithm = aead_of(connection_of(known.clear_messages).aead).value();
    crypto::AeadKey key{algorithm, known.keys.at(was.epoch + "/rsp/key")};
    Bytes plain(record.size() - head - crypto::aead_tag_size);
    if (!key.open(was.nonce, record.first(head), record.subspan(head), plain)) return {};
    const std::size_t length = load<std::uint16_t>(plain, byte_order);
    if (length < type || length + 2 > plain.size()) return {};
    return {plain.begin() + 2 + static_cast<std::ptrdiff_t>(type),
            plain.begin() + 2 + static_cast<std::ptrdiff_t>(length)};
}

ReplayDevice::ReplayDevice(const KnownSession& known) : blocks_(reference_blocks()) {
    const Connection was = connection_of(known.clear_messages);
    const auto versions = decode<VersionResponse>(known.clear(Code::version), byte_order);
    for (const std::uint16_t entry : versions->entries.items)
        profile_.versions.push_back(static_cast<Version>(entry >> 8));
    profile_.flags = was.responder_flags;
    profile_.base_asym = {was.base_asym};
    profile_.base_hash = {was.base_hash};
    profile_.measurement_hash = was.measurement_hash;
    profile_.dhe = {was.dhe};
    profile_.aead = {was.aead};
    profile_.heartbeat_period = 0xF0;
    profile_.data_transfer_size = 0x1200;
    profile_.max_message_size = 0x2'8000;
    profile_.psk_context = 64;
    profile_.req_base_asym = {was.req_base_asym};
    if (known.has("cert_chain")) chain_ = known.at("cert_chain");
    if (!known.has("psk")) return;
    hint_ = known.at("psk_hint");
    psk_ = secret_of(known.at("psk"));
}

}  // namespace assay::spdm
