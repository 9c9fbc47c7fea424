// golden_text: PVXS's bytes of a value, and a text of it that owes nothing to the encoding.
//
// The text is JSON: integers of 64 bits and all floating point numbers are text in it, strings are
// the hexadecimal of their bytes, a union is {select, value}, an any {code, value}.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <pvxs/data.h>

#include <dataimpl.h>
#include <pvaproto.h>

namespace golden {

using pvxs::Member;
using pvxs::shared_array;
using pvxs::TypeCode;
using pvxs::TypeDef;
using pvxs::Value;
using pvxs::impl::FieldDesc;
using Bytes = std::vector<uint8_t>;

constexpr bool bigEndian = EPICS_BYTE_ORDER == EPICS_ENDIAN_BIG;
inline unsigned failures = 0;

template <typename Write>
inline Bytes written(Write&& write) {
    Bytes bytes;
    size_t length;
    {
        pvxs::impl::VectorOutBuf buffer(bigEndian, bytes);
        write(buffer);
        if (!buffer.good()) throw std::runtime_error("PVXS cannot write this");
        length = buffer.consumed();
    }
    bytes.resize(length);
    return bytes;
}

inline Bytes typeBytes(const Value& value) {
    return written([&](pvxs::impl::Buffer& b) { to_wire(b, Value::Helper::desc(value)); });
}
inline Bytes fullBytes(const Value& value) {
    return written([&](pvxs::impl::Buffer& b) { to_wire_full(b, value); });
}
inline Bytes validBytes(const Value& value) {
    return written([&](pvxs::impl::Buffer& b) { to_wire_valid(b, value); });
}

inline std::string hex(const uint8_t* bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * length);
    for (size_t i = 0; i < length; i++) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}
inline std::string hex(const Bytes& bytes) { return hex(bytes.data(), bytes.size()); }
inline std::string quoted(const std::string& text) { return '"' + text + '"'; }

inline std::string realText(double value) {
    if (std::isnan(value)) return "\"NaN\"";
    if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    char text[40];
    std::snprintf(text, sizeof(text), "\"%.17g\"", value);
    return text;
}

// The elements of a union array that PVXS has read are the bare members: what was selected shows
// in their description only, and writing them again leaves the selector out.
inline Value selectedUnion(Value& field, const Value& element) {
    Value whole = field.allocMember();
    if (Value::Helper::desc(element) == Value::Helper::desc(whole)) return element;
    Value::Helper::store_ptr(whole)->as<Value>() = element;
    return whole;
}

std::string valueText(const Value& value);

template <typename T, typename Text>
inline std::string listText(const Value& value, Text&& text) {
    std::string list = "[";
    for (const auto& element : value.as<shared_array<const T>>()) {
        if (list.size() > 1) list += ',';
        list += text(element);
    }
    return list + ']';
}

inline std::string integerText(int64_t value) { return std::to_string(value); }
inline std::string bytesText(const std::string& value) {
    return quoted(hex(reinterpret_cast<const uint8_t*>(value.data()), value.size()));
}

inline std::string arrayText(const Value& value) {
    switch (value.type().code) {
    case TypeCode::BoolA:
        return listText<bool>(value, [](bool b) { return std::string(b ? "true" : "false"); });
    case TypeCode::Int8A:
        return listText<int8_t>(value, integerText);
    case TypeCode::Int16A:
        return listText<int16_t>(value, integerText);
    case TypeCode::Int32A:
        return listText<int32_t>(value, integerText);
    case TypeCode::UInt8A:
        return listText<uint8_t>(value, integerText);
    case TypeCode::UInt16A:
        return listText<uint16_t>(value, integerText);
    case TypeCode::UInt32A:
        return listText<uint32_t>(value, integerText);
    case TypeCode::Int64A:
        return listText<int64_t>(value, [](int64_t i) { return quoted(std::to_string(i)); });
    case TypeCode::UInt64A:
        return listText<uint64_t>(value, [](uint64_t i) { return quoted(std::to_string(i)); });
    case TypeCode::Float32A:
        return listText<float>(value, realText);
    case TypeCode::Float64A:
        return listText<double>(value, realText);
    case TypeCode::StringA:
        return listText<std::string>(value, bytesText);
    default:
        break;
    }
    Value field(value);
    return listText<Value>(value, [&](const Value& element) {
        if (!element) return std::string("null");
        switch (value.type().code) {
        case TypeCode::StructA:
            return valueText(element);
        case TypeCode::UnionA:
            return valueText(selectedUnion(field, element));
        default:
            return "{\"code\":" + std::to_string(element.type().code) +
                   ",\"value\":" + valueText(element) + '}';
        }
    });
}

inline std::string structText(const Value& value) {
    std::string text = "{";
    for (const auto& member : value.ichildren()) {
        if (text.size() > 1) text += ',';
        text += quoted(value.nameOf(member)) + ':' + valueText(member);
    }
    return text + '}';
}

inline std::string compoundText(const Value& value) {
    const Value& inner = Value::Helper::store_ptr(value)->as<Value>();
    if (!inner) return "null";
    if (value.type() == TypeCode::Any)
        return "{\"code\":" + std::to_string(inner.type().code) + ",\"value\":" + valueText(inner) +
               '}';
    const FieldDesc* desc = Value::Helper::desc(value);
    for (const auto& pair : desc->miter)
        if (&desc->members[pair.second] == Value::Helper::desc(inner))
            return "{\"select\":" + quoted(pair.first) + ",\"value\":" + valueText(inner) + '}';
    throw std::logic_error("a union holds what is no member of it");
}

inline std::string valueText(const Value& value) {
    if (value.type().isarray()) return arrayText(value);
    switch (value.type().code) {
    case TypeCode::Struct:
        return structText(value);
    case TypeCode::Union:
    case TypeCode::Any:
        return compoundText(value);
    case TypeCode::Bool:
        return value.as<bool>() ? "true" : "false";
    case TypeCode::Int64:
        return quoted(std::to_string(value.as<int64_t>()));
    case TypeCode::UInt64:
        return quoted(std::to_string(value.as<uint64_t>()));
    case TypeCode::Float32:
    case TypeCode::Float64:
        return realText(value.as<double>());
    case TypeCode::String:
        return bytesText(value.as<std::string>());
    default:
        return std::to_string(value.as<int64_t>());
    }
}

inline Value readBack(const Bytes& type, const Bytes& full) {
    Bytes bytes(type);
    bytes.insert(bytes.end(), full.begin(), full.end());
    pvxs::impl::FixedBuf buffer(bigEndian, bytes);
    pvxs::impl::TypeStore cache;
    Value value;
    from_wire_type_value(buffer, cache, value);
    if (!buffer.good() || !buffer.empty())
        throw std::runtime_error("PVXS cannot read what it wrote");
    return value;
}

inline void emit(const std::string& name, const Value& value) {
    const bool isStruct = value.type() == TypeCode::Struct;
    const Bytes type = typeBytes(value), full = fullBytes(value);
    const std::string text = valueText(value);
    std::cout << "{\"name\":" << quoted(name) << ",\"type\":" << quoted(hex(type))
              << ",\"valid\":" << (isStruct ? quoted(hex(validBytes(value))) : "null")
              << ",\"full\":" << quoted(hex(full)) << ",\"value\":" << text << "}\n";
    if (valueText(readBack(type, full)) != text) {
        std::cerr << name << ": PVXS reads back something else\n";
        failures++;
    }
}

} // namespace golden
