// A PVXS server under load, which loses nothing for pipelined subscribers.
//
//   load:K            NTScalar double, as fast as the subscriber's window allows (pipeline only)
//   full:K            the same, every leaf changes
//   array:BYTES:K     NTScalarArray double of so many bytes, as fast as the window allows
//   rate:K            NTScalar double at a fixed rate (--rate, Hz for each PV), pipelined or not
//   static:K          mailbox NTScalar, for get and put
//   bytes:BYTES       mailbox NTScalarArray of so many bytes
//   new:K             the same mailbox under any number of names
//   echo              RPC
//
// Prints {"tcp": port}; after each line on stdin what was posted and the processor time since the
// line before; ends with stdin.
//
// Threads: all subscriber state belongs to the PVXS worker, except the `rate:` list, which has a lock.

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <pvxs/log.h>
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>
#include <pvxs/source.h>

#include "bench.h"

using namespace pvxs;

namespace {

std::atomic<uint64_t> posted{0};

enum class Kind { Scalar, Full, Array };

// One pipelined subscriber, fed whenever its window opens.
class Fed {
public:
    Fed(std::unique_ptr<server::MonitorControlOp> control, const Value& prototype, Kind kind,
        const shared_array<const double>& list)
        : control(std::move(control)), prototype(prototype), kind(kind), list(list) {}

    // tryPost() returns whether the queue has a free place *after* it, and returns the same `false` when it dropped the
    // value because there was none before. So look first, then continue while it returns true.
    void feed() {
        server::MonitorStat stat;
        control->stats(stat);
        if (!stat.running || stat.nQueue >= stat.limitQueue) return;
        while (control->tryPost(next())) {
        }
    }

private:
    Value next() {
        auto v = prototype.cloneEmpty();
        const uint64_t n = counter++;
        if (kind == Kind::Array)
            fillArray(v, n);
        else if (kind == Kind::Full)
            bench::setEveryLeaf(v, n);
        else
            bench::setDelta(v, n);
        if (n == 0 && kind == Kind::Scalar) v["display.units"] = "mA";
        posted++;
        return v;
    }
    // The array is shared by all updates: the counter of an array PV travels in the time stamp.
    void fillArray(Value& v, uint64_t n) {
        v["value"] = list;
        v["timeStamp.userTag"] = int32_t(n);
        v["timeStamp.secondsPastEpoch"] = int64_t(1'700'000'000);
    }

    const std::unique_ptr<server::MonitorControlOp> control;
    const Value prototype;
    const Kind kind;
    const shared_array<const double> list;
    uint64_t counter = 0;
};

// The subscribers of the `rate:` PVs, and the thread that posts to them.
class Ticker {
public:
    explicit Ticker(double rate)
        : rate(rate), prototype(bench::scalarPrototype()), worker([this] { run(); }) {}
    ~Ticker() {
        {
            std::lock_guard<std::mutex> g(lock);
            stop = true;
        }
        wake.notify_all();
        worker.join();
    }
    void add(std::shared_ptr<server::MonitorControlOp> op) {
        std::lock_guard<std::mutex> g(lock);
        subscribers.push_back(std::move(op));
    }
    void remove(const server::MonitorControlOp* op) {
        std::lock_guard<std::mutex> g(lock);
        for (auto it = subscribers.begin(); it != subscribers.end(); ++it)
            if (it->get() == op) return void(subscribers.erase(it));
    }
    const Value& type() const { return prototype; }

private:
    void run() {
        const auto start = bench::Clock::now();
        for (uint64_t n = 0;; n++) {
            const auto due = start + std::chrono::duration_cast<bench::Clock::duration>(
                                         std::chrono::duration<double>(double(n) / rate));
            std::vector<std::shared_ptr<server::MonitorControlOp>> now;
            {
                std::unique_lock<std::mutex> g(lock);
                if (wake.wait_until(g, due, [this] { return stop; })) return;
                now = subscribers;
            }
            for (auto& op : now) {
                auto v = prototype.cloneEmpty(); // one each: a squash writes into the posted value
                bench::setDelta(v, n);
                op->post(v);
                posted++;
            }
        }
    }
    const double rate;
    const Value prototype;
    std::mutex lock;
    std::condition_variable wake;
    bool stop = false;
    std::vector<std::shared_ptr<server::MonitorControlOp>> subscribers;
    std::thread worker; // last: it uses all of the above
};

server::SharedPV mailbox(const Value& initial) {
    auto pv = server::SharedPV::buildMailbox();
    pv.open(initial);
    return pv;
}

class Load final : public server::Source {
public:
    explicit Load(double rate) : ticker(rate) {}

    void onSearch(Search& op) override {
        for (auto& name : op)
            if (serves(name.name())) name.claim();
    }

    void onCreate(std::unique_ptr<server::ChannelControl>&& op) override {
        const auto name = op->name();
        if (!serves(name)) return;
        if (starts(name, "new:")) return any.attach(std::move(op));
        std::shared_ptr<server::ChannelControl> channel(std::move(op));
        channel->onSubscribe([this, name](std::unique_ptr<server::MonitorSetupOp>&& setup) {
            if (starts(name, "rate:"))
                tick(std::move(setup));
            else
                push(std::move(setup), name);
        });
        // The channel owns this functor, and with it itself, until it closes.
        channel->onClose([channel](const std::string&) mutable { channel.reset(); });
    }

private:
    static bool starts(const std::string& text, const char* prefix) {
        return text.rfind(prefix, 0) == 0;
    }
    static bool serves(const std::string& name) {
        return starts(name, "load:") || starts(name, "full:") || starts(name, "array:") ||
               starts(name, "rate:") || starts(name, "new:");
    }

    void tick(std::unique_ptr<server::MonitorSetupOp>&& setup) {
        std::shared_ptr<server::MonitorControlOp> control(setup->connect(ticker.type()));
        const auto raw = control.get();
        std::weak_ptr<server::MonitorControlOp> weak(control);
        control->onStart([this, raw, weak, kept = control](bool start) mutable {
            if (start) {
                if (auto op = weak.lock()) ticker.add(op);
            } else {
                ticker.remove(raw);
                kept.reset();
            }
        });
    }

    void push(std::unique_ptr<server::MonitorSetupOp>&& setup, const std::string& name) {
        Kind kind = starts(name, "full:") ? Kind::Full : Kind::Scalar;
        shared_array<const double> list;
        if (starts(name, "array:")) {
            kind = Kind::Array;
            list = arrayOf(std::stoul(name.substr(6)));
        }
        const Value& prototype = kind == Kind::Array ? arrays : scalars;
        auto control = setup->connect(prototype);
        auto* raw = control.get();
        auto fed = std::make_shared<Fed>(std::move(control), prototype, kind, list);
        raw->onHighMark([fed] { fed->feed(); });
        raw->onStart([fed](bool start) {
            if (start) fed->feed();
        });
    }

    const shared_array<const double>& arrayOf(size_t bytes) {
        auto found = lists.find(bytes);
        if (found == lists.end()) found = lists.emplace(bytes, bench::doubles(bytes, 0)).first;
        return found->second;
    }

    Ticker ticker;
    const Value scalars = bench::scalarPrototype();
    server::SharedPV any = mailbox(bench::scalarPrototype());
    const Value arrays = bench::arrayPrototype();
    std::map<size_t, shared_array<const double>> lists;
};

void serve(const bench::Args& args) {
    auto serv = server::Config::isolated().build();
    serv.addSource("load", std::make_shared<Load>(args.number("rate")));

    for (size_t i = 0; i < args.count("statics"); i++) {
        auto v = bench::scalarPrototype();
        bench::setEveryLeaf(v, i);
        serv.addPV("static:" + std::to_string(i), mailbox(v));
    }
    for (size_t bytes : {1u << 10, 1u << 16, 1u << 20, 1u << 23}) {
        auto v = bench::arrayPrototype();
        v["value"] = bench::doubles(bytes, 0);
        serv.addPV("bytes:" + std::to_string(bytes), mailbox(v));
    }
    auto echo = server::SharedPV::buildReadonly();
    echo.onRPC([](server::SharedPV&, std::unique_ptr<server::ExecOp>&& op, Value&& arg) {
        if (arg)
            op->reply(arg);
        else
            op->reply();
    });
    echo.open(bench::scalarPrototype());
    serv.addPV("echo", echo);

    serv.start();
    bench::Line().add("tcp", serv.config().tcp_port);

    uint64_t posts = 0;
    double cpu = bench::cpuSeconds();
    auto start = bench::Clock::now();
    for (std::string line; std::getline(std::cin, line);) {
        const uint64_t p = posted;
        const double c = bench::cpuSeconds();
        bench::Line()
            .add("posted", p - posts)
            .add("cpu", c - cpu)
            .add("seconds", bench::since(start));
        posts = p;
        cpu = c;
        start = bench::Clock::now();
    }
    serv.stop();
}

} // namespace

int main(int argc, char* argv[]) {
    return bench::guarded([&] {
        logger_config_env();
        serve(bench::Args(argc, argv, {{"rate", "100"}, {"statics", "1000"}}));
    });
}
