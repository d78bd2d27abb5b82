// A responder as its user describes it: a JSON file over the generic profile. What the file does not name
// stays as it is there.
//
//     {
//       "versions": ["1.1", "1.2"],
//       "capabilities": {"MUT_AUTH_CAP": false, "PSK_CAP": 0, "MEAS_CAP": 1},
//       "BaseAsymAlgo": ["TPM_ALG_ECDSA_ECC_NIST_P384"],
//       "DataTransferSize": 1024,
//       "measurements": [{"Index": 1, "DMTFSpecMeasurementValueType": 0, "digest_of": "626f6f74"}]
//     }
#pragma once
#include "models/spdm/device.hpp"

namespace assay::spdm {

struct ResponderConfig {
    Profile profile;
    std::vector<MeasurementBlock> measurements;  // ascending by Index
    std::uint8_t provisioned_slots = 2;          // from slot 0 on
};

/// The generic responder.
ResponderConfig generic_config();

/// Reads `json` (RFC 8259, 1 MiB at most) over the generic responder. Keys (names and units of DSP0274 where
/// it has one):
/// - `versions`: "1.0" to "1.3"; `CTExponent`: 0 to 31; `HeartbeatPeriod`: seconds, 0 to 255;
/// - `capabilities`: an object; flags of one bit are true or false, those of two are numbers from 0 to 2
///   (MEAS_CAP: 1 without signature; PSK_CAP: 2 with context; EP_INFO_CAP; MULTI_KEY_CAP: 2 negotiable);
/// - `BaseAsymAlgo`, `ReqBaseAsymAlg`, `BaseHashAlgo`, `DHE`, `AEAD`: lists by preference;
/// `MeasurementHashAlgo`;
/// - `DataTransferSize`, `MaxSPDMmsgSize`: bytes, 42 at least; `certificate_portion`: bytes of one
/// CERTIFICATE;
/// - `SupportedSlotMask`: 1 to 255; `provisioned_slots`: 1 to 8; `sessions`: 1 to 255 at a time;
/// - `MutAuthRequested`: "none", "encapsulated" or "with digests"; `BasicMutAuthReq` (in CHALLENGE_AUTH) and
/// `mutual_auth_mandatory`: true or false;
///   `trusted_environment`: SET_CERTIFICATE is taken for every slot, from everybody;
/// - `measurements`: objects with `Index` (1 to 254), `DMTFSpecMeasurementValueType` (0 to 10) and either
/// `raw`, a
///   raw bit stream, or `digest_of`, whose digest is the value; both hexadecimal, the second of 1 byte at
///   least.
/// An error is one line: a JSON pointer to what is wrong, what was found, what was expected. A combination of
/// flags or sizes that DSP0274 forbids in one of the versions is an error, too.
Result<ResponderConfig, std::string> read_responder_config(ByteView json);

}  // namespace assay::spdm
