#include "threads/strand.h"

#include <system_error>
#include <thread>

#include <epicsExit.h>

namespace nodepvxs::threads {

bool Strand::run(std::function<void()> work) {
    std::lock_guard<std::mutex> guard(lock_);
    work_.push_back(std::move(work));
    if (running_) return true;
    try {
        std::thread([self = shared_from_this()] { self->loop(); }).detach();
    } catch (const std::system_error&) {
        work_.pop_back();
        return false;
    }
    running_ = true;
    return true;
}

void Strand::loop() {
    std::unique_lock<std::mutex> guard(lock_);
    while (!work_.empty()) {
        {
            auto work = std::move(work_.front());
            work_.pop_front();
            guard.unlock();
            work();
        }
        guard.lock();
    }
    running_ = false;
    idle_.notify_all();
    guard.unlock();
    // PVXS keeps an event for each thread that has ever waited for a worker, and releases it only at the end of threads
    // that EPICS made.
    epicsExitCallAtThreadExits();
}

bool Strand::drain(std::chrono::milliseconds limit) {
    std::unique_lock<std::mutex> guard(lock_);
    return idle_.wait_for(guard, limit, [this] { return !running_; });
}

} // namespace nodepvxs::threads
