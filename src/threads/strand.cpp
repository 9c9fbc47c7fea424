#include "threads/strand.h"

#include <exception>
#include <thread>

#include <epicsExit.h>
#include <pvxs/log.h>

namespace nodepvxs::threads {

DEFINE_LOGGER(logger, "node-pvxs.strand");

void Strand::perform(const std::function<void()>& work) {
    try {
        work();
    } catch (std::exception& e) {
        log_crit_printf(logger, "work beside JavaScript failed: %s\n", e.what());
    }
}

bool Strand::run(std::function<void()> work) {
    std::lock_guard<std::mutex> guard(lock_);
    work_.push_back(std::move(work));
    if (running_) return true;
    try {
        std::thread([self = shared_from_this()] { self->loop(); }).detach();
    } catch (const std::exception&) {
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
            perform(work);
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
