// golden: PVXS's own bytes for values of every type, which the TypeScript codec is tested against.
//
// Prints one JSON object per line: name, type, full, valid (bytes in hexadecimal; valid is null where the type is no
// structure) and value, a text of the value that owes nothing to the encoding: integers of 64 bits and all floating point
// numbers as text, strings as the hexadecimal of their bytes, a union as {select, value}, an any as {code, value}.
// Each case is also read back and written again by PVXS; the exit code says whether all of them came out the same.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <pvxs/data.h>
#include <pvxs/nt.h>

#include <dataimpl.h>
#include <pvaproto.h>

namespace {

using pvxs::Member;
using pvxs::shared_array;
using pvxs::TypeCode;
using pvxs::TypeDef;
using pvxs::Value;
using pvxs::impl::FieldDesc;
using Bytes = std::vector<uint8_t>;

const bool bigEndian = EPICS_BYTE_ORDER == EPICS_ENDIAN_BIG;
unsigned failures = 0;

template <typename Write>
Bytes written(Write&& write) {
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

Bytes typeBytes(const Value& value) {
    return written([&](pvxs::impl::Buffer& b) { to_wire(b, Value::Helper::desc(value)); });
}
Bytes fullBytes(const Value& value) {
    return written([&](pvxs::impl::Buffer& b) { to_wire_full(b, value); });
}
Bytes validBytes(const Value& value) {
    return written([&](pvxs::impl::Buffer& b) { to_wire_valid(b, value); });
}

std::string hex(const uint8_t* bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * length);
    for (size_t i = 0; i < length; i++) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}
std::string hex(const Bytes& bytes) { return hex(bytes.data(), bytes.size()); }
std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string realText(double value) {
    if (std::isnan(value)) return "\"NaN\"";
    if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    char text[40];
    std::snprintf(text, sizeof(text), "\"%.17g\"", value);
    return text;
}

// The elements of a union array that PVXS has read are the bare members: what was selected shows in their
// description only, and writing them again leaves the selector out.
Value selectedUnion(Value& field, const Value& element) {
    Value whole = field.allocMember();
    if (Value::Helper::desc(element) == Value::Helper::desc(whole)) return element;
    Value::Helper::store_ptr(whole)->as<Value>() = element;
    return whole;
}

std::string valueText(const Value& value);

template <typename T, typename Text>
std::string listText(const Value& value, Text&& text) {
    std::string list = "[";
    for (const auto& element : value.as<shared_array<const T>>()) {
        if (list.size() > 1) list += ',';
        list += text(element);
    }
    return list + ']';
}

std::string integerText(int64_t value) { return std::to_string(value); }
std::string bytesText(const std::string& value) {
    return quoted(hex(reinterpret_cast<const uint8_t*>(value.data()), value.size()));
}

std::string arrayText(const Value& value) {
    switch (value.type().code) {
    case TypeCode::BoolA:
        return listText<bool>(value, [](bool b) { return std::string(b ? "true" : "false"); });
    case TypeCode::Int8A: return listText<int8_t>(value, integerText);
    case TypeCode::Int16A: return listText<int16_t>(value, integerText);
    case TypeCode::Int32A: return listText<int32_t>(value, integerText);
    case TypeCode::UInt8A: return listText<uint8_t>(value, integerText);
    case TypeCode::UInt16A: return listText<uint16_t>(value, integerText);
    case TypeCode::UInt32A: return listText<uint32_t>(value, integerText);
    case TypeCode::Int64A:
        return listText<int64_t>(value, [](int64_t i) { return quoted(std::to_string(i)); });
    case TypeCode::UInt64A:
        return listText<uint64_t>(value, [](uint64_t i) { return quoted(std::to_string(i)); });
    case TypeCode::Float32A: return listText<float>(value, realText);
    case TypeCode::Float64A: return listText<double>(value, realText);
    case TypeCode::StringA: return listText<std::string>(value, bytesText);
    default: break;
    }
    Value field(value);
    return listText<Value>(value, [&](const Value& element) {
        if (!element) return std::string("null");
        switch (value.type().code) {
        case TypeCode::StructA: return valueText(element);
        case TypeCode::UnionA: return valueText(selectedUnion(field, element));
        default:
            return "{\"code\":" + std::to_string(element.type().code) + ",\"value\":" + valueText(element) + '}';
        }
    });
}

std::string structText(const Value& value) {
    std::string text = "{";
    for (const auto& member : value.ichildren()) {
        if (text.size() > 1) text += ',';
        text += quoted(value.nameOf(member)) + ':' + valueText(member);
    }
    return text + '}';
}

std::string compoundText(const Value& value) {
    const Value& inner = Value::Helper::store_ptr(value)->as<Value>();
    if (!inner) return "null";
    if (value.type() == TypeCode::Any)
        return "{\"code\":" + std::to_string(inner.type().code) + ",\"value\":" + valueText(inner) + '}';
    const FieldDesc* desc = Value::Helper::desc(value);
    for (const auto& pair : desc->miter)
        if (&desc->members[pair.second] == Value::Helper::desc(inner))
            return "{\"select\":" + quoted(pair.first) + ",\"value\":" + valueText(inner) + '}';
    throw std::logic_error("a union holds what is no member of it");
}

std::string valueText(const Value& value) {
    if (value.type().isarray()) return arrayText(value);
    switch (value.type().code) {
    case TypeCode::Struct: return structText(value);
    case TypeCode::Union:
    case TypeCode::Any: return compoundText(value);
    case TypeCode::Bool: return value.as<bool>() ? "true" : "false";
    case TypeCode::Int64: return quoted(std::to_string(value.as<int64_t>()));
    case TypeCode::UInt64: return quoted(std::to_string(value.as<uint64_t>()));
    case TypeCode::Float32:
    case TypeCode::Float64: return realText(value.as<double>());
    case TypeCode::String: return bytesText(value.as<std::string>());
    default: return std::to_string(value.as<int64_t>());
    }
}

Value readBack(const Bytes& type, const Bytes& full) {
    Bytes bytes(type);
    bytes.insert(bytes.end(), full.begin(), full.end());
    pvxs::impl::FixedBuf buffer(bigEndian, bytes);
    pvxs::impl::TypeStore cache;
    Value value;
    from_wire_type_value(buffer, cache, value);
    if (!buffer.good() || !buffer.empty()) throw std::runtime_error("PVXS cannot read what it wrote");
    return value;
}

void emit(const std::string& name, const Value& value) {
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

Value oneField(TypeCode code) {
    return TypeDef(TypeCode::Struct, {Member(code, "value")}).create();
}

template <typename T>
void scalarCases(TypeCode code, const std::vector<T>& values) {
    emit(std::string(code.name()) + " default", oneField(code));
    for (size_t i = 0; i < values.size(); i++) {
        Value value = oneField(code);
        value["value"] = values[i];
        emit(std::string(code.name()) + " #" + std::to_string(i), value);
        Value bare = TypeDef(code).create();
        bare = values[i];
        emit(std::string("bare ") + code.name() + " #" + std::to_string(i), bare);
    }
}

template <typename T>
void integerCases(TypeCode code) {
    using Limits = std::numeric_limits<T>;
    scalarCases<T>(code, {T(0), T(1), T(-1), T(100), Limits::min(), Limits::max(), T(Limits::max() - 1)});
}

template <typename T>
void realCases(TypeCode code) {
    using Limits = std::numeric_limits<T>;
    scalarCases<T>(code, {T(0), -T(0), T(1.5), T(0.1), Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(),
                          Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(), Limits::epsilon()});
}

void stringCases() {
    std::vector<std::string> texts = {"", "x", "hello", "\xc2\xb0""C", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                      std::string("a\0b", 3), "tab\tquote\"back\\slash\x1b[31m\x7f", "\xef\xbb\xbf""bom",
                                      "\xef\xbf\xbd genuine replacement"};
    for (size_t length : {31, 32, 33, 84, 85, 252, 253, 254, 255, 256, 65535, 65536})
        texts.push_back(std::string(length, 'x'));
    texts.push_back(std::string(84, 'x') + "\xc2\xb5");
    for (size_t length : {126, 127, 128}) { // two bytes each
        std::string text;
        for (size_t i = 0; i < length; i++) text += "\xc3\xbc";
        texts.push_back(text);
    }
    scalarCases<std::string>(TypeCode::String, texts);
}

void malformedTextCases() {
    const std::vector<std::string> texts = {"20\xb0""C", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                            "cut \xe2\x82", "\xff\xfe", "\x80", "\xc3 \xef\xbf\xbd"};
    for (size_t i = 0; i < texts.size(); i++) {
        Value value = oneField(TypeCode::String);
        value["value"] = texts[i];
        emit("malformed text #" + std::to_string(i), value);
    }
}

template <typename T>
void arrayCases(TypeCode code, const std::function<T(size_t)>& element) {
    for (size_t length : {0, 1, 2, 3, 5, 8, 9, 33, 253, 254, 255, 300}) {
        Value value = TypeDef(TypeCode::Struct, {Member(TypeCode::Int8, "shift"), Member(code, "value"),
                                                 Member(TypeCode::Int16, "after")}).create();
        shared_array<T> array(length);
        for (size_t i = 0; i < length; i++) array[i] = element(i);
        value["value"] = array.freeze();
        value["after"] = 258;
        emit(std::string(code.name()) + " of " + std::to_string(length), value);
    }
}

template <typename T>
void numberArrayCases(TypeCode code) {
    using Limits = std::numeric_limits<T>;
    const std::vector<T> values = {Limits::lowest(), Limits::max(), T(0), T(1), T(-1), Limits::min()};
    arrayCases<T>(code, [&](size_t i) { return i < values.size() ? values[i] : T(i * 7 + 3); });
}

void allArrayCases() {
    arrayCases<bool>(TypeCode::BoolA, [](size_t i) { return i % 3 == 1; });
    numberArrayCases<int8_t>(TypeCode::Int8A);
    numberArrayCases<int16_t>(TypeCode::Int16A);
    numberArrayCases<int32_t>(TypeCode::Int32A);
    numberArrayCases<int64_t>(TypeCode::Int64A);
    numberArrayCases<uint8_t>(TypeCode::UInt8A);
    numberArrayCases<uint16_t>(TypeCode::UInt16A);
    numberArrayCases<uint32_t>(TypeCode::UInt32A);
    numberArrayCases<uint64_t>(TypeCode::UInt64A);
    numberArrayCases<float>(TypeCode::Float32A);
    numberArrayCases<double>(TypeCode::Float64A);
    arrayCases<std::string>(TypeCode::StringA, [](size_t i) {
        return i % 4 == 0 ? std::string() : i % 4 == 1 ? std::string("\xc3\xa9") : std::string(i % 40, 'a');
    });
    Value large = oneField(TypeCode::UInt8A);
    shared_array<uint8_t> bytes(65536);
    for (size_t i = 0; i < bytes.size(); i++) bytes[i] = uint8_t(i * i >> 3);
    large["value"] = bytes.freeze();
    emit("uint8_t[] of 65536", large);
}

TypeDef pointType() {
    return TypeDef(TypeCode::Struct, "point_t", {Member(TypeCode::Float64, "x"), Member(TypeCode::String, "label"),
                                                 pvxs::members::Struct("more", {Member(TypeCode::Int32A, "list")})});
}

void structArrayCases() {
    const TypeDef type(TypeCode::Struct, {pointType().as(TypeCode::StructA, "points"), Member(TypeCode::Int8, "after")});
    emit("struct[] empty", type.create());
    for (size_t length : {1, 2, 3, 254}) {
        Value value = type.create();
        shared_array<Value> points(length);
        for (size_t i = 0; i < length; i++) {
            if (i % 3 == 1) continue;
            points[i] = value["points"].allocMember();
            points[i]["x"] = double(i);
            points[i]["label"] = "p" + std::to_string(i);
            if (i % 2 == 0) points[i]["more.list"] = shared_array<const int32_t>({1, int32_t(i), -1});
        }
        value["points"] = points.freeze();
        emit("struct[] of " + std::to_string(length) + " with nulls", value);
    }
    Value nulls = type.create();
    nulls["points"] = shared_array<Value>(3).freeze();
    emit("struct[] of nulls", nulls);
}

TypeDef choiceType(TypeCode code) {
    return TypeDef(code, "choice_t", {Member(TypeCode::Int32, "i"), Member(TypeCode::String, "s"), Member(TypeCode::Float64A, "a"),
                                      pointType().as("p"), Member(TypeCode::Any, "any"),
                                      pvxs::members::Union("u", {Member(TypeCode::Bool, "b"), Member(TypeCode::Int64, "l")})});
}

void select(Value choice, size_t which) {
    switch (which % 7) {
    case 0: break;
    case 1: choice["->i"] = -5; break;
    case 2: choice["->s"] = "text"; break;
    case 3: choice["->a"] = shared_array<const double>({1.5, -2.5}); break;
    case 4: choice["->p.x"] = 2.0; break;
    case 5: choice["->any"] = 12; break;
    default: choice["->u->l"] = int64_t(1) << 62; break;
    }
}

void unionCases() {
    const TypeDef type(TypeCode::Struct, {choiceType(TypeCode::Union).as("choice"), Member(TypeCode::Int8, "after")});
    for (size_t which = 0; which < 7; which++) {
        Value value = type.create();
        select(value["choice"], which);
        emit("union #" + std::to_string(which), value);
        Value bare = choiceType(TypeCode::Union).create();
        select(bare, which);
        emit("bare union #" + std::to_string(which), bare);
    }
    std::vector<Member> many;
    for (size_t i = 0; i < 300; i++) many.emplace_back(TypeCode::UInt16, "m" + std::to_string(i));
    for (size_t which : {0, 252, 253, 254, 255, 299}) {
        Value value = TypeDef(TypeCode::Struct, {Member(TypeCode::Union, "wide", many)}).create();
        value["wide->m" + std::to_string(which)] = which;
        emit("union of 300, member " + std::to_string(which), value);
    }
}

void unionArrayCases() {
    const TypeDef type(TypeCode::Struct, {choiceType(TypeCode::Union).as(TypeCode::UnionA, "choices"), Member(TypeCode::Int8, "after")});
    emit("union[] empty", type.create());
    Value value = type.create();
    shared_array<Value> choices(9);
    for (size_t i = 0; i < choices.size(); i++) {
        if (i == 2) continue;
        choices[i] = value["choices"].allocMember();
        // An element that is there and selects nothing reads back as one that is not there.
        select(choices[i], i % 6 + 1);
    }
    value["choices"] = choices.freeze();
    emit("union[] of 9 with null", value);
}

std::vector<Value> anyContents() {
    std::vector<Value> contents;
    contents.push_back(Value());
    Value integer = TypeDef(TypeCode::UInt64).create();
    integer = std::numeric_limits<uint64_t>::max();
    contents.push_back(integer);
    Value real = TypeDef(TypeCode::Float32).create();
    real = 0.1f;
    contents.push_back(real);
    Value text = TypeDef(TypeCode::String).create();
    text = "any text";
    contents.push_back(text);
    Value list = TypeDef(TypeCode::StringA).create();
    list = shared_array<const std::string>({"a", "", "c"});
    contents.push_back(list);
    Value point = pointType().create();
    point["x"] = 1.0;
    contents.push_back(point);
    Value choice = choiceType(TypeCode::Union).create();
    choice["->s"] = "chosen";
    contents.push_back(choice);
    Value nested = TypeDef(TypeCode::Struct, "nest_t", {Member(TypeCode::Any, "inner"), Member(TypeCode::AnyA, "list")}).create();
    nested["inner"].from(integer);
    contents.push_back(nested);
    return contents;
}

void anyCases() {
    const auto contents = anyContents();
    for (size_t i = 0; i < contents.size(); i++) {
        Value value = TypeDef(TypeCode::Struct, {Member(TypeCode::Any, "value"), Member(TypeCode::Int8, "after")}).create();
        if (contents[i]) value["value"].from(contents[i]);
        emit("any #" + std::to_string(i), value);
    }
    Value list = TypeDef(TypeCode::Struct, {Member(TypeCode::AnyA, "value"), Member(TypeCode::Int8, "after")}).create();
    emit("any[] empty", list);
    shared_array<Value> all(contents.begin(), contents.end());
    list["value"] = all.freeze();
    emit("any[] of everything", list);
}

void bitCases() {
    for (size_t bits : {2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 500, 2041}) {
        std::vector<Member> members;
        for (size_t i = 1; i < bits; i++) members.emplace_back(TypeCode::Int16, "f" + std::to_string(i));
        const TypeDef type(TypeCode::Struct, "", members);
        const auto value = [&](const std::function<bool(size_t)>& chosen) {
            Value v = type.create();
            for (size_t i = 1; i < bits; i++)
                if (chosen(i)) v["f" + std::to_string(i)] = i;
            return v;
        };
        const std::string name = std::to_string(bits) + " bits, ";
        emit(name + "none", value([](size_t) { return false; }));
        emit(name + "first", value([](size_t i) { return i == 1; }));
        emit(name + "last", value([&](size_t i) { return i == bits - 1; }));
        emit(name + "every third", value([](size_t i) { return i % 3 == 0; }));
        emit(name + "all leaves", value([](size_t) { return true; }));
        Value root = value([](size_t i) { return i % 2 == 0; });
        root.mark();
        emit(name + "the root", root);
    }
}

void markCases() {
    const TypeDef type(TypeCode::Struct, "outer_t", {Member(TypeCode::Int32, "before"),
        pvxs::members::Struct("mid", "mid_t", {Member(TypeCode::String, "s"),
            pvxs::members::Struct("deep", "deep_t", {Member(TypeCode::Int8, "a"), Member(TypeCode::Float32, "b")}),
            pvxs::members::Struct("empty", std::vector<Member>{}), Member(TypeCode::Bool, "flag")}),
        Member(TypeCode::Int64, "after")});
    const std::vector<std::vector<std::string>> marks = {{}, {"mid"}, {"mid.deep"}, {"mid.deep", "mid.deep.a"}, {"mid", "mid.deep.b"},
        {"mid.empty"}, {"before", "mid.flag"}, {"mid.deep.a", "after"}, {"mid.deep.a", "mid.deep.b"}};
    for (const auto& paths : marks) {
        Value value = type.create();
        value["mid.deep.b"] = 0.25;
        value["after"] = -1;
        value.unmark();
        std::string name = "marks:";
        for (const auto& path : paths) {
            value[path].mark();
            name += ' ' + path;
        }
        emit(name, value);
    }
    emit("empty structure", TypeDef(TypeCode::Struct).create());
    Value odd = TypeDef(TypeCode::Struct, {Member(TypeCode::Int8, "__proto__"), Member(TypeCode::Int8, "constructor"),
        Member(TypeCode::Int8, "toString"), Member(TypeCode::Int8, "then"), Member(TypeCode::Int8, "type"),
        pvxs::members::Struct("prototype", {Member(TypeCode::Int8, "__proto__"), Member(TypeCode::String, "hasOwnProperty")})}).create();
    odd["__proto__"] = 1;
    odd["toString"] = 2;
    odd["prototype.hasOwnProperty"] = "own";
    emit("names that mean something in JavaScript", odd);
}

void depthCases() {
    for (size_t depth : {2, 19, 20}) {
        TypeDef type(TypeCode::Struct, {Member(TypeCode::Int32, "leaf")});
        std::string path = "leaf";
        for (size_t i = 1; i < depth; i++) {
            type = TypeDef(TypeCode::Struct, {type.as("in")});
            path = "in." + path;
        }
        Value value = type.create();
        value[path] = 42;
        emit("structures " + std::to_string(depth) + " deep", value);
    }
}

void normativeCases() {
    using namespace pvxs::nt;
    for (TypeCode code : {TypeCode::Bool, TypeCode::Int32, TypeCode::Float64, TypeCode::String, TypeCode::Float64A, TypeCode::StringA}) {
        NTScalar builder{code, true, true, true, true};
        Value value = builder.create();
        emit(std::string("NTScalar ") + code.name() + " default", value);
        value["alarm.severity"] = 2;
        value["alarm.message"] = "too hot";
        value["timeStamp.secondsPastEpoch"] = 1700000000;
        value["timeStamp.nanoseconds"] = 123456789;
        emit(std::string("NTScalar ") + code.name() + " delta", value);
    }
    Value choice = NTEnum{}.create();
    choice["value.choices"] = shared_array<const std::string>({"Off", "On", "Fault"});
    choice["value.index"] = 1;
    emit("NTEnum", choice);
    NTTable table;
    table.add_column(TypeCode::Float64, "x", "X / mm").add_column(TypeCode::String, "name", "Name").add_column(TypeCode::Bool, "ok");
    Value rows = table.create();
    rows["value.x"] = shared_array<const double>({1.0, 2.5});
    rows["value.name"] = shared_array<const std::string>({"first", "second"});
    emit("NTTable", rows);
    Value image = NTNDArray{}.create();
    image["value->ushortValue"] = shared_array<const uint16_t>({1, 2, 3, 4, 5, 65535});
    shared_array<Value> dimensions(2);
    for (size_t i = 0; i < 2; i++) {
        dimensions[i] = image["dimension"].allocMember();
        dimensions[i]["size"] = 3 - i;
    }
    image["dimension"] = dimensions.freeze();
    shared_array<Value> attributes(1);
    attributes[0] = image["attribute"].allocMember();
    attributes[0]["name"] = "ColorMode";
    attributes[0]["value"] = 0;
    image["attribute"] = attributes.freeze();
    emit("NTNDArray", image);
    NTURI uri({Member(TypeCode::Float64, "lhs"), Member(TypeCode::String, "op")});
    Value call = uri.call(1.5, "add");
    emit("NTURI", call);
}

void allCases() {
    scalarCases<bool>(TypeCode::Bool, {false, true});
    integerCases<int8_t>(TypeCode::Int8);
    integerCases<int16_t>(TypeCode::Int16);
    integerCases<int32_t>(TypeCode::Int32);
    integerCases<int64_t>(TypeCode::Int64);
    integerCases<uint8_t>(TypeCode::UInt8);
    integerCases<uint16_t>(TypeCode::UInt16);
    integerCases<uint32_t>(TypeCode::UInt32);
    integerCases<uint64_t>(TypeCode::UInt64);
    realCases<float>(TypeCode::Float32);
    realCases<double>(TypeCode::Float64);
    stringCases();
    malformedTextCases();
    allArrayCases();
    structArrayCases();
    unionCases();
    unionArrayCases();
    anyCases();
    bitCases();
    markCases();
    depthCases();
    normativeCases();
}

} // namespace

int main() {
    try {
        allCases();
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
    return failures == 0 ? 0 : 1;
}
