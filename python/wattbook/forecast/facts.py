"""Which model made a forecast, as signals carry it into the journal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattbook.domain import SignalModel

if TYPE_CHECKING:
    from wattbook.forecast.model import Model

__all__ = ["ModelFacts", "features_hash"]

DEFINITIONS: Final = {
    "seasonal": "newest, period and hour change, day lag, week lag, day move, harmonics 4, weekday",
    "persistence": "newest price, price one cycle ago",
}
"""What goes into each kind; a change of a definition changes the hash."""


def features_hash(model: Model) -> str:
    """Return the hash of the definitions of a model's inputs.

    Examples
    --------
    >>> from wattbook.forecast import Persistence, SeasonalRegression
    >>> features_hash(Persistence(3)) == features_hash(Persistence(3, calibration_days=7))
    True
    >>> features_hash(SeasonalRegression(3)) == features_hash(SeasonalRegression(4))
    False
    """
    cycle = getattr(model, "cycle", "")
    text = f"{model.name};{DEFINITIONS[model.name]};horizon {model.horizon};{cycle}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The model behind forecasts.

    Parameters
    ----------
    version : str
        ``NAME@3`` of a registered model; the name of one that a run fits itself.
    features : str
        Hash of the definitions of its inputs, 16 hexadecimal digits.
    """

    version: str
    features: str

    def digests(self) -> SignalModel:
        """Return both as the journal holds them: 64 bits each.

        Examples
        --------
        >>> made = ModelFacts("day@3", "00000000000000ff").digests()
        >>> hex(made.model_version), made.features_hash
        ('0xca70fbb46536f859', 255)
        """
        name = hashlib.sha256(self.version.encode()).digest()
        return SignalModel(
            model_version=int.from_bytes(name[:8], "big"), features_hash=int(self.features, 16)
        )
