// Reference manifests for the simulated firmware: what the slots must hold, signed.
#pragma once
#include "models/gpu/pki.hpp"
#include "models/gpu/rim.hpp"

namespace assay::gpu {

/// The manifest of the current release: 64 resources, those of that manifest active. Golden values are made
/// from the release's images, not from a boot.
Rim make_rim(ByteView seed, const Chip& chip, Manifest manifest);

/// Its published identifier: NV_GPU_DRIVER_GH100_<driver>, NV_GPU_VBIOS_<project>_...
std::string rim_id(const Chip& chip, Manifest manifest);

/// XML, signed by `signer`.
Bytes make_signed_rim(ByteView seed, const Chip& chip, Manifest manifest, const ManifestSigner& signer);

}  // namespace assay::gpu
