#pragma once

#include <functional>

#include "upstream/internals.h"

namespace nodepvxs::threads {

// Loop: the worker thread of a Context or Server. Copies are cheap and never keep the thread alive.
class Loop {
public:
    Loop() = default;
    explicit Loop(const pvxs::impl::evbase& base) : base_(base.internal()) {}
    // Runs `work` there, soon. False when the worker has ended: then `work` never runs.
    bool post(std::function<void()> work) const;
    // The same, and waits until `work` has run. PVXS's own call leaves an event behind in each thread that EPICS did not
    // make.
    bool call(const std::function<void()>& work) const;
    // Runs `work` once, after `seconds`, unless the timer is destroyed before. On the worker only.
    [[nodiscard]] pvxs::Timer after(double seconds, std::function<void()> work) const;
    [[nodiscard]] const void* key() const { return base_.base; }
    [[nodiscard]] event_base* base() const { return base_.base; }

private:
    pvxs::impl::evbase base_;
};

} // namespace nodepvxs::threads
