// The client half of Session.
#include "delivery/records.h"
#include "session/state.h"
#include "upstream/channels.h"

namespace nodepvxs {

using delivery::Failure;

namespace {

client::Target targetOf(const PvTarget& target) {
    return {target.context, target.name, target.server, {}};
}

client::Target targetOf(const RequestTarget& target) {
    auto out = targetOf(static_cast<const PvTarget&>(target));
    if (target.request) out.request = wire::readTyped(target.request.data, target.request.size);
    return out;
}

Bytes copy(Span span) { return span ? Bytes(span.data, span.data + span.size) : Bytes(); }

} // namespace

std::shared_ptr<client::Context> Session::State::openContext(uint32_t id, uint32_t call) {
    auto context = contexts.find(id);
    if (!context) delivery::pushFailure(*outbox, call, Failure::Closed, "the context is closed");
    return context;
}

void Session::State::beginCall(client::Context& context,
                               const std::shared_ptr<client::Operation>& operation) {
    operations->add(operation->call, operation);
    operation->onSettled = [table = operations, call = operation->call] { table->take(call); };
    operation->begin(context);
}

void Session::contextOpen(uint32_t id, uint32_t call, Definitions definitions) {
    auto context = std::make_shared<client::Context>(id, state_->outbox);
    state_->contexts.add(id, context);
    context->open(call, std::move(definitions));
}

// PVXS does not settle operations on close, so each pending call is failed here.
void Session::State::closeContext(uint32_t id, std::function<void()> after) {
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
    state_->closeContext(context, state_->doneWithLog(call));
}

void Session::get(uint32_t call, const RequestTarget& target) {
    auto context = state_->openContext(target.context, call);
    if (!context) return;
    state_->beginCall(*context,
                      std::make_shared<client::Get>(call, state_->outbox, targetOf(target),
                                                    copy(target.request), context->pool()));
}

void Session::info(uint32_t call, const PvTarget& target) {
    if (auto context = state_->openContext(target.context, call))
        state_->beginCall(*context,
                          std::make_shared<client::Info>(call, state_->outbox, targetOf(target)));
}

void Session::put(uint32_t call, const RequestTarget& target, uint32_t type, Span value,
                  bool fetch) {
    auto context = state_->openContext(target.context, call);
    if (!context) return;
    state_->beginCall(*context, std::make_shared<client::Put>(
                                    call, state_->outbox, targetOf(target), copy(target.request),
                                    context->pool(), type, copy(value), fetch));
}

void Session::putValue(uint32_t call, uint32_t type, Span value) {
    if (auto put = std::dynamic_pointer_cast<client::Put>(state_->operations->find(call)))
        put->answer(type, copy(value));
}

void Session::rpc(uint32_t call, const RequestTarget& target, Span argument) {
    auto context = state_->openContext(target.context, call);
    if (!context) return;
    pvxs::Value value;
    if (argument) value = state_->typed.read(argument.data, argument.size);
    state_->beginCall(*context,
                      std::make_shared<client::Rpc>(call, state_->outbox, targetOf(target),
                                                    copy(target.request), context->pool(), value));
}

void Session::ring(uint32_t id) {
    if (auto context = state_->contexts.find(id)) context->pool()->signal();
}

void Session::abandon(uint32_t call, bool report) {
    if (auto operation = state_->operations->find(call)) operation->abandon(report);
}

void Session::monitor(uint32_t id, const RequestTarget& target, uint32_t credit, bool latest) {
    auto context = state_->contexts.find(target.context);
    if (!context) return; // closed meanwhile: JS has ended the iteration
    auto subscription = std::make_shared<client::Subscription>(id, state_->outbox, targetOf(target),
                                                               credit, latest);
    state_->subscriptions.add(id, subscription);
    subscription->begin(*context);
}

void Session::credit(Numbers pairs, uint32_t count) {
    std::vector<std::shared_ptr<client::Subscription>> starved;
    for (size_t i = 0; i < 2 * size_t(count) && i + 1 < pairs.size; i += 2) {
        auto subscription = state_->subscriptions.find(pairs.data[i]);
        if (subscription && subscription->credit(pairs.data[i + 1]))
            starved.push_back(std::move(subscription));
    }
    client::Subscription::resumeAll(starved);
}

void Session::pause(uint32_t id, bool on) {
    if (auto subscription = state_->subscriptions.find(id)) subscription->pause(on);
}

std::optional<client::SubscriptionStats> Session::monitorStats(uint32_t id) {
    auto subscription = state_->subscriptions.find(id);
    if (!subscription) return std::nullopt;
    return subscription->stats();
}

void Session::monitorPhase(uint32_t id, uint32_t call) {
    if (auto subscription = state_->subscriptions.find(id)) return subscription->reportPhase(call);
    delivery::pushFailure(*state_->outbox, call, Failure::Closed, "it is closed");
}

void Session::monitorClose(uint32_t id, uint32_t call) {
    auto done = [outbox = state_->outbox, call] { delivery::pushDone(*outbox, call); };
    auto subscription = state_->subscriptions.take(id);
    if (!subscription) return done();
    subscription->close(done);
}

void Session::connect(uint32_t id, const PvTarget& target) {
    auto context = state_->contexts.find(target.context);
    if (!context) return;
    auto connection = std::make_shared<client::Connection>(id, state_->outbox, targetOf(target));
    state_->connections.add(id, connection);
    connection->begin(*context);
}

void Session::connectClose(uint32_t id, uint32_t call) {
    auto done = [outbox = state_->outbox, call] { delivery::pushDone(*outbox, call); };
    auto connection = state_->connections.take(id);
    if (!connection) return done();
    connection->close(done);
}

void Session::discover(uint32_t discovery, uint32_t id, bool ping) {
    auto context = state_->contexts.find(id);
    if (!context) return;
    state_->discoveries.add(discovery, context);
    context->whenOpen(
        [context, discovery, ping](pvxs::client::Context* pvxs, const delivery::Reason&) {
            if (pvxs) context->discoveries().add(discovery, *pvxs, ping);
        });
}

void Session::discoverClose(uint32_t discovery, uint32_t call) {
    if (auto context = state_->discoveries.take(discovery))
        context->discoveries().remove(discovery);
    delivery::pushDone(*state_->outbox, call);
}

void Session::hurryUp(uint32_t id) {
    auto context = state_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    if (!pvxs) return;
    // Weak: this must not keep the context alive.
    upstream::loopOf(*pvxs).post([weak = std::weak_ptr<pvxs::client::Context>(pvxs)] {
        if (auto pvxs = weak.lock()) upstream::hurryConnections(*pvxs);
    });
    // Waits for the UDP worker, so it runs on the strand. Nothing depends on when, or, without a thread, on whether.
    if (!context->strand()->run([pvxs] { pvxs->hurryUp(); })) return;
}

void Session::cacheClear(uint32_t id, const std::string& name, int action) {
    auto context = state_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    if (!pvxs) return;
    auto what = static_cast<pvxs::client::Context::cacheAction>(action);
    // Weak: this must not keep the context alive.
    std::weak_ptr<pvxs::client::Context> weak = pvxs;
    context->pool()->forget(name, what == pvxs::client::Context::Drop, [weak, name, what] {
        if (auto pvxs = weak.lock()) upstream::clearCache(*pvxs, name, what);
    });
}

std::vector<upstream::ConnectionReport> Session::contextReport(uint32_t id) {
    auto context = state_->contexts.find(id);
    auto pvxs = context ? context->pvxs() : nullptr;
    return pvxs ? upstream::reportOf(*pvxs) : std::vector<upstream::ConnectionReport>();
}

} // namespace nodepvxs
