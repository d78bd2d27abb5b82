// Software in a simulation: one long-lived thread that runs what it is handed.
#pragma once
#include <exception>
#include <functional>
#include <systemc>
#include <utility>

#include "sim/kernel/state_holder.hpp"

namespace assay::kernel {

///     Program host{"host"};
///     host.run([&] { ... wait(10, SC_US); ... });   // from outside: the simulation runs until that is done
class Program : public sc_core::sc_module, public NoUserData {
public:
    /// Stacks of threads are allocated when the simulation starts; pages that nobody touches cost nothing.
    static constexpr int default_stack = 8 << 20;

    explicit Program(const sc_core::sc_module_name& name, int stack = default_stack)
        : sc_module(name), NoUserData("a task's locals are gone when it ends") {
        sc_core::sc_spawn_options options;
        options.set_stack_size(stack);
        sc_core::sc_spawn([this] { loop(); }, "thread", &options);
    }

    /// From outside the simulation: it runs until `task` is done and nothing else is left to happen. From a
    /// thread of the simulation: `task` runs there. What it throws comes out of here.
    void run(const std::function<void()>& task) {
        if (is_inside()) return task();
        if (sc_core::sc_get_status() < sc_core::SC_RUNNING) sc_core::sc_start(sc_core::SC_ZERO_TIME);
        task_ = &task;
        go_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start();
        task_ = nullptr;
        if (const auto thrown = std::exchange(thrown_, nullptr)) std::rethrow_exception(thrown);
    }
    /// Whether whoever asks is a process of the simulation, so that it may wait.
    static bool is_inside() { return sc_core::sc_get_status() == sc_core::SC_RUNNING; }

private:
    void loop() {
        for (;;) {
            wait(go_);
            try {
                (*task_)();
            } catch (const sc_core::sc_unwind_exception&) {
                throw;  // the kernel ends the thread
            } catch (const std::exception&) {
                thrown_ = std::current_exception();
            }
        }
    }

    const std::function<void()>* task_ = nullptr;
    std::exception_ptr thrown_;
    sc_core::sc_event go_{"go"};
};

}  // namespace assay::kernel
