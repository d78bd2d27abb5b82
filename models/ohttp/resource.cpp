#include "models/ohttp/resource.hpp"

#include <algorithm>

namespace assay::ohttp {

bhttp::Response EchoResource::answer(const bhttp::Request& request, std::span<std::uint8_t> content) {
    std::size_t size = 0;
    bool fits = true;
    const auto put = [&](ByteView part) {
        fits = fits && part.size() <= content.size() - size;
        if (!fits) return;
        std::ranges::copy(part, content.begin() + static_cast<std::ptrdiff_t>(size));
        size += part.size();
    };
    const auto line = [&](std::string_view first, std::string_view between, std::string_view second) {
        for (const std::string_view part : {first, between, second, std::string_view{"\n"}})
            put(as_bytes(part));
    };
    line(request.method, " ", request.path);
    for (const bhttp::Field& field : request.fields) line(field.name, ": ", field.value);
    put(as_bytes("\n"));
    put(request.content);
    if (!fits) return {.status = 500};
    return {.status = 200, .fields = {{"content-type", "text/plain"}}, .content = content.first(size)};
}

}  // namespace assay::ohttp
