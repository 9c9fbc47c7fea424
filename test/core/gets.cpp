// client::OperationPool against a PVXS server that answers late, refuses, goes away and comes back with another type: each
// get is answered once, and no operation is left on either side.
#include <algorithm>
#include <atomic>
#include <deque>
#include <random>

#include <pvxs/client.h>
#include <pvxs/server.h>
#include <pvxs/source.h>

#include "harness.h"

using namespace harness;

namespace {

// PVXS needs answers in the very type instance that the operation was connected with.
pvxs::Value prototypeOf(bool text) {
    using namespace pvxs::members;
    if (text) return pvxs::TypeDef(pvxs::TypeCode::Struct, "test:text", {String("value")}).create();
    return pvxs::TypeDef(pvxs::TypeCode::Struct, "test:number", {Int64("value"), String("rest")})
        .create();
}

pvxs::Value valueOf(const pvxs::Value& prototype, int64_t n) {
    auto value = prototype.cloneEmpty();
    value["value"] = n;
    if (auto rest = value["rest"]) rest = "unchanged";
    return value;
}

// Serves every name. Its own thread gives the answers, after a while.
class Slow final : public pvxs::server::Source, public std::enable_shared_from_this<Slow> {
public:
    Slow() : thread_([this] { loop(); }) {}
    // Not in the destructor: an operation keeps its server, so the last reference may be released on that thread.
    void end() {
        {
            std::lock_guard<std::mutex> guard(lock_);
            over_ = true;
        }
        changed_.notify_all();
        thread_.join();
        waiting_.clear();
    }

    void speak() {
        std::lock_guard<std::mutex> guard(lock_);
        silent = false;
        changed_.notify_all();
    }

    std::atomic<int> inits{0}, refused{0}, live{0}, executed{0}, running{0}, mostRunning{0};
    std::atomic<int> delay{1}; // ms, at most
    std::atomic<bool> refuse{false}, text{false}, silent{false}, mute{false};

    void onSearch(Search& search) override {
        if (mute) return;
        for (auto& name : search) name.claim();
    }
    void onCreate(std::unique_ptr<pvxs::server::ChannelControl>&& control) override {
        auto self = shared_from_this();
        std::shared_ptr<pvxs::server::ChannelControl> channel(std::move(control));
        channel->onOp([self](std::unique_ptr<pvxs::server::ConnectOp>&& unique) {
            self->connect(std::move(unique));
        });
        channel->onClose([channel](const std::string&) {});
    }

private:
    void connect(std::unique_ptr<pvxs::server::ConnectOp>&& unique) {
        if (refuse) {
            refused++;
            return unique->error("refused for the test");
        }
        auto self = shared_from_this();
        std::shared_ptr<pvxs::server::ConnectOp> op(std::move(unique));
        auto prototype = prototypeOf(text);
        inits++;
        live++;
        op->onGet([self, prototype](std::unique_ptr<pvxs::server::ExecOp>&& exec) {
            self->later(std::move(exec), prototype);
        });
        op->onClose([self, op](const std::string&) { self->live--; });
        op->connect(prototype);
    }

    void later(std::unique_ptr<pvxs::server::ExecOp>&& exec, const pvxs::Value& prototype) {
        executed++;
        auto now = ++running;
        if (now > mostRunning) mostRunning = now;
        std::lock_guard<std::mutex> guard(lock_);
        waiting_.push_back({std::shared_ptr<pvxs::server::ExecOp>(std::move(exec)), prototype});
        changed_.notify_all();
    }

    void loop() {
        std::mt19937 random(1);
        std::unique_lock<std::mutex> guard(lock_);
        for (int64_t n = 1;; n++) {
            changed_.wait(guard, [this] { return over_ || (!waiting_.empty() && !silent); });
            if (over_) return;
            // Any of those that wait: the order of answers does not matter.
            auto at = random() % waiting_.size();
            auto item = waiting_[at];
            waiting_.erase(waiting_.begin() + std::ptrdiff_t(at));
            guard.unlock();
            if (int most = delay)
                std::this_thread::sleep_for(
                    std::chrono::microseconds(random() % uint32_t(1000 * most)));
            running--;
            try {
                item.op->reply(valueOf(item.prototype, n));
            } catch (std::exception&) {
                // the server was stopped under it
            }
            item.op.reset();
            guard.lock();
        }
    }

    struct Waiting {
        std::shared_ptr<pvxs::server::ExecOp> op;
        pvxs::Value prototype;
    };
    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    bool over_ = false;
    std::thread thread_;
};

struct Bench {
    std::shared_ptr<Slow> source = std::make_shared<Slow>();
    pvxs::server::Server server =
        pvxs::server::Config::isolated().build().addSource("slow", source);
    Js js;
    uint32_t context = 0;

    Bench() {
        server.start();
        context = open();
    }
    ~Bench() { source->end(); }
    uint32_t open() {
        Definitions definitions;
        server.clientConfig().updateDefs(definitions);
        auto id = js.newId(), call = js.newId();
        js.session.contextOpen(id, call, definitions);
        js.succeeds(call, "a context opens");
        return id;
    }
    uint32_t get(const std::string& name) {
        auto call = js.newId();
        js.session.get(call, {context, name, "", {}});
        js.session.ring(context);
        return call;
    }
    std::vector<uint32_t> gets(const std::string& name, int count) {
        std::vector<uint32_t> calls;
        for (int i = 0; i < count; i++) calls.push_back(get(name));
        return calls;
    }
    void allSucceed(const std::vector<uint32_t>& calls, const std::string& what) {
        for (auto call : calls) js.succeeds(call, what);
    }
    void leavesNothing() {
        check(js.session.counts().at("Operation") == 0, "no operation is left in the table");
        js.closeContext(context);
        js.until("the server's operations to go", [this] { return source->live == 0; });
        nothingOfPvxs();
    }
    void nothingOfPvxs() {
        js.until(
            "PVXS's client to be gone",
            [] {
                auto left = Session::instances();
                return left["GPROp"] == 0 && left["Channel"] == 0 && left["ClientContextImpl"] == 0;
            },
            10);
    }
};

void manyOnOnePv() {
    Bench bench;
    bench.source->delay = 0;
    bench.allSucceed(bench.gets("slow:one", 1000), "a get among 1000");
    check(bench.source->executed == 1000,
          "each get is an exchange of its own: " + std::to_string(bench.source->executed));
    // How many operations serve a thousand calls depends on the speed of both sides. Those that are left serve the next.
    auto inits = bench.source->inits.load();
    for (int i = 0; i < 5; i++)
        bench.js.succeeds(bench.get("slow:one"), "a get on a kept operation");
    check(bench.source->inits == inits, "a kept operation serves the next call");
    bench.leavesNothing();
}

// A server that answers only after it has received all calls.
void slowAnswersHoldUpNobody() {
    Bench bench;
    bench.source->silent = true;
    auto calls = bench.gets("slow:together", 100);
    bench.js.until("all of them to be under way", [&] { return bench.source->executed == 100; });
    bench.source->speak();
    bench.allSucceed(calls, "a get among 100 that are answered late");
    bench.leavesNothing();
}

void idleOnesAreClosed() {
    Bench bench;
    bench.allSucceed(bench.gets("slow:idle", 20), "a get");
    check(bench.source->live > 0, "operations are kept");
    bench.js.until("idle operations to be closed", [&] { return bench.source->live == 0; }, 10);
    bench.allSucceed(bench.gets("slow:idle", 20), "a get after the sweep");
    bench.leavesNothing();
}

// Calls are given up at every stage: while they wait, while they run, and after the answer has come.
void abandonWhileBusy(bool report) {
    Bench bench;
    bench.source->delay = 2;
    std::mt19937 random(7);
    std::vector<uint32_t> kept, dropped;
    for (int round = 0; round < 30; round++) {
        auto calls = bench.gets("slow:" + std::to_string(round % 3), 30);
        for (auto call : calls) (random() % 2 == 0 ? kept : dropped).push_back(call);
        for (auto call : calls) {
            if (random() % 3 == 0) bench.js.turn();
            if (std::find(dropped.begin(), dropped.end(), call) != dropped.end())
                bench.js.session.abandon(call, report);
        }
    }
    bench.allSucceed(kept, "a get beside others that were given up");
    if (report)
        for (auto call : dropped) bench.js.answer(call);
    bench.js.succeeds(bench.get("slow:0"), "a get after all that");
    bench.leavesNothing();
}

// A server never answers, and every call is given up: calls that waited must not get the dead operations.
void abandonAllOfASilentServer() {
    Bench bench;
    bench.source->silent = true;
    auto calls = bench.gets("slow:silent", 100);
    bench.js.until("some to be under way", [&] { return bench.source->executed >= 8; });
    for (auto call : calls) bench.js.session.abandon(call, true);
    for (auto call : calls)
        check(bench.js.answer(call).head.kind == Kind::Phase, "it tells how far it came");
    check(bench.js.session.counts().at("Operation") == 0, "no operation is left");
    bench.source->speak();
    bench.js.succeeds(bench.get("slow:silent"), "a get once the server speaks");
    bench.leavesNothing();
}

void serverRestarts(bool otherType) {
    Bench bench;
    bench.source->delay = 10;
    for (int round = 0; round < 2; round++) {
        auto before = bench.source->executed.load();
        auto calls = bench.gets("slow:restart", 300);
        bench.js.until("some to be under way",
                       [&] { return bench.source->executed > before + 20; });
        bench.server.stop();
        if (otherType) bench.source->text = !bench.source->text;
        bench.server.start();
        bench.allSucceed(calls, "a get over a restart of the server");
    }
    auto call = bench.get("slow:restart");
    bench.js.succeeds(call, "a get after the restarts");
    bench.leavesNothing();
}

void refusedInit() {
    Bench bench;
    bench.source->refuse = true;
    for (auto call : bench.gets("slow:refused", 100)) {
        auto& record = bench.js.answer(call);
        check(record.head.kind == Kind::Failure && record.head.flags == uint8_t(Failure::Remote) &&
                  record.text().find("refused for the test") != std::string::npos,
              "a refused get fails with the server's text: " + record.text());
    }
    bench.source->refuse = false;
    bench.allSucceed(bench.gets("slow:refused", 20), "a get that is not refused any more");

    // Idle operations are refused at the reconnect, when there is no call to fail.
    bench.js.until("surplus operations to be closed", [&] { return bench.source->live <= 8; });
    const int kept = bench.source->live;
    bench.source->refuse = true;
    bench.source->refused = 0;
    bench.server.stop();
    bench.server.start();
    auto& record = bench.js.answer(bench.get("slow:refused"));
    check(record.head.kind == Kind::Failure, "refused after the reconnect");
    bench.js.until("the others to be refused", [&] { return bench.source->refused >= kept; });
    bench.source->refuse = false;
    // Its answer comes after all the refusals.
    bench.js.answer(bench.get("slow:refused"));
    bench.allSucceed(bench.gets("slow:refused", 20), "a get after both");
    bench.leavesNothing();
}

// Closed while calls wait, run and are answered: each gets one answer.
void closeWhileBusy() {
    for (int round = 0; round < 10; round++) {
        Bench bench;
        bench.source->delay = 2;
        auto calls = bench.gets("slow:close", 200);
        auto enough = 20 * round;
        bench.js.until("some answers", [&] { return int(bench.js.answers.size()) > enough; });
        auto close = bench.js.newId();
        bench.js.session.contextClose(bench.context, close);
        for (auto call : calls) {
            auto& record = bench.js.answer(call);
            check(record.head.kind == Kind::Result || record.head.flags == uint8_t(Failure::Closed),
                  "a get of a closed context: " + record.text());
        }
        bench.js.succeeds(close, "the context closes");
        check(bench.js.session.counts().at("Operation") == 0, "no operation is left");
        bench.js.until("the server's operations to go", [&] { return bench.source->live == 0; });
        bench.nothingOfPvxs();
    }
}

// Closed while a get still searches and others wait behind it.
void closeWhileSearching() {
    Bench bench;
    bench.source->mute = true;
    auto calls = bench.gets("slow:unheard", 20);
    std::this_thread::sleep_for(milliseconds(50));
    auto close = bench.js.newId();
    bench.js.session.contextClose(bench.context, close);
    for (auto call : calls)
        check(bench.js.answer(call).head.flags == uint8_t(Failure::Closed),
              "a get that searched is told of the end");
    bench.js.succeeds(close, "the context closes");
    bench.nothingOfPvxs();
}

void cacheClearWhileBusy() {
    Bench bench;
    bench.source->delay = 2;
    for (int action = 0; action < 3; action++) {
        auto calls = bench.gets("slow:clear", 100);
        bench.js.until("some answers", [&] { return bench.js.answers.count(calls[10]) != 0; });
        bench.js.session.cacheClear(bench.context, action == 1 ? "" : "slow:clear", action);
        bench.allSucceed(calls, "a get over cacheClear(" + std::to_string(action) + ")");
    }
    bench.leavesNothing();
}

} // namespace

int main() {
    Deadline deadline(290);
    deadline.enter("1000 gets on one PV");
    manyOnOnePv();
    deadline.enter("slow answers hold up nobody");
    slowAnswersHoldUpNobody();
    deadline.enter("idle operations are closed");
    idleOnesAreClosed();
    deadline.enter("abandon while busy");
    abandonWhileBusy(false);
    deadline.enter("abandon while busy, with report");
    abandonWhileBusy(true);
    deadline.enter("abandon all of a silent server");
    abandonAllOfASilentServer();
    deadline.enter("the server restarts");
    serverRestarts(false);
    deadline.enter("the server restarts with another type");
    serverRestarts(true);
    deadline.enter("INIT is refused");
    refusedInit();
    deadline.enter("close while busy");
    closeWhileBusy();
    deadline.enter("close while searching");
    closeWhileSearching();
    deadline.enter("cacheClear while busy");
    cacheClearWhileBusy();
    std::printf("ok\n");
    return 0;
}
