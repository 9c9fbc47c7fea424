#include "client/discovery.h"

#include <utility>

#include "delivery/records.h"
#include "upstream/channels.h"

namespace nodepvxs::client {

using pvxs::client::Discovered;

Discoveries::Discoveries(const std::shared_ptr<delivery::Outbox>& outbox)
    : shared_(std::make_shared<Shared>(outbox)) {}

void Discoveries::add(uint32_t listener, pvxs::client::Context& context, bool ping) {
    {
        std::lock_guard<std::mutex> guard(shared_->lock);
        for (auto& server : shared_->online) shared_->tell(listener, server.second);
        shared_->listeners.insert(listener);
    }
    std::lock_guard<std::mutex> guard(lock_);
    if (!operation_) {
        auto shared = shared_;
        operation_ = context.discover([shared](const Discovered& event) { shared->onEvent(event); })
                         .pingAll(ping)
                         .syncCancel(false)
                         .exec();
    } else if (ping) {
        upstream::loopOf(context).post([context] { upstream::pingServers(context); });
    }
}

void Discoveries::remove(uint32_t listener) {
    std::lock_guard<std::mutex> guard(shared_->lock);
    shared_->listeners.erase(listener);
}

void Discoveries::close() {
    {
        std::lock_guard<std::mutex> guard(shared_->lock);
        shared_->listeners.clear();
    }
    std::lock_guard<std::mutex> guard(lock_);
    operation_.reset();
}

// When a server announces a change in a beacon, PVXS reports that the server has gone and, right after that, that it is
// online. Only a different GUID means a different server.
void Discoveries::Shared::onEvent(const Discovered& event) {
    std::lock_guard<std::mutex> guard(lock);
    bool gone = event.event != Discovered::Online;
    if (gone && !event.peer.empty()) {
        replaced = event;
        return;
    }
    auto before = std::exchange(replaced, std::nullopt);
    auto key = event.proto + " " + event.server;
    bool known = online.erase(key) != 0;
    if (!gone) online[key] = event;
    if (known && before && before->guid == event.guid) return;
    for (auto listener : listeners) {
        if (known && before) tell(listener, *before);
        tell(listener, event);
    }
}

void Discoveries::Shared::tell(uint32_t listener, const Discovered& event) {
    outbox->push({delivery::Kind::Discovered, uint8_t(event.event), 0, 0, listener, 0},
                 [&](wire::Buffer& to) {
                     wire::put(to, delivery::milliseconds(event.time));
                     wire::putBytes(to, event.guid.data(), event.guid.size());
                     wire::put(to, event.proto);
                     wire::put(to, event.server);
                     wire::put(to, event.peer);
                 });
}

} // namespace nodepvxs::client
