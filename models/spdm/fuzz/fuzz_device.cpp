#include "models/spdm/fuzz/fuzz_device.hpp"

namespace assay::spdm {

FuzzDevice::FuzzDevice() : SampleDevice(std::uint64_t{1}) {
    mutable_profile().data_transfer_size = 0x200;
    mutable_profile().trusted_environment = true;
    mutable_profile().basic_mut_auth = true;
}

FuzzDevice& FuzzDevice::shared() {
    static FuzzDevice one;
    return one;
}

std::shared_ptr<const Secret> FuzzDevice::psk() {
    static const auto one = [] {
        Secret key{psk_value.size()};
        std::ranges::copy(as_bytes(psk_value), key.bytes().begin());
        return std::make_shared<const Secret>(std::move(key));
    }();
    return one;
}

std::shared_ptr<const RequesterIdentity> FuzzDevice::requester() {
    static const auto one = std::make_shared<const SampleRequester>(std::uint64_t{2});
    return one;
}

Bytes FuzzDevice::sign(std::uint8_t slot, const Connection& connection, std::string_view context,
                       ByteView message) {
    if (truly_) {
        if (signatures_.size() >= most_signatures) signatures_.clear();
        Bytes& known = signatures_[{slot, connection.base_asym, {message.begin(), message.end()}}];
        if (known.empty()) known = SampleDevice::sign(slot, connection, context, message);
        return known;
    }
    return Bytes(signature_size(connection.base_asym), 0x5A);
}

Result<Nothing, Refusal> FuzzDevice::set_certificate(std::uint8_t, std::uint8_t, ByteView chain,
                                                     const Connection& connection) {
    if (!chain.empty() && !read_chain(chain, connection, connection.base_asym)) return ErrorCode::unspecified;
    return Nothing{};
}

}  // namespace assay::spdm
