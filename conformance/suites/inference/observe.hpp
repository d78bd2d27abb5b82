// What the cases of this suite do again and again: load a subject, run tokens, compare with the oracle.
#pragma once
#include "conformance/case.hpp"
#include "conformance/suites/inference/oracle.hpp"

namespace assay::conformance::inference {

InferencePort& engine(Trial& trial);

/// Loads the subject as a checkpoint with the suite's words.
void load(Trial& trial, const Subject& subject);
void load(Trial& trial, ByteView model, ByteView tokenizer);

/// Steps the engine and the oracle through `tokens` from an empty context; every logit within 2e-4 of the
/// oracle's, relative to the largest where that is above 1. Returns what the engine gave.
std::vector<std::vector<float>> expect_logits(Trial& trial, const Subject& subject,
                                              const std::vector<std::uint32_t>& tokens);

/// Tokens that the case's random source draws.
std::vector<std::uint32_t> random_tokens(Trial& trial, const Shape& shape, std::size_t count);

/// Greedy and sampled continuations judged by the oracle: where its answer is clear, the token is that one.
/// Returns how many were clear.
std::size_t expect_choices(Trial& trial, const Subject& subject, const InferenceRequest& request,
                           const InferenceAnswer& answer);

InferenceAnswer answer(Trial& trial, const InferenceRequest& request);

/// A load that must be refused as not well-formed.
void expect_refused(Trial& trial, ByteView model, ByteView tokenizer, std::string_view what);

Bytes as_prompt(std::string_view text);

}  // namespace assay::conformance::inference
