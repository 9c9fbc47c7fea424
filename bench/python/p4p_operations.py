"""p4p gets, puts and RPCs, raw form. Arguments and output as bench/native/operations.cpp."""

import threading
import time

start_of_main = time.monotonic()

from p4p import Type, Value  # noqa: E402
from p4p.client.raw import Context  # noqa: E402

import common  # noqa: E402

args = common.arguments(what="get", inflight=1, pvs=100, bytes=1048576, seconds=3.0, warm=0.5, rate=1000.0)
ctx = Context("pva", conf=common.conf(args.server), useenv=False, nt=False)
failed = 0
if args.what in ("array-get", "array-put"):
    import numpy

    array = numpy.arange(args.bytes // 8, dtype="f8")
question = Value(
    Type([("scheme", "s"), ("path", "s"), ("query", ("S", None, [("a", "i"), ("b", "s")]))], id="epics:nt/NTURI:1.0"),
    {"scheme": "pva", "path": "echo", "query": {"a": 1, "b": "text"}},
)


class Wave:
    def __init__(self):
        self.event = threading.Event()
        self.lock = threading.Lock()

    def expect(self, n):
        self.left = n
        self.event.clear()

    def done(self, result):
        global failed
        if isinstance(result, Exception):
            failed += 1
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.event.set()


wave = Wave()


def begin(i):
    if args.what == "get":
        return ctx.get("static:%d" % (i % args.pvs), wave.done)
    if args.what == "get-new":
        raise SystemExit("p4p cannot be told a server")
    if args.what == "put":
        return ctx.put("static:%d" % (i % args.pvs), wave.done, builder={"value": float(i)}, get=False)
    if args.what == "rpc":
        return ctx.rpc("echo", wave.done, question)
    if args.what == "array-get":
        return ctx.get("bytes:%d" % args.bytes, wave.done)
    return ctx.put("bytes:%d" % args.bytes, wave.done, builder={"value": array}, get=False)


def run(seconds, least=0):
    count, begin_time = 0, time.monotonic()
    while count < least or time.monotonic() - begin_time < seconds:
        wave.expect(args.inflight)
        ops = [begin(i) for i in range(args.inflight)]
        wave.event.wait(20)
        for op in ops:
            op.close()
        count += args.inflight
    return count


def latency():
    """Puts at a fixed rate, each until a monitor of the same process has its update."""
    starts, lags, first = {}, [], threading.Event()

    def wake():
        while True:
            value = sub.pop()
            if value is None:
                return
            if isinstance(value, Exception):
                continue
            first.set()
            begun = starts.get(int(value["value"]))
            if begun is not None:
                lags.append((time.monotonic() - begun) * 1e6)

    sub = ctx.monitor("static:0", wake)
    first.wait(10)
    starts_at, ops = time.monotonic(), []
    count = int((args.warm + args.seconds) * args.rate)
    for n in range(count):
        rest = starts_at + n / args.rate - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        starts[n] = time.monotonic()
        ops.append(ctx.put("static:0", lambda r: None, builder={"value": float(n)}, get=False))
        for op in ops[:-64]:
            op.close()
        del ops[:-64]
    time.sleep(0.2)
    lags.sort()
    common.line(p50=lags[len(lags) // 2], p99=lags[int(len(lags) * 0.99)], lost=count - len(lags))


if args.what == "latency":
    latency()
elif args.what == "first":
    done = threading.Event()
    op = ctx.get("static:0", lambda r: done.set())
    done.wait(10)
    common.line(ms=(time.monotonic() - start_of_main) * 1e3)
else:
    run(args.warm, 2 * args.pvs)
    cpu, start = time.process_time(), time.monotonic()
    count = run(args.seconds)
    common.line(operations=count, seconds=time.monotonic() - start, cpu=time.process_time() - cpu, failed=failed)
common.leave()
