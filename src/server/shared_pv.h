// SharedPv: one value, its subscribers, and what happens when clients get, put and call.
//
// Ours instead of PVXS's SharedPV. There post() gives all subscribers one shared copy, and a full queue is squashed into
// that copy: a slow client changes what a fast one reads. There, too, a handler that throws leaves its client waiting,
// onLastDisconnect comes once per channel, and open() beside a waiting subscription can deadlock.
//
// Threads: open(), post(), deliver(), close(), current() on the JS thread; the rest on the workers of the servers that
//          serve it.
// Owner:   the Session's table, sources and channels, by shared_ptr.
// Death:   close() is not the end: the PV may be opened again, with another type.
//
// The lock is held over posting to subscribers (PVXS locks only the subscriber's queue there) and never over a call that
// waits for a worker.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <pvxs/source.h>

#include "server/pending_operations.h"
#include "server/stamp.h"
#include "upstream/channels.h"

namespace nodepvxs::server {

class Channel;

enum PvFlag : uint32_t {
    kMailbox = 1,
    kReadonly = 2,
    kOnPut = 4,
    kOnRpc = 8,
    kOnGet = 16,
    kOccupancy = 32
};

class SharedPv final : public std::enable_shared_from_this<SharedPv> {
public:
    SharedPv(uint32_t id, uint32_t flags, std::shared_ptr<PendingOperations> pending,
             std::shared_ptr<delivery::Outbox> outbox);
    const uint32_t id;

    // Throws std::logic_error when it is open already.
    // `stamped`: with the current time, unless the value brings one.
    void open(pvxs::Value value, bool stamped);
    // Subscribers get the value with deliver(): to wake the worker costs more than a post. True: values wait for deliver(),
    // and none did before. `stamped`: with the current time, unless the value brings one. Throws std::logic_error when
    // the PV is closed.
    bool post(const uint8_t* bytes, size_t size, bool stamped);
    void deliver();
    void close();
    // Changed bitset and fields. Empty when the PV is closed.
    Bytes current();
    size_t subscribers();

    void opened(const std::shared_ptr<Channel>& channel);
    void closed(Channel& channel);
    void connect(Channel& channel, std::unique_ptr<pvxs::server::ConnectOp>&& op);
    void subscribe(Channel& channel, std::unique_ptr<pvxs::server::MonitorSetupOp>&& op);
    void rpc(Channel& channel, std::unique_ptr<pvxs::server::ExecOp>&& op,
             const pvxs::Value& argument);

private:
    struct Subscriber {
        // While the PV is closed.
        std::unique_ptr<pvxs::server::MonitorSetupOp> setup;
        std::unique_ptr<pvxs::server::MonitorControlOp> control;
        threads::Loop loop;
        // At least this many posts can be made before the queue has only one place left.
        size_t places = 0;

        void post(const pvxs::Value& value);
    };
    using Guard = std::lock_guard<std::mutex>;

    // Under the lock. Subscribers share `value` from then on, so it must not be written to any more.
    void take(const pvxs::Value& value);
    void deliverWaiting();
    void activate(const std::shared_ptr<Subscriber>& subscriber);
    void onGet(Channel& channel, const uint64_t& generation,
               std::unique_ptr<pvxs::server::ExecOp>&& op);
    void onPut(Channel& channel, std::unique_ptr<pvxs::server::ExecOp>&& op, pvxs::Value& value);
    pvxs::Value emptyOrNothing();

    const uint32_t flags_;
    const std::shared_ptr<PendingOperations> pending_;
    const std::shared_ptr<delivery::Outbox> outbox_;
    std::mutex lock_;
    pvxs::Value current_;
    Stamp stamp_;                      // for its type
    uint64_t generation_ = 0;          // counts calls of open()
    std::vector<pvxs::Value> waiting_; // posted, and not delivered yet
    std::vector<std::shared_ptr<Subscriber>> subscribers_;
    // While the PV is closed: operations to connect, each with where to write the generation it is connected with.
    std::map<std::shared_ptr<pvxs::server::ConnectOp>, std::shared_ptr<uint64_t>> connecting_;
    std::map<Channel*, std::weak_ptr<Channel>> channels_;
};

} // namespace nodepvxs::server
