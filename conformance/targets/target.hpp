// A target under test: from a URI to a port.
#pragma once
#include <functional>
#include <map>
#include <variant>

#include "conformance/targets/appraisal_port.hpp"
#include "conformance/targets/block_port.hpp"
#include "conformance/targets/command_port.hpp"
#include "conformance/targets/cvm_appraisal_port.hpp"
#include "conformance/targets/data_path_port.hpp"
#include "conformance/targets/deletion_port.hpp"
#include "conformance/targets/gpu_port.hpp"
#include "conformance/targets/inference_port.hpp"
#include "conformance/targets/kms_port.hpp"
#include "conformance/targets/ohttp_port.hpp"
#include "conformance/targets/platform_port.hpp"
#include "conformance/targets/spdm_port.hpp"
#include "conformance/targets/tpm_port.hpp"

namespace assay::conformance {

/// What kind of target a suite judges. Kinds whose ports have one type are still different kinds.
enum class PortKind : std::uint8_t {
    gpu,
    appraisal,
    block,
    command,
    cvm_appraisal,
    data_path,
    deletion,
    inference,
    kms,
    ohttp,
    platform,
    spdm,
    tpm,
};
std::string_view name(PortKind kind);

/// An opened target: the port of its kind. A new kind of port is a line here, a PortKind, and an overload of
/// observed() (observed_port.hpp).
using AnyPort = std::variant<std::unique_ptr<GpuPort>,           //
                             std::unique_ptr<AppraisalPort>,     //
                             std::unique_ptr<BlockPort>,         //
                             std::unique_ptr<CommandPort>,       //
                             std::unique_ptr<CvmAppraisalPort>,  //
                             std::unique_ptr<DataPathPort>,      //
                             std::unique_ptr<DeletionPort>,      //
                             std::unique_ptr<InferencePort>,     //
                             std::unique_ptr<KmsPort>,           //
                             std::unique_ptr<OhttpPort>,         //
                             std::unique_ptr<PlatformPort>,      //
                             std::unique_ptr<SpdmPort>,          //
                             std::unique_ptr<TpmPort>>;

/// A target as it is named on the command line: `id=URI`, or a URI whose id is derived from it.
struct Target {
    std::string id;    // token
    std::string uri;   // as given, control bytes escaped
    std::string kind;  // of results.schema.json: model, recorded-evidence, software, ...
    PortKind port{};
    std::string vendor, product, version;  // may be empty
    std::vector<std::string> capabilities;
    struct Artifact {
        std::string name;
        std::string sha256;  // hex
    };
    std::vector<Artifact> artifacts;  // input files of a recording
    /// Opens it anew, in the process that runs one case. `seed` is the campaign's, so that a model is the
    /// same device in every case.
    std::function<AnyPort(std::uint64_t seed)> open;
    /// Makes what all openings share, once and before any case is forked off: no SystemC, no CUDA, and
    /// nothing that an answer depends on. May be empty.
    std::function<void(std::uint64_t seed)> warm{};
};

struct TargetError {
    std::string uri;
    std::string what;  // names scheme, option or file, and what is accepted
    std::string text() const { return uri + ": " + what; }
};

/// One row per scheme of the command line: what it is, how it looks, which options it takes.
struct TargetScheme {
    std::string_view scheme;  // "model:gpu"
    std::string_view form;    // "model:gpu?profile=gh100|gb100"
    std::string_view meaning;
};
std::span<const TargetScheme> target_schemes();

/// `model:gpu`, `model:kms`, `model:verifier`, `evidence:PATH` (conformance/targets/evidence_files.hpp).
/// Unknown schemes, options and option values are errors, and so are files that cannot be read.
/// Percent-decoded once; no shell.
Result<Target, TargetError> parse_target(std::string_view text);

}  // namespace assay::conformance
