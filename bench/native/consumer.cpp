// The C++ monitor client that the binding is measured against: pops in batches on the PVXS worker
// until empty, reads value and time of each update, and checks the counter.
//
//   consumer --server 127.0.0.1:5075 --name load: --pvs 100 --queue 64 --pipeline 1 --seconds 3
//   --contexts 1
//
// Prints {"ready": true} when every PV has delivered, and after --seconds one line of results.
// With --idle 1 it measures memory instead: so many subscriptions, one update each, then nothing.
//
// Threads: the counters of a subscription belong to its context's worker; the sums are read when
// all is closed.

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <pvxs/client.h>
#include <pvxs/log.h>

#include "bench.h"

using namespace pvxs;

namespace {

std::atomic<uint64_t> updates{0}, lost{0}, connected{0}, bytes{0};
// The time of the first counted update to the last keeps start-up out of the figures.
std::atomic<bool> counting{false};

// One subscription.
class Watcher {
public:
    explicit Watcher(bool array) : array(array) {}

    void drain(client::Subscription& sub) {
        for (bool more = true; more;) {
            try {
                more = sub.pop(batch);
                for (auto& v : batch) take(v);
            } catch (client::Disconnect& e) {
                std::cerr << e.what() << std::endl;
            }
        }
        batch.clear();
    }

private:
    void take(const Value& v) {
        uint64_t n = 0;
        if (array) {
            auto list = v["value"].as<shared_array<const double>>();
            if (counting && (list.empty() || list[list.size() - 1] != double(list.size() - 1)))
                wrong++;
            n = uint64_t(v["timeStamp.userTag"].as<int32_t>());
            if (counting) bytes += list.size() * sizeof(double);
        } else {
            n = uint64_t(v["value"].as<double>());
        }
        if (v["timeStamp.secondsPastEpoch"].as<int64_t>() == 0 && counting) wrong++;
        if (!seen)
            connected++;
        else if (counting && n > last)
            lost += n - last - 1;
        seen = true;
        last = n;
        if (counting) updates++;
    }

    const bool array;
    std::vector<Value> batch;
    uint64_t last = 0;
    bool seen = false;

public:
    static std::atomic<uint64_t> wrong;
};
std::atomic<uint64_t> Watcher::wrong{0};

client::Context connectTo(const std::string& server) {
    client::Config conf;
    conf.nameServers = {server};
    conf.autoAddrList = false;
    conf.udp_port = 59076;
    return conf.build();
}

void watch(const bench::Args& args) {
    const size_t pvs = args.count("pvs"), contexts = args.count("contexts");
    const bool array = args.text("name").rfind("array:", 0) == 0 || args.flag("array");
    std::vector<client::Context> all;
    std::vector<std::shared_ptr<client::Subscription>> subs;
    const size_t before = bench::residentKb();
    for (size_t c = 0; c < contexts; c++) {
        all.push_back(connectTo(args.text("server")));
        for (size_t i = 0; i < pvs; i++) {
            auto watcher = std::make_shared<Watcher>(array);
            auto monitor = all.back().monitor(args.text("name") + std::to_string(i));
            if (args.count("queue")) monitor.record("queueSize", uint32_t(args.count("queue")));
            if (args.flag("pipeline")) monitor.record("pipeline", true);
            subs.push_back(monitor.syncCancel(false)
                               .event([watcher](client::Subscription& s) { watcher->drain(s); })
                               .exec());
        }
    }
    while (connected < pvs * contexts) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (args.flag("idle")) {
        bench::Line().add("subscriptions", pvs * contexts).add("kb", bench::residentKb() - before);
        return;
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(args.number("warm")));
    bench::Line().add("ready", true);

    const double cpu = bench::cpuSeconds();
    const auto start = bench::Clock::now();
    counting = true;
    std::this_thread::sleep_for(std::chrono::duration<double>(args.number("seconds")));
    counting = false;
    const double seconds = bench::since(start), used = bench::cpuSeconds() - cpu;
    uint64_t squashed = 0;
    for (auto& sub : subs) {
        client::SubscriptionStat stat;
        sub->stats(stat);
        squashed += stat.nCliSquash;
    }
    bench::Line()
        .add("updates", updates.load())
        .add("seconds", seconds)
        .add("cpu", used)
        .add("lost", lost.load())
        .add("squashed", squashed)
        .add("bytes", bytes.load())
        .add("wrong", Watcher::wrong.load());
    subs.clear();
    for (auto& ctx : all) ctx.close();
}

} // namespace

int main(int argc, char* argv[]) {
    return bench::guarded([&] {
        logger_config_env();
        watch(bench::Args(argc, argv,
                          {{"server", ""},
                           {"name", "load:"},
                           {"pvs", "1"},
                           {"queue", "0"},
                           {"pipeline", "0"},
                           {"seconds", "3"},
                           {"warm", "0.3"},
                           {"contexts", "1"},
                           {"array", "0"},
                           {"idle", "0"}}));
    });
}
