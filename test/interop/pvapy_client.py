"""pvaPy (EPICS pvAccessCPP) as a client, driven by tests: see jsonlines.py. Configured by EPICS_PVA_* in its environment."""

import threading

import pvaccess as pva

import jsonlines
import pvajson

channels = {}
lock = threading.Lock()


def channel(pv, timeout=10.0):
    with lock:
        c = channels.get(pv)
        if c is None:
            c = channels[pv] = pva.Channel(pv)
            c.setTimeout(timeout)
        return c


def get(pv, request="field()", timeout=10.0):
    return pvajson.seen(channel(pv, timeout).get(request))


def put(pv, spec, value, request=None):
    """`value` names the fields to set, `spec` is the type of these fields alone."""
    names = ",".join(value)
    channel(pv).put(pvajson.build(spec, value), request or "field(%s)" % names)


def rpc(pv, spec, value):
    return pvajson.seen(pva.RpcClient(pv).invoke(pvajson.build(spec, value)))


def monitor(pv, request="field()"):
    """Updates follow as events that carry the name of the PV."""

    def update(v):
        jsonlines.send({"event": "update", "pv": pv, "state": "value", **pvajson.seen(v)})

    c = channel(pv)
    c.subscribe("test", update)
    c.startMonitor(request)


def close(pv):
    c = channels.pop(pv)
    c.stopMonitor()
    c.unsubscribe("test")


jsonlines.serve({"get": get, "put": put, "rpc": rpc, "monitor": monitor, "close": close})
