#include "sim/kernel/report_handler.hpp"

#include <cstdio>
#include <systemc>

namespace assay::kernel {

void install_report_handler() {
    sc_core::sc_report_handler::set_handler(
        [](const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
            if ((actions & sc_core::SC_DISPLAY) != 0)
                std::fprintf(stderr, "systemc: %s\n", sc_core::sc_report_compose_message(report).c_str());
            sc_core::sc_report_handler::default_handler(report, actions & ~sc_core::SC_DISPLAY);
        });
}

}  // namespace assay::kernel
