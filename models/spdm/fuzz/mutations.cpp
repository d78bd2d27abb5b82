// Inputs to begin with, and seeded changes to them: a fuzzer for where there is none.
#include "models/spdm/command_table.hpp"
#include "models/spdm/fuzz/harness.hpp"

namespace assay::spdm {
namespace {

void add_piece(Bytes& out, ByteView piece) {
    append(out, store(static_cast<std::uint16_t>(piece.size()), std::endian::little));
    append(out, piece);
}

std::uint64_t below(Noise& noise, std::uint64_t limit) {
    return limit == 0 ? 0 : (noise.next() >> 11) % limit;
}

void change(Bytes& input, Noise& noise, const std::vector<Bytes>& seeds) {
    const std::size_t at = below(noise, input.size());
    const auto iterator = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(noise, 7)) {
        case 0:
            if (!input.empty()) input[at] = static_cast<std::uint8_t>(input[at] ^ 1U << below(noise, 8));
            break;
        case 1:
            if (!input.empty()) input[at] = static_cast<std::uint8_t>(noise.next());
            break;
        case 2: input.insert(iterator, static_cast<std::uint8_t>(noise.next())); break;
        case 3:
            if (!input.empty()) input.erase(iterator);
            break;
        case 4: {  // a request's code
            const auto rows = commands();
            if (!input.empty()) input[at] = static_cast<std::uint8_t>(rows[below(noise, rows.size())].code);
            break;
        }
        case 5: {  // a number that is at an edge
            constexpr std::array<std::uint16_t, 6> edges{0, 1, 0x7FFF, 0xFFFF, 0x00FF, 0x0100};
            const auto edge = store(edges.at(below(noise, edges.size())), std::endian::little);
            for (std::size_t i = 0; i < edge.size() && at + i < input.size(); ++i) input[at + i] = edge[i];
            break;
        }
        default: {  // what begins like this, and ends like another
            const Bytes& other = seeds.at(below(noise, seeds.size()));
            input.resize(at);
            const std::size_t from = below(noise, other.size());
            append(input, ByteView{other}.subspan(from));
            break;
        }
    }
}

}  // namespace

std::uint64_t Noise::next() {  // SplitMix64
    std::uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15;
    z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EB;
    return z ^ z >> 31;
}

std::vector<Bytes> responder_seeds() {
    std::vector<Bytes> out;
    constexpr std::uint8_t states = 10, in_session = 1, own_version = 2;
    for (std::uint8_t state = 0; state < states; ++state)
        for (std::uint8_t features = 0; features < 32; ++features) {
            Bytes input{state, features};
            unsigned count = 0;
            // Each request there is, short and long, some of them one after the other.
            for (const Command& command : commands())
                for (const std::size_t size : {std::size_t{4}, std::size_t{44}}) {
                    if (command.code == Code::get_version || (size == 4) != (features % 2 == 0)) continue;
                    if (count++ == responder_messages) {
                        out.push_back(std::exchange(input, Bytes{state, features}));
                        count = 1;
                    }
                    input.push_back(state >= 4 ? in_session | own_version : own_version);
                    Bytes message(size);
                    message[1] = static_cast<std::uint8_t>(command.code);
                    message[3] = command.code == Code::get_measurements ? 0xFF : 0;
                    add_piece(input, message);
                }
            out.push_back(std::move(input));
        }
    return out;
}

std::vector<Bytes> requester_seeds() {
    std::vector<Bytes> out;
    constexpr std::uint8_t inside = 4;
    for (std::uint8_t which = 0; which < requester_courses; ++which)
        for (std::uint8_t features = 0; features < 32; ++features) {
            out.push_back({which, features});
            for (std::uint8_t unharmed = 0; unharmed < requester_answers; ++unharmed) {
                Bytes input{which, features, unharmed, static_cast<std::uint8_t>(1 + unharmed % inside)};
                add_piece(input, Bytes{unharmed, 1, 0x12, 0x80});
                out.push_back(std::move(input));
            }
        }
    return out;
}

void fuzz_mutations(void (*target)(ByteView), const std::vector<Bytes>& seeds, std::uint64_t seed,
                    std::uint64_t count) {
    Noise noise{seed};
    constexpr std::size_t longest = 4096;
    for (std::uint64_t i = 0; i < count; ++i) {
        Bytes input = seeds.at(below(noise, seeds.size()));
        for (std::uint64_t changes = 1 + below(noise, 6); changes > 0; --changes) change(input, noise, seeds);
        if (input.size() > longest) input.resize(longest);
        target(input);
    }
}

}  // namespace assay::spdm
