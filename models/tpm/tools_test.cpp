// Debian's tpm2-tools as real clients of this TPM, over the dialects of swtpm and of the reference simulator.
#include <filesystem>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "models/tpm/swtpm_server.hpp"
#include "models/tpm/test_tpm.hpp"

namespace assay::tpm {
namespace {

/// A folder of its own, and commands run in it.
class Workshop {
public:
    explicit Workshop(std::string tcti) : tcti_(std::move(tcti)) {
        std::string folder = (std::filesystem::temp_directory_path() / "tpm2-tools-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = folder;
    }
    ~Workshop() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    struct Ending {
        int code;
        std::string output;
    };
    Ending run(const std::string& command) {
        const std::string line =
            "cd '" + folder_.string() + "' && TPM2TOOLS_TCTI='" + tcti_ + "' timeout 20 " + command + " 2>&1";
        FILE* pipe = ::popen(line.c_str(), "r");
        std::string output;
        std::array<char, 4096> part{};
        for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
            output.append(part.data(), n);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
    }
    void good(const std::string& command) {
        const Ending ending = run(command);
        BOOST_TEST(ending.code == 0, command << ": " << ending.output);
    }
    void refused(const std::string& command, const std::string& why) {
        const Ending ending = run(command);
        BOOST_TEST(ending.code != 0, command);
        BOOST_TEST(ending.output.find(why) != std::string::npos, command << ": " << ending.output);
    }
    void file(const std::string& name, std::string_view content) {
        std::ofstream{folder_ / name, std::ios::binary} << content;
    }
    std::string content(const std::string& name) {
        std::ifstream in{folder_ / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

private:
    std::string tcti_;
    std::filesystem::path folder_;
};

bool tools_are_here() {
    const bool found = std::filesystem::exists("/usr/bin/tpm2_pcrread");
    if (!found) std::puts("skipped: tpm2-tools is not installed");
    return found;
}

void measured_boot_to_unsealing(Workshop& shop) {
    shop.file("data", "a secret of 19 bytes");
    shop.good("tpm2_getrandom --hex 16");
    shop.good("tpm2_pcrextend 8:sha256=8505e4e25e50a27c5dc8147af88efbece627fbea55291911eff832d9ee127781");
    const auto pcrs = shop.run("tpm2_pcrread sha256:8");
    BOOST_TEST(pcrs.output.find("BDDACCB9C52249E97A31BAEA61B7D91BE8221A16E703D92148D04FB8E9C1DFDD") !=
               std::string::npos);
    shop.good("tpm2_pcrread");
    shop.good("tpm2_pcrevent 9 data");

    shop.good("tpm2_createprimary -C o -g sha256 -G ecc -c primary.ctx");
    shop.good("tpm2_create -C primary.ctx -G rsa2048 -u key.pub -r key.priv");
    shop.good("tpm2_load -C primary.ctx -u key.pub -r key.priv -c key.ctx");
    shop.good("tpm2_flushcontext -t");

    shop.good("tpm2_createek -c ek.ctx -G rsa -u ek.pub");
    shop.good("tpm2_createak -C ek.ctx -c ak.ctx -G ecc -g sha256 -s ecdsa -u ak.pub -f pem -n ak.name");
    shop.good("tpm2_quote -c ak.ctx -l sha256:0,8,9 -q abcdef00 -m quote.msg -s quote.sig -o quote.pcrs");
    shop.good("tpm2_checkquote -u ak.pub -m quote.msg -s quote.sig -f quote.pcrs -q abcdef00 -g sha256");
    shop.refused("tpm2_checkquote -u ak.pub -m quote.msg -s quote.sig -f quote.pcrs -q abcdef01 -g sha256",
                 "nonce");
    shop.good("tpm2_flushcontext -t");

    shop.good("tpm2_makecredential -u ek.pub -s data -n $(xxd -p -c 100 ak.name) -o cred.blob -T none");
    shop.good("tpm2_startauthsession --policy-session -S s.ctx");
    shop.good("tpm2_policysecret -S s.ctx -c e");
    shop.good("tpm2_activatecredential -c ak.ctx -C ek.ctx -i cred.blob -o cred.out -P session:s.ctx");
}

void sealing(Workshop& shop) {
    shop.file("data", "a secret of 19 bytes");
    shop.good("tpm2_createprimary -C o -g sha256 -G ecc -c primary.ctx");
    shop.good("tpm2_startauthsession -S trial.ctx");
    shop.good("tpm2_policypcr -S trial.ctx -l sha256:8,9 -L pcr.policy");
    shop.good("tpm2_flushcontext trial.ctx");
    shop.good("tpm2_create -C primary.ctx -u seal.pub -r seal.priv -L pcr.policy -i data");
    shop.good("tpm2_load -C primary.ctx -u seal.pub -r seal.priv -c seal.ctx");
    shop.good("tpm2_unseal -c seal.ctx -p pcr:sha256:8,9 -o unsealed");
    BOOST_TEST(shop.content("unsealed") == shop.content("data"));
    shop.refused("tpm2_unseal -c seal.ctx", "0x12F");
    shop.good("tpm2_evictcontrol -C o -c seal.ctx 0x81000010");
    shop.good("tpm2_unseal -c 0x81000010 -p pcr:sha256:8,9");
    shop.good("tpm2_pcrextend 9:sha256=" + std::string(64, 'a'));
    shop.refused("tpm2_unseal -c 0x81000010 -p pcr:sha256:8,9", "0x99D");
    shop.good("tpm2_evictcontrol -C o -c 0x81000010");
    shop.good("tpm2_flushcontext -t");
}

void keys_and_storage(Workshop& shop) {
    shop.file("data", "a secret of 19 bytes");
    shop.good("tpm2_createprimary -C o -c primary.ctx");
    shop.good("tpm2_create -C primary.ctx -G rsa2048:rsapss:null -u sign.pub -r sign.priv -c sign.ctx");
    shop.good("tpm2_sign -c sign.ctx -g sha256 -s rsapss -o sig.raw data");
    shop.good("tpm2_verifysignature -c sign.ctx -g sha256 -m data -s sig.raw");
    shop.good("tpm2_create -C primary.ctx -G rsa2048 -u rsa.pub -r rsa.priv -c rsa.ctx");
    shop.good("tpm2_rsaencrypt -c rsa.ctx -s oaep -o cipher data");
    shop.good("tpm2_rsadecrypt -c rsa.ctx -s oaep -o plain cipher");
    BOOST_TEST(shop.content("plain") == shop.content("data"));
    shop.good("tpm2_create -C primary.ctx -G ecc256:ecdh -u ecdh.pub -r ecdh.priv -c ecdh.ctx");
    shop.good("tpm2_ecdhkeygen -c ecdh.ctx -u point -o z1");
    shop.good("tpm2_ecdhzgen -c ecdh.ctx -u point -o z2");
    BOOST_TEST(shop.content("z1") == shop.content("z2"));
    shop.good("tpm2_nvdefine 0x1500016 -C o -s 32 -a 'ownerread|ownerwrite|authread|authwrite' -p index");
    shop.good("tpm2_nvwrite 0x1500016 -C o -i data");
    shop.good("tpm2_nvread 0x1500016 -C 0x1500016 -P index -s 20 -o nv.out");
    BOOST_TEST(shop.content("nv.out") == shop.content("data"));
    shop.good("tpm2_nvreadpublic");
    shop.good("tpm2_nvundefine 0x1500016 -C o");
    shop.good("tpm2_hash -C o -g sha256 --hex data");
    shop.file("large", std::string(3000, 'x'));
    shop.good("tpm2_hash -C o -g sha256 --hex large");
    shop.good("tpm2_getcap properties-fixed");
    shop.good("tpm2_getcap properties-variable");
    shop.good("tpm2_getcap algorithms");
    shop.good("tpm2_getcap commands");
    shop.good("tpm2_getcap pcrs");
    shop.good("tpm2_getcap handles-transient");
    shop.good("tpm2_selftest");
    shop.good("tpm2_changeauth -c owner newpass");
    shop.refused("tpm2_createprimary -C o -c p2.ctx -Q", "0x9A2");
    shop.good("tpm2_createprimary -C o -P newpass -c p2.ctx -Q");
    shop.good("tpm2_changeauth -c owner -p newpass");
    shop.good("tpm2_flushcontext -t");
    // A salted session with encryption of both directions.
    shop.good("tpm2_startauthsession --hmac-session -c primary.ctx -S h.ctx");
    shop.good("tpm2_sessionconfig --enable-encrypt --enable-decrypt h.ctx");
    shop.good("tpm2_create -C primary.ctx -P session:h.ctx -u s.pub -r s.priv -i data");
    shop.good("tpm2_load -C primary.ctx -P session:h.ctx -u s.pub -r s.priv -c s.ctx");
    shop.good("tpm2_unseal -c s.ctx -p session:h.ctx -o out");
    BOOST_TEST(shop.content("out") == shop.content("data"));
    shop.good("tpm2_flushcontext h.ctx");
    shop.good("tpm2_shutdown -c");
}

template <class Server>
void with_tools(const std::string& dialect) {
    if (!tools_are_here()) return;
    Bench bench;
    Server server{bench.tpm, {.startup_clear = true}};
    std::jthread thread{[&](const std::stop_token& stop) {
        server.serve(stop);
    }};
    Workshop shop{dialect + ":host=127.0.0.1,port=" + std::to_string(server.port())};
    measured_boot_to_unsealing(shop);
    sealing(shop);
    keys_and_storage(shop);
}

BOOST_AUTO_TEST_CASE(tpm2_tools_work_over_the_dialect_of_swtpm) { with_tools<SwtpmServer>("swtpm"); }
BOOST_AUTO_TEST_CASE(tpm2_tools_work_over_the_dialect_of_the_reference_simulator) {
    with_tools<MssimServer>("mssim");
}

std::string answer_of(SwtpmDialect& dialect, std::string_view request) {
    const auto step = dialect.control(*from_hex(request));
    return step ? to_hex(step->reply) + (step->end ? " end" : "") : "more";
}

BOOST_AUTO_TEST_CASE(the_control_port_answers_as_swtpm_does) {
    Bench bench;
    SwtpmDialect dialect{bench.tpm};
    BOOST_TEST(answer_of(dialect, "000000") == "more");
    BOOST_TEST(answer_of(dialect, "00000001") == "0000000000006caf");
    BOOST_TEST(answer_of(dialect, "00000005") == "more");
    BOOST_TEST(answer_of(dialect, "0000000505") == "0000003d");
    BOOST_TEST(answer_of(dialect, "0000000502") == "00000000");
    BOOST_TEST(answer_of(dialect, "00000004") == "0000000000000000");
    BOOST_TEST(answer_of(dialect, "0000000b00") == "0000003d");
    BOOST_TEST(answer_of(dialect, "0000001100000000") == "000000000000100000000af800001000");
    BOOST_TEST(answer_of(dialect, "00000013") == "0000000a");
    BOOST_TEST(answer_of(dialect, "0000000e") == "00000000");
    const auto stopped = dialect.data(*from_hex("80010000000c000001440000"));
    BOOST_REQUIRE(stopped);
    BOOST_TEST(to_hex(stopped->reply) == "80010000000a00000101");
    BOOST_TEST(answer_of(dialect, "0000000200000000") == "00000000");
    BOOST_TEST(to_hex(dialect.data(*from_hex("80010000000c000001440000"))->reply) == "80010000000a00000907");
    BOOST_TEST(answer_of(dialect, "0000000500") == "00000000");
    BOOST_TEST(to_hex(dialect.data(*from_hex("80010000000c000001440000"))->reply) == "80010000000a00000000");
    BOOST_TEST(answer_of(dialect, "00000003") == "00000000 end");
    const auto huge = dialect.data(*from_hex("800100010000000001440000"));
    BOOST_REQUIRE(huge);
    BOOST_TEST(huge->close);
    BOOST_TEST(to_hex(huge->reply) == "80010000000a00000142");
}

}  // namespace
}  // namespace assay::tpm
