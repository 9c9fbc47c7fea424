// A plain PVXS server, for tests of our client against another server. `pvxs_server <tcp port> <udp port>` serves 'count',
// which grows by one ten times a second, until it is ended. A port of 0 is chosen, and both are printed: "ready <tcp> <udp>".
// Without arguments it tests itself, as every program in this folder does.
#include <atomic>
#include <csignal>

#include <pvxs/client.h>
#include <pvxs/log.h>
#include <pvxs/nt.h>
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>

#include "harness.h"

using namespace harness;

int main(int argc, char** argv) {
    // Before there are threads: PVXS makes its logger on first use, which two threads may do at once without a fence.
    pvxs::logger_config_env();
    auto config = pvxs::server::Config::isolated();
    if (argc > 2) {
        config.tcp_port = uint16_t(std::atoi(argv[1]));
        config.udp_port = uint16_t(std::atoi(argv[2]));
        config.auto_beacon = true;
        config.beaconDestinations = {"127.0.0.1"};
    }
    auto pv = pvxs::server::SharedPV::buildReadonly();
    auto value = pvxs::nt::NTScalar{pvxs::TypeCode::Int32}.create();
    value["value"] = 0;
    pv.open(value);
    auto server = config.build().addPV("count", pv).start();
    if (argc <= 2) {
        auto got = server.clientConfig().build().get("count").exec()->wait(10);
        check(got["value"].as<int32_t>() == 0, "the server answers");
        std::printf("ok\n");
        return 0;
    }
    std::printf("ready %u %u\n", unsigned(server.config().tcp_port),
                unsigned(server.config().udp_port));
    std::fflush(stdout);
    for (int32_t n = 1;; n++) {
        std::this_thread::sleep_for(milliseconds(100));
        auto update = value.cloneEmpty();
        update["value"] = n;
        pv.post(update);
    }
}
