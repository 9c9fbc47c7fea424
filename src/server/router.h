// Router: the sources of one server, asked in ascending (order, name); the one source PVXS knows of.
//
// Threads: the table is changed on the JS thread and read on PVXS's UDP and TCP workers, as in Source.
// Owner:   its Server and PVXS.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>

#include <pvxs/source.h>

#include "delivery/outbox.h"
#include "server/channel.h"
#include "server/source.h"

namespace nodepvxs::server {

// UnassignedChannels: the channels of dynamic sources, until JavaScript decides which PV they belong to.
class UnassignedChannels {
public:
    void add(const std::shared_ptr<Channel>& channel);
    std::shared_ptr<Channel> take(uint32_t id);
    void drop(uint32_t id);

private:
    std::mutex lock_;
    std::map<uint32_t, std::weak_ptr<Channel>> channels_;
};

class Router final : public pvxs::server::Source {
public:
    Router(uint32_t server, uint32_t maxQueue, std::shared_ptr<PendingOperations> pending,
           std::shared_ptr<UnassignedChannels> unassigned,
           std::shared_ptr<delivery::Outbox> outbox);

    bool add(const std::string& name, int order, std::shared_ptr<server::Source> source);
    bool remove(const std::string& name, int order);
    void clear();
    void pvs(std::set<SharedPv*>& into) const;

    void onSearch(Search& search) override;
    void onCreate(std::unique_ptr<pvxs::server::ChannelControl>&& control) override;
    List onList() override;

private:
    std::shared_ptr<server::Source> claimant(const std::string& name) const;

    const uint32_t server_, maxQueue_;
    const std::shared_ptr<PendingOperations> pending_;
    const std::shared_ptr<UnassignedChannels> unassigned_;
    const std::shared_ptr<delivery::Outbox> outbox_;
    mutable std::shared_mutex lock_;
    std::map<std::pair<int, std::string>, std::shared_ptr<server::Source>> sources_;
};

} // namespace nodepvxs::server
