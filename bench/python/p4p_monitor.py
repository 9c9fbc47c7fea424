"""p4p as a monitor client: its raw, callback form, which is its fastest. Arguments and output as bench/native/consumer.cpp."""

import threading
import time

from p4p.client.raw import Context

import common

args = common.arguments(name="load:", pvs=1, queue=0, pipeline=0, seconds=3.0, warm=0.3, array=0)
array = bool(args.array) or args.name.startswith("array:")
ctx = Context("pva", conf=common.conf(args.server), useenv=False, nt=False)
options = []
if args.queue:
    options.append("queueSize=%d" % args.queue)
if args.pipeline:
    options.append("pipeline=true")
request = "record[%s]" % ",".join(options) if options else None

everyone = threading.Event()
waiting = args.pvs
counting = False


class Watcher:
    def __init__(self):
        self.updates = self.lost = self.bytes = 0
        self.last = None

    def wake(self):
        global waiting
        sub = self.sub
        while True:
            v = sub.pop()
            if v is None:
                return
            if isinstance(v, Exception):
                continue
            if array:
                data = v["value"]
                n = v["timeStamp.userTag"]
                if counting:
                    self.bytes += data.nbytes
            else:
                n = int(v["value"])
            v["timeStamp.secondsPastEpoch"]
            if self.last is None:
                waiting -= 1
                if waiting <= 0:
                    everyone.set()
            elif counting:
                self.lost += n - self.last - 1
            self.last = n
            if counting:
                self.updates += 1


watchers = []
for i in range(args.pvs):
    w = Watcher()
    ready = threading.Event()

    def wake(w=w, ready=ready):
        # The first call may come before monitor() has returned.
        ready.wait()
        w.wake()

    w.sub = ctx.monitor(args.name + str(i), wake, request=request)
    ready.set()
    watchers.append(w)
everyone.wait(30)
time.sleep(args.warm)
common.line(ready=True)
cpu, start = time.process_time(), time.monotonic()
counting = True
time.sleep(args.seconds)
counting = False
seconds, used = time.monotonic() - start, time.process_time() - cpu
common.line(
    updates=sum(w.updates for w in watchers),
    seconds=seconds,
    cpu=used,
    lost=sum(w.lost for w in watchers),
    bytes=sum(w.bytes for w in watchers),
)
common.leave()
