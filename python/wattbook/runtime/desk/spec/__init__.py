"""What a desk file can say. Each field's metadata bounds it; `parse` reads both."""

from wattbook.runtime.desk.spec.bounds import Bounds
from wattbook.runtime.desk.spec.desk import BookSpec, Desk, DeskHead, NettingSpec
from wattbook.runtime.desk.spec.dispatch import (
    DispatchCallSpec,
    DispatchFaultSpec,
    DispatchReserveSpec,
    DispatchSpec,
)
from wattbook.runtime.desk.spec.limits import LimitSpec, RaiseSpec
from wattbook.runtime.desk.spec.live import (
    LiveDropCopySpec,
    LiveFourEyesSpec,
    LiveHoursSpec,
    LiveRateSpec,
    LiveSpec,
    LiveTlsSpec,
    LiveTraderSpec,
    VenueSpec,
)
from wattbook.runtime.desk.spec.markets import (
    ForecastSpec,
    FuturesSpec,
    LatencySpec,
    MarketSpec,
    ParticipantsSpec,
    SessionSpec,
    SyntheticBookSpec,
)
from wattbook.runtime.desk.spec.strategies import (
    BatterySpec,
    EmaCrossSpec,
    MeanReversionSpec,
    MomentumSpec,
    PairSpec,
    PlantSpec,
    PythonSpec,
    StrategySpec,
    TraderSpec,
    VirtualSpec,
    WindSpec,
)

__all__ = [
    "BatterySpec",
    "BookSpec",
    "Bounds",
    "Desk",
    "DeskHead",
    "DispatchCallSpec",
    "DispatchFaultSpec",
    "DispatchReserveSpec",
    "DispatchSpec",
    "EmaCrossSpec",
    "ForecastSpec",
    "FuturesSpec",
    "LatencySpec",
    "LimitSpec",
    "LiveDropCopySpec",
    "LiveFourEyesSpec",
    "LiveHoursSpec",
    "LiveRateSpec",
    "LiveSpec",
    "LiveTlsSpec",
    "LiveTraderSpec",
    "MarketSpec",
    "MeanReversionSpec",
    "MomentumSpec",
    "NettingSpec",
    "PairSpec",
    "ParticipantsSpec",
    "PlantSpec",
    "PythonSpec",
    "RaiseSpec",
    "SessionSpec",
    "StrategySpec",
    "SyntheticBookSpec",
    "TraderSpec",
    "VenueSpec",
    "VirtualSpec",
    "WindSpec",
]
