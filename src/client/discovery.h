// Discoveries: all who listen for servers on one Context, behind a single PVXS discovery.
//
// PVXS tells of a server when it appears, but not of those that a discovery before has heard: so there is one, made at
// first use, which lives as long as the context.
//
// Threads: add(), remove(), close() on the JS thread or the strand; onEvent() on PVXS's TCP and UDP workers.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include <pvxs/client.h>

#include "delivery/outbox.h"

namespace nodepvxs::client {

class Discoveries {
public:
    explicit Discoveries(const std::shared_ptr<delivery::Outbox>& outbox);
    // Tells the listener of the servers known already, then of changes. `ping` asks all servers to answer now.
    void add(uint32_t listener, pvxs::client::Context& context, bool ping);
    void remove(uint32_t listener);
    void close();

private:
    struct Shared {
        explicit Shared(std::shared_ptr<delivery::Outbox> outbox) : outbox(std::move(outbox)) {}
        void onEvent(const pvxs::client::Discovered& event);
        void tell(uint32_t listener, const pvxs::client::Discovered& event);
        const std::shared_ptr<delivery::Outbox> outbox;
        std::mutex lock;
        std::set<uint32_t> listeners;
        std::map<std::string, pvxs::client::Discovered> online;
        std::optional<pvxs::client::Discovered> replaced; // until what replaces it is told
    };
    const std::shared_ptr<Shared> shared_;
    std::mutex lock_;
    std::shared_ptr<pvxs::client::Operation> operation_;
};

} // namespace nodepvxs::client
