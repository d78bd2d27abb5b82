// This TPM under the name and with the options of swtpm, started by those who start swtpm: test harnesses,
// swtpm_setup and swtpm_ioctl, QEMU.
#include <boost/test/unit_test.hpp>

#include "models/tpm/commands.hpp"
#include "models/tpm/digests.hpp"
#include "models/tpm/test_programs.hpp"
#include "sim/base/file.hpp"

namespace assay::tpm {
namespace {

struct Folder : TemporaryFolder {
    std::string path = TemporaryFolder::path.string();
};

bool comes(const std::string& path) {
    for (int again = 0; again < 200 && !std::filesystem::exists(path); ++again)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return std::filesystem::exists(path);
}

/// A line to QEMU's monitor, which answers with its prompt when it has been done.
void tell_monitor(const std::string& path, const std::string& line) {
    const int socket = client_of(path);
    const timeval patience{10, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string seen;
    const auto prompt = [&] {
        seen.clear();
        std::array<char, 512> part{};
        while (!seen.ends_with("(qemu) ")) {
            const ssize_t n = ::recv(socket, part.data(), part.size(), 0);
            if (n <= 0) break;
            seen.append(part.data(), static_cast<std::size_t>(n));
        }
        return seen.ends_with("(qemu) ");
    };
    BOOST_TEST(prompt(), seen);
    BOOST_TEST(::send(socket, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size()));
    BOOST_TEST(prompt(), seen);
    ::close(socket);
}

BOOST_AUTO_TEST_SUITE(harnesses)

BOOST_AUTO_TEST_CASE(the_program_named_swtpm_is_started_as_harnesses_start_it) {
    const unsigned port = some_port();
    const auto state = std::filesystem::temp_directory_path() / ("swtpm-state-" + std::to_string(port));
    std::filesystem::create_directory(state);
    auto words = as_harnesses_do(SWTPM_BINARY, port, state.string());
    const std::string pid_file =
        (std::filesystem::temp_directory_path() / ("swtpm-pid-" + std::to_string(port))).string();
    for (const std::string word : {"--pid", "--log"}) words.push_back(word);
    words.insert(words.end() - 1, "file=" + pid_file);
    words.push_back("file=-");
    auto tpm = std::make_unique<Process>(words);
    BOOST_REQUIRE(Process::answers(port + 1));
    std::string written;
    std::ifstream{pid_file} >> written;
    BOOST_TEST(written == std::to_string(tpm->id()));
    if (!tools_are_here()) return;
    Workshop shop{tcti_of("swtpm", port)};
    BOOST_TEST(
        shop.run("tpm2_startup -c && tpm2_getrandom --hex 8 && tpm2_createprimary -C o -G ecc -c p.ctx")
            .code == 0);
    BOOST_TEST(
        shop.run(std::string{SWTPM_BINARY} + " socket --tpm2 --print-capabilities").output.find("tpm-2.0") !=
        std::string::npos);
    const auto refused =
        shop.run(std::string{SWTPM_BINARY} + " socket --tpm2 --server type=tcp,port=1 --vtpm-proxy");
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(refused.output.find("--vtpm-proxy: unknown option") != std::string::npos);
    // The state outlives the process.
    BOOST_TEST(shop.run("tpm2_createprimary -C o -G ecc -c p.ctx -o p.pem -f pem && tpm2_shutdown -c").code ==
               0);
    tpm.reset();
    tpm = std::make_unique<Process>(words);
    BOOST_REQUIRE(Process::answers(port + 1));
    BOOST_TEST(shop.run("tpm2_startup -c && tpm2_createprimary -C o -G ecc -c q.ctx -o q.pem -f pem").code ==
               0);
    BOOST_TEST(shop.content("p.pem") == shop.content("q.pem"));
    BOOST_TEST(!shop.content("p.pem").empty());
    tpm.reset();
    std::filesystem::remove_all(state);
}

BOOST_AUTO_TEST_CASE(the_program_named_swtpm_serves_unix_sockets) {
    if (!tools_are_here()) return;
    const Folder folder;
    const std::string path = folder.path + "/tpm";  // tpm2-tss looks for the control socket at PATH.ctrl
    {
        const Process tpm{{SWTPM_BINARY, "socket", "--tpm2", "--server", "type=unixio,path=" + path, "--ctrl",
                           "type=unixio,path=" + path + ".ctrl,mode=0600", "--flags", "not-need-init",
                           "--log", "file=-"}};
        for (int again = 0; again < 100 && !std::filesystem::exists(path + ".ctrl"); ++again)
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        Workshop shop{"swtpm:path=" + path};
        const auto done = shop.run(
            "tpm2_startup -c && tpm2_createprimary -C o -G ecc -c p.ctx && tpm2_flushcontext -t && "
            "tpm2_pcrread sha256:0");
        BOOST_TEST(done.code == 0, done.output);
        BOOST_TEST(done.output.find("0 : 0x00000000") != std::string::npos);
    }
    BOOST_TEST(!std::filesystem::exists(path));
}

/// Makes an EK, its certificates and an SRK, as libvirt has it done for a new machine.
BOOST_AUTO_TEST_CASE(swtpm_setup_provisions_it) {
    if (!is_here("/usr/bin/swtpm_setup") || !is_here("/usr/bin/swtpm_localca") || !tools_are_here()) return;
    const Folder folder;
    std::filesystem::create_directory(folder.path + "/state");
    std::ofstream{folder.path + "/ca.conf"}
        << "statedir = " << folder.path << "/ca\nsigningkey = " << folder.path
        << "/ca/key.pem\nissuercert = " << folder.path << "/ca/cert.pem\ncertserial = " << folder.path
        << "/ca/serial\n";
    std::ofstream{folder.path + "/ca.options"} << "--platform-manufacturer assay\n--platform-version 1\n"
                                                  "--platform-model test\n";
    std::ofstream{folder.path + "/setup.conf"}
        << "create_certs_tool = /usr/bin/swtpm_localca\ncreate_certs_tool_config = " << folder.path
        << "/ca.conf\ncreate_certs_tool_options = " << folder.path
        << "/ca.options\nactive_pcr_banks = sha256\n";
    Workshop shop{"none"};
    const auto made = shop.run("swtpm_setup --tpm2 --config " + folder.path + "/setup.conf --tpm '" +
                               SWTPM_BINARY + " socket' --tpmstate " + folder.path +
                               "/state --create-ek-cert --create-platform-cert --create-spk --lock-nvram "
                               "--pcr-banks sha256,sha384 --logfile " +
                               folder.path + "/log");
    std::ifstream log{folder.path + "/log"};
    const std::string said{std::istreambuf_iterator<char>{log}, {}};
    BOOST_REQUIRE_MESSAGE(made.code == 0, made.output << said);
    for (const char* const step :
         {"storage primary key with handle 0x81000001", "RSA 2048 EK with handle 0x81010001",
          "ECC EK with handle 0x81010016", "NVRAM area 0x1c00002", "NVRAM area 0x1c00016",
          "NVRAM area 0x1c08000", "activated PCR banks sha256,sha384", "Successfully authored TPM state"})
        BOOST_TEST(said.find(step) != std::string::npos, step);
    BOOST_TEST(shop.run(std::string{SWTPM_BINARY} +
                        " socket --tpm2 --print-states --tpmstate dir=" + folder.path + "/state")
                   .output.find("permall") != std::string::npos);

    // What was made is there when the machine starts: the certificate in NV is of the EK.
    const unsigned port = some_port();
    const Process tpm{as_harnesses_do(SWTPM_BINARY, port, folder.path + "/state")};
    BOOST_REQUIRE(Process::answers(port + 1));
    Workshop guest{tcti_of("swtpm", port)};
    const auto same = guest.run(
        "tpm2_startup -c && tpm2_nvread 0x1c00002 -C p -o ek.der 2>/dev/null || tpm2_nvread 0x1c00002 -o "
        "ek.der\n"
        "openssl x509 -inform der -in ek.der -pubkey -noout > certified.pem && "
        "tpm2_readpublic -c 0x81010001 -f pem -o ek.pem");
    BOOST_TEST(same.code == 0, same.output);
    BOOST_TEST(!guest.content("ek.pem").empty());
    BOOST_TEST(guest.content("ek.pem") == guest.content("certified.pem"));
    BOOST_TEST(guest.run("tpm2_pcrread").output.find("sha1:\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(swtpm_ioctl_controls_it) {
    if (!is_here("/usr/bin/swtpm_ioctl")) return;
    const Folder folder;
    const std::string control = folder.path + "/control";
    const Process tpm{
        {SWTPM_BINARY, "socket", "--tpm2", "--ctrl", "type=unixio,path=" + control, "--log", "file=-"}};
    BOOST_REQUIRE(comes(control));
    Workshop shop{"none"};
    for (const auto& [option, said] : std::vector<std::pair<std::string, std::string>>{
             {"-c", "ptm capability is 0xffff"},
             {"-h early", ""},
             {"-i", ""},
             {"-l 3", ""},
             {"-h hello", ""},
             {"-e", "tpmEstablished is 1"},
             {"-r 3", ""},
             {"-e", "tpmEstablished is 0"},
             {"-C", ""},
             {"--info 4", R"({"TPMFeatures":{"RSAKeySizes":[1024,2048,3072]}})"},
             {"-b 3000", ""},
             {"--stop", ""},
             {"-b 3000", "TPM buffersize"},
             {"-s", ""}}) {
        const auto done = shop.run("swtpm_ioctl --unix " + control + " " + option);
        // A measured launch needs power, and the size of the buffer none.
        const bool refused = option == "-h early" || (option == "-b 3000" && said.empty());
        BOOST_TEST((done.code != 0) == refused, option << ": " << done.output);
        BOOST_TEST(done.output.find(said) != std::string::npos, option << ": " << done.output);
    }
}

/// As for a migration: what one process had in hand another one goes on with.
BOOST_AUTO_TEST_CASE(swtpm_ioctl_moves_a_tpm_into_another_process) {
    if (!is_here("/usr/bin/swtpm_ioctl")) return;
    const Folder folder;
    const auto start = [&](const std::string& name) {
        return Process{{SWTPM_BINARY, "socket", "--tpm2", "--server",
                        "type=unixio,path=" + folder.path + "/data", "--ctrl",
                        "type=unixio,path=" + folder.path + "/" + name, "--log", "file=-"}};
    };
    const auto pcr_16 = [&] {
        const auto read = call([&](ByteView command) { return ask_unix(folder.path + "/data", command); },
                               PcrReadIn{{{TpmsPcrSelection::mask(Alg::sha256, 1U << 16)}}});
        return read ? to_hex(read->pcr_values.items.at(0).value) : read.error().text();
    };
    Workshop shop{"none"};
    const auto ioctl = [&](const std::string& name, const std::string& options) {
        const auto done = shop.run("swtpm_ioctl --unix " + folder.path + "/" + name + " " + options);
        BOOST_TEST(done.code == 0, options << ": " << done.output);
    };
    std::string before;
    {
        const Process here = start("here");
        BOOST_REQUIRE(comes(folder.path + "/here"));
        ioctl("here", "-i");
        ask_unix(folder.path + "/data", encode_command(StartupIn{Su::clear}));
        ask_unix(folder.path + "/data",
                 encode_command(PcrExtendIn{.pcr_handle = 16, .digests = {{{Alg::sha256, Bytes(32, 1)}}}},
                                std::vector{password()}));
        before = pcr_16();
        BOOST_TEST(before.size() == 64U);
        for (const std::string part : {"permanent", "volatile"})
            ioctl("here", "--save " + part + " " + folder.path + "/" + part);
        ioctl("here", "-s");
    }
    const Process there = start("there");
    BOOST_REQUIRE(comes(folder.path + "/there"));
    for (const std::string part : {"permanent", "volatile"})
        ioctl("there", "--load " + part + " " + folder.path + "/" + part);
    ioctl("there", "-i");
    BOOST_TEST(pcr_16() == before);
    ioctl("there", "-i");
    BOOST_TEST(pcr_16().find("TPM_RC_INITIALIZE") != std::string::npos);
    ioctl("there", "-s");
}

/// What swtpm_ioctl -v stores is in the state folder, and the next process goes on with it once.
BOOST_AUTO_TEST_CASE(a_stored_volatile_state_waits_in_the_folder) {
    if (!is_here("/usr/bin/swtpm_ioctl")) return;
    const Folder folder;
    std::filesystem::create_directory(folder.path + "/state");
    Workshop shop{"none"};
    const auto serve = [&](const std::string& name, const std::vector<std::string>& options,
                           ByteView command) {
        const std::string control = folder.path + "/" + name;
        const Process tpm{{SWTPM_BINARY, "socket", "--tpm2", "--server",
                           "type=unixio,path=" + folder.path + "/data", "--ctrl",
                           "type=unixio,path=" + control, "--tpmstate", "dir=" + folder.path + "/state",
                           "--log", "file=-"}};
        BOOST_REQUIRE(comes(control));
        Bytes response;
        for (const std::string& option : options) {
            if (option == "command")
                response = ask_unix(folder.path + "/data", command);
            else
                BOOST_TEST(shop.run("swtpm_ioctl --unix " + control + " " + option).code == 0, option);
        }
        return response_code(response);
    };
    const Bytes random = encode_command(GetRandomIn{8});
    BOOST_TEST(
        (serve("a", {"-i", "command", "-v", "-s"}, encode_command(StartupIn{Su::clear})) == Rc::success));
    BOOST_TEST((serve("b", {"-i", "command", "-s"}, random) == Rc::success));
    BOOST_TEST((serve("c", {"-i", "command", "-s"}, random) == Rc::initialize));
}

/// SeaBIOS, the firmware of QEMU's machine, finds the TPM behind its registers, starts it and measures: PCRs
/// 0 to 7 then have a separator each, and some have measurements before it.
BOOST_AUTO_TEST_CASE(firmware_of_a_qemu_machine_boots_with_it) {
    if (!is_here("/usr/bin/qemu-system-x86_64")) return;
    for (const std::string device : {"tpm-crb", "tpm-tis"}) {
        const Folder folder;
        const std::string control = folder.path + "/control", data = folder.path + "/data";
        const Process tpm{{SWTPM_BINARY, "socket", "--tpm2", "--server", "type=unixio,path=" + data, "--ctrl",
                           "type=unixio,path=" + control + ",mode=0600", "--log", "file=-"}};
        BOOST_REQUIRE(comes(control));
        const Process machine{{"/usr/bin/qemu-system-x86_64", "-machine", "q35,accel=tcg", "-m", "64",
                               "-display", "none", "-serial", "none", "-monitor", "none", "-nic", "none",
                               "-chardev", "socket,id=t,path=" + control, "-tpmdev",
                               "emulator,id=tpm,chardev=t", "-device", device + ",tpmdev=tpm"}};
        // The owner of the TPM looks on: what the firmware does last is to extend separators.
        const auto pcr = [&](std::size_t index) {
            const auto read = call([&](ByteView command) { return ask_unix(data, command); },
                                   PcrReadIn{{{TpmsPcrSelection::mask(Alg::sha256, 1U << index)}}});
            return read && !read->pcr_values.items.empty() ? read->pcr_values.items[0].value : Bytes{};
        };
        Bytes separated(32);
        separated = digest(Alg::sha256, {separated, digest(Alg::sha256, {Bytes(4, 0xFF)})});
        for (int again = 0; again < 600 && pcr(7) != separated; ++again)
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        for (const std::size_t index : {0, 3, 6}) BOOST_TEST(to_hex(pcr(index)) == to_hex(separated), index);
        BOOST_TEST(to_hex(pcr(7)) == to_hex(separated), device);
        for (const std::size_t measured : {1, 2, 4}) {
            BOOST_TEST(pcr(measured) != Bytes(32), device << " " << measured);
            BOOST_TEST(pcr(measured) != separated, device << " " << measured);
        }
        BOOST_TEST(to_hex(pcr(9)) == to_hex(Bytes(32)), device);
    }
}

/// A machine is put into a file and started from it again: QEMU asks for the state of its TPM, and brings it
/// to another process.
BOOST_AUTO_TEST_CASE(a_qemu_machine_migrates_with_it) {
    if (!is_here("/usr/bin/qemu-system-x86_64")) return;
    const Folder folder;
    Workshop shop{"none"};
    const auto tpm_at = [&](const std::string& name) {
        return Process{{SWTPM_BINARY, "socket", "--tpm2", "--server",
                        "type=unixio,path=" + folder.path + "/" + name + ".data", "--ctrl",
                        "type=unixio,path=" + folder.path + "/" + name, "--log", "file=-"}};
    };
    const auto machine_at = [&](const std::string& name, std::vector<std::string> more = {}) {
        std::vector<std::string> words{"/usr/bin/qemu-system-x86_64",
                                       "-machine",
                                       "q35,accel=tcg",
                                       "-m",
                                       "64",
                                       "-display",
                                       "none",
                                       "-serial",
                                       "none",
                                       "-nic",
                                       "none",
                                       "-monitor",
                                       "unix:" + folder.path + "/" + name + ".monitor,server=on,wait=off",
                                       "-chardev",
                                       "socket,id=t,path=" + folder.path + "/" + name,
                                       "-tpmdev",
                                       "emulator,id=tpm,chardev=t",
                                       "-device",
                                       "tpm-crb,tpmdev=tpm"};
        words.insert(words.end(), more.begin(), more.end());
        return Process{words};
    };
    const auto pcr_7 = [&](const std::string& name) {
        const auto read =
            call([&](ByteView command) { return ask_unix(folder.path + "/" + name + ".data", command); },
                 PcrReadIn{{{TpmsPcrSelection::mask(Alg::sha256, 1U << 7)}}});
        return read && !read->pcr_values.items.empty() ? to_hex(read->pcr_values.items[0].value)
                                                       : std::string{};
    };
    const auto comes_to = [&](const std::string& name, const std::string& value) {
        for (int again = 0; again < 600 && pcr_7(name) != value; ++again)
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        return pcr_7(name) == value;
    };
    const std::string separated =
        to_hex(digest(Alg::sha256, {Bytes(32), digest(Alg::sha256, {Bytes(4, 0xFF)})}));
    {
        const Process tpm = tpm_at("here");
        BOOST_REQUIRE(comes(folder.path + "/here"));
        const Process machine = machine_at("here");
        BOOST_REQUIRE(comes_to("here", separated));
        tell_monitor(folder.path + "/here.monitor", "migrate \"exec:cat > " + folder.path + "/image\"\n");
        std::uintmax_t size = 0;
        for (int again = 0; again < 200; ++again) {  // written to its end: it grows no further
            std::this_thread::sleep_for(std::chrono::milliseconds{250});
            std::error_code none;
            const auto now = std::filesystem::file_size(folder.path + "/image", none);
            if (!none && now != 0 && now == size) break;
            size = none ? 0 : now;
        }
        BOOST_TEST(size > 0U);
    }
    const Process tpm = tpm_at("there");
    BOOST_REQUIRE(comes(folder.path + "/there"));
    const Process machine = machine_at("there", {"-incoming", "exec:cat " + folder.path + "/image"});
    BOOST_TEST(comes_to("there", separated));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::tpm
