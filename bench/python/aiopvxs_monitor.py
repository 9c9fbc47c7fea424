"""aiopvxs as a monitor client: one `async for` a PV. It cannot ask for a queue or for pipeline.

Arguments and output as bench/native/consumer.cpp; its server comes from the environment.
"""

import asyncio
import os
import time

import common

args = common.arguments(name="scalar:", pvs=1, queue=0, pipeline=0, seconds=3.0, warm=0.3, array=0)
os.environ.update(common.conf(args.server))

from aiopvxs.client import Context  # noqa: E402

array = bool(args.array) or args.name.startswith("array:")
counting = False


class Watcher:
    def __init__(self):
        self.updates = self.lost = self.bytes = 0
        self.last = None
        self.ready = asyncio.Event()

    async def run(self, ctx, name):
        async for v in ctx.monitor(name):
            if array:
                n = int(v["timeStamp.userTag"])
                if counting:
                    self.bytes += memoryview(v["value"]).nbytes
            else:
                n = int(float(v["value"]))
            int(v["timeStamp.secondsPastEpoch"])
            if self.last is None:
                self.ready.set()
            elif counting and n > self.last:
                self.lost += n - self.last - 1
            self.last = n
            if counting:
                self.updates += 1


async def main():
    global counting
    ctx = Context()
    watchers = [Watcher() for _ in range(args.pvs)]
    tasks = [asyncio.create_task(w.run(ctx, args.name + str(i))) for i, w in enumerate(watchers)]
    for w in watchers:
        await asyncio.wait_for(w.ready.wait(), 30)
    await asyncio.sleep(args.warm)
    common.line(ready=True)
    cpu, start = time.process_time(), time.monotonic()
    counting = True
    await asyncio.sleep(args.seconds)
    counting = False
    seconds, used = time.monotonic() - start, time.process_time() - cpu
    common.line(
        updates=sum(w.updates for w in watchers),
        seconds=seconds,
        cpu=used,
        lost=sum(w.lost for w in watchers),
        bytes=sum(w.bytes for w in watchers),
    )
    for t in tasks:
        if t.done() and t.exception():
            raise t.exception()
    common.leave()


asyncio.run(main())
