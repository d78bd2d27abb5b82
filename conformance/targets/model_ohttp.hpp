// The models of relay, load balancer and gateways as a target under test, with a resource that echoes.
#pragma once
#include <memory>

#include "conformance/targets/ohttp_port.hpp"

namespace assay::conformance {

/// Two gateways with keys of three KEMs (P-384, X25519, P-256) behind a balancer and a relay. Equal seeds,
/// equal keys.
std::unique_ptr<OhttpPort> make_model_ohttp(std::uint64_t seed);

}  // namespace assay::conformance
