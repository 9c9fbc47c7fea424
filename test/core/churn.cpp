// Everything at once, again and again: two servers that stop and start under clients that call, subscribe, discover, give up,
// close and end, in four environments. It checks that every call is answered once and that everything ends. Races are for
// ThreadSanitizer to find (npm run test:tsan). Argument: seconds.
#include <atomic>
#include <random>
#include <set>

#include <pvxs/server.h>

#include "harness.h"
#include "server/shared_pv.h"
#include "wire/codec.h"

using namespace harness;

namespace {

using Random = std::minstd_rand;

Span spanOf(const Bytes& bytes) { return {bytes.data(), bytes.size()}; }

pvxs::Value arrayOf(int64_t n) {
    using namespace pvxs::members;
    static const auto type = pvxs::TypeDef(pvxs::TypeCode::Struct, "test:array", {Int64A("value")});
    auto value = type.create();
    value["value"] = pvxs::shared_array<int64_t>(size_t(n % 8'000), n).freeze();
    return value;
}

pvxs::Value valueOf(bool array, int64_t n) { return array ? arrayOf(n) : numberOf(n); }

// A complete value after its type, as arguments and replies travel.
Bytes typed(int64_t n) {
    auto value = pvxs::TypeDef(pvxs::TypeCode::Int64).create();
    value = n;
    auto out = wire::describe(value), bytes = wire::changedBytes(value);
    out.insert(out.end(), bytes.begin(), bytes.end());
    return out;
}

class Server {
public:
    explicit Server(unsigned seed) : random_(seed) {
        js_.other = [this](const Record& record) {
            if (record.head.kind == Kind::Operation) asked_.push_back(record.head.id);
            if (record.head.kind == Kind::Create)
                js_.session.channelAttach(record.head.id, random_() % 4 == 0 ? 0 : x_);
        };
        js_.session.logTo(true);
        Definitions definitions;
        pvxs::server::Config::isolated().updateDefs(definitions);
        definitions["EPICS_PVAS_BEACON_ADDR_LIST"] = "127.0.0.1";
        js_.session.serverNew(server_, definitions, 100);
        js_.session.sourceNew(source_, false);
        js_.session.serverAddSource(server_, "static", 0, source_);
        js_.session.sourceNew(dynamic_, true);
        js_.session.sourceMatch(dynamic_, {}, {"d[0-9]"}, {""});
        js_.session.serverAddSource(server_, "dynamic", 1, dynamic_);
        js_.session.pvNew(x_, server::kMailbox | server::kOccupancy);
        js_.session.pvNew(y_, server::kOnPut | server::kOnRpc);
        js_.session.pvNew(z_, server::kMailbox);
        js_.session.sourceAdd(source_, "x", x_);
        js_.session.sourceAdd(source_, "y", y_);
        open(x_);
        open(y_);
        js_.startServer(server_);
        auto facts = js_.session.serverInfo(server_);
        udpPort = facts->udpPort;
        tcpPort = facts->tcpPort;
    }

    void run(const std::atomic<bool>& over) {
        while (!over) {
            for (int k = 0; k < 50; k++) step();
            js_.session.deliver();
            if (!js_.turn()) std::this_thread::sleep_for(milliseconds(1));
        }
        for (auto id : asked_) js_.session.operationError(id, "too late");
        auto call = js_.newId();
        js_.session.serverClose(server_, call);
        js_.succeeds(call, "the server closes");
    }

    uint16_t udpPort = 0, tcpPort = 0;

private:
    void step() {
        switch (random_() % 400) {
        case 0:
            return restart();
        case 1:
        case 2:
            return reopen(random_() % 2 != 0 ? x_ : y_);
        case 3:
            if (js_.session.sourceAdd(source_, "z", z_)) open(z_);
            return;
        case 4: // and closes it
            js_.session.sourceRemove(source_, "z");
            return;
        case 5:
            js_.session.serverReport(server_);
            return;
        case 6:
            js_.session.pvSubscribers(x_);
            js_.session.pvCurrent(y_);
            js_.session.counts();
            Session::instances();
            return;
        default:
            if (!asked_.empty() && random_() % 4 == 0) return answer();
            post(random_() % 2 != 0 ? x_ : y_);
        }
    }
    void open(uint32_t pv) {
        arrays_[pv] = random_() % 3 == 0;
        auto value = valueOf(arrays_[pv], n_++);
        js_.session.pvOpen(pv, spanOf(wire::describe(value)), spanOf(wire::changedBytes(value)),
                           false);
    }
    void reopen(uint32_t pv) {
        js_.session.pvClose(pv);
        open(pv);
    }
    void post(uint32_t pv) {
        js_.session.pvPost(pv, spanOf(wire::changedBytes(valueOf(arrays_[pv], n_++))), false);
    }
    void restart() {
        js_.stopServer(server_);
        js_.startServer(server_);
    }
    void answer() {
        auto id = asked_.back();
        asked_.pop_back();
        if (random_() % 2 == 0) js_.session.operationRoles(id, js_.newId());
        if (random_() % 4 == 0) {
            js_.session.operationLog(id, 20, "not that");
            js_.session.operationError(id, "no");
        } else {
            js_.session.operationReply(id, spanOf(typed(n_++)), false);
        }
    }

    Random random_;
    Js js_;
    const uint32_t server_ = js_.newId(), source_ = js_.newId(), dynamic_ = js_.newId(),
                   x_ = js_.newId(), y_ = js_.newId(), z_ = js_.newId();
    std::map<uint32_t, bool> arrays_;
    std::vector<uint32_t> asked_;
    int64_t n_ = 0;
};

// One environment, from its begin to its end.
class Client {
public:
    Client(Random& random, const Server& server) : random_(random) {
        js_.other = [this](const Record& record) {
            if (record.head.kind == Kind::Type) types_[record.head.id] = record.content;
            if (record.head.kind == Kind::Init) putValue(record);
        };
        Definitions searching{{"EPICS_PVA_ADDR_LIST", "127.0.0.1"},
                              {"EPICS_PVA_AUTO_ADDR_LIST", "NO"},
                              {"EPICS_PVA_INTF_ADDR_LIST", "127.0.0.1"},
                              {"EPICS_PVA_BROADCAST_PORT", std::to_string(server.udpPort)}};
        auto asking = searching;
        asking["EPICS_PVA_ADDR_LIST"] = "";
        asking["EPICS_PVA_NAME_SERVERS"] = "127.0.0.1:" + std::to_string(server.tcpPort);
        js_.session.contextOpen(contexts_[0], newCall(), searching);
        js_.session.contextOpen(contexts_[1], newCall(), asking);
    }

    void run(Clock::time_point end) {
        while (Clock::now() < end) {
            for (int k = 0; k < 20; k++) step();
            for (auto context : contexts_) js_.session.ring(context);
            if (!js_.turn()) std::this_thread::sleep_for(milliseconds(1));
        }
        if (random_() % 2 == 0) return; // as `process.exit()` would
        for (auto context : contexts_) js_.session.contextClose(context, newCall());
        js_.until("the answer to every call", [this] {
            for (auto call : calls_)
                if (js_.settled[call] != 1) return false;
            return true;
        });
    }

private:
    static constexpr unsigned kMostOpen = 200;

    uint32_t newCall() {
        auto call = js_.newId();
        calls_.insert(call);
        return call;
    }
    RequestTarget target() {
        static const char* names[] = {"x", "y", "z", "d1", "nobody"};
        return {{contexts_[random_() % 2], names[random_() % 5], ""}, {}};
    }
    void begun(uint32_t call) {
        open_.push_back(call);
        if (open_.size() > kMostOpen) give();
    }
    void give() { // up
        if (open_.empty()) return;
        auto at = random_() % open_.size();
        auto call = open_[at];
        open_[at] = open_.back();
        open_.pop_back();
        // A call that was abandoned without a report gets no answer.
        bool report = random_() % 2 == 0;
        if (!report && js_.settled[call] == 0) calls_.erase(call);
        js_.session.abandon(call, report);
    }
    void step() {
        auto context = contexts_[random_() % 2];
        switch (random_() % 16) {
        case 0:
        case 1:
        case 2: {
            auto call = newCall();
            js_.session.get(call, target());
            return begun(call);
        }
        case 3:
        case 4: {
            auto call = newCall();
            js_.session.put(call, target(), 0, {}, random_() % 2 == 0);
            return begun(call);
        }
        case 5: {
            auto call = newCall();
            js_.session.rpc(call, target(), spanOf(typed(7)));
            return begun(call);
        }
        case 6: {
            auto call = newCall();
            js_.session.info(call, target());
            return begun(call);
        }
        case 7:
        case 8:
            return give();
        case 9:
            monitors_.push_back(js_.newId());
            js_.session.monitor(monitors_.back(), target(), random_() % 2 != 0 ? 0 : 5,
                                random_() % 4 == 0);
            if (monitors_.size() > 20) closeMonitor();
            return;
        case 10:
            if (monitors_.empty()) return;
            js_.session.pause(monitors_[random_() % monitors_.size()], random_() % 2 == 0);
            return;
        case 11: {
            if (monitors_.empty()) return;
            uint32_t pair[] = {monitors_[random_() % monitors_.size()], 3};
            js_.session.credit({pair, 2}, 1);
            js_.session.monitorStats(pair[0]);
            return;
        }
        case 12:
            if (random_() % 2 == 0) return closeMonitor();
            js_.session.cacheClear(context, random_() % 2 == 0 ? "x" : "", int(random_() % 3));
            return;
        case 13: {
            auto id = js_.newId();
            js_.session.connect(id, target());
            js_.session.connectClose(id, newCall());
            return;
        }
        case 14: {
            auto id = js_.newId();
            js_.session.discover(id, context, random_() % 2 == 0);
            js_.session.discoverClose(id, newCall());
            return;
        }
        default:
            js_.session.contextReport(context);
            js_.session.hurryUp(context);
        }
    }
    void closeMonitor() {
        if (monitors_.empty()) return;
        js_.session.monitorClose(monitors_.front(), newCall());
        monitors_.erase(monitors_.begin());
    }
    void putValue(const Record& record) {
        bool array = types_[record.head.type] == wire::describe(arrayOf(0));
        js_.session.putValue(record.head.id, record.head.type,
                             spanOf(wire::changedBytes(valueOf(array, 5))));
    }

    Random& random_;
    Js js_;
    const std::vector<uint32_t> contexts_{js_.newId(), js_.newId()};
    std::map<uint32_t, Bytes> types_;
    std::set<uint32_t> calls_;
    std::vector<uint32_t> open_, monitors_;
};

} // namespace

int main(int argc, char** argv) {
    const auto seconds = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 4);
    Deadline deadline(int(seconds.count()) + 200);
    const auto seed = unsigned(Clock::now().time_since_epoch().count());
    deadline.enter("seed " + std::to_string(seed));
    std::atomic<bool> over{false};
    Server servers[] = {Server(seed), Server(seed + 1)};
    auto end = Clock::now() + seconds;
    std::atomic<unsigned> lives{0};
    auto live = [&](unsigned with) {
        Random random(with);
        while (Clock::now() < end) {
            Client(random, servers[random() % 2])
                .run(Clock::now() + milliseconds(100 + random() % 300));
            lives++;
        }
    };
    auto serve = [&](Server& server) { server.run(over); };
    std::thread threads[] = {std::thread(live, seed + 2), std::thread(live, seed + 3),
                             std::thread(serve, std::ref(servers[0])),
                             std::thread(serve, std::ref(servers[1]))};
    std::this_thread::sleep_until(end);
    over = true;
    for (auto& thread : threads) thread.join();
    std::printf("%u lives\nok\n", lives.load());
    return 0;
}
