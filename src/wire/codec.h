// Types and values as bytes: PVXS's own codec behind five functions.
#pragma once

#include <memory>
#include <vector>

#include "wire/buffer.h"

namespace nodepvxs::wire {

using Array = pvxs::shared_array<const void>;
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

// Marks in `value` what was ever marked in one before (`seen`, by field number), and takes down
// what is marked now.
void accumulateMarks(pvxs::Value& value, std::vector<bool>& seen);

// Fields by number, which PVXS's own access looks up by name each time. The number of a field that holds a single integer;
// 0 when there is none of that name.
size_t integerField(const pvxs::Value& value, const std::string& name);
void setInteger(pvxs::Value& value, size_t field, int64_t number);
// Itself or a structure around it.
bool isMarked(const pvxs::Value& value, size_t field);

// The marked fields of `from` into `to`, which has the same type: as PVXS's assign(), of which scalars take a tenth.
void assign(pvxs::Value& to, const pvxs::Value& from);

size_t bytesOf(const Array& array);

// The numeric arrays of a type: what may travel beside a record instead of inside it.
class ArrayFields {
public:
    ArrayFields() = default;
    explicit ArrayFields(const pvxs::Value& value);

private:
    friend class Update;
    struct Field {
        uint32_t bit;
        pvxs::TypeCode code;
        bool isUnion;
    };
    std::vector<Field> fields_;
};

// One value on its way into a record. Marked arrays of at least `limit` bytes are left out of the
// encoding and collected in `beside`; behind the fields stand three uint32 for each: bit, array
// type code, selected member + 1.
class Update {
public:
    Update(const pvxs::Value& value, const ArrayFields& arrays, size_t limit);
    void write(Buffer& to) const;
    [[nodiscard]] uint16_t externals() const { return uint16_t(beside.size()); }
    std::vector<Array> beside;

private:
    struct Entry {
        uint32_t bit, code, select;
    };
    void leaveOut(uint32_t bit);

    const pvxs::Value& value_;
    std::vector<Entry> entries_;
    pvxs::BitMask mask_;
};

} // namespace nodepvxs::wire
