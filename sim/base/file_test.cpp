#include "sim/base/file.hpp"

#include <boost/test/unit_test.hpp>
#include <stdlib.h>

namespace assay {
namespace {

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
    const TemporaryFolder folder;
    const Bytes content(100'000, 7);
    write_file(folder.path / "a", content);
    write_file(folder.path / "a", content);
    BOOST_TEST((*read_file(folder.path / "a", content.size()) == content));
    BOOST_TEST(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_file) {
    const TemporaryFolder folder;
    write_file(folder.path / "a", Bytes(11));
    BOOST_TEST(read_file(folder.path / "a", 10).error().text() ==
               (folder.path / "a").string() + ": longer than the 10 bytes allowed here");
    BOOST_TEST(read_file(folder.path / "b", 10).error().what == "No such file or directory");
    BOOST_TEST(read_file(folder.path, 10).error().what == "not a regular file");
    BOOST_CHECK_THROW(write_file(folder.path / "none" / "a", {}), std::system_error);
}

}  // namespace
}  // namespace assay
