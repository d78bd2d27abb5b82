#include "conformance/targets/deletion_node.hpp"

#include <algorithm>

#include "sim/crypto/hash.hpp"
#include "sim/labels/seal.hpp"

namespace assay::conformance {
namespace {

using labels::DataClass;
using labels::LabelledStore;
using labels::Refusal;
using labels::ScrubMethod;
using labels::StoreKind;
using labels::Subject;

constexpr std::size_t page = 4096;
constexpr std::uint64_t disk_key_id = std::uint64_t{1} << 62;

struct GuestFaultRow {
    GuestFault fault;
    std::string_view name;
};
constexpr std::array guest_faults{
    GuestFaultRow{GuestFault::outbox_kept, "outbox-kept"},
    GuestFaultRow{GuestFault::prompt_cut, "prompt-cut"},
    GuestFaultRow{GuestFault::hash_logged, "hash-logged"},
    GuestFaultRow{GuestFault::label_lost, "label-lost"},
    GuestFaultRow{GuestFault::unlabelled_copy, "guest-unlabelled-copy"},
    GuestFaultRow{GuestFault::payload_traced, "payload-traced"},
    GuestFaultRow{GuestFault::key_escrowed, "key-escrowed"},
};

}  // namespace

std::optional<GuestFault> find_guest_fault(std::string_view name) {
    const auto found = std::ranges::find(guest_faults, name, &GuestFaultRow::name);
    if (found == guest_faults.end()) return std::nullopt;
    return found->fault;
}

GuestWorker::GuestWorker(labels::Registry& the_registry)
    : registry(the_registry),
      inbox(registry, {"guest.inbox", StoreKind::dram, 2 * page, true, {}}),
      prompt(registry, {"guest.prompt", StoreKind::dram, 2 * page, true, {}}),
      tokens(registry, {"guest.tokens", StoreKind::dram, 4 * page, true, {}}),
      response(registry, {"guest.response", StoreKind::dram, 2 * page, true, {}}),
      outbox(registry, {"guest.outbox", StoreKind::outbox, 2 * page, true, {}}),
      cache(registry, {"guest.cache", StoreKind::dram, 2 * page, true, {}}),
      disk(registry, {"guest.disk", StoreKind::flash, 4 * page, false, labels::Sink::disk}),
      log(registry, {"guest.log", StoreKind::log, page, false, labels::Sink::log}),
      trace(registry, {"guest.trace", StoreKind::trace, 2 * page, false, labels::Sink::trace}),
      vault(registry, "guest.vault", 4),
      backup(registry, "guest.backup", 2) {}

void GuestWorker::take_prompt(const Subject& subject, ByteView text,
                              std::span<const std::uint32_t> token_ids) {
    const labels::Label mine = registry.label(subject, DataClass::prompt);
    if (faults.contains(GuestFault::prompt_cut)) {  // a longer text of the same request was here before
        prompt.write(2 * page - text.size(), text, mine);
    }
    prompt.write(0, text, mine);
    prompt_size = text.size();
    std::size_t at = 0;
    for (const std::uint32_t token : token_ids) {
        tokens.write(at, store(token, std::endian::little), mine);
        at += sizeof token;
    }
    if (faults.contains(GuestFault::label_lost)) cache.write(100, text, labels::clean);
    if (faults.contains(GuestFault::unlabelled_copy)) cache.write_unlabelled(100, text);
    if (faults.contains(GuestFault::payload_traced)) trace.write(0, text, mine);
    if (faults.contains(GuestFault::hash_logged))
        log.write(0, as_bytes(to_hex(crypto::digest(crypto::Hash::sha256, {text}))), labels::clean);
}

void GuestWorker::answer(const Subject& subject) {
    response.copy(prompt, {0, prompt_size}, 0);
    outbox.copy(response, {0, prompt_size}, 0);
    (void)registry.label(subject, DataClass::response);
}

void GuestWorker::drop_response(const Subject&) {
    if (!faults.contains(GuestFault::outbox_kept))
        (void)outbox.scrub(outbox.all(), ScrubMethod::overwrite_zero);
}

Result<Nothing, Refusal> GuestWorker::scrub(const Subject&) {
    Result<Nothing, Refusal> out = Nothing{};
    for (LabelledStore* one : {&inbox, &prompt, &tokens, &response}) {
        labels::Range range = one->all();
        if (one == &prompt && faults.contains(GuestFault::prompt_cut)) range.size = prompt_size;
        if (auto gone = one->scrub(range, ScrubMethod::overwrite_zero); !gone && out) out = gone;
    }
    return out;
}

Result<Nothing, Refusal> GuestWorker::zeroise(const Subject&) {
    if (!disk_key) return Nothing{};
    auto erased = erase_disk_key();
    if (!erased) return erased.error();
    return Nothing{};
}

Result<labels::KeyRef, Refusal> GuestWorker::seal_to_disk(const Subject& subject) {
    Secret key{32};
    registry.random().fill(key.bytes());
    auto ref = vault.put(disk_key_id, labels::KeyKind::boot_disk, subject, key.bytes());
    if (!ref) return ref;
    disk_key = *ref;
    if (faults.contains(GuestFault::key_escrowed)) cache.write(512, key.bytes(), labels::clean);
    const Bytes nonce(12, 1);
    if (auto sealed =
            labels::seal(registry, *ref, nonce, {}, prompt, {0, prompt_size}, disk, 0, labels::Sink::disk);
        !sealed)
        return sealed.error();
    return ref;
}

Result<Nothing, Refusal> GuestWorker::copy_disk_key(bool into_slot) {
    if (!disk_key || !vault.live(*disk_key))
        return Refusal{"E_KEY_UNKNOWN", "no disk key", "guest", "seal to disk first"};
    if (into_slot) {
        auto copied = backup.copy(*disk_key);
        if (!copied) return copied.error();
    } else {
        const ByteView key = vault.bytes(*disk_key);
        cache.write(512, Bytes{key.begin(), key.end()}, labels::clean);
    }
    return Nothing{};
}

Result<labels::KeyErase, Refusal> GuestWorker::erase_disk_key() {
    if (!disk_key) return Refusal{"E_KEY_UNKNOWN", "no disk key", "guest", "seal to disk first"};
    auto erased = labels::crypto_erase(registry, disk_key->id);
    if (erased) disk_key.reset();
    return erased;
}

}  // namespace assay::conformance
