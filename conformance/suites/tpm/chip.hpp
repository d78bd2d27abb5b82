// A TPM under test as its cases see it: typed commands that must succeed or be refused with one code, over a
// port.
#pragma once
#include "conformance/case.hpp"
#include "models/tpm/client_session.hpp"
#include "models/tpm/digests.hpp"

namespace assay::conformance::tpm_topic {

using namespace std::string_view_literals;
using tpm::Alg;
using tpm::Rc;

class Chip {
public:
    explicit Chip(Trial& trial) : trial_(trial) {}

    unsigned locality = 0;
    Trial& trial() { return trial_; }

    /// The response, again while it is TPM_RC_RETRY. The case fails when it is not well-formed: its size, and
    /// the form of an error.
    Bytes send(ByteView command);
    Rc rc_of(ByteView command) { return tpm::response_code(send(command)).value(); }

    /// The case fails unless the command succeeds and its response is whole.
    template <class In>
    typename In::Out ok(const In& in, const std::vector<tpm::TpmsAuthCommand>& sessions = {}) {
        const Bytes response = send(tpm::encode_command(in, sessions));
        auto out = tpm::decode_response<typename In::Out>(response);
        succeeded(in.cc, static_cast<bool>(out), out ? std::string{} : out.error().text());
        return *std::move(out);
    }
    /// The case fails unless the command is refused with exactly that code.
    template <class In>
    void refused(const In& in, const std::vector<tpm::TpmsAuthCommand>& sessions, Rc code,
                 std::string_view what) {
        refused_bytes(tpm::encode_command(in, sessions), {code}, what);
    }
    void refused_bytes(ByteView command, std::initializer_list<Rc> codes, std::string_view what);
    void refused_hex(std::string_view command, Rc code, std::string_view what) {
        refused_bytes(from_hex(command).value(), {code}, what);
    }

    /// Ends the case as not tested where the TPM does not list the command.
    void need_command(tpm::Cc cc);
    /// The command succeeds as it is, and no other length of it does: cut anywhere it is refused with the
    /// number of the handle or parameter that is cut, and with a byte after it with TPM_RC_SIZE (Part 3, 5).
    template <class In>
    typename In::Out exact(const In& in, const std::vector<tpm::TpmsAuthCommand>& sessions = {}) {
        need_command(In::cc);
        std::vector<std::size_t> ends;  // of each parameter, in the parameter area
        std::size_t end = 0;
        std::apply(
            [&](const auto&... one) {
                [[maybe_unused]] const auto add_end = [&](const auto& member) {
                    Bytes bytes;
                    Writer{bytes, tpm::byte_order}.put_members(in, std::tuple{member});
                    ends.push_back(end += bytes.size());
                };
                (add_end(one), ...);
            },
            In::wire());
        refuse_cuts(tpm::encode_command(in, sessions), tpm::handle_count<In>, ends);
        return ok(in, sessions);
    }

    /// Power cycle and TPM2_Startup.
    void restart(tpm::Su how = tpm::Su::clear);
    /// The same, then TPM2_Clear by the platform: as newly delivered.
    void begin();

    tpm::CreatePrimaryOut primary(tpm::Handle hierarchy, const tpm::TpmtPublic& area);
    void flush(tpm::Handle handle) { ok(tpm::FlushContextIn{handle}); }
    tpm::Handle session(tpm::Se type, Alg hash = Alg::sha256);
    /// TPM2_Create and TPM2_Load under a parent.
    struct Child {
        tpm::CreateOut created;
        tpm::Handle handle{};
        Bytes name{};
    };
    Child child(tpm::Handle parent, const tpm::TpmtPublic& area, ByteView data = {}, ByteView auth = {});
    void extend(tpm::Handle pcr, std::uint8_t with = 1, Alg bank = Alg::sha256);
    Bytes pcr(std::size_t index, Alg bank = Alg::sha256);
    Bytes composite(Alg bank, std::uint32_t mask);
    std::uint32_t update_counter() { return ok(tpm::PcrReadIn{}).pcr_update_counter; }
    Bytes random(std::size_t size);

    void expect(bool held, std::string_view code, std::string_view sentence,
                std::string_view actual = "it does not") {
        trial_.expect(held, code, sentence, actual);
    }
    void equal(ByteView actual, ByteView expected, std::string_view sentence);

private:
    void refuse_cuts(const Bytes& command, std::size_t handles, const std::vector<std::size_t>& ends);
    void succeeded(tpm::Cc cc, bool held, const std::string& actual);
    Trial& trial_;
};

/// The public key of an area; nothing when it is none.
std::optional<crypto::PublicKey> key_of(const tpm::TpmtPublic& area);
/// Whether that key signs that digest's message.
bool verifies(const tpm::TpmtPublic& area, ByteView message, const tpm::TpmtSignature& signature);
/// A secret shared with a key as the standard says (Part 1, B.10 and C.6.1), made here.
struct Shared {
    Bytes secret, encrypted;
};
Shared share(Chip& chip, const tpm::TpmtPublic& key, std::string_view label);

Rc parameter(Rc rc, std::size_t number);
Rc handle(Rc rc, std::size_t number);
Rc session(Rc rc, std::size_t number);

/// Adds a case that leaves a TPM as it was, but for TPM2_Startup where nobody has sent it yet.
void add_safe(std::vector<Case>& cases, std::string id, std::string title,
              std::vector<std::string> requirements, std::function<void(Chip&)> body);
/// Adds a case: its body gets a TPM that is as newly delivered, started.
void add(std::vector<Case>& cases, std::string id, std::string title, std::vector<std::string> requirements,
         std::function<void(Chip&)> body, std::vector<std::string> needs = {});

/// A topic is a file and a namespace: its helpers are nothing to the others.
namespace command_cases {
void add_all(std::vector<Case>& cases);
}
namespace session_cases {
void add_all(std::vector<Case>& cases);
}
namespace policy_cases {
void add_all(std::vector<Case>& cases);
}
namespace release_cases {
void add_all(std::vector<Case>& cases);
}
namespace pcr_cases {
void add_all(std::vector<Case>& cases);
}
namespace object_cases {
void add_all(std::vector<Case>& cases);
}
namespace attest_cases {
void add_all(std::vector<Case>& cases);
}
namespace hostile_cases {
void add_all(std::vector<Case>& cases);
}
namespace key_cases {
void add_all(std::vector<Case>& cases);
}
namespace matrix_cases {
void add_all(std::vector<Case>& cases);
}
namespace nv_cases {
void add_all(std::vector<Case>& cases);
}
namespace capability_cases {
void add_all(std::vector<Case>& cases);
}

}  // namespace assay::conformance::tpm_topic
