// Secrets of any size in one registered store: what a chip keeps between two operations.
#pragma once
#include <functional>
#include <map>

#include "sim/labels/store.hpp"

namespace assay::labels {

class Vault;

/// Bytes that lie in a Vault. When it goes they are scrubbed and their place is free. It moves and is never
/// copied; its vault outlives it.
class Held {
public:
    Held() = default;  // nothing
    Held(Held&& other) noexcept
        : vault_(std::exchange(other.vault_, nullptr)), range_(std::exchange(other.range_, {})) {}
    Held& operator=(Held&& other) noexcept {
        if (this == &other) return *this;
        drop();
        vault_ = std::exchange(other.vault_, nullptr);
        range_ = std::exchange(other.range_, {});
        return *this;
    }
    ~Held() { drop(); }

    bool empty() const { return range_.size == 0; }
    std::size_t size() const { return range_.size; }
    /// They stay where they are for as long as this does.
    ByteView bytes() const;
    Label label() const;
    /// In place, under the label that they have. std::out_of_range where they do not all fit.
    void write(std::size_t at, ByteView data);

private:
    friend class Vault;
    Held(Vault& vault, Range range) : vault_(&vault), range_(range) {}
    void drop() noexcept;

    Vault* vault_ = nullptr;
    Range range_{};
};

/// A registered store that gives out places: as many granules each as its bytes need, side by side. Where
/// none needs more than one, there is room for as many as there are granules; else there may be gaps.
///
///     labels::Vault nv{registry, {"tpm.nv", labels::StoreKind::flash, 64 << 10, false}};
///     const labels::Held seed = nv.hold(bytes, registry.label(subject, labels::DataClass::key));
///     const ByteView view = seed.bytes();
///
/// A place that could not be scrubbed is not given out again: it keeps its label, and is a finding
/// (E_SCRUB_VERIFY).
class Vault {
public:
    Vault(Registry& registry, StoreSpec spec, std::size_t granule = 16)
        : store_(registry, std::move(spec)), granule_(granule) {}
    Vault(const Vault&) = delete;
    Vault& operator=(const Vault&) = delete;

    /// Nothing for no bytes. std::length_error when there is no room.
    Held hold(ByteView bytes, const Label& label);
    /// Whether that many bytes would be held now.
    bool has_room(std::size_t size) const { return place(size).has_value(); }
    /// What is held under a label is held under `next` of it from now on. After a power cycle of the registry
    /// the labels that are asked about are those of before.
    void relabel(const std::function<Label(const Label&)>& next);

    const LabelledStore& store() const { return store_; }
    LabelledStore& store() { return store_; }
    /// Bytes that are held.
    std::size_t used() const;
    /// Places that could not be scrubbed.
    std::size_t lost() const { return lost_; }

private:
    friend class Held;
    struct Block {
        std::size_t size = 0;
        Label label{};
        bool is_lost = false;  // could not be scrubbed
    };
    std::size_t end_of(const std::pair<const std::size_t, Block>& block) const {
        return block.first + (block.second.size + granule_ - 1) / granule_ * granule_;
    }
    std::optional<std::size_t> place(std::size_t size) const;
    void drop(Range range);

    LabelledStore store_;
    std::size_t granule_;
    std::size_t lost_ = 0;
    std::map<std::size_t, Block> blocks_;  // by where they begin
};

}  // namespace assay::labels
