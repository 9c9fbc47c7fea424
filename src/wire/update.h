// Update: a value on its way into a record, its large arrays beside it.
#pragma once

#include <vector>

#include "wire/buffer.h"

namespace nodepvxs::wire {

size_t bytesOf(const Array& array);

// The numeric arrays of a type: these may travel beside a record instead of inside it.
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

// One value on its way into a record. Marked arrays of at least `limit` bytes are left out of the encoding and collected in
// `beside`. Three uint32 for each follow the fields: bit, array type code, selected member + 1.
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
