#include "models/tpm/fuzz_tpm.hpp"

#include <stdexcept>

#include "models/tpm/command.hpp"

namespace assay::tpm {
namespace {

namespace na = nv_attribute;
constexpr Handle nv_handle = 0x0180'0001, nv_counter = 0x0180'0002, kept_key = 0x8100'0001;

NvDefineSpaceIn space(Handle handle, std::uint32_t type, std::uint16_t size) {
    NvDefineSpaceIn in{.auth_handle = rh::owner};
    in.public_info.value = {.nv_index = handle,
                            .attributes = na::owner_write | na::owner_read | na::auth_read | na::auth_write |
                                          na::read_st_clear | na::write_st_clear | type << 4,
                            .data_size = size};
    return in;
}

}  // namespace

namespace {

/// Between a TPM and its snapshot, which lies in the same memory, and whose secrets do not end with those of
/// the TPM.
struct Copier {
    Memory& memory;
    bool to_snapshot;

    Estate estate(Estate of_tpm) const { return to_snapshot ? Estate::firmware : of_tpm; }
    /// In the place that is there, where it fits.
    void copy(const labels::Held& from, labels::Held& to, Estate of_tpm) const {
        if (from.size() == to.size())
            to.write(0, from.bytes());
        else
            to = memory.persist(estate(of_tpm), from.bytes());
    }
    void copy(const HierarchySecrets& from, HierarchySecrets& to, Estate of_seed, Estate of_proof) const {
        copy(from.seed, to.seed, of_seed);
        copy(from.proof, to.proof, of_proof);
    }
    void copy(const HierarchyAccess& from, HierarchyAccess& to, Handle hierarchy) const {
        copy(from.auth, to.auth, estate_of_auth(hierarchy));
        to.policy = from.policy;
    }
    void copy(const std::map<Handle, NvIndex>& from, std::map<Handle, NvIndex>& to) const {
        std::erase_if(to, [&](const auto& entry) { return !from.contains(entry.first); });
        for (const auto& [handle, index] : from) {
            NvIndex& out = to[handle];
            const bool fits = out.data.size() == index.data.size() && out.estate() == index.estate();
            if (!fits)
                out = {{},
                       memory.nv_auth(estate(index.estate()), index.auth.bytes()),
                       memory.nv_data(estate(index.estate()), index.data.bytes())};
            out.area = index.area;
            out.auth.write(0, index.auth.bytes());
            out.data.write(0, index.data.bytes());
        }
    }

    // A member more, and these do not compile until it is copied, too. Objects are shared: who makes a
    // snapshot makes them anew.
    void copy(const Permanent& from, Permanent& to) const {
        const auto& [owner, endorsement, platform, owner_access, endorsement_access, lockout_access,
                     persistent, nv, counter, da, pcr_allocation, pcr_policy, cleared, established, audit,
                     resets, all_resets, epoch, clock, safe, orderly] = from;
        copy(owner, to.owner, Estate::owner, Estate::owner);
        copy(endorsement, to.endorsement, Estate::endorsement_seed, Estate::endorsement);
        copy(platform, to.platform, Estate::platform, Estate::platform);
        copy(owner_access, to.owner_access, rh::owner);
        copy(endorsement_access, to.endorsement_access, rh::endorsement);
        copy(lockout_access, to.lockout_access, rh::lockout);
        to.persistent = persistent;
        copy(nv, to.nv);
        to.highest_nv_counter = counter;
        to.da = da;
        to.pcr_allocation = pcr_allocation;
        to.pcr_policy = pcr_policy;
        to.is_clear_disabled = cleared;
        to.is_established = established;
        to.audit = audit;
        to.reset_count = resets;
        to.total_reset_count = all_resets;
        to.time_epoch = epoch;
        to.clock = clock;
        to.is_clock_safe = safe;
        to.orderly = orderly;
    }
    void copy(const ResetState& from, ResetState& to) const {
        const auto& [null, restarts, updates, clears, objects, numbers, audited, sessions] = from;
        copy(null, to.null, Estate::null, Estate::null);
        to.restart_count = restarts;
        to.pcr_update_counter = updates;
        to.clear_count = clears;
        to.object_sequence = objects;
        to.session_sequence = numbers;
        to.command_audit_digest = audited;
        to.sessions.clear();
        to.sessions.resize(sessions.size());
    }
    void copy(const ClearState& from, ClearState& to) const {
        const auto& [owner, endorsement, platform_nv, platform_access, pcr_auth, locality, pcrs] = from;
        to.owner_enabled = owner;
        to.endorsement_enabled = endorsement;
        to.platform_nv_enabled = platform_nv;
        copy(platform_access, to.platform_access, rh::platform);
        copy(pcr_auth, to.pcr_auth, Estate::firmware);
        to.startup_locality = locality;
        to.saved_pcrs = pcrs;
    }
    SharedObject copied(const SharedObject& from, labels::Vault& vault) const {
        if (!from) return nullptr;
        auto content = decode<SavedObject>(from->content(), byte_order);
        if (!content) throw std::logic_error("an object that is no SavedObject");
        return std::make_shared<const Object>(NewObject{std::move(*content)}, vault,
                                              memory.secret_of(Estate::firmware));
    }
};

}  // namespace

void RewindableTpm::keep() {
    const Copier copier{tpm_.memory, true};
    loaded_.clear();
    for (const Slot& slot : tpm_.ram.slots) loaded_.push_back(copier.copied(slot.object, tpm_.memory.ram));
    power_off();
    power_on();
    execute(encode_command(StartupIn{Su::clear}));
    copier.copy(tpm_.permanent, permanent_);
    for (auto& [handle, object] : permanent_.persistent)
        object = copier.copied(object, tpm_.memory.persistent);
    copier.copy(tpm_.reset, reset_);
    copier.copy(tpm_.clear, clear_);
    pcrs_ = tpm_.ram.pcrs;
    rewind();
}

void RewindableTpm::rewind() {
    const Copier copier{tpm_.memory, false};
    copier.copy(permanent_, tpm_.permanent);
    copier.copy(reset_, tpm_.reset);
    copier.copy(clear_, tpm_.clear);
    std::erase_if(tpm_.primaries, [](const PrimaryKeys& p) { return p.hierarchy == rh::null; });
    Volatile& ram = tpm_.ram;
    // What allocates keeps its memory.
    PcrBanks pcrs = std::move(ram.pcrs);
    std::vector<Slot> slots = std::move(ram.slots);
    ram = {};
    ram.pcrs = std::move(pcrs);
    ram.pcrs = pcrs_;
    slots.resize(loaded_.size());
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = {.object = loaded_[i], .sequence = nullptr};
    ram.slots = std::move(slots);
    ram.is_started = true;
    ram.clock_at_power_on = permanent_.clock;
    tpm_.is_powered = true;
}

void Noise::fill(std::span<std::uint8_t> out) {
    for (std::uint8_t& byte : out) {  // SplitMix64
        std::uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15;
        z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
        z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
        byte = static_cast<std::uint8_t>(z >> 56);
    }
}

FuzzTpm::FuzzTpm(std::uint64_t seed)
    : choices_{store(seed, byte_order), "choices"},
      random_{seed},
      tpm_{{.object_slots = 5, .loaded_sessions = 5, .max_tries = 1000}, random_, time_} {
    begin();
    converse();
}

std::size_t FuzzTpm::below(std::size_t limit) {
    std::array<std::uint8_t, 4> raw{};
    choices_.fill(raw);
    return load<std::uint32_t>(raw, byte_order) % limit;
}

void FuzzTpm::begin() {
    tpm_.power_on();
    send(encode_command(StartupIn{below(4) == 0 ? Su::state : Su::clear}));
    send(encode_command(StartupIn{Su::clear}));
}

template <class In>
std::optional<typename In::Out> FuzzTpm::call(const In& in, std::vector<TpmsAuthCommand> sessions) {
    corpus_.push_back(encode_command(in, sessions));
    auto out = tpm::call([this](ByteView command) { return tpm_.execute(command); }, in, std::move(sessions));
    return out ? std::optional{std::move(*out)} : std::nullopt;
}

void FuzzTpm::converse() {
    corpus_.clear();
    if (below(2) == 0) send(encode_command(ClearIn{rh::platform}, std::vector{password()}));
    const auto primary = [&](Handle hierarchy, const TpmtPublic& area) {
        const auto made =
            call(CreatePrimaryIn{.primary_handle = hierarchy, .in_public = {area}}, {password()});
        return made ? made->object_handle : Handle{rh::null};
    };
    const auto session = [&](Se type) {
        const auto out = call(StartAuthSessionIn{.nonce_caller = {Bytes(16)}, .session_type = type});
        return out ? out->session_handle : Handle{0};
    };
    const Handle storage = primary(rh::owner, templates::storage_key(Alg::ecc));
    const Handle signer = primary(rh::endorsement, templates::attestation_key(Alg::ecc));
    const Handle policy = session(Se::policy), trial = session(Se::trial), hmac = session(Se::hmac);
    CreateIn create{.parent_handle = storage};
    create.in_public.value = templates::sealed_data();
    create.in_sensitive.value.data = Bytes{1, 2, 3};
    if (const auto made = call(create, {password()})) {
        const auto loaded = call(LoadIn{storage, made->out_private, made->out_public}, {password()});
        if (loaded) call(UnsealIn{loaded->object_handle}, {password()});
        call(ImportIn{storage, {}, made->out_public, made->out_private}, {password()});
        call(LoadExternalIn{.in_public = made->out_public});
        call(FlushContextIn{0x8000'0002});
    }
    call(EvictControlIn{rh::owner, storage, kept_key}, {password()});
    call(QuoteIn{.sign_handle = signer, .pcr_select = {{TpmsPcrSelection::mask(Alg::sha256, 0xFF)}}},
         {password()});
    call(GetTimeIn{rh::endorsement, signer}, {password(), password()});
    call(CertifyIn{storage, signer}, {password(), password()});
    call(MakeCredentialIn{.handle = storage, .credential = {Bytes(8)}, .object_name = {Bytes(34)}});
    call(ObjectChangeAuthIn{storage, storage, {}}, {password()});
    call(DuplicateIn{storage}, {tpm::policy(policy)});
    call(EcdhKeyGenIn{storage});
    call(EccParametersIn{Curve::p256});
    call(space(nv_handle, 0, 40), {password()});
    call(space(nv_counter, 1, 8), {password()});
    call(NvWriteIn{rh::owner, nv_handle, {Bytes(40)}, 0}, {password()});
    call(NvIncrementIn{rh::owner, nv_counter}, {password()});
    call(NvReadIn{nv_handle, nv_handle, 8, 4}, {password()});
    call(NvCertifyIn{signer, rh::owner, nv_handle, {}, {}, 4, 4}, {password(), password()});
    call(NvReadPublicIn{nv_handle});
    call(PolicyNvIn{rh::owner, nv_handle, policy, {Bytes(4)}, 0, Eo::unsigned_ge}, {password()});
    call(PolicyAuthorizeNvIn{rh::owner, nv_handle, trial}, {password()});
    call(PolicyCounterTimerIn{policy, {Bytes(8)}, 0, Eo::unsigned_ge});
    call(PolicyPcrIn{policy, {}, {{TpmsPcrSelection::mask(Alg::sha256, 0xFF)}}});
    call(PolicySecretIn{.auth_handle = rh::owner, .policy_session = policy, .expiration = 0xFFFF'FFF0},
         {password()});
    call(PolicySignedIn{
        .auth_object = signer,
        .policy_session = trial,
        .auth = {.sig_alg = Alg::ecdsa, .hash = Alg::sha256, .r = {Bytes(32)}, .s = {Bytes(32)}}});
    call(PolicyTicketIn{policy, {Bytes(8)}, {}, {}, {Bytes(34)}});
    call(PolicyAuthorizeIn{trial, {Bytes(32)}, {}, {Bytes(34)}});
    call(PolicyOrIn{trial, {{{Bytes(32)}, {Bytes(32)}}}});
    call(PolicyDuplicationSelectIn{trial, {Bytes(34)}, {Bytes(34)}, 1});
    call(PolicyCpHashIn{trial, {Bytes(32)}});
    call(PolicyLocalityIn{trial, 3});
    call(HashIn{{Bytes(50)}, Alg::sha256, rh::owner});
    if (const auto sequence = call(HashSequenceStartIn{.hash_alg = Alg::sha256})) {
        call(SequenceUpdateIn{sequence->sequence_handle, {Bytes(30)}}, {password()});
        if (const auto saved = call(ContextSaveIn{sequence->sequence_handle}))
            call(ContextLoadIn{saved->context});
        call(SequenceCompleteIn{sequence->sequence_handle, {Bytes(30)}, rh::owner}, {password()});
    }
    call(SignIn{.key_handle = signer, .digest = {Bytes(32)}}, {password()});
    call(VerifySignatureIn{.key_handle = signer,
                           .digest = {Bytes(32)},
                           .signature = {.sig_alg = Alg::ecdsa, .hash = Alg::sha256}});
    call(PcrExtendIn{.pcr_handle = 3, .digests = {{{Alg::sha256, Bytes(32)}}}}, {password()});
    call(PcrEventIn{3, {Bytes(20)}}, {password()});
    call(PcrAllocateIn{rh::platform, {{TpmsPcrSelection::mask(Alg::sha1, 0xFF'FFFF)}}}, {password()});
    call(TestParmsIn{{.type = Alg::ecc, .curve = Curve::p256}});
    call(SetCommandCodeAuditStatusIn{rh::owner, Alg::null, {{Cc::get_random}}, {}}, {password()});
    call(HierarchyChangeAuthIn{rh::endorsement, {}}, {password()});
    call(HierarchyControlIn{rh::platform, rh::owner, 1}, {password()});
    call(DictionaryAttackParametersIn{rh::lockout, 1000, 1, 1}, {password()});
    call(ReadPublicIn{storage}, {tpm::policy(hmac)});
    for (const Cap cap : {Cap::algs, Cap::handles, Cap::commands, Cap::tpm_properties, Cap::pcrs})
        call(GetCapabilityIn{cap, 0, 300});
    named_ = corpus_.size();
    for (const Command& row : commands()) {  // those that no line above names: handles, no parameters
        Bytes handles;
        for (std::size_t i = 0; i < row.handle_count; ++i)
            append(handles, store(i == 0 ? storage : signer, byte_order));
        const std::vector<TpmsAuthCommand> sessions(row.authorized_handles(), password());
        corpus_.push_back(assemble_command(row.code, handles, sessions, Bytes(24)));
    }
}

void FuzzTpm::change(Bytes& command) {
    constexpr std::array<std::uint32_t, 24> words{0,
                                                  1,
                                                  0xFFFF'FFFF,
                                                  rh::owner,
                                                  rh::null,
                                                  rh::password,
                                                  rh::endorsement,
                                                  rh::platform,
                                                  rh::lockout,
                                                  0x8000'0000,
                                                  0x8000'0001,
                                                  0x8000'0002,
                                                  0x0200'0002,
                                                  0x0300'0000,
                                                  0x0300'0001,
                                                  nv_handle,
                                                  nv_counter,
                                                  kept_key,
                                                  0x000B'0018,
                                                  0x0023'000B,
                                                  0x0001'000B,
                                                  0x0006'0080,
                                                  0x0040'0010,
                                                  0x8022'4000};
    const std::size_t at = below(command.size());
    const std::size_t room = command.size() - at;
    switch (below(8)) {
        case 0: command[at] = static_cast<std::uint8_t>(command[at] ^ 1U << below(8)); break;
        case 1: command[at] = static_cast<std::uint8_t>(below(256)); break;
        case 2: command.resize(command.size() - below(std::min<std::size_t>(room, 16))); break;
        case 3:
            command.insert(command.begin() + static_cast<std::ptrdiff_t>(at), below(40),
                           static_cast<std::uint8_t>(below(256)));
            break;
        case 4: {
            const auto word = store(words.at(below(words.size())), byte_order);
            std::copy_n(word.begin(), std::min<std::size_t>(room, 4),
                        command.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        }
        case 5: {
            const auto half = store(static_cast<std::uint16_t>(words.at(below(words.size()))), byte_order);
            std::copy_n(half.begin(), std::min<std::size_t>(room, 2),
                        command.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        }
        case 6: {  // the end of another command
            const Bytes& other = corpus_.at(below(corpus_.size()));
            const std::size_t from = std::min(at, other.size());
            command.resize(at);
            append(command, ByteView{other}.subspan(from));
            break;
        }
        default:
            if (at + 1 < command.size())
                command[at + 1] = static_cast<std::uint8_t>(command[at + 1] + 1 + below(4));
            break;
    }
}

Bytes FuzzTpm::mutated() {
    Bytes command = corpus_.at(below(below(4) == 0 ? corpus_.size() : named_));
    for (std::size_t changes = below(4); changes > 0 && !command.empty(); --changes) change(command);
    if (command.size() >= 6 && below(16) != 0)  // mostly, so that more than the first check sees it
        std::ranges::copy(store(static_cast<std::uint32_t>(command.size()), byte_order), command.begin() + 2);
    return command;
}

void FuzzTpm::send(ByteView command, unsigned locality) {
    const Bytes response = tpm_.execute(command, locality);
    const auto rc = response_code(response);
    const bool refused = rc && *rc != Rc::success;
    if (!rc || response.size() > tpm_.config().max_command_size ||
        (refused && response.size() != header_size))
        throw std::logic_error("malformed answer " + to_hex(response) + " to " + to_hex(command));
    if (!refused) ++accepted_;
}

void FuzzTpm::step() {
    switch (below(250)) {
        case 0:
            if (below(2) == 0) send(encode_command(ShutdownIn{below(2) == 0 ? Su::state : Su::clear}));
            tpm_.power_off();
            begin();
            converse();
            break;
        case 1: time_.advance(std::chrono::milliseconds{below(1'000'000)}); break;
        case 2: tpm_.set_physical_presence(below(2) == 0); break;
        case 3:
            if (below(20) == 0) tpm_.enter_failure_mode();
            break;
        default: break;
    }
    send(mutated());
}

void FuzzTpm::run(ByteView input) {
    constexpr std::size_t most_commands = 8;
    constexpr unsigned own_size = 7;
    if (!kept_) {
        tpm_.keep();
        kept_ = true;
    }
    random_ = Noise{1};
    tpm_.rewind();
    const unsigned sessions = input.empty() ? 0U : input[0];
    for (unsigned i = 0; i < 4; ++i)
        if ((sessions >> i & 1U) != 0) {
            constexpr std::array types{Se::policy, Se::trial, Se::hmac, Se::hmac};
            StartAuthSessionIn start{.nonce_caller = {Bytes(16)}, .session_type = types.at(i)};
            if (i == 3) start.symmetric = {Alg::aes, 128, Alg::cfb};
            send(encode_command(start), 0);
        }
    input = input.subspan(std::min<std::size_t>(1, input.size()));
    for (std::size_t count = 0; count < most_commands && input.size() >= 2; ++count) {
        const unsigned head = load<std::uint16_t>(input, byte_order);
        const std::size_t size = std::min<std::size_t>(head & 0x0FFFU, input.size() - 2);
        if ((head & 0x8000U) != 0) {
            tpm_.power_off();
            tpm_.power_on();
            send(encode_command(StartupIn{Su::state}), 0);
            send(encode_command(StartupIn{Su::clear}), 0);
        }
        const unsigned locality = head >> 12 & 7U;
        const ByteView given = input.subspan(2, size);
        Bytes command{given.begin(), given.end()};
        if (command.size() >= 6 && locality != own_size)
            std::ranges::copy(store(static_cast<std::uint32_t>(size), byte_order), command.begin() + 2);
        send(command, locality == own_size ? 0 : locality);
        input = input.subspan(2 + size);
    }
}

std::vector<Bytes> FuzzTpm::seeds() const {
    constexpr std::uint8_t all_sessions = 7;
    std::vector<Bytes> out;
    Bytes several{all_sessions};
    for (std::size_t i = 0; i < corpus_.size(); ++i) {
        const Bytes one =
            concat({store(static_cast<std::uint16_t>(corpus_[i].size()), byte_order), corpus_[i]});
        out.push_back(concat({Bytes{all_sessions}, one}));
        append(several, one);
        if (i % 4 == 3) out.push_back(std::exchange(several, Bytes{all_sessions}));
    }
    return out;
}

}  // namespace assay::tpm
