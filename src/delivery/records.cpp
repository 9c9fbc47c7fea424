#include "delivery/records.h"

#include <epicsTime.h>

#include "delivery/outbox.h"
#include "threads/shortage.h"

namespace nodepvxs::delivery {

void pushDone(Outbox& outbox, uint32_t call) { outbox.push({Kind::Result, 0, 0, 0, call, 0}); }

void pushFailure(Outbox& outbox, uint32_t call, Failure why, const std::string& text) {
    outbox.push({Kind::Failure, uint8_t(why), 0, 0, call, 0},
                [&](wire::Buffer& to) { wire::put(to, text); });
}

Reason reasonOf(const std::exception& error, Failure otherwise) {
    auto shortage = threads::shortageIn(error);
    if (!shortage.empty()) return {Failure::Resource, shortage};
    return {otherwise, error.what()};
}

double milliseconds(const epicsTimeStamp& time) {
    return (double(time.secPastEpoch) + POSIX_TIME_AT_EPICS_EPOCH) * 1e3 + double(time.nsec) / 1e6;
}

double now() {
    epicsTimeStamp time{};
    epicsTimeGetCurrent(&time);
    return milliseconds(time);
}

void pushEvent(Outbox& outbox, uint32_t id, Event what, double time, const std::string& text) {
    outbox.push({Kind::Event, uint8_t(what), 0, 0, id, 0}, [&](wire::Buffer& to) {
        wire::put(to, time);
        wire::put(to, text);
    });
}

} // namespace nodepvxs::delivery
