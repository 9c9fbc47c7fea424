#include "session/session.h"

#include <chrono>

#include <epicsVersion.h>
#include <event2/event.h>
#include <pvxs/util.h>
#include <pvxs/version.h>

#include "log/listener.h"
#include "session/state.h"

namespace nodepvxs {

Session::Session(std::function<void()> wake) : rooms_(std::make_unique<Rooms>(std::move(wake))) {
    log::begin();
}

Session::~Session() { shutdown(); }

Versions Session::versions() {
    return {pvxs::version_str(), EPICS_VERSION_FULL, event_get_version()};
}

Counts Session::instances() {
    Counts counts;
    for (auto& entry : pvxs::instanceSnapshot()) counts[entry.first] = entry.second;
    return counts;
}

void Session::addSlab(uint8_t* memory, uint32_t size) { rooms_->outbox->addSlab(memory, size); }

delivery::Taken Session::take(int32_t back, bool linger) {
    return rooms_->outbox->take(back, linger);
}

void Session::give(int32_t slab) { rooms_->outbox->give(slab); }

SharedBytes Session::takeArray() {
    auto array = rooms_->outbox->takeArray();
    SharedBytes out;
    out.size = wire::bytesOf(array);
    out.data = const_cast<void*>(array.data());
    out.owner = array.dataPtr();
    return out;
}

// A process that ends must not wait for a host name look-up: what is not done in time is left to
// itself. It can no longer reach JavaScript.
void Session::shutdown() {
    if (rooms_->closed) return;
    rooms_->closed = true;
    rooms_->outbox->close();
    log::detach(rooms_->outbox);
    log::end();
    auto contexts = rooms_->contexts.all();
    auto servers = rooms_->servers.all();
    for (auto& context : contexts) rooms_->closeContext(context->id, [] {});
    for (auto& server : servers) rooms_->closeServer(server->id, [] {});
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    auto left = [end] {
        auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        return std::max(rest, std::chrono::milliseconds(0));
    };
    for (auto& context : contexts) context->strand()->drain(left());
    for (auto& server : servers) server->strand()->drain(left());
}

Counts Session::counts() {
    std::set<server::SharedPv*> pvs;
    for (auto& server : rooms_->servers.all()) server->router->pvs(pvs);
    return {
        {"Context", rooms_->contexts.size()},
        {"Operation", rooms_->operations->size()},
        {"Subscription", rooms_->subscriptions.size()},
        {"Connection", rooms_->connections.size()},
        {"Discovery", rooms_->discoveries.size()},
        {"Server", rooms_->servers.size()},
        {"SharedPV", pvs.size()},
        {"ServerOperation", rooms_->requests->count()},
    };
}

void Session::logTo(bool records) {
    if (records)
        log::attach(rooms_->outbox);
    else
        log::detach(rooms_->outbox);
}

void Session::logLevel(const std::string& pattern, int level) { log::setLevel(pattern, level); }

} // namespace nodepvxs
