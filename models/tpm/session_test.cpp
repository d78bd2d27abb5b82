// Sessions: the HMACs of exchanges that a peer had, and this TPM with a client of its own.
#include <boost/test/unit_test.hpp>

#include "models/tpm/protection.hpp"
#include "models/tpm/test_tpm.hpp"
#include "sim/base/reader.hpp"
#include "sim/crypto/mac.hpp"

namespace assay::tpm {
namespace {

using nlohmann::json;

struct ParsedCommand {
    Bytes handles, parameters;
    std::vector<TpmsAuthCommand> sessions;
};
ParsedCommand parse(ByteView command, std::size_t handles) {
    ParsedCommand out;
    Reader in{command.subspan(header_size), byte_order};
    Area<TpmsAuthCommand, std::uint32_t, 4096> area;
    BOOST_REQUIRE(in.get_bytes(out.handles, 4 * handles));
    BOOST_REQUIRE(in.get(area));
    out.sessions = area.items;
    out.parameters.assign(in.rest().begin(), in.rest().end());
    return out;
}

BOOST_AUTO_TEST_CASE(hashes_hmacs_and_ciphertexts_are_those_of_a_peer) {
    std::size_t checked = 0;
    const json vectors = shared_json("tpm/derived/session-hmac.json");
    for (const json& v : vectors) {
        if (!v.contains("session")) continue;  // the one with two sessions: below
        const Alg alg = alg_named(v.at("sessionHash").get<std::string>());
        const Bytes command = bytes_of(v.at("command"));
        const Cc cc{load<std::uint32_t>(ByteView{command}.subspan(6), byte_order)};
        std::vector<Bytes> names;
        for (const json& name : v.at("names")) names.push_back(bytes_of(name));
        const ParsedCommand parsed = parse(command, names.size());

        const Bytes cp = cp_hash(alg, cc, names, parsed.parameters);
        BOOST_TEST(to_hex(cp) == v.at("cpHash").get<std::string>());

        const json& s = v.at("session");
        const Bytes salt = bytes_of(s.at("salt")), bind = bytes_of(s.at("bindAuth"));
        Bytes key;
        if (!salt.empty() || !bind.empty()) {
            const Secret made =
                kdfa(alg, concat({without_trailing_zeros(bind), salt}), "ATH", bytes_of(s.at("nonceTPM")),
                     bytes_of(s.at("nonceCaller")), 8 * digest_size(alg));
            key.assign(made.bytes().begin(), made.bytes().end());
        }
        BOOST_TEST(to_hex(key) == s.at("sessionKey").get<std::string>());
        const Bytes auth = bytes_of(v.at("authValue"));
        const ByteView stripped = without_trailing_zeros(auth);
        const Bytes hmac_key = v.at("authInKey").get<bool>() ? concat({key, stripped}) : key;
        const Bytes caller = bytes_of(v.at("nonceCaller")), older = bytes_of(v.at("nonceTPMOlder"));
        BOOST_TEST(
            to_hex(crypto::hmac(hash_of(alg), hmac_key, {cp, caller, older, bytes_of(v.at("attributes"))})) ==
            v.at("commandHmac").get<std::string>());
        if (v.contains("plainCommandParameters")) {
            Bytes plain = parsed.parameters;
            const bool is_xor = v.at("label").get<std::string>().find("XOR") != std::string::npos;
            BOOST_TEST(crypt_first_parameter(plain,
                                             is_xor ? TpmtSymDef::xor_with(alg) : TpmtSymDef::aes_cfb(128),
                                             alg, concat({key, stripped}), caller, older, false));
            BOOST_TEST(to_hex(plain) == v.at("plainCommandParameters").get<std::string>());
        }
        ++checked;
    }
    std::printf("vectors: session exchanges %zu checked of %zu\n", checked, vectors.size());
}

TpmtPublic sealed_with_auth() { return templates::sealed_data(); }

struct Sealed {
    Handle handle;
    Bytes name;
};
/// Sealed data under a storage key, with an authValue.
Sealed seal(Bench& bench, ByteView data, ByteView auth) {
    const auto parent = bench.primary(rh::owner, templates::storage_key(Alg::ecc));
    CreateIn create{.parent_handle = parent.object_handle, .in_public = {sealed_with_auth()}};
    create.in_sensitive.value.user_auth = Bytes{auth.begin(), auth.end()};
    create.in_sensitive.value.data = Bytes{data.begin(), data.end()};
    const auto made = bench.call(create, {password()});
    BOOST_REQUIRE(made);
    const auto loaded =
        bench.call(LoadIn{parent.object_handle, made->out_private, made->out_public}, {password()});
    BOOST_REQUIRE(loaded);
    return {loaded->object_handle, loaded->name.value};
}

BOOST_AUTO_TEST_CASE(an_hmac_session_unseals_with_encrypted_answers_under_every_cipher_and_salt) {
    for (const TpmtSymDef& symmetric :
         {TpmtSymDef::aes_cfb(128), TpmtSymDef::aes_cfb(256), TpmtSymDef::xor_with(Alg::sha256)})
        for (const Alg key_type : {Alg::null, Alg::rsa, Alg::ecc}) {
            Bench bench;
            bench.start();
            const Bytes auth{1, 2, 3, 0, 0}, data{9, 8, 7};
            const Sealed item = seal(bench, data, auth);
            StartAuthSessionIn start{.nonce_caller = {Bytes(20, 5)}, .symmetric = symmetric};
            SessionSecrets secrets{.nonce_caller = start.nonce_caller.value, .symmetric = symmetric};
            if (key_type != Alg::null) {
                const auto salter = bench.primary(rh::null, templates::storage_key(key_type));
                start.tpm_key = salter.object_handle;
                const crypto::Context context{bench.random};
                auto shared = share_secret(context, salter.out_public.value, "SECRET");
                BOOST_REQUIRE(shared);
                start.encrypted_salt.value = shared->encrypted;
                const ByteView salt = std::as_const(shared->secret).bytes();
                secrets.salt.assign(salt.begin(), salt.end());
            }
            const auto started = bench.call(start);
            BOOST_REQUIRE(started);
            ClientSession session{*started, secrets, bench.random};
            session.attributes = session_attribute::continue_session | session_attribute::encrypt;
            for (int again = 0; again < 2; ++again) {  // nonces roll
                const Bytes command = session.command(UnsealIn{item.handle}, {item.name}, auth);
                const Bytes response = bench.send(command);
                const auto out = session.response<UnsealOut>(response);
                BOOST_TEST_REQUIRE(static_cast<bool>(out), (out ? "" : out.error().text()));
                BOOST_TEST(out->out_data.value == data);
                BOOST_TEST((std::ranges::search(response, data).empty()));
            }
        }
}

BOOST_AUTO_TEST_CASE(a_wrong_authorization_is_refused_and_counted_only_where_it_should_be) {
    Bench bench;
    bench.start();
    const Sealed item = seal(bench, Bytes{1}, Bytes{7, 7});
    BOOST_TEST(bench.rc(UnsealIn{item.handle}, {password()}) == Rc{0x98E});
    BOOST_TEST(bench.rc(UnsealIn{item.handle}, {password(Bytes{7, 7, 0})}) == Rc::success);
    for (int i = 0; i < 2; ++i)
        BOOST_TEST(bench.rc(UnsealIn{item.handle}, {password(Bytes{1})}) == Rc{0x98E});
    BOOST_TEST(bench.rc(UnsealIn{item.handle}, {password(Bytes{7, 7})}) == Rc::lockout);
    bench.time.advance(std::chrono::seconds{1000});
    BOOST_TEST(bench.rc(UnsealIn{item.handle}, {password(Bytes{7, 7})}) == Rc::success);
    const PcrExtendIn extend{.pcr_handle = 0};
    BOOST_TEST(bench.rc(extend, {password(Bytes{1})}) == Rc{0x9A2});
    BOOST_TEST(bench.rc(extend) == Rc::auth_missing);
}

BOOST_AUTO_TEST_CASE(a_bound_session_leaves_the_auth_value_out_and_ends_its_binding_with_it) {
    Bench bench;
    bench.start();
    const Bytes old_auth{5, 5, 5}, new_auth{6, 6};
    HierarchyChangeAuthIn change{.auth_handle = rh::owner};
    change.new_auth = Bytes{old_auth};
    BOOST_REQUIRE(bench.call(change, {password()}));
    const StartAuthSessionIn start{.bind = rh::owner, .nonce_caller = {Bytes(16, 2)}};
    const auto started = bench.call(start);
    BOOST_REQUIRE(started);
    ClientSession session{
        *started, {.nonce_caller = start.nonce_caller.value, .bind_auth = old_auth}, bench.random};
    session.auth_value_in_key = false;
    change.new_auth = Bytes{new_auth};
    auto out = session.response<NoOut>(bench.send(session.command(change, {name_of(rh::owner)}, old_auth)),
                                       new_auth);
    BOOST_TEST_REQUIRE(static_cast<bool>(out), (out ? "" : out.error().text()));
    session.auth_value_in_key = true;  // the entity is another one now
    out = session.response<NoOut>(bench.send(session.command(change, {name_of(rh::owner)}, new_auth)),
                                  new_auth);
    BOOST_TEST(static_cast<bool>(out), (out ? "" : out.error().text()));
}

BOOST_AUTO_TEST_CASE(an_encrypted_command_parameter_is_decrypted_after_the_hmacs) {
    Bench bench;
    bench.start();
    StartAuthSessionIn start{.nonce_caller = {Bytes(16, 3)}, .symmetric = TpmtSymDef::aes_cfb(128)};
    const auto started = bench.call(start);
    ClientSession session{
        *started, {.nonce_caller = start.nonce_caller.value, .symmetric = start.symmetric}, bench.random};
    session.attributes = session_attribute::continue_session | session_attribute::decrypt;
    HierarchyChangeAuthIn change{.auth_handle = rh::owner};
    change.new_auth = Bytes{1, 2, 3, 4};
    Bytes command = session.command(change, {name_of(rh::owner)}, {});
    Bytes bent = command;
    bent.back() ^= 1;
    BOOST_TEST(response_code(bench.send(bent)).value() == Rc{0x9A2});
    BOOST_TEST(response_code(bench.send(command)).value() == Rc::success);
    BOOST_TEST(bench.rc(ClearIn{rh::lockout}, {password(Bytes{1})}) == Rc{0x98E});
    change.new_auth = Bytes{};
    BOOST_TEST(bench.rc(change, {password(Bytes{1, 2, 3, 4})}) == Rc::success);
}

}  // namespace
}  // namespace assay::tpm
