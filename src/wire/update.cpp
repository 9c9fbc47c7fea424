#include "wire/update.h"

#include "wire/codec.h"
#include "wire/fields.h"

namespace nodepvxs::wire {

namespace {

using Helper = pvxs::Value::Helper;

bool isNumericArray(pvxs::TypeCode code) {
    return code.isarray() && code.kind() != pvxs::Kind::Compound &&
           code.scalarOf() != pvxs::TypeCode::String;
}

} // namespace

size_t bytesOf(const Array& array) {
    return array.size() * pvxs::elementSize(array.original_type());
}

ArrayFields::ArrayFields(const pvxs::Value& value) {
    auto desc = Helper::desc(value);
    if (desc->code != pvxs::TypeCode::Struct) return;
    for (size_t bit = 0; bit < desc->size(); bit++) {
        auto code = desc[bit].code;
        if (code == pvxs::TypeCode::Union || isNumericArray(code))
            fields_.push_back({uint32_t(bit), code, code == pvxs::TypeCode::Union});
    }
}

Update::Update(const pvxs::Value& value, const ArrayFields& arrays, size_t limit) : value_(value) {
    if (arrays.fields_.empty()) return;
    auto store = Helper::store_ptr(value);
    auto desc = Helper::desc(value);
    for (auto& field : arrays.fields_) {
        if (!isMarked(value, field.bit)) continue;
        auto at = store + field.bit;
        auto code = field.code;
        uint32_t select = 0;
        if (field.isUnion) {
            auto& chosen = at->as<pvxs::Value>();
            if (!chosen || !isNumericArray(chosen.type())) continue;
            auto member = Helper::desc(chosen);
            for (auto& choice : desc[field.bit].miter) {
                select++;
                if (member == &desc[field.bit].members[choice.second]) break;
            }
            code = chosen.type();
            at = Helper::store_ptr(chosen);
        }
        auto& array = at->as<Array>();
        if (array.size() * code.scalarOf().size() < limit) continue;
        if (entries_.empty()) {
            mask_.resize(desc->size());
            for (size_t bit = 0; bit < desc->size(); bit++) mask_[bit] = true;
        }
        entries_.push_back({field.bit, code.code, select});
        beside.push_back(array);
        leaveOut(field.bit);
    }
}

// A marked ancestor would encode the field in spite of the mask, so its bit is cleared too. Its other members are written
// by their own marks: PVXS marks the leaves when it decodes.
void Update::leaveOut(uint32_t bit) {
    auto desc = Helper::desc(value_);
    for (;;) {
        mask_[bit] = false;
        if (bit == 0) return;
        bit -= uint32_t(desc[bit].parent_index);
    }
}

void Update::write(Buffer& to) const {
    if (entries_.empty()) return writeValue(to, value_);
    pvxs::impl::to_wire_valid(to, value_, &mask_);
    for (auto& entry : entries_) {
        put(to, entry.bit);
        put(to, entry.code);
        put(to, entry.select);
    }
}

} // namespace nodepvxs::wire
