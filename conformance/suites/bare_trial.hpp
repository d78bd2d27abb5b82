// A Trial without a target, for code that makes things from a trial's randomness.
#pragma once
#include "conformance/case.hpp"
#include "sim/crypto/context.hpp"

namespace assay::conformance {

/// What it makes follows from its label.
class BareTrial final : public Trial {
public:
    explicit BareTrial(std::string_view label) : random_(as_bytes(label), "bare trial"), crypto_(random_) {}
    Random& random() override { return random_; }
    crypto::Context& crypto() override { return crypto_; }
    using Trial::expect;
    void expect(bool, const Failure&) override {}
    void not_tested(NotTested, std::string_view) override { throw std::logic_error("not tested"); }
    void attach(Evidence) override {}
    void note(Event) override {}

private:
    AnyPort& any_port() override { throw std::logic_error("no port"); }
    void give_up(const PortError&, std::string_view) override { throw std::logic_error("given up"); }

    crypto::Drbg random_;
    crypto::Context crypto_;
};

}  // namespace assay::conformance
