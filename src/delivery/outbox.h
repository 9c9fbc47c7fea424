// Outbox: takes records from native threads to the JS thread, through slabs that JS owns. One per environment.
//
// Threads: offer(), push(), hurry(), typeId(), keepType(), close() on any thread; take(), give(), takeArray(), addSlab()
//          on the JS thread.
// Owner:   the Session, by shared_ptr. Work posted to PVXS workers holds it weakly.
// Death:   after close() records are dropped and nothing wakes JS. The slabs' memory is not used after close().
//
// One lock guards every member. It is held for one encode and never over a call into JS. PVXS takes no lock of its own
// while it encodes.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "delivery/records.h"
#include "delivery/taken.h"
#include "threads/loop.h"
#include "wire/update.h"

namespace nodepvxs::delivery {

// Arrays of at least this many bytes travel beside their record, without a copy. For smaller ones a copy costs less than
// the garbage collection of an external buffer.
constexpr size_t kBesideBytes = 32 * 1024;

// A subscription that found no free slab for its update. It is resumed on its own worker.
class Waiter {
public:
    virtual ~Waiter() = default;
    // On its worker. False: it has to wait again.
    virtual bool resume() = 0;
    virtual threads::Loop loop() = 0;
    virtual std::shared_ptr<Waiter> shared() = 0;
};

// A reference to a callable that lives as long as the call it is passed to.
class Encode {
public:
    template <typename F>
    Encode(const F& f) // NOLINT(google-explicit-constructor): the caller writes a lambda
        : object_(&f),
          call_([](const void* o, wire::Buffer& b) { (*static_cast<const F*>(o))(b); }) {}
    void operator()(wire::Buffer& to) const { call_(object_, to); }

private:
    const void* object_;
    void (*call_)(const void*, wire::Buffer&);
};

class Outbox final : public std::enable_shared_from_this<Outbox> {
public:
    explicit Outbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void addSlab(uint8_t* memory, uint32_t size);

    // Writes one record into a slab. False: no slab is free. `waiter` has then been queued under the same lock, so that
    // a slab that comes back meanwhile is not missed. `encode` may run more than once.
    [[nodiscard]] bool offer(Head head, Encode encode, Waiter& waiter,
                             std::vector<wire::Array>* beside);
    // Writes one record in any case, into its own buffer when no slab is free. For records whose number is bounded by
    // what the user has asked for: results, events, server operations.
    void push(Head head, Encode encode, std::vector<wire::Array>* beside = nullptr);
    void push(Head head) {
        push(head, [](wire::Buffer&) {});
    }
    // A subscription waits for JS to give credit: do not let JS linger.
    void hurry();

    // The next filled slab or oversize record. With nothing left JS lingers (only urgent records wake it) or idles.
    Taken take(int32_t back, bool linger);
    void give(int32_t slab);
    wire::Array takeArray();

    // The id of a type, announced by a Type record before it is first used.
    //
    // Peers may send new types without end, so old ones are forgotten: after kMostTypes a new age begins here and, one
    // age later, in JS. Code that keeps an id compares typeAge() before it uses the id again, and calls keepType() when
    // the age has changed. The delay in JS covers a record that is written with an id looked up just before.
    uint32_t typeId(const Bytes& description);
    void keepType(uint32_t id, const Bytes& description);
    [[nodiscard]] uint32_t typeAge() const { return typeAge_; }

    void close();

private:
    enum class Listener { Idle, Linger, Busy };
    struct Slab {
        uint8_t* memory;
        uint32_t size;
    };
    // Those that wait for a free slab, one queue per worker: a waiter may run only on its own worker.
    struct Queue {
        threads::Loop loop;
        std::deque<std::shared_ptr<Waiter>> waiting;
        bool resuming = false;
    };
    // How many bytes may wait beside the slabs: arrays and oversize records that JS has not fetched.
    static constexpr size_t kBesideLimit = size_t(32) << 20;
    static constexpr size_t kMostTypes = 1000;

    bool openSlab();
    bool writeInto(Head& head, const Encode& encode);
    void writeOwn(Head& head, const Encode& encode, size_t size);
    void accept(std::vector<wire::Array>* beside);
    bool signal(bool urgent);
    void seal();
    bool forgetTypes();
    void announce(uint32_t id, const Bytes& description, bool forget);
    void enqueue(Waiter& waiter);
    void resumeQueues();
    void resumeQueue(const void* key);

    std::mutex lock_;
    // Called without the lock, possibly after close(): it has a gate of its own.
    const std::function<void()> wake_;
    std::vector<Slab> slabs_;
    std::vector<int32_t> free_; // last in, first out: the warm one again
    int32_t current_ = -1;
    uint32_t at_ = 0;
    std::deque<Taken> ready_;
    std::deque<wire::Array> arrays_;
    size_t beside_ = 0;
    std::map<const void*, Queue> queues_;
    Listener listener_ = Listener::Idle;
    std::map<Bytes, uint32_t> types_;
    uint32_t lastType_ = 0;
    std::atomic<uint32_t> typeAge_{0};
    bool closed_ = false;
};

} // namespace nodepvxs::delivery
