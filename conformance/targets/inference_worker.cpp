#include "conformance/targets/inference_worker.hpp"

#include <csignal>
#include <memory>

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "sim/base/reader.hpp"
#include "sim/base/secret.hpp"
#include "sim/base/writer.hpp"

namespace assay::conformance {
namespace {

using reference_gpu::Floats;
using reference_gpu::Inference;
using reference_gpu::Token;
using reference_gpu::Tokenizer;
using reference_gpu::Wiped;

constexpr std::chrono::seconds worker_limit{120};
constexpr std::size_t stack_to_wipe = 256U << 10;  // deeper than any call below serve_one()
constexpr auto packet_order = std::endian::little;

/// Before the prompt in a packet.
struct PromptHead {
    std::uint32_t steps = 0, temperature = 0, top_p = 0, leak = 0;  // the floats as their bits
    std::uint64_t seed = 0;
    static constexpr auto wire() {
        return std::tuple{field("steps", &PromptHead::steps), field("temperature", &PromptHead::temperature),
                          field("topP", &PromptHead::top_p), field("leak", &PromptHead::leak),
                          field("seed", &PromptHead::seed)};
    }
};
constexpr std::size_t prompt_head_size = 24;

/// Before tokens and text in a packet; after a refusal the text is its reason.
struct AnswerHead {
    std::uint32_t refused = 0, ended = 0, tokens = 0;
    static constexpr auto wire() {
        return std::tuple{field("refused", &AnswerHead::refused), field("ended", &AnswerHead::ended),
                          field("tokens", &AnswerHead::tokens)};
    }
};
constexpr std::size_t answer_head_size = 12;

void put(Wiped<std::uint8_t>& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// For the proof that a residue is found: what a careless server does with its strings, which outlast small
/// blocks that are used again.
void leave(ByteView prompt, WorkerLeak leak) {
    if (leak == WorkerLeak::none || leak == WorkerLeak::device) return;
    constexpr int copies = 64;
    auto text = std::make_unique<std::string>();
    for (int i = 0; i < copies; ++i) *text += as_text(prompt);
    asm volatile("" ::"r"(text->data()) : "memory");
    if (leak == WorkerLeak::kept) static_cast<void>(text.release());
}

/// The whole work of one request; what it leaves on the stack is the caller's to wipe.
Wiped<std::uint8_t> answer_to(ByteView packet, Inference& inference, const Tokenizer& tokenizer) {
    const auto head = *decode<PromptHead>(packet.first(prompt_head_size), packet_order);
    const ByteView prompt = packet.subspan(prompt_head_size);
    Wiped<std::uint8_t> text;
    text.reserve(max_worker_packet);
    const auto made =
        reference_gpu::generate(inference, tokenizer, as_text(prompt),
                                {.steps = head.steps,
                                 .sampling = {.temperature = std::bit_cast<float>(head.temperature),
                                              .top_p = std::bit_cast<float>(head.top_p)},
                                 .seed = head.seed},
                                [&](Token, std::string_view piece) {
                                    put(text, as_bytes(piece));
                                    return text.size() < max_worker_packet / 2;
                                });
    inference.reset();
    leave(prompt, static_cast<WorkerLeak>(head.leak));
    Wiped<std::uint8_t> out;
    out.reserve(max_worker_packet);
    if (!made) {
        put(out, encode(AnswerHead{.refused = 1}, packet_order));
        put(out, as_bytes(made.error()));
        return out;
    }
    put(out, encode(AnswerHead{.ended = made->ended ? 1U : 0U,
                               .tokens = static_cast<std::uint32_t>(made->tokens.size())},
                    packet_order));
    for (const Token token : made->tokens) put(out, store(token, packet_order));
    put(out, text);
    return out;
}

/// False when nobody asks any more. Its frame and those below are wiped by who calls it.
[[gnu::noinline]] bool serve_one(int socket, Inference& inference, const Tokenizer& tokenizer) {
    Wiped<std::uint8_t> packet(max_worker_packet);
    const ssize_t size = ::recv(socket, packet.data(), packet.size(), 0);
    if (size < static_cast<ssize_t>(prompt_head_size)) return false;
    const Wiped<std::uint8_t> answer =
        answer_to(ByteView{packet}.first(static_cast<std::size_t>(size)), inference, tokenizer);
    return ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answer.size());
}

/// Overwrites what returned calls have left on the stack.
[[gnu::noinline]] void wipe_stack() {
    std::array<std::uint8_t, stack_to_wipe> left;  // NOLINT: what is in it is what goes
    ::explicit_bzero(left.data(), left.size());
}

int serve_worker(int socket, Inference& inference, const Tokenizer& tokenizer) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // one that rests would outlive who asks
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);  // deletion.md, R18: a crash leaves no image of a prompt
    while (serve_one(socket, inference, tokenizer)) {
        wipe_stack();
        ::raise(SIGSTOP);
    }
    return 0;
}

PortError worker_ended() { return {PortError::Kind::crash, "the worker has ended"}; }

}  // namespace

InferenceWorker::InferenceWorker(Inference& inference, const Tokenizer& tokenizer)
    : child_([&](int socket) { return serve_worker(socket, inference, tokenizer); }, worker_limit) {}

Result<WorkerAnswer, PortError> InferenceWorker::ask(const InferenceRequest& request, WorkerLeak leak) {
    Bytes packet = encode(PromptHead{.steps = request.steps,
                                     .temperature = std::bit_cast<std::uint32_t>(request.temperature),
                                     .top_p = std::bit_cast<std::uint32_t>(request.top_p),
                                     .leak = static_cast<std::uint32_t>(leak),
                                     .seed = request.seed},
                          packet_order);
    append(packet, request.prompt);
    if (packet.size() > max_worker_packet)
        return PortError{PortError::Kind::refused,
                         "a prompt of " + std::to_string(request.prompt.size()) + " bytes"};
    if (rests_) child_.go_on();
    rests_ = false;
    Bytes answer(max_worker_packet);
    if (::send(child_.socket(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) return worker_ended();
    const ssize_t size = ::recv(child_.socket(), answer.data(), answer.size(), 0);
    if (size < static_cast<ssize_t>(answer_head_size) || !child_.wait_for_stop()) return worker_ended();
    rests_ = true;
    answer.resize(static_cast<std::size_t>(size));
    const auto head = *decode<AnswerHead>(ByteView{answer}.first(answer_head_size), packet_order);
    ByteView rest = ByteView{answer}.subspan(answer_head_size);
    if (head.refused != 0) return PortError{PortError::Kind::refused, std::string{as_text(rest)}};
    if (rest.size() / sizeof(Token) < head.tokens) return worker_ended();
    WorkerAnswer out{.answer = {}, .process = child_.pid()};
    for (std::size_t i = 0; i < head.tokens; ++i)
        out.answer.tokens.push_back(load<Token>(rest.subspan(i * sizeof(Token)), packet_order));
    rest = rest.subspan(head.tokens * sizeof(Token));
    out.answer.text.assign(rest.begin(), rest.end());
    out.answer.ended = head.ended != 0;
    return out;
}

}  // namespace assay::conformance
