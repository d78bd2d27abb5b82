// Reference manifests that were handed in: each parsed and verified at most once, found by what it says.
#pragma once
#include "models/verifier/chain.hpp"
#include "sim/crypto/xml_signature.hpp"

namespace assay::verifier {

/// What a device needs: one of these per manifest.
struct RimWish {
    std::string role;  // "driver", "VBIOS", "BIOS": for messages
    bool is_driver = false;
    std::string version;  // exactly colloquialVersion
    std::string edition;  // GPU or SWITCH
    std::string product;  // GH100, GB100, LS10
    std::string id;       // under which it is published
};

class RimDesk {
public:
    /// Both must outlive the desk.
    RimDesk(const std::vector<ReferenceValues::Item>& items, const std::vector<crypto::Certificate>& roots)
        : items_(items), roots_(roots) {}

    struct File {
        const ReferenceValues::Item* item;
        std::optional<crypto::EnvelopedSignature> signature;
        std::optional<gpu::Rim> rim;  // what it says: to be believed once `verified`
        bool verified = false;        // signature and path to a pinned root
        bool judged = false;          // `verified` or `failure` is final
        bool used = false;
        std::optional<Finding> failure;
    };

    /// Why there is none, and at which step that showed.
    struct Miss {
        enum class Step : std::uint8_t { fetch, version, signature, chain } step{};
        Finding finding;
    };
    /// The manifest that fits, signature and path verified. Of several, the one whose signed content comes
    /// first in byte order.
    Result<File*, Miss> find(const RimWish& wish);

    /// One warning per file that was not used, if any was looked for.
    std::vector<Finding> unused() const;

    /// Versions of verified manifests, other than `except`, that have `value` as a golden of that index.
    std::vector<std::string> versions_with(unsigned index, ByteView value, std::string_view except) const;

private:
    void load();
    void judge(File& file);

    const std::vector<ReferenceValues::Item>& items_;
    bool loaded_ = false;
    std::vector<File> files_;
    const std::vector<crypto::Certificate>& roots_;
    std::vector<std::vector<crypto::Certificate>> issuers_;  // chains above a leaf whose path was verified
};

}  // namespace assay::verifier
