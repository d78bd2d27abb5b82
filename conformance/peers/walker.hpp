// A TPM on its walk, and what it has made: what one happening leaves is what the next can use.
#pragma once
#include <random>
#include <span>
#include <stdexcept>

#include "conformance/targets/tpm_port.hpp"
#include "models/tpm/command.hpp"
#include "models/tpm/commands.hpp"
#include "models/tpm/digests.hpp"

namespace assay::conformance::peers {

using tpm::Alg;

class Walker {
public:
    Walker(TpmPort& port, std::uint64_t seed) : port_(port), numbers_(seed) {}

    void run(std::size_t steps, bool everything);

    /// A number below `end`; the same on every platform.
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(numbers_() % end); }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    template <class T, std::size_t size>
    T any(const std::array<T, size>& of) {
        return of[below(size)];
    }
    Bytes bytes(std::size_t size) {
        Bytes out(size);
        for (auto& byte : out) byte = static_cast<std::uint8_t>(numbers_());
        return out;
    }
    /// The bytes, or one fewer or more; as many as a TPM2B_DIGEST can have.
    Bytes about(std::size_t size) {
        constexpr std::size_t most = 64;
        if (!one_in(6)) return bytes(size);
        return bytes(one_in(2) ? std::min(size + 1, most) : size - std::min<std::size_t>(size, 1));
    }
    Alg hash() {
        return any(std::array{Alg::sha256, Alg::sha256, Alg::sha256, Alg::sha1, Alg::sha384, Alg::sha512,
                              Alg::null, Alg::aes});
    }
    tpm::Handle hierarchy() {
        return any(std::array{tpm::rh::owner, tpm::rh::owner, tpm::rh::endorsement, tpm::rh::null,
                              tpm::rh::platform, tpm::rh::lockout});
    }
    tpm::Handle any_of(const std::vector<tpm::Handle>& handles, tpm::Handle otherwise) {
        if (handles.empty() || one_in(12)) return one_in(3) ? tpm::rh::owner : otherwise;
        return handles[below(static_cast<std::uint32_t>(handles.size()))];
    }
    tpm::Handle object() { return any_of(objects, 0x8000'0002); }
    tpm::Handle session() { return any_of(sessions, 0x0300'0005); }
    tpm::Handle index() { return 0x0150'0000 + below(4); }
    tpm::TpmlPcrSelection selection() {
        tpm::TpmlPcrSelection out;
        for (std::uint32_t i = below(3); i > 0; --i)
            out.items.push_back(tpm::TpmsPcrSelection::mask(hash(), below(1U << 24) & below(1U << 24)));
        return out;
    }
    tpm::TpmtPublic area();

    /// Sends; the answer, where it succeeds. One in sixteen comes with a wrong password, one without
    /// sessions.
    template <class In>
    std::optional<typename In::Out> ask(const In& in, std::size_t authorized = 0) {
        std::vector<tpm::TpmsAuthCommand> area(authorized, tpm::password());
        if (authorized > 0 && one_in(16)) area.back() = tpm::password(Bytes{1, 2});
        if (authorized > 0 && one_in(32)) area.pop_back();
        auto out = tpm::decode_response<typename In::Out>(send(tpm::encode_command(in, area)));
        if (!out) return {};
        return *std::move(out);
    }
    Bytes send(ByteView command) {
        for (int again = 0;; ++again) {
            auto answer = port_.exchange(command, one_in(24) ? below(5) : 0);
            if (!answer) throw std::runtime_error("generated stream: " + answer.error().what);
            if (tpm::response_code(*answer) != tpm::Rc::retry || again == 8) return *std::move(answer);
        }
    }
    void restart(tpm::Su how) {
        if (const auto done = port_.reset(); !done) throw std::runtime_error("reset: " + done.error().what);
        objects.clear();
        sequences.clear();
        if (how == tpm::Su::clear) contexts.clear();
        sessions.clear();
        ask(tpm::StartupIn{how});
    }

    std::vector<tpm::Handle> objects{}, sessions{}, sequences{};
    std::vector<tpm::TpmsContext> contexts{};
    std::vector<tpm::CreateOut> created{};

    std::vector<tpm::TpmtSignature> signatures{};
    std::vector<tpm::TpmsEccPoint> points{};
    std::vector<tpm::MakeCredentialOut> credentials{};

private:
    TpmPort& port_;
    std::mt19937_64 numbers_;
};

/// A command of the model, or one that no TPM of the library 1.59 has.
inline tpm::Cc command_code(Walker& w) {
    const auto all = tpm::commands();
    return w.one_in(8) ? tpm::Cc{0x1A0 + w.below(3)}
                       : all[w.below(static_cast<std::uint32_t>(all.size()))].code;
}

/// Something that can happen next, as often as its weight says.
struct Happening {
    std::uint32_t weight;
    void (*run)(Walker&);
};
/// Policies, hierarchies, PCR settings, symmetric keys, duplication, audits: beside the more usual ones.
std::span<const Happening> rarer_happenings();

}  // namespace assay::conformance::peers
