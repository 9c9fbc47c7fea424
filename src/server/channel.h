// Channel: one client's channel to one of our PVs.
//
// Threads: everything on the server's worker, except attach(), refuse() and close(), which post themselves there.
// Owner:   PVXS's channel, through the onClose handler. The other handlers hold it weakly.
// Death:   onClose: the client left, the PV was closed, the server stopped.
//
// A dynamic source needs JavaScript to decide which PV it is. After hold() the client waits for attach() or refuse(): one
// that was told that it has the channel, and then that the channel is gone, would ask again at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <pvxs/source.h>

#include "server/pending_operations.h"
#include "upstream/channels.h"

namespace nodepvxs::server {

class SharedPv;

class Channel final : public std::enable_shared_from_this<Channel> {
public:
    Channel(std::shared_ptr<PendingOperations> pending, uint32_t server, uint32_t maxQueue,
            std::unique_ptr<pvxs::server::ChannelControl>&& control);

    void install();
    // From onCreate() only.
    void hold();
    void attach(const std::shared_ptr<SharedPv>& pv);
    void refuse();
    void close();

    [[nodiscard]] const threads::Loop& loop() const { return loop_; }
    Caller caller;
    [[nodiscard]] const pvxs::server::ChannelControl& control() const { return *control_; }
    // Called on the worker when the channel has gone.
    std::function<void()> onGone;

private:
    void whenAttached(std::function<void(SharedPv&)> work);
    void closed();

    const std::shared_ptr<PendingOperations> pending_;
    const uint32_t maxQueue_;
    const std::shared_ptr<pvxs::server::ChannelControl> control_;
    const threads::Loop loop_;
    std::shared_ptr<SharedPv> pv_;
    std::vector<std::function<void(SharedPv*)>> waiting_; // nullptr: refused
    bool gone_ = false;
};

} // namespace nodepvxs::server
