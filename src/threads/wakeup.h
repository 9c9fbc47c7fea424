// Wakeup: wakes a PVXS worker from another thread without taking any of the worker's locks.
//
// A dispatch of PVXS writes to the worker's wake-up descriptor while it holds the lock of the loop: the
// worker wakes, falls asleep again on that lock, and is woken a second time. Four switches of threads
// instead of two, which is what a single get spends most of its time on. Where there is no eventfd it
// is a dispatch.
//
// Threads: signal() on any; `onSignal` runs on the worker.
// Death:   on any thread. The loop's memory is kept until then, its thread is not.
#pragma once

#include <functional>

#include "threads/loop.h"

namespace nodepvxs::threads {

class Wakeup final {
public:
    Wakeup(const Loop& loop, std::function<void()> onSignal);
    ~Wakeup();
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;

    void signal() const;

private:
    const Loop loop_;
    const std::function<void()> onSignal_;
#ifdef __linux__
    static void onRead(evutil_socket_t fd, short, void* self);
    int fd_;
    pvxs::impl::evevent event_; // dies first
#endif
};

} // namespace nodepvxs::threads
