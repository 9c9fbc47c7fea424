"""p4p as a client, driven by tests: see jsonlines.py. Configured by EPICS_PVA_* in its environment."""

from p4p.client.raw import Disconnected, Finished, RemoteError
from p4p.client.thread import Context

import jsonlines
import pvjson

ctx = Context("pva", nt=False)
subs = {}


def get(pv, request=None, timeout=10):
    return pvjson.seen(ctx.get(pv, request=request, timeout=timeout))


def put(pv, value, spec=None, request=None, timeout=10, **options):
    """`value` names the fields to set; their type is the server's, whatever `spec` says."""
    ctx.put(pv, lambda v: pvjson.assign(v, value), request=request, timeout=timeout, get=False, **options)


def rpc(pv, spec=None, value=None, request=None, timeout=10):
    args = None if spec is None else pvjson.build(spec, value)
    result = ctx.rpc(pv, args, request=request, timeout=timeout)
    return None if result is None else pvjson.seen(result)


def monitor(pv, request=None):
    """Updates follow as events that carry the name of the PV."""

    def update(v):
        message = {"event": "update", "pv": pv}
        if isinstance(v, Finished):
            message["state"] = "finished"
        elif isinstance(v, Disconnected):
            message["state"] = "disconnected"
        elif isinstance(v, RemoteError):
            message.update(state="error", text=str(v))
        elif isinstance(v, Exception):
            message.update(state="failed", text=repr(v))
        else:
            message.update(state="value", **pvjson.seen(v))
        jsonlines.send(message)

    subs[pv] = ctx.monitor(pv, update, request=request, notify_disconnect=True)


def close(pv):
    subs.pop(pv).close()


jsonlines.serve({"get": get, "put": put, "rpc": rpc, "monitor": monitor, "close": close})
# Closed in order: a context left to the interpreter's own shut-down may hang it.
for s in list(subs.values()):
    s.close()
ctx.close()
