#include "models/tpm/swtpm_options.hpp"

#include <charconv>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "models/tpm/state_store.hpp"

namespace assay::tpm {
namespace {

using Fault = std::optional<std::string>;
/// `type=tcp,port=2321,disconnect`: names with values, or without.
using Settings = std::map<std::string, std::string, std::less<>>;

Settings settings_of(std::string_view text) {
    Settings out;
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        const std::size_t equals = one.find('=');
        out.emplace(one.substr(0, equals), equals == one.npos ? "" : one.substr(equals + 1));
        text.remove_prefix(std::min(text.size(), one.size() + 1));
    }
    return out;
}
Fault unknown_setting(const Settings& settings, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : settings)
        if (std::ranges::count(known, name) == 0)
            return fmt::format("{}: unknown; known: {}", name, fmt::join(known, ", "));
    return {};
}
std::string setting(const Settings& settings, std::string_view name, std::string_view otherwise = {}) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string{otherwise} : found->second;
}

/// The whole text is a number, and it is one that `is_right`.
template <class Number, class Check>
bool read_number(std::string_view text, Number& out, int base, const Check& is_right) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return end.ec == std::errc{} && end.ptr == text.data() + text.size() && is_right(out);
}
Fault read_port(std::string_view text, std::uint16_t& port) {
    const bool is_port = read_number(text, port, 10, [](std::uint16_t number) { return number != 0; });
    return is_port ? Fault{} : fmt::format("port={}: not a port from 1 to 65535", text);
}
/// `mode=0660`, octal.
Fault read_mode(std::string_view text, unsigned& mode) {
    const bool is_mode = read_number(text, mode, 8, [](unsigned bits) { return bits <= 0777; });
    return is_mode ? Fault{} : fmt::format("mode={}: not permissions in octal", text);
}
/// `fd=7`: a descriptor that the process was started with.
Fault read_socket(std::string_view text, int& out) {
    const bool is_socket = read_number(text, out, 10, [](int descriptor) {
        struct stat there {};
        return ::fstat(descriptor, &there) == 0 && S_ISSOCK(there.st_mode);
    });
    return is_socket ? Fault{} : fmt::format("{}: not a socket that is open", text);
}

/// Of `--server` or `--ctrl`: a TCP port on the address that is the only one here, or a UNIX socket.
Fault read_place(const Settings& settings, Place& place) {
    const std::string type = setting(settings, "type", "tcp");
    if (type == "unixio") {
        place.door = Door::unix_socket;
        place.path = setting(settings, "path");
        if (place.path.empty()) return "type=unixio: wants path=SOCKET";
        for (const char* const other : {"port", "bindaddr"})
            if (settings.contains(other)) return fmt::format("{}: not with type=unixio", other);
        return settings.contains("mode") ? read_mode(setting(settings, "mode"), place.mode) : Fault{};
    }
    if (type != "tcp") return fmt::format("type={}: neither tcp nor unixio", type);
    for (const char* const other : {"path", "mode"})
        if (settings.contains(other)) return fmt::format("{}: not with type=tcp", other);
    place.door = Door::tcp;
    if (const std::string address = setting(settings, "bindaddr", "127.0.0.1"); address != "127.0.0.1")
        return fmt::format("bindaddr={}: only 127.0.0.1 is here", address);
    return read_port(setting(settings, "port"), place.port);
}

Fault connected(SwtpmOptions& out, const std::string& socket) {
    out.has_server = true;
    out.server.data.door = Door::none;
    return read_socket(socket, out.server.data_client);
}
Fault only_client(SwtpmOptions& out, const std::string& value) {
    out.server.ends_with_data = true;
    return connected(out, value);
}
Fault server(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (auto fault =
            unknown_setting(settings, {"type", "port", "bindaddr", "path", "mode", "fd", "disconnect"}))
        return fault;
    ServerOptions& to = out.server;
    to.one_answer = settings.contains("disconnect");
    if (settings.contains("fd")) return connected(out, setting(settings, "fd"));
    out.has_server = true;
    return read_place(settings, to.data);
}
Fault control(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (auto fault = unknown_setting(
            settings, {"type", "port", "bindaddr", "path", "mode", "fd", "clientfd", "terminate"}))
        return fault;
    ServerOptions& to = out.server;
    to.ends_with_control = settings.contains("terminate");
    out.has_control = true;
    if (settings.contains("clientfd")) {
        to.control.door = Door::none;
        return read_socket(setting(settings, "clientfd"), to.control_client);
    }
    if (settings.contains("fd")) {
        to.control.door = Door::given;
        return read_socket(setting(settings, "fd"), to.control.listener);
    }
    return read_place(settings, to.control);
}
Fault flags(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (auto fault = unknown_setting(settings, {"not-need-init", "startup-clear", "startup-state",
                                                "startup-none", "disable-auto-shutdown"}))
        return fault;
    if (settings.contains("startup-clear")) out.startup = Su::clear;
    if (settings.contains("startup-state")) out.startup = Su::state;
    out.server.wait_for_init = !settings.contains("not-need-init") && !out.startup;
    return {};
}
Fault state(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (auto fault = unknown_setting(settings, {"dir", "backend-uri", "mode", "lock"})) return fault;
    std::string place = setting(settings, "dir", setting(settings, "backend-uri"));
    if (place.starts_with("dir://")) place.erase(0, 6);
    if (place.empty() || place.starts_with("file://"))
        return "dir=FOLDER or backend-uri=dir://FOLDER is wanted";
    out.state_folder = place;
    return {};
}
Fault locality(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (settings.contains("reject-locality-4")) out.server.highest_locality = 3;
    // allow-set-locality is of the command TPM_SetLocality of TPM 1.2.
    return unknown_setting(settings, {"reject-locality-4", "allow-set-locality"});
}
/// `file=FILE` or `fd=NUMBER`.
Fault read_output(const Settings& settings, std::string& file, int& descriptor) {
    file = setting(settings, "file");
    if (!settings.contains("fd")) return {};
    const std::string text = setting(settings, "fd");
    const bool is_open =
        read_number(text, descriptor, 10, [](int number) { return ::fcntl(number, F_GETFD) >= 0; });
    return is_open ? Fault{} : fmt::format("fd={}: not open", text);
}
Fault pid(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (auto fault = read_output(settings, out.pid_file, out.pid_descriptor)) return fault;
    return unknown_setting(settings, {"file", "fd"});
}
Fault log(SwtpmOptions& out, const std::string& value) {
    const Settings settings = settings_of(value);
    if (auto fault = read_output(settings, out.log_file, out.log_descriptor)) return fault;
    return unknown_setting(settings, {"file", "fd", "level", "prefix", "truncate"});
}
Fault seccomp(SwtpmOptions& out, const std::string& value) {
    if (value != "action=none")
        out.notices.push_back("--seccomp " + value + ": there is no profile of system calls here");
    return {};
}
/// A state that its user wants to be encrypted is not written in the clear.
Fault key(SwtpmOptions&, const std::string& value) {
    return value + ": the state file is not encrypted here";
}
Fault migration_key(SwtpmOptions&, const std::string& value) {
    return value + ": the state blobs of the control port are not encrypted here";
}
Fault port(SwtpmOptions& out, const std::string& value) {
    out.has_server = true;
    return read_port(value, out.server.data.port);
}
Fault terminate(SwtpmOptions& out, const std::string&) {
    out.server.ends_with_data = true;
    return {};
}
Fault daemonize(SwtpmOptions& out, const std::string&) {
    out.daemon = true;
    return {};
}
Fault nothing(SwtpmOptions&, const std::string&) { return {}; }
template <SwtpmOptions::Answer answer>
Fault answers(SwtpmOptions& out, const std::string&) {
    out.answer = answer;
    return {};
}

struct Flag {
    std::string_view name, short_name;
    bool has_value;
    Fault (*read)(SwtpmOptions&, const std::string& value);
};
using Answer = SwtpmOptions::Answer;
constexpr std::array swtpm_flags{
    Flag{"--server", "", true, server},
    Flag{"--ctrl", "", true, control},
    Flag{"--fd", "-f", true, only_client},
    Flag{"--flags", "", true, flags},
    Flag{"--tpmstate", "", true, state},
    Flag{"--locality", "", true, locality},
    Flag{"--pid", "", true, pid},
    Flag{"--log", "", true, log},
    Flag{"--seccomp", "", true, seccomp},
    Flag{"--key", "", true, key},
    Flag{"--migration-key", "", true, migration_key},
    Flag{"--port", "-p", true, port},
    Flag{"--terminate", "-t", false, terminate},
    Flag{"--daemon", "-d", false, daemonize},
    Flag{"--tpm2", "", false, nothing},
    Flag{"--help", "-h", false, answers<Answer::help>},
    Flag{"--version", "-v", false, answers<Answer::version>},
    Flag{"--print-capabilities", "", false, answers<Answer::capabilities>},
    Flag{"--print-states", "", false, answers<Answer::states>},
};
constexpr std::array mssim_flags{
    Flag{"-port", "--port", true, port},
    Flag{"-rm", "", false, nothing},  // remanufacture: every start is a new TPM here
};

/// Words after `first`, by those flags. `--name value` and `--name=value`.
Fault read_words(SwtpmOptions& out, std::span<const std::string> words, std::span<const Flag> known) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string name = words[i], value;
        const auto is_named = [&](const Flag& flag) {
            return name == flag.name || (!flag.short_name.empty() && name == flag.short_name);
        };
        auto flag = std::ranges::find_if(known, is_named);
        const bool inside = flag == known.end() && name.starts_with("--") && name.find('=') != name.npos;
        if (inside) {
            value = name.substr(name.find('=') + 1);
            name.erase(name.find('='));
            flag = std::ranges::find_if(known, is_named);
        }
        if (flag == known.end()) return words[i] + ": unknown option";
        if (flag->has_value && !inside) {
            if (++i == words.size()) return name + ": wants a value";
            value = words[i];
        }
        if (auto fault = flag->read(out, value)) return fmt::format("{} {}", name, *fault);
    }
    return {};
}

/// Whether clients can come, and where.
Fault check_places(SwtpmOptions& out) {
    if (out.is_mssim) return {};
    ServerOptions& to = out.server;
    if (!out.has_server && !out.has_control)
        return "--server type=tcp,port=PORT (or type=unixio,path=SOCKET) is wanted";
    if (!out.has_server) to.data.door = Door::none;  // the data comes over what CMD_SET_DATAFD brings
    // Beside a data port is the control port that tpm2-tss looks for.
    if (!out.has_control) to.control.door = to.data.door == Door::tcp ? Door::tcp : Door::none;
    return {};
}

}  // namespace

Result<SwtpmOptions, std::string> parse_swtpm(std::span<const std::string> words) {
    SwtpmOptions out;
    const std::string program = words.empty() ? "" : words[0].substr(words[0].rfind('/') + 1);
    out.is_mssim = program == "tpm_server";
    out.server.wait_for_init = !out.is_mssim;
    std::size_t first = 1;
    if (!out.is_mssim) {
        const std::string mode = words.size() > 1 ? words[1] : "";
        if (mode != "socket" && !mode.starts_with("-"))
            return fmt::format("{}: the mode is socket; chardev and cuse are not here",
                               mode.empty() ? "swtpm" : mode);
        first = mode == "socket" ? 2 : 1;
    }
    const std::span<const Flag> known =
        out.is_mssim ? std::span<const Flag>{mssim_flags} : std::span<const Flag>{swtpm_flags};
    if (auto fault = read_words(out, words.subspan(std::min(first, words.size())), known)) return *fault;
    constexpr std::uint16_t simulator_port = 2321;
    if (out.is_mssim && out.server.data.port == 0) out.server.data.port = simulator_port;
    if (auto fault = check_places(out); fault && out.answer == Answer::serve) return *fault;
    out.server.startup_clear = out.startup == Su::clear;
    return out;
}

std::string swtpm_states(const std::string& folder) {
    std::vector<std::string> states;
    for (const auto& [file, name] :
         {std::pair{StateStore::file_name, "permall"}, std::pair{StateStore::volatile_name, "volatile"}}) {
        std::error_code none;
        const auto size = std::filesystem::file_size(std::filesystem::path{folder} / file, none);
        if (!none) states.push_back(fmt::format(R"({{"name": "{}", "size": {}}})", name, size));
    }
    return fmt::format(R"({{ "type": "swtpm", "states": [ {} ] }})", fmt::join(states, ", "));
}

std::string swtpm_capabilities() {
    return R"({ "type": "swtpm", "features": [ "tpm-2.0", "tpm-send-command-header", "flags-opt-startup", )"
           R"("cmdarg-print-states", "nvram-backend-dir", "rsa-keysize-1024", "rsa-keysize-2048", )"
           R"("rsa-keysize-3072" ], "version": "0.7.1" })";
}

}  // namespace assay::tpm
