"""Every field of GRIB files as an array. Usage: ``grib_fields.py FOLDER``; prints one JSON line.

Processor time counts the worker that decodes as well as this process.
"""

import json
import resource
import sys
import time
import zlib
from pathlib import Path

import numpy as np

from wattbook.sources import grib
from wattbook.sources.grib.decoder import shared

FILES = (
    "pygrib_gfs.t12z.pgrbf120.2p5deg.grib2",
    "nam.t00z.awp21100.tm00.grib2",
    "pygrib_rap.wrfnat.grib2",
)
ABSENT = np.float32(-1e30)


def checksum(values):
    """Return a sum over the bytes of a field in which a missing point has one form."""
    return zlib.crc32(np.where(np.isnan(values), ABSENT, values).tobytes())


def processor_seconds():
    """Return what this process and the children that have ended have used."""
    mine, theirs = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def arrays(file):
    """Return the values of each field, as cfgrib gives them: float32."""
    return [np.asarray(field.array(), np.float32) for field in grib.fields(file.read_bytes())]


def main(folder):
    """Read all files once and print the rate."""
    wall, cpu = time.perf_counter(), processor_seconds()
    found = [array for name in FILES for array in arrays(Path(folder) / "sources/grib" / name)]
    wall = time.perf_counter() - wall
    shared().close()
    cpu = processor_seconds() - cpu
    line = {
        "rate": len(found) / cpu,
        "wall_rate": len(found) / wall,
        "unit": "fields/s",
        "n": len(found),
        "work": {
            "fields": len(found),
            "points": sum(array.size for array in found),
            "checksum": sum(checksum(array) for array in found),
        },
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
