"""Networks over the 24 hours of a day, with a head of quantiles for each hour."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

__all__ = ["QUANTILES", "network", "pinball"]

QUANTILES = (0.05, 0.5, 0.95)


class Dense(nn.Module):
    """All hours at once through layers of rectified units."""

    def __init__(self, channels: int, width: int, layers: int) -> None:
        super().__init__()
        sizes = [24 * channels, *[width] * layers]
        steps: list[nn.Module] = []
        for given, made in pairwise(sizes):
            steps += [nn.Linear(given, made), nn.GELU()]
        self.body = nn.Sequential(*steps)
        self.head = nn.Linear(width, 24 * len(QUANTILES))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return tame quantiles, shape (n, 24, n_quantiles)."""
        made = self.head(self.body(inputs.flatten(1)))
        return made.unflatten(1, (24, len(QUANTILES)))


class Lstm(nn.Module):
    """Hour after hour, in both directions: later hours of the day's forecasts are known as well."""

    def __init__(self, channels: int, width: int, layers: int) -> None:
        super().__init__()
        self.body = nn.LSTM(channels, width, layers, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * width, len(QUANTILES))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return tame quantiles, shape (n, 24, n_quantiles)."""
        made, _ = self.body(inputs)
        return self.head(made)


class Transformer(nn.Module):
    """An encoder to which each hour is a token (Vaswani et al., 2017), without dropout."""

    def __init__(self, channels: int, width: int, layers: int) -> None:
        super().__init__()
        self.enter = nn.Linear(channels, width)
        self.place = nn.Parameter(0.02 * torch.randn(24, width))
        layer = nn.TransformerEncoderLayer(
            width, max(1, width // 16), 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, len(QUANTILES))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return tame quantiles, shape (n, 24, n_quantiles)."""
        return self.head(self.body(self.enter(inputs) + self.place))


NETS = {"dense": Dense, "lstm": Lstm, "transformer": Transformer}


def network(name: str, channels: int, width: int, layers: int) -> nn.Module:
    """Return an untrained network; its weights follow from PyTorch's seed."""
    return NETS[name](channels, width, layers)


def pinball(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Return the quantile loss, summed over days and averaged over hours and quantiles."""
    level = made.new_tensor(QUANTILES)
    error = real.unsqueeze(-1) - made
    return torch.maximum(level * error, (level - 1.0) * error).mean(dim=(1, 2)).sum()
