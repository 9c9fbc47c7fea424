#include "wire/fields.h"

namespace nodepvxs::wire {

using Helper = pvxs::Value::Helper;

void accumulateMarks(pvxs::Value& value, std::vector<bool>& seen) {
    auto store = Helper::store_ptr(value);
    auto size = Helper::desc(value)->size();
    seen.resize(size);
    for (size_t bit = 0; bit < size; bit++) {
        store[bit].valid = store[bit].valid || seen[bit];
        seen[bit] = store[bit].valid;
    }
}

size_t integerField(const pvxs::Value& value, const std::string& name) {
    auto desc = Helper::desc(value);
    if (desc->code != pvxs::TypeCode::Struct) return 0;
    auto found = desc->mlookup.find(name);
    if (found == desc->mlookup.end()) return 0;
    auto code = desc[found->second].code;
    return code.kind() == pvxs::Kind::Integer && !code.isarray() ? found->second : 0;
}

void setInteger(pvxs::Value& value, size_t field, int64_t number) {
    auto& store = Helper::store_ptr(value)[field];
    if (store.code == pvxs::StoreType::UInteger)
        store.as<uint64_t>() = uint64_t(number);
    else
        store.as<int64_t>() = number;
    store.valid = true;
}

bool isMarked(const pvxs::Value& value, size_t field) {
    auto store = Helper::store_ptr(value);
    auto desc = Helper::desc(value);
    for (;;) {
        if (store[field].valid) return true;
        if (field == 0) return false;
        field -= desc[field].parent_index;
    }
}

void assign(pvxs::Value& to, const pvxs::Value& from) {
    using pvxs::StoreType;
    auto target = Helper::store_ptr(to);
    auto source = Helper::store_ptr(from);
    auto fields = Helper::desc(from)->size();
    for (size_t bit = 0; bit < fields; bit++) {
        auto code = source[bit].code;
        if (source[bit].valid && (code == StoreType::Null || code == StoreType::Compound)) {
            to.assign(from);
            return;
        }
    }
    for (size_t bit = 0; bit < fields; bit++) {
        auto& field = source[bit];
        if (!field.valid) continue;
        switch (field.code) {
        case StoreType::Bool:
            target[bit].as<bool>() = field.as<bool>();
            break;
        case StoreType::UInteger:
            target[bit].as<uint64_t>() = field.as<uint64_t>();
            break;
        case StoreType::Integer:
            target[bit].as<int64_t>() = field.as<int64_t>();
            break;
        case StoreType::Real:
            target[bit].as<double>() = field.as<double>();
            break;
        case StoreType::String:
            target[bit].as<std::string>() = field.as<std::string>();
            break;
        default:
            target[bit].as<Array>() = field.as<Array>();
        }
        target[bit].valid = true;
    }
}

} // namespace nodepvxs::wire
