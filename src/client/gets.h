// Gets: the gets of one Context over operations that are kept open.
//
// A PVXS get is INIT, GET, DESTROY: two round trips. An operation that stays open after its INIT
// answers the next get of the same PV and request in one. Each get still is an exchange of its own
// with the server: results are not shared. PVXS ignores an execution while one runs, so each kept
// operation serves one get at a time and further gets wait in line; an operation that nobody used
// for a second or two is closed.
//
// Threads: begin() and forget() on the JS thread or the context's strand; the rest on the context's
//          worker.
// Owner:   Gets by its Context; a Kept by Gets while idle or busy. PVXS's callbacks hold both
//          weakly.
// Locks:   Gets's lock is a leaf: no call into PVXS that waits, and no call of a Get, is made with
//          it held.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/operation.h"

namespace nodepvxs::client {

class Get;

class Gets final : public std::enable_shared_from_this<Gets> {
public:
    explicit Gets(std::shared_ptr<delivery::Outbox> outbox) : outbox_(std::move(outbox)) {}

    // The operation that serves `get` now; nullptr when it waits in line.
    std::shared_ptr<pvxs::client::Operation> begin(pvxs::client::Context& context,
                                                   const std::shared_ptr<Get>& get);
    // `get` was abandoned: the operation that runs it is given up, since PVXS cannot cancel an
    // execution alone.
    void abandoned(const Get& get);
    // Closes what is idle; an empty name means every PV. `all`: for ever.
    void forget(const std::string& name, bool all = false);

private:
    struct Kept;
    struct Line {
        std::vector<std::shared_ptr<Kept>> idle;
        std::vector<std::shared_ptr<Kept>> busy;
        std::deque<std::weak_ptr<Get>> waiting;
    };
    static constexpr size_t kParallel = 8, kIdle = 4;

    std::shared_ptr<Kept> open(Line& line, const std::shared_ptr<Get>& get);
    void onInit(const std::shared_ptr<Kept>& kept, const pvxs::Value& prototype);
    void onResult(const std::shared_ptr<Kept>& kept, pvxs::client::Result&& result);
    void onRefused(const std::shared_ptr<Kept>& kept, pvxs::client::Result&& result);
    void execute(const std::shared_ptr<Kept>& kept);
    void sweep();
    void armSweep(const wire::Loop& loop);
    static std::shared_ptr<Get> nextWaiting(Line& line);
    template <typename... Args, typename F>
    std::function<void(Args...)> guarded(const std::shared_ptr<Kept>& kept, F work);

    const std::shared_ptr<delivery::Outbox> outbox_;
    std::mutex lock_;
    // Given back by forget(all), while the closing context still holds its own: the last reference
    // must not go on the worker, which would join itself.
    pvxs::client::Context context_;
    std::map<std::string, Line> lines_;
    pvxs::Timer sweeper_; // worker
    bool sweeping_ = false;
    bool closed_ = false;
};

class Get final : public Operation {
public:
    Get(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, std::string key,
        std::shared_ptr<Gets> gets);

    // Name, server and request: gets with the same key may use the same operation.
    const std::string key;
    void adopt(std::shared_ptr<pvxs::client::Operation> operation);

private:
    friend class Gets;
    std::shared_ptr<pvxs::client::Operation> start(pvxs::client::Context& context) override;
    void onAbandoned() override;
    const std::shared_ptr<Gets> gets_;
};

} // namespace nodepvxs::client
