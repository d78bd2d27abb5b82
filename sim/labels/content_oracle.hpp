// The oracle that reads bytes only: forms of canaries in stores and artefacts, whatever their labels say.
#pragma once
#include <bitset>
#include <vector>

#include "sim/labels/canary.hpp"
#include "sim/labels/registry.hpp"

namespace assay::labels {

/// Keeps its patterns masked, so that it is no hit of its own.
class ContentOracle {
public:
    explicit ContentOracle(Random& random);

    /// Forms shorter than 16 bytes are std::logic_error: they would be found by chance.
    void add(std::vector<Form> forms);
    bool empty() const { return patterns_.empty(); }
    /// Bytes of the longest form; 0 when there is none.
    std::size_t longest() const;

    /// A finding E_RESIDUE for each hit, ascending; a hit inside another one is not told again.
    std::vector<Finding> scan(ByteView bytes, std::string_view where) const;
    /// All stores, by name.
    std::vector<Finding> scan(const Registry& registry) const;

private:
    struct Pattern {
        std::string form;
        Bytes masked;
        std::size_t anchor = 0;  // offset of the four bytes that the filter looks at
        bool part = false;
    };
    bool matches(const Pattern& pattern, ByteView at) const;

    std::array<std::uint8_t, 32> mask_{};
    std::vector<Pattern> patterns_;
    std::bitset<65536> filter_;
    std::vector<std::pair<std::uint16_t, std::size_t>> by_anchor_;  // hash, pattern; in order
};

}  // namespace assay::labels
