// Table: the live objects of one class by id, for an environment.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace nodepvxs {

template <typename T>
class Table {
public:
    void add(uint32_t id, std::shared_ptr<T> object) {
        std::lock_guard<std::mutex> guard(lock_);
        objects_[id] = std::move(object);
    }
    std::shared_ptr<T> find(uint32_t id) const {
        std::lock_guard<std::mutex> guard(lock_);
        auto found = objects_.find(id);
        return found == objects_.end() ? nullptr : found->second;
    }
    std::shared_ptr<T> take(uint32_t id) {
        std::lock_guard<std::mutex> guard(lock_);
        auto found = objects_.find(id);
        if (found == objects_.end()) return nullptr;
        auto object = std::move(found->second);
        objects_.erase(found);
        return object;
    }
    // Takes out every entry that refers to `object`.
    void drop(const std::shared_ptr<T>& object) {
        std::lock_guard<std::mutex> guard(lock_);
        for (auto it = objects_.begin(); it != objects_.end();)
            it = it->second == object ? objects_.erase(it) : std::next(it);
    }
    std::vector<std::shared_ptr<T>> all() const {
        std::lock_guard<std::mutex> guard(lock_);
        std::vector<std::shared_ptr<T>> out;
        out.reserve(objects_.size());
        for (auto& entry : objects_) out.push_back(entry.second);
        return out;
    }
    size_t size() const {
        std::lock_guard<std::mutex> guard(lock_);
        return objects_.size();
    }

private:
    mutable std::mutex lock_;
    std::map<uint32_t, std::shared_ptr<T>> objects_;
};

} // namespace nodepvxs
