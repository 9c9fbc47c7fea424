// What the C++ tests share: a check that counts, and a stand-in for the JS thread that drains a Session.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <pvxs/data.h>

#include "delivery/records.h"
#include "session/session.h"

namespace harness {

using namespace nodepvxs;
using delivery::Failure;
using delivery::Head;
using delivery::Kind;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

inline void fail(const std::string& what) {
    std::printf("FAILED: %s\n", what.c_str());
    std::fflush(stdout);
    // Not exit(): destructors would wait for what the failed test has left.
    std::_Exit(1);
}

inline void check(bool ok, const std::string& what) {
    if (!ok) fail(what);
}

// Ends the program when it does not end by itself, and names the step that hangs.
class Deadline {
public:
    explicit Deadline(int seconds) : thread_([this, seconds] { wait(seconds); }) {}
    ~Deadline() {
        {
            std::lock_guard<std::mutex> guard(lock_);
            over_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    void enter(const std::string& what) {
        std::lock_guard<std::mutex> guard(lock_);
        what_ = what;
        std::printf("%s\n", what.c_str());
        std::fflush(stdout);
    }

private:
    void wait(int seconds) {
        std::unique_lock<std::mutex> guard(lock_);
        if (!changed_.wait_for(guard, std::chrono::seconds(seconds), [this] { return over_; }))
            fail("no end after " + std::to_string(seconds) + " s, in: " + what_);
    }
    std::mutex lock_;
    std::condition_variable changed_;
    bool over_ = false;
    std::string what_ = "start";
    std::thread thread_;
};

inline pvxs::Value numberOf(int64_t n) {
    using namespace pvxs::members;
    static const auto type =
        pvxs::TypeDef(pvxs::TypeCode::Struct, "test:number", {Int64("value"), String("text")});
    auto value = type.create();
    value["value"] = n;
    value["text"] = std::to_string(n);
    return value;
}

struct Record {
    Head head;
    Bytes content;
    [[nodiscard]] std::string text(size_t at = 0) const {
        return {content.begin() + std::ptrdiff_t(at), content.end()};
    }
};

// Records of a slab or an oversize buffer, one after another.
inline void forEachRecord(const uint8_t* memory, size_t bytes,
                          const std::function<void(const Record&)>& take) {
    for (size_t at = 0; at + sizeof(Head) <= bytes;) {
        Record record;
        std::memcpy(&record.head, memory + at, sizeof(Head));
        check(at + sizeof(Head) + record.head.length <= bytes, "a record ends within its slab");
        auto content = memory + at + sizeof(Head);
        record.content.assign(content, content + record.head.length);
        take(record);
        at = (at + sizeof(Head) + record.head.length + 7) & ~size_t(7);
    }
}

// A Session with its slabs and the loop that JavaScript would run. Everything on the thread of the test.
class Js {
    // Shared with the Session, which may wake once more while it ends.
    struct Wakeup {
        std::mutex lock;
        std::condition_variable changed;
        bool signalled = false;
    };
    const std::shared_ptr<Wakeup> wakeup_ = std::make_shared<Wakeup>();

public:
    explicit Js(size_t slabs = 16, uint32_t slabBytes = 65536)
        : session([wakeup = wakeup_] {
              std::lock_guard<std::mutex> guard(wakeup->lock);
              wakeup->signalled = true;
              wakeup->changed.notify_all();
          }) {
        for (size_t i = 0; i < slabs; i++) {
            slabs_.emplace_back(slabBytes);
            session.addSlab(slabs_.back().data(), slabBytes);
        }
    }
    ~Js() { session.shutdown(); }

    uint32_t newId() { return ++lastId_; }

    // Takes what is there. True when there was something.
    bool turn() {
        bool got = false;
        int32_t back = -1;
        for (;;) {
            auto taken = session.take(back, false);
            back = -1;
            if (taken.slab == -2) return got;
            got = true;
            auto memory = taken.own ? taken.own->data() : slabs_[size_t(taken.slab)].data();
            forEachRecord(memory, taken.bytes, [this](const Record& record) { deliver(record); });
            back = taken.slab;
        }
    }

    // Runs the loop until `done`, or fails.
    void until(const std::string& what, const std::function<bool()>& done, int seconds = 60) {
        auto end = Clock::now() + std::chrono::seconds(seconds);
        while (!done()) {
            if (turn()) continue;
            std::unique_lock<std::mutex> guard(wakeup_->lock);
            wakeup_->changed.wait_for(guard, milliseconds(20),
                                      [this] { return wakeup_->signalled; });
            wakeup_->signalled = false;
            guard.unlock();
            if (Clock::now() > end) fail("never came: " + what);
        }
    }

    // The one answer to a call; a second one fails the test.
    const Record& answer(uint32_t call, int seconds = 60) {
        until(
            "the answer to call " + std::to_string(call), [&] { return answers.count(call) != 0; },
            seconds);
        return answers[call];
    }
    void succeeds(uint32_t call, const std::string& what) {
        auto& record = answer(call);
        check(record.head.kind == Kind::Result, what + ": " + record.text());
    }

    uint32_t openContext(uint16_t tcpPort) {
        auto context = newId(), call = newId();
        session.contextOpen(context, call,
                            {{"EPICS_PVA_ADDR_LIST", ""},
                             {"EPICS_PVA_AUTO_ADDR_LIST", "NO"},
                             {"EPICS_PVA_INTF_ADDR_LIST", "127.0.0.1"},
                             {"EPICS_PVA_NAME_SERVERS", "127.0.0.1:" + std::to_string(tcpPort)}});
        succeeds(call, "a context opens");
        return context;
    }
    void closeContext(uint32_t context) {
        settle("a context closes", [&](uint32_t call) { session.contextClose(context, call); });
    }
    void startServer(uint32_t server) {
        settle("the server starts", [&](uint32_t call) { session.serverStart(server, call); });
    }
    void stopServer(uint32_t server) {
        settle("the server stops", [&](uint32_t call) { session.serverStop(server, call); });
    }

    Session session;
    std::map<uint32_t, Record> answers;
    std::map<uint32_t, unsigned> settled; // how often
    // Gets every record that is not an answer to a call. Set by the test.
    std::function<void(const Record&)> other = [](const Record&) {};

private:
    template <typename Submit>
    void settle(const std::string& what, Submit submit) {
        auto call = newId();
        submit(call);
        succeeds(call, what);
    }
    void deliver(const Record& record) {
        switch (record.head.kind) {
        case Kind::Result:
        case Kind::Failure:
        case Kind::Phase:
            check(++settled[record.head.id] == 1,
                  "call " + std::to_string(record.head.id) + " is answered once");
            answers[record.head.id] = record;
            for (uint16_t i = 0; i < record.head.externals; i++) (void)session.takeArray();
            return;
        default:
            other(record);
            for (uint16_t i = 0; i < record.head.externals; i++) (void)session.takeArray();
        }
    }

    std::vector<Bytes> slabs_;
    uint32_t lastId_ = 0;
};

} // namespace harness
