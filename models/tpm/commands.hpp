// Commands of TPM 2.0 as a client writes them and responses as it reads them, over any transport that takes
// bytes and gives bytes. A confidential VM that quotes its PCRs:
//
//     const auto ask = [&](ByteView command) { return vtpm.execute(command); };
//     tpm::QuoteIn quote{.sign_handle = ak, .qualifying_data = {nonce},
//                        .pcr_select = {{tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0xFFFF)}}};
//     const auto answer = tpm::call(ask, quote, {tpm::password()});
//     if (!answer) return answer.error().text();             // `TPM_RC_VALUE (handle 1)`, or what is
//     malformed const auto quoted = decode<tpm::TpmsAttest>(answer->attest.value, tpm::byte_order);
//
// and one that opens what was wrapped to a key under a PolicyPCR session (templates: public_area.hpp,
// digests: digests.hpp):
//
//     const auto session = tpm::call(ask, tpm::StartAuthSessionIn{.nonce_caller = {Bytes(32)},
//                                                                 .session_type = tpm::Se::policy});
//     tpm::call(ask, tpm::PolicyPcrIn{.policy_session = session->session_handle, .pcrs = {{selection}}});
//     tpm::call(ask, tpm::RsaDecryptIn{.key_handle = key, .cipher_text = {wrapped},
//                                      .in_scheme = tpm::TpmtScheme::with(tpm::Alg::oaep, tpm::Alg::sha256)},
//               {tpm::policy(session->session_handle)});
//
// Sessions with HMACs and parameter encryption: client_session.hpp.
#pragma once
#include <span>
#include <vector>

#include "models/tpm/messages.hpp"
#include "sim/base/reader.hpp"
#include "sim/base/writer.hpp"

namespace assay::tpm {

/// A password session (TPM_RS_PW), by default with the empty password.
TpmsAuthCommand password(ByteView password = {});

/// A policy session whose HMAC key is empty: unbound, unsalted, no PolicyAuthValue. `last` ends the session.
TpmsAuthCommand policy(Handle session, bool last = false);
/// A policy session with PolicyPassword.
TpmsAuthCommand policy_with_password(Handle session, ByteView password, bool last = false);

/// The command as sent: header, handles, authorization area if `sessions` has any, parameters.
template <class In>
Bytes encode_command(const In& in, std::span<const TpmsAuthCommand> sessions = {});

/// Header, handle area, areas of a command or response in raw form; what is common to all of them.
Bytes assemble_command(Cc cc, ByteView handles, std::span<const TpmsAuthCommand> sessions,
                       ByteView parameters);

/// Why there is no answer to use: the TPM refused (`rc` is its response code), or what it sent is malformed
/// (`rc` is Rc::success and `what` says where).
struct ResponseError {
    Rc rc = Rc::success;
    std::string what{};
    std::string text() const { return rc == Rc::success ? "malformed response: " + what : tpm::text(rc); }
};

/// A response taken apart.
struct ResponseParts {
    Bytes handles;
    Bytes parameters;
    bool has_sessions = false;
    std::vector<TpmsAuthResponse> sessions;
};
/// Exact: nothing missing, nothing left over. `handles`: how many the response has.
Result<ResponseParts, ResponseError> split_response(ByteView response, std::size_t handles);

/// A successful response as sent. `sessions`: the authorization area of one with sessions.
Bytes assemble_response(ByteView handles, ByteView parameters, const std::optional<Bytes>& sessions);

/// The response code of a response; nothing when it has no whole header or a wrong size.
std::optional<Rc> response_code(ByteView response);

template <class Out>
Result<Out, ResponseError> decode_response(ByteView response);

/// Sends, and again while the TPM answers TPM_RC_RETRY (16 times at most). `ask` takes ByteView, gives Bytes.
template <class Ask, class In>
Result<typename In::Out, ResponseError> call(Ask&& ask, const In& in,
                                             std::vector<TpmsAuthCommand> sessions = {}) {
    const Bytes command = encode_command(in, sessions);
    for (int again = 16;; --again) {
        const Bytes response = ask(ByteView{command});
        if (response_code(response) != Rc::retry || again == 0)
            return decode_response<typename In::Out>(response);
    }
}

template <class In>
Bytes encode_command(const In& in, std::span<const TpmsAuthCommand> sessions) {
    Bytes handles, parameters;
    Writer{handles, byte_order}.put_members(in, handles_of<In>());
    Writer{parameters, byte_order}.put(in);
    return assemble_command(In::cc, handles, sessions, parameters);
}

template <class Out>
Result<Out, ResponseError> decode_response(ByteView response) {
    const auto parts = split_response(response, handle_count<Out>);
    if (!parts) return parts.error();
    Out out{};
    Reader handles{parts->handles, byte_order};
    if (!handles.get_members(out, handles_of<Out>())) return ResponseError{.what = handles.error().text()};
    Reader reader{parts->parameters, byte_order};
    if (!reader.get(out) || !reader.finish()) return ResponseError{.what = reader.error().text()};
    return out;
}

}  // namespace assay::tpm
