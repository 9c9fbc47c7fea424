"""p4p as a server, driven by tests: see jsonlines.py. Loopback, ports chosen by the system and given in "ready"."""

import time

from p4p.server import Server, StaticProvider
from p4p.server.thread import SharedPV

import jsonlines
import pvjson

provider = StaticProvider("interop")
pvs = {}


class Handler:
    """Tells the test of every operation, and accepts, refuses or delays it as `mode` says."""

    def __init__(self, mode):
        self.mode = mode

    def put(self, pv, op):
        value = op.value()
        jsonlines.send({"event": "put", "pv": op.name(), "account": op.account(), **pvjson.seen(value)})
        if self.mode == "refuse":
            op.done(error="p4p says no")
            return
        if self.mode == "never":
            return
        if self.mode == "slow":
            time.sleep(0.3)
        pv.post(value)
        op.done()

    def rpc(self, pv, op):
        value = op.value()
        if self.mode == "refuse":
            op.done(error="p4p says no")
        elif self.mode == "nothing":
            op.done()
        else:
            jsonlines.send({"event": "rpc", "pv": op.name(), **pvjson.seen(value)})
            op.done(value)

    def onFirstConnect(self, pv):
        jsonlines.send({"event": "first", "pv": self.name})

    def onLastDisconnect(self, pv):
        jsonlines.send({"event": "last", "pv": self.name})


def open(pv, spec, value, mode="accept"):
    handler = Handler(mode)
    handler.name = pv
    shared = SharedPV(handler=handler, initial=pvjson.build(spec, value))
    pvs[pv] = (shared, spec)
    provider.add(pv, shared)


def post(pv, value):
    shared, _ = pvs[pv]
    # A clean value of the served type: only what is named is marked, and so sent.
    current = shared.current()
    fresh = type(current)(current.type(), {})
    pvjson.assign(fresh, value)
    shared.post(fresh)


def current(pv):
    return pvjson.seen(pvs[pv][0].current())


def close(pv):
    provider.remove(pv)
    shared, _ = pvs.pop(pv)
    shared.close(destroy=True)


with Server([provider], isolate=True) as server:
    conf = server.conf()
    jsonlines.serve(
        {
            "open": open,
            "post": post,
            "current": current,
            "close": close,
            "port": lambda: int(conf["EPICS_PVAS_SERVER_PORT"]),
        }
    )
    for name in list(pvs):
        close(name)
