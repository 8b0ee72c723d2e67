"""Deep networks of a day's prices, trained on one machine or many (``wattbook[deep]``).

Only `wattbook.forecast.deep.table` and the settings come without PyTorch; networks and the trainer
are imported by whoever trains.
"""

from wattbook.forecast.deep.launch import launch
from wattbook.forecast.deep.settings import TrainSettings
from wattbook.forecast.deep.table import DayTable, day_table

__all__ = ["DayTable", "TrainSettings", "day_table", "launch"]
