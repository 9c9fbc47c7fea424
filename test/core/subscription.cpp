// A client::Subscription that has stopped for lack of a free slab or of credit: what comes meanwhile is not forgotten,
// although PVXS reports it only once.
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>

#include "harness.h"

using namespace harness;

namespace {

// Few updates fill the one slab.
constexpr uint32_t kSlab = 4096;
constexpr size_t kText = 1000;

class Posts {
public:
    Posts() : server_(pvxs::server::Config::isolated().build()) {
        using namespace pvxs::members;
        prototype_ = pvxs::TypeDef(pvxs::TypeCode::Struct, "test:text", {String("value")}).create();
        pv_.open(prototype_);
        server_.addPV("pv", pv_).start();
    }
    [[nodiscard]] uint16_t port() const { return server_.config().tcp_port; }
    void post(char letter) {
        auto value = prototype_.cloneEmpty();
        value["value"] = std::string(kText, letter);
        pv_.post(value);
    }

private:
    pvxs::server::SharedPV pv_ = pvxs::server::SharedPV::buildReadonly();
    pvxs::server::Server server_;
    pvxs::Value prototype_;
};

struct Monitor {
    Posts posts;
    Js js{1, kSlab};
    const uint32_t context = js.openContext(posts.port());
    const uint32_t id = js.newId();
    std::string got; // the letters of the updates
    std::string posted;

    explicit Monitor(uint32_t credit) {
        js.other = [this](const Record& record) {
            if (record.head.kind != Kind::Update) return;
            got += record.content.size() > kText ? char(record.content.back()) : '-';
        };
        js.session.monitor(id, {{context, "pv", ""}, {}}, credit, false);
        posted = "-"; // the first update, with an empty text
        js.until("the first update", [&] { return got == posted; });
    }

    // Posts the next letter, and returns when the worker has done what it can with it.
    client::SubscriptionStats next() {
        auto letter = char('a' + posted.size() - 1);
        posts.post(letter);
        posted += letter;
        auto end = Clock::now() + std::chrono::seconds(60);
        for (;;) {
            (void)js.session.contextReport(context); // waits for what the worker was doing
            auto now = js.session.monitorStats(id);
            check(now.has_value(), "the subscription is there");
            if (now->handed + now->queued == posted.size()) break;
            check(Clock::now() < end, std::string("never came: ") + letter);
            std::this_thread::sleep_for(milliseconds(1));
        }
        (void)js.session.contextReport(context);
        return *js.session.monitorStats(id);
    }

    void arrives() {
        js.until("what was posted while it stood still", [&] { return got == posted; }, 10);
    }
};

void withoutSlab() {
    Monitor monitor(0);
    auto now = monitor.next();
    for (int i = 0; i < 20 && now.queued == 0; i++) now = monitor.next();
    check(now.queued == 1,
          "the one update that finds no slab has been popped, and the queue seen empty");
    now = monitor.next();
    check(now.queued == 2, "the event finds it without a slab");
    monitor.arrives();
    // It is woken as before.
    monitor.next();
    monitor.arrives();
}

void forWantOfCredit() {
    Monitor monitor(2); // the first update took one
    check(monitor.next().queued == 0, "there is credit for one more");
    check(monitor.next().queued == 1, "and none for the next");
    check(monitor.next().queued == 2, "the event finds it without credit");
    const uint32_t pair[] = {monitor.id, 5};
    monitor.js.session.credit({pair, 2}, 1);
    monitor.arrives();
    monitor.next();
    monitor.arrives();
}

} // namespace

int main() {
    Deadline deadline(200);
    deadline.enter("no slab");
    withoutSlab();
    deadline.enter("no credit");
    forWantOfCredit();
    std::printf("ok\n");
    return 0;
}
