"""The same day of orders by BitePy. Usage: ``bitepy_intrinsic.py FILE``."""

import json
import sys
import time

import numpy as np
import pandas as pd
from bitepy import Simulation


def main(file):
    at, until, delivery, side, price, lots = np.fromfile(file, "<i8").reshape(-1, 6).T
    numbers = np.arange(1, len(at) + 1)
    stamps = {"start": delivery, "transaction": at, "validity": until}
    columns = {name: pd.to_datetime(values, unit="ms", utc=True) for name, values in stamps.items()}
    table = pd.DataFrame(
        {
            "id": numbers,
            "initial": numbers,
            "side": np.where(side == 1, "BUY", "SELL"),
            **columns,
            "price": price / 100,
            "quantity": lots / 10,
        }
    )
    start = pd.Timestamp(delivery.min(), unit="ms", tz="UTC")
    battery = Simulation(
        start,
        start + pd.Timedelta(hours=24),
        trading_start_date=start - pd.Timedelta(hours=10),
        loss_in=1.0,
        loss_out=1.0,
        trading_fee=0.09,
        lin_deg_cost=4.0,
        num_stor_states=11,
    )
    battery.add_df_to_orderqueue(table)
    wall, cpu = time.perf_counter(), time.process_time()
    battery.run_one_day(True)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    line = {
        "rate": len(at) / cpu,
        "wall_rate": len(at) / wall,
        "unit": "orders/s",
        "n": len(at),
        "us_per_order": 1e6 * cpu / len(at),
        "profit": battery._sim_cpp.returnReward(),
        "work": {},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
