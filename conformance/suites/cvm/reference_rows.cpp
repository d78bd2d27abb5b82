// Something was booted that is no reference value: logged and extended as it is.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace reference_table {

void other(World& w, std::string_view item) { w.measured(item).digest[0] ^= 1; }
void firmware(World& w) { other(w, "firmware"); }
void loader(World& w) { other(w, "loader"); }
void kernel(World& w) { other(w, "kernel"); }
void version(World& w) {
    Measured& one = w.measured("version");
    one.data.push_back('1');
    one.digest = World::sha256({one.data});
}
void set_line(World& w, const std::string& line) {
    w.measured("command line") = World::ipl(12, "kernel_cmdline: " + line, World::sha256({as_bytes(line)}));
}
std::string line_with(const World& w, const std::string& root) {
    (void)w;
    return "root=/dev/dm-0 roothash=" + root + " ro panic=-1";
}
std::string good_root(const World& w) { return w.references.at("verity_roots").front(); }
void more_on_the_line(World& w) { set_line(w, line_with(w, good_root(w)) + " init=/bin/sh"); }
void less_on_the_line(World& w) { set_line(w, "root=/dev/dm-0 roothash=" + good_root(w) + " ro"); }
void other_root(World& w) { set_line(w, line_with(w, std::string(64, 'b'))); }
void root_twice(World& w) { set_line(w, line_with(w, good_root(w)) + " roothash=" + std::string(64, 'b')); }
void root_as_placeholder(World& w) { set_line(w, line_with(w, "{verity-root}")); }
void root_in_capitals(World& w) {
    std::string root = good_root(w);
    for (char& c : root) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
    set_line(w, line_with(w, root));
}
void policy(World& w) {
    const Bytes digest = w.random(32);
    w.measured("policy") = World::ipl(8, "runtime_policy: sha256:" + to_hex(digest), digest);
}
void no_policy(World& w) { w.drop("policy"); }
void two_policies(World& w) { w.insert_after("policy", w.measured("policy")); }
void image(World& w) {
    const Bytes digest = w.random(32);
    w.measured("image 1") = World::ipl(12, "container_image: other@sha256:" + to_hex(digest), digest);
}
void required_image_missing(World& w) { w.drop("image 0"); }
void nothing_allowed(World& w) { w.references["images"].clear(); }
void secure_boot_off(World& w) {
    Measured& one = w.measured("secure boot");
    one.data.back() = 0;
    one.digest = World::sha256({one.data});
}

}  // namespace reference_table

std::vector<Row> reference_rows() {
    namespace t = reference_table;
    const std::vector<std::string> items{"CVM-REF-001"}, line{"CVM-REF-002"}, root{"CVM-REF-003"},
        policy{"CVM-REF-004"}, images{"CVM-REF-005"}, secure{"CVM-REF-006"};
    const std::vector<std::string_view> mismatch{"E_MEAS_MISMATCH"}, cmdline{"E_LOG_CMDLINE"},
        root_hash{"E_ROOT_HASH"}, image{"E_IMAGE_DIGEST"}, missing{"E_LOG_MISSING"};
    return {
        {"boot.firmware", "Firmware that is no reference value is refused", items, nullptr, t::firmware,
         mismatch},
        {"boot.version", "A firmware version that is no reference value is refused", items, nullptr,
         t::version, mismatch},
        {"boot.loader", "A loader that is no reference value is refused", items, nullptr, t::loader,
         mismatch},
        {"boot.kernel", "A kernel that is no reference value is refused", items, nullptr, t::kernel,
         mismatch},
        {"boot.command-line-more", "A command line with one more token is refused", line, nullptr,
         t::more_on_the_line, cmdline},
        {"boot.command-line-less", "A command line with one token less is refused", line, nullptr,
         t::less_on_the_line, cmdline},
        {"boot.root-twice",
         "A command line with two root hashes is refused",
         line,
         nullptr,
         t::root_twice,
         {"E_LOG_CMDLINE", "E_ROOT_HASH"}},
        {"boot.root", "A disk with another root hash is refused", root, nullptr, t::other_root, root_hash},
        {"boot.root-placeholder",
         "A command line that spells the placeholder itself is refused",
         root,
         nullptr,
         t::root_as_placeholder,
         {"E_ROOT_HASH", "E_LOG_CMDLINE"}},
        {"boot.root-capitals",
         "A root hash in another spelling is refused",
         root,
         nullptr,
         t::root_in_capitals,
         {"E_ROOT_HASH", "E_LOG_CMDLINE"}},
        {"boot.policy",
         "A runtime policy that is no reference value is refused",
         policy,
         nullptr,
         t::policy,
         {"E_PCR_POLICY_HASH"}},
        {"boot.policy-absent", "A boot without a runtime policy is refused", policy, nullptr, t::no_policy,
         missing},
        {"boot.policy-twice",
         "A boot that measures two runtime policies is refused",
         policy,
         nullptr,
         t::two_policies,
         {"E_LOG_UNKNOWN_EVENT"}},
        {"boot.image", "A container image that is no reference value is refused", images, nullptr, t::image,
         image},
        {"boot.image-required", "A boot without a required image is refused", images, nullptr,
         t::required_image_missing, missing},
        {"boot.image-none",
         "Without reference values no image is accepted",
         images,
         nullptr,
         t::nothing_allowed,
         {"E_MEAS_NO_REFERENCE"}},
        {"boot.secure-boot",
         "A boot whose variable says that Secure Boot is off is refused",
         secure,
         nullptr,
         t::secure_boot_off,
         {"E_SECURE_BOOT"}},
    };
}

}  // namespace assay::conformance::confidential_vm
