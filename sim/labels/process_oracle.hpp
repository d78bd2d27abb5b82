// The oracle that reads another process: forms of canaries in its memory, after it has answered.
//
//     waitpid(pid, &status, WUNTRACED);               // it rests, having stopped itself
//     const auto scan = scan_process(pid, oracle);    // findings by mapping and address
//
// What it may not do: the scanned process must never have held the forms themselves, so it is forked before
// they are made; and it does not see registers, the kernel's buffers, pages that are swapped out and shared
// mappings that the process can only read.
#pragma once
#include <sys/types.h>

#include "sim/labels/content_oracle.hpp"

namespace assay::labels {

struct ProcessScan {
    std::size_t mappings = 0;       // that the process may read and write
    std::uint64_t bytes = 0;        // of these, read
    std::uint64_t unread = 0;       // of these, that nobody can read, or of a mapping above 16 GiB
    std::vector<Finding> findings;  // E_RESIDUE by "process"; store: "process [heap]"; range: addresses there
};

/// Looks for the forms of `oracle` in every mapping of `pid` that it may read and write, but the kernel's own
/// ([vvar] and the like), also where one lies across two reads. The process should be stopped. An error is
/// one line that names the file: no such process, not allowed to look, or the own process, which holds what
/// is looked for.
Result<ProcessScan, std::string> scan_process(pid_t pid, const ContentOracle& oracle);

}  // namespace assay::labels
