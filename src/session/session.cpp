#include "session/session.h"

#include <chrono>

#include <epicsVersion.h>
#include <event2/event.h>
#include <pvxs/util.h>
#include <pvxs/version.h>

#include "log/listener.h"
#include "session/state.h"
#include "threads/shortage.h"

namespace nodepvxs {

Session::Session(std::function<void()> wake) : state_(std::make_unique<State>(std::move(wake))) {
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

std::string Session::shortage() { return threads::descriptorsShort(); }

std::function<void()> Session::State::doneWithLog(uint32_t call) {
    return [outbox = outbox, call] {
        log::whenFlushed([outbox, call] { delivery::pushDone(*outbox, call); });
    };
}

void Session::addSlab(uint8_t* memory, uint32_t size) { state_->outbox->addSlab(memory, size); }

delivery::Taken Session::take(int32_t back, bool linger) {
    return state_->outbox->take(back, linger);
}

void Session::give(int32_t slab) { state_->outbox->give(slab); }

SharedBytes Session::takeArray() {
    auto array = state_->outbox->takeArray();
    SharedBytes out;
    out.size = wire::bytesOf(array);
    out.data = const_cast<void*>(array.data());
    out.owner = array.dataPtr();
    return out;
}

// A process that ends must not wait for a host name look-up. Work that is not done in time is left alone; it can no longer
// reach JavaScript.
void Session::shutdown() {
    if (state_->closed) return;
    state_->closed = true;
    state_->outbox->close();
    log::detach(state_->outbox);
    log::end();
    auto contexts = state_->contexts.all();
    auto servers = state_->servers.all();
    for (auto& context : contexts) state_->closeContext(context->id, [] {});
    for (auto& server : servers) state_->closeServer(server->id, [] {});
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
    for (auto& server : state_->servers.all()) server->router->pvs(pvs);
    return {
        {"Context", state_->contexts.size()},
        {"Operation", state_->operations->size()},
        {"Subscription", state_->subscriptions.size()},
        {"Connection", state_->connections.size()},
        {"Discovery", state_->discoveries.size()},
        {"Server", state_->servers.size()},
        {"SharedPV", pvs.size()},
        {"ServerOperation", state_->pending->count()},
    };
}

void Session::logTo(bool records) {
    if (records)
        log::attach(state_->outbox);
    else
        log::detach(state_->outbox);
}

void Session::logLevel(const std::string& pattern, int level) { log::setLevel(pattern, level); }

} // namespace nodepvxs
