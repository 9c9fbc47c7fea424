// Addresses as PVXS reads them.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include <pvxs/client.h>

#include "upstream/definitions.h"

namespace nodepvxs::upstream {

// A client's configuration. `ignored` gets the entries of lists that do not resolve, or are not addresses. May block.
pvxs::client::Config clientConfig(const Definitions& definitions,
                                  std::vector<std::string>& ignored);
// "host[:port]" as a numeric address. Looks up host names, so it may block. Throws std::invalid_argument.
std::string resolveServer(const std::string& text, uint16_t defaultPort);
// Whether `text` is numeric already.
bool isNumericAddress(const std::string& text);
// Begins PVXS's watch over this host's interfaces, if it is not on. Throws without a thread for it: PVXS would take that
// for a bad address, and go on without.
void watchInterfaces();
// What is wrong with those of these addresses that are not ones of this host, with those that are; or "". A multicast
// group is not wrong, nor is a name: they are looked up elsewhere.
std::string foreignInterface(const std::vector<std::string>& interfaces);
// What to say of a failure to listen on this UDP port because it is taken or not permitted; "" for any other failure.
std::string takenPort(const std::exception& error, uint16_t udpPort);

} // namespace nodepvxs::upstream
