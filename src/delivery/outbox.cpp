#include "delivery/outbox.h"

#include <algorithm>
#include <cstring>

namespace nodepvxs::delivery {

namespace {
constexpr uint32_t padded(uint32_t size) { return (size + 7u) & ~7u; }
} // namespace

void Outbox::addSlab(uint8_t* memory, uint32_t size) {
    std::lock_guard<std::mutex> guard(lock_);
    slabs_.push_back({memory, size});
    free_.push_back(int32_t(slabs_.size()) - 1);
}

bool Outbox::offer(Head head, Encode encode, Waiter& waiter, std::vector<wire::Array>* beside) {
    bool wake;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (closed_) return true;
        size_t bytes = 0;
        if (beside)
            for (auto& array : *beside) bytes += wire::bytesOf(array);
        // A single array may be larger than the limit: it passes when nothing else waits.
        bool full = bytes != 0 && beside_ != 0 && beside_ + bytes > kBesideLimit;
        if (full || !openSlab()) {
            enqueue(waiter);
            return false;
        }
        while (!writeInto(head, encode)) {
            if (at_ != 0) {
                seal();
                if (openSlab()) continue;
            } else if (beside_ <= kBesideLimit) {
                writeOwn(head, encode, 2 * size_t(slabs_[size_t(current_)].size));
                break;
            }
            enqueue(waiter);
            return false;
        }
        accept(beside);
        wake = signal(false);
    }
    if (wake) wake_();
    return true;
}

void Outbox::push(Head head, Encode encode, std::vector<wire::Array>* beside) {
    bool wake;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (closed_) return;
        bool written = openSlab() && writeInto(head, encode);
        if (!written && current_ >= 0 && at_ != 0) {
            seal();
            written = openSlab() && writeInto(head, encode);
        }
        if (!written)
            writeOwn(head, encode,
                     current_ >= 0 ? 2 * size_t(slabs_[size_t(current_)].size) : 4096);
        accept(beside);
        wake = signal(true);
    }
    if (wake) wake_();
}

void Outbox::hurry() {
    bool wake;
    {
        std::lock_guard<std::mutex> guard(lock_);
        wake = !closed_ && signal(true);
    }
    if (wake) wake_();
}

// The functions from here to resumeQueues() run with the lock held.

bool Outbox::openSlab() {
    if (current_ >= 0) return true;
    if (free_.empty()) return false;
    current_ = free_.back();
    free_.pop_back();
    at_ = 0;
    return true;
}

bool Outbox::writeInto(Head& head, const Encode& encode) {
    auto& slab = slabs_[size_t(current_)];
    if (at_ + sizeof(Head) > slab.size) return false;
    auto content = slab.memory + at_ + sizeof(Head);
    wire::FixedBuffer buffer(content, slab.size - at_ - sizeof(Head));
    encode(buffer);
    // PVXS's buffers fault, they do not throw: the head is written last, when the content is complete.
    if (!buffer.good()) return false;
    head.length = uint32_t(buffer.used());
    std::memcpy(slab.memory + at_, &head, sizeof head);
    at_ = std::min(padded(at_ + uint32_t(sizeof head) + head.length), slab.size);
    return true;
}

// Writes into a buffer of the record's own, doubled until the record fits. The open slab is sealed first, which keeps the
// order.
void Outbox::writeOwn(Head& head, const Encode& encode, size_t size) {
    if (current_ >= 0) {
        if (at_ != 0)
            seal();
        else {
            free_.push_back(current_);
            current_ = -1;
        }
    }
    for (;; size *= 2) {
        auto own = std::make_unique<Bytes>(size);
        wire::FixedBuffer buffer(own->data() + sizeof head, size - sizeof head);
        encode(buffer);
        if (!buffer.good()) continue;
        head.length = uint32_t(buffer.used());
        std::memcpy(own->data(), &head, sizeof head);
        beside_ += size;
        ready_.push_back({Taken::kOversize, uint32_t(sizeof head + head.length), std::move(own)});
        return;
    }
}

void Outbox::accept(std::vector<wire::Array>* beside) {
    if (!beside) return;
    for (auto& array : *beside) {
        beside_ += wire::bytesOf(array);
        arrays_.push_back(std::move(array));
    }
}

// Any record wakes an idle listener. Urgent records, or a shortage of slabs, wake a lingering one. Nothing wakes a busy
// one.
bool Outbox::signal(bool urgent) {
    bool wake = listener_ == Listener::Idle ||
                (listener_ == Listener::Linger && (urgent || free_.size() * 4 < slabs_.size()));
    if (wake) listener_ = Listener::Busy;
    return wake;
}

void Outbox::seal() {
    ready_.push_back({current_, at_, nullptr});
    current_ = -1;
}

void Outbox::enqueue(Waiter& waiter) {
    auto loop = waiter.loop();
    auto& queue = queues_[loop.key()];
    queue.loop = loop;
    queue.waiting.push_back(waiter.shared());
}

void Outbox::resumeQueues() {
    if (beside_ > kBesideLimit || free_.empty()) return;
    for (auto it = queues_.begin(); it != queues_.end();) {
        auto& queue = it->second;
        if (queue.resuming) {
            ++it;
            continue;
        }
        std::weak_ptr<Outbox> weak = weak_from_this();
        auto key = it->first;
        queue.resuming = queue.loop.post([weak, key]() {
            if (auto self = weak.lock()) self->resumeQueue(key);
        });
        // The waiters of a worker that has ended are dropped.
        it = queue.resuming ? std::next(it) : queues_.erase(it);
    }
}

// On the worker. Round robin: a waiter that has to wait again goes to the end of the queue.
void Outbox::resumeQueue(const void* key) {
    std::deque<std::shared_ptr<Waiter>> waiting;
    {
        std::lock_guard<std::mutex> guard(lock_);
        auto it = queues_.find(key);
        if (it == queues_.end()) return;
        waiting.swap(it->second.waiting);
        queues_.erase(it);
    }
    for (; !waiting.empty(); waiting.pop_front())
        if (!waiting.front()->resume()) {
            waiting.pop_front();
            break;
        }
    if (waiting.empty()) return;
    std::lock_guard<std::mutex> guard(lock_);
    auto& queue = queues_[key];
    if (!queue.loop.key()) queue.loop = waiting.front()->loop();
    // Waiters that had no turn go before the one that has just queued again.
    queue.waiting.insert(queue.waiting.begin(), waiting.begin(), waiting.end());
    // A slab may have come back between the refusal and this lock.
    resumeQueues();
}

Taken Outbox::take(int32_t back, bool linger) {
    std::lock_guard<std::mutex> guard(lock_);
    if (back >= 0) free_.push_back(back);
    if (ready_.empty() && current_ >= 0 && at_ > 0) seal();
    Taken taken;
    if (ready_.empty()) {
        listener_ = linger ? Listener::Linger : Listener::Idle;
    } else {
        taken = std::move(ready_.front());
        ready_.pop_front();
        if (taken.own) beside_ -= taken.own->size();
        listener_ = Listener::Busy;
    }
    resumeQueues();
    return taken;
}

void Outbox::give(int32_t slab) {
    std::lock_guard<std::mutex> guard(lock_);
    free_.push_back(slab);
    resumeQueues();
}

wire::Array Outbox::takeArray() {
    std::lock_guard<std::mutex> guard(lock_);
    if (arrays_.empty()) return {};
    auto array = std::move(arrays_.front());
    arrays_.pop_front();
    beside_ -= wire::bytesOf(array);
    resumeQueues();
    return array;
}

uint32_t Outbox::typeId(const Bytes& description) {
    uint32_t id;
    bool forget;
    {
        std::lock_guard<std::mutex> guard(lock_);
        auto known = types_.find(description);
        if (known != types_.end()) return known->second;
        forget = forgetTypes();
        id = ++lastType_;
    }
    // Announced before it is registered. Two threads may then announce one type under two ids, which is harmless. A record
    // with an id that JS has not heard of would not be.
    announce(id, description, forget);
    std::lock_guard<std::mutex> guard(lock_);
    return types_.emplace(description, id).first->second;
}

void Outbox::keepType(uint32_t id, const Bytes& description) {
    bool forget;
    {
        std::lock_guard<std::mutex> guard(lock_);
        auto known = types_.find(description);
        if (known != types_.end() && known->second == id) return;
        forget = forgetTypes();
    }
    announce(id, description, forget);
    std::lock_guard<std::mutex> guard(lock_);
    types_.emplace(description, id);
}

// With the lock held. True: JS must be told.
bool Outbox::forgetTypes() {
    if (types_.size() < kMostTypes) return false;
    types_.clear();
    typeAge_++;
    return true;
}

void Outbox::announce(uint32_t id, const Bytes& description, bool forget) {
    push({Kind::Type, uint8_t(forget ? kForget : 0), 0, 0, id, 0},
         [&](wire::Buffer& to) { wire::putBytes(to, description.data(), description.size()); });
}

void Outbox::close() {
    std::map<const void*, Queue> queues;
    std::lock_guard<std::mutex> guard(lock_);
    closed_ = true;
    queues.swap(queues_);
}

} // namespace nodepvxs::delivery
