// PVXS 1.5.3 decodes the elements of a union array as their selected members, but encodes them as if they still were
// unions: the selector is lost on the way out. cmake/pvxs/patches.cmake fixes the encoder. Without the fix this test fails.
#include <cstdio>
#include <cstdlib>

#include "wire/codec.h"

using namespace nodepvxs;

static void check(bool ok, const char* what) {
    if (ok) return;
    std::printf("FAILED: %s\n", what);
    std::exit(1);
}

int main() {
    using namespace pvxs::members;
    pvxs::TypeDef type(pvxs::TypeCode::Struct, {UnionA("items", {Int32("i"), String("s")})});
    auto value = type.create();
    pvxs::shared_array<pvxs::Value> items(3);
    items[0] = value["items"].allocMember();
    items[0]["->s"] = "text";
    items[2] = value["items"].allocMember();
    items[2]["->i"] = 7;
    value["items"] = items.freeze();

    auto sent = wire::changedBytes(value);
    auto description = wire::describe(value);
    auto received = wire::valueOfType(description.data(), description.size());
    wire::readChanged(received, sent.data(), sent.size());
    auto again = wire::changedBytes(received);
    check(again == sent, "a union array that was received is encoded as it came");

    auto relayed = wire::valueOfType(description.data(), description.size());
    wire::readChanged(relayed, again.data(), again.size());
    auto elements = relayed["items"].as<pvxs::shared_array<const pvxs::Value>>();
    check(elements.size() == 3 && !elements[1] && elements[0] && elements[2],
          "three elements, one of them null");
    std::printf("ok\n");
    return 0;
}
