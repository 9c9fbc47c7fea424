// Fields and marks of a value, by number.
#pragma once

#include <string>
#include <vector>

#include "wire/buffer.h"

namespace nodepvxs::wire {

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

} // namespace nodepvxs::wire
