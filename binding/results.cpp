#include "results.h"

#include <cstring>

namespace nodepvxs {

Napi::Value toJs(Napi::Env env, const Bytes& bytes) {
    auto array = Napi::Uint8Array::New(env, bytes.size());
    std::memcpy(array.Data(), bytes.data(), bytes.size());
    return array;
}

Napi::Value toJs(Napi::Env env, const Counts& counts) {
    auto object = Napi::Object::New(env);
    for (auto& entry : counts) object.Set(entry.first, double(entry.second));
    return object;
}

Napi::Value toJs(Napi::Env env, const client::SubscriptionStats& stats) {
    auto object = Napi::Object::New(env);
    object.Set("queued", double(stats.queued));
    object.Set("maxQueued", double(stats.maxQueued));
    object.Set("limit", double(stats.limit));
    object.Set("squashedByServer", double(stats.squashedByServer));
    object.Set("squashedByClient", double(stats.squashedByClient));
    object.Set("handed", double(stats.handed));
    return object;
}

Napi::Value toJs(Napi::Env env, const server::ServerInfo& info) {
    auto definitions = Napi::Array::New(env);
    for (auto& entry : info.definitions) {
        definitions.Set(definitions.Length(), entry.first);
        definitions.Set(definitions.Length(), entry.second);
    }
    auto object = Napi::Object::New(env);
    object.Set("tcpPort", double(info.tcpPort));
    object.Set("udpPort", double(info.udpPort));
    object.Set("guid", info.guid);
    object.Set("definitions", definitions);
    return object;
}

Napi::Value toJs(Napi::Env env, const Versions& versions) {
    auto object = Napi::Object::New(env);
    object.Set("pvxs", versions.pvxs);
    object.Set("epicsBase", versions.epicsBase);
    object.Set("libevent", versions.libevent);
    object.Set("nodeApi", double(NAPI_VERSION));
    return object;
}

Napi::Value toJs(Napi::Env env, const std::vector<upstream::ConnectionReport>& connections) {
    auto list = Napi::Array::New(env);
    for (auto& connection : connections) {
        auto channels = Napi::Array::New(env);
        for (auto& channel : connection.channels) {
            auto item = Napi::Object::New(env);
            item.Set("name", channel.name);
            item.Set("sent", double(channel.sent));
            item.Set("received", double(channel.received));
            channels.Set(channels.Length(), item);
        }
        auto item = Napi::Object::New(env);
        item.Set("peer", connection.peer);
        item.Set("method", connection.method);
        item.Set("account", connection.account);
        item.Set("sent", double(connection.sent));
        item.Set("received", double(connection.received));
        item.Set("channels", channels);
        list.Set(list.Length(), item);
    }
    return list;
}

} // namespace nodepvxs
