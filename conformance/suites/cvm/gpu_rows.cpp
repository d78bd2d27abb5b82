// One fault in the GPU evidence, or in what binds it to the VM.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace gpu_table {

void absent(World& w) { w.with_gpu = false; }
void empty_list(World& w) {
    w.gpu_text = [](std::string& text) {
        text = "[]";
    };
}
void not_json(World& w) {
    w.gpu_text = [](std::string& text) {
        text.pop_back();
    };
}
void bare_challenge(World& w) { w.gpu_nonce = w.nonce; }
void other_vm(World& w) { w.gpu_nonce = w.random(32); }
void added_afterwards(World& w) {
    // White space: the same evidence, and not what the VM bound.
    w.evidence = [](std::map<std::string, std::string>& members) {
        std::string& text = members.at("gpu");
        text.insert(text.size() - 1, " ");
    };
}
void cc_off(World& w) { w.gpu.report().field(33).data = {0, 0}; }
void devtools(World& w) { w.gpu.report().field(33).data = {0x0F, 0x0F}; }
void measurement(World& w) { w.gpu.report().block(9).value[0] ^= 1; }
void signature(World& w) { w.gpu.device().other_signer = true; }
void root_not_pinned(World& w) {
    w.arrange = [](CvmAppraisalRequest& request) {
        request.gpu.device_roots.clear();
    };
}
void two_demanded(World& w) { w.policy = R"({"gpus":2})"; }
void two_there(World& w) { w.gpu.add_device(assay::gpu::Arch::blackwell); }
void two_of_two(World& w) {
    two_demanded(w);
    two_there(w);
}
void one_twice(World& w) {
    two_demanded(w);
    w.gpu_text = [](std::string& text) {
        const std::string one = text.substr(1, text.size() - 2);
        text = "[" + one + "," + one + "]";
    };
}

}  // namespace gpu_table

std::vector<Row> gpu_rows() {
    namespace t = gpu_table;
    const std::vector<std::string> count{"CVM-GPU-001"}, bound{"CVM-GPU-002"}, genuine{"CVM-GPU-003"};
    const std::vector<std::string_view> number{"E_DEVICE_COUNT"}, parse{"E_EVIDENCE_PARSE"},
        binding{"E_COMPOSITE_BINDING"};
    return {
        {"gpu.absent", "Evidence without a GPU is refused", count, nullptr, t::absent, number},
        {"gpu.empty", "An empty list of GPUs is refused", count, nullptr, t::empty_list, parse},
        {"gpu.malformed", "GPU evidence that is not JSON is refused", count, nullptr, t::not_json, parse},
        {"gpu.two", "Two GPUs are accepted where two are demanded", count, t::two_of_two, nullptr, {}},
        {"gpu.too-few", "One GPU is refused where two are demanded", count, nullptr, t::two_demanded, number},
        {"gpu.too-many", "Two GPUs are refused where one is demanded", count, nullptr, t::two_there, number},
        {"gpu.twice",
         "One GPU does not count as two",
         count,
         t::two_of_two,
         [](World& w) {
             w.gpu.devices.pop_back();
             t::one_twice(w);
         },
         {"E_GPU_IDENTITY_SET"}},
        {"gpu.bare-challenge", "GPU evidence that answers the challenge and not this VM is refused", bound,
         nullptr, t::bare_challenge, binding},
        {"gpu.other-vm", "GPU evidence that another VM asked for is refused", bound, nullptr, t::other_vm,
         binding},
        {"gpu.afterwards",
         "GPU evidence that the quote does not cover is refused",
         bound,
         nullptr,
         t::added_afterwards,
         {"E_QUOTE_NONCE"}},
        {"gpu.cc-off",
         "A GPU without confidential computing is refused",
         genuine,
         nullptr,
         t::cc_off,
         {"E_CC_MODE"}},
        {"gpu.devtools",
         "A GPU in developer-tools mode is refused",
         genuine,
         nullptr,
         t::devtools,
         {"E_GPU_DEVTOOLS_MODE", "E_CC_MODE"}},
        {"gpu.measurement",
         "A GPU with another measurement is refused",
         genuine,
         nullptr,
         t::measurement,
         {"E_MEAS_MISMATCH"}},
        {"gpu.signature",
         "A GPU report by another key is refused",
         genuine,
         nullptr,
         t::signature,
         {"E_SPDM_SIGNATURE"}},
        {"gpu.root",
         "A GPU whose root is not pinned is refused",
         genuine,
         nullptr,
         t::root_not_pinned,
         {"E_PKI_UNTRUSTED_ROOT"}},
    };
}

}  // namespace assay::conformance::confidential_vm
