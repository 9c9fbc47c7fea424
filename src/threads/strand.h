// Strand: blocking work done one piece after another on a thread of its own, which lives only while
// there is work. For what may block (DNS, joining a PVXS worker) and must therefore not run on the
// JS thread.
//
// Threads: run() on any; the work on the strand's own thread.
// Owner:   the object whose work it does, by shared_ptr; a running thread keeps the strand, so that
//          an owner may go.
// Death:   drain() waits, up to a limit: a host name look-up can hang for long and must not hold up
//          a process's end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace nodepvxs::threads {

class Strand final : public std::enable_shared_from_this<Strand> {
public:
    // False when the system has no thread to give; the work was not taken.
    [[nodiscard]] bool run(std::function<void()> work);
    // True when all work is done.
    bool drain(std::chrono::milliseconds limit);

private:
    void loop();

    std::mutex lock_;
    std::condition_variable idle_;
    std::deque<std::function<void()>> work_;
    bool running_ = false;
};

} // namespace nodepvxs::threads
