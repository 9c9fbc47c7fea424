// The server half of Session.
#include <stdexcept>

#include "delivery/records.h"
#include "session/state.h"

namespace nodepvxs {

using delivery::Failure;

void Session::serverNew(uint32_t id, Definitions definitions, uint32_t maxQueue) {
    server::ServerPlan plan{std::move(definitions), maxQueue};
    state_->servers.add(id, std::make_shared<server::Server>(id, std::move(plan), state_->pending,
                                                             state_->unassigned, state_->outbox));
}

void Session::serverStart(uint32_t id, uint32_t call) {
    if (auto server = state_->servers.find(id)) return server->start(call);
    delivery::pushFailure(*state_->outbox, call, Failure::Closed, "the server is closed");
}

void Session::serverStop(uint32_t id, uint32_t call) {
    deliver();
    auto done = [outbox = state_->outbox, call] { delivery::pushDone(*outbox, call); };
    if (auto server = state_->servers.find(id)) return server->stop(done);
    done();
}

void Session::State::closeServer(uint32_t id, std::function<void()> after) {
    auto server = servers.take(id);
    if (!server) return after();
    server->close(std::move(after));
}

void Session::serverClose(uint32_t id, uint32_t call) {
    deliver();
    state_->closeServer(id, state_->doneWithLog(call));
}

std::optional<server::ServerInfo> Session::serverInfo(uint32_t id) {
    auto server = state_->servers.find(id);
    if (!server || !server->pvxs()) return std::nullopt;
    return server->info();
}

std::vector<upstream::ConnectionReport> Session::serverReport(uint32_t id) {
    auto server = state_->servers.find(id);
    auto pvxs = server ? server->pvxs() : nullptr;
    return pvxs ? upstream::reportOf(*pvxs) : std::vector<upstream::ConnectionReport>();
}

bool Session::serverAddSource(uint32_t id, const std::string& name, int order, uint32_t sourceId) {
    auto server = state_->servers.find(id);
    auto source = state_->sources.find(sourceId);
    if (!server || !source) throw std::logic_error("no such server or source");
    bool added = server->router->add(name, order, source);
    if (added) server->changed();
    return added;
}

bool Session::serverRemoveSource(uint32_t id, const std::string& name, int order) {
    auto server = state_->servers.find(id);
    return server && server->router->remove(name, order);
}

// A source does not know which servers have it: they all say so. It is two messages for a client that searches.
void Session::State::namesChanged() {
    for (auto& server : servers.all()) server->changed();
}

void Session::sourceNew(uint32_t source, bool dynamic) {
    state_->sources.add(source, std::make_shared<server::Source>(source, dynamic));
}

bool Session::sourceAdd(uint32_t id, const std::string& name, uint32_t pvId) {
    auto source = state_->sources.find(id);
    auto pv = state_->pvs.find(pvId);
    if (!source || !pv) throw std::logic_error("no such source or PV");
    bool added = source->add(name, pv);
    if (added) state_->namesChanged();
    return added;
}

bool Session::sourceRemove(uint32_t id, const std::string& name) {
    auto source = state_->sources.find(id);
    auto pv = source ? source->remove(name) : nullptr;
    if (pv) pv->close();
    return pv != nullptr;
}

void Session::sourceMatch(uint32_t id, const std::vector<std::string>& names,
                          const std::vector<std::string>& patterns,
                          const std::vector<std::string>& flags) {
    auto source = state_->sources.find(id);
    if (!source) throw std::logic_error("no such source");
    std::vector<server::Pattern> all;
    for (size_t i = 0; i < patterns.size(); i++)
        all.push_back({patterns[i], i < flags.size() && flags[i].find('i') != std::string::npos});
    source->match(names, all);
    state_->namesChanged();
}

void Session::sourceNames(uint32_t id, std::vector<std::string> names) {
    if (auto source = state_->sources.find(id)) source->list(std::move(names));
}

void Session::sourceFree(uint32_t source) { state_->sources.take(source); }

void Session::channelAttach(uint32_t id, uint32_t pvId) {
    auto channel = state_->unassigned->take(id);
    if (!channel) return; // the client has gone meanwhile
    if (auto pv = state_->pvs.find(pvId))
        channel->attach(pv);
    else
        channel->refuse();
}

void Session::pvNew(uint32_t pv, uint32_t flags) {
    state_->pvs.add(pv,
                    std::make_shared<server::SharedPv>(pv, flags, state_->pending, state_->outbox));
}

void Session::pvOpen(uint32_t id, Span type, Span bytes, bool stamp) {
    auto pv = state_->pvs.find(id);
    if (!pv) throw std::logic_error("no such PV");
    auto value = wire::valueOfType(type.data, type.size);
    wire::readChanged(value, bytes.data, bytes.size);
    pv->open(value, stamp);
}

void Session::pvPost(uint32_t id, Span value, bool stamp) {
    auto pv = state_->pvs.find(id);
    if (!pv) throw std::logic_error("no such PV");
    if (pv->post(value.data, value.size, stamp)) state_->posted.push_back(pv);
}

void Session::deliver() {
    for (auto& pv : state_->posted) pv->deliver();
    state_->posted.clear();
}

void Session::pvClose(uint32_t id) {
    if (auto pv = state_->pvs.find(id)) pv->close();
}

std::optional<Bytes> Session::pvCurrent(uint32_t id) {
    auto pv = state_->pvs.find(id);
    auto bytes = pv ? pv->current() : Bytes();
    if (bytes.empty()) return std::nullopt;
    return bytes;
}

uint32_t Session::pvSubscribers(uint32_t id) {
    auto pv = state_->pvs.find(id);
    return pv ? uint32_t(pv->subscribers()) : 0;
}

void Session::pvFree(uint32_t pv) { state_->pvs.take(pv); }

void Session::operationReply(uint32_t operation, Span value, bool stamp) {
    deliver(); // a client gets the change that its put has caused before the answer to the put
    state_->pending->reply(operation, value.data, value.size, stamp);
}

void Session::operationError(uint32_t operation, const std::string& text) {
    state_->pending->error(operation, text);
}

void Session::operationLog(uint32_t operation, int level, const std::string& text) {
    state_->pending->log(operation, level, text);
}

void Session::operationRoles(uint32_t operation, uint32_t call) {
    auto lookUp = state_->pending->roles(operation);
    auto outbox = state_->outbox;
    if (!lookUp)
        return delivery::pushFailure(*outbox, call, Failure::Closed,
                                     "the operation has been answered");
    auto work = [lookUp, outbox, call] {
        std::set<std::string> roles;
        try {
            roles = lookUp();
        } catch (std::exception& e) {
            auto why = delivery::reasonOf(e);
            return delivery::pushFailure(*outbox, call, why.kind, why.text);
        }
        outbox->push({delivery::Kind::Result, 0, 0, 0, call, 0}, [&](wire::Buffer& to) {
            wire::put(to, uint32_t(roles.size()));
            for (auto& role : roles) wire::put(to, role);
        });
    };
    // On its own strand: a look-up may hang, and must not hold up others.
    if (!std::make_shared<threads::Strand>()->run(work))
        delivery::pushFailure(*outbox, call, Failure::Resource, "no thread for the look-up");
}

} // namespace nodepvxs
