#include "sim/kernel/trace.hpp"

#include <stdexcept>

#include <boost/test/unit_test.hpp>

namespace assay::kernel {
namespace {

BOOST_AUTO_TEST_CASE(a_trace_is_a_value_change_dump) {
    Trace trace;
    const auto status = trace.add("gpu.doe.status", 32);
    const auto busy = trace.add("gpu.busy", 1);
    trace.change(status, 0, 0);
    trace.change(busy, 5, 1);
    trace.change(status, 5, 0x8000'0001);
    trace.change(busy, 7, 1);
    BOOST_TEST(trace.vcd() ==
               "$version assay $end\n$timescale 1 ps $end\n"
               "$scope module gpu $end\n$var wire 1 \" busy $end\n"
               "$scope module doe $end\n$var wire 32 ! status $end\n$upscope $end\n$upscope $end\n"
               "$enddefinitions $end\n$dumpvars\nbx !\nx\"\n$end\n"
               "#0\nb0 !\n#5\n1\"\nb10000000000000000000000000000001 !\n");
}

BOOST_AUTO_TEST_CASE(time_never_goes_back) {
    Trace trace;
    const auto s = trace.add("s", 1);
    trace.change(s, 5, 1);
    BOOST_CHECK_THROW(trace.change(s, 4, 0), std::logic_error);
    BOOST_CHECK_THROW(trace.add("w", 65), std::logic_error);
}

}  // namespace
}  // namespace assay::kernel
