// PVXS 1.5.3 assigns a union by the first member of an equal type, and does not assign one without a selection at all.
// cmake/pvxs/patches.cmake fixes both. Without the fixes this test fails.
#include "harness.h"
#include "wire/codec.h"

using namespace harness;

// Something that a field, or an element of a field, may hold.
static pvxs::Value element(pvxs::Value field) {
    if (field.type() == pvxs::TypeCode::Any || field.type() == pvxs::TypeCode::AnyA)
        return pvxs::TypeDef(pvxs::TypeCode::Int32).create();
    auto value = field.type().isarray() ? field.allocMember() : field.cloneEmpty();
    value[field.type() == pvxs::TypeCode::StructA ? "x" : "->x"] = 5;
    return value;
}

int main() {
    using namespace pvxs::members;
    pvxs::TypeDef type(pvxs::TypeCode::Struct, {Union("u", {Int32("a"), Int32("b"), String("t")})});
    const auto prototype = type.create();

    auto value = prototype.cloneEmpty();
    value["u->b"] = 5;
    auto copy = value.clone();
    check(wire::changedBytes(copy) == wire::changedBytes(value),
          "a clone has the same member selected");

    auto current = prototype.cloneEmpty();
    current["u->a"] = 1;
    current.assign(value);
    check(wire::changedBytes(current) == wire::changedBytes(value),
          "an assigned union has the member of its source");

    auto text = prototype.cloneEmpty();
    text["u->t"] = "x";
    current.assign(text);
    check(wire::changedBytes(current) == wire::changedBytes(text),
          "also when another was selected");

    auto nothing = prototype.cloneEmpty();
    nothing["u"].mark();
    check(wire::changedBytes(nothing.clone()) == wire::changedBytes(nothing),
          "a clone of no selection has none");
    current.assign(nothing);
    check(wire::changedBytes(current) == wire::changedBytes(nothing),
          "no selection is assigned too");
    current.assign(nothing);
    check(wire::changedBytes(current) == wire::changedBytes(nothing), "twice");
    pvxs::TypeDef deep(pvxs::TypeCode::Struct,
                       {Union("u", {StructA("rows", {Int32("x")}), Union("inner", {Int32("x")}),
                                    Any("any"), UnionA("choices", {Int32("x")}), AnyA("anys")})});
    const auto empty = deep.create();
    for (auto member : {"rows", "inner", "any", "choices", "anys"}) {
        auto one = empty.cloneEmpty();
        auto held = one["u"].lookup(std::string("->") + member);
        if (held.type().isarray())
            held = pvxs::shared_array<pvxs::Value>({element(held), pvxs::Value()}).freeze();
        else
            held.assign(element(held));
        check(wire::changedBytes(one.clone()) == wire::changedBytes(one),
              "a clone has what its union holds, whatever it is");
    }
    std::printf("ok\n");
    return 0;
}
