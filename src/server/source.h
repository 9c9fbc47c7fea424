// Source: the names of a server, fixed (static) or decided by JavaScript when a client comes
// (dynamic). Router: the sources of one server, asked in ascending (order, name); the one source
// PVXS knows of.
//
// Threads: the tables are changed on the JS thread and read on PVXS's UDP and TCP workers, for
//          every search packet:
//          reads take a shared lock and never wait for JavaScript.
// Owner:   Sources by the Desk's table and by Routers; a Router by its Server and by PVXS.
#pragma once

#include <map>
#include <memory>
#include <regex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include <pvxs/source.h>

#include "server/channel.h"
#include "server/shared_pv.h"

namespace nodepvxs::server {

struct Pattern {
    std::string text;
    bool ignoreCase = false;
};

class Source final {
public:
    Source(uint32_t id, bool dynamic) : id(id), dynamic(dynamic) {}
    const uint32_t id;
    const bool dynamic;

    bool add(const std::string& name, std::shared_ptr<SharedPv> pv);
    std::shared_ptr<SharedPv> remove(const std::string& name);
    // Dynamic: what is claimed. Throws std::invalid_argument on a pattern that does not compile.
    void match(const std::vector<std::string>& names, const std::vector<Pattern>& patterns);
    // Dynamic: what is listed.
    void list(std::vector<std::string> names);

    bool claims(const std::string& name) const;
    std::shared_ptr<SharedPv> find(const std::string& name) const;
    void names(std::set<std::string>& into) const;
    void pvs(std::set<SharedPv*>& into) const;

private:
    mutable std::shared_mutex lock_;
    std::map<std::string, std::shared_ptr<SharedPv>> pvs_;
    std::set<std::string> claimed_;
    std::vector<std::regex> patterns_;
    std::vector<std::string> listed_;
};

// Where a dynamic source's channels wait for JavaScript's decision.
class Undecided {
public:
    void add(const std::shared_ptr<Channel>& channel);
    std::shared_ptr<Channel> take(uint32_t id);
    void drop(uint32_t id);

private:
    std::mutex lock_;
    std::map<uint32_t, std::weak_ptr<Channel>> channels_;
};

class Router final : public pvxs::server::Source {
public:
    Router(uint32_t server, uint32_t maxQueue, std::shared_ptr<Requests> requests,
           std::shared_ptr<Undecided> undecided, std::shared_ptr<delivery::Outbox> outbox);

    bool add(const std::string& name, int order, std::shared_ptr<server::Source> source);
    bool remove(const std::string& name, int order);
    void clear();
    void pvs(std::set<SharedPv*>& into) const;

    void onSearch(Search& search) override;
    void onCreate(std::unique_ptr<pvxs::server::ChannelControl>&& control) override;
    List onList() override;

private:
    std::shared_ptr<server::Source> claimant(const std::string& name) const;

    const uint32_t server_, maxQueue_;
    const std::shared_ptr<Requests> requests_;
    const std::shared_ptr<Undecided> undecided_;
    const std::shared_ptr<delivery::Outbox> outbox_;
    mutable std::shared_mutex lock_;
    std::map<std::pair<int, std::string>, std::shared_ptr<server::Source>> sources_;
};

} // namespace nodepvxs::server
