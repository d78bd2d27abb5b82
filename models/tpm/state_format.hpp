// Non-volatile memory, and the memory that TPM2_Shutdown(STATE) saves, as bytes: the content of a StateStore.
#pragma once
#include "models/tpm/tpm.hpp"

namespace assay::tpm {

/// What would be left if the power went now.
Secret saved_state(const Tpm& tpm);
/// False when `content` is not of this form; the TPM is then of no use.
bool restore_state(Tpm& tpm, ByteView content);

}  // namespace assay::tpm
