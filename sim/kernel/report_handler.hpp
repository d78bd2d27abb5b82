// SystemC's own messages, kept off stdout.
#pragma once

namespace assay::kernel {

/// Sends every report of the kernel to stderr, one line each: as it comes, SystemC prints its Info reports to
/// stdout, where they would corrupt results. Fatal and error reports throw sc_report, as before.
void install_report_handler();

}  // namespace assay::kernel
