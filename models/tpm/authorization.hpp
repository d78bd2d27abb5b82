// The authorization area of one command (TPM 2.0 Library 1.59, Part 1, 18 and 19; Part 3, 5.5 to 5.7): who
// allows it, what is encrypted, what the response says to each session.
#pragma once
#include "models/tpm/command.hpp"

namespace assay::tpm {

/// Lives as long as its command. The calls come in the order in which they stand.
class Authorization {
public:
    Authorization(Tpm& tpm, const Command& row, const HandleArea& handles)
        : tpm_(tpm), row_(row), handles_(handles) {}

    /// Step 9: the entries of the area, one after the other.
    Rc parse(ByteView area);
    /// Steps 10 and 11. `parameters` as sent.
    Rc check(ByteView parameters);
    bool decrypts() const { return decrypt_.has_value(); }
    /// Step 12, in place.
    Rc decrypt(std::span<std::uint8_t> parameters);

    /// Step 15: rolls nonces, encrypts in place, audits; gives the area of the response.
    Bytes respond(std::span<std::uint8_t> parameters);
    /// Goes into the digest of audited commands, where this one is audited (Part 1, 31.4).
    void audit_command(ByteView response_parameters);
    /// What ends with the command: sessions without continueSession, policies that were used.
    void finish();

private:
    struct Entry {
        TpmsAuthCommand in{};
        Session* session = nullptr;  // null: password
        std::optional<Handle> entity{};
        Role role = Role::none;
        bool auth_in_key = false;
        bool has(std::uint8_t attribute) const { return (in.session_attributes & attribute) != 0; }
    };
    Rc check_entry(Entry& entry, std::size_t index);
    Rc consistent(const Entry& entry);
    Rc authorize(Entry& entry, std::size_t index, ByteView parameters);
    Rc entity_allows(const Entry& entry) const;
    bool needs_policy(const Entry& entry) const;
    bool auth_value_available(const Entry& entry) const;
    bool policy_available(const Entry& entry) const;
    Rc policy_satisfied(const Entry& entry, ByteView parameters) const;
    bool meets_demand(const Session& session, ByteView parameters) const;
    Rc verdict(const Entry& entry, bool right);
    Rc failure(const Entry& entry);
    bool uses_auth_value(const Entry& entry) const;
    bool is_bound_to(const Session& session, Handle entity) const;

    bool is_audited() const;
    Bytes names() const;
    Bytes command_hash(Alg hash, ByteView parameters) const;
    Bytes command_hmac(const Entry& entry, std::size_t index, ByteView parameters) const;
    Secret hmac_key(const Entry& entry) const;
    Secret crypt_key(const Entry& entry) const;
    TpmsAuthResponse answer(Entry& entry, ByteView parameters);
    void audit(Entry& entry, ByteView parameters);

    Tpm& tpm_;
    const Command& row_;
    const HandleArea& handles_;
    std::vector<Entry> entries_{};
    std::optional<std::size_t> decrypt_{}, encrypt_{}, audit_{};
    ByteView parameters_{};  // as sent; the command outlives this
    Bytes names_{};          // of the handles before the command, where a session or an audit asks for them
};

/// What a session remembers of the entity it is bound to.
Bytes binding(const Tpm& tpm, Handle entity);

}  // namespace assay::tpm
