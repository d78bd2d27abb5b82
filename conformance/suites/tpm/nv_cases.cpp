// Non-volatile storage (Part 1, 37; Part 3, 31).
#include "conformance/suites/tpm/chip.hpp"

namespace assay::conformance::tpm_topic::nv_cases {
namespace {

namespace rh = tpm::rh;
namespace na = tpm::nv_attribute;
constexpr tpm::Handle index = 0x0150'0010;
constexpr std::uint32_t plain = na::owner_write | na::auth_write | na::owner_read | na::auth_read | na::no_da;

tpm::TpmsNvPublic area(std::uint32_t attributes = plain, std::uint16_t size = 16) {
    return {.nv_index = index, .attributes = attributes, .data_size = size};
}
void define(Chip& chip, const tpm::TpmsNvPublic& public_area) {
    chip.ok(tpm::NvDefineSpaceIn{.auth_handle = rh::owner, .public_info = {public_area}}, {tpm::password()});
}
tpm::NvWriteIn write(Bytes data, std::uint16_t offset = 0, tpm::Handle by = index) {
    return {.auth_handle = by, .nv_index = index, .data = {std::move(data)}, .offset = offset};
}
tpm::NvReadIn read(std::uint16_t size, std::uint16_t offset = 0, tpm::Handle by = index) {
    return {.auth_handle = by, .nv_index = index, .size = size, .offset = offset};
}

struct Refused {
    const char* id;
    const char* what;
    std::uint32_t attributes;
    std::uint16_t size;
    std::uint32_t code;
};
// clang-format off
constexpr std::array refused_definitions{
    Refused{"nv.define.no-read", "An index that nobody may read", na::owner_write | na::auth_write | na::no_da, 8, 0x2C2},
    Refused{"nv.define.no-write", "An index that nobody may write", na::owner_read | na::auth_read | na::no_da, 8, 0x2C2},
    Refused{"nv.define.written", "An index defined as written", plain | na::written, 8, 0x2C2},
    Refused{"nv.define.write-locked", "An index defined as locked", plain | na::write_locked, 8, 0x2C2},
    Refused{"nv.define.reserved", "A reserved attribute", plain | 0x100, 8, 0x2E1},
    Refused{"nv.define.platform-by-owner", "PLATFORMCREATE by the owner", plain | na::platform_create, 8, 0x182},
    Refused{"nv.define.policy-delete", "POLICY_DELETE by the owner", plain | na::policy_delete, 8, 0x2C2},
    Refused{"nv.define.clear-and-define", "CLEAR_STCLEAR with WRITEDEFINE", plain | na::clear_st_clear | na::write_define, 8, 0x2C2},
    Refused{"nv.define.unknown-type", "An unknown type", plain | 0x30, 8, 0x2C2},
    Refused{"nv.define.counter-size", "A counter of 4 bytes", plain | 0x10, 4, 0x2D5},
    Refused{"nv.define.counter-clear", "A counter with CLEAR_STCLEAR", plain | 0x10 | na::clear_st_clear, 8, 0x2C2},
    Refused{"nv.define.extend-size", "An extend index that does not fit its hash", plain | 0x40, 31, 0x2D5},
    Refused{"nv.define.too-large", "An index of 2049 bytes", plain, 2049, 0x2D5},
    Refused{"nv.define.pin-fail", "A PIN FAIL index without NO_DA", na::owner_write | na::auth_read | 0x80, 8, 0x2C2},
    Refused{"nv.define.pin-auth-write", "A PIN index with AUTHWRITE", plain | 0x90, 8, 0x2C2},
};
// clang-format on

void ordinary(Chip& chip) {
    define(chip, area());
    chip.refused(read(1), {tpm::password()}, Rc::nv_uninitialized, "An index that was never written");
    const Bytes before = chip.ok(tpm::NvReadPublicIn{index}).nv_name.value;
    chip.equal(before, tpm::name_of(area()), "The Name is nameAlg and the area's digest.");
    chip.ok(write(Bytes{1, 2, 3, 4}, 4), {tpm::password()});
    chip.equal(chip.ok(read(4, 4), {tpm::password()}).data.value, Bytes{1, 2, 3, 4},
               "What was written is read.");
    chip.equal(chip.ok(tpm::NvReadPublicIn{index}).nv_name.value, tpm::name_of(area(plain | na::written)),
               "The first write changes the Name.");
    chip.refused(write(Bytes(17)), {tpm::password()}, Rc::nv_range, "A write beyond the end");
    chip.refused(write(Bytes(1), 17), {tpm::password()}, parameter(Rc::value, 2), "An offset beyond the end");
    chip.refused(read(17), {tpm::password()}, Rc::nv_range, "A read beyond the end");
    chip.refused(read(0, 17), {tpm::password()}, parameter(Rc::value, 2), "A read offset beyond the end");
    chip.refused(read(1025), {tpm::password()}, parameter(Rc::value, 1), "A read of 1025 bytes");
    chip.refused(read(1, 0, rh::platform), {tpm::password()}, Rc::nv_authorization, "A reader who may not");
    chip.refused(tpm::NvDefineSpaceIn{.auth_handle = rh::owner, .public_info = {area()}}, {tpm::password()},
                 Rc::nv_defined, "An index that is there");
    chip.restart();
    chip.equal(chip.ok(read(4, 4), {tpm::password()}).data.value, Bytes{1, 2, 3, 4}, "It survives a reset.");
    chip.ok(tpm::NvUndefineSpaceIn{rh::owner, index}, {tpm::password()});
    chip.refused(tpm::NvReadPublicIn{index}, {}, handle(Rc::handle, 1), "An index that was deleted");
}
void cleared(Chip& chip) {
    define(chip, area());
    chip.ok(tpm::ClearIn{rh::platform}, {tpm::password()});
    chip.refused(tpm::NvReadPublicIn{index}, {}, handle(Rc::handle, 1),
                 "An index of the owner after TPM2_Clear");
}
void typed(Chip& chip) {
    define(chip, area(plain | 0x10, 8));
    chip.refused(write(Bytes(8)), {tpm::password()}, Rc::attributes, "TPM2_NV_Write of a counter");
    const auto count = [&] {
        chip.ok(tpm::NvIncrementIn{index, index}, {tpm::password()});
        return load<std::uint64_t>(chip.ok(read(8), {tpm::password()}).data.value, tpm::byte_order);
    };
    const std::uint64_t first = count();
    chip.expect(count() == first + 1, "counter", "A counter counts.");
    chip.ok(tpm::NvUndefineSpaceIn{rh::owner, index}, {tpm::password()});
    define(chip, area(plain | 0x10, 8));
    chip.expect(count() > first + 1, "counter",
                "A counter that is defined again goes on above its old value.");
    chip.ok(tpm::NvUndefineSpaceIn{rh::owner, index}, {tpm::password()});

    define(chip, area(plain | 0x40, 32));
    chip.ok(tpm::NvExtendIn{index, index, {Bytes{7}}}, {tpm::password()});
    chip.equal(chip.ok(read(32), {tpm::password()}).data.value,
               tpm::digest(Alg::sha256, {Bytes(32), Bytes{7}}),
               "An extend index hashes the old value and the data.");
    chip.refused(tpm::NvIncrementIn{index, index}, {tpm::password()}, handle(Rc::attributes, 2),
                 "TPM2_NV_Increment of another type");
    chip.ok(tpm::NvUndefineSpaceIn{rh::owner, index}, {tpm::password()});

    define(chip, area(plain | 0x20, 8));
    chip.ok(tpm::NvSetBitsIn{index, index, 0x11}, {tpm::password()});
    chip.ok(tpm::NvSetBitsIn{index, index, 0x0100}, {tpm::password()});
    chip.equal(chip.ok(read(8), {tpm::password()}).data.value, *from_hex("0000000000000111"),
               "A bit index keeps bits.");
}
void locks(Chip& chip) {
    define(chip, area(plain | na::write_st_clear | na::read_st_clear, 8));
    chip.ok(write(Bytes(8, 1)), {tpm::password()});
    chip.ok(tpm::NvWriteLockIn{index, index}, {tpm::password()});
    chip.refused(write(Bytes(8, 2)), {tpm::password()}, Rc::nv_locked, "A write of a locked index");
    chip.ok(tpm::NvReadLockIn{index, index}, {tpm::password()});
    chip.refused(read(8), {tpm::password()}, Rc::nv_locked, "A read of a locked index");
    chip.restart();
    chip.equal(chip.ok(read(8), {tpm::password()}).data.value, Bytes(8, 1), "The locks end with the reset.");
    chip.ok(write(Bytes(8, 3)), {tpm::password()});
}
void authorized(Chip& chip) {
    tpm::NvDefineSpaceIn in{.auth_handle = rh::owner,
                            .public_info = {area(na::auth_read | na::owner_write | na::no_da)}};
    in.auth = Bytes{1, 2, 3};
    chip.ok(in, {tpm::password()});
    chip.ok(write(Bytes(16, 9), 0, rh::owner), {tpm::password()});
    chip.equal(chip.ok(read(16), {tpm::password(Bytes{1, 2, 3})}).data.value, Bytes(16, 9),
               "The password reads.");
    chip.refused(read(16), {tpm::password()}, session(Rc::bad_auth, 1), "Another password");
    chip.refused(read(16, 0, rh::owner), {tpm::password()}, Rc::nv_authorization,
                 "The owner without OWNERREAD");
    chip.refused(write(Bytes(1)), {tpm::password(Bytes{1, 2, 3})}, Rc::auth_unavailable,
                 "The password without AUTHWRITE");
}

}  // namespace

void add_all(std::vector<Case>& cases) {
    for (const Refused& row : refused_definitions)
        add(cases, row.id, std::string{row.what} + " is refused", {"TPM-NV-001"}, [&row](Chip& chip) {
            chip.refused(tpm::NvDefineSpaceIn{.auth_handle = rh::owner,
                                              .public_info = {area(row.attributes, row.size)}},
                         {tpm::password()}, Rc{row.code}, row.what);
        });
    add(cases, "nv.ordinary", "An ordinary index keeps its bytes and its bounds", {"TPM-NV-002"}, ordinary);
    add(cases, "nv.cleared", "TPM2_Clear deletes the owner's indices", {"TPM-NV-003"}, cleared);
    add(cases, "nv.types", "Counters, bits and extend indices keep their rules", {"TPM-NV-004"}, typed);
    add(cases, "nv.locks", "Locks hold until the next reset", {"TPM-NV-005"}, locks);
    add(cases, "nv.authorized", "An index is open to whom its attributes name", {"TPM-NV-006"}, authorized);
}

}  // namespace assay::conformance::tpm_topic::nv_cases
