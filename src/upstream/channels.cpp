#include "upstream/channels.h"

#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#ifndef _WIN32
#include <netdb.h>
#endif

namespace nodepvxs::wire {

namespace {

// `Context::pvt` is private and PVXS offers no other way to its worker. An explicit instantiation
// may name private members, which makes this the one legal door.
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

template <typename Peer>
pvxs::Report reportFrom(const Peer& peer) {
    pvxs::Report report;
    loopOf(peer).call([&] { report = peer.report(false); });
    return report;
}

} // namespace

bool Loop::post(std::function<void()> work) const {
    if (!base_.base) return false;
    return base_.tryDispatch([work = std::move(work)]() { work(); });
}

bool Loop::call(const std::function<void()>& work) const {
    auto done = std::make_shared<std::promise<void>>();
    auto over = done->get_future();
    if (!post([&work, done] {
            work();
            done->set_value();
        }))
        return false;
    done.reset(); // the worker's alone: with it the wait ends
    try {
        over.get();
        return true;
    } catch (std::future_error&) {
        return false;
    }
}

pvxs::Timer Loop::after(double seconds, std::function<void()> work) const {
    return pvxs::Timer::Pvt::buildOneShot(seconds, base_, std::move(work));
}

Loop loopOf(const pvxs::client::Operation& operation) {
    return Loop(dynamic_cast<const pvxs::client::OperationBase&>(operation).loop);
}

Loop loopOf(const pvxs::client::Subscription& subscription) {
    return Loop(dynamic_cast<const pvxs::client::OperationBase&>(subscription).loop);
}

Loop loopOf(const pvxs::client::Connect& connect) {
    return Loop(dynamic_cast<const pvxs::client::ConnectImpl&>(connect).loop);
}

Loop loopOf(const pvxs::client::Context& context) { return Loop(implOf(context)->tcp_loop); }

Loop loopOf(const pvxs::server::ChannelControl& channel) {
    auto server = dynamic_cast<const pvxs::impl::ServerChannelControl&>(channel).server.lock();
    return server ? Loop(server->acceptor_loop) : Loop();
}

Loop loopOf(const pvxs::server::Server& server) {
    return Loop((server.*member(ServerPvt()))->acceptor_loop);
}

pvxs::Report reportOf(const pvxs::client::Context& context) { return reportFrom(context); }

pvxs::Report reportOf(const pvxs::server::Server& server) { return reportFrom(server); }

Progress progressOf(const pvxs::client::Operation& operation) {
    Progress progress;
    auto& channel = dynamic_cast<const pvxs::client::OperationBase&>(operation).chan;
    if (!channel) return progress;
    progress.searches = uint32_t(channel->nSearch);
    using Channel = pvxs::client::Channel;
    switch (channel->state) {
    case Channel::Searching:
        progress.stage = Stage::Search;
        nameBeacons(*channel->context, progress);
        break;
    case Channel::Connecting:
    case Channel::Creating:
        progress.stage = Stage::Connect;
        break;
    case Channel::Active:
        progress.stage = Stage::Ready;
        break;
    }
    if (channel->conn) progress.peer = channel->conn->peerName;
    return progress;
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

void clearCache(const pvxs::client::Context& context, const std::string& name, bool disconnect) {
    using pvxs::client::Context;
    auto& impl = implOf(context);
    if (impl->state != pvxs::client::ContextImpl::Running) return;
    // the first pass marks what is unused, the second removes what was marked
    impl->cacheClean(name, Context::Clean);
    impl->cacheClean(name, Context::Clean);
    if (!disconnect) return;
    std::vector<std::shared_ptr<pvxs::client::Channel>> used;
    for (auto& entry : impl->chanByName)
        if (name.empty() || entry.first.first == name) used.push_back(entry.second);
    for (auto& channel : used)
        if (channel->state == pvxs::client::Channel::Active) channel->disconnect(channel);
}

bool isNumericAddress(const std::string& text) {
    try {
        pvxs::SockAddr address;
        address.setAddress(text.c_str(), 1);
        return true;
    } catch (std::exception&) {
        return false;
    }
}

std::string foreignInterface(const std::vector<std::string>& interfaces) {
    for (auto& text : interfaces) {
        if (!isNumericAddress(text)) continue;
        pvxs::SockAddr address;
        address.setAddress(text.c_str(), 0);
        address.setPort(0);
        pvxs::impl::evsocket socket(address.family(), SOCK_DGRAM, 0);
        try {
            socket.bind(address);
        } catch (std::exception&) {
            return text;
        }
    }
    return {};
}

std::string resolveServer(const std::string& text, uint16_t defaultPort) {
    if (!isNumericAddress(text)) {
        auto colon = text.rfind(':');
        auto host = text.substr(0, colon);
        auto port =
            colon == std::string::npos ? std::to_string(defaultPort) : text.substr(colon + 1);
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        int status = getaddrinfo(host.c_str(), nullptr, &hints, &found);
        if (status != 0 || !found)
            throw std::invalid_argument("the server '" + text + "' cannot be resolved");
        std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
        // the first IPv4 address, since PVXS listens there by default; else the first of any kind
        for (auto info = found; info; info = info->ai_next)
            if (info->ai_family == AF_INET) {
                found = info;
                break;
            }
        pvxs::SockAddr address(found->ai_addr, socklen_t(found->ai_addrlen));
        address.setPort(uint16_t(std::stoul(port)));
        return address.tostring();
    }
    pvxs::SockAddr address;
    address.setAddress(text.c_str(), defaultPort);
    return address.tostring();
}

} // namespace nodepvxs::wire
