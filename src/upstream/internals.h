// The only place that includes PVXS's internal headers. Everything outside src/upstream/, src/threads/ and src/wire/ goes through
// the small functions beside this file, so that a new PVXS version has one room to be checked in.
#pragma once

// before those that would find the original of this patched one beside themselves
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

static_assert(PVXS_VERSION == VERSION_INT(1, 5, 3, 0),
              "we rely on PVXS internals: check each use before raising this");
