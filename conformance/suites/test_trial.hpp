// Cases in the process of a test, without the engine around them.
#pragma once
#include "conformance/trial.hpp"

namespace assay::conformance {

/// Runs one case on a port; the verdict is a FAIL, never a WARN, whatever the level of its requirements.
CaseEnd judge(const Case& test, const Target& target);

/// A Trial for code that only needs randomness.
class BareTrial final : public Trial {
public:
    explicit BareTrial(std::string_view label) : random_(as_bytes(label), "test"), crypto_(random_) {}
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
