// Published and generated vectors, for tests.
#pragma once
#include <iostream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/clock.hpp"
#include "sim/base/file.hpp"
#include "sim/base/shared_data.hpp"
#include "sim/crypto/hpke.hpp"

namespace assay::ohttp::testing {

using nlohmann::json;

/// Nothing, and one line, when the data is not there.
inline std::optional<json> shared_json(const std::string& name) {
    const auto path = shared_data("vectors/" + name);
    if (!path) {
        std::cout << "skipped: vectors/" << name << "\n";
        return {};
    }
    const auto bytes = read_file(*path, 1 << 20);
    BOOST_REQUIRE(bytes);
    return json::parse(as_text(*bytes));
}

inline Bytes hex(const json& object, const char* member) {
    const json& value = object.at(member);
    Bytes out;
    if (value.is_string()) return from_hex(value.get<std::string>()).value();
    for (const json& part : value) append(out, from_hex(part.get<std::string>()).value());
    return out;
}

inline Bytes text(std::string_view value) {
    const ByteView view = as_bytes(value);
    return {view.begin(), view.end()};
}

/// First these bytes, then those of a seeded generator.
class Script final : public Random {
public:
    explicit Script(Bytes bytes = {}) : bytes_(std::move(bytes)) {}
    void fill(std::span<std::uint8_t> out) override {
        if (bytes_.empty()) return rest_.fill(out);
        BOOST_REQUIRE(out.size() == bytes_.size());
        std::ranges::copy(bytes_, out.begin());
        bytes_.clear();
    }

private:
    Bytes bytes_;
    crypto::Drbg rest_{as_bytes("rest")};
};

struct Setting {
    crypto::Drbg random{as_bytes("ohttp test")};
    crypto::Context context{random};
};

/// A clock that a test sets.
class SetClock final : public Clock {
public:
    explicit SetClock(Instant start) : time(start) {}
    Instant now() const override { return time; }
    Instant time;
};

}  // namespace assay::ohttp::testing
