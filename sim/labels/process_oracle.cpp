#include "sim/labels/process_oracle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "sim/base/secret.hpp"

namespace assay::labels {
namespace {

constexpr std::size_t chunk_size = std::size_t{4} << 20, page_size = 4096;
constexpr std::uint64_t max_mapping = std::uint64_t{16} << 30;

struct Mapping {
    std::uint64_t begin = 0, end = 0;
    std::string name;  // "[heap]", "[stack]", a file, or "anonymous"
};

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

/// proc(5): "begin-end perms offset device inode name". What can be read and written.
std::vector<Mapping> writable_mappings(std::istream& maps) {
    std::vector<Mapping> out;
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields{line};
        Mapping one;
        char dash = 0;
        std::string permissions, offset, device, inode;
        fields >> std::hex >> one.begin >> dash >> one.end >> permissions >> offset >> device >> inode >>
            std::ws;
        std::getline(fields, one.name);
        if (!permissions.starts_with("rw") || one.name.starts_with("[v")) continue;
        if (one.name.empty()) one.name = "anonymous";
        out.push_back(std::move(one));
    }
    return out;
}

class MemoryReader {
public:
    MemoryReader(int memory, const ContentOracle& oracle, ProcessScan& scan)
        : memory_(memory),
          oracle_(oracle),
          scan_(scan),
          overlap_(std::max<std::size_t>(oracle.longest(), 1) - 1) {}

    void read(const Mapping& mapping) {
        ++scan_.mappings;
        if (mapping.end - mapping.begin > max_mapping) {
            scan_.unread += mapping.end - mapping.begin;
            return;
        }
        kept_ = 0;
        for (std::uint64_t at = mapping.begin; at < mapping.end;) {
            const auto wanted =
                static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size, mapping.end - at));
            const ssize_t got =
                ::pread(memory_, buffer_.bytes().data() + kept_, wanted, static_cast<off_t>(at));
            if (got <= 0) {
                if (got < 0 && errno == EINTR) continue;
                const std::uint64_t next =
                    std::min<std::uint64_t>((at / page_size + 1) * page_size, mapping.end);
                scan_.unread += next - at;
                at = next;
                kept_ = 0;
                continue;
            }
            scan_.bytes += static_cast<std::uint64_t>(got);
            look(mapping, at, static_cast<std::size_t>(got));
            at += static_cast<std::uint64_t>(got);
        }
    }

private:
    /// The `kept_` bytes before `at` stand in front: what ends among them has been told.
    void look(const Mapping& mapping, std::uint64_t at, std::size_t size) {
        const ByteView seen = buffer_.bytes().first(kept_ + size);
        for (Finding& hit : oracle_.scan(seen, "process " + mapping.name)) {
            if (hit.range.end() <= kept_) continue;
            hit.oracle = "process";
            hit.range.at += at - kept_;
            scan_.findings.push_back(std::move(hit));
        }
        kept_ = std::min(overlap_, seen.size());
        std::memmove(buffer_.bytes().data(), seen.data() + seen.size() - kept_, kept_);
    }

    int memory_;
    const ContentOracle& oracle_;
    ProcessScan& scan_;
    std::size_t overlap_;
    std::size_t kept_ = 0;
    Secret buffer_{chunk_size + overlap_};  // holds what the process holds: wiped
};

}  // namespace

Result<ProcessScan, std::string> scan_process(pid_t pid, const ContentOracle& oracle) {
    const std::string folder = "/proc/" + std::to_string(pid);
    if (pid == ::getpid()) return folder + "/mem: the process that looks holds what it looks for";
    std::ifstream maps{folder + "/maps"};
    const Descriptor memory{::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC)};
    if (!maps || memory.number() < 0) return folder + "/mem: " + std::strerror(errno);
    ProcessScan out;
    MemoryReader reader{memory.number(), oracle, out};
    for (const Mapping& mapping : writable_mappings(maps)) reader.read(mapping);
    if (out.bytes == 0) return folder + "/mem: nothing of it can be read";
    return out;
}

}  // namespace assay::labels
