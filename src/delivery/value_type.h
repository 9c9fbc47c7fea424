// ValueType: what is known about the type of the values of one operation, looked up once per type.
#pragma once

#include "delivery/outbox.h"
#include "wire/codec.h"

namespace nodepvxs::delivery {

class ValueType {
public:
    // True when `value` has another type than the one before. This is also so after a reconnect.
    bool update(Outbox& outbox, const pvxs::Value& value) {
        if (wire::typeKey(value) == known_.get()) {
            if (age_ == outbox.typeAge()) return false;
            age_ = outbox.typeAge();
            outbox.keepType(id_, wire::describe(value));
            return false;
        }
        known_ = wire::typeOf(value);
        age_ = outbox.typeAge();
        id_ = outbox.typeId(wire::describe(value));
        arrays_ = wire::ArrayFields(value);
        return true;
    }
    [[nodiscard]] uint32_t id() const { return id_; }
    [[nodiscard]] const wire::ArrayFields& arrays() const { return arrays_; }

private:
    wire::TypePtr known_; // keeps the description alive: its address is the key
    uint32_t id_ = 0;
    uint32_t age_ = 0;
    wire::ArrayFields arrays_;
};

} // namespace nodepvxs::delivery
