"""aiopvxs gets, puts and RPCs. Arguments and output as bench/native/operations.cpp. Its put always fetches first."""

import asyncio
import os
import time

start_of_main = time.monotonic()

import common  # noqa: E402

args = common.arguments(what="get", inflight=1, pvs=100, bytes=1048576, seconds=3.0, warm=0.5)
os.environ.update(common.conf(args.server))

from aiopvxs.client import Context  # noqa: E402


def starter(ctx):
    if args.what == "get":
        return lambda i: ctx.get("static:%d" % (i % args.pvs))
    if args.what == "put":
        return lambda i: ctx.put("static:%d" % (i % args.pvs), {"value": float(i)})
    if args.what == "rpc":
        return lambda i: ctx.rpc("echo", a=i, b="text")
    if args.what == "array-get":
        return lambda i: ctx.get("bytes:%d" % args.bytes)
    import numpy

    array = numpy.arange(args.bytes // 8, dtype="f8")
    return lambda i: ctx.put("bytes:%d" % args.bytes, {"value": array})


async def main():
    ctx = Context()
    if args.what == "first":
        await ctx.get("static:0")
        common.line(ms=(time.monotonic() - start_of_main) * 1e3)
        common.leave()
    begin, failed = starter(ctx), 0

    async def run(seconds, least=0):
        nonlocal failed
        count, start = 0, time.monotonic()
        while count < least or time.monotonic() - start < seconds:
            if args.inflight == 1:
                await begin(count)
            else:
                results = await asyncio.gather(*(begin(i) for i in range(args.inflight)), return_exceptions=True)
                failed += sum(isinstance(r, Exception) for r in results)
            count += args.inflight
        return count

    await run(args.warm, 2 * args.pvs)
    cpu, start = time.process_time(), time.monotonic()
    count = await run(args.seconds)
    common.line(operations=count, seconds=time.monotonic() - start, cpu=time.process_time() - cpu, failed=failed)
    common.leave()


asyncio.run(main())
