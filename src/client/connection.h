// Connection: watches one channel and keeps it open.
//
// Threads: begin(), close() on the JS thread; callbacks on the context's worker.
// Owner:   the Session's table. PVXS's callbacks hold it weakly.
// Death:   close() is final and never waits.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include <pvxs/client.h>

#include "client/context.h"
#include "client/target.h"
#include "delivery/outbox.h"

namespace nodepvxs::client {

class Connection final : public std::enable_shared_from_this<Connection> {
public:
    Connection(uint32_t id, std::shared_ptr<delivery::Outbox> outbox, Target target);
    const uint32_t id;
    [[nodiscard]] uint32_t context() const { return target_.context; }
    void begin(Context& context);
    void close(std::function<void()> done);

private:
    void changed(bool connected);

    const std::shared_ptr<delivery::Outbox> outbox_;
    const Target target_;
    std::mutex lock_;
    std::shared_ptr<pvxs::client::Connect> handle_; // guarded by lock_
    std::atomic<bool> closed_{false};
};

} // namespace nodepvxs::client
