// delivery::Outbox under pressure: many producers on several workers, few and small slabs, a slow taker. Every record
// arrives once, in its producer's order. What travels beside the slabs stays within its credit.
#include "delivery/outbox.h"

#include <atomic>
#include <random>

#include "harness.h"
#include "upstream/internals.h"

using namespace harness;
using delivery::Outbox;
using delivery::Waiter;

namespace {

constexpr uint32_t kSlab = 4096;
constexpr size_t kBesideLimit = size_t(32) << 20; // what outbox.h promises

// Bytes that were offered beside the slabs and not fetched, including those of an offer under way.
struct Ledger {
    std::atomic<size_t> inFlight{0};
};

// Like a subscription: offers its next record until no slab is free, and continues when it is resumed.
class Producer final : public Waiter, public std::enable_shared_from_this<Producer> {
public:
    Producer(uint32_t id, uint32_t total, const std::shared_ptr<Outbox>& outbox,
             const threads::Loop& worker, Ledger& ledger, bool arrays)
        : id_(id), total_(total), outbox_(outbox), worker_(worker), ledger_(ledger),
          arrays_(arrays) {}

    bool resume() override {
        check(!running_.exchange(true), "a waiter is resumed on its own worker only");
        bool done = go();
        running_ = false;
        return done;
    }
    threads::Loop loop() override { return worker_; }
    std::shared_ptr<Waiter> shared() override { return shared_from_this(); }
    [[nodiscard]] bool finished() const { return next_ == total_; }

private:
    bool go() {
        while (next_ < total_) {
            if (!offer(next_)) return false;
            next_++;
        }
        return true;
    }

    // Sizes differ; one in 37 is larger than a slab; with arrays, one in 5 has two of them beside it.
    bool offer(uint32_t n) {
        Bytes content(size_t(8) + (n % 37 == 36 ? 3 * kSlab : n % 200), uint8_t(n));
        std::memcpy(content.data(), &n, sizeof n);
        std::vector<wire::Array> beside;
        size_t bytes = 0;
        if (arrays_ && n % 5 == 0)
            for (size_t k = 0; k < 2; k++) {
                pvxs::shared_array<uint8_t> array(size_t(1) << 20, uint8_t(id_ + n + k));
                bytes += array.size();
                beside.push_back(array.freeze().castTo<const void>());
            }
        // Before the offer: the taker may fetch them before it returns.
        ledger_.inFlight += bytes;
        bool ok = outbox_->offer(
            {Kind::Update, 0, uint16_t(beside.size()), 0, id_, 0},
            [&](wire::Buffer& to) { wire::putBytes(to, content.data(), content.size()); }, *this,
            &beside);
        if (!ok) ledger_.inFlight -= bytes;
        return ok;
    }

    const uint32_t id_, total_;
    const std::shared_ptr<Outbox> outbox_;
    const threads::Loop worker_;
    Ledger& ledger_;
    const bool arrays_;
    std::atomic<uint32_t> next_{0};
    std::atomic<bool> running_{false};
};

class Taker {
public:
    Taker(Outbox& outbox, size_t slabs, Ledger& ledger) : outbox_(outbox), ledger_(ledger) {
        for (size_t i = 0; i < slabs; i++) {
            slabs_.push_back(std::make_unique<Bytes>(kSlab));
            outbox_.addSlab(slabs_.back()->data(), kSlab);
        }
    }

    // What JS does between a wake-up and the next: takes until nothing is left.
    size_t turn(std::mt19937& random) {
        size_t records = 0;
        int32_t back = -1;
        for (;;) {
            lingering = random() % 2 == 0;
            auto taken = outbox_.take(back, lingering);
            back = -1;
            if (taken.slab == delivery::Taken::kNothing) return records;
            auto memory = taken.own ? taken.own->data() : slabs_[size_t(taken.slab)]->data();
            forEachRecord(memory, taken.bytes, [&](const Record& record) {
                take(record);
                records++;
            });
            if (taken.slab < 0) continue;
            if (random() % 3 == 0)
                outbox_.give(taken.slab);
            else
                back = taken.slab;
            if (random() % 50 == 0) std::this_thread::sleep_for(milliseconds(1));
        }
    }

    std::map<uint32_t, uint32_t> next;
    bool lingering = false; // as told with the last take

private:
    void take(const Record& record) {
        check(record.content.size() >= 4, "a record has its content");
        uint32_t n;
        std::memcpy(&n, record.content.data(), sizeof n);
        auto& expected = next[record.head.id];
        check(n == expected, "producer " + std::to_string(record.head.id) + ": record " +
                                 std::to_string(expected) + " was expected, " + std::to_string(n) +
                                 " came");
        expected++;
        for (size_t at = 8; at < record.content.size(); at++)
            check(record.content[at] == uint8_t(n), "no byte is another record's");
        for (size_t k = 0; k < record.head.externals; k++) {
            auto array = outbox_.takeArray().castTo<const uint8_t>();
            check(array.size() == size_t(1) << 20 && array[0] == uint8_t(record.head.id + n + k) &&
                      array[array.size() - 1] == array[0],
                  "the arrays of a record are its own, in order");
            ledger_.inFlight -= array.size();
        }
    }

    Outbox& outbox_;
    Ledger& ledger_;
    std::vector<std::unique_ptr<Bytes>> slabs_;
};

struct Wakeup {
    std::mutex lock;
    std::condition_variable changed;
    bool ringing = false;
    void signal() {
        std::lock_guard<std::mutex> guard(lock);
        ringing = true;
        changed.notify_all();
    }
    // As in JS: a lingering taker looks again by itself, an idle one waits for the wake-up and stalls without it.
    void wait(bool lingering) {
        std::unique_lock<std::mutex> guard(lock);
        auto limit = lingering ? milliseconds(1) : milliseconds(30'000);
        bool signalled = changed.wait_for(guard, limit, [this] { return ringing; });
        check(signalled || lingering, "an idle listener was never woken");
        ringing = false;
    }
};

void manyProducers(size_t slabs, uint32_t perProducer, bool arrays, uint32_t seed) {
    constexpr uint32_t workers = 4, each = 6, pushers = 3;
    Wakeup wakeup;
    Ledger ledger;
    auto outbox = std::make_shared<Outbox>([&] { wakeup.signal(); });
    Taker taker(*outbox, slabs, ledger);
    std::vector<std::unique_ptr<pvxs::impl::evbase>> bases;
    std::vector<std::shared_ptr<Producer>> producers;
    for (uint32_t w = 0; w < workers; w++) {
        bases.push_back(std::make_unique<pvxs::impl::evbase>("test" + std::to_string(w)));
        threads::Loop loop(*bases.back());
        for (uint32_t p = 0; p < each; p++) {
            auto producer = std::make_shared<Producer>(w * 100 + p + 1, perProducer, outbox, loop,
                                                       ledger, arrays);
            producers.push_back(producer);
            check(loop.post([producer] { producer->resume(); }), "the worker runs");
        }
    }
    std::vector<std::thread> threads;
    for (uint32_t t = 0; t < pushers; t++)
        threads.emplace_back([&, t] {
            for (uint32_t n = 0; n < perProducer; n++) {
                outbox->push({Kind::Result, 0, 0, 0, 1000 + t, 0}, [n](wire::Buffer& to) {
                    wire::put(to, n);
                    wire::put(to, uint32_t(0));
                });
                if (n % 64 == 0) std::this_thread::yield();
            }
        });
    std::mt19937 random(seed);
    const size_t expected = size_t(perProducer) * (workers * each + pushers);
    size_t got = 0;
    auto end = Clock::now() + std::chrono::seconds(100);
    while (got < expected) {
        auto records = taker.turn(random);
        got += records;
        // each worker may have one offer under way
        check(ledger.inFlight <= kBesideLimit + workers * (size_t(2) << 20),
              "what waits beside the slabs stays within the credit");
        if (records == 0) wakeup.wait(taker.lingering);
        check(Clock::now() < end,
              "stalled at " + std::to_string(got) + " of " + std::to_string(expected));
    }
    for (auto& thread : threads) thread.join();
    for (auto& producer : producers) check(producer->finished(), "every producer is through");
    check(got == expected && taker.turn(random) == 0, "nothing came twice");
    check(ledger.inFlight == 0, "every array was fetched");
    outbox->close();
    for (auto& base : bases) base->sync();
}

// The rule of the listener: anything wakes an idle one, nothing a busy one, urgent records or few slabs a lingering one.
void wakesWhenItShould() {
    int wakes = 0;
    Ledger ledger;
    auto outbox = std::make_shared<Outbox>([&] { wakes++; });
    Taker taker(*outbox, 8, ledger);
    pvxs::impl::evbase base("test");
    threads::Loop loop(base);
    auto producer = std::make_shared<Producer>(1, 0, outbox, loop, ledger, false);
    auto offer = [&](size_t size) {
        Bytes content(size);
        return outbox->offer(
            {Kind::Update, 0, 0, 0, 1, 0},
            [&](wire::Buffer& to) { wire::putBytes(to, content.data(), content.size()); },
            *producer, nullptr);
    };
    check(offer(8) && wakes == 1, "an idle listener is woken by an update");
    check(offer(8) && wakes == 1, "a busy one is not");
    auto taken = outbox->take(-1, true);
    check(taken.slab >= 0, "there is something to take");
    check(outbox->take(taken.slab, true).slab == delivery::Taken::kNothing, "and then nothing");
    check(offer(8) && wakes == 1, "a lingering one is not woken by an update");
    outbox->push({Kind::Result, 0, 0, 0, 2, 0});
    check(wakes == 2, "a lingering one is woken by a result");
    taken = outbox->take(-1, true);
    check(outbox->take(taken.slab, true).slab == delivery::Taken::kNothing, "nothing is left");
    for (int i = 0; i < 8 && wakes == 2; i++) check(offer(kSlab - 200), "a slab is free");
    check(wakes == 3, "a lingering one is woken when slabs run short");
}

// A waiter is resumed when a slab is free, or when arrays have been fetched. Nothing waits after close().
void resumesAndForgets() {
    Ledger ledger;
    auto outbox = std::make_shared<Outbox>([] {});
    pvxs::impl::evbase base("test");
    threads::Loop loop(base);
    // No slab at all: it waits at once.
    auto producer = std::make_shared<Producer>(1, 3, outbox, loop, ledger, false);
    std::weak_ptr<Producer> weak = producer;
    bool through = true;
    base.call([&] { through = producer->resume(); });
    check(!through, "without a slab it waits");
    Taker taker(*outbox, 1, ledger);
    outbox->take(-1, false);
    base.sync();
    check(producer->finished(), "a slab brings it on");

    auto waiting = std::make_shared<Producer>(2, 100000, outbox, loop, ledger, false);
    weak = waiting;
    base.call([&] { through = waiting->resume(); });
    check(!through, "it waits for a slab");
    outbox->close();
    waiting.reset();
    base.sync();
    check(weak.expired(), "close() lets go of all that wait");
}

} // namespace

int main() {
    Deadline deadline(280);
    deadline.enter("wake rule");
    wakesWhenItShould();
    deadline.enter("resume and close");
    resumesAndForgets();
    for (uint32_t seed = 1; seed <= 2; seed++) {
        deadline.enter("many producers, two slabs, seed " + std::to_string(seed));
        manyProducers(2, 300, false, seed);
    }
    deadline.enter("many producers, one slab");
    manyProducers(1, 150, false, 4);
    deadline.enter("many producers with arrays");
    manyProducers(4, 30, true, 5);
    std::printf("ok\n");
    return 0;
}
