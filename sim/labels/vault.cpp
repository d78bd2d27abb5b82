#include "sim/labels/vault.hpp"

#include <stdexcept>

namespace assay::labels {

ByteView Held::bytes() const { return vault_ == nullptr ? ByteView{} : vault_->store_.bytes(range_); }

Label Held::label() const { return vault_ == nullptr ? clean : vault_->blocks_.at(range_.at).label; }

void Held::write(std::size_t at, ByteView data) {
    if (at > range_.size || data.size() > range_.size - at)
        throw std::out_of_range("Held: bytes " + std::to_string(at) + " and " + std::to_string(data.size()) +
                                " more, of " + std::to_string(range_.size));
    if (!data.empty()) vault_->store_.write(range_.at + at, data, label());
}

void Held::drop() noexcept {
    if (vault_ != nullptr) vault_->drop(range_);
    vault_ = nullptr;
    range_ = {};
}

std::optional<std::size_t> Vault::place(std::size_t size) const {
    std::size_t at = 0;
    for (const auto& block : blocks_) {
        if (block.first - at >= size) return at;
        at = end_of(block);
    }
    if (at <= store_.capacity() && store_.capacity() - at >= size) return at;
    return {};
}

Held Vault::hold(ByteView bytes, const Label& label) {
    if (bytes.empty()) return {};
    const auto at = place(bytes.size());
    if (!at)
        throw std::length_error(store_.name() + ": no room for " + std::to_string(bytes.size()) + " bytes");
    blocks_.emplace(*at, Block{bytes.size(), label});
    store_.write(*at, bytes, label);
    return {*this, {*at, bytes.size()}};
}

void Vault::drop(Range range) {
    if (store_.scrub(range, ScrubMethod::overwrite_zero)) {
        blocks_.erase(range.at);
    } else {
        blocks_.at(range.at).is_lost = true;
        ++lost_;
    }
}

void Vault::relabel(const std::function<Label(const Label&)>& next) {
    for (auto& [at, block] : blocks_) {
        if (block.is_lost) continue;
        block.label = next(block.label);
        store_.write(at, store_.bytes({at, block.size}), block.label);
    }
}

std::size_t Vault::used() const {
    std::size_t out = 0;
    for (const auto& [at, block] : blocks_) out += block.is_lost ? 0 : block.size;
    return out;
}

}  // namespace assay::labels
