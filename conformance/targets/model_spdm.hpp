// The SPDM models as targets under test.
#pragma once
#include <chrono>
#include <map>
#include <memory>

#include "conformance/targets/spdm_port.hpp"

namespace assay::spdm {
class SampleIdentities;
}

namespace assay::conformance {

/// `options`: `profile` is generic (also without it: every feature that models/spdm has) or nvidia (the root
/// of trust of a GH100); `config` is a file that describes a responder (models/spdm/responder_config.hpp),
/// over generic alone; `transport` is mctp (of generic also without it), doe (of nvidia), tcp or none. Any
/// other key or value is std::invalid_argument. In process, without SystemC and time.
std::unique_ptr<SpdmPort> make_model_spdm(const std::map<std::string, std::string>& options,
                                          std::uint64_t seed,
                                          std::shared_ptr<spdm::SampleIdentities> identities = {});

/// What the generic responder and its requesters know before they speak.
SpdmShared generic_spdm_shared();
/// The keys and certificates of every generic model of that seed, to be shared.
std::shared_ptr<spdm::SampleIdentities> generic_spdm_identities(std::uint64_t seed);

/// A responder of any make behind a TCP port (docs/spdm.md): one case at a time, each with a connection of
/// its own.
struct SpdmPlace {
    std::string address;  // IPv4
    std::uint16_t port = 0;
    SpdmTransport transport{};
    std::chrono::milliseconds patience{5'000};  // for one answer; then there is none
    SpdmShared shared = generic_spdm_shared();
};
/// Throws std::runtime_error where nothing listens.
std::unique_ptr<SpdmPort> connect_spdm(const SpdmPlace& place);

}  // namespace assay::conformance
