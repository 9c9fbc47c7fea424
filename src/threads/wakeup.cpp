#include "threads/wakeup.h"

#include <stdexcept>

#ifdef __linux__
#include <sys/eventfd.h>
#include <unistd.h>
#endif

namespace nodepvxs::threads {

#ifdef __linux__

Bell::Bell(const Loop& loop, std::function<void()> rung)
    : loop_(loop), rung_(std::move(rung)), fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::runtime_error("no eventfd for a worker");
    event_ = pvxs::impl::evevent(__FILE__, __LINE__,
                                 event_new(loop.base(), fd_, EV_READ | EV_PERSIST, &onRead, this));
    if (event_add(event_.get(), nullptr) != 0) {
        event_ = pvxs::impl::evevent();
        close(fd_);
        throw std::runtime_error("no event for a worker");
    }
}

Bell::~Bell() {
    event_ = pvxs::impl::evevent();
    close(fd_);
}

// Fails only when it has been rung 2^64 times unheard.
void Bell::ring() const {
    const uint64_t once = 1;
    (void)!write(fd_, &once, sizeof once);
}

void Bell::onRead(evutil_socket_t fd, short, void* self) {
    uint64_t count;
    if (read(int(fd), &count, sizeof count) == sizeof count) static_cast<Bell*>(self)->rung_();
}

#else

Bell::Bell(const Loop& loop, std::function<void()> rung) : loop_(loop), rung_(std::move(rung)) {}
Bell::~Bell() = default;
void Bell::ring() const { (void)loop_.post(rung_); }

#endif

} // namespace nodepvxs::threads
