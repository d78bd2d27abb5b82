#include "sim/kernel/trace.hpp"

#include <algorithm>
#include <stdexcept>

namespace assay::kernel {
namespace {

/// Short names of printable ASCII, as the format asks for.
std::string identifier(std::size_t n) {
    std::string out;
    do {
        out += static_cast<char>('!' + n % 94);
        n /= 94;
    } while (n != 0);
    return out;
}

std::string binary(std::uint64_t value) {
    std::string out;
    do {
        out.insert(out.begin(), (value & 1) != 0 ? '1' : '0');
        value >>= 1;
    } while (value != 0);
    return out;
}

std::vector<std::string> parts(const std::string& path) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t dot = std::min(path.find('.', at), path.size());
        out.push_back(path.substr(at, dot - at));
        at = dot + 1;
    }
    return out;
}

}  // namespace

Trace::Signal Trace::add(std::string path, unsigned width) {
    if (width == 0 || width > 64) throw std::logic_error("trace: " + path + " is not 1 to 64 bits wide");
    variables_.push_back({std::move(path), width});
    return variables_.size() - 1;
}

void Trace::change(Signal signal, std::uint64_t t_ps, std::uint64_t value) {
    Variable& variable = variables_.at(signal);
    if (!changes_.empty() && t_ps < changes_.back().t_ps) throw std::logic_error("trace: time went back");
    if (variable.known && variable.last == value) return;
    variable.known = true;
    variable.last = value;
    changes_.push_back({t_ps, signal, value});
}

std::string Trace::vcd() const {
    std::string out = "$version assay $end\n$timescale 1 ps $end\n";
    std::vector<Signal> order(variables_.size());
    for (Signal s = 0; s < order.size(); ++s) order[s] = s;
    std::ranges::stable_sort(order, {}, [&](Signal s) { return parts(variables_[s].path); });
    std::vector<std::string> open;
    for (const Signal s : order) {
        auto scope = parts(variables_[s].path);
        const std::string leaf = scope.back();
        scope.pop_back();
        const auto common = static_cast<std::size_t>(std::ranges::mismatch(open, scope).in1 - open.begin());
        for (; open.size() > common; open.pop_back()) out += "$upscope $end\n";
        for (; open.size() < scope.size(); open.push_back(scope[open.size()]))
            out += "$scope module " + scope[open.size()] + " $end\n";
        out +=
            "$var wire " + std::to_string(variables_[s].width) + ' ' + identifier(s) + ' ' + leaf + " $end\n";
    }
    for (; !open.empty(); open.pop_back()) out += "$upscope $end\n";
    out += "$enddefinitions $end\n$dumpvars\n";
    for (Signal s = 0; s < variables_.size(); ++s)
        out += (variables_[s].width == 1 ? "x" : "bx ") + identifier(s) + '\n';
    out += "$end\n";
    std::uint64_t now = 0;
    bool first = true;
    for (const Change& c : changes_) {
        if (first || c.t_ps != now) out += '#' + std::to_string(c.t_ps) + '\n';
        first = false;
        now = c.t_ps;
        out += variables_[c.signal].width == 1 ? std::to_string(c.value & 1) + identifier(c.signal)
                                               : 'b' + binary(c.value) + ' ' + identifier(c.signal);
        out += '\n';
    }
    return out;
}

}  // namespace assay::kernel
