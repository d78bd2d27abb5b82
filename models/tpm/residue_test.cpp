// What is left in the memory of a TPM's process of secrets that it was told, once they are flushed: judged by
// the oracle that reads processes.
#include <boost/test/unit_test.hpp>
#include <sys/wait.h>

#include "models/tpm/commands.hpp"
#include "models/tpm/digests.hpp"
#include "models/tpm/test_programs.hpp"
#include "sim/crypto/context.hpp"
#include "sim/labels/process_oracle.hpp"

namespace assay::tpm {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;  // its quarantine keeps what was freed
#else
constexpr bool sanitized = false;
#endif

class Resident {
public:
    Resident()
        : tpm_({SWTPM_BINARY, "socket", "--tpm2", "--server", "type=unixio,path=" + path(), "--flags",
                "not-need-init,startup-clear", "--log", "file=-"}) {
        for (int again = 0; again < 200 && !std::filesystem::exists(path()); ++again)
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    ~Resident() { std::filesystem::remove(path()); }
    template <class In>
    typename In::Out call(const In& in, std::vector<TpmsAuthCommand> sessions = {}) {
        auto out = tpm::call([&](ByteView command) { return ask_unix(path(), command); }, in, sessions);
        BOOST_REQUIRE_MESSAGE(bool(out), (out ? "" : out.error().text()));
        return *std::move(out);
    }
    /// After another command: what answered the one before has been wiped by then.
    labels::ProcessScan scan(const labels::ContentOracle& oracle) {
        call(GetRandomIn{.bytes_requested = 8});
        int status = 0;
        ::kill(tpm_.id(), SIGSTOP);
        ::waitpid(tpm_.id(), &status, WUNTRACED);
        auto out = labels::scan_process(tpm_.id(), oracle);
        ::kill(tpm_.id(), SIGCONT);
        BOOST_REQUIRE_MESSAGE(bool(out), (out ? "" : out.error()));
        return *std::move(out);
    }

private:
    static std::string path() {
        return (std::filesystem::temp_directory_path() / ("swtpm-" + std::to_string(::getpid()))).string();
    }
    Process tpm_;
};

/// Canaries, one a use, and what knows their forms.
struct Canaries {
    crypto::Drbg random{Bytes{7}, "residue"};
    labels::ContentOracle oracle{random};
    Bytes fresh() {
        const Secret one = labels::make_canary(random);
        oracle.add(labels::forms_of_canary(one.bytes()));
        return {one.bytes().begin(), one.bytes().end()};
    }
};

void expect_nothing_left(Resident& tpm, const Canaries& canaries) {
    for (const auto& finding : tpm.scan(canaries.oracle).findings) BOOST_ERROR(finding.text());
}

BOOST_AUTO_TEST_CASE(what_was_sealed_is_nowhere_once_it_is_flushed) {
    if (sanitized) return void(std::puts("skipped: AddressSanitizer keeps what was freed"));
    Resident tpm;
    Canaries canaries;
    const Bytes data = canaries.fresh(), auth = canaries.fresh();
    const auto parent = tpm.call(
        CreatePrimaryIn{.primary_handle = rh::owner, .in_public = {templates::storage_key(Alg::ecc)}},
        {password()});
    const auto made = tpm.call(CreateIn{.parent_handle = parent.object_handle,
                                        .in_sensitive = {{.user_auth = {auth}, .data = {data}}},
                                        .in_public = {templates::sealed_data()}},
                               {password()});
    const auto loaded = tpm.call(LoadIn{.parent_handle = parent.object_handle,
                                        .in_private = made.out_private,
                                        .in_public = made.out_public},
                                 {password()});
    BOOST_TEST(tpm.scan(canaries.oracle).findings.size() == 2U);  // each where it is held, and nowhere else
    tpm.call(UnsealIn{.item_handle = loaded.object_handle}, {password(auth)});
    const auto saved = tpm.call(ContextSaveIn{.save_handle = loaded.object_handle});
    tpm.call(FlushContextIn{.flush_handle = loaded.object_handle});
    const auto again = tpm.call(ContextLoadIn{.context = saved.context});
    tpm.call(FlushContextIn{.flush_handle = again.loaded_handle});
    expect_nothing_left(tpm, canaries);
}

BOOST_AUTO_TEST_CASE(keys_and_messages_of_hmacs_are_nowhere_once_they_are_flushed) {
    if (sanitized) return void(std::puts("skipped: AddressSanitizer keeps what was freed"));
    Resident tpm;
    Canaries canaries;
    const Bytes key = canaries.fresh(), auth = canaries.fresh(), message = canaries.fresh();
    TpmtPublic area{.type = Alg::keyedhash,
                    .object_attributes = object_attribute::sign | object_attribute::user_with_auth,
                    .scheme = TpmtScheme::with(Alg::hmac, Alg::sha256)};
    const Bytes seed(32, 3);
    area.unique_digest.value = digest(Alg::sha256, {seed, key});
    const auto loaded = tpm.call(LoadExternalIn{
        .in_private = {{TpmtSensitive{
            .type = Alg::keyedhash, .auth_value = {auth}, .seed_value = {seed}, .sensitive = {key}}}},
        .in_public = {area}});
    tpm.call(HmacIn{.handle = loaded.object_handle, .buffer = {message}, .hash_alg = Alg::sha256},
             {password(auth)});
    const Bytes sequence_auth = canaries.fresh();
    const auto sequence = tpm.call(
        HmacStartIn{.handle = loaded.object_handle, .auth = {sequence_auth}, .hash_alg = Alg::sha256},
        {password(auth)});
    tpm.call(SequenceUpdateIn{.sequence_handle = sequence.sequence_handle, .buffer = {message}},
             {password(sequence_auth)});
    tpm.call(SequenceCompleteIn{.sequence_handle = sequence.sequence_handle, .buffer = {message}},
             {password(sequence_auth)});
    tpm.call(FlushContextIn{.flush_handle = loaded.object_handle});
    expect_nothing_left(tpm, canaries);
}

BOOST_AUTO_TEST_CASE(an_nv_index_and_old_authorizations_are_nowhere_once_they_are_gone) {
    if (sanitized) return void(std::puts("skipped: AddressSanitizer keeps what was freed"));
    Resident tpm;
    Canaries canaries;
    const Bytes owner = canaries.fresh(), auth = canaries.fresh(), data = canaries.fresh();
    tpm.call(HierarchyChangeAuthIn{.auth_handle = rh::owner, .new_auth = {owner}}, {password()});
    constexpr Handle index = 0x0180'0001;
    namespace nv = nv_attribute;
    tpm.call(NvDefineSpaceIn{.auth_handle = rh::owner,
                             .auth = {auth},
                             .public_info = {{.nv_index = index,
                                              .attributes = nv::auth_read | nv::auth_write | nv::no_da,
                                              .data_size = static_cast<std::uint16_t>(data.size())}}},
             {password(owner)});
    tpm.call(NvWriteIn{.auth_handle = index, .nv_index = index, .data = {data}}, {password(auth)});
    tpm.call(
        NvReadIn{.auth_handle = index, .nv_index = index, .size = static_cast<std::uint16_t>(data.size())},
        {password(auth)});
    BOOST_TEST(tpm.scan(canaries.oracle).findings.size() == 3U);
    tpm.call(NvUndefineSpaceIn{.auth_handle = rh::owner, .nv_index = index}, {password(owner)});
    tpm.call(HierarchyChangeAuthIn{.auth_handle = rh::owner}, {password(owner)});
    expect_nothing_left(tpm, canaries);
}

BOOST_AUTO_TEST_CASE(what_rsa_decrypts_is_nowhere_once_it_is_answered) {
    if (sanitized) return void(std::puts("skipped: AddressSanitizer keeps what was freed"));
    Resident tpm;
    Canaries canaries;
    const Bytes message = canaries.fresh();
    TpmtPublic area = templates::policy_bound_decryption_key({});
    area.object_attributes |= object_attribute::user_with_auth;
    const auto key =
        tpm.call(CreatePrimaryIn{.primary_handle = rh::owner, .in_public = {area}}, {password()});
    const TpmtScheme oaep = TpmtScheme::with(Alg::oaep, Alg::sha256);
    const auto wrapped =
        tpm.call(RsaEncryptIn{.key_handle = key.object_handle, .message = {message}, .in_scheme = oaep});
    const auto opened = tpm.call(
        RsaDecryptIn{.key_handle = key.object_handle, .cipher_text = wrapped.out_data, .in_scheme = oaep},
        {password()});
    BOOST_TEST(opened.message.value == message);
    expect_nothing_left(tpm, canaries);
}

}  // namespace
}  // namespace assay::tpm
