"""A trained network as an ONNX file: from a day's inputs to quantiles of its prices."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import torch
from torch import nn

from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.inputs import WEEKDAYS
from wattbook.forecast.day_ahead.tame import EVEN, TAME_LIMIT
from wattbook.forecast.deep.nets import QUANTILES, network
from wattbook.forecast.deep.trainer import CHECKPOINT
from wattbook.forecast.serving.graph import STEEP

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.forecast.deep.settings import TrainSettings
    from wattbook.forecast.deep.table import DayTable

__all__ = ["trained_file"]

OPERATORS = 20


class Answer(nn.Module):
    """What a row is put through: the scale of the inputs, the network, the scale of the prices.

    Roots, logarithms and exponentials stand for hyperbolic functions, and a steep clip for the
    sign: ONNX Runtime computes those one number at a time. Shapes do not name the number of rows,
    which the file would keep.
    """

    def __init__(self, net: nn.Module, table: DayTable) -> None:
        super().__init__()
        self.net = net
        self.channels = table.scale.middle.size // 24
        self.middle = nn.Buffer(torch.from_numpy(table.scale.middle))
        self.share = nn.Buffer(torch.from_numpy(1.0 / table.scale.width).float())
        level, spread = (
            torch.from_numpy(each).float().repeat_interleave(len(QUANTILES))
            for each in (table.goal.middle, 0.5 * table.goal.width)
        )
        self.level, self.spread = nn.Buffer(level), nn.Buffer(spread)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return quantiles of the prices hour by hour, shape (n, 24 n_quantiles)."""
        away = (rows[:, :-WEEKDAYS] - self.middle).float() * self.share
        known = torch.where(torch.isnan(away), 0.0, away)
        size = torch.abs(known)
        sign = (known * STEEP).clamp(-1.0, 1.0)
        tame = torch.log(size + torch.sqrt(size * size + 1.0)) * (sign * EVEN)
        hours = tame.reshape(-1, self.channels, 24).transpose(1, 2)
        weekday = rows[:, -WEEKDAYS:].float().unsqueeze(1).repeat(1, 24, 1)
        made = self.net(torch.cat([hours, weekday], dim=2)).flatten(1)
        held = made.clamp(-TAME_LIMIT, TAME_LIMIT)
        return self.level + self.spread * (torch.exp(held) - torch.exp(-held))


def trained_file(folder: Path, settings: TrainSettings, table: DayTable) -> bytes:
    """Return the network of a training's newest checkpoint as an ONNX file.

    Its rows are those of `DayTable.rows`, NaN where a value is missing; its answers are the 5, 50
    and 95 % quantiles of each hour's price, hour by hour, 72 numbers of 32 bits.

    Raises
    ------
    ForecastError
        If the folder has no checkpoint, or one of other settings.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        message = f"{path} is not there; train first (`wattbook forecast train`)"
        raise ForecastError(message)
    held = torch.load(path, map_location="cpu", weights_only=True)
    if held["settings"] != repr(settings):
        message = f"{path} is of other settings ({held['settings']}); train anew in another folder"
        raise ForecastError(message)
    net = network(settings.net, table.inputs.shape[2], settings.width, settings.layers)
    net.load_state_dict(held["net"])
    file = io.BytesIO()
    fast = torch.backends.mha.get_fastpath_enabled()
    # The fused attention of PyTorch has no ONNX operator.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            # The newer exporter needs a package that nothing else here does.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Answer(net, table).eval(),
                (torch.from_numpy(table.rows[:1]),),
                file,
                dynamo=False,
                opset_version=OPERATORS,
                input_names=["rows"],
                output_names=["quantiles"],
                dynamic_axes={"rows": {0: "n"}, "quantiles": {0: "n"}},
            )
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return file.getvalue()
