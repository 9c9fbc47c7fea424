// Source: the names of a server, fixed (static) or decided by JavaScript when a client comes
// (dynamic).
//
// Threads: the tables are changed on the JS thread and read on PVXS's UDP and TCP workers, for every
//          search packet: reads take a shared lock and never wait for JavaScript.
// Owner:   the Session's table and Routers, by shared_ptr.
#pragma once

#include <map>
#include <memory>
#include <regex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

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
    // Dynamic: the names that are claimed. Throws std::invalid_argument for a pattern that does not compile.
    void match(const std::vector<std::string>& names, const std::vector<Pattern>& patterns);
    // Dynamic: the names that are listed.
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

} // namespace nodepvxs::server
