// Strand: does blocking work, one piece after another, on its own thread, which lives only while there is work. For work
// that may block (DNS, joining a PVXS worker) and must therefore not run on the JS thread.
//
// Threads: run() on any thread; the work on the strand's own thread.
// Owner:   the object whose work it does, by shared_ptr. A running thread keeps the strand, so the owner may go first.
// Death:   drain() waits, up to a limit: a host name look-up can hang for long and must not hold up the end of the
//          process.
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
    // False when the system has no thread to give. Then the work was not taken.
    [[nodiscard]] bool run(std::function<void()> work);
    // Does it here and now. What it throws is logged: it would end the process. Work that somebody waits for tells them
    // itself.
    static void perform(const std::function<void()>& work);
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
