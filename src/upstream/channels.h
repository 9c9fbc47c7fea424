// What we need to know of PVXS's client and server objects beyond their public faces.
#pragma once

#include <string>

#include "threads/loop.h"

namespace nodepvxs::upstream {

threads::Loop loopOf(const pvxs::client::Operation& operation);
threads::Loop loopOf(const pvxs::client::Subscription& subscription);
threads::Loop loopOf(const pvxs::client::Connect& connect);
threads::Loop loopOf(const pvxs::client::Context& context);
threads::Loop loopOf(const pvxs::server::ChannelControl& channel);
threads::Loop loopOf(const pvxs::server::Server& server);

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
// Forgets the channels of `name` (empty: all) that nobody uses. Drop also makes new operations open
// a channel of their own while what uses the old one keeps it; Disconnect breaks the connection of
// channels in use, which then search again. Not PVXS's own cacheClear(): that drops channels in use
// from the table in which answers to searches are looked up, so that what uses them never connects
// again. On the worker only.
void clearCache(const pvxs::client::Context& context, const std::string& name,
                pvxs::client::Context::cacheAction action);

} // namespace nodepvxs::upstream
