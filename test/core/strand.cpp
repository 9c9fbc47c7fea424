// threads::Strand: one piece of work after another, in order, on a thread that lives only while there is work.
#include "threads/strand.h"

#include <atomic>

#include "harness.h"

using namespace harness;
using threads::Strand;

static void keepsOrder() {
    auto strand = std::make_shared<Strand>();
    std::vector<int> seen; // without a lock: ThreadSanitizer finds a second thread that uses it
    std::atomic<int> inside{0};
    for (int i = 0; i < 5000; i++)
        check(strand->run([&, i] {
            check(++inside == 1, "one piece of work at a time");
            seen.push_back(i);
            --inside;
        }),
              "work is taken");
    check(strand->drain(milliseconds(10'000)), "all work is done");
    check(seen.size() == 5000, "none is lost");
    for (int i = 0; i < 5000; i++) check(seen[size_t(i)] == i, "the order is kept");
}

static void runsFromManyThreads() {
    auto strand = std::make_shared<Strand>();
    std::vector<int> last(8, -1);
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; t++)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; i++)
                check(strand->run([&, t, i] {
                    check(last[size_t(t)] == i - 1, "each caller's work runs in its order");
                    last[size_t(t)] = i;
                    done++;
                }),
                      "work is taken");
        });
    for (auto& thread : threads) thread.join();
    check(strand->drain(milliseconds(10'000)), "all work is done");
    check(done == 4000, "none is lost");
}

static void workMayAddWork() {
    auto strand = std::make_shared<Strand>();
    std::atomic<int> depth{0};
    std::function<void()> again = [&] {
        if (++depth < 100) check(strand->run(again), "work from within work is taken");
    };
    check(strand->run(again), "work is taken");
    check(strand->drain(milliseconds(10'000)) && depth == 100, "work that work adds is run");
}

static void drainGivesUp() {
    auto strand = std::make_shared<Strand>();
    std::mutex lock;
    std::condition_variable changed;
    bool go = false, done = false;
    check(strand->run([&] {
        std::unique_lock<std::mutex> guard(lock);
        changed.wait(guard, [&] { return go; });
        done = true;
        changed.notify_all();
    }),
          "work is taken");
    auto begin = Clock::now();
    check(!strand->drain(milliseconds(100)), "drain gives up on work that hangs");
    check(Clock::now() - begin < std::chrono::seconds(5), "and does so in time");
    {
        std::lock_guard<std::mutex> guard(lock);
        go = true;
    }
    changed.notify_all();
    check(strand->drain(milliseconds(10'000)), "work that was late is done in the end");
    std::lock_guard<std::mutex> guard(lock);
    check(done, "it ran");
}

// The owner goes while the strand still has work: the thread keeps what it needs.
static void outlivesItsOwner() {
    std::mutex lock;
    std::condition_variable changed;
    int ran = 0;
    {
        auto strand = std::make_shared<Strand>();
        for (int i = 0; i < 100; i++)
            check(strand->run([&] {
                std::lock_guard<std::mutex> guard(lock);
                ran++;
                changed.notify_all();
            }),
                  "work is taken");
    }
    std::unique_lock<std::mutex> guard(lock);
    check(changed.wait_for(guard, std::chrono::seconds(10), [&] { return ran == 100; }),
          "all of it ran");
}

int main() {
    Deadline deadline(120);
    deadline.enter("order");
    keepsOrder();
    deadline.enter("many threads");
    runsFromManyThreads();
    deadline.enter("work from work");
    workMayAddWork();
    deadline.enter("drain");
    drainGivesUp();
    deadline.enter("owner gone");
    outlivesItsOwner();
    std::printf("ok\n");
    return 0;
}
