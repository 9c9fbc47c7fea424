#include "server/server.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "delivery/records.h"
#include "upstream/addresses.h"
#include "upstream/channels.h"

namespace nodepvxs::server {

using delivery::Failure;

Server::Server(uint32_t id, ServerPlan plan, std::shared_ptr<PendingOperations> pending,
               std::shared_ptr<UnassignedChannels> unassigned,
               std::shared_ptr<delivery::Outbox> outbox)
    : id(id),
      router(std::make_shared<Router>(id, plan.maxQueue, pending, std::move(unassigned), outbox)),
      plan_(std::move(plan)), pending_(std::move(pending)), outbox_(std::move(outbox)) {}

pvxs::server::Config Server::config() const {
    pvxs::server::Config config;
    config.applyDefs(plan_.definitions);
    return config;
}

std::pair<Failure, std::string> Server::diagnosis(const std::exception& error) const {
    auto shortage = delivery::reasonOf(error);
    if (shortage.kind == Failure::Resource) return {shortage.kind, shortage.text};
    std::string why = error.what();
    if (dynamic_cast<const std::invalid_argument*>(&error)) return {Failure::Argument, why};
    try {
        auto all = config();
        all.expand();
        auto taken = upstream::takenPort(error, all.udp_port);
        return {Failure::Internal, taken.empty() ? why : taken};
    } catch (std::exception&) {
        return {Failure::Argument, why};
    }
}

void Server::start(uint32_t call) {
    if (!strand_->run([self = shared_from_this(), call] { self->startNow(call); }))
        delivery::pushFailure(*outbox_, call, Failure::Resource,
                              "no thread to start the server on");
}

void Server::startNow(uint32_t call) {
    try {
        auto server = pvxs();
        if (!server) {
            upstream::watchInterfaces();
            auto config = this->config();
            config.expand();
            auto foreign = upstream::foreignInterface(config.interfaces);
            if (!foreign.empty()) throw std::invalid_argument(foreign);
            server = std::make_shared<pvxs::server::Server>(config.build());
            server->addSource("node-pvxs", router);
            std::lock_guard<std::mutex> guard(lock_);
            if (closed_) throw std::logic_error("the server is closed");
            pvxs_ = server;
        }
        server->start();
        delivery::pushDone(*outbox_, call);
    } catch (std::exception& e) {
        auto [kind, text] = diagnosis(e);
        delivery::pushFailure(*outbox_, call, kind, text);
    }
}

namespace {
// Seconds. Names that are added one after the other, by a program that starts, are announced together.
constexpr double kSoon = 0.02, kAgain = 0.25;
} // namespace

void Server::changed() {
    auto server = pvxs();
    if (!server || announcing_.exchange(true)) return;
    auto loop = upstream::loopOf(*server);
    bool posted = loop.post([weak = weak_from_this(), loop] {
        auto self = weak.lock();
        if (!self) return;
        bool again = delivery::now() - self->announced_ < 1e3;
        self->announcer_ = loop.after(again ? kAgain : kSoon, [weak] {
            if (auto self = weak.lock()) self->announce();
        });
    });
    if (!posted) announcing_ = false;
}

void Server::announce() {
    announced_ = delivery::now();
    announcing_ = false; // what is added from now on is announced again
    if (auto server = pvxs()) upstream::announceChange(*server);
}

void Server::stopNow() {
    auto server = pvxs();
    if (!server) return;
    // An answer that is still queued when PVXS disconnects is lost: give these a moment to be sent.
    if (pending_->failServer(id, "the server was stopped"))
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server->stop();
}

void Server::stop(std::function<void()> done) {
    auto work = [self = shared_from_this(), done] {
        threads::Strand::perform([&self] { self->stopNow(); });
        done();
    };
    if (!strand_->run(work)) work();
}

void Server::close(std::function<void()> done) {
    auto work = [self = shared_from_this(), done] {
        threads::Strand::perform([&self] { self->stopNow(); });
        std::shared_ptr<pvxs::server::Server> released;
        {
            std::lock_guard<std::mutex> guard(self->lock_);
            self->closed_ = true;
            released.swap(self->pvxs_);
        }
        self->router->clear();
        released.reset();
        done();
    };
    if (!strand_->run(work)) work();
}

std::shared_ptr<pvxs::server::Server> Server::pvxs() {
    std::lock_guard<std::mutex> guard(lock_);
    return pvxs_;
}

ServerInfo Server::info() {
    ServerInfo info;
    auto server = pvxs();
    if (!server) return info;
    auto& config = server->config();
    info.tcpPort = config.tcp_port;
    info.udpPort = config.udp_port;
    static const char digits[] = "0123456789abcdef";
    for (auto byte : config.guid) {
        info.guid += digits[byte >> 4];
        info.guid += digits[byte & 15];
    }
    config.updateDefs(info.definitions);
    return info;
}

} // namespace nodepvxs::server
