// What a case works with: the keys of the target, and exchanges with it.
#pragma once
#include "conformance/case.hpp"
#include "conformance/suites/ohttp/wire.hpp"

namespace assay::conformance::oblivious {

/// What came of a request.
struct Answer {
    HttpResponse outer;
    Bytes plaintext;                     // of an encapsulated response, padding included
    std::optional<InnerResponse> inner;  // of an answer that opened and is well formed

    bool is_encapsulated() const {
        return outer.status == 200 && media_type(outer.fields) == "message/ohttp-res";
    }
    std::string in_words() const;
};

class Session {
public:
    /// Fetches the key configurations through the relay. What fails ends the case.
    explicit Session(Trial& trial);

    Trial& trial() const { return trial_; }
    OhttpPort& port() const { return trial_.port<OhttpPort>(); }
    const Bytes& list() const { return list_; }
    const std::vector<Config>& configs() const { return configs_; }
    /// The first choice of the list.
    const Choice& choice() const { return choices_.front(); }
    const std::vector<Choice>& all_choices() const { return choices_; }
    /// Of that KEM; ends the case as not supported where the target offers none.
    const Choice& choice_of(hpke::KemId kem) const;

    /// A request that every target takes: dated, for the resource, with `content`.
    InnerRequest request(std::string_view content = "a question") const;
    Sealed seal(const InnerRequest& request) const { return seal(known_length(request)); }
    Sealed seal(ByteView plaintext) const { return oblivious::seal(trial_.crypto(), choice(), plaintext); }

    /// Sends through the relay; `sealed` says how an answer is opened.
    Answer exchange(const Sealed& sealed) const { return exchange(sealed, sealed.message); }
    Answer exchange(const Sealed& sealed, ByteView message, const HttpFields& more = {}) const;
    Answer at_gateway(const Sealed& sealed, unsigned number = 0) const;
    /// The outer request of a message.
    HttpRequest outer(ByteView message) const;

    // Checks.
    /// Answered inside, with 200 and an echo of `content`.
    void expect_served(const Answer& answer, std::string_view content = "a question") const;
    /// Refused in the clear, with a 4xx.
    void expect_refused_outside(const Answer& answer) const;
    /// Refused by a 4xx within an encapsulated response.
    void expect_refused_inside(const Answer& answer) const;
    /// Refused either way.
    void expect_refused(const Answer& answer) const;

private:
    Answer read(const Sealed& sealed, HttpResponse response) const;

    Trial& trial_;
    Bytes list_;
    std::vector<Config> configs_;
    std::vector<Choice> choices_;
};

/// For `prepare` of cases that expect a refusal: a request without a fault is served.
void legal_neighbour(Trial& trial);
bool contains(ByteView bytes, std::string_view text);
/// As of Case: a case whose legal neighbour is served first.
Case refusal_case(std::string id, std::string title, std::vector<std::string> requirements,
                  std::function<void(Session&)> run, std::vector<std::string> needs = {});
Case plain_case(std::string id, std::string title, std::vector<std::string> requirements,
                std::function<void(Session&)> run, std::vector<std::string> needs = {});

std::vector<Case> decapsulation_cases();
std::vector<Case> content_cases();
std::vector<Case> key_cases();
std::vector<Case> response_cases();
std::vector<Case> replay_cases();
std::vector<Case> hop_cases();
std::vector<Case> leak_cases();
std::vector<Case> rotation_cases();

}  // namespace assay::conformance::oblivious
