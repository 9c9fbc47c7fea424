// State: what a Session owns. Members that others use come first, since the order of members is the order of construction.
#pragma once

#include "client/connection.h"
#include "client/context.h"
#include "client/discovery.h"
#include "client/get.h"
#include "client/info.h"
#include "client/put.h"
#include "client/rpc.h"
#include "client/subscription.h"
#include "delivery/outbox.h"
#include "server/server.h"
#include "session/session.h"
#include "session/table.h"
#include "wire/codec.h"

namespace nodepvxs {

struct Session::State {
    explicit State(std::function<void()> wake)
        : outbox(std::make_shared<delivery::Outbox>(std::move(wake))) {}

    std::shared_ptr<delivery::Outbox> outbox;
    bool closed = false;

    wire::TypedReader typed;
    Table<client::Context> contexts;
    // Shared with the operations, which remove themselves when they are settled, on any thread.
    std::shared_ptr<Table<client::Operation>> operations =
        std::make_shared<Table<client::Operation>>();
    Table<client::Subscription> subscriptions;
    Table<client::Connection> connections;
    Table<client::Context> discoveries;

    std::shared_ptr<server::PendingOperations> pending =
        std::make_shared<server::PendingOperations>(outbox);
    std::shared_ptr<server::UnassignedChannels> unassigned =
        std::make_shared<server::UnassignedChannels>();
    Table<server::Server> servers;
    Table<server::Source> sources;
    Table<server::SharedPv> pvs;
    std::vector<std::shared_ptr<server::SharedPv>> posted; // with values that are not delivered yet

    void beginCall(client::Context& context, const std::shared_ptr<client::Operation>& operation);
    void closeContext(uint32_t context, std::function<void()> after);
    void namesChanged();
    void closeServer(uint32_t server, std::function<void()> after);
    // Answers a close, after the log lines of what was closed: nothing may come after the answer.
    std::function<void()> doneWithLog(uint32_t call);
    std::shared_ptr<client::Context> openContext(uint32_t context, uint32_t call);
};

} // namespace nodepvxs
