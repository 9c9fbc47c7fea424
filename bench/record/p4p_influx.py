"""PVs into InfluxDB with p4p and influxdb-client: monitors, a line for each update, batches of 5000.

Arguments: names, port of the PVAccess server, seconds, URL of InfluxDB. Prints a line of JSON.
"""

import json
import sys
import threading
import time

from influxdb_client import InfluxDBClient, WriteOptions
from p4p.client.raw import Context

names, port, seconds, url = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4]
conf = {
    "EPICS_PVA_NAME_SERVERS": "127.0.0.1:" + port,
    "EPICS_PVA_ADDR_LIST": "",
    "EPICS_PVA_AUTO_ADDR_LIST": "NO",
}
ctx = Context("pva", conf=conf, useenv=False, nt=False)
db = InfluxDBClient(url=url, token="x:x", org="-")
api = db.write_api(write_options=WriteOptions(batch_size=5000, flush_interval=1000))
everyone = threading.Event()
seen = set()
count = 0


class Watcher:
    def __init__(self, name):
        self.name = name

    def wake(self):
        global count
        while True:
            v = self.sub.pop()
            if v is None:
                return
            if isinstance(v, Exception):
                continue
            stamp = v["timeStamp.secondsPastEpoch"] * 1_000_000_000 + v["timeStamp.nanoseconds"]
            line = "pv_float,pv=%s value=%r,severity=%di,status=%di %d" % (
                self.name,
                v["value"],
                v["alarm.severity"],
                v["alarm.status"],
                stamp,
            )
            api.write(bucket="peers", record=line)
            count += 1
            if len(seen) < names:
                seen.add(self.name)
                if len(seen) == names:
                    everyone.set()


watchers = []
for i in range(names):
    w = Watcher("rate:%d" % i)
    w.sub = ctx.monitor(w.name, w.wake)
    watchers.append(w)
everyone.wait(60)
before, cpu, start = count, time.process_time(), time.monotonic()
time.sleep(seconds)
after, cpu, wall = count, time.process_time() - cpu, time.monotonic() - start
print(json.dumps({"count": after - before, "seconds": wall, "cpu": cpu, "megabytes": 0}), flush=True)
import os

os._exit(0)
