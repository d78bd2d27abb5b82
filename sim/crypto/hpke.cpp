// The key schedule and the contexts of HPKE (RFC 9180, 5).
#include "sim/crypto/hpke.hpp"

#include <stdexcept>

#include "sim/crypto/hpke_labeled.hpp"
#include "sim/crypto/kdf.hpp"

namespace assay::crypto::hpke {
namespace {

constexpr bool uses_psk(Mode mode) { return mode == Mode::psk || mode == Mode::auth_psk; }
constexpr bool uses_auth(Mode mode) { return mode == Mode::auth || mode == Mode::auth_psk; }

/// VerifyPSKInputs.
std::optional<Error> psk_fault(Mode mode, ByteView psk, ByteView psk_id) {
    constexpr std::size_t min_psk_size = 32;
    if (psk.empty() != psk_id.empty()) return Error::psk_inconsistent;
    if (!psk.empty() && !uses_psk(mode)) return Error::psk_not_needed;
    if (psk.empty() && uses_psk(mode)) return Error::psk_missing;
    if (!psk.empty() && psk.size() < min_psk_size) return Error::psk_too_short;
    return {};
}

template <class Key>
const Key* sender_of(const Inputs<Key>& inputs) {
    if (uses_auth(inputs.mode) != (inputs.sender != nullptr))
        throw std::logic_error("hpke: a sender's key belongs to the auth modes, and to them alone");
    return inputs.sender;
}

}  // namespace

std::string_view name(Error error) {
    constexpr std::array<std::string_view, 11> names{
        "DeserializeError",        "ValidationError",  "DeriveKeyPairError",
        "inconsistent PSK inputs", "PSK missing",      "PSK not needed",
        "PSK too short",           "OpenError",        "MessageLimitReachedError",
        "export too long",         "export-only suite"};
    return names.at(static_cast<std::size_t>(error));
}

Result<KeySchedule, Error> key_schedule(const Suite& suite, Mode mode, ByteView shared_secret, ByteView info,
                                        ByteView psk, ByteView psk_id) {
    if (const auto fault = psk_fault(mode, psk, psk_id)) return *fault;
    const Labeled labeled{suite};
    const AeadFacts& aead = known_facts(suite.aead);
    const auto mode_byte = static_cast<std::uint8_t>(mode);
    KeySchedule out;
    out.key_schedule_context = concat({{&mode_byte, 1},
                                       labeled.extract({}, "psk_id_hash", psk_id).bytes(),
                                       labeled.extract({}, "info_hash", info).bytes()});
    out.secret = labeled.extract(shared_secret, "secret", psk);
    const auto expand = [&](std::string_view label, std::size_t size) {
        return labeled.expand(std::as_const(out.secret).bytes(), label, out.key_schedule_context, size);
    };
    if (aead.cipher) {
        out.key = expand("key", aead.key_size);
        out.base_nonce = expand("base_nonce", aead.nonce_size);
    }
    out.exporter_secret = expand("exp", digest_size(labeled.hash()));
    return out;
}

/// Turns a shared secret into a context.
struct Setup {
    template <class Ends, class Key>
    static Result<Ends, Error> context(const Suite& suite, const Inputs<Key>& inputs, ByteView shared_secret,
                                       ByteView info) {
        auto schedule = key_schedule(suite, inputs.mode, shared_secret, info, inputs.psk, inputs.psk_id);
        if (!schedule) return schedule.error();
        Ends out;
        out.suite_ = suite;
        if (const auto cipher = known_facts(suite.aead).cipher)
            out.key_.emplace(*cipher, std::as_const(schedule->key).bytes());
        out.base_nonce_ = std::move(schedule->base_nonce);
        out.exporter_secret_ = std::move(schedule->exporter_secret);
        out.limit_ = inputs.message_limit;
        return out;
    }
};

Result<Sender, Error> setup_sender(const Context& context, const Suite& suite, const PublicKey& recipient,
                                   ByteView info, const Inputs<PrivateKey>& inputs,
                                   const PrivateKey* ephemeral) {
    const PrivateKey* sender = sender_of(inputs);
    std::optional<PrivateKey> fresh;
    if (ephemeral == nullptr) {
        Secret input_key_material{known_facts(suite.kem).private_key_size};
        context.random().fill(input_key_material.bytes());
        auto made = derive_key_pair(context, suite.kem, std::as_const(input_key_material).bytes());
        if (!made) return made.error();
        ephemeral = &fresh.emplace(*std::move(made));
    }
    auto encapsulated = encap(suite.kem, recipient, *ephemeral, sender);
    if (!encapsulated) return encapsulated.error();
    auto made = Setup::context<SenderContext>(suite, inputs,
                                              std::as_const(encapsulated->shared_secret).bytes(), info);
    if (!made) return made.error();
    return Sender{std::move(encapsulated->enc), *std::move(made)};
}

Result<RecipientContext, Error> setup_recipient(const Suite& suite, ByteView enc, const PrivateKey& recipient,
                                                ByteView info, const Inputs<PublicKey>& inputs) {
    const auto shared_secret = decap(suite.kem, enc, recipient, sender_of(inputs));
    if (!shared_secret) return shared_secret.error();
    return Setup::context<RecipientContext>(suite, inputs, shared_secret->bytes(), info);
}

Result<Secret, Error> ContextBase::export_secret(ByteView exporter_context, std::size_t size) const {
    const Labeled labeled{suite_};
    if (size > 255 * digest_size(labeled.hash())) return Error::export_length;
    return labeled.expand(exporter_secret_.bytes(), "sec", exporter_context, size);
}

std::optional<Error> ContextBase::refusal() const {
    if (!key_) return Error::no_cipher;
    if (sequence_ >= limit_) return Error::message_limit;
    return {};
}

// ComputeNonce: base_nonce XOR I2OSP(seq, Nn).
std::array<std::uint8_t, aead_nonce_size> ContextBase::nonce() const {
    std::array<std::uint8_t, aead_nonce_size> out{};
    const auto counter = store(sequence_, std::endian::big);
    std::ranges::copy(base_nonce_.bytes(), out.begin());
    for (std::size_t i = 0; i < counter.size(); ++i) out[aead_nonce_size - counter.size() + i] ^= counter[i];
    return out;
}

Result<Nothing, Error> SenderContext::seal(ByteView aad, ByteView plaintext, std::span<std::uint8_t> sealed) {
    if (const auto fault = refusal()) return *fault;
    key_->seal(nonce(), aad, plaintext, sealed);
    ++sequence_;
    return Nothing{};
}

Result<Nothing, Error> RecipientContext::open(ByteView aad, ByteView sealed,
                                              std::span<std::uint8_t> plaintext) {
    if (const auto fault = refusal()) return *fault;
    if (!key_->open(nonce(), aad, sealed, plaintext)) return Error::open;
    ++sequence_;
    return Nothing{};
}

}  // namespace assay::crypto::hpke
