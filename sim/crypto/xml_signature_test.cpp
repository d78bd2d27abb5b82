// Enveloped signatures: what is accepted, and each way in which a document is not.
#include "sim/crypto/xml_signature.hpp"

#include <boost/test/unit_test.hpp>

#include "sim/crypto/test_pki.hpp"

namespace assay::crypto {
namespace {

constexpr std::string_view manifest =
    "<SoftwareIdentity xmlns=\"urn:swid\" xmlns:ns0=\"urn:swid\" xmlns:ns2=\"urn:hash\" name=\"X\" "
    "version='1.0'>\n"
    "    <ns0:Entity role=\"creator\" name=\"a &amp; b\"/>\n"
    "    <ns0:Payload><ns0:Resource ns2:Hash10=\"aa\" ns2:Hash2=\"bb\" index=\"0\"/></ns0:Payload>\n"
    "</SoftwareIdentity>";

struct Signed : TestPki {
    std::string xml = text(sign_enveloped(as_bytes(manifest), leaf_key, chain()));

    static std::string text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }
    static std::string verdict(std::string_view document) {
        const auto parsed = parse_enveloped_signature(as_bytes(document));
        return parsed ? kind_of(parsed->verify()) : kind_of(parsed);
    }
    // The signed document with one passage replaced, which must be there.
    std::string with(std::string_view old_text, std::string_view new_text) const {
        std::string out = xml;
        const std::size_t at = out.find(old_text);
        BOOST_REQUIRE(at != std::string::npos);
        return out.replace(at, old_text.size(), new_text);
    }
    std::string between(std::string_view from, std::string_view to) const {
        const std::size_t start = xml.find(from);
        return xml.substr(start, xml.find(to, start) + to.size() - start);
    }
    std::string signature() const { return between("<ds:Signature ", "</ds:Signature>"); }
};

std::string canonical_text(std::string_view xml) {
    const auto out = canonicalize(as_bytes(xml));
    return out ? std::string{as_text(*out)} : "refused: " + kind_of(out);
}

BOOST_FIXTURE_TEST_SUITE(xml_signature, Signed)

BOOST_AUTO_TEST_CASE(a_signed_document_verifies_and_keeps_its_bytes) {
    BOOST_TEST(verdict(xml) == "good");
    BOOST_TEST(xml.starts_with(manifest.substr(0, manifest.rfind("</"))));
    BOOST_TEST(xml.ends_with("</ds:KeyInfo></ds:Signature></SoftwareIdentity>"));
    const auto parsed = parse_enveloped_signature(as_bytes(xml));
    BOOST_TEST((parsed->certificates == chain()));
    BOOST_TEST(parsed->signature_value.size() == 96U);
    BOOST_TEST((parsed->document == *canonicalize(as_bytes(manifest))));
    BOOST_TEST(
        as_text(parsed->signed_info)
            .starts_with("<ds:SignedInfo xmlns=\"urn:swid\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" "
                         "xmlns:ns0=\"urn:swid\" xmlns:ns2=\"urn:hash\"><ds:CanonicalizationMethod"));
}

BOOST_AUTO_TEST_CASE(roots_of_any_form_can_be_signed) {
    for (const char* bare : {"<a/>", "<p:a xmlns:p='urn:p'/>", "<a >text</a >\n",
                             "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a><b/></a>", "<!-- before --><a/>"})
        BOOST_TEST(verdict(text(sign_enveloped(as_bytes(bare), leaf_key, chain()))) == "good", bare);
    BOOST_CHECK_THROW((void)sign_enveloped(as_bytes("<a/><!-- </b> -->"), leaf_key, chain()),
                      std::logic_error);
    BOOST_CHECK_THROW((void)sign_enveloped(as_bytes("<a>"), leaf_key, chain()), std::logic_error);
    BOOST_CHECK_THROW((void)sign_enveloped(as_bytes(xml), leaf_key, chain()), std::logic_error);
}

BOOST_AUTO_TEST_CASE(malformed) {
    for (const std::string& wrong :
         {std::string{}, std::string{"text"}, std::string{"<a>"}, std::string{"<a></b>"},
          std::string{"<a b='1' b='2'/>"}, std::string{"<p:a/>"}, std::string{"<a>&lol;</a>"},
          std::string{"<a/><b/>"}, std::string{"<a>\xC3</a>"}, std::string{"<a>\x01</a>"},
          "<a>" + std::string(max_xml_size, ' ') + "</a>", std::string{"<a xmlns='relative'><b/></a>"},
          std::string{"<?xml version='1.0' encoding='ISO-8859-1'?><a/>"},
          std::string{"<?xml version='1.0' encoding='UTF-16'?><a/>"}, std::string("<\0a\0/\0>\0", 8),
          std::string("\xFF\xFE<\0a\0/\0>\0", 10)})
        BOOST_TEST(canonical_text(wrong) == "refused: malformed", wrong.substr(0, 60));
    const auto nested = [](int depth) {
        std::string out;
        for (int i = 0; i < depth; ++i) out += "<a>";
        for (int i = 0; i < depth; ++i) out += "</a>";
        return out;
    };
    BOOST_TEST(canonical_text(nested(64)) == nested(64));
    BOOST_TEST(canonical_text(nested(65)) == "refused: malformed");
    BOOST_TEST(canonical_text(nested(10000)) == "refused: malformed");
    BOOST_TEST(canonicalize(as_bytes("<a>\n\n<b></a>")).error().line == 3U);
}

BOOST_AUTO_TEST_CASE(no_document_type_declaration_is_ever_read) {
    for (const char* evil : {"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
                             "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
                             "<!DOCTYPE a [<!ENTITY a0 'lol'><!ENTITY a1 '&a0;&a0;&a0;&a0;&a0;&a0;'><!ENTITY "
                             "a2 '&a1;&a1;&a1;&a1;'>]><a>&a2;</a>",
                             "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/x'> %p;]><a/>",
                             "<!DOCTYPE a [<!ATTLIST a b CDATA 'added'>]><a/>",
                             "<?xml version='1.0'?>\n<!DOCTYPE a [ not even well-formed"})
        BOOST_TEST(canonical_text(evil) == "refused: doctype", evil);
    BOOST_TEST(verdict("<!DOCTYPE SoftwareIdentity>" + xml) == "doctype");
}

// Canonical XML 1.1, 3 (examples) in what concerns us, and the rules that manifests meet.
BOOST_AUTO_TEST_CASE(canonical_forms) {
    BOOST_TEST(canonical_text("<?xml version='1.0'?>\n<a/>\n") == "<a></a>");
    BOOST_TEST(canonical_text("<a><!-- c --><?pi  x?></a>") == "<a><?pi x?></a>");
    BOOST_TEST(canonical_text("<a b='\"' a = '1'  />") == "<a a=\"1\" b=\"&quot;\"></a>");
    BOOST_TEST(
        canonical_text(
            "<a xmlns:z='urn:z' xmlns:b='urn:b' xmlns='urn:d'><a xmlns='urn:d' xmlns:b='urn:b'/></a>") ==
        "<a xmlns=\"urn:d\" xmlns:b=\"urn:b\" xmlns:z=\"urn:z\"><a></a></a>");
    BOOST_TEST(canonical_text("<a xmlns:n='urn:n' n:H2='1' n:H10='2' z='3'/>") ==
               "<a xmlns:n=\"urn:n\" z=\"3\" n:H10=\"2\" n:H2=\"1\"></a>");
    BOOST_TEST(canonical_text("<a>x &lt; y\r\n&#13;&#x20AC;<![CDATA[<&>]]></a>") ==
               "<a>x &lt; y\n&#xD;\xE2\x82\xAC&lt;&amp;&gt;</a>");
    BOOST_TEST(canonical_text("\xEF\xBB\xBF<a/>") == "<a></a>");
}

BOOST_AUTO_TEST_CASE(structure) {
    BOOST_TEST(verdict(manifest) == "structure");
    const std::string one = signature();
    BOOST_TEST(verdict(with("</SoftwareIdentity>", one + "</SoftwareIdentity>")) ==
               "structure");  // a second one
    BOOST_TEST(verdict(with(one, "<wrapper>" + one + "</wrapper>")) == "structure");
    const std::string payload = between("<ns0:Payload>", "</ns0:Payload>");
    BOOST_TEST(verdict(with(payload, "<ns0:Payload>" + one + "</ns0:Payload>")) == "structure");
    BOOST_TEST(verdict(one) == "structure");  // the root itself
    const std::string reference = between("<ds:Reference ", "</ds:Reference>");
    BOOST_TEST(verdict(with(reference, reference + reference)) == "structure");
    BOOST_TEST(verdict(with(reference, "")) == "structure");
    for (const char* uri : {"URI=\"#x\"", "URI=\"http://a/b\"", "", "URI=\"\" Type=\"x\"", "uri=\"\""})
        BOOST_TEST(verdict(with("URI=\"\"", uri)) == "structure", uri);
    BOOST_TEST(verdict(with("</ds:SignedInfo>", "<ds:Object/></ds:SignedInfo>")) == "structure");
    BOOST_TEST(verdict(with("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object><ds:Manifest/></ds:Object>")) ==
               "structure");
    BOOST_TEST(verdict(with("<ds:SignedInfo>", "<ds:SignedInfo Id=\"a\">")) == "structure");
    BOOST_TEST(verdict(with("<ds:SignedInfo>", "text<ds:SignedInfo>")) == "structure");
    BOOST_TEST(verdict(with("<ds:SignedInfo>", "<!-- c --><ds:SignedInfo>")) == "structure");
    BOOST_TEST(verdict(with("<ds:SignatureValue>", "<ds:SignatureValue>!")) == "structure");
    BOOST_TEST(verdict(with("<ds:SignatureValue>", "<ds:SignatureValue><!-- c -->")) == "structure");
    BOOST_TEST(verdict(with("<ds:DigestValue>", "<ds:DigestValue>AAAA")) == "structure");
    BOOST_TEST(verdict(with("xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "xmlns:ds=\"urn:x\"")) ==
               "structure");
}

BOOST_AUTO_TEST_CASE(algorithm) {
    const std::string transform = "<ds:Transform Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"/>";
    const std::string enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    BOOST_TEST(verdict(with(transform, transform + transform)) == "algorithm");
    BOOST_TEST(verdict(with(transform, "")) == "algorithm");
    BOOST_TEST(verdict(with(enveloped, "")) == "algorithm");
    BOOST_TEST(verdict(with(enveloped + transform, transform + enveloped)) == "algorithm");
    BOOST_TEST(verdict(with(transform,
                            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                            "<ds:XPath>1</ds:XPath></ds:Transform>")) == "algorithm");
    for (const char* name :
         {"CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11",
          "SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
          "DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#sha384"})
        BOOST_TEST(verdict(with(name, std::string{name} + "#WithComments")) == "algorithm", name);
    BOOST_TEST(verdict(with("xmldsig-more#ecdsa-sha384\"/>",
                            "xmldsig-more#ecdsa-sha384\"><x/></ds:SignatureMethod>")) == "algorithm");
    BOOST_TEST(verdict(with("xmldsig-more#sha384", "sha1")) == "algorithm");
    // Canonical XML 1.0 is accepted; here it changes what was signed.
    BOOST_TEST(
        verdict(with(transform,
                     "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>")) ==
        "signature");
}

BOOST_AUTO_TEST_CASE(certificate) {
    const std::string data = between("<ds:X509Data>", "</ds:X509Data>");
    BOOST_TEST(verdict(with(between("<ds:KeyInfo>", "</ds:KeyInfo>"), "")) == "certificate");
    BOOST_TEST(verdict(with(data, "")) == "certificate");
    BOOST_TEST(verdict(with(data, "<ds:X509Data/>")) == "certificate");
    BOOST_TEST(verdict(with(data, "<ds:KeyName>me</ds:KeyName>")) == "certificate");
    BOOST_TEST(verdict(with("<ds:X509Certificate>", "<ds:X509Certificate>!")) == "certificate");
    BOOST_TEST(verdict(with("<ds:X509Certificate>",
                            "<ds:X509Certificate>AAAA</ds:X509Certificate><ds:X509Certificate>")) ==
               "certificate");
    BOOST_TEST(verdict(with(data, data + data)) == "certificate");
}

BOOST_AUTO_TEST_CASE(digest_and_signature) {
    BOOST_TEST(verdict(with("name=\"X\"", "name=\"Y\"")) == "digest");
    BOOST_TEST(verdict(with("    <ns0:Payload>", "   <ns0:Payload>")) == "digest");
    BOOST_TEST(verdict(with("Hash2=\"bb\"", "Hash2=\"bc\"")) == "digest");
    // What canonicalisation levels out may change.
    BOOST_TEST(verdict(with("version='1.0'", "version = \"1.0\"")) == "good");
    BOOST_TEST(verdict(with("    <ns0:Payload>", "    <!-- c --><ns0:Payload>")) == "good");

    const std::string first = between("<ds:X509Certificate>", "</ds:X509Certificate>");
    BOOST_TEST(verdict(with(first, "")) == "signature");  // the first certificate is now another one's
    const std::string value = between("<ds:SignatureValue>", "</ds:SignatureValue>");
    std::string flipped = value;
    flipped[30] = flipped[30] == 'A' ? 'B' : 'A';
    BOOST_TEST(verdict(with(value, flipped)) == "signature");
    BOOST_TEST(verdict(with(value, "<ds:SignatureValue>AAAA</ds:SignatureValue>")) == "signature");
    // DER in place of r || s.
    const Bytes raw = parse_enveloped_signature(as_bytes(xml))->signature_value;
    BOOST_TEST(verdict(with(value, "<ds:SignatureValue>" + to_base64(*ecdsa_raw_to_der(KeyType::p384, raw)) +
                                       "</ds:SignatureValue>")) == "signature");
    // A document of another signer: digest right, signature not by this certificate.
    const PrivateKey other = new_key();
    BOOST_TEST(verdict(text(sign_enveloped(as_bytes(manifest), other, chain()))) == "signature");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace assay::crypto
