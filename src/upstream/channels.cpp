#include "upstream/channels.h"

#include <memory>
#include <mutex>
#include <vector>

namespace nodepvxs::upstream {

namespace {

// `Context::pvt` is private, and PVXS offers no other way to its worker. An explicit instantiation may name private
// members, which makes this legal.
template <typename Tag, typename Tag::type Member>
struct Door {
    friend typename Tag::type member(Tag) { return Member; }
};
struct ContextPvt {
    using type = std::shared_ptr<pvxs::client::Context::Pvt> pvxs::client::Context::*;
    friend type member(ContextPvt);
};
template struct Door<ContextPvt, &pvxs::client::Context::pvt>;
struct ServerPvt {
    using type = std::shared_ptr<pvxs::server::Server::Pvt> pvxs::server::Server::*;
    friend type member(ServerPvt);
};
template struct Door<ServerPvt, &pvxs::server::Server::pvt>;

const std::shared_ptr<pvxs::client::ContextImpl>& implOf(const pvxs::client::Context& context) {
    return (context.*member(ContextPvt())).operator*().impl;
}

void nameBeacons(pvxs::client::ContextImpl& context, Progress& progress) {
    constexpr uint32_t named = 3;
    std::lock_guard<epicsMutex> guard(context.pokeLock);
    for (auto& server : context.beaconTrack) {
        if (progress.beaconing++ >= named) continue;
        if (!progress.beacons.empty()) progress.beacons += ", ";
        progress.beacons += server.first.first.tostring();
    }
}

} // namespace

threads::Loop loopOf(const pvxs::client::Operation& operation) {
    return threads::Loop(dynamic_cast<const pvxs::client::OperationBase&>(operation).loop);
}

threads::Loop loopOf(const pvxs::client::Subscription& subscription) {
    return threads::Loop(dynamic_cast<const pvxs::client::OperationBase&>(subscription).loop);
}

threads::Loop loopOf(const pvxs::client::Connect& connect) {
    return threads::Loop(dynamic_cast<const pvxs::client::ConnectImpl&>(connect).loop);
}

threads::Loop loopOf(const pvxs::client::Context& context) {
    return threads::Loop(implOf(context)->tcp_loop);
}

threads::Loop loopOf(const pvxs::server::ChannelControl& channel) {
    auto server = dynamic_cast<const pvxs::impl::ServerChannelControl&>(channel).server.lock();
    return server ? threads::Loop(server->acceptor_loop) : threads::Loop();
}

threads::Loop loopOf(const pvxs::server::Server& server) {
    return threads::Loop((server.*member(ServerPvt()))->acceptor_loop);
}

namespace {

void nameLostServers(const pvxs::client::ContextImpl& context, Progress& progress) {
    for (size_t i = 0; i < context.nameServers.size(); i++) {
        auto& [address, connection] = context.nameServers[i];
        if (connection && connection->ready) continue;
        auto& why = context.nsRetries[i].why;
        if (!progress.nameServers.empty()) progress.nameServers += '\n';
        progress.nameServers += address.tostring() + " " + (why.empty() ? "no answer" : why);
    }
}

Progress progressIn(const pvxs::client::Channel& channel) {
    Progress progress;
    progress.searches = uint32_t(channel.nSearch);
    using Channel = pvxs::client::Channel;
    if (channel.trouble != Channel::None && channel.state != Channel::Active) {
        progress.stage = Stage::Connect;
        progress.trouble =
            channel.trouble == Channel::Refused ? Trouble::Refused : Trouble::Unreached;
        progress.peer = channel.troubleAt;
        progress.why = channel.why;
        return progress;
    }
    switch (channel.state) {
    case Channel::Searching:
        progress.stage = Stage::Search;
        nameBeacons(*channel.context, progress);
        nameLostServers(*channel.context, progress);
        break;
    case Channel::Creating:
        progress.trouble = Trouble::Unanswered;
        progress.stage = Stage::Connect;
        break;
    case Channel::Connecting:
        progress.stage = Stage::Connect;
        break;
    case Channel::Active:
        progress.stage = Stage::Ready;
        break;
    }
    if (channel.conn) progress.peer = channel.conn->peerName;
    return progress;
}

template <typename Operation>
Progress progressIn(const Operation& operation) {
    auto& channel = dynamic_cast<const pvxs::client::OperationBase&>(operation).chan;
    return channel ? progressIn(*channel) : Progress();
}

} // namespace

Progress progressOf(const pvxs::client::Operation& operation) { return progressIn(operation); }

Progress progressOf(const pvxs::client::Subscription& subscription) {
    return progressIn(subscription);
}

void hurryConnections(const pvxs::client::Context& context) {
    auto& impl = implOf(context);
    if (impl->state != pvxs::client::ContextImpl::Running) return;
    for (auto& entry : impl->connByAddr)
        if (auto connection = entry.second.lock()) connection->hurry();
    for (auto& retry : impl->nsRetries) retry.due = 0;
    impl->onNSCheck();
}

void holdChannel(pvxs::server::ChannelControl& channel) {
    dynamic_cast<pvxs::impl::ServerChannelControl&>(channel).hold();
}

void answerChannel(pvxs::server::ChannelControl& channel, bool accept) {
    dynamic_cast<pvxs::impl::ServerChannelControl&>(channel).answer(accept);
}

void announceChange(const pvxs::server::Server& server) {
    for (auto& entry : (server.*member(ServerPvt()))->connections) entry.second->tellChange();
}

std::string peerOf(const pvxs::client::Connect& connect) {
    auto& channel = dynamic_cast<const pvxs::client::ConnectImpl&>(connect).chan;
    return channel && channel->conn ? channel->conn->peerName : std::string();
}

void pingServers(const pvxs::client::Context& context) {
    using Impl = pvxs::client::ContextImpl;
    auto& impl = implOf(context);
    if (impl->state == Impl::Running) impl->tickSearch(Impl::SearchKind::discover, true);
}

void clearCache(const pvxs::client::Context& context, const std::string& name,
                pvxs::client::Context::cacheAction action) {
    using pvxs::client::Context;
    auto& impl = implOf(context);
    if (impl->state != pvxs::client::ContextImpl::Running) return;
    // The first pass marks what is unused, the second removes what is marked.
    impl->cacheClean(name, Context::Clean);
    impl->cacheClean(name, Context::Clean);
    if (action == Context::Clean) return;
    using Channels = decltype(impl->chanByName);
    std::vector<std::pair<Channels::key_type, Channels::mapped_type>> used;
    for (auto& entry : impl->chanByName)
        if (name.empty() || entry.first.first == name) used.emplace_back(entry);
    for (auto& [key, channel] : used) {
        if (action == Context::Drop) {
            // Under a server that no builder can name: PVXS still closes the channel when it is unused.
            auto node = impl->chanByName.extract(key);
            node.key().second = "dropped " + std::to_string(channel->cid);
            impl->chanByName.insert(std::move(node));
        } else if (channel->state == pvxs::client::Channel::Active) {
            channel->disconnect(channel);
        }
    }
}

} // namespace nodepvxs::upstream
