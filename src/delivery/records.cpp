#include "delivery/push.h"

#include <epicsTime.h>

namespace nodepvxs::delivery {

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
