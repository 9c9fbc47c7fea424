// PVXS 1.5.3 sends no DESTROY_REQUEST for an operation that is cancelled while its INIT is under way: the server keeps
// it until the channel closes. cmake/pvxs/patches.cmake fixes that. Without the fix this test fails.
#include <chrono>
#include <cstdio>
#include <thread>

#include <pvxs/client.h>
#include <pvxs/nt.h>
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>
#include <pvxs/util.h>

int main() {
    auto pv = pvxs::server::SharedPV::buildMailbox();
    pv.open(pvxs::nt::NTScalar{pvxs::TypeCode::Int32}.create());
    auto server = pvxs::server::Config::isolated().build().addPV("x", pv).start();
    auto context = server.clientConfig().build();
    auto keep =
        context.monitor("x").exec(); // keeps the channel, so that each INIT goes out at once
    context.get("x").exec()->wait(5.0);
    for (int i = 0; i < 2000; i++) {
        auto monitor = context.monitor("x").syncCancel(false).exec();
        auto get = context.get("x").syncCancel(false).exec();
    }
    context.get("x").exec()->wait(5.0);
    size_t left = 0;
    for (int tries = 0; tries < 200; tries++) {
        auto counts = pvxs::instanceSnapshot();
        left = counts["MonitorOp"] + counts["ServerGPR"];
        if (left <= 2) {
            std::printf("ok\n");
            return 0;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    for (auto& entry : pvxs::instanceSnapshot())
        std::printf("%s %zu\n", entry.first.c_str(), entry.second);
    std::printf("FAILED: the server keeps %zu operations that were cancelled\n", left);
    return 1;
}
