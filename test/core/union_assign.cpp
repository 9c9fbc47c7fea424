// PVXS 1.5.3 assigns a union by the first member of an equal type, and does not assign one without a selection at all.
// cmake/pvxs/patches.cmake mends both; this fails without.
#include "harness.h"
#include "wire/values.h"

using namespace harness;

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
    std::printf("ok\n");
    return 0;
}
