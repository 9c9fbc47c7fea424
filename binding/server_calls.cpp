#include <cstring>

#include "arguments.h"

// As in client_calls.cpp: arguments are read into locals, in order.
namespace nodepvxs {

namespace {

void serverNew(Arguments& a) {
    auto server = a.number();
    auto definitions = a.definitions();
    a.session.serverNew(server, definitions, a.number());
}

void serverStart(Arguments& a) {
    auto server = a.number();
    a.session.serverStart(server, a.number());
}

void serverStop(Arguments& a) {
    auto server = a.number();
    a.session.serverStop(server, a.number());
}

void serverClose(Arguments& a) {
    auto server = a.number();
    a.session.serverClose(server, a.number());
}

Napi::Value serverInfo(const Napi::CallbackInfo& info) {
    Arguments a(info);
    auto env = info.Env();
    auto facts = a.session.serverInfo(a.number());
    if (!facts) return env.Null();
    auto object = Napi::Object::New(env);
    object.Set("tcpPort", double(facts->tcpPort));
    object.Set("udpPort", double(facts->udpPort));
    object.Set("guid", facts->guid);
    object.Set("definitions", definitionsOf(env, facts->definitions));
    return object;
}

Napi::Value serverReport(const Napi::CallbackInfo& info) {
    Arguments a(info);
    return reportOf(info.Env(), a.session.serverReport(a.number()));
}

bool serverAddSource(Arguments& a) {
    auto server = a.number();
    auto name = a.text();
    auto order = a.signedNumber();
    return a.session.serverAddSource(server, name, order, a.number());
}

bool serverRemoveSource(Arguments& a) {
    auto server = a.number();
    auto name = a.text();
    return a.session.serverRemoveSource(server, name, a.signedNumber());
}

void sourceNew(Arguments& a) {
    auto source = a.number();
    a.session.sourceNew(source, a.flag());
}

bool sourceAdd(Arguments& a) {
    auto source = a.number();
    auto name = a.text();
    return a.session.sourceAdd(source, name, a.number());
}

bool sourceRemove(Arguments& a) {
    auto source = a.number();
    return a.session.sourceRemove(source, a.text());
}

void sourceMatch(Arguments& a) {
    auto source = a.number();
    auto names = a.texts();
    auto patterns = a.texts();
    a.session.sourceMatch(source, names, patterns, a.texts());
}

void sourceNames(Arguments& a) {
    auto source = a.number();
    a.session.sourceNames(source, a.texts());
}

void sourceFree(Arguments& a) { a.session.sourceFree(a.number()); }

void channelAttach(Arguments& a) {
    auto channel = a.number();
    a.session.channelAttach(channel, a.number());
}

void pvNew(Arguments& a) {
    auto pv = a.number();
    a.session.pvNew(pv, a.number());
}

void pvOpen(Arguments& a) {
    auto pv = a.number();
    auto type = a.bytes();
    a.session.pvOpen(pv, type, a.bytes());
}

void pvPost(Arguments& a) {
    auto pv = a.number();
    a.session.pvPost(pv, a.bytes());
}

void pvClose(Arguments& a) { a.session.pvClose(a.number()); }

Napi::Value pvCurrent(const Napi::CallbackInfo& info) {
    Arguments a(info);
    auto bytes = a.session.pvCurrent(a.number());
    if (!bytes) return info.Env().Null();
    auto array = Napi::Uint8Array::New(info.Env(), bytes->size());
    std::memcpy(array.Data(), bytes->data(), bytes->size());
    return array;
}

Napi::Value pvSubscribers(const Napi::CallbackInfo& info) {
    Arguments a(info);
    return Napi::Number::New(info.Env(), a.session.pvSubscribers(a.number()));
}

void pvFree(Arguments& a) { a.session.pvFree(a.number()); }

void operationReply(Arguments& a) {
    auto operation = a.number();
    a.session.operationReply(operation, a.bytes());
}

void operationError(Arguments& a) {
    auto operation = a.number();
    a.session.operationError(operation, a.text());
}

void operationLog(Arguments& a) {
    auto operation = a.number();
    auto level = a.signedNumber();
    a.session.operationLog(operation, level, a.text());
}

void operationRoles(Arguments& a) {
    auto operation = a.number();
    a.session.operationRoles(operation, a.number());
}

} // namespace

void exportServer(Exports& exports) {
    exports.call<serverNew>("serverNew");
    exports.call<serverStart>("serverStart");
    exports.call<serverStop>("serverStop");
    exports.call<serverClose>("serverClose");
    exports.raw<serverInfo>("serverInfo");
    exports.raw<serverReport>("serverReport");
    exports.ask<serverAddSource>("serverAddSource");
    exports.ask<serverRemoveSource>("serverRemoveSource");
    exports.call<sourceNew>("sourceNew");
    exports.ask<sourceAdd>("sourceAdd");
    exports.ask<sourceRemove>("sourceRemove");
    exports.call<sourceMatch>("sourceMatch");
    exports.call<sourceNames>("sourceNames");
    exports.call<sourceFree>("sourceFree");
    exports.call<channelAttach>("channelAttach");
    exports.call<pvNew>("pvNew");
    exports.call<pvOpen>("pvOpen");
    exports.call<pvPost>("pvPost");
    exports.call<pvClose>("pvClose");
    exports.raw<pvCurrent>("pvCurrent");
    exports.raw<pvSubscribers>("pvSubscribers");
    exports.call<pvFree>("pvFree");
    exports.call<operationReply>("operationReply");
    exports.call<operationError>("operationError");
    exports.call<operationLog>("operationLog");
    exports.call<operationRoles>("operationRoles");
}

} // namespace nodepvxs
