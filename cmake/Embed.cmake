# Writes OUT: a C++ source whose function assay::embedded::SYMBOL() gives the bytes of IN.
file(READ ${IN} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," array "${hex}")
get_filename_component(name ${IN} NAME)
file(WRITE ${OUT} "// Made from ${name} by cmake/Embed.cmake.\n#include <string_view>\n\n\
namespace assay::embedded {\nnamespace {\nconstexpr unsigned char bytes[] = {\n${array}0};\n}\n\
std::string_view ${SYMBOL}();\n\
std::string_view ${SYMBOL}() { return {reinterpret_cast<const char*>(bytes), ${size}}; }\n}\n")
