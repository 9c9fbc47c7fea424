// Types and values as bytes, in PVAccess's encoding.
//
// Types, and values with compounds or unions in them, go through PVXS's own encoder and decoder. Scalars and arrays of
// scalars, which is nearly every update, are written by our own encoder, for speed alone: test/core/scalars.cpp compares
// it to PVXS's, byte by byte.
#pragma once

#include <memory>
#include <vector>

#include "wire/buffer.h"

namespace nodepvxs::wire {

using TypePtr = std::shared_ptr<const pvxs::impl::FieldDesc>;

// The description of a value's type. A changed type is noticed by its address, so keep the pointer.
TypePtr typeOf(const pvxs::Value& value);
const void* typeKey(const pvxs::Value& value);
Bytes describe(const pvxs::Value& value);

// An empty value of the described type. Throws std::invalid_argument when the bytes do not describe a type.
pvxs::Value valueOfType(const uint8_t* at, size_t size);
// Reads changed bitset and fields into `into`. Throws std::invalid_argument when they do not fit the type.
void readChanged(pvxs::Value& into, const uint8_t* at, size_t size);
// Type and full value; an empty Value for a null type.
pvxs::Value readTyped(const uint8_t* at, size_t size);

// The same for one thread that reads a few types again and again: to make a type takes many times as long as to read a
// value of it. A description marks its own end, so bytes that begin with a known description have that type.
class TypedReader {
public:
    pvxs::Value read(const uint8_t* at, size_t size);

private:
    struct Known {
        Bytes description;
        pvxs::Value prototype;
    };
    static constexpr size_t kKnown = 16, kLongest = 4096;
    std::vector<Known> known_; // the one used last comes first
};

// Changed bitset and fields, or the bare value when the type is not a structure.
void writeValue(Buffer& to, const pvxs::Value& value);
Bytes changedBytes(const pvxs::Value& value);

} // namespace nodepvxs::wire
