#include "wire/codec.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace nodepvxs::wire {

namespace {

using Helper = pvxs::Value::Helper;

template <typename To, typename Stored>
void put(uint8_t*& at, const pvxs::impl::FieldStorage& field) {
    auto number = To(field.as<Stored>());
    std::memcpy(at, &number, sizeof number);
    at += sizeof number;
}

void putSize(uint8_t*& at, size_t size) {
    if (size < 254) {
        *at++ = uint8_t(size);
        return;
    }
    *at++ = 254;
    auto number = uint32_t(size);
    std::memcpy(at, &number, sizeof number);
    at += sizeof number;
}

void putText(uint8_t*& at, const std::string& text) {
    putSize(at, text.size());
    std::memcpy(at, text.data(), text.size());
    at += text.size();
}

constexpr size_t kMostSizeBytes = 5;

size_t mostBytesOf(pvxs::TypeCode code, const Array& array) {
    if (code != pvxs::TypeCode::StringA)
        return kMostSizeBytes + array.size() * code.scalarOf().size();
    auto texts = static_cast<const std::string*>(array.data());
    size_t bytes = kMostSizeBytes;
    for (size_t i = 0; i < array.size(); i++) bytes += kMostSizeBytes + texts[i].size();
    return bytes;
}

void putArray(uint8_t*& at, pvxs::TypeCode code, const Array& array) {
    putSize(at, array.size());
    if (code == pvxs::TypeCode::StringA) {
        auto texts = static_cast<const std::string*>(array.data());
        for (size_t i = 0; i < array.size(); i++) putText(at, texts[i]);
    } else if (!array.empty()) {
        auto size = array.size() * code.scalarOf().size();
        std::memcpy(at, array.data(), size);
        at += size;
    }
}

void putScalar(uint8_t*& at, pvxs::TypeCode code, const pvxs::impl::FieldStorage& field) {
    using Code = pvxs::TypeCode;
    switch (code.code) {
    case Code::Bool:
        return put<uint8_t, bool>(at, field);
    case Code::Int8:
        return put<int8_t, int64_t>(at, field);
    case Code::Int16:
        return put<int16_t, int64_t>(at, field);
    case Code::Int32:
        return put<int32_t, int64_t>(at, field);
    case Code::Int64:
        return put<int64_t, int64_t>(at, field);
    case Code::UInt8:
        return put<uint8_t, uint64_t>(at, field);
    case Code::UInt16:
        return put<uint16_t, uint64_t>(at, field);
    case Code::UInt32:
        return put<uint32_t, uint64_t>(at, field);
    case Code::UInt64:
        return put<uint64_t, uint64_t>(at, field);
    case Code::Float32:
        return put<float, double>(at, field);
    case Code::Float64:
        return put<double, double>(at, field);
    default:
        return putText(at, field.as<std::string>());
    }
}

// Changed bitset and fields where these are scalars and arrays of scalars, as in nearly every update. For so few bytes
// PVXS's encoder, with a bitset on the heap and a shared pointer per field, takes three times as long. False, with nothing
// written: something else is marked, or the buffer may be too small.
bool writeScalars(Buffer& to, const pvxs::Value& value) {
    using pvxs::StoreType;
    constexpr size_t kFields = 512, kScalars = 64;
    auto store = Helper::store_ptr(value);
    auto desc = Helper::desc(value);
    auto fields = desc->size();
    if (fields > kFields) return false;
    std::array<uint8_t, kFields / 8> bits{};
    // Filled up to `count`. NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
    std::array<uint16_t, kScalars> marked;
    size_t count = 0, most = 0;
    for (size_t bit = 0; bit < fields; bit++) {
        auto& field = store[bit];
        if (!field.valid) continue;
        auto code = desc[bit].code;
        if (count == kScalars || field.code == StoreType::Null || field.code == StoreType::Compound)
            return false;
        if (field.code != StoreType::Array)
            most += field.code == StoreType::String
                        ? kMostSizeBytes + field.as<std::string>().size()
                        : 8;
        else if (code.kind() != pvxs::Kind::Compound)
            most += mostBytesOf(code, field.as<Array>());
        else
            return false;
        bits[bit / 8] |= uint8_t(1u << (bit % 8));
        marked[count++] = uint16_t(bit);
    }
    size_t bytes = count == 0 ? 0 : marked[count - 1] / 8u + 1u;
    if (to.size() < 1 + bytes + most) return false;
    auto at = to.save();
    *at++ = uint8_t(bytes);
    std::memcpy(at, bits.data(), bytes);
    at += bytes;
    for (size_t i = 0; i < count; i++) {
        auto& field = store[marked[i]];
        auto code = desc[marked[i]].code;
        if (field.code == StoreType::Array)
            putArray(at, code, field.as<Array>());
        else
            putScalar(at, code, field);
    }
    to.restore(at);
    return true;
}

void check(const Buffer& from, const char* what) {
    if (!from.good()) throw std::invalid_argument(std::string("malformed ") + what);
}

} // namespace

TypePtr typeOf(const pvxs::Value& value) { return Helper::type(value); }

const void* typeKey(const pvxs::Value& value) { return Helper::desc(value); }

Bytes describe(const pvxs::Value& value) {
    Bytes out;
    {
        pvxs::impl::VectorOutBuf buffer(pvxs::impl::hostBE, out);
        pvxs::impl::to_wire(buffer, Helper::desc(value));
        out.resize(buffer.consumed());
    }
    return out;
}

pvxs::Value valueOfType(const uint8_t* at, size_t size) {
    FixedBuffer from(at, size);
    pvxs::impl::TypeStore cache;
    pvxs::Value value;
    pvxs::impl::from_wire_type(from, cache, value);
    check(from, "type description");
    if (!value) throw std::invalid_argument("a null type where a type is needed");
    return value;
}

void readChanged(pvxs::Value& into, const uint8_t* at, size_t size) {
    FixedBuffer from(at, size);
    pvxs::impl::TypeStore cache;
    pvxs::impl::from_wire_valid(from, cache, into);
    check(from, "value");
}

pvxs::Value readTyped(const uint8_t* at, size_t size) {
    FixedBuffer from(at, size);
    pvxs::impl::TypeStore cache;
    pvxs::Value value;
    pvxs::impl::from_wire_type_value(from, cache, value);
    check(from, "typed value");
    return value;
}

pvxs::Value TypedReader::read(const uint8_t* at, size_t size) {
    auto isOf = [&](const Known& known) {
        auto& description = known.description;
        return description.size() <= size &&
               std::memcmp(description.data(), at, description.size()) == 0;
    };
    FixedBuffer from(at, size);
    pvxs::impl::TypeStore cache;
    pvxs::Value value;
    auto found = std::find_if(known_.begin(), known_.end(), isOf);
    if (found == known_.end()) {
        pvxs::impl::from_wire_type(from, cache, value);
        check(from, "typed value");
        if (!value) return value;
        if (from.used() <= kLongest) {
            if (known_.size() == kKnown) known_.pop_back();
            known_.insert(known_.begin(), {Bytes(at, at + from.used()), value.cloneEmpty()});
        }
    } else {
        std::rotate(known_.begin(), found, found + 1);
        from._skip(known_.front().description.size());
        value = known_.front().prototype.cloneEmpty();
    }
    pvxs::impl::from_wire_full(from, cache, value);
    check(from, "typed value");
    return value;
}

void writeValue(Buffer& to, const pvxs::Value& value) {
    if (value.type() != pvxs::TypeCode::Struct)
        pvxs::impl::to_wire_full(to, value);
    else if (!writeScalars(to, value))
        pvxs::impl::to_wire_valid(to, value);
}

Bytes changedBytes(const pvxs::Value& value) {
    Bytes out;
    pvxs::impl::VectorOutBuf buffer(pvxs::impl::hostBE, out);
    writeValue(buffer, value);
    out.resize(buffer.consumed());
    return out;
}

} // namespace nodepvxs::wire
