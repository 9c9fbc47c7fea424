#include "threads/wakeup.h"

#include "threads/strand.h"

#include <cerrno>
#include <new>
#include <system_error>

#ifdef __linux__
#include <sys/eventfd.h>
#include <unistd.h>
#endif

namespace nodepvxs::threads {

#ifdef __linux__

Wakeup::Wakeup(const Loop& loop, std::function<void()> onSignal)
    : loop_(loop), onSignal_(std::move(onSignal)), fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::system_category());
    auto event = event_new(loop.base(), fd_, EV_READ | EV_PERSIST, &onRead, this);
    if (event && event_add(event, nullptr) == 0) {
        event_ = pvxs::impl::evevent(__FILE__, __LINE__, event);
        return;
    }
    if (event) event_free(event);
    close(fd_);
    throw std::bad_alloc();
}

Wakeup::~Wakeup() {
    event_ = pvxs::impl::evevent();
    close(fd_);
}

// Fails only after 2^64 signals that nobody has read.
void Wakeup::signal() const {
    const uint64_t once = 1;
    (void)!write(fd_, &once, sizeof once);
}

void Wakeup::onRead(evutil_socket_t fd, short, void* self) {
    uint64_t count;
    if (read(int(fd), &count, sizeof count) == sizeof count)
        Strand::perform(static_cast<Wakeup*>(self)->onSignal_);
}

#else

Wakeup::Wakeup(const Loop& loop, std::function<void()> onSignal)
    : loop_(loop), onSignal_(std::move(onSignal)) {}
Wakeup::~Wakeup() = default;
void Wakeup::signal() const { (void)loop_.post(onSignal_); }

#endif

} // namespace nodepvxs::threads
