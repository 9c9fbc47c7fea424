"""What the Python sides of the benchmarks share."""

import argparse
import json
import os
import sys


def arguments(**defaults):
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    for name, value in defaults.items():
        parser.add_argument("--" + name, type=type(value), default=value)
    return parser.parse_args()


def conf(server):
    return {
        "EPICS_PVA_NAME_SERVERS": server,
        "EPICS_PVA_ADDR_LIST": "",
        "EPICS_PVA_AUTO_ADDR_LIST": "NO",
        "EPICS_PVA_BROADCAST_PORT": "59076",
    }


def line(**values):
    print(json.dumps(values), flush=True)


def leave():
    """Ends at once: what is measured is measured."""
    sys.stdout.flush()
    os._exit(0)
