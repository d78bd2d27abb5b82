// The secure channel of the data path: AES-256-GCM, one key for each direction, one nonce for each record.
//
// Keys come from the export master secret of the SPDM session (DSP0274) by HKDF-Expand (RFC 5869) with the
// session's hash and these labels, 32 bytes for a key and 4 for the fixed field of its nonces:
//
//     "assay data path v1 h2d key"   "assay data path v1 h2d iv"
//     "assay data path v1 d2h key"   "assay data path v1 d2h iv"
//
// A nonce is the fixed field and the record's counter, 64 bits, big-endian (SP 800-38D, 8.2.1). REKEY
// replaces each key by HKDF-Expand(hash, key, "assay data path v1 update", 32); counters begin at 0 again.
//
//     auto guest = Channel::open(registry, guest_keys, session, secret, {.end = Channel::End::guest, .id =
//     1}); auto device = Channel::open(registry, device_keys, session, secret, {.end = Channel::End::device,
//     .id = 1}); guest->seal(header, guest_ram, {0, 256}, bounce, 0);             // header, payload and tag
//     into the slot device->open(fifo, {0, header_size + 256 + tag_size}, header, hbm, 0, label);
#pragma once
#include "models/gpu/transfer.hpp"
#include "sim/crypto/hash.hpp"
#include "sim/labels/seal.hpp"

namespace assay::gpu {

/// How a subject is named in a header.
constexpr std::uint64_t context_id(const labels::Subject& subject) {
    return std::uint64_t{subject.generation} << 8 | subject.data;
}

/// One end. It refuses to use a nonce twice and to take records in any other order than that of their
/// counters; after the first record that is not as it should be nothing works any more.
class Channel {
public:
    enum class End : std::uint8_t { guest, device };
    struct Options {
        End end{};
        std::uint32_t id = 0;  // in every header; key ids follow from it
        crypto::Hash hash = crypto::Hash::sha384;
        std::uint64_t limit = std::uint64_t{1} << 32;  // records under one key
    };

    /// E_KEY_PARAMS unless `secret` is as long as the digest, E_QUOTA without key slots.
    static Result<Channel, labels::Refusal> open(labels::Registry& registry, labels::KeyStore& keys,
                                                 const labels::Subject& session, ByteView secret,
                                                 const Options& options);

    /// Completes `header` (channel, counter, length, tag size) and puts the record into `to` at `at`. A
    /// payload under the model's key is already sealed: it goes as it is. E_KEY_LIMIT over the limit,
    /// E_IV_REUSE for a counter that was used (nothing is sealed, the refusal is counted).
    Result<Nothing, labels::Refusal> seal(TransferHeader& header, const labels::LabelledStore& from,
                                          labels::Range payload, labels::LabelledStore& to, std::size_t at);

    /// Checks what stands in `record`: E_SCHEMA, E_TAG_LEN, then the counter (E_REPLAY below, E_SEQ_GAP above
    /// the one that is due), E_LIMIT where the record does not hold `length` bytes. Takes nothing yet.
    Result<TransferHeader, labels::Refusal> peek(const labels::LabelledStore& from, labels::Range record);
    /// Verifies and opens the payload into `to` at `at`, labelled `plaintext`, and moves on. E_TAG: no byte
    /// of it was seen. A payload under the model's key is verified and stays where it is.
    Result<Nothing, labels::Refusal> open(const labels::LabelledStore& from, labels::Range record,
                                          const TransferHeader& header, labels::LabelledStore& to,
                                          std::size_t at, const labels::Label& plaintext);

    /// Both keys are replaced and the old ones zeroised; E_SCRUB_VERIFY.
    Result<Nothing, labels::Refusal> rekey();
    /// Both keys are zeroised.
    Result<Nothing, labels::Refusal> close();
    /// Nothing works any more; keys are zeroised by close().
    void fail() { failed_ = true; }

    bool usable() const { return !failed_ && keys_->live(tx_.key); }
    std::uint64_t sent() const { return tx_.counter; }
    std::uint64_t received() const { return rx_.counter; }
    std::uint64_t repeats_refused() const { return repeats_refused_; }
    std::uint32_t id() const { return options_.id; }

    // Faults, for scenarios: what a wrong driver would do.
    /// The next record is sealed under this counter, if the channel lets it.
    void set_next_counter(std::uint64_t counter) { tx_.counter = counter; }
    /// Sends under a key that is not the session's any more.
    Result<Nothing, labels::Refusal> use_stale_key();

private:
    struct Way {
        Direction direction{};
        labels::KeyRef key;
        std::array<std::uint8_t, 4> fixed{};
        std::uint64_t counter = 0;
        std::uint64_t highest = 0;  // one more than any counter that was used
        std::uint64_t key_number = 0;
    };
    Channel(labels::Registry& registry, labels::KeyStore& keys, const labels::Subject& session,
            Options options)
        : registry_(&registry), keys_(&keys), session_(session), options_(options) {}
    Result<Nothing, labels::Refusal> put_key(Way& way, ByteView key);
    std::array<std::uint8_t, 12> nonce(const Way& way, std::uint64_t counter) const;
    labels::Refusal refuse(std::string_view code, std::string what, std::string expected);

    labels::Registry* registry_;
    labels::KeyStore* keys_;
    labels::Subject session_;
    Options options_;
    Way tx_, rx_;
    bool failed_ = false;
    std::uint64_t repeats_refused_ = 0;
};

}  // namespace assay::gpu
