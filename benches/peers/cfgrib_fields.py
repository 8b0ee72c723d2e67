"""Every field of GRIB files as an array, by cfgrib. Usage: ``cfgrib_fields.py MODE FOLDER``.

``stream`` reads message by message; ``datasets`` makes xarray's data sets, as most users do. Those
leave out two of the fields, so their work is not compared. No index is kept beside the files.
"""

import json
import logging
import sys
import time
import warnings
import zlib
from pathlib import Path

import cfgrib
import numpy as np

FILES = (
    "pygrib_gfs.t12z.pgrbf120.2p5deg.grib2",
    "nam.t00z.awp21100.tm00.grib2",
    "pygrib_rap.wrfnat.grib2",
)
ABSENT = np.float32(-1e30)


def checksum(values):
    """Return a sum over the bytes of a field in which a missing point has one form."""
    return zlib.crc32(np.where(np.isnan(values), ABSENT, values).tobytes())


def streamed(file):
    """Return the values of each message, as cfgrib reads them for its arrays."""
    found = []
    for message in cfgrib.messages.FileStream(str(file)).items().itervalues():
        values = message["values"].astype(np.float32)
        if message["bitmapPresent"]:
            values[values == np.float32(message["missingValue"])] = np.nan
        found.append(values)
    return found


def laid_out(file):
    """Return the values of each field of the data sets that cfgrib makes of a file."""
    found = []
    for dataset in cfgrib.open_datasets(str(file), backend_kwargs={"indexpath": ""}):
        for variable in dataset.data_vars.values():
            values = np.asarray(variable.values, np.float32)
            found += list(values.reshape(-1, *values.shape[-2:]))
    return found


def main(mode, folder):
    """Read all files once and print the rate."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    wall, cpu = time.perf_counter(), time.process_time()
    arrays = {"stream": streamed, "datasets": laid_out}[mode]
    found = [array for name in FILES for array in arrays(Path(folder) / "sources/grib" / name)]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    line = {
        "rate": len(found) / cpu,
        "wall_rate": len(found) / wall,
        "unit": "fields/s",
        "n": len(found),
        "work": {},
    }
    if mode == "stream":
        line["work"] = {
            "fields": len(found),
            "points": sum(array.size for array in found),
            "checksum": sum(checksum(array) for array in found),
        }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
