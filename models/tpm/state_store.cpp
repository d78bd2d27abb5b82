#include "models/tpm/state_store.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "models/tpm/constants.hpp"
#include "sim/base/file.hpp"
#include "sim/base/random.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

constexpr std::array<std::uint8_t, 8> magic{'A', 'S', 'A', 'Y', 'T', 'P', 'M', 1};
constexpr std::size_t head_size = magic.size() + sizeof(std::uint64_t), mac_size = 32, key_size = 32;
constexpr std::size_t largest_state = 16 << 20;

[[noreturn]] void fail_with(const std::filesystem::path& file) {
    throw std::system_error(errno, std::generic_category(), file.string());
}

/// A descriptor that closes itself.
class OpenFile {
public:
    OpenFile(const std::filesystem::path& file, int flags)
        : fd_(::open(file.c_str(), flags | O_CLOEXEC, 0600)) {
        if (fd_ < 0) fail_with(file);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() { ::close(fd_); }
    int get() const { return fd_; }

private:
    int fd_;
};

void write_whole(const OpenFile& out, const std::filesystem::path& file, ByteView content) {
    while (!content.empty()) {
        const ssize_t n = ::write(out.get(), content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail_with(file);
        content = content.subspan(static_cast<std::size_t>(n));
    }
    if (::fsync(out.get()) != 0) fail_with(file);
}

void sync_folder(const std::filesystem::path& file) {
    const OpenFile folder{file.parent_path(), O_RDONLY | O_DIRECTORY};
    if (::fsync(folder.get()) != 0) fail_with(file.parent_path());
}

/// Old content or new, never a part of either; for the owner's eyes.
void replace(const std::filesystem::path& file, ByteView content) {
    const std::filesystem::path part = file.string() + ".new";
    {
        const OpenFile out{part, O_WRONLY | O_CREAT | O_TRUNC};
        write_whole(out, part, content);
    }
    if (::rename(part.c_str(), file.c_str()) != 0) fail_with(file);
    sync_folder(file);
}

Secret secret_of(ByteView bytes) {
    Secret out{bytes.size()};
    std::ranges::copy(bytes, out.bytes().begin());
    return out;
}

Secret read_secret(const std::filesystem::path& file) {
    auto content = read_file(file, largest_state);
    if (!content) throw StateError(content.error().text());
    Secret out = secret_of(*content);
    ::explicit_bzero(content->data(), content->size());
    return out;
}

}  // namespace

StateStore::StateStore(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    const auto lock = directory_ / "lock", key = directory_ / "nv.key", state = directory_ / file_name;
    lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) fail_with(lock);
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock_);
        throw StateError(directory_.string() + ": another TPM uses this state");
    }
    if (!std::filesystem::exists(key)) {
        if (std::filesystem::exists(state))
            throw StateError(key.string() + ": missing, and there is a state");
        key_ = Secret{key_size};
        SystemRandom{}.fill(key_.bytes());
        replace(key, std::as_const(key_).bytes());
        return;
    }
    key_ = read_secret(key);
    if (key_.bytes().size() != key_size) throw StateError(key.string() + ": not a key of 32 bytes");
}

StateStore::~StateStore() { ::close(lock_); }

std::optional<StateStore::Content> StateStore::read(const std::filesystem::path& file) const {
    if (!std::filesystem::exists(file)) return {};
    const Secret whole = read_secret(file);
    const ByteView bytes = whole.bytes();
    const auto refuse = [&](const char* what) {
        throw StateError(file.string() + ": " + what);
    };
    if (bytes.size() < head_size + mac_size) refuse("shorter than a state can be");
    if (!std::ranges::equal(bytes.first(magic.size() - 1), ByteView{magic}.first(magic.size() - 1)))
        refuse("no state of a TPM of assay");
    if (bytes[magic.size() - 1] != magic.back()) refuse("another format version than 1");
    const ByteView body = bytes.first(bytes.size() - mac_size);
    const Bytes expected = crypto::hmac(crypto::Hash::sha256, key_.bytes(), {body});
    if (!crypto::equal_in_constant_time(expected, bytes.last(mac_size)))
        refuse("integrity does not hold: changed, cut short, or of another TPM");
    return Content{secret_of(body.subspan(head_size)),
                   ::assay::load<std::uint64_t>(body.subspan(magic.size()), byte_order)};
}

void StateStore::write(const std::filesystem::path& file, ByteView content, std::uint64_t generation) const {
    Secret whole{head_size + content.size() + mac_size};
    const std::span<std::uint8_t> bytes = whole.bytes();
    std::ranges::copy(magic, bytes.begin());
    std::ranges::copy(store(generation, byte_order), bytes.begin() + magic.size());
    std::ranges::copy(content, bytes.begin() + head_size);
    const Bytes mac =
        crypto::hmac(crypto::Hash::sha256, key_.bytes(), {bytes.first(head_size + content.size())});
    std::ranges::copy(mac, bytes.end() - mac_size);
    replace(file, bytes);
}

std::optional<Secret> StateStore::load() {
    auto content = read(directory_ / file_name);
    if (!content) return {};
    generation_ = content->generation;
    last_ = content->bytes.twin();
    has_last_ = true;
    return std::move(content->bytes);
}

void StateStore::save(ByteView content) {
    if (has_last_ && std::ranges::equal(content, std::as_const(last_).bytes())) return;
    write(directory_ / file_name, content, ++generation_);
    last_ = secret_of(content);
    has_last_ = true;
}

void StateStore::keep_volatile(ByteView content) {
    const auto file = directory_ / volatile_name;
    if (!content.empty()) return write(file, content, generation_);
    if (::unlink(file.c_str()) != 0) {
        if (errno == ENOENT) return;
        fail_with(file);
    }
    sync_folder(file);  // it does not come back: what was resumed is not resumed again
}

std::optional<Secret> StateStore::volatile_part() const {
    auto content = read(directory_ / volatile_name);
    return content ? std::optional{std::move(content->bytes)} : std::nullopt;
}

}  // namespace assay::tpm
