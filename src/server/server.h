// Server: one PVXS server, built, started and stopped off the JS thread (each may block on DNS or a worker).
//
// Threads: all functions on the JS thread; the work on the server's strand, one piece after another.
// Owner:   the Session's table, by shared_ptr. Work on the strand keeps it alive until it is done.
// Death:   close() is final. stop() keeps GUID, ports and PVs, and start() may follow.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <pvxs/server.h>

#include "server/router.h"
#include "server/server_info.h"
#include "threads/strand.h"

namespace nodepvxs::server {

struct ServerPlan {
    Definitions definitions;
    uint32_t maxQueue = 0;
};

class Server final : public std::enable_shared_from_this<Server> {
public:
    Server(uint32_t id, ServerPlan plan, std::shared_ptr<PendingOperations> pending,
           std::shared_ptr<UnassignedChannels> unassigned,
           std::shared_ptr<delivery::Outbox> outbox);
    const uint32_t id;
    const std::shared_ptr<Router> router;

    void start(uint32_t call);
    // There are other names than before: clients that search are told, soon, and not for each name.
    void changed();
    void stop(std::function<void()> done);
    void close(std::function<void()> done);
    // Nullptr before the first start and after close.
    std::shared_ptr<pvxs::server::Server> pvxs();
    ServerInfo info();
    [[nodiscard]] const std::shared_ptr<threads::Strand>& strand() const { return strand_; }

private:
    void announce();
    void startNow(uint32_t call);
    void stopNow();
    pvxs::server::Config config() const;
    // Why a start failed: an argument of the user, when interfaces or addresses are not valid or not of this host.
    std::pair<delivery::Failure, std::string> diagnosis(const std::exception& error) const;

    const ServerPlan plan_;
    const std::shared_ptr<PendingOperations> pending_;
    const std::shared_ptr<delivery::Outbox> outbox_;
    const std::shared_ptr<threads::Strand> strand_ = std::make_shared<threads::Strand>();
    std::mutex lock_;
    std::shared_ptr<pvxs::server::Server> pvxs_; // guarded by lock_
    bool closed_ = false;
    std::atomic<bool> announcing_{false};
    // worker
    pvxs::Timer announcer_;
    double announced_ = 0;
};

} // namespace nodepvxs::server
