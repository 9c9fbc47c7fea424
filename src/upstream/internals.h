// The only file that includes PVXS's internal headers. Only src/upstream/, src/threads/ and src/wire/ use what is in them;
// everything else goes through the functions of these folders, so that they are what to check with a new PVXS version.
#pragma once

// First: the others would find the original of this patched header beside them.
#include "pvaproto.h"

#include <pvxs/client.h>
#include <pvxs/data.h>
#include <pvxs/server.h>
#include <pvxs/source.h>
#include <pvxs/version.h>

#include "clientimpl.h"
#include "dataimpl.h"
#include "evhelper.h"
#include "serverconn.h"

namespace pvxs::impl {
// Of our patched copy of PVXS: where entries go that a list of addresses cannot use; null: nowhere.
extern thread_local std::vector<std::string>* ignoredAddresses;
} // namespace pvxs::impl

static_assert(PVXS_VERSION == VERSION_INT(1, 5, 3, 0),
              "we rely on PVXS internals: check each use before raising this");
