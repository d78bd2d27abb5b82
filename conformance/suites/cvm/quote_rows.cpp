// One fault in the quote, or in the values beside it.
#include "conformance/suites/cvm/row.hpp"

namespace assay::conformance::confidential_vm {
namespace quote_table {

void other_magic(World& w) {
    w.quote.signed_bytes = [](Bytes& message) {
        message[0] = 0xFE;
    };
}
void nv_type(World& w) {
    w.quote.before_signing = [](tpm::TpmsAttest& attest) {
        attest.type = tpm::Tag::attest_nv;
        attest.nv.index_name.value = Bytes(34, 1);
    };
}
void certify_type(World& w) {
    w.quote.before_signing = [](tpm::TpmsAttest& attest) {
        attest.type = tpm::Tag::attest_certify;
        attest.certify.name.value = Bytes(34, 1);
    };
}
void trailing_byte(World& w) {
    w.quote.signed_bytes = [](Bytes& message) {
        message.push_back(0);
    };
}
void cut_off(World& w) {
    w.quote.signed_bytes = [](Bytes& message) {
        message.resize(message.size() - 1);
    };
}
void without_pcr_8(World& w) { w.selection = {tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0xFEFF)}; }
void only_high_registers(World& w) {
    w.selection = {tpm::TpmsPcrSelection::mask(tpm::Alg::sha256, 0x810000)};
}
void presented_as_low(World& w) {
    // Values of registers that anyone may extend, presented as those of the boot.
    only_high_registers(w);
    w.values = [](auto& banks) {
        auto& bank = banks["sha256"];
        bank = {{0, bank.at(16)}, {1, bank.at(23)}};
    };
}
void other_bank(World& w) { w.selection = {tpm::TpmsPcrSelection::mask(tpm::Alg::sha1, 0xFFFF)}; }
void nothing_selected(World& w) { w.selection.clear(); }
void value_altered(World& w) {
    w.values = [](auto& banks) {
        banks["sha256"].at(8)[0] ^= 1;
    };
}
void value_missing(World& w) {
    w.values = [](auto& banks) {
        banks["sha256"].erase(5);
    };
}
void value_too_many(World& w) {
    w.values = [](auto& banks) {
        banks["sha256"].emplace(16, Bytes(32));
    };
}
void values_of_another_bank(World& w) {
    w.values = [](auto& banks) {
        banks["sha384"].emplace(0, Bytes(48));
    };
}
void values_swapped(World& w) {
    w.values = [](auto& banks) {
        std::swap(banks["sha256"].at(8), banks["sha256"].at(12));
    };
}
void firmware_measured_nothing(World& w) {
    for (Measured& one : w.boot)
        if (one.pcr == 0) one.extended = false;
}
void other_signer(World& w) { w.quote.other_signer = true; }
void signature_altered(World& w) {
    w.quote.after_signing = [](Bytes&, Bytes& signature) {
        signature[0] ^= 1;
    };
}
void signature_empty(World& w) {
    w.quote.after_signing = [](Bytes&, Bytes& signature) {
        signature.clear();
    };
}
void message_altered(World& w) {
    // The clock: nothing else looks at it.
    w.quote.after_signing = [](Bytes& message, Bytes&) {
        message[80] ^= 1;
    };
}
void extra_data_of_nonce(World& w) { w.quote.extra_data = w.nonce; }
void extra_data_empty(World& w) { w.quote.extra_data = Bytes{}; }
void extra_data_longer(World& w) {
    w.quote.before_signing = [](tpm::TpmsAttest& attest) {
        attest.extra_data.value.push_back(0);
    };
}
void extra_data_shorter(World& w) {
    w.quote.before_signing = [](tpm::TpmsAttest& attest) {
        attest.extra_data.value.pop_back();
    };
}

}  // namespace quote_table

std::vector<Row> quote_rows() {
    namespace t = quote_table;
    const std::vector<std::string> kind{"CVM-QUO-001"}, selection{"CVM-QUO-002"}, values{"CVM-QUO-003"},
        signature{"CVM-QUO-004"}, nonce{"CVM-QUO-005"};
    const std::vector<std::string_view> select{"E_PCR_SELECTION"}, bank{"E_PCR_BANK"},
        by{"E_QUOTE_SIGNATURE"}, other{"E_QUOTE_NONCE"}, type{"E_QUOTE_TYPE"};
    return {
        {"quote.magic",
         "A structure that no TPM made is refused",
         kind,
         nullptr,
         t::other_magic,
         {"E_QUOTE_MAGIC"}},
        {"quote.nv-type", "An attestation of NV contents is no quote", kind, nullptr, t::nv_type, type},
        {"quote.certify-type", "A certification is no quote", kind, nullptr, t::certify_type, type},
        {"quote.trailing",
         "A byte after the structure is refused",
         kind,
         nullptr,
         t::trailing_byte,
         {"E_QUOTE_FORMAT"}},
        {"quote.cut-off",
         "A structure that is cut off is refused",
         kind,
         nullptr,
         t::cut_off,
         {"E_QUOTE_FORMAT"}},
        {"quote.register-missing", "A quote without a required register is refused", selection, nullptr,
         t::without_pcr_8, select},
        {"quote.high-registers", "A quote over registers that anyone may extend is refused", selection,
         nullptr, t::only_high_registers, select},
        {"quote.presented-as", "Values of other registers do not stand for the required ones", selection,
         nullptr, t::presented_as_low, select},
        {"quote.bank", "A quote over another bank alone is refused", selection, nullptr, t::other_bank, bank},
        {"quote.nothing", "A quote over nothing is refused", selection, nullptr, t::nothing_selected, bank},
        {"quote.value-altered",
         "A value that was not quoted is refused",
         values,
         nullptr,
         t::value_altered,
         {"E_PCR_DIGEST"}},
        {"quote.values-swapped",
         "Values in another order are refused",
         values,
         nullptr,
         t::values_swapped,
         {"E_PCR_DIGEST"}},
        {"quote.value-missing", "A quoted register without a value is refused", values, nullptr,
         t::value_missing, select},
        {"quote.value-more", "A value of a register that is not quoted is refused", values, nullptr,
         t::value_too_many, select},
        {"quote.value-bank", "Values of a bank that is not quoted are refused", values, nullptr,
         t::values_of_another_bank, bank},
        {"quote.capped",
         "Registers that show no firmware activity are refused",
         values,
         nullptr,
         t::firmware_measured_nothing,
         {"E_PCR_CAPPED"}},
        {"quote.other-signer", "A quote by a key that the CPU report does not name is refused", signature,
         nullptr, t::other_signer, by},
        {"quote.signature", "A quote with an altered signature is refused", signature, nullptr,
         t::signature_altered, by},
        {"quote.signature-empty", "A quote without a signature is refused", signature, nullptr,
         t::signature_empty, by},
        {"quote.altered", "A quote that was altered after it was signed is refused", signature, nullptr,
         t::message_altered, by},
        {"quote.bare-nonce", "A quote that covers the challenge alone is refused", nonce, nullptr,
         t::extra_data_of_nonce, other},
        {"quote.extra-empty", "A quote that covers no challenge is refused", nonce, nullptr,
         t::extra_data_empty, other},
        {"quote.extra-longer", "Bytes after what is expected in extraData are refused", nonce, nullptr,
         t::extra_data_longer, other},
        {"quote.extra-shorter", "A prefix of what is expected in extraData is refused", nonce, nullptr,
         t::extra_data_shorter, other},
    };
}

}  // namespace assay::conformance::confidential_vm
