// Discoveries: everyone who listens for servers on one Context, behind a single PVXS discovery.
//
// PVXS reports a server when it appears, but a new discovery does not hear of the servers that an earlier one has
// reported. So there is one discovery, made at first use, that lives as long as the context.
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
    // Tells the listener about the servers that are known already, then about changes. `ping` asks all servers to
    // answer now.
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
        // The server that has gone, until the one that replaces it is reported.
        std::optional<pvxs::client::Discovered> replaced;
    };
    const std::shared_ptr<Shared> shared_;
    std::mutex lock_;
    std::shared_ptr<pvxs::client::Operation> operation_;
};

} // namespace nodepvxs::client
