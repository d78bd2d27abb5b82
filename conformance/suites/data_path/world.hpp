// What the cases of the suite data-path begin with, and what they work out for themselves: keys, nonces,
// plaintexts of records, sealed models.
#pragma once
#include "conformance/case.hpp"
#include "conformance/suites/data_path/decoder.hpp"
#include "models/gpu/transfer.hpp"
#include "sim/base/secret.hpp"

namespace assay::conformance::data_path {

using Tokens = std::vector<std::uint32_t>;
using Body = void (*)(Trial&);

Case make_case(std::string_view id, std::string_view title, std::vector<std::string> requirements,
               Body prepare, Body run, std::vector<std::string> needs = {});

std::vector<Case> record_cases();
std::vector<Case> request_cases();
std::vector<Case> session_cases();
std::vector<Case> model_cases();
std::vector<Case> fault_cases();

inline DataPathPort& port(Trial& trial) { return trial.port<DataPathPort>(); }

/// 48 bytes; another one for another number.
Bytes session_secret(std::uint8_t number = 0);
Bytes owner_key();
const TinyModel& the_model();
/// `image` in chunks of `chunk_size`, sealed under `key` for a model of this digest.
SealedModelFile sealed(ByteView image, ByteView key, ByteView digest, std::size_t chunk_size = 4096);
SealedModelFile sealed_model();
inline const Tokens prompt{1, 70, 104, 32, 201, 19, 88, 240, 5, 133, 61, 90};

/// Power on, session, ready.
void start_session(Trial& trial);
/// And the model.
void start(Trial& trial);

/// A whole request that stays open.
Result<Tokens, PortError> ask(Trial& trial, std::uint64_t request, const Tokens& tokens, unsigned limit);
std::uint64_t begin(Trial& trial);

/// The call is refused, and with this code.
template <class T>
void expect_refusal(Trial& trial, const Result<T, PortError>& outcome, std::string_view code,
                    std::string_view sentence) {
    if (outcome) {
        trial.expect(false, "accepted", sentence, "it was accepted");
        return;
    }
    const PortError& error = outcome.error();
    if (error.kind != PortError::Kind::refused) trial.need(outcome, sentence);
    trial.expect(refusal_code(error) == code, "wrong-code",
                 std::string{sentence} + " with " + std::string{code}, error.what);
}

/// The suite's own keys of a session (models/gpu/channel.hpp says how they are derived).
struct SessionKeys {
    struct Way {
        Bytes key, fixed;
    } h2d, d2h;
};
SessionKeys keys_of(ByteView secret);
/// After REKEY.
SessionKeys updated(const SessionKeys& keys);

struct Opened {
    gpu::TransferHeader header;
    Bytes nonce;
    Bytes plaintext;  // of the payload; under the model's key as it came
};
/// Nothing where the record does not verify.
std::optional<Opened> open_record(const BounceRecord& record, const SessionKeys& keys);

/// Records of one request with answers, all opened; at least `least`, else the case fails.
std::vector<Opened> opened_records(Trial& trial, const SessionKeys& keys, std::size_t least);
/// As they came; at least `least`, else the case fails.
std::vector<BounceRecord> records(Trial& trial, std::size_t least);

/// Where `needle` stands in any store of the target: "gpu.keys at 0", or empty.
std::string found_in_stores(Trial& trial, ByteView needle);
bool contains(ByteView haystack, ByteView needle);
Bytes as_words(const Tokens& tokens);

}  // namespace assay::conformance::data_path
