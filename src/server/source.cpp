#include "server/source.h"

#include <stdexcept>

namespace nodepvxs::server {

namespace {
using Read = std::shared_lock<std::shared_mutex>;
using Write = std::unique_lock<std::shared_mutex>;

// The names to match come from the network. GNU's default matcher recurses once per character and tries every way through
// a pattern: a name of 100 kB overflows the worker's stack, and a bad pattern hangs it. The matcher that this flag selects
// does neither, and refuses patterns with back references. LLVM's matcher gives up by itself.
#ifdef __GLIBCXX__
constexpr auto kSafeMatching = std::regex_constants::__polynomial;
#else
constexpr auto kSafeMatching = std::regex_constants::syntax_option_type();
#endif
} // namespace

bool Source::add(const std::string& name, std::shared_ptr<SharedPv> pv) {
    Write guard(lock_);
    return pvs_.emplace(name, std::move(pv)).second;
}

std::shared_ptr<SharedPv> Source::remove(const std::string& name) {
    Write guard(lock_);
    auto found = pvs_.find(name);
    if (found == pvs_.end()) return nullptr;
    auto pv = std::move(found->second);
    pvs_.erase(found);
    return pv;
}

void Source::match(const std::vector<std::string>& names, const std::vector<Pattern>& patterns) {
    std::vector<std::regex> compiled;
    for (auto& pattern : patterns) {
        auto flags = std::regex::ECMAScript | std::regex::optimize | kSafeMatching;
        if (pattern.ignoreCase) flags |= std::regex::icase;
        try {
            compiled.emplace_back(pattern.text, flags);
        } catch (std::regex_error& e) {
            throw std::invalid_argument("pattern '" + pattern.text +
                                        "' cannot be used on the server's side: " + e.what());
        }
    }
    Write guard(lock_);
    claimed_ = {names.begin(), names.end()};
    patterns_ = std::move(compiled);
}

void Source::list(std::vector<std::string> names) {
    Write guard(lock_);
    listed_ = std::move(names);
}

bool Source::claims(const std::string& name) const {
    Read guard(lock_);
    if (pvs_.count(name) != 0 || claimed_.count(name) != 0) return true;
    for (auto& pattern : patterns_) {
        try {
            if (std::regex_search(name, pattern)) return true;
        } catch (std::regex_error&) {
            // The pattern is too complex for this name, which came from the network. Then the name is not claimed.
        }
    }
    return false;
}

std::shared_ptr<SharedPv> Source::find(const std::string& name) const {
    Read guard(lock_);
    auto found = pvs_.find(name);
    return found == pvs_.end() ? nullptr : found->second;
}

void Source::names(std::set<std::string>& into) const {
    Read guard(lock_);
    for (auto& entry : pvs_) into.insert(entry.first);
    into.insert(listed_.begin(), listed_.end());
}

void Source::pvs(std::set<SharedPv*>& into) const {
    Read guard(lock_);
    for (auto& entry : pvs_) into.insert(entry.second.get());
}

} // namespace nodepvxs::server
