#include "conformance/targets/model_spdm.hpp"

#include <optional>
#include <stdexcept>

#include "models/gpu/root_of_trust.hpp"
#include "models/spdm/responder.hpp"
#include "models/spdm/responder_config.hpp"
#include "models/spdm/sample_device.hpp"
#include "models/spdm/tcp_framing.hpp"
#include "sim/base/file.hpp"

namespace assay::conformance {
namespace {

/// A responder in this process, behind a transport that is not there but for what it does to messages.
class ModelSpdm : public SpdmPort {
public:
    std::set<std::string> capabilities() const override { return capabilities_; }
    SpdmTransport transport() const override { return static_cast<SpdmTransport>(transport_); }
    Result<Bytes, PortError> exchange(SpdmKind kind, ByteView message) override {
        if (kind == SpdmKind::plain) return padded(plain(message));
        if (transport_ == spdm::Transport::none)
            return PortError{PortError::Kind::not_supported,
                             "the transport none carries no secured messages"};
        return padded(secured(message).value_or(Bytes{}));
    }
    Result<Nothing, PortError> reset() override {
        boot();
        return Nothing{};
    }

protected:
    explicit ModelSpdm(spdm::Transport transport) : transport_(transport) {}
    /// Once its device is there: it tells what it is, and is as it was.
    void start() {
        boot();
        capabilities_ = spdm_capabilities([this](ByteView request) { return plain(request); });
        boot();
    }
    virtual void boot() = 0;
    virtual Bytes plain(ByteView message) = 0;
    virtual std::optional<Bytes> secured(ByteView record) = 0;
    spdm::RecordFormat records() const { return spdm::records_of(transport_); }

private:
    Bytes padded(Bytes answer) const {  // as a data object carries it
        if (transport_ == spdm::Transport::doe) answer.resize((answer.size() + 3) / 4 * 4);
        return answer;
    }
    spdm::Transport transport_;
    std::set<std::string> capabilities_;
};
static_assert(static_cast<int>(SpdmTransport::tcp) == static_cast<int>(spdm::Transport::tcp) &&
              static_cast<int>(SpdmTransport::doe) == static_cast<int>(spdm::Transport::doe) &&
              static_cast<int>(SpdmTransport::mctp) == static_cast<int>(spdm::Transport::mctp));

class GenericSpdm final : public ModelSpdm {
public:
    GenericSpdm(spdm::Transport transport, std::uint64_t seed, spdm::ResponderConfig config,
                std::shared_ptr<spdm::SampleIdentities> identities)
        : ModelSpdm(transport),
          device_(std::move(config.profile), std::move(config.measurements), seed, config.provisioned_slots) {
        if (identities) device_.share(std::move(identities));
        start();
    }

    SpdmShared shared() const override { return generic_spdm_shared(); }

private:
    void boot() override { responder_.emplace(device_, records()); }
    Bytes plain(ByteView message) override { return responder_->execute(message); }
    std::optional<Bytes> secured(ByteView record) override { return responder_->execute_secured(record); }

    spdm::SampleDevice device_;
    std::optional<spdm::Responder> responder_;
};

class NvidiaSpdm final : public ModelSpdm {
public:
    NvidiaSpdm(spdm::Transport transport, std::uint64_t seed)
        : ModelSpdm(transport), device_(*gpu::find_chip("gh100"), seed) {
        device_.settings().records = records();
        start();
    }

private:
    void boot() override {
        device_.power_on_reset();
        while (!device_.booted())
            if (const auto stage = device_.boot_stage(); !stage)
                throw std::runtime_error("model:spdm: the boot refused " + stage.error().stage);
    }
    Bytes plain(ByteView message) override { return device_.spdm(message); }
    std::optional<Bytes> secured(ByteView record) override { return device_.secured(record); }

    gpu::RootOfTrust device_;
};

}  // namespace

namespace {

spdm::ResponderConfig config_from(const std::string& file) {
    constexpr std::size_t most = 1 << 20;
    const auto text = read_file(file, most);
    if (!text) throw std::invalid_argument(text.error().text());
    auto config = spdm::read_responder_config(*text);
    if (!config) throw std::invalid_argument(file + ": " + config.error());
    return *std::move(config);
}

}  // namespace

std::shared_ptr<spdm::SampleIdentities> generic_spdm_identities(std::uint64_t seed) {
    auto out = std::make_shared<spdm::SampleIdentities>();
    spdm::SampleDevice device{seed};
    device.share(out);
    for (const std::uint8_t slot : {std::uint8_t{0}, std::uint8_t{1}})
        for (const std::uint32_t base_asym : device.profile().base_asym)
            static_cast<void>(device.leaf_key(slot, base_asym));
    return out;
}

SpdmShared generic_spdm_shared() {
    const ByteView hint = as_bytes(spdm::SampleDevice::psk_hint),
                   value = as_bytes(spdm::SampleDevice::psk_value);
    return {{hint.begin(), hint.end()}, {value.begin(), value.end()}};
}

std::unique_ptr<SpdmPort> make_model_spdm(const std::map<std::string, std::string>& options,
                                          std::uint64_t seed,
                                          std::shared_ptr<spdm::SampleIdentities> identities) {
    std::string profile = "generic", config;
    std::optional<spdm::Transport> transport;
    for (const auto& [key, value] : options) {
        if (key == "profile") {
            profile = value;
        } else if (key == "config") {
            config = value;
        } else if (key == "transport") {
            transport = spdm::transport_of(value);
            if (!transport)
                throw std::invalid_argument("model:spdm: unknown transport " + value +
                                            ", mctp, doe, none and tcp are known");
        } else {
            throw std::invalid_argument("model:spdm: unknown option " + key +
                                        ", profile, transport and config are known");
        }
    }
    if (profile == "generic")
        return std::make_unique<GenericSpdm>(transport.value_or(spdm::Transport::mctp), seed,
                                             config.empty() ? spdm::generic_config() : config_from(config),
                                             std::move(identities));
    if (!config.empty())
        throw std::invalid_argument("model:spdm: a config describes the profile generic, not " + profile);
    if (profile == "nvidia")
        return std::make_unique<NvidiaSpdm>(transport.value_or(spdm::Transport::doe), seed);
    throw std::invalid_argument("model:spdm: unknown profile " + profile + ", generic and nvidia are known");
}

}  // namespace assay::conformance
