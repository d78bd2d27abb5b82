// All commands and responses of TPM 2.0 that are known here (TPM 2.0 Library 1.59, Part 3).
#pragma once
#include "models/tpm/messages_attest.hpp"
#include "models/tpm/messages_cipher.hpp"
#include "models/tpm/messages_duplication.hpp"
#include "models/tpm/messages_hierarchy.hpp"
#include "models/tpm/messages_key.hpp"
#include "models/tpm/messages_management.hpp"
#include "models/tpm/messages_nv.hpp"
#include "models/tpm/messages_object.hpp"
#include "models/tpm/messages_pcr.hpp"
#include "models/tpm/messages_policy.hpp"
#include "models/tpm/messages_policy_auth.hpp"
