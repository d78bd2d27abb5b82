// Clients that are not tpm2-tools: the Feature API of tpm2-tss, whose keystore and policies are its own, and
// the tools of IBM's TSS, which has its own marshalling, sessions and HMACs.
#include <boost/test/unit_test.hpp>

#include "models/tpm/test_programs.hpp"

namespace assay::tpm {
namespace {

struct Line {
    const char* command;
    bool refused = false;
};

void play_lines(Workshop& shop, const std::string& setup, std::initializer_list<Line> lines) {
    for (const Line& line : lines) {
        const auto done = shop.run(setup + line.command);
        BOOST_TEST((done.code != 0) == line.refused, line.command << ": " << done.output);
    }
}

BOOST_AUTO_TEST_SUITE(other_clients)

BOOST_AUTO_TEST_CASE(the_feature_api_of_tpm2_tss_works_on_it) {
    if (!is_here("/usr/bin/tss2_provision") || !is_here("/etc/tpm2-tss/fapi-profiles/P_RSA2048SHA256.json"))
        return;
    for (const std::string profile : {"P_ECCP256SHA256", "P_RSA2048SHA256"}) {
        const unsigned port = some_port();
        const Process tpm{{SWTPM_BINARY, "socket", "--tpm2", "--server",
                           "type=tcp,port=" + std::to_string(port), "--ctrl",
                           "type=tcp,port=" + std::to_string(port + 1), "--flags",
                           "not-need-init,startup-clear", "--log", "file=-"}};
        BOOST_REQUIRE(Process::answers(port + 1));
        Workshop shop{"none"};
        const std::string setup = "export TSS2_FAPICONF=./conf.json TSS2_LOG=all+ERROR\n";
        const auto prepared = shop.run(
            "mkdir user system log\ncat > conf.json <<E\n{\"profile_name\": \"" + profile +
            "\", \"profile_dir\": \"/etc/tpm2-tss/fapi-profiles/\", \"user_dir\": \"$PWD/user\", "
            "\"system_dir\": \"$PWD/system\", \"log_dir\": \"$PWD/log\", \"ek_cert_less\": \"yes\", "
            "\"system_pcrs\": [], \"tcti\": \"swtpm:host=127.0.0.1,port=" +
            std::to_string(port) +
            "\"}\nE\n"
            "echo '{\"description\":\"d\",\"policy\":[{\"type\":\"POLICYPCR\",\"currentPCRs\":[16]}]}' > "
            "pcr.json\n"
            "echo '{\"description\":\"d\",\"policy\":[{\"type\":\"POLICYAUTHORIZENV\",\"nvPath\":\"/nv/Owner/"
            "pol\"}]}' > nv.json\n"
            "echo '{\"description\":\"d\",\"policy\":[{\"type\":\"POLICYSECRET\",\"objectPath\":\"HS/SRK/"
            "sign\"}]}' > secret.json\n"
            "head -c 32 /dev/zero > digest; head -c 20 /dev/zero > "
            "twenty\n");
        BOOST_REQUIRE(prepared.code == 0);
        play_lines(shop, setup,
                   {{"tss2_provision"},
                    {"tss2_getrandom -n 20 -o random -f"},
                    {"tss2_getinfo -o info -f"},
                    {"tss2_createkey -p HS/SRK/sign -t 'sign, noDa' -a ''"},
                    {"tss2_sign -p HS/SRK/sign -d digest -o sig -k pub -f"},
                    {"tss2_verifysignature -p HS/SRK/sign -d digest -i sig"},
                    {"tss2_verifysignature -p HS/SRK/sign -d data -i sig", true},
                    {"tss2_createkey -p HS/SRK/ak -t 'sign, restricted, noDa' -a ''"},
                    {"tss2_quote -p HS/SRK/ak -x 16 -Q twenty -l pcrs -q quoted -o qsig -f"},
                    {"tss2_exportkey -p HS/SRK/ak -o ak.json -f"},
                    {"tss2_import -p ext/ak -i ak.json"},
                    {"tss2_verifyquote -k ext/ak -Q twenty -l pcrs -q quoted -i qsig"},
                    {"tss2_createseal -p HS/SRK/seal -t noDa -a '' -i data"},
                    {"tss2_unseal -p HS/SRK/seal -o out -f && cmp data out"},
                    {"tss2_import -p policy/pcr -i pcr.json"},
                    {"tss2_createseal -p HS/SRK/pcr -t noDa -P policy/pcr -a '' -i data"},
                    {"tss2_unseal -p HS/SRK/pcr -o out -f && cmp data out"},
                    {"tss2_createnv -p nv/Owner/pol -t noDa -s 34 -a ''"},
                    {"tss2_import -p policy/nv -i nv.json"},
                    {"tss2_writeauthorizenv -p nv/Owner/pol -P policy/pcr"},
                    {"tss2_createseal -p HS/SRK/nv -t noDa -P policy/nv -a '' -i data"},
                    {"tss2_unseal -p HS/SRK/nv -o out -f && cmp data out"},
                    {"tss2_pcrextend -x 16 -i data"},
                    {"tss2_unseal -p HS/SRK/pcr -o out -f", true},
                    {"tss2_unseal -p HS/SRK/nv -o out -f", true},
                    {"tss2_import -p policy/secret -i secret.json"},
                    {"tss2_createkey -p HS/SRK/asked -t 'sign, noDa' -P policy/secret -a ''"},
                    {"tss2_sign -p HS/SRK/asked -d digest -o sig -f"},
                    {"tss2_createnv -p nv/Owner/plain -t noDa -s 20 -a ''"},
                    {"tss2_nvwrite -p nv/Owner/plain -i twenty"},
                    {"tss2_nvread -p nv/Owner/plain -o out -f && cmp twenty out"},
                    {"tss2_createnv -p nv/Owner/count -t 'noDa, counter' -a ''"},
                    {"tss2_nvincrement -p nv/Owner/count"},
                    {"tss2_createnv -p nv/Owner/bits -t 'noDa, bitfield' -a ''"},
                    {"tss2_nvsetbits -p nv/Owner/bits -i 0x0102030405060608"},
                    {"tss2_createnv -p nv/Owner/pcr -t 'noDa, pcr' -a ''"},
                    {"tss2_nvextend -p nv/Owner/pcr -i data"},
                    {"tss2_delete -p nv/Owner/plain"},
                    {"tss2_delete -p /"}});
    }
}

BOOST_AUTO_TEST_CASE(the_tools_of_the_ibm_tss_work_on_it) {
    if (!is_here("/usr/bin/tssstartup")) return;
    for (const std::string type : {"raw", "mssim"}) {
        const unsigned port = some_port();
        Workshop shop{"none"};
        const std::string server = shop.path() + "/tpm_server";
        std::filesystem::create_symlink(SWTPM_BINARY, server);
        std::vector<std::string> words{server, "-port", std::to_string(port)};
        if (type == "raw") {
            words = as_harnesses_do(SWTPM_BINARY, port, shop.path());
            words.insert(words.end(), {"--log", "file=-"});
        }
        const Process tpm{words};
        BOOST_REQUIRE(Process::answers(port + 1));
        const std::string setup =
            "export TPM_INTERFACE_TYPE=socsim TPM_SERVER_NAME=localhost TPM_DATA_DIR=. "
            "TPM_ENCRYPT_SESSIONS=0 "
            "TPM_SERVER_TYPE=" +
            type + " TPM_COMMAND_PORT=" + std::to_string(port) +
            " TPM_PLATFORM_PORT=" + std::to_string(port + 1) + "\n";
        if (type == "mssim") play_lines(shop, setup, {{"tsspowerup"}});
        play_lines(
            shop, setup,
            {{"tssstartup"},

             {"tssgetcapability -cap 6 -pr 100 -pc 10"},
             {"tsscreateprimary -hi o -st -rsa"},
             {"tsscreateprimary -hi o -st -ecc nistp256"},
             {"tsscreate -hp 80000000 -si -kt f -kt p -pwdk kk -opr k.prv -opu k.pub"},
             {"tssload -hp 80000000 -ipr k.prv -ipu k.pub"},
             {"tsssign -hk 80000002 -halg sha256 -if data -os sig -pwdk kk"},
             {"tssverifysignature -hk 80000002 -halg sha256 -if data -is sig"},
             {"tsssign -hk 80000002 -halg sha256 -if data -os sig -pwdk wrong", true},
             {"tssquote -hp 16 -hk 80000002 -pwdk kk -os sig -oa quoted"},
             {"tsscertify -ho 80000000 -hk 80000002 -pwdk kk -os sig -oa certified"},
             {"tsscontextsave -ha 80000002 -of saved"},
             {"tssflushcontext -ha 80000002"},
             {"tsscontextload -if saved"},
             {"tssflushcontext -ha 80000002"},
             // Sessions: HMACs of both directions, salted with RSA and ECC keys, bound, with AES and XOR.
             {"tssstartauthsession -se h"},
             {"tsscreate -hp 80000000 -kh -kt f -kt p -pwdk kk -opr h.prv -opu h.pub -se0 02000000 1"},
             {"tssload -hp 80000000 -ipr h.prv -ipu h.pub -se0 02000000 0"},
             {"tsshmac -hk 80000002 -if data -os mac -pwdk kk"},
             {"tssflushcontext -ha 80000002"},
             {"tssstartauthsession -se h -hs 80000000 -bi 40000001"},
             {"tsscreate -hp 80000000 -dp -pwdk zz -opr d.prv -opu d.pub -se0 02000000 61"},
             {"tssflushcontext -ha 02000000"},
             {"tssstartauthsession -se h -hs 80000001 -sym xor"},
             {"tssgetrandom -by 8 -se0 02000000 41"},
             {"tssflushcontext -ha 02000000"},
             {"tssnvdefinespace -hi o -ha 01000010 -sz 32 -pwdn nn"},
             {"tssnvwrite -ha 01000010 -pwdn nn -if digest", true},  // no such file
             {"tssnvwrite -ha 01000010 -pwdn nn -ic abc"},
             {"tssnvread -ha 01000010 -pwdn nn -sz 3"},
             {"tssnvread -ha 01000010 -pwdn mm -sz 3", true},
             {"tssnvundefinespace -hi o -ha 01000010"},
             {"tssnvdefinespace -hi o -ha 01000011 -ty c -pwdn nn"},
             {"tssnvincrement -ha 01000011 -pwdn nn"},
             {"tssnvundefinespace -hi o -ha 01000011"},
             {"tsspcrextend -ha 16 -halg sha256 -ic abc"},
             {"tsspcrreset -ha 16"},
             {"tsshashsequencestart -halg sha256 -pwda ss"},
             {"tsssequenceupdate -hs 80000002 -pwds ss -if data"},
             {"tsssequencecomplete -hs 80000002 -pwds ss -if data"},
             {"tssstartauthsession -se p"},
             {"tsspolicypcr -ha 03000000 -halg sha256 -bm 10000"},
             {"tsspolicycommandcode -ha 03000000 -cc 15d"},
             {"tsspolicygetdigest -ha 03000000"},
             {"tssflushcontext -ha 03000000"},
             {"tssevictcontrol -hi o -ho 80000000 -hp 81000010"},
             {"tssevictcontrol -hi o -ho 81000010 -hp 81000010"},
             {"tsshierarchychangeauth -hi o -pwdn oo"},
             {"tsshierarchychangeauth -hi o -pwda oo"},
             {"tssdictionaryattacklockreset"},
             {"tssclear -hi p"},
             {"tssshutdown"}});
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::tpm
