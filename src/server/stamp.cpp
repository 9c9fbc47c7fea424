#include "server/stamp.h"

#include <epicsTime.h>

#include "wire/fields.h"

namespace nodepvxs::server {

Stamp::Stamp(const pvxs::Value& prototype) {
    auto seconds = wire::integerField(prototype, "timeStamp.secondsPastEpoch");
    auto nanoseconds = wire::integerField(prototype, "timeStamp.nanoseconds");
    if (seconds == 0 || nanoseconds == 0) return;
    seconds_ = seconds;
    nanoseconds_ = nanoseconds;
}

void Stamp::set(pvxs::Value& value) const {
    if (seconds_ == 0) return;
    epicsTimeStamp now{};
    if (epicsTimeGetCurrent(&now) != 0) return;
    wire::setInteger(value, seconds_, int64_t(now.secPastEpoch) + POSIX_TIME_AT_EPICS_EPOCH);
    wire::setInteger(value, nanoseconds_, now.nsec);
}

void Stamp::setUnlessTimed(pvxs::Value& value) const {
    if (!wire::isMarked(value, seconds_) && !wire::isMarked(value, nanoseconds_)) set(value);
}

} // namespace nodepvxs::server
