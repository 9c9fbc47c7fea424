// Prints PVs as PVXS's own tools do, which no package registry carries:
//   pvxs_get <host:port> delta|tree|info <elements shown, 0: all> NAME...
//   pvxs_get <host:port> monitor <updates of each> NAME...
// A name that cannot be read is "NAME error", exit code 1. Without arguments it tests itself.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <pvxs/client.h>
#include <pvxs/nt.h>
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>
#include <pvxs/util.h>

#include "harness.h"

using namespace harness;

namespace {
std::string shown(pvxs::client::Context& client, const std::string& name, const std::string& format,
                  size_t limit) {
    std::ostringstream out;
    if (format == "info") {
        out << client.info(name).exec()->wait(10).format().showValue(false);
        return out.str();
    }
    auto value = client.get(name).exec()->wait(10);
    auto wanted = format == "tree" ? pvxs::Value::Fmt::Tree : pvxs::Value::Fmt::Delta;
    out << value.format().format(wanted).arrayLimit(limit);
    return out.str();
}

// Updates as they come, of each PV so many.
int watch(pvxs::client::Context& client, const std::vector<std::string>& names, size_t count) {
    using Subscription = pvxs::client::Subscription;
    pvxs::MPMCFIFO<std::shared_ptr<Subscription>> awake;
    std::vector<std::shared_ptr<Subscription>> all;
    for (const auto& name : names) {
        all.push_back(
            client.monitor(name)
                .maskConnected(true)
                .maskDisconnected(true)
                .event([&awake](Subscription& one) { awake.push(one.shared_from_this()); })
                .exec());
    }
    for (size_t left = names.size() * count; left > 0;) {
        auto one = awake.pop();
        while (auto update = one->pop()) {
            std::cout << one->name() << "\n" << update.format().delta() << std::flush;
            left--;
        }
    }
    return 0;
}

int testSelf() {
    auto pv = pvxs::server::SharedPV::buildReadonly();
    auto value = pvxs::nt::NTScalar{pvxs::TypeCode::Int32}.create();
    value["value"] = 42;
    pv.open(value);
    auto server = pvxs::server::Config::isolated().build().addPV("x", pv).start();
    auto client = server.clientConfig().build();
    check(shown(client, "x", "delta", 0).find("value int32_t = 42\n") != std::string::npos,
          "a value is printed");
    std::printf("ok\n");
    return 0;
}
} // namespace

int main(int argc, char** argv) {
    if (argc < 5) return testSelf();
    pvxs::client::Config config;
    config.nameServers = {argv[1]};
    config.autoAddrList = false;
    auto client = config.build();
    if (std::string(argv[2]) == "monitor")
        return watch(client, {argv + 4, argv + argc}, size_t(std::atoi(argv[3])));
    int code = 0;
    for (int k = 4; k < argc; k++) {
        try {
            std::cout << argv[k] << "\n"
                      << shown(client, argv[k], argv[2], size_t(std::atoi(argv[3])));
        } catch (std::exception&) {
            std::cout << argv[k] << " error\n";
            code = 1;
        }
    }
    return code;
}
