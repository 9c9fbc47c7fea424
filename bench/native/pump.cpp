// The native half of the way of an update, without a network: one thread offers NTScalar updates to the outbox, as a PVXS
// worker does, and another takes the slabs and gives them back, as the JavaScript thread does. Prints the processor time of
// the offering thread per record. The other half is bench/micro/pump.mjs.
//
//   pump --records 2000000

#include <atomic>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "bench.h"
#include "delivery/outbox.h"

using namespace nodepvxs;

namespace {

constexpr size_t kSlabs = 16, kSlabBytes = 65536;

// It has no worker to be resumed on, so it asks again.
class Impatient final : public delivery::Waiter, public std::enable_shared_from_this<Impatient> {
public:
    bool resume() override { return true; }
    threads::Loop loop() override { return {}; }
    std::shared_ptr<delivery::Waiter> shared() override { return shared_from_this(); }
};

double threadSeconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

// Nanoseconds per record. Time without a free slab does not count.
double pump(const pvxs::Value& value, size_t records) {
    auto outbox = std::make_shared<delivery::Outbox>([] {});
    std::vector<std::unique_ptr<Bytes>> slabs;
    for (size_t i = 0; i < kSlabs; i++) {
        slabs.push_back(std::make_unique<Bytes>(kSlabBytes));
        outbox->addSlab(slabs.back()->data(), kSlabBytes);
    }
    std::atomic<bool> done{false};
    std::thread taker([&] {
        for (int32_t back = -1; !done;) {
            auto taken = outbox->take(back, true);
            back = taken.slab;
            if (taken.slab < 0) std::this_thread::yield();
        }
    });
    auto waiter = std::make_shared<Impatient>();
    const wire::ArrayFields arrays(value);
    double refused = 0;
    const double begin = threadSeconds();
    for (size_t i = 0; i < records; i++) {
        for (;;) {
            wire::Update update(value, arrays, delivery::kBesideBytes);
            const bool taken = outbox->offer(
                {delivery::Kind::Update, 0, update.externals(), 0, 1, 1},
                [&](wire::Buffer& to) { update.write(to); }, *waiter, &update.beside);
            if (taken) break;
            const double from = threadSeconds();
            std::this_thread::yield();
            refused += threadSeconds() - from;
        }
    }
    const double spent = threadSeconds() - begin - refused;
    done = true;
    taker.join();
    return spent / double(records) * 1e9;
}

void run(size_t records) {
    auto delta = bench::scalarPrototype();
    bench::setDelta(delta, 1);
    auto whole = bench::scalarPrototype();
    bench::setEveryLeaf(whole, 1);
    bench::Line().add("deltaNs", pump(delta, records)).add("wholeNs", pump(whole, records / 4));
}

} // namespace

int main(int argc, char* argv[]) {
    return bench::guarded(
        [&] { run(bench::Args(argc, argv, {{"records", "2000000"}}).count("records")); });
}
