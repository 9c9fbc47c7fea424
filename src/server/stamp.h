// The current time, as the time stamp of a value whose type has one.
#pragma once

#include <pvxs/data.h>

namespace nodepvxs::server {

// Where a type has its time stamp.
class Stamp final {
public:
    Stamp() = default;
    explicit Stamp(const pvxs::Value& prototype);
    void set(pvxs::Value& value) const;
    void setUnlessTimed(pvxs::Value& value) const;

private:
    size_t seconds_ = 0, nanoseconds_ = 0; // numbers of fields; 0: the type has none
};

} // namespace nodepvxs::server
