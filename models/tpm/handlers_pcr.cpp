// PCRs and hashes (TPM 2.0 Library 1.59, Part 3, 15.4, 17, 22).
#include "models/tpm/handlers.hpp"
#include "models/tpm/kdf.hpp"

namespace assay::tpm {
namespace {

void extend(Tpm& tpm, std::size_t pcr, const TpmlDigestValues& digests) {
    for (const TpmtHa& ha : digests.items)
        if (tpm.ram.pcrs.extend(pcr, ha.hash_alg, ha.digest)) ++tpm.reset.pcr_update_counter;
}

/// The digests of an event in every bank that this TPM implements.
TpmlDigestValues event_digests(ByteView data) {
    TpmlDigestValues out;
    for (const Alg bank : bank_algs) out.items.push_back({bank, digest(bank, {data})});
    return out;
}

Sequence new_sequence(Tpm& tpm, const HashSequenceStartIn& in) {
    Sequence out;
    out.auth = tpm.memory.load(Estate::null, in.auth.value);
    out.is_event = in.hash_alg == Alg::null;
    if (out.is_event)
        for (const Alg bank : bank_algs) out.states.emplace_back(hash_of(bank));
    else
        out.states.emplace_back(hash_of(in.hash_alg));
    return out;
}

Alg alg_of(crypto::Hash hash) { return bank_algs.at(static_cast<std::size_t>(hash)); }

}  // namespace

Outcome<PcrExtendIn> pcr_extend(Tpm& tpm, const PcrExtendIn& in) {
    if (in.pcr_handle == rh::null) return NoOut{};
    if (!allows(pcr_attributes(in.pcr_handle).extend, tpm.ram.locality)) return Rc::locality;
    extend(tpm, in.pcr_handle, in.digests);
    return NoOut{};
}

Outcome<PcrEventIn> pcr_event(Tpm& tpm, const PcrEventIn& in) {
    const bool has_pcr = in.pcr_handle != rh::null;
    if (has_pcr && !allows(pcr_attributes(in.pcr_handle).extend, tpm.ram.locality)) return Rc::locality;
    DigestValuesOut out{event_digests(in.event_data.value)};
    if (has_pcr) extend(tpm, in.pcr_handle, out.digests);
    return out;
}

Outcome<PcrReadIn> pcr_read(Tpm& tpm, const PcrReadIn& in) {
    PcrReadOut out;
    out.pcr_update_counter = tpm.reset.pcr_update_counter;
    out.pcr_selection_out = tpm.ram.pcrs.existing(in.pcr_selection_in);
    for (TpmsPcrSelection& selection : out.pcr_selection_out.items)
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr) {
            if (!selection.has(pcr)) continue;
            if (out.pcr_values.items.size() < TpmlDigest::max_items)
                out.pcr_values.items.push_back({*tpm.ram.pcrs.value(selection.hash, pcr)});
            else
                selection.remove(pcr);
        }
    return out;
}

Outcome<PcrAllocateIn> pcr_allocate(Tpm& tpm, const PcrAllocateIn& in) {
    PcrAllocation next = tpm.ram.pcrs.allocation();  // an earlier command of this cycle is forgotten
    for (const TpmsPcrSelection& one : in.pcr_allocation.items) {
        std::uint32_t& bank = next.at(*bank_index(one.hash));
        bank = 0;
        for (std::size_t pcr = 0; pcr < pcr_count; ++pcr) bank |= (one.has(pcr) ? 1U : 0U) << pcr;
    }
    const auto somewhere = [&](std::size_t pcr) {
        return std::ranges::any_of(next, [pcr](std::uint32_t bank) { return (bank >> pcr & 1) != 0; });
    };
    if (!somewhere(0) || !somewhere(17))
        return Rc::pcr;  // the static and the dynamic root of trust have one each
    tpm.permanent.pcr_allocation = next;
    tpm.ram.pcrs_reconfigured = true;
    PcrAllocateOut out{.allocation_success = 1, .max_pcr = pcr_count};
    for (std::size_t i = 0; i < bank_count; ++i) {
        const auto size = static_cast<std::uint32_t>(digest_size(bank_algs[i]));
        out.size_needed += size * static_cast<std::uint32_t>(std::popcount(next.at(i)));
        out.size_available += size * static_cast<std::uint32_t>(pcr_count);
    }
    return out;
}

Outcome<PcrSetAuthPolicyIn> pcr_set_auth_policy(Tpm& tpm, const PcrSetAuthPolicyIn& in) {
    if (in.auth_policy.value.size() != digest_size(in.hash_alg)) return at_parameter(Rc::size, 1);
    if (!is_in_pcr_group(in.pcr_num)) return at_parameter(Rc::value, 3);
    tpm.permanent.pcr_policy = {in.hash_alg, in.auth_policy};
    return NoOut{};
}

Outcome<PcrSetAuthValueIn> pcr_set_auth_value(Tpm& tpm, const PcrSetAuthValueIn& in) {
    if (!is_in_pcr_group(in.pcr_handle)) return Rc::value;
    const ByteView auth = without_trailing_zeros(in.auth.value);
    tpm.clear.pcr_auth = tpm.memory.persist(Estate::firmware, auth);
    return NoOut{};
}

Outcome<PcrResetIn> pcr_reset(Tpm& tpm, const PcrResetIn& in) {
    if (!allows(pcr_attributes(in.pcr_handle).reset, tpm.ram.locality)) return Rc::locality;
    if (tpm.ram.pcrs.reset(in.pcr_handle)) ++tpm.reset.pcr_update_counter;
    return NoOut{};
}

TpmtTkHashcheck hash_ticket(Tpm& tpm, Handle hierarchy, Alg hash, ByteView digest, bool is_safe) {
    if (!is_safe) return {};
    return tpm.ticket<Tag::hashcheck>(hierarchy,
                                      {store(static_cast<std::uint16_t>(hash), byte_order), digest});
}

Outcome<HashIn> hash(Tpm& tpm, const HashIn& in) {
    HashOut out;
    out.out_hash.value = digest(in.hash_alg, {in.data.value});
    constexpr auto magic = store(generated_value, byte_order);
    const ByteView data = in.data.value;
    const bool generated = data.size() >= magic.size() && equal(data.first(magic.size()), magic);
    out.validation = hash_ticket(tpm, in.hierarchy, in.hash_alg, out.out_hash.value, !generated);
    return out;
}

Outcome<HashSequenceStartIn> hash_sequence_start(Tpm& tpm, const HashSequenceStartIn& in) {
    const auto handle = tpm.free_slot();
    if (!handle) return Rc::object_memory;
    tpm.slot(*handle).sequence = std::make_unique<Sequence>(new_sequence(tpm, in));
    return HashSequenceStartOut{*handle};
}

Outcome<SequenceUpdateIn> sequence_update(Tpm& tpm, const SequenceUpdateIn& in) {
    Sequence* sequence = tpm.sequence(in.sequence_handle);
    if (sequence == nullptr) return at_handle(Rc::mode, 1);
    sequence->update(in.buffer.value);
    return NoOut{};
}

Outcome<SequenceCompleteIn> sequence_complete(Tpm& tpm, const SequenceCompleteIn& in) {
    Sequence* sequence = tpm.sequence(in.sequence_handle);
    if (sequence == nullptr || sequence->is_event) return at_handle(Rc::mode, 1);
    if (!sequence->is_begun || !in.buffer.value.empty()) sequence->update(in.buffer.value);
    const Alg hash = alg_of(sequence->states[0].hash());
    SequenceCompleteOut out;
    out.result.value = sequence->finish();
    const bool is_safe = !sequence->may_be_generated && !sequence->is_hmac();
    out.validation = hash_ticket(tpm, in.hierarchy, hash, out.result.value, is_safe);
    tpm.ram.flush_at_end = in.sequence_handle;
    return out;
}

Outcome<EventSequenceCompleteIn> event_sequence_complete(Tpm& tpm, const EventSequenceCompleteIn& in) {
    Sequence* sequence = tpm.sequence(in.sequence_handle);
    if (sequence == nullptr || !sequence->is_event) return at_handle(Rc::mode, 2);
    const bool has_pcr = in.pcr_handle != rh::null;
    if (has_pcr && !allows(pcr_attributes(in.pcr_handle).extend, tpm.ram.locality)) return Rc::locality;
    sequence->update(in.buffer.value);
    DigestValuesOut out;
    for (crypto::HashState& state : sequence->states)
        out.digests.items.push_back({alg_of(state.hash()), state.finish()});
    if (has_pcr) extend(tpm, in.pcr_handle, out.digests);
    tpm.ram.flush_at_end = in.sequence_handle;
    return out;
}

}  // namespace assay::tpm
