// Types and values as bytes: PVXS's own codec behind five functions.
#pragma once

#include <memory>
#include <vector>

#include "wire/buffer.h"

namespace nodepvxs::wire {

using TypePtr = std::shared_ptr<const pvxs::impl::FieldDesc>;

// The description of a value's type. Its address is the key by which a changed type is noticed, so
// keep the pointer.
TypePtr typeOf(const pvxs::Value& value);
const void* typeKey(const pvxs::Value& value);
Bytes describe(const pvxs::Value& value);

// An empty value of the described type. Throws std::invalid_argument on bytes that are no type.
pvxs::Value valueOfType(const uint8_t* at, size_t size);
// Changed bitset and fields, into `into`. Throws std::invalid_argument when they do not fit the
// type.
void readChanged(pvxs::Value& into, const uint8_t* at, size_t size);
// Type and full value; an empty Value for a null type.
pvxs::Value readTyped(const uint8_t* at, size_t size);

// The same for one thread that reads the same few types again and again: making a type takes many times as long as
// reading a value of it. A description tells its own end, so bytes that begin with one have that type.
class TypedReader {
public:
    pvxs::Value read(const uint8_t* at, size_t size);

private:
    struct Known {
        Bytes description;
        pvxs::Value prototype;
    };
    static constexpr size_t kKnown = 16, kLongest = 4096;
    std::vector<Known> known_; // the last one used stands first
};

// Changed bitset and fields; the bare value when the type is no structure.
void writeValue(Buffer& to, const pvxs::Value& value);
Bytes changedBytes(const pvxs::Value& value);

} // namespace nodepvxs::wire
