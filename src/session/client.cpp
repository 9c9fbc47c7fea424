// The client half of Session.
#include "delivery/records.h"
#include "session/state.h"
#include "upstream/channels.h"

namespace nodepvxs {

using delivery::Failure;

namespace {

client::Target channelOf(const PvTarget& target) {
    return {target.context, target.name, target.server, {}};
}

client::Target targetOf(const RequestTarget& target) {
    auto out = channelOf(target);
    if (target.request) out.request = wire::readTyped(target.request.data, target.request.size);
    return out;
}

Bytes copy(Span span) { return span ? Bytes(span.data, span.data + span.size) : Bytes(); }

} // namespace

std::shared_ptr<client::Context> Session::Rooms::openContext(uint32_t id, uint32_t call) {
    auto context = contexts.find(id);
    if (!context) delivery::pushFailure(*outbox, call, Failure::Closed, "the context is closed");
    return context;
}

void Session::Rooms::beginCall(client::Context& context,
                               const std::shared_ptr<client::Operation>& operation) {
    operations->add(operation->call, operation);
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
        if (operation->context() == id) operation->close("the context was closed");
    for (auto& subscription : subscriptions.all())
        if (subscription->context() == id) {
            subscriptions.take(subscription->id);
            subscription->close([] {});
        }
    for (auto& connection : connections.all())
        if (connection->context() == id) {
            connections.take(connection->id);
            connection->close([] {});
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
        rooms_->beginCall(*context,
                          std::make_shared<client::Info>(call, rooms_->outbox, channelOf(target)));
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
    if (auto put = std::dynamic_pointer_cast<client::Put>(rooms_->operations->find(call)))
        put->answer(type, copy(value));
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
    if (auto operation = rooms_->operations->find(call)) operation->abandon(report);
}

void Session::monitor(uint32_t id, const RequestTarget& target, uint32_t credit) {
    auto context = rooms_->contexts.find(target.context);
    if (!context) return; // closed meanwhile: its iteration has been ended
    auto subscription =
        std::make_shared<client::Subscription>(id, rooms_->outbox, targetOf(target), credit);
    rooms_->subscriptions.add(id, subscription);
    subscription->begin(*context);
}

void Session::credit(Numbers pairs, uint32_t count) {
    std::vector<std::shared_ptr<client::Subscription>> starved;
    for (size_t i = 0; i < 2 * size_t(count) && i + 1 < pairs.size; i += 2) {
        auto subscription = rooms_->subscriptions.find(pairs.data[i]);
        if (subscription && subscription->credit(pairs.data[i + 1]))
            starved.push_back(std::move(subscription));
    }
    client::Subscription::resumeAll(starved);
}

void Session::pause(uint32_t id, bool on) {
    if (auto subscription = rooms_->subscriptions.find(id)) subscription->pause(on);
}

std::optional<client::SubscriptionStats> Session::monitorStats(uint32_t id) {
    auto subscription = rooms_->subscriptions.find(id);
    if (!subscription) return std::nullopt;
    return subscription->stats();
}

void Session::monitorClose(uint32_t id, uint32_t call) {
    auto done = [outbox = rooms_->outbox, call] { delivery::pushDone(*outbox, call); };
    auto subscription = rooms_->subscriptions.take(id);
    if (!subscription) return done();
    subscription->close(done);
}

void Session::connect(uint32_t id, const PvTarget& target) {
    auto context = rooms_->contexts.find(target.context);
    if (!context) return;
    auto connection = std::make_shared<client::Connection>(id, rooms_->outbox, channelOf(target));
    rooms_->connections.add(id, connection);
    connection->begin(*context);
}

void Session::connectClose(uint32_t id, uint32_t call) {
    auto done = [outbox = rooms_->outbox, call] { delivery::pushDone(*outbox, call); };
    auto connection = rooms_->connections.take(id);
    if (!connection) return done();
    connection->close(done);
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
        if (auto pvxs = weak.lock()) upstream::clearCache(*pvxs, name, disconnect);
    });
}

std::vector<upstream::ConnectionReport> Session::contextReport(uint32_t id) {
    auto context = rooms_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    return pvxs ? upstream::reportOf(*pvxs) : std::vector<upstream::ConnectionReport>();
}

} // namespace nodepvxs
