// A server that posts to SharedPVs of PVXS, the measure for our own server: PV `post:0`.
//
//   post_server --bytes 0 --rate 0
//
// --bytes 0: NTScalar double, value and time; else NTScalarArray double of so many bytes.
// --rate 0: as fast as it goes (subscribers see squashed updates), else posts a second.
// Prints {"tcp": port}; posts once the first line has come on stdin. After each further line prints
// what was posted and the processor time since the line before; ends with stdin.
//
// Threads: a thread of its own posts, as in an application.

#include <atomic>
#include <thread>

#include <pvxs/log.h>
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>

#include "bench.h"

using namespace pvxs;

namespace {

void serve(const bench::Args& args) {
    const size_t bytes = args.count("bytes");
    const double rate = args.number("rate");
    const auto prototype = bytes ? bench::arrayPrototype() : bench::scalarPrototype();
    auto pv = server::SharedPV::buildReadonly();
    pv.open(prototype);
    auto serv = server::Config::isolated().build().addPV("post:0", pv);
    serv.start();
    bench::Line().add("tcp", serv.config().tcp_port);
    std::string line;
    if (!std::getline(std::cin, line)) return;

    std::atomic<uint64_t> posted{0};
    std::atomic<bool> stop{false};
    const auto list = bytes ? bench::doubles(bytes, 0) : shared_array<const double>();
    std::thread poster([&] {
        const auto start = bench::Clock::now();
        for (uint64_t n = 1; !stop; n++) {
            auto v = prototype.cloneEmpty();
            if (bytes) {
                v["value"] = list;
                v["timeStamp.userTag"] = int32_t(n);
                v["timeStamp.secondsPastEpoch"] = int64_t(1'700'000'000);
            } else {
                bench::setDelta(v, n);
            }
            pv.post(v);
            posted++;
            // In bursts of a millisecond, as our own server must.
            if (rate > 0 && n % std::max<uint64_t>(1, uint64_t(rate / 1000)) == 0)
                std::this_thread::sleep_until(start +
                                              std::chrono::duration<double>(double(n) / rate));
        }
    });
    uint64_t posts = 0;
    double cpu = bench::cpuSeconds();
    auto start = bench::Clock::now();
    while (std::getline(std::cin, line)) {
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
    stop = true;
    poster.join();
    serv.stop();
}

} // namespace

int main(int argc, char* argv[]) {
    return bench::guarded([&] {
        logger_config_env();
        serve(bench::Args(argc, argv, {{"bytes", "0"}, {"rate", "0"}}));
    });
}
