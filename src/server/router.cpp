#include "server/router.h"

#include "server/shared_pv.h"

namespace nodepvxs::server {

namespace {
using Read = std::shared_lock<std::shared_mutex>;
using Write = std::unique_lock<std::shared_mutex>;

constexpr size_t kLongestName = 1024; // as in lib-ts/input/names.ts
} // namespace

void UnassignedChannels::add(const std::shared_ptr<Channel>& channel) {
    std::lock_guard<std::mutex> guard(lock_);
    channels_[channel->caller.channel] = channel;
}

std::shared_ptr<Channel> UnassignedChannels::take(uint32_t id) {
    std::lock_guard<std::mutex> guard(lock_);
    auto found = channels_.find(id);
    if (found == channels_.end()) return nullptr;
    auto channel = found->second.lock();
    channels_.erase(found);
    return channel;
}

void UnassignedChannels::drop(uint32_t id) {
    std::lock_guard<std::mutex> guard(lock_);
    channels_.erase(id);
}

Router::Router(uint32_t server, uint32_t maxQueue, std::shared_ptr<PendingOperations> pending,
               std::shared_ptr<UnassignedChannels> unassigned,
               std::shared_ptr<delivery::Outbox> outbox)
    : server_(server), maxQueue_(maxQueue), pending_(std::move(pending)),
      unassigned_(std::move(unassigned)), outbox_(std::move(outbox)) {}

bool Router::add(const std::string& name, int order, std::shared_ptr<server::Source> source) {
    Write guard(lock_);
    return sources_.emplace(std::make_pair(order, name), std::move(source)).second;
}

bool Router::remove(const std::string& name, int order) {
    Write guard(lock_);
    return sources_.erase({order, name}) != 0;
}

void Router::clear() {
    decltype(sources_) sources;
    Write guard(lock_);
    sources.swap(sources_);
}

void Router::pvs(std::set<SharedPv*>& into) const {
    Read guard(lock_);
    for (auto& entry : sources_) entry.second->pvs(into);
}

std::shared_ptr<Source> Router::claimant(const std::string& name) const {
    if (name.size() > kLongestName) return nullptr;
    Read guard(lock_);
    for (auto& entry : sources_)
        if (entry.second->claims(name)) return entry.second;
    return nullptr;
}

void Router::onSearch(Search& search) {
    for (auto& name : search)
        if (claimant(name.name())) name.claim();
}

void Router::onCreate(std::unique_ptr<pvxs::server::ChannelControl>&& control) {
    auto source = claimant(control->name());
    if (!source) return; // PVXS asks its own sources next
    auto channel = std::make_shared<Channel>(pending_, server_, maxQueue_, std::move(control));
    channel->install();
    if (auto pv = source->find(channel->control().name())) return channel->attach(pv);
    channel->hold();
    unassigned_->add(channel);
    auto id = channel->caller.channel;
    channel->onGone = [unassigned = unassigned_, id] { unassigned->drop(id); };
    outbox_->push({delivery::Kind::Create, 0, 0, 0, id, 0}, [&](wire::Buffer& to) {
        wire::put(to, source->id);
        writeCaller(to, channel->control());
    });
}

pvxs::server::Source::List Router::onList() {
    auto names = std::make_shared<std::set<std::string>>();
    List list;
    Read guard(lock_);
    for (auto& entry : sources_) {
        entry.second->names(*names);
        list.dynamic = list.dynamic || entry.second->dynamic;
    }
    list.names = names;
    return list;
}

} // namespace nodepvxs::server
