#include <algorithm>

#include "arguments.h"

// Each function reads its arguments in the order of lib-ts/native/addon.ts. They are read into locals first: C++
// leaves the order of evaluation of a call's arguments open.
namespace nodepvxs {

namespace {

void contextOpen(Arguments& a) {
    auto context = a.number();
    auto call = a.number();
    a.session.contextOpen(context, call, a.definitions());
}

void contextClose(Arguments& a) {
    auto context = a.number();
    a.session.contextClose(context, a.number());
}

void get(Arguments& a) {
    auto call = a.number();
    a.session.get(call, a.target());
}

void info(Arguments& a) {
    auto call = a.number();
    ChannelTarget target;
    target.context = a.number();
    target.name = a.text();
    target.server = a.text();
    a.session.info(call, target);
}

void put(Arguments& a) {
    auto call = a.number();
    auto target = a.target();
    auto type = a.number();
    auto value = a.bytes();
    a.session.put(call, target, type, value, a.flag());
}

void putValue(Arguments& a) {
    auto call = a.number();
    auto type = a.number();
    a.session.putValue(call, type, a.bytes());
}

void rpc(Arguments& a) {
    auto call = a.number();
    auto target = a.target();
    auto argument = a.bytes();
    a.session.rpc(call, target, argument, a.flag());
}

void abandon(Arguments& a) {
    auto call = a.number();
    a.session.abandon(call, a.flag());
}

void monitor(Arguments& a) {
    auto subscription = a.number();
    auto target = a.target();
    a.session.monitor(subscription, target, a.number());
}

void credit(Arguments& a) {
    auto pairs = a.numbers();
    auto count = std::min<size_t>(a.number(), pairs.ElementLength() / 2);
    a.session.credit(pairs.Data(), count);
}

void pause(Arguments& a) {
    auto subscription = a.number();
    a.session.pause(subscription, a.flag());
}

Napi::Value monitorStats(const Napi::CallbackInfo& info) {
    Arguments a(info);
    auto stats = a.session.monitorStats(a.number());
    if (!stats) return info.Env().Null();
    auto object = Napi::Object::New(info.Env());
    object.Set("queued", double(stats->queued));
    object.Set("maxQueued", double(stats->maxQueued));
    object.Set("limit", double(stats->limit));
    object.Set("squashedByServer", double(stats->squashedByServer));
    object.Set("squashedByClient", double(stats->squashedByClient));
    return object;
}

void monitorClose(Arguments& a) {
    auto subscription = a.number();
    a.session.monitorClose(subscription, a.number());
}

void connect(Arguments& a) {
    auto connection = a.number();
    ChannelTarget target;
    target.context = a.number();
    target.name = a.text();
    target.server = a.text();
    a.session.connect(connection, target);
}

void connectClose(Arguments& a) {
    auto connection = a.number();
    a.session.connectClose(connection, a.number());
}

void discover(Arguments& a) {
    auto discovery = a.number();
    auto context = a.number();
    a.session.discover(discovery, context, a.flag());
}

void discoverClose(Arguments& a) {
    auto discovery = a.number();
    a.session.discoverClose(discovery, a.number());
}

void hurryUp(Arguments& a) { a.session.hurryUp(a.number()); }

void cacheClear(Arguments& a) {
    auto context = a.number();
    auto name = a.text();
    a.session.cacheClear(context, name, a.signedNumber());
}

Napi::Value contextReport(const Napi::CallbackInfo& info) {
    Arguments a(info);
    return reportOf(info.Env(), a.session.contextReport(a.number()));
}

} // namespace

void exportClient(Exports& exports) {
    exports.call<contextOpen>("contextOpen");
    exports.call<contextClose>("contextClose");
    exports.call<get>("get");
    exports.call<info>("info");
    exports.call<put>("put");
    exports.call<putValue>("putValue");
    exports.call<rpc>("rpc");
    exports.call<abandon>("abandon");
    exports.call<monitor>("monitor");
    exports.call<credit>("credit");
    exports.call<pause>("pause");
    exports.raw<monitorStats>("monitorStats");
    exports.call<monitorClose>("monitorClose");
    exports.call<connect>("connect");
    exports.call<connectClose>("connectClose");
    exports.call<discover>("discover");
    exports.call<discoverClose>("discoverClose");
    exports.call<hurryUp>("hurryUp");
    exports.call<cacheClear>("cacheClear");
    exports.raw<contextReport>("contextReport");
}

} // namespace nodepvxs
