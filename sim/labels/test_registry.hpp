// What the tests of this folder begin with.
#pragma once
#include "sim/crypto/context.hpp"
#include "sim/labels/registry.hpp"

namespace assay::labels {

struct TestBench {
    crypto::Drbg random{as_bytes("labels"), "test"};
    std::uint64_t now_ps = 1000;
    Registry registry{random, [this] {
                          return now_ps;
                      }};

    Subject subject() { return *registry.admit(); }
    Label prompt(const Subject& subject) { return registry.label(subject, DataClass::prompt); }
};

inline std::string text_of(ByteView bytes) { return std::string{as_text(bytes)}; }

}  // namespace assay::labels
