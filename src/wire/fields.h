// Fields and marks of a value, by number.
#pragma once

#include <string>
#include <vector>

#include "wire/buffer.h"

namespace nodepvxs::wire {

// Marks in `value` every field that was marked in a value before (`seen`, by field number), and adds to `seen` what is
// marked now.
void accumulateMarks(pvxs::Value& value, std::vector<bool>& seen);

// The number of a field that holds a single integer, 0 when there is none of that name. PVXS's own access looks up the
// name each time.
size_t integerField(const pvxs::Value& value, const std::string& name);
void setInteger(pvxs::Value& value, size_t field, int64_t number);
// True when the field or a structure around it is marked.
bool isMarked(const pvxs::Value& value, size_t field);

// Copies the marked fields of `from` into `to`, which has the same type. As PVXS's assign(), but scalars and arrays of
// scalars take a tenth of its time.
void assign(pvxs::Value& to, const pvxs::Value& from);

} // namespace nodepvxs::wire
