// Interfaces, routes and neighbours that the host sets.
#include "conformance/suites/runtime/row.hpp"

namespace assay::conformance::guest_runtime {

std::vector<Row> network_rows() {
    const std::string link = R"({"name":"eth0","hw_addr":"66:74:9f:6a:96:01","flags":128})";
    const std::string routes =
        R"({"routes":[{"device":"eth0","source":"10.0.0.5"},{"device":"eth0","source":""}]})";
    const std::string neighbours =
        R"({"entries":[{"device":"eth0","address":"10.0.0.1","state":128,"flags":136}]})";
    std::vector<Row> out;
    const auto add = [&](std::string id, std::string title, std::string requirement, std::string command,
                         const std::string& input, const std::string& pointer, const std::string& value,
                         std::string at) {
        out.push_back({"net." + std::move(id),
                       std::move(title),
                       {std::move(requirement)},
                       Deployment::tools,
                       Stage::sandbox,
                       command_line(command, with(input, pointer, value)),
                       "RP-VALUE",
                       std::move(at),
                       command_line(command, input)});
    };
    const auto interface = [&](std::string id, std::string title, const std::string& pointer,
                               const std::string& value, std::string at) {
        add("interface-" + std::move(id), std::move(title), "RTP-NET-002", "net.interface_update", link,
            pointer, value, std::move(at));
    };
    interface("loopback", "The loopback interface is not changed", "/name", R"("lo")",
              "/network/forbidden_names");
    interface("flag", "A flag that is not listed is refused", "/flags", "1",
              "/network/allowed_interface_flags");
    interface("flag-more", "A flag beside the listed one is refused", "/flags", "192",
              "/network/allowed_interface_flags");
    interface("address-zero", "A link address of zeros is refused", "/hw_addr", R"("00:00:00:00:00:00")",
              "/network");
    interface("address-none", "What is no link address is refused", "/hw_addr", R"("66:74:9f:6a:96")",
              "/network");
    const auto route = [&](std::string id, std::string title, const std::string& source) {
        add("route-" + std::move(id), std::move(title), "RTP-NET-001", "net.routes_update", routes,
            "/routes/0/source", '"' + source + '"', "/network/forbidden_sources");
    };
    route("loopback", "A route from the loopback network is refused", "127.0.0.1");
    route("loopback-end", "The whole loopback network is meant", "127.255.255.254");
    route("mapped", "An IPv4-mapped loopback address is loopback", "::ffff:127.0.0.1");
    route("mapped-hex", "An IPv4-mapped loopback address in hexadecimal is loopback", "::ffff:7f00:1");
    route("compatible", "An IPv4-compatible loopback address is loopback", "::127.0.0.1");
    route("six", "The loopback address of IPv6 is refused", "::1");
    route("six-long", "The long spelling of an address is the same address", "0:0:0:0:0:0:0:1");
    route("six-zeros", "Leading zeros do not hide an address", "0000:0000:0000:0000:0000:0000:0000:0001");
    route("link-local", "A forbidden network of the policy is refused", "169.254.169.254");
    route("not-an-address", "What is no address is refused", "127.1");
    route("number", "A number is no address", "2130706433");
    add("route-last", "Every route of a list counts", "RTP-NET-003", "net.routes_update", routes, "/routes/2",
        R"({"device":"eth0","source":"127.0.0.1"})", "/network/forbidden_sources");
    add("route-device", "A route over the loopback device is refused", "RTP-NET-003", "net.routes_update",
        routes, "/routes/1/device", R"("lo")", "/network/forbidden_devices");
    add("arp-address", "A neighbour with a loopback address is refused", "RTP-NET-001", "net.arp_add",
        neighbours, "/entries/0/address", R"("127.0.0.1")", "/network/forbidden_sources");
    add("arp-device", "A neighbour on the loopback device is refused", "RTP-NET-003", "net.arp_add",
        neighbours, "/entries/0/device", R"("lo")", "/network/forbidden_devices");
    add("arp-state", "A neighbour in another state is refused", "RTP-NET-002", "net.arp_add", neighbours,
        "/entries/0/state", "4", "/network");
    add("arp-flags", "A neighbour with other flags is refused", "RTP-NET-002", "net.arp_add", neighbours,
        "/entries/0/flags", "1", "/network");
    return out;
}

}  // namespace assay::conformance::guest_runtime
