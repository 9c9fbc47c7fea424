// Wakeup: wakes a PVXS worker from another thread without taking any of the worker's locks.
//
// A dispatch of PVXS writes to the worker's wake-up descriptor while it holds the lock of the loop. The worker wakes, sleeps
// again on that lock, and is woken a second time: four thread switches instead of two. A single get spends most of its
// time on these. Where there is no eventfd this is a dispatch.
//
// Threads: signal() on any thread; `onSignal` runs on the worker.
// Death:   on any thread. It keeps the loop's memory until then, but not the loop's thread.
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
