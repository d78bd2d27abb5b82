// GET_DIGESTS and GET_CERTIFICATE (DSP0274 1.1).
#include <bit>

#include <fmt/format.h>

#include "conformance/suites/gpu_evidence/cases.hpp"
#include "conformance/suites/gpu_evidence/spdm_client.hpp"

namespace assay::conformance::gpu_evidence {
namespace spdm_certificate_topic {

/// DIGESTS of SHA-384, one for each provisioned slot.
Bytes digests(Spdm& spdm) {
    Bytes answer = spdm.answered(get_digests_request, 0x11, 0x01, 4, "DIGESTS");
    const auto slots = static_cast<std::size_t>(std::popcount(answer[3]));
    return exactly(spdm.trial(), std::move(answer), 4 + 48 * slots, "DIGESTS by its slot mask");
}

void digests_format(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes answer = digests(spdm);
    trial.expect((answer[3] & 1) == 1, "slot-0", "slot 0 is provisioned",
                 fmt::format("the slot mask is 0x{:02X}", answer[3]));
    trial.expect(answer[2] == 0, "digests-reserved", "Param1 of DIGESTS is 0", to_hex(answer));
}
void digest_is_of_the_chain(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes answer = digests(spdm);
    trial.expect((answer[3] & 1) == 1, "slot-0", "slot 0 is provisioned", in_words(answer));
    const Bytes expected = crypto::digest(crypto::Hash::sha384, {spdm.certificate_chain(0xFFFF)});
    const ByteView actual = ByteView{answer}.subspan(4, 48);
    trial.expect(equal(actual, expected),
                 wrong("chain-digest",
                       fmt::format("the digest of slot 0 is SHA-384 of the whole chain structure, {}",
                                   to_hex(expected)),
                       to_hex(actual)));
}
void structure_is_right(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes chain = spdm.certificate_chain(0xFFFF);
    trial.expect(chain.size() > 52 && u16(chain, 0) == chain.size(), "chain-length-field",
                 fmt::format("Length is {}, the whole structure", chain.size()),
                 chain.size() < 2 ? "there is none" : fmt::format("it is {}", u16(chain, 0)));
    trial.expect(u16(chain, 2) == 0, "chain-reserved", "Reserved is 0",
                 fmt::format("it is {}", u16(chain, 2)));
    const auto certificates = crypto::certificates_from_der(ByteView{chain}.subspan(52));
    trial.expect(certificates && !certificates->empty(), "chain-certificates",
                 "after RootHash stand DER certificates",
                 certificates ? "there is none" : certificates.error().what);
    const Bytes root = crypto::digest(crypto::Hash::sha384, {certificates->front().der()});
    const bool self_signed = equal(certificates->front().subject_name(), certificates->front().issuer_name());
    trial.expect(
        !self_signed || equal(root, ByteView{chain}.subspan(4, 48)),
        wrong("root-hash", fmt::format("RootHash is SHA-384 of the root certificate, {}", to_hex(root)),
              to_hex(ByteView{chain}.subspan(4, 48))));
}
void chain_is_that_of_the_evidence(Trial& trial) {
    const gpu::Evidence given = evidence(trial);
    const auto pem = chain_of(trial, given);
    Spdm spdm{trial};
    spdm.connect();
    const Bytes chain = spdm.certificate_chain(0xFFFF);
    trial.expect(chain.size() > 52, "chain-length-field", "there is a chain structure", "it is too short");
    const auto sent = crypto::certificates_from_der(ByteView{chain}.subspan(52));
    trial.expect(static_cast<bool>(sent), "chain-certificates", "after RootHash stand DER certificates",
                 sent ? "" : sent.error().what);
    // SPDM sends the root first, or leaves it out; the evidence has the leaf first.
    trial.expect(sent->size() == pem.size() || sent->size() + 1 == pem.size(), "chain-other-length",
                 fmt::format("slot 0 has the {} certificates of the evidence", pem.size()),
                 fmt::format("it has {}", sent->size()));
    for (std::size_t i = 0; i < sent->size(); ++i)
        trial.expect((*sent)[sent->size() - 1 - i] == pem[i], "chain-other",
                     fmt::format("certificate {} of the evidence stands in slot 0", i), "another one does");
}
void portions_fit_together(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes whole = spdm.certificate_chain(0xFFFF);
    for (const unsigned portion : {2048U, 1024U, 1000U, 255U, 64U}) {
        const Bytes parts = spdm.certificate_chain(static_cast<std::uint16_t>(portion));
        trial.expect(parts == whole, "chain-portions",
                     fmt::format("portions of {} bytes give the chain that one portion gives", portion),
                     "they give another");
    }
}
void odd_portions(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes whole = spdm.certificate_chain(0xFFFF);
    for (int i = 0; i < 12; ++i) {
        const Bytes draw = random_bytes(trial, 4);
        const std::size_t offset = u16(draw, 0) % whole.size();
        const std::uint16_t length = static_cast<std::uint16_t>(1 + u16(draw, 2) % 700);
        Bytes answer = spdm.answered(get_certificate(0, static_cast<std::uint16_t>(offset), length), 0x11,
                                     0x02, 8, "CERTIFICATE");
        const std::size_t size = u16(answer, 4), rest = u16(answer, 6);
        answer = exactly(trial, std::move(answer), 8 + size, "CERTIFICATE by its PortionLength");
        trial.expect(size >= 1 && size <= length && offset + size + rest == whole.size(), "portion-sum",
                     fmt::format("offset {}, portion and remainder make {}", offset, whole.size()),
                     fmt::format("portion {}, remainder {}", size, rest));
        trial.expect(equal(ByteView{answer}.subspan(8), ByteView{whole}.subspan(offset, size)),
                     "portion-content",
                     fmt::format("the portion at offset {} is that part of the chain", offset), "it is not");
    }
}
void slot_is_echoed(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes answer = spdm.answered(get_certificate(0, 0, 16), 0x11, 0x02, 8, "CERTIFICATE");
    trial.expect((answer[2] & 0x0F) == 0 && answer[3] == 0, "certificate-slot",
                 "CERTIFICATE names slot 0, Param2 is 0", in_words(answer));
}
void offset_at_the_end(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const auto size = static_cast<std::uint16_t>(spdm.certificate_chain(0xFFFF).size());
    spdm.refused(get_certificate(0, size, 16), {invalid_request}, "an offset at the chain's end");
    spdm.refused(get_certificate(0, 0xFFFF, 0xFFFF), {invalid_request}, "an offset far beyond the chain");
    spdm.certificate_chain(1024);
}
void slot_8(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    spdm.refused(get_certificate(8, 0, 1024), {invalid_request}, "GET_CERTIFICATE for slot 8");
    spdm.certificate_chain(1024);
}
void empty_slot(Trial& trial) {
    Spdm spdm{trial};
    spdm.connect();
    const Bytes answer = digests(spdm);
    std::uint8_t slot = 1;
    while (slot < 8 && (answer[3] >> slot & 1) != 0) ++slot;
    if (slot == 8) trial.not_tested(NotTested::not_supported, "every slot is provisioned");
    spdm.refused(get_certificate(slot, 0, 1024), {invalid_request, unspecified},
                 fmt::format("GET_CERTIFICATE for slot {}, which is not provisioned", slot));
}
void certificates_before_algorithms(Trial& trial) {
    Spdm spdm{trial};
    spdm.get_version();
    spdm.get_capabilities();
    spdm.refused(get_digests_request, {unexpected_request}, "GET_DIGESTS before NEGOTIATE_ALGORITHMS");
    spdm.refused(get_certificate(0, 0, 1024), {unexpected_request},
                 "GET_CERTIFICATE before NEGOTIATE_ALGORITHMS");
}

std::vector<Case> all() {
    const std::vector<std::string> spdm{"spdm"};
    return {
        make_case("spdm.digests-format", "DIGESTS has one digest for each provisioned slot", {"GPU-SPDM-013"},
                  spdm, needs_connection, digests_format),
        make_case("spdm.digests-chain", "The digest of a slot is that of its chain structure",
                  {"GPU-SPDM-014"}, spdm, needs_connection, digest_is_of_the_chain),
        make_case("spdm.certificate-structure",
                  "The chain structure has its length, root hash and certificates", {"GPU-SPDM-015"}, spdm,
                  needs_connection, structure_is_right),
        make_case("spdm.certificate-evidence", "Slot 0 holds the chain of the evidence", {"GPU-SPDM-016"},
                  spdm, needs_connection, chain_is_that_of_the_evidence),
        make_case("spdm.certificate-portions", "Portions of any size give the same chain", {"GPU-SPDM-017"},
                  spdm, needs_connection, portions_fit_together),
        make_case("spdm.certificate-offsets", "Any part of the chain can be asked for", {"GPU-SPDM-017"},
                  spdm, needs_connection, odd_portions),
        make_case("spdm.certificate-slot", "CERTIFICATE names the slot that was asked for", {"GPU-SPDM-018"},
                  spdm, needs_connection, slot_is_echoed),
        make_case("spdm.certificate-beyond", "An offset beyond the chain is refused", {"GPU-SPDM-019"}, spdm,
                  needs_connection, offset_at_the_end),
        make_case("spdm.certificate-slot-8", "A slot that cannot exist is refused", {"GPU-SPDM-020"}, spdm,
                  needs_connection, slot_8),
        make_case("spdm.certificate-empty-slot", "A slot without a chain is refused", {"GPU-SPDM-020"}, spdm,
                  needs_connection, empty_slot),
        make_case("spdm.certificate-order", "Certificates before NEGOTIATE_ALGORITHMS are refused",
                  {"GPU-SPDM-008"}, spdm, needs_connection, certificates_before_algorithms),
    };
}

}  // namespace spdm_certificate_topic

std::vector<Case> spdm_certificate_cases() { return spdm_certificate_topic::all(); }

}  // namespace assay::conformance::gpu_evidence
