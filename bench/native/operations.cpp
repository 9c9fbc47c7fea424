// Gets, puts and RPCs of a C++ PVXS client: one after the other, or many in flight in waves.
//
//   operations --server 127.0.0.1:5075 --what get --inflight 1000 --pvs 100 --seconds 3 --keep 0
//
// --what first: the time of a first get, from the start of main(). --what array-get, array-put:
// `bytes:N` (--bytes). --what get-new: each time a PV that was never read before, from the given server, so
// without a search. --what latency: puts at --rate Hz, each until a monitor of the same
// process has its update.
// --sync 1: handles are released synchronously, which is PVXS's default, and waits for the worker.
// --keep 1: the operation stays open and is executed again (expert API), one round trip instead of
// two. Prints one line: operations, seconds, CPU seconds, failures.
//
// Threads: `Wave` is counted down on the PVXS worker and awaited by main.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <epicsEvent.h>
#include <pvxs/client.h>
#include <pvxs/log.h>

#include "bench.h"

using namespace pvxs;

namespace {

std::atomic<uint64_t> failed{0};

// Counts results down; wait() returns at zero.
class Wave {
public:
    void expect(size_t n) { left = n; }
    void done(client::Result&& r) {
        try {
            r();
        } catch (std::exception& e) {
            if (failed++ == 0) std::cerr << e.what() << std::endl;
        }
        if (--left == 0) event.signal();
    }
    void wait() { event.wait(); }

private:
    std::atomic<size_t> left{0};
    epicsEvent event;
};

using Operations = std::vector<std::shared_ptr<client::Operation>>;

client::Context connectTo(const std::string& server) {
    client::Config conf;
    conf.nameServers = {server};
    conf.autoAddrList = false;
    conf.udp_port = 59076;
    return conf.build();
}

// Starts operation number `i`; its result goes to `wave`.
using Start = std::function<std::shared_ptr<client::Operation>(size_t i, Wave& wave)>;

Start starter(client::Context& ctx, const bench::Args& args) {
    const auto what = args.text("what");
    const size_t pvs = args.count("pvs");
    const auto name = [pvs](size_t i) { return "static:" + std::to_string(i % pvs); };
    const auto array = "bytes:" + args.text("bytes");
    const auto list = bench::doubles(args.count("bytes"), 0);
    const bool sync = args.flag("sync");
    if (what == "get" || what == "array-get")
        return [=, &ctx](size_t i, Wave& wave) {
            return ctx.get(what == "get" ? name(i) : array)
                .syncCancel(sync)
                .result([&wave](client::Result&& r) { wave.done(std::move(r)); })
                .exec();
        };
    if (what == "get-new")
        return [server = args.text("server"), n = uint64_t(0), &ctx](size_t, Wave& wave) mutable {
            return ctx.get("new:" + std::to_string(n++))
                .server(server)
                .syncCancel(false)
                .result([&wave](client::Result&& r) { wave.done(std::move(r)); })
                .exec();
        };
    if (what == "put" || what == "array-put")
        return [=, &ctx](size_t i, Wave& wave) {
            auto put = ctx.put(what == "put" ? name(i) : array);
            put.fetchPresent(false).syncCancel(sync);
            if (what == "put")
                put.set("value", double(i));
            else
                put.set("value", list);
            return put.result([&wave](client::Result&& r) { wave.done(std::move(r)); }).exec();
        };
    if (what == "rpc")
        return [&ctx](size_t i, Wave& wave) {
            auto rpc = ctx.rpc("echo");
            rpc.syncCancel(false);
            return rpc.arg("a", int32_t(i))
                .arg("b", "text")
                .result([&wave](client::Result&& r) { wave.done(std::move(r)); })
                .exec();
        };
    throw std::invalid_argument("--what " + what);
}

void report(uint64_t done, bench::Clock::time_point start, double cpu) {
    bench::Line()
        .add("operations", done)
        .add("seconds", bench::since(start))
        .add("cpu", bench::cpuSeconds() - cpu)
        .add("failed", failed.load());
}

void measure(const bench::Args& args) {
    auto ctx = connectTo(args.text("server"));
    const auto start = starter(ctx, args);
    const size_t inflight = args.count("inflight");
    Operations ops(inflight);
    Wave wave;
    const auto run = [&](double seconds, uint64_t least = 0) {
        uint64_t done = 0;
        const auto begin = bench::Clock::now();
        for (; done < least || bench::since(begin) < seconds; done += inflight) {
            wave.expect(inflight);
            for (size_t i = 0; i < inflight; i++) ops[i] = start(i, wave);
            wave.wait();
        }
        return done;
    };
    run(args.number("warm"), 2 * args.count("pvs")); // connects every channel before it counts
    const double cpu = bench::cpuSeconds();
    const auto begin = bench::Clock::now();
    const auto done = run(args.number("seconds"));
    report(done, begin, cpu);
    ops.clear();
    ctx.close();
}

// Operations that stay open, executed again and again. Puts send the counter.
void measureKept(const bench::Args& args) {
    auto ctx = connectTo(args.text("server"));
    const bool put = args.text("what") == "put";
    const size_t inflight = args.count("inflight"), pvs = args.count("pvs");
    Operations ops(inflight);
    std::vector<Value> prototypes(inflight);
    Wave wave;
    wave.expect(inflight);
    for (size_t i = 0; i < inflight; i++) {
        const auto name = "static:" + std::to_string(i % pvs);
        const auto init = [&wave, &prototypes, i](const Value& prototype) {
            prototypes[i] = prototype.cloneEmpty();
            wave.done(client::Result(Value(), ""));
        };
        ops[i] = put ? ctx.put(name)
                           .fetchPresent(false)
                           .autoExec(false)
                           .syncCancel(false)
                           .onInit(init)
                           .exec()
                     : ctx.get(name).autoExec(false).syncCancel(false).onInit(init).exec();
    }
    wave.wait();
    const auto run = [&](double seconds, uint64_t least = 0) {
        uint64_t done = 0;
        const auto begin = bench::Clock::now();
        for (; done < least || bench::since(begin) < seconds; done += inflight) {
            wave.expect(inflight);
            for (size_t i = 0; i < inflight; i++) {
                auto finished = [&wave](client::Result&& r) { wave.done(std::move(r)); };
                if (put) {
                    auto v = prototypes[i].cloneEmpty();
                    v["value"] = double(done);
                    ops[i]->reExecPut(v, finished);
                } else {
                    ops[i]->reExecGet(finished);
                }
            }
            wave.wait();
        }
        return done;
    };
    run(args.number("warm"), 2 * args.count("pvs")); // connects every channel before it counts
    const double cpu = bench::cpuSeconds();
    const auto begin = bench::Clock::now();
    const auto done = run(args.number("seconds"));
    report(done, begin, cpu);
    ops.clear();
    ctx.close();
}

void first(const bench::Args& args, bench::Clock::time_point main) {
    auto ctx = connectTo(args.text("server"));
    ctx.get("static:0").exec()->wait(10.0);
    bench::Line().add("ms", bench::since(main) * 1e3);
}

// When each put was made, and how long after it its update came.
class Lags {
public:
    void sent(size_t n) {
        std::lock_guard<std::mutex> g(lock);
        starts.resize(n + 1);
        starts[n] = bench::Clock::now();
    }
    void came(size_t n) {
        const auto now = bench::Clock::now();
        std::lock_guard<std::mutex> g(lock);
        if (n < starts.size())
            lags.push_back(std::chrono::duration<double, std::micro>(now - starts[n]).count());
    }
    void report(size_t sent) {
        std::lock_guard<std::mutex> g(lock);
        std::sort(lags.begin(), lags.end());
        const auto at = [this](double share) {
            return lags.at(size_t(share * double(lags.size())));
        };
        bench::Line()
            .add("p50", at(0.5))
            .add("p99", at(0.99))
            .add("lost", sent - lags.size())
            .add("failed", failed.load());
    }

private:
    std::mutex lock;
    std::vector<bench::Clock::time_point> starts;
    std::vector<double> lags;
};

void latency(const bench::Args& args) {
    auto ctx = connectTo(args.text("server"));
    Lags lags;
    epicsEvent first;
    auto sub = ctx.monitor("static:0")
                   .syncCancel(false)
                   .event([&](client::Subscription& sub) {
                       for (;;) {
                           auto update = sub.pop();
                           if (!update) return;
                           first.signal();
                           lags.came(size_t(update["value"].as<double>()));
                       }
                   })
                   .exec();
    first.wait();
    const auto warm = size_t(args.number("warm") * args.number("rate"));
    const auto count = warm + size_t(args.number("seconds") * args.number("rate"));
    std::vector<std::shared_ptr<client::Operation>> ops(64);
    const auto begin = bench::Clock::now();
    for (size_t n = 0; n < count; n++) {
        std::this_thread::sleep_until(
            begin + std::chrono::duration_cast<bench::Clock::duration>(
                        std::chrono::duration<double>(double(n) / args.number("rate"))));
        lags.sent(n);
        ops[n % ops.size()] = ctx.put("static:0")
                                  .fetchPresent(false)
                                  .syncCancel(false)
                                  .set("value", double(n))
                                  .result([](client::Result&& r) { failed += r.error(); })
                                  .exec();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ctx.close();
    lags.report(count);
}

} // namespace

int main(int argc, char* argv[]) {
    const auto start = bench::Clock::now();
    return bench::guarded([&] {
        logger_config_env();
        const bench::Args args(argc, argv,
                               {{"server", ""},
                                {"what", "get"},
                                {"inflight", "1"},
                                {"pvs", "100"},
                                {"bytes", "1048576"},
                                {"seconds", "3"},
                                {"warm", "0.5"},
                                {"keep", "0"},
                                {"sync", "0"},
                                {"rate", "1000"}});
        if (args.text("what") == "first")
            first(args, start);
        else if (args.text("what") == "latency")
            latency(args);
        else if (args.flag("keep"))
            measureKept(args);
        else
            measure(args);
    });
}
