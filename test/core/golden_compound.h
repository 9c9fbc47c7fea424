// golden_compound: cases of structures in arrays, unions and anys.
#pragma once

#include <limits>

#include "golden_text.h"

namespace golden {

inline TypeDef pointType() {
    return TypeDef(TypeCode::Struct, "point_t",
                   {Member(TypeCode::Float64, "x"), Member(TypeCode::String, "label"),
                    pvxs::members::Struct("more", {Member(TypeCode::Int32A, "list")})});
}

inline void structArrayCases() {
    const TypeDef type(TypeCode::Struct, {pointType().as(TypeCode::StructA, "points"),
                                          Member(TypeCode::Int8, "after")});
    emit("struct[] empty", type.create());
    for (size_t length : {1, 2, 3, 254}) {
        Value value = type.create();
        shared_array<Value> points(length);
        for (size_t i = 0; i < length; i++) {
            if (i % 3 == 1) continue;
            points[i] = value["points"].allocMember();
            points[i]["x"] = double(i);
            points[i]["label"] = "p" + std::to_string(i);
            if (i % 2 == 0)
                points[i]["more.list"] = shared_array<const int32_t>({1, int32_t(i), -1});
        }
        value["points"] = points.freeze();
        emit("struct[] of " + std::to_string(length) + " with nulls", value);
    }
    Value nulls = type.create();
    nulls["points"] = shared_array<Value>(3).freeze();
    emit("struct[] of nulls", nulls);
}

inline TypeDef choiceType(TypeCode code) {
    return TypeDef(
        code, "choice_t",
        {Member(TypeCode::Int32, "i"), Member(TypeCode::String, "s"),
         Member(TypeCode::Float64A, "a"), pointType().as("p"), Member(TypeCode::Any, "any"),
         pvxs::members::Union("u", {Member(TypeCode::Bool, "b"), Member(TypeCode::Int64, "l")})});
}

inline void select(Value choice, size_t which) {
    switch (which % 7) {
    case 0:
        break;
    case 1:
        choice["->i"] = -5;
        break;
    case 2:
        choice["->s"] = "text";
        break;
    case 3:
        choice["->a"] = shared_array<const double>({1.5, -2.5});
        break;
    case 4:
        choice["->p.x"] = 2.0;
        break;
    case 5:
        choice["->any"] = 12;
        break;
    default:
        choice["->u->l"] = int64_t(1) << 62;
        break;
    }
}

inline void unionCases() {
    const TypeDef type(TypeCode::Struct,
                       {choiceType(TypeCode::Union).as("choice"), Member(TypeCode::Int8, "after")});
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

inline void unionArrayCases() {
    const TypeDef type(TypeCode::Struct,
                       {choiceType(TypeCode::Union).as(TypeCode::UnionA, "choices"),
                        Member(TypeCode::Int8, "after")});
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

inline std::vector<Value> anyContents() {
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
    Value nested = TypeDef(TypeCode::Struct, "nest_t",
                           {Member(TypeCode::Any, "inner"), Member(TypeCode::AnyA, "list")})
                       .create();
    nested["inner"].from(integer);
    contents.push_back(nested);
    return contents;
}

inline void anyCases() {
    const auto contents = anyContents();
    for (size_t i = 0; i < contents.size(); i++) {
        Value value = TypeDef(TypeCode::Struct,
                              {Member(TypeCode::Any, "value"), Member(TypeCode::Int8, "after")})
                          .create();
        if (contents[i]) value["value"].from(contents[i]);
        emit("any #" + std::to_string(i), value);
    }
    Value list = TypeDef(TypeCode::Struct,
                         {Member(TypeCode::AnyA, "value"), Member(TypeCode::Int8, "after")})
                     .create();
    emit("any[] empty", list);
    shared_array<Value> all(contents.begin(), contents.end());
    list["value"] = all.freeze();
    emit("any[] of everything", list);
}

} // namespace golden
