// Prints PVs as PVXS's own tools do, which no package registry carries:
//   pvxs_get <host:port> delta|tree|info <elements shown, 0: all> NAME...
// A name that cannot be read is "NAME error", exit code 1. Without arguments it tests itself.
#include <cstdlib>
#include <iostream>
#include <sstream>

#include <pvxs/client.h>
#include <pvxs/nt.h>
#include <pvxs/server.h>
#include <pvxs/sharedpv.h>

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
