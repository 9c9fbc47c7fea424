// server::SharedPv against PVXS clients: what PVXS's own SharedPV gets wrong (a slow subscriber changing what a fast one
// reads, a deadlock of open() beside waiting subscriptions, clients left waiting), and operations that race with close().
#include <atomic>
#include <random>

#include <pvxs/client.h>

#include "harness.h"
#include "server/shared_pv.h"
#include "wire/codec.h"

using namespace harness;

namespace {

namespace pv = nodepvxs::server;

pvxs::Value textOf(int64_t n) {
    using namespace pvxs::members;
    static const auto type = pvxs::TypeDef(pvxs::TypeCode::Struct, "test:text", {String("value")});
    auto value = type.create();
    value["value"] = std::to_string(n);
    return value;
}

// One server with one PV, 'x', and clients of it.
struct Bench {
    Js js;
    uint32_t server, source, x;
    std::vector<bool> occupied;
    std::vector<uint32_t> operations, cancelled;

    explicit Bench(uint32_t flags) {
        js.other = [this](const Record& record) {
            if (record.head.kind == Kind::Occupied) occupied.push_back(record.head.flags != 0);
            if (record.head.kind == Kind::Operation) operations.push_back(record.head.id);
            if (record.head.kind == Kind::Cancelled) cancelled.push_back(record.head.id);
        };
        server = js.newId();
        Definitions definitions;
        pvxs::server::Config::isolated().updateDefs(definitions);
        js.session.serverNew(server, definitions, 100000);
        source = js.newId();
        js.session.sourceNew(source, false);
        js.session.serverAddSource(server, "s", 0, source);
        x = js.newId();
        js.session.pvNew(x, flags);
        js.session.sourceAdd(source, "x", x);
        start();
    }
    void start() { js.startServer(server); }
    void stop() { js.stopServer(server); }
    [[nodiscard]] pvxs::client::Context client() const {
        auto facts = const_cast<Js&>(js).session.serverInfo(server);
        pvxs::client::Config config;
        config.addressList = {"127.0.0.1"};
        config.interfaces = {"127.0.0.1"};
        config.autoAddrList = false;
        config.udp_port = facts->udpPort;
        config.tcp_port = facts->tcpPort;
        return config.build();
    }
    void open(const pvxs::Value& value) {
        auto type = wire::describe(value), bytes = wire::changedBytes(value);
        js.session.pvOpen(x, {type.data(), type.size()}, {bytes.data(), bytes.size()}, false);
    }
    void post(const pvxs::Value& value) {
        auto bytes = wire::changedBytes(value);
        js.session.pvPost(x, {bytes.data(), bytes.size()}, false);
        js.session.deliver();
    }
    void close() { js.session.pvClose(x); }
};

// Pops everything that is there.
std::vector<pvxs::Value> popAll(pvxs::client::Subscription& subscription) {
    std::vector<pvxs::Value> values;
    for (;;) {
        try {
            auto value = subscription.pop();
            if (!value) return values;
            values.push_back(value);
        } catch (pvxs::client::Connected&) {
        }
    }
}

void slowAndFast() {
    constexpr int64_t posts = 400;
    Bench bench(pv::kMailbox);
    bench.open(numberOf(0));
    auto context = bench.client();
    // Never pops: its window is closed, and its queue of two on the server is squashed again and again.
    auto slow =
        context.monitor("x").record("queueSize", uint32_t(2)).record("pipeline", true).exec();
    auto fast = context.monitor("x").record("queueSize", uint32_t(2 * posts)).exec();
    bench.js.until("both to be there",
                   [&] { return bench.js.session.pvSubscribers(bench.x) == 2; });
    std::vector<pvxs::Value> seen;
    bench.js.until("the first value", [&] {
        for (auto& value : popAll(*fast)) seen.push_back(value);
        return !seen.empty();
    });
    for (int64_t n = 1; n <= posts; n++) bench.post(numberOf(n));
    bench.js.until("every post", [&] {
        for (auto& value : popAll(*fast)) seen.push_back(value);
        return seen.back()["value"].as<int64_t>() == posts;
    });
    check(seen.size() == posts + 1, "the fast one gets each post: " + std::to_string(seen.size()));
    for (int64_t n = 0; n <= posts; n++) {
        auto& value = seen[size_t(n)];
        check(value["value"].as<int64_t>() == n &&
                  value["text"].as<std::string>() == std::to_string(n),
              "post " + std::to_string(n) + " reaches the fast one as it was posted");
    }
    int64_t last = -1;
    bench.js.until("the slow one to get the last", [&] {
        for (auto& value : popAll(*slow)) {
            auto n = value["value"].as<int64_t>();
            check(n > last && value["text"].as<std::string>() == std::to_string(n),
                  "the slow one gets whole values");
            last = n;
        }
        return last == posts;
    });
}

// PVXS 1.5.3's own SharedPV froze here after about a second.
void openAndCloseUnderSubscribers() {
    constexpr int clients = 12, rounds = 300;
    Bench bench(pv::kMailbox);
    auto context = bench.client();
    std::vector<std::shared_ptr<pvxs::client::Subscription>> subscriptions;
    std::vector<std::string> last(clients);
    std::atomic<int> finished{0};
    for (int i = 0; i < clients; i++)
        subscriptions.push_back(context.monitor("x").maskDisconnected(true).exec());
    std::mt19937 random(3);
    for (int round = 0; round < rounds; round++) {
        bench.open(round % 2 == 0 ? numberOf(round) : textOf(round));
        if (random() % 4 == 0) std::this_thread::sleep_for(milliseconds(random() % 5));
        if (random() % 2 == 0)
            bench.post(round % 2 == 0 ? numberOf(round + 1000) : textOf(round + 1000));
        bench.js.turn();
        bench.close();
        if (random() % 8 == 0) std::this_thread::sleep_for(milliseconds(random() % 20));
    }
    bench.open(textOf(9999));
    bench.js.until("all to read the last value", [&] {
        bool all = true;
        for (int i = 0; i < clients; i++) {
            try {
                for (auto& value : popAll(*subscriptions[size_t(i)]))
                    last[size_t(i)] = value["value"].as<std::string>();
            } catch (pvxs::client::Finished&) {
                finished++;
            }
            all = all && last[size_t(i)] == "9999";
        }
        check(finished == 0,
              "a subscription is never told that it is finished by a PV that closes");
        return all;
    });
}

// Gets and puts in flight while the PV closes and opens with another type: each ends once, and none is left waiting.
void operationsRaceWithClose() {
    constexpr int calls = 400;
    Bench bench(pv::kMailbox);
    bench.open(numberOf(0));
    auto context = bench.client();
    std::mutex lock;
    std::map<int, int> ended;
    std::vector<std::shared_ptr<pvxs::client::Operation>> operations;
    std::mt19937 random(5);
    bool open = true;
    for (int i = 0; i < calls; i++) {
        auto result = [&, i](pvxs::client::Result&& result) {
            std::lock_guard<std::mutex> guard(lock);
            ended[i]++;
            try {
                (void)result();
            } catch (pvxs::client::RemoteError&) {
                // the PV was closed under it, or had another type by then
            }
        };
        if (i % 2 == 0)
            operations.push_back(context.get("x").result(result).exec());
        else
            operations.push_back(
                context.put("x").fetchPresent(i % 4 == 1).set("value", i).result(result).exec());
        if (random() % 3 == 0) {
            if (open)
                bench.close();
            else
                bench.open(random() % 2 == 0 ? numberOf(i) : textOf(i));
            open = !open;
        }
        if (random() % 5 == 0) std::this_thread::sleep_for(milliseconds(random() % 4));
        bench.js.turn();
    }
    if (!open) bench.open(numberOf(calls));
    bench.js.until("every call to end", [&] {
        std::lock_guard<std::mutex> guard(lock);
        return int(ended.size()) == calls;
    });
    std::lock_guard<std::mutex> guard(lock);
    for (auto& entry : ended)
        check(entry.second == 1, "call " + std::to_string(entry.first) + " ends once");
}

void putWhileClosed() {
    Bench bench(pv::kMailbox);
    auto context = bench.client();
    std::atomic<int> ended{0};
    auto put = context.put("x")
                   .fetchPresent(false)
                   .set("value", 7)
                   .result([&](pvxs::client::Result&& result) {
                       (void)result();
                       ended++;
                   });
    auto operation = put.exec();
    std::this_thread::sleep_for(milliseconds(300));
    bench.js.turn();
    check(ended == 0, "a put to a PV that is closed waits");
    bench.open(numberOf(1));
    bench.js.until("the put to end", [&] { return ended == 1; });
    auto value = bench.client().get("x").exec()->wait(10);
    check(value["value"].as<int64_t>() == 7, "it was done");
}

// A handler that never answers: its client gets an error when the server stops, and a late answer is harmless.
void answersWhatIsLeftAtStop() {
    Bench bench(pv::kOnPut | pv::kOnGet | pv::kOnRpc);
    bench.open(numberOf(0));
    auto context = bench.client();
    std::atomic<int> remote{0}, other{0};
    auto result = [&](pvxs::client::Result&& result) {
        try {
            (void)result();
            other++;
        } catch (pvxs::client::RemoteError&) {
            remote++;
        } catch (std::exception&) {
            other++;
        }
    };
    std::vector<std::shared_ptr<pvxs::client::Operation>> operations;
    for (int i = 0; i < 10; i++) {
        operations.push_back(context.get("x").result(result).exec());
        operations.push_back(
            context.put("x").fetchPresent(false).set("value", i).result(result).exec());
        operations.push_back(context.rpc("x", numberOf(i)).result(result).exec());
    }
    bench.js.until("all of them to be asked", [&] { return bench.operations.size() == 30; });
    bench.js.session.operationError(bench.operations[0], "");
    bench.js.until("an error without a text to arrive", [&] { return remote == 1; });
    bench.stop();
    bench.js.until("the others to be told", [&] { return remote + other == 30; });
    check(remote == 30, "each hears that its request was not answered");
    check(bench.cancelled.size() == 29,
          "and JavaScript, once each: " + std::to_string(bench.cancelled.size()));
    for (auto operation : bench.operations) {
        bench.js.session.operationReply(operation, {}, false);
        bench.js.session.operationError(operation, "late");
        bench.js.session.operationLog(operation, 40, "late");
    }
    check(bench.js.session.counts().at("ServerOperation") == 0, "no operation is left");
}

void occupiedOncePerPeriod() {
    Bench bench(pv::kMailbox | pv::kOccupancy);
    bench.open(numberOf(0));
    for (int period = 0; period < 3; period++) {
        {
            std::vector<pvxs::client::Context> contexts;
            std::vector<std::shared_ptr<pvxs::client::Subscription>> subscriptions;
            for (int i = 0; i < 4; i++) {
                contexts.push_back(bench.client());
                subscriptions.push_back(contexts.back().monitor("x").exec());
            }
            bench.js.until("four subscribers",
                           [&] { return bench.js.session.pvSubscribers(bench.x) == 4; });
            if (period == 1) {
                bench.close();
                bench.js.until("none",
                               [&] { return bench.js.session.pvSubscribers(bench.x) == 0; });
            }
            subscriptions.clear();
            contexts.clear();
        }
        auto wanted = size_t(2 * (period + 1));
        bench.js.until("the period to end", [&] { return bench.occupied.size() >= wanted; });
        if (period == 1) bench.open(numberOf(1));
    }
    for (size_t i = 0; i < bench.occupied.size(); i++)
        check(bench.occupied[i] == (i % 2 == 0), "first, last, first, last");
}

} // namespace

int main() {
    Deadline deadline(280);
    deadline.enter("a slow and a fast subscriber");
    slowAndFast();
    deadline.enter("open and close under waiting subscribers");
    openAndCloseUnderSubscribers();
    deadline.enter("gets and puts race with close");
    operationsRaceWithClose();
    deadline.enter("a put while closed");
    putWhileClosed();
    deadline.enter("what nobody answers");
    answersWhatIsLeftAtStop();
    deadline.enter("occupancy");
    occupiedOncePerPeriod();
    std::printf("ok\n");
    return 0;
}
