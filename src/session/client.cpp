// The client half of Session.
#include "delivery/push.h"
#include "session/state.h"
#include "upstream/channels.h"

namespace nodepvxs {

using delivery::Failure;

namespace {

client::Target channelOf(const PvTarget& target) { return {target.name, target.server, {}}; }

client::Target targetOf(const RequestTarget& target) {
    auto out = channelOf(target);
    if (target.request) out.request = wire::readTyped(target.request.data, target.request.size);
    return out;
}

Bytes copy(Span span) { return span ? Bytes(span.data, span.data + span.size) : Bytes(); }

ConnectionNumbers numbersOf(const pvxs::impl::Report::Connection& connection) {
    ConnectionNumbers out;
    out.peer = connection.peer;
    if (connection.credentials) {
        out.method = connection.credentials->method;
        out.account = connection.credentials->account;
    }
    out.sent = connection.tx;
    out.received = connection.rx;
    for (auto& channel : connection.channels)
        out.channels.push_back({channel.name, channel.tx, channel.rx});
    return out;
}

} // namespace

std::vector<ConnectionNumbers> numbersOf(const pvxs::impl::Report& report) {
    std::vector<ConnectionNumbers> out;
    for (auto& connection : report.connections) out.push_back(numbersOf(connection));
    return out;
}

std::shared_ptr<client::Context> Session::Rooms::openContext(uint32_t id, uint32_t call) {
    auto context = contexts.find(id);
    if (!context) delivery::pushFailure(*outbox, call, Failure::Closed, "the context is closed");
    return context;
}

void Session::Rooms::beginCall(client::Context& context,
                               const std::shared_ptr<client::Operation>& operation) {
    operations->add(operation->call, std::make_shared<InContext<client::Operation>>(
                                         InContext<client::Operation>{context.id, operation}));
    operation->onSettled = [table = operations, call = operation->call] { table->take(call); };
    operation->begin(context);
}

void Session::contextOpen(uint32_t id, uint32_t call, Definitions definitions) {
    auto context = std::make_shared<client::Context>(id, rooms_->outbox);
    rooms_->contexts.add(id, context);
    context->open(call, std::move(definitions));
}

// PVXS settles nothing on close: each pending call is failed here.
void Session::Rooms::closeContext(uint32_t id, std::function<void()> after) {
    auto context = contexts.take(id);
    if (!context) return after();
    for (auto& operation : operations->all())
        if (operation->context == id) operation->object->close("the context was closed");
    for (auto& entry : subscriptions.all())
        if (entry->context == id) {
            subscriptions.take(entry->object->id);
            entry->object->close([] {});
        }
    for (auto& entry : connections.all())
        if (entry->context == id) {
            connections.take(entry->object->id);
            entry->object->close([] {});
        }
    discoveries.drop(context);
    context->close(std::move(after));
}

void Session::contextClose(uint32_t context, uint32_t call) {
    rooms_->closeContext(context,
                         [outbox = rooms_->outbox, call] { delivery::pushDone(*outbox, call); });
}

void Session::get(uint32_t call, const RequestTarget& target) {
    auto context = rooms_->openContext(target.context, call);
    if (!context) return;
    rooms_->beginCall(*context,
                      std::make_shared<client::Get>(call, rooms_->outbox, channelOf(target),
                                                    copy(target.request), context->keeper()));
}

void Session::info(uint32_t call, const PvTarget& target) {
    if (auto context = rooms_->openContext(target.context, call))
        rooms_->beginCall(*context, client::makeInfo(call, rooms_->outbox, channelOf(target)));
}

void Session::put(uint32_t call, const RequestTarget& target, uint32_t type, Span value,
                  bool fetch) {
    auto context = rooms_->openContext(target.context, call);
    if (!context) return;
    rooms_->beginCall(*context, std::make_shared<client::Put>(
                                    call, rooms_->outbox, channelOf(target), copy(target.request),
                                    context->keeper(), type, copy(value), fetch));
}

void Session::putValue(uint32_t call, uint32_t type, Span value) {
    auto entry = rooms_->operations->find(call);
    auto put = entry ? std::dynamic_pointer_cast<client::Put>(entry->object) : nullptr;
    if (put) put->answer(type, copy(value));
}

void Session::rpc(uint32_t call, const RequestTarget& target, Span argument) {
    auto context = rooms_->openContext(target.context, call);
    if (!context) return;
    pvxs::Value value;
    if (argument) value = rooms_->typed.read(argument.data, argument.size);
    rooms_->beginCall(
        *context, std::make_shared<client::Rpc>(call, rooms_->outbox, channelOf(target),
                                                copy(target.request), context->keeper(), value));
}

void Session::ring(uint32_t id) {
    if (auto context = rooms_->contexts.find(id)) context->keeper()->ring();
}

void Session::abandon(uint32_t call, bool report) {
    if (auto entry = rooms_->operations->find(call)) entry->object->abandon(report);
}

void Session::monitor(uint32_t id, const RequestTarget& target, uint32_t credit) {
    auto context = rooms_->contexts.find(target.context);
    if (!context) return; // closed meanwhile: its iteration has been ended
    auto subscription =
        std::make_shared<client::Subscription>(id, rooms_->outbox, targetOf(target), credit);
    rooms_->subscriptions.add(id,
                              std::make_shared<InContext<client::Subscription>>(
                                  InContext<client::Subscription>{target.context, subscription}));
    subscription->begin(*context);
}

void Session::credit(Numbers pairs, uint32_t count) {
    std::vector<std::shared_ptr<client::Subscription>> starved;
    for (size_t i = 0; i < 2 * size_t(count) && i + 1 < pairs.size; i += 2) {
        auto entry = rooms_->subscriptions.find(pairs.data[i]);
        if (entry && entry->object->credit(pairs.data[i + 1])) starved.push_back(entry->object);
    }
    client::Subscription::resumeAll(starved);
}

void Session::pause(uint32_t subscription, bool on) {
    if (auto entry = rooms_->subscriptions.find(subscription)) entry->object->pause(on);
}

std::optional<MonitorNumbers> Session::monitorStats(uint32_t subscription) {
    auto entry = rooms_->subscriptions.find(subscription);
    if (!entry) return std::nullopt;
    auto stats = entry->object->stats();
    return MonitorNumbers{stats.queued,           stats.maxQueued,        stats.limit,
                          stats.squashedByServer, stats.squashedByClient, stats.handed};
}

void Session::monitorClose(uint32_t subscription, uint32_t call) {
    auto done = [outbox = rooms_->outbox, call] { delivery::pushDone(*outbox, call); };
    auto entry = rooms_->subscriptions.take(subscription);
    if (!entry) return done();
    entry->object->close(done);
}

void Session::connect(uint32_t id, const PvTarget& target) {
    auto context = rooms_->contexts.find(target.context);
    if (!context) return;
    auto connection =
        std::make_shared<client::Connection>(id, rooms_->outbox, target.name, target.server);
    rooms_->connections.add(id, std::make_shared<InContext<client::Connection>>(
                                    InContext<client::Connection>{target.context, connection}));
    connection->begin(*context);
}

void Session::connectClose(uint32_t connection, uint32_t call) {
    auto done = [outbox = rooms_->outbox, call] { delivery::pushDone(*outbox, call); };
    auto entry = rooms_->connections.take(connection);
    if (!entry) return done();
    entry->object->close(done);
}

void Session::discover(uint32_t discovery, uint32_t id, bool ping) {
    auto context = rooms_->contexts.find(id);
    if (!context) return;
    rooms_->discoveries.add(discovery, context);
    context->whenOpen([context, discovery, ping](pvxs::client::Context* pvxs, const std::string&) {
        if (pvxs) context->discoveries().add(discovery, *pvxs, ping);
    });
}

void Session::discoverClose(uint32_t discovery, uint32_t call) {
    if (auto context = rooms_->discoveries.take(discovery))
        context->discoveries().remove(discovery);
    delivery::pushDone(*rooms_->outbox, call);
}

void Session::hurryUp(uint32_t id) {
    auto context = rooms_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    // waits for the UDP worker; nothing depends on when it happens, nor, without a thread, on
    // whether
    if (pvxs && !context->strand()->run([pvxs] { pvxs->hurryUp(); })) return;
}

void Session::cacheClear(uint32_t id, const std::string& name, int action) {
    auto context = rooms_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    if (!pvxs) return;
    bool disconnect = action == pvxs::client::Context::Disconnect;
    // Unless the context is closed meanwhile: it must not be kept until then.
    std::weak_ptr<pvxs::client::Context> weak = pvxs;
    context->keeper()->forget(name, [weak, name, disconnect] {
        if (auto pvxs = weak.lock()) wire::clearCache(*pvxs, name, disconnect);
    });
}

std::vector<ConnectionNumbers> Session::contextReport(uint32_t id) {
    auto context = rooms_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    return pvxs ? numbersOf(wire::reportOf(*pvxs)) : std::vector<ConnectionNumbers>();
}

} // namespace nodepvxs
