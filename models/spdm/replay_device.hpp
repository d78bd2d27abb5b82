// The responder of a recorded session, for tests: what it drew, signed and measured is handed in, and the
// rest must follow byte for byte.
#pragma once
#include <deque>

#include "models/spdm/device.hpp"
#include "models/spdm/recorded_sessions.hpp"
#include "sim/crypto/context.hpp"

namespace assay::spdm {

/// Gives what was recorded, in order; noise once that is used up.
class RecordedRandom final : public Random {
public:
    void expect(ByteView bytes) { append(left_, bytes); }
    void fill(std::span<std::uint8_t> out) override {
        const std::size_t count = std::min(out.size(), left_.size());
        std::copy_n(left_.begin(), count, out.begin());
        // Curves draw until they like what they see: what is not recorded must not repeat itself.
        for (std::size_t i = count; i < out.size(); ++i)
            out[i] = static_cast<std::uint8_t>((noise_ = noise_ * 5 + 3) >> 8);
        left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
    }

private:
    Bytes left_;
    std::uint32_t noise_ = 1;
};

class ReplayDevice final : public Device {
public:
    explicit ReplayDevice(const KnownSession& known);

    const Profile& profile() const override { return profile_; }
    ByteView certificate_chain(std::uint8_t slot, const Connection&) const override {
        return slot == 0 ? ByteView{chain_} : ByteView{};
    }
    const std::vector<MeasurementBlock>& measurements() const override { return blocks_; }
    bool in_tcb(const MeasurementBlock& block) const override { return (block.value_type & 0x7F) == 0; }
    Bytes opaque_data(const Connection&) const override { return {}; }
    Bytes sign(std::uint8_t, const Connection&, std::string_view, ByteView) override {
        Bytes out = signatures_.front();
        signatures_.pop_front();
        return out;
    }
    bool accepts(const PeerIdentity&) override { return true; }
    const Secret* pre_shared_key(ByteView hint) const override {
        return equal(hint, hint_) ? &psk_ : nullptr;
    }
    Random& random() override { return random_; }
    const crypto::Context& context() override { return context_; }

    RecordedRandom& recorded_random() { return random_; }

private:
    Profile profile_;
    Bytes chain_, hint_;
    Secret psk_;
    std::vector<MeasurementBlock> blocks_;
    std::deque<Bytes> signatures_;
    RecordedRandom random_;
    crypto::Context context_{random_};
};

/// The message in a record of the responder, under the recorded key of that place in the session; empty where
/// it does not open. The padding inside is the reference's alone.
Bytes open_as_recorded(const KnownSession& known, std::size_t index, ByteView record);

/// The known sessions of the shared data, in order of their names; none where it is not there.
std::vector<KnownSession> known_sessions();

}  // namespace assay::spdm
