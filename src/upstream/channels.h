// What we need to know of PVXS's client and server objects beyond their public faces.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "upstream/internals.h"

namespace nodepvxs::wire {

// The worker thread of a Context or Server. Copies are cheap and never keep the thread alive.
class Loop {
public:
    Loop() = default;
    explicit Loop(const pvxs::impl::evbase& base) : base_(base.internal()) {}
    // Runs `work` there, soon; false when the worker has ended (then it never runs).
    bool post(std::function<void()> work) const;
    // The same, and waits until it has run. PVXS's own call leaves an event behind in each thread that EPICS did not make.
    bool call(const std::function<void()>& work) const;
    // Once, after `seconds`, unless the timer goes before. On the worker only.
    [[nodiscard]] pvxs::Timer after(double seconds, std::function<void()> work) const;
    [[nodiscard]] const void* key() const { return base_.base; }
    [[nodiscard]] event_base* base() const { return base_.base; }

private:
    pvxs::impl::evbase base_;
};

Loop loopOf(const pvxs::client::Operation& operation);
Loop loopOf(const pvxs::client::Subscription& subscription);
Loop loopOf(const pvxs::client::Connect& connect);
Loop loopOf(const pvxs::client::Context& context);
Loop loopOf(const pvxs::server::ChannelControl& channel);
Loop loopOf(const pvxs::server::Server& server);

// Its connections and their channels; not on the worker.
pvxs::Report reportOf(const pvxs::client::Context& context);
pvxs::Report reportOf(const pvxs::server::Server& server);

enum class Stage : uint8_t { Search = 0, Connect = 1, Ready = 2 };
struct Progress {
    Stage stage = Stage::Search;
    uint32_t searches = 0;
    std::string peer;
    // While searching: how many servers of any PVs beaconed in the last six minutes, and the addresses of a few.
    uint32_t beaconing = 0;
    std::string beacons;
};

// On the worker only.
Progress progressOf(const pvxs::client::Operation& operation);
std::string peerOf(const pvxs::client::Connect& connect);
// Asks all servers to announce themselves now. On the worker only.
void pingServers(const pvxs::client::Context& context);
// Forgets the channels of `name` (empty: all) that nobody uses; with `disconnect`, breaks those in
// use, which then search again. Not PVXS's own cacheClear(): that drops channels in use from the
// table in which answers to searches are looked up, so that what uses them never connects again. On
// the worker only.
void clearCache(const pvxs::client::Context& context, const std::string& name, bool disconnect);

// "host[:port]" as a numeric address. Looks host names up, so it may block. Throws
// std::invalid_argument.
std::string resolveServer(const std::string& text, uint16_t defaultPort);
// Whether `text` is numeric already.
bool isNumericAddress(const std::string& text);
// The first of these addresses that is not one of this host, or "".
std::string foreignInterface(const std::vector<std::string>& interfaces);

} // namespace nodepvxs::wire
