// A TPM that goes on elsewhere: its state in two blobs, as swtpm's control port moves them
// (CMD_GET_STATEBLOB, CMD_SET_STATEBLOB) and libtpms names them.
#pragma once
#include "models/tpm/tpm.hpp"

namespace assay::tpm {

/// Eight characters `ASAYTPMP` (permanent) or `ASAYTPMV` (volatile), the format version, the content, SHA-256
/// over all of it. That finds accidents; whoever moves a blob has all of the TPM's secrets, in the clear, and
/// can make another one. What is no blob, or does not fit the TPM, changes nothing.
Secret permanent_blob(const Tpm& tpm);
/// Without power.
[[nodiscard]] bool take_permanent_blob(Tpm& tpm, ByteView blob);

/// Of a TPM with power: registers, loaded objects, sequences and sessions, clocks. A measured launch that has
/// begun is not in it.
Secret volatile_blob(const Tpm& tpm);
/// Whether a TPM of this Config goes on with it.
bool is_resumable(const Tpm& tpm, ByteView blob);
/// The power has just come.
[[nodiscard]] bool resume(Tpm& tpm, ByteView blob);

}  // namespace assay::tpm
