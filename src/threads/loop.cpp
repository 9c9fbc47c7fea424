#include "threads/loop.h"

#include <future>
#include <memory>

namespace nodepvxs::threads {

bool Loop::post(std::function<void()> work) const {
    if (!base_.base) return false;
    return base_.tryDispatch([work = std::move(work)]() { work(); });
}

bool Loop::call(const std::function<void()>& work) const {
    auto done = std::make_shared<std::promise<void>>();
    auto over = done->get_future();
    if (!post([&work, done] {
            work();
            done->set_value();
        }))
        return false;
    done.reset(); // only the worker holds the promise now: the wait ends when the worker drops it
    try {
        over.get();
        return true;
    } catch (std::future_error&) {
        return false;
    }
}

pvxs::Timer Loop::after(double seconds, std::function<void()> work) const {
    return pvxs::Timer::Pvt::buildOneShot(seconds, base_, std::move(work));
}

} // namespace nodepvxs::threads
