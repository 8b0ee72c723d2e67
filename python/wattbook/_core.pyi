"""
The compiled part of Wattbook; import `wattbook` instead.
"""

from _typeshed import Incomplete, SupportsGetItem, SupportsLenAndGetItem
from datetime import datetime
from decimal import Decimal
from os import PathLike
from typing import Any, Final, SupportsFloat, SupportsIndex, final
from typing_extensions import Buffer

__all__ = ["Algorithm", "AmendOrder", "AmendRejected", "AmendRouted", "ApproveOrder", "Battery", "BatteryOfferPlan", "BookAction", "BookDelta", "BoostedTrees", "BreachSeverity", "CalorificValue", "CancelAll", "CancelOrder", "CancelRejected", "CancelRouted", "Cascade", "Cascaded", "ClientCommand", "CloseDay", "Commodity", "Conditions", "ContractForm", "CvarHedge", "Deal", "DealBooked", "DeliveryKind", "DeliveryProduct", "Direction", "EndParent", "ExerciseStyle", "ExplainOrder", "FastDecoder", "FeedRecorder", "FeedThread", "Filled", "FixEchoAcceptor", "FixExchange", "FixedLayout", "FreezeInstrument", "GateClosed", "HeldBook", "Instrument", "IntradayBooks", "IntradayPlan", "IntradaySimulation", "JournalFollower", "L3Book", "LatticeStorage", "LimitBreached", "LimitCured", "LimitMeasure", "LimitScope", "LiveVenue", "Load", "Location", "LocationKind", "Marked", "MarketModel", "MeterRead", "Money", "NativeExchange", "NativeVenue", "Normalizer", "OfferAwarded", "OnnxModel", "OpenParent", "OptionExpired", "OptionRight", "OptionTerms", "Order", "OrderAccepted", "OrderAmended", "OrderCancelled", "OrderFilled", "OrderHeld", "OrderRejected", "OrderRouted", "OrderStanding", "OrderState", "OrderStateChanged", "OrderType", "OrdersNetted", "Owner", "ParentEndReason", "ParentStatus", "Peg", "Phase", "PositionChanged", "Price", "PriceKind", "QuarantineReason", "Quote", "RaiseLimit", "RecordSignal", "ReferencePrice", "Refusal", "Refused", "ReportQuarantined", "ReservesSettled", "SbeSchema", "Scope", "SelfTradePrevention", "Sequenced", "SessionPhase", "SetApproval", "SetClearing", "SetFees", "SetFxRate", "SetLimits", "SetOrderRate", "SetScopeLimit", "SetSensitivities", "SetThreshold", "SetTrading", "Settled", "SettlementRun", "Side", "SignalModel", "SimulatedVenue", "Simulation", "SpotModel", "SpreadKind", "SpreadTerms", "StandingChanged", "StrategyContext", "StreamFront", "StreamHub", "SubmitOffer", "SubmitOrder", "SubmitSchedule", "SwapTerms", "Table", "Tenor", "ThermalUnit", "TimeAdvanced", "TimeInForce", "Trade", "Unit", "Venue", "VenueReason", "VenueSession", "Volume", "ZonalAuction", "aemo_report", "allocation_pauses", "american_prices", "american_slopes", "average_approximations", "average_derivatives", "average_values", "basket_derivatives", "basket_value", "battery_foresight", "battery_rolling_intrinsic", "block_instrument", "check_quotes", "credit_exposures", "csv_table", "dbn_gather", "dbn_json", "dbn_layout", "dbn_open", "dbn_runs", "delivery_places", "european_values", "european_volatilities", "feed_capture_summary", "filled", "fix_book_columns", "fix_columns", "fix_dictionary", "fix_encode", "fix_rejections", "fixed_descriptions", "fuel_spread", "gate_closure", "goods_instrument", "iec62325_decode", "iec62325_fuels", "input_tables", "inputs_from_tables", "intraday_opening", "json_rows", "known_location", "known_markets", "lear_fit", "lear_forecast", "local_periods", "millionths", "nerc_holidays", "option_on_average", "option_on_future", "place_spread", "price_limits", "product_instrument", "product_intervals", "product_load_periods", "rainbow_derivatives", "rainbow_value", "refusal_sentence", "replay", "replay_quotes", "replay_quotes_ema_cross", "revalued_pnl", "shocked_pnl", "spread_approximations", "spread_derivatives", "spread_prices", "swap_on_average", "sweep_fills", "sweep_quotes", "time_spread", "unit_factor", "venue_replay", "venue_tables", "version", "within_day_instrument", "write_quotes", "xml_elements", "xml_rows", "zip_entries_max", "zip_inflate", "zone_intervals"]

@final
class Algorithm:
    """
    How a parent order is worked.
    """
    ARRIVAL_PRICE: Final[Algorithm]
    """
    Along that trajectory, faster while the price is better than at arrival.
    """
    BASKET: Final[Algorithm]
    """
    Several instruments at once.
    """
    CLOSE: Final[Algorithm]
    """
    In the closing auction.
    """
    ICEBERG: Final[Algorithm]
    """
    Shows a part at a time.
    """
    IMPLEMENTATION_SHORTFALL: Final[Algorithm]
    """
    Along the Almgren–Chriss trajectory.
    """
    LIQUIDATION: Final[Algorithm]
    """
    Brings a position to a target before the gate.
    """
    NAME: Final[str]
    PARTICIPATION: Final[Algorithm]
    """
    At a share of the market's volume as it trades.
    """
    PEG: Final[Algorithm]
    """
    At the best price of its own side, which it follows.
    """
    SNIPER: Final[Algorithm]
    """
    Takes what is offered at its price or better, and shows nothing.
    """
    SPREAD: Final[Algorithm]
    """
    Legs of a spread.
    """
    SWEEP: Final[Algorithm]
    """
    At once, over several venues.
    """
    TWAP: Final[Algorithm]
    """
    Evenly over time.
    """
    VWAP: Final[Algorithm]
    """
    Along a forecast of the market's volume.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Algorithm:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Algorithm:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Algorithm]:
        """
        Every value, in the order of its number.
        """

@final
class AmendOrder:
    """
    Changes an order; unchanged fields repeat the old value.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, trigger: Price | int | float | str | Decimal | None = None) -> AmendOrder: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> AmendOrder:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> AmendOrder:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def price(self, /) -> Price:
        """
        New limit, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trigger(self, /) -> Price | None:
        """
        New price that wakes a waiting stop; without one it stays.
        """
    @property
    def volume(self, /) -> Volume:
        """
        New total volume, filled part included, in volume units.
        """

@final
class AmendRejected:
    """
    The venue refused to change the order, which stays as it was.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, reason: VenueReason | str) -> AmendRejected: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> AmendRejected:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> AmendRejected:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def reason(self, /) -> VenueReason:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class AmendRouted:
    """
    An amendment passed the gate and goes to the venue.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, instrument: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, trigger: Price | int | float | str | Decimal | None = None) -> AmendRouted: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> AmendRouted:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> AmendRouted:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def price(self, /) -> Price:
        """
        New limit, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trigger(self, /) -> Price | None:
        """
        New price that wakes a waiting stop; without one it stays.
        """
    @property
    def volume(self, /) -> Volume:
        """
        New total volume, filled part included, in volume units.
        """

@final
class ApproveOrder:
    """
    Lets the held order `order_id` pass; `trader` is the second person, and not the one who answers for
    it. The client that sent the order cannot approve it.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, trader: SupportsIndex) -> ApproveOrder: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ApproveOrder:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ApproveOrder:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trader(self, /) -> int:
        """
        Who approves.
        """

@final
class Battery:
    """
    A battery: what it can do and its state of charge.
    """
    def __new__(cls, /, *, power: Volume | int | float | str | Decimal, lot: Volume | int | float | str | Decimal, capacity: Volume | int | float | str | Decimal, floor: Volume | int | float | str | Decimal, ceiling: Volume | int | float | str | Decimal, initial: Volume | int | float | str | Decimal, charge_efficiency_ppm: SupportsIndex, discharge_efficiency_ppm: SupportsIndex, cycles_per_day_ppm: SupportsIndex) -> Battery:
        """
        A battery; power in MW, energies in `MWh`, efficiencies and cycles in 1e-6.
        """
    @property
    def energy_joules(self, /) -> int:
        """
        Energy in the cells, in joules.
        """
    def run(self, /, power: Volume | int | float | str | Decimal, seconds: SupportsIndex, day: SupportsIndex) -> int:
        """
        Runs up to `power` MW for `seconds` on local day `day`, as far as its limits allow: above zero
        discharges, below zero charges. Returns the power at the meter in 1e-6 MW.
        """

@final
class BatteryOfferPlan:
    """
    Offers of one day under uncertain real-time prices.
    """
    def __new__(cls, /, *, store: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], past_day_ahead: Incomplete, past_real_time: Incomplete, day_ahead: Incomplete, hours: SupportsFloat | SupportsIndex, terminal_price: SupportsFloat | SupportsIndex) -> BatteryOfferPlan:
        """
        A plan for a day of `day_ahead` prices, learned from past days of as many intervals.
        """
    def level_after(self, /, level: SupportsFloat | SupportsIndex, day_ahead: SupportsFloat | SupportsIndex, real_time: SupportsFloat | SupportsIndex) -> float:
        """
        The price level after a real-time price.
        """
    def offer(self, /, place: SupportsIndex, level: SupportsFloat | SupportsIndex, energy_mwh: SupportsFloat | SupportsIndex) -> tuple[list[float], list[float], list[float], list[float]]:
        """
        The offer of interval `place`: prices and powers of what charges, then of what discharges.
        """
    def power_at(self, /, place: SupportsIndex, level: SupportsFloat | SupportsIndex, energy_mwh: SupportsFloat | SupportsIndex, price: SupportsFloat | SupportsIndex) -> float:
        """
        What the offer of interval `place` runs at `price`, in MW; below zero charges.
        """

@final
class BookAction:
    """
    What happened to an order of a level-3 book.
    """
    ADD: Final[BookAction]
    """
    It entered.
    """
    CLEAR: Final[BookAction]
    """
    All orders left.
    """
    DELETE: Final[BookAction]
    """
    It left.
    """
    MODIFY: Final[BookAction]
    """
    Its price or volume changed.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> BookAction:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> BookAction:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[BookAction]:
        """
        Every value, in the order of its number.
        """

@final
class BookDelta:
    """
    A change of one order in a level-3 book, or of one price in a level-2 book
    (`venue_order` is then 0).
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, action: BookAction | str, side: Side | str, venue_order: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal) -> BookDelta: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def action(self, /) -> BookAction:
        """
        What happened.
        """
    @staticmethod
    def from_bytes(data: bytes) -> BookDelta:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> BookDelta:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def price(self, /) -> Price:
        """
        Its price, in currency per price unit.
        """
    @property
    def side(self, /) -> Side:
        """
        Of which side.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def venue_order(self, /) -> int:
        """
        The venue's number of the order.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Its volume from now on, in volume units.
        """

@final
class BoostedTrees:
    """
    Boosted trees that were fitted; an input may be missing (NaN).
    """
    @property
    def columns(self, /) -> int:
        """
        Columns of a row of inputs.
        """
    @staticmethod
    def fit(inputs: Incomplete, targets: Incomplete, *, quantile: SupportsFloat | SupportsIndex | None, trees: SupportsIndex, depth: SupportsIndex, learning_rate: SupportsFloat | SupportsIndex, leaf_rows: SupportsIndex, share: SupportsFloat | SupportsIndex, seed: SupportsIndex) -> BoostedTrees:
        """
        Fits `targets` on the rows of `inputs`; without a `quantile` the squared error is made small.
        """
    @staticmethod
    def load(bytes: bytes) -> BoostedTrees:
        """
        The model that `save` wrote.
        """
    def predict(self, /, inputs: Incomplete) -> Incomplete:
        """
        Forecasts for the rows of `inputs`.
        """
    def save(self, /) -> bytes:
        """
        The model as bytes.
        """

@final
class BreachSeverity:
    """
    How far beyond a limit.
    """
    HARD: Final[BreachSeverity]
    """
    Above the hard level: what enlarges it is refused.
    """
    NAME: Final[str]
    SOFT: Final[BreachSeverity]
    """
    Above the soft level: told.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> BreachSeverity:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> BreachSeverity:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[BreachSeverity]:
        """
        Every value, in the order of its number.
        """

@final
class CalorificValue:
    """
    How much energy a unit of fuel holds, such as 11.16 kWh in a cubic metre of gas.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, fuel: Unit | str, nano_megawatt_hours: SupportsIndex) -> CalorificValue: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> CalorificValue:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> CalorificValue:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def fuel(self, /) -> Unit:
        """
        The unit of fuel, of space or mass.
        """
    @property
    def nano_megawatt_hours(self, /) -> int:
        """
        Energy in one unit of fuel, in 1e-9 MWh; above zero.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class CancelAll:
    """
    Takes back every open order in `scope`.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, scope: Scope) -> CancelAll: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> CancelAll:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> CancelAll:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def scope(self, /) -> Scope:
        """
        Which orders.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class CancelOrder:
    """
    Takes an order back.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex) -> CancelOrder: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> CancelOrder:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> CancelOrder:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class CancelRejected:
    """
    The venue refused to cancel the order, which stays as it was; an amendment on its way still waits
    for its own answer.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, reason: VenueReason | str) -> CancelRejected: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> CancelRejected:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> CancelRejected:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def reason(self, /) -> VenueReason:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class CancelRouted:
    """
    A cancel goes to the venue.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, instrument: SupportsIndex) -> CancelRouted: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> CancelRouted:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> CancelRouted:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class Cascade:
    """
    Positions in `from` become equal positions in each of `into`, booked at `settlement_price`.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, from_: SupportsIndex, into: SupportsGetItem[int, SupportsIndex], settlement_price: Price | int | float | str | Decimal) -> Cascade: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def from_(self, /) -> int:
        """
        The contract that ends.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Cascade:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Cascade:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def into(self, /) -> list[int]:
        """
        The contracts that replace it; together they deliver the same energy.
        """
    @property
    def settlement_price(self, /) -> Price:
        """
        Final settlement price of the contract that ends.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class Cascaded:
    """
    A position moved from a contract to one of its parts.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, from_: SupportsIndex, into: SupportsIndex, owner: Owner, volume: Volume | int | float | str | Decimal, price: Price | int | float | str | Decimal) -> Cascaded: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def from_(self, /) -> int:
        """
        The contract that ended.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Cascaded:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Cascaded:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def into(self, /) -> int:
        """
        The contract that it became.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose.
        """
    @property
    def price(self, /) -> Price:
        """
        At which price it was booked, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units, signed.
        """

@final
class ClientCommand:
    """
    A command as a client sent it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, client: SupportsIndex, client_sequence: SupportsIndex, command: SubmitOrder | AmendOrder | CancelOrder | CancelAll | SetTrading | RecordSignal | SubmitOffer | SubmitSchedule | OpenParent | EndParent | ExplainOrder | ApproveOrder | FreezeInstrument) -> ClientCommand: ...
    def __repr__(self, /) -> str: ...
    @property
    def client(self, /) -> int:
        """
        Who sent it.
        """
    @property
    def client_sequence(self, /) -> int:
        """
        The client's number of it, rising by one.
        """
    @property
    def command(self, /) -> SubmitOrder | AmendOrder | CancelOrder | CancelAll | SetTrading | RecordSignal | SubmitOffer | SubmitSchedule | OpenParent | EndParent | ExplainOrder | ApproveOrder | FreezeInstrument:
        """
        What is asked.
        """

@final
class CloseDay:
    """
    The trading day of a book ended: the loss that its limit is held against counts from zero again.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, trading_book: SupportsIndex) -> CloseDay: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> CloseDay:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> CloseDay:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trading_book(self, /) -> int:
        """
        Which book.
        """

@final
class Commodity:
    """
    What is delivered.
    """
    COAL: Final[Commodity]
    """
    Coal.
    """
    EMISSIONS: Final[Commodity]
    """
    Emission allowances (EUA).
    """
    GAS: Final[Commodity]
    """
    Natural gas.
    """
    GUARANTEE_OF_ORIGIN: Final[Commodity]
    """
    Guarantees of origin.
    """
    NAME: Final[str]
    OIL: Final[Commodity]
    """
    Crude oil and its products.
    """
    POWER: Final[Commodity]
    """
    Electricity.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Commodity:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Commodity:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Commodity]:
        """
        Every value, in the order of its number.
        """

@final
class Conditions:
    """
    The terms that a plain order leaves out.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, trigger: Price | int | float | str | Decimal | None = None, offset: Price | int | float | str | Decimal | None = None, peg: Peg | str | None = None, display_volume: Volume | int | float | str | Decimal | None = None, minimum_volume: Volume | int | float | str | Decimal | None = None, all_or_none: bool = ..., expires: int | datetime | None = None, one_cancels_other: SupportsIndex | None = None, linked: SupportsIndex | None = None, linked_orders: SupportsIndex | None = None, self_trade: SelfTradePrevention | str = ..., parent: SupportsIndex | None = None) -> Conditions: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def all_or_none(self, /) -> bool:
        """
        Filled in whole or not at all, though it may rest.
        """
    @property
    def display_volume(self, /) -> Volume | None:
        """
        Iceberg: the volume shown at a time; zero hides the order altogether.
        """
    @property
    def expires(self, /) -> int | None:
        """
        When a good-till-date order ends.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Conditions:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Conditions:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def linked(self, /) -> int | None:
        """
        Orders of one client with the same number trade all in whole or none, across contracts.
        """
    @property
    def linked_orders(self, /) -> int | None:
        """
        How many orders the linked set has: the venue waits for all of them.
        """
    @property
    def minimum_volume(self, /) -> Volume | None:
        """
        The least volume of a first execution.
        """
    @property
    def offset(self, /) -> Price | None:
        """
        Distance of a peg or trailing stop, in currency per price unit.
        """
    @property
    def one_cancels_other(self, /) -> int | None:
        """
        Orders of one client with the same number cancel each other on the first fill.
        """
    @property
    def parent(self, /) -> int | None:
        """
        The parent order that it is a child of.
        """
    @property
    def peg(self, /) -> Peg | None:
        """
        What a pegged order follows.
        """
    @property
    def self_trade(self, /) -> SelfTradePrevention:
        """
        What happens against an order of the same trading book.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trigger(self, /) -> Price | None:
        """
        Price that wakes a stop.
        """

@final
class ContractForm:
    """
    How it is contracted.
    """
    AUCTION: Final[ContractForm]
    """
    A delivery period sold in an auction or dispatched by a pool.
    """
    BLOCK: Final[ContractForm]
    """
    A venue's standard run of delivery periods.
    """
    FUTURE: Final[ContractForm]
    """
    A futures contract.
    """
    INTRADAY: Final[ContractForm]
    """
    A delivery period traded continuously until its gate.
    """
    NAME: Final[str]
    OPTION: Final[ContractForm]
    """
    An option on a future.
    """
    SPOT: Final[ContractForm]
    """
    Spot delivery of a storable commodity or certificate.
    """
    SPREAD: Final[ContractForm]
    """
    The difference of two instruments.
    """
    SWAP: Final[ContractForm]
    """
    A fixed price against the average of an index.
    """
    USER_DEFINED_BLOCK: Final[ContractForm]
    """
    A run of delivery periods that a participant chose.
    """
    WITHIN_DAY: Final[ContractForm]
    """
    The rest of a gas day.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ContractForm:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ContractForm:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[ContractForm]:
        """
        Every value, in the order of its number.
        """

@final
class CvarHedge:
    """
    A hedge that is found anew after each new scenario.
    """
    def __new__(cls, /, *, base: Incomplete, pnl: Incomplete, lower: Incomplete, upper: Incomplete, cost: Incomplete, confidence: SupportsFloat | SupportsIndex) -> CvarHedge:
        """
        A problem; see `wattbook.strategy.hedging.CvarHedge`.
        """
    def add_scenario(self, /, base: SupportsFloat | SupportsIndex, pnl: Incomplete) -> None:
        """
        Adds a scenario; all then weigh the same again.
        """
    def solve(self, /) -> tuple[Incomplete, float, float, float, float, int]:
        """
        The best hedge.
        """

@final
class Deal:
    """
    A deal agreed with a counterparty outside a venue, or a part of a structured one.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, deal: SupportsIndex, part: SupportsIndex, version: SupportsIndex, counterparty: str, instrument: SupportsIndex, side: Side | str, owner: Owner, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, agreed: int | datetime) -> Deal: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def agreed(self, /) -> int:
        """
        When it was agreed.
        """
    @property
    def counterparty(self, /) -> str:
        """
        The other party's legal entity identifier (ISO 17442) or name.
        """
    @property
    def deal(self, /) -> int:
        """
        The desk's number of it; a structured deal repeats it for each part.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Deal:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Deal:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        What is traded.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def part(self, /) -> int:
        """
        Part of the deal, from 1.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    @property
    def side(self, /) -> Side:
        """
        Buy or sell.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def version(self, /) -> int:
        """
        Version; an amendment replaces the version below.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units; above zero.
        """

@final
class DealBooked:
    """
    A bilateral deal, or a new version of one, was booked into the position.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, deal: SupportsIndex, part: SupportsIndex, version: SupportsIndex, instrument: SupportsIndex, side: Side | str, owner: Owner, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal) -> DealBooked: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def deal(self, /) -> int:
        """
        The desk's number of it.
        """
    @staticmethod
    def from_bytes(data: bytes) -> DealBooked:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> DealBooked:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        What is traded.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def part(self, /) -> int:
        """
        Part of the deal.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    @property
    def side(self, /) -> Side:
        """
        Buy or sell.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def version(self, /) -> int:
        """
        Version; it replaced the version below.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units; zero when the new version takes the deal back.
        """

@final
class DeliveryKind:
    """
    How an open position ends.
    """
    CASCADE: Final[DeliveryKind]
    """
    Cascades into shorter contracts before delivery.
    """
    NAME: Final[str]
    PHYSICAL: Final[DeliveryKind]
    """
    Energy or goods change hands.
    """
    SPOT_AVERAGE: Final[DeliveryKind]
    """
    Settles in cash on the average of the spot price over delivery.
    """
    VIRTUAL: Final[DeliveryKind]
    """
    Settles in cash against the real-time price.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> DeliveryKind:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> DeliveryKind:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[DeliveryKind]:
        """
        Every value, in the order of its number.
        """

@final
class DeliveryProduct:
    """
    What is delivered where and when, under the name that the market gives it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, text: str) -> DeliveryProduct:
        """
        The product that `text` names, such as `DE-LU 2026-03-29 H04` or `TTF Win-26`.
        """
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    def cascade(self, /, exchange: str) -> list[DeliveryProduct]:
        """
        The products that replace it at `exchange` before it delivers.
        """
    @property
    def delivery_end(self, /) -> int:
        """
        First instant after delivery, ns UTC.
        """
    @property
    def delivery_seconds(self, /) -> int:
        """
        Seconds with delivery: fewer than the period has for peak and off-peak.
        """
    @property
    def delivery_start(self, /) -> int:
        """
        First instant of delivery, ns UTC.
        """
    @property
    def load(self, /) -> str:
        """
        Which hours are delivered: `base`, `peak` or `off_peak`.
        """
    def parts(self, /, tenor: str) -> list[DeliveryProduct]:
        """
        The days, months, quarters or seasons that partition it.
        """
    @property
    def place(self, /) -> str:
        """
        Bidding zone or hub.
        """
    @property
    def tenor(self, /) -> str:
        """
        The length that the market calls it by.
        """
    @property
    def time_zone(self, /) -> str:
        """
        IANA zone of its market.
        """

@final
class Direction:
    """
    What a signal advises.
    """
    FALL: Final[Direction]
    """
    The price is expected to fall.
    """
    FLAT: Final[Direction]
    """
    No view.
    """
    NAME: Final[str]
    RISE: Final[Direction]
    """
    The price is expected to rise.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Direction:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Direction:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Direction]:
        """
        Every value, in the order of its number.
        """

@final
class EndParent:
    """
    Ends a parent order: none of its children is open any more.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, parent: SupportsIndex, reason: ParentEndReason | str, filled: Volume | int | float | str | Decimal, unfilled: Volume | int | float | str | Decimal, end_price: Price | int | float | str | Decimal | None = None) -> EndParent: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def end_price(self, /) -> Price | None:
        """
        Middle of the market at the end, in currency per price unit, if known.
        """
    @property
    def filled(self, /) -> Volume:
        """
        Filled, in volume units.
        """
    @staticmethod
    def from_bytes(data: bytes) -> EndParent:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> EndParent:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def parent(self, /) -> int:
        """
        Which parent.
        """
    @property
    def reason(self, /) -> ParentEndReason:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def unfilled(self, /) -> Volume:
        """
        Left unfilled, in volume units.
        """

@final
class ExerciseStyle:
    """
    When an option may be exercised.
    """
    AMERICAN: Final[ExerciseStyle]
    """
    Until expiry.
    """
    ASIAN: Final[ExerciseStyle]
    """
    Against the average of the underlying.
    """
    EUROPEAN: Final[ExerciseStyle]
    """
    At expiry.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ExerciseStyle:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ExerciseStyle:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[ExerciseStyle]:
        """
        Every value, in the order of its number.
        """

@final
class ExplainOrder:
    """
    Says why an order was placed as it was.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, parent: SupportsIndex | None = None, text: str) -> ExplainOrder: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ExplainOrder:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ExplainOrder:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def parent(self, /) -> int | None:
        """
        Of which parent, if any.
        """
    @property
    def text(self, /) -> str:
        """
        What was compared and what decided.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class FastDecoder:
    """
    Templates and the previous values of one stream of messages.
    """
    def __new__(cls, /, templates: str, is_strict: bool) -> FastDecoder:
        """
        Compiles a template file; a strict decoder refuses more bytes than needed.
        """
    def columns(self, /, messages: SupportsGetItem[int, SupportsGetItem[int, SupportsIndex]], names: SupportsGetItem[int, str], rows_of: str | None) -> list[tuple[str, Any | None, Any]]:
        """
        Chosen fields of `messages` as columns, a row for each message or element of a sequence.
        """
    def decode_json(self, /, data: bytes) -> tuple[str, int]:
        """
        The message that `data` begins with as JSON, and how long it is.
        """
    def reset(self, /) -> None:
        """
        Forgets every previous value.
        """
    @property
    def templates(self, /) -> list[tuple[str, int | None]]:
        """
        Name and identifier of each template.
        """

@final
class FeedRecorder:
    """
    Keeps the packets of lines without looking into them.
    """
    def __new__(cls, /, path: str | PathLike[str], format: str, lines: SupportsGetItem[int, tuple[str, SupportsIndex, str | None, str]], zstd_level: SupportsIndex | None, packet_bytes_max: SupportsIndex) -> FeedRecorder:
        """
        Listens on `lines` and writes into the folder `path`.
        """
    def close(self, /) -> tuple[int, int]:
        """
        Writes what waits and seals the capture; packets kept, and those that the kernel dropped.
        """
    @property
    def ports(self, /) -> list[int]:
        """
        The ports that it listens on.
        """
    def turn(self, /, milliseconds: SupportsIndex) -> int:
        """
        Takes what is there, waiting at most so many ms; how many packets.
        """

@final
class FeedThread:
    """
    A feed on a thread of its own.
    """
    def is_done(self, /) -> bool:
        """
        Whether the thread has ended.
        """
    @staticmethod
    def live(settings: Incomplete, lines: SupportsGetItem[int, tuple[str, SupportsIndex, str | None, str]], recovery: tuple[str, SupportsIndex] | None, capture: str | PathLike[str] | None, zstd_level: SupportsIndex | None) -> FeedThread:
        """
        Listens on `lines`, A first, and asks `recovery` over TCP for what is missing.
        """
    @property
    def ports(self, /) -> list[int]:
        """
        The ports that it listens on.
        """
    @staticmethod
    def replay(settings: Incomplete, path: str | PathLike[str], factor: SupportsFloat | SupportsIndex) -> FeedThread:
        """
        Replays the capture in the folder `path`, `factor` times as fast as recorded, or as fast as can be
        for 0.
        """
    def stop(self, /) -> None:
        """
        Ends the thread.
        """
    def take(self, /, most: SupportsIndex) -> dict[str, Any]:
        """
        Up to `most` events as columns.
        """
    def view(self, /) -> tuple[dict[str, int], list[dict[str, int]], list[tuple[int, int, int, str, bytes]]]:
        """
        What was counted, a moment ago.
        """

@final
class Filled:
    """
    An order traded.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, trade: SupportsIndex, instrument: SupportsIndex, side: Side | str, owner: Owner, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, fee: Money, is_maker: bool, signal: SupportsIndex, arrival_price: Price | int | float | str | Decimal | None = None) -> Filled: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def arrival_price(self, /) -> Price | None:
        """
        Middle of the market when the order was routed, in currency per price unit, if known.
        """
    @property
    def fee(self, /) -> Money:
        """
        Charged by the venue, in the instrument's currency; below zero for a rebate.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Filled:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Filled:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        What was traded.
        """
    @property
    def is_maker(self, /) -> bool:
        """
        Whether our order rested.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    @property
    def side(self, /) -> Side:
        """
        Buy or sell.
        """
    @property
    def signal(self, /) -> int:
        """
        The signal behind the order; 0 for none.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trade(self, /) -> int:
        """
        The venue's number of the trade.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units; above zero.
        """

@final
class FixEchoAcceptor:
    """
    A port on loopback whose sessions send back what they are sent.
    """
    def __new__(cls, /, port: SupportsIndex, sessions: SupportsGetItem[int, tuple[str, str, str, bool, tuple[str, str, str, str | None, str | None] | None, tuple[SupportsIndex, SupportsIndex, bool] | None]], tls: tuple[str | PathLike[str] | None, str | PathLike[str] | None, str | PathLike[str] | None] | None = None, log_folder: str | PathLike[str] | None = None) -> FixEchoAcceptor:
        """
        Listens on `port`, or a free one when it is 0; each session is its version, our `CompID`,
        theirs, whether both sides begin at 1 with each logon, its hours, and how many messages it takes.
        `tls` are certificate, key, and those who issue the clients' certificates; in `log_folder` each
        session has a file of what comes and goes.
        """
    def add(self, /, session: tuple[str, str, str, bool, tuple[str, str, str, str | None, str | None] | None, tuple[SupportsIndex, SupportsIndex, bool] | None]) -> None:
        """
        Lets a session log on that was not there.
        """
    def change(self, /, session: tuple[str, str, str, bool, tuple[str, str, str, str | None, str | None] | None, tuple[SupportsIndex, SupportsIndex, bool] | None]) -> bool:
        """
        Logs a session out and lets it log on again as `session` says; its numbers go on. The others are
        left as they are.
        """
    @property
    def port(self, /) -> int:
        """
        Where it listens on 127.0.0.1.
        """
    def remove(self, /, version: str, sender: str, target: str) -> bool:
        """
        Logs a session out and lets it log on no more; whether it was there. The others go on.
        """
    def stop(self, /) -> None:
        """
        Logs every session out and waits until the connections have ended.
        """

@final
class FixExchange:
    """
    A simulated exchange on a port of loopback: the books of one venue, over FIX 4.4.
    """
    def __new__(cls, /, simulation: Simulation, *, venue: SupportsIndex, port: SupportsIndex, sender: str, members: SupportsGetItem[int, str], start: int | datetime, speed: SupportsFloat | SupportsIndex, tls: tuple[str | PathLike[str] | None, str | PathLike[str] | None, str | PathLike[str] | None] | None = None, copies: SupportsGetItem[int, str] | None = None) -> FixExchange:
        """
        Opens the books that were planned at `venue` of `simulation`, which is used up, on `port` of
        127.0.0.1 or any free one when it is 0. `sender` is the exchange's `CompID`, `members` are those
        who may log on. Its clock begins at `start` and runs `speed` times as fast as time. `tls` are its
        certificate, key, and those who issue the members' certificates. Those called `copies` are sent
        every member's reports.
        """
    def accounts(self, /) -> list[tuple[str, str, int, int, int]]:
        """
        What each member has traded: name, symbol, bought and sold in 1e-6 volume units, fills.
        """
    def advance(self, /) -> None:
        """
        Lets everything happen that is due; the books go on while no member is connected.
        """
    def orders(self, /) -> list[tuple[str, int]]:
        """
        How many orders each member has placed.
        """
    @property
    def port(self, /) -> int:
        """
        Where it listens on 127.0.0.1.
        """
    def stop(self, /) -> None:
        """
        Logs every member out and waits until the connections have ended.
        """

@final
class FixedLayout:
    """
    A description of messages, ready to decode them.
    """
    def __new__(cls, /, description: str) -> FixedLayout:
        """
        Reads a description.
        """
    def decode_json(self, /, data: bytes) -> tuple[str, int]:
        """
        The message that `data` begins with as JSON, and how long it is.
        """
    @property
    def messages(self, /) -> list[tuple[str, int]]:
        """
        Name and length of each message, in bytes.
        """
    @property
    def name(self, /) -> str:
        """
        Its name.
        """

@final
class FreezeInstrument:
    """
    Stops order entry in an instrument until it is released: what we hold of it and what its venue
    says are not the same. Unlike a [`SetTrading`] it is not lifted by one of a wider scope.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, is_frozen: bool) -> FreezeInstrument: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> FreezeInstrument:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> FreezeInstrument:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Which instrument.
        """
    @property
    def is_frozen(self, /) -> bool:
        """
        Whether it is frozen from now on.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class GateClosed:
    """
    The gate of an instrument closed.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex) -> GateClosed: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> GateClosed:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> GateClosed:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Which instrument.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class HeldBook:
    """
    A book's P&L in all scenarios, moved with each trade.
    """
    def __new__(cls, /, quantities: Incomplete, shocks: Incomplete, confidence: SupportsFloat | SupportsIndex) -> HeldBook: ...
    def pnl(self, /) -> Incomplete: ...
    def tail(self, /) -> tuple[float, float]: ...
    def trade(self, /, instrument: SupportsIndex, quantity: SupportsFloat | SupportsIndex) -> tuple[float, float]: ...
    def what_if(self, /, instrument: SupportsIndex, quantity: SupportsFloat | SupportsIndex) -> tuple[float, float]: ...

@final
class Instrument:
    """
    A contract that can be traded.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, symbol: str, venue: SupportsIndex, location: str, commodity: Commodity | str, form: ContractForm | str, tenor: Tenor | str, load: Load | str, delivery_kind: DeliveryKind | str, delivery_start: int | datetime, delivery_end: int | datetime, delivery_seconds: SupportsIndex, gate_closure: int | datetime, currency: str, price_unit: Unit | str, volume_unit: Unit | str, tick: Price | int | float | str | Decimal, lot: Volume | int | float | str | Decimal, min_price: Price | int | float | str | Decimal, max_price: Price | int | float | str | Decimal, option: OptionTerms | None = None, spread: SpreadTerms | None = None, swap: SwapTerms | None = None) -> Instrument: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def commodity(self, /) -> Commodity:
        """
        What is delivered.
        """
    @property
    def currency(self, /) -> str:
        """
        Of price and P&L.
        """
    @property
    def delivery_end(self, /) -> int:
        """
        First instant after delivery.
        """
    @property
    def delivery_kind(self, /) -> DeliveryKind:
        """
        How an open position ends.
        """
    @property
    def delivery_seconds(self, /) -> int:
        """
        Seconds with delivery in the period: fewer than its length for peak and off-peak. For volume units other than MW, 3,600.
        """
    @property
    def delivery_start(self, /) -> int:
        """
        First instant of delivery.
        """
    @property
    def form(self, /) -> ContractForm:
        """
        How it is contracted.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Instrument:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Instrument:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def gate_closure(self, /) -> int:
        """
        When trading ends.
        """
    @property
    def instrument(self, /) -> int:
        """
        Its number in the engine's registry.
        """
    @property
    def load(self, /) -> Load:
        """
        Which hours are delivered.
        """
    @property
    def location(self, /) -> str:
        """
        Bidding zone, hub or node of delivery.
        """
    @property
    def lot(self, /) -> Volume:
        """
        Smallest volume step, in volume units.
        """
    @property
    def max_price(self, /) -> Price:
        """
        Highest price the venue takes.
        """
    @property
    def min_price(self, /) -> Price:
        """
        Lowest price the venue takes; often below zero.
        """
    @property
    def option(self, /) -> OptionTerms | None:
        """
        Of an option.
        """
    @property
    def price_unit(self, /) -> Unit:
        """
        What the price is per.
        """
    @property
    def spread(self, /) -> SpreadTerms | None:
        """
        Of a spread.
        """
    @property
    def swap(self, /) -> SwapTerms | None:
        """
        Of a swap.
        """
    @property
    def symbol(self, /) -> str:
        """
        Its name at the venue.
        """
    @property
    def tenor(self, /) -> Tenor:
        """
        Its length by name.
        """
    @property
    def tick(self, /) -> Price:
        """
        Smallest price step, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def venue(self, /) -> int:
        """
        Where it trades.
        """
    @property
    def volume_unit(self, /) -> Unit:
        """
        What the volume is in.
        """

@final
class IntradayBooks:
    """
    The coupled books of a day with a clock, fed in batches.
    """
    def __new__(cls, /, plan: IntradayPlan) -> IntradayBooks:
        """
        Empty books; nothing has opened yet.
        """
    def advance(self, /, now: int | datetime) -> None:
        """
        Lets everything happen that is due by `now`, ns UTC.
        """
    def apply(self, /, rows: Incomplete) -> tuple[Incomplete, list[str], list[str]]:
        """
        Carries out `rows`: int64 of shape (n, 13), C order, as `wattbook_sim::intraday::Row` says.
        """
    def basket(self, /, rows: Incomplete) -> None:
        """
        Carries out `rows`, as of [`Self::apply`], as one basket of orders at the time of the first.
        """
    def borders(self, /, period: SupportsIndex) -> list[tuple[int, int, int, int, int]]:
        """
        The borders in a quarter-hour: both capacities, net flow and what can still flow, in 1e-6.
        """
    def depth(self, /, zone: SupportsIndex, first: SupportsIndex, count: SupportsIndex, side: Side | str, levels: SupportsIndex) -> list[tuple[int, int, int]]:
        """
        The best `levels` prices of the local view of a zone on `side`, best first.
        """
    def drain(self, /) -> Table:
        """
        The events since the last call, in columns.
        """
    def is_allocating(self, /, contract: SupportsIndex, border: SupportsIndex) -> bool:
        """
        Whether capacity of a border goes to a contract now.
        """
    def now(self, /) -> int:
        """
        Time of the last command, ns UTC.
        """

@final
class IntradayPlan:
    """
    A day of intraday trading as data: zones, borders, contracts with their times.
    """
    def __new__(cls, /, *, zones: SupportsGetItem[int, str], borders: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex, SupportsIndex, SupportsIndex]], contracts: SupportsGetItem[int, tuple[str, SupportsIndex, SupportsIndex, SupportsIndex, SupportsIndex, SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex]], SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex, SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex]]]]]], periods: SupportsIndex, implied_matching: bool, tick: SupportsIndex, lot: SupportsIndex, price_limits: tuple[SupportsIndex, SupportsIndex], volume_max: SupportsIndex) -> IntradayPlan:
        """
        Borders are two zones by place and the capacity there and back, in 1e-6; so are tick, lot,
        limits and the largest volume.
        """

@final
class IntradaySimulation:
    """
    A day of intraday trading with simulated participants; equal arguments give equal days.
    """
    def __new__(cls, /, plan: IntradayPlan, *, bins: SupportsGetItem[int, tuple[SupportsIndex, dict[str, SupportsIndex]]], reference: Incomplete, drift: SupportsIndex, seed: SupportsIndex, order_events: SupportsIndex | None = None, keeps_events: bool = False) -> IntradaySimulation:
        """
        `reference` is int64 in 1e-6, contract by contract, zone by zone; `drift` its largest move a minute.
        `order_events` stretches all waiting times so that about as many come; `keeps_events` lets `drain`
        give them.
        """
    def depth(self, /, zone: SupportsIndex, first: SupportsIndex, count: SupportsIndex, side: Side | str, levels: SupportsIndex) -> list[tuple[int, int, int]]:
        """
        As `IntradayBooks.depth`.
        """
    def drain(self, /) -> Table:
        """
        The events since the last call; none unless they are kept.
        """
    def run(self, /, until: int | datetime, max_events: SupportsIndex) -> tuple[int, int, bool]:
        """
        Trades on up to `until` (ns UTC) or `max_events` more orders and cancels: time (ns UTC), order
        events so far, and whether all has closed.
        """
    def statistics(self, /) -> Table:
        """
        What the day came to so far, one contract a row.
        """

@final
class JournalFollower:
    """
    An engine that follows a journal from instant to instant.
    """
    def __new__(cls, /, journal: str | PathLike[str], *, desk_currency: str) -> JournalFollower:
        """
        Follows the journal in the folder `journal` of a desk in `desk_currency`.
        """
    def limit_use(self, /, until: int | datetime) -> list[tuple[int, int | None, int, int, int, int]]:
        """
        Limits of scopes at `until`, as `Simulation.limit_use` tells them. An instant before the last one
        begins the journal anew.
        """
    def what_if(self, /, until: int | datetime, order: Order) -> tuple[str | None, bool, bool, list[tuple[int, int | None, int, int, int, int]]]:
        """
        What the gate would say to `order` at `until`: why it refuses, whether the order would wait for
        approval, whether the limits of scopes that follow count it (they do not where something else than they
        refuses it), and these. A copy of the engine is asked; nothing is journaled.
        The order names a signal of its own that is certain, so that its terms are what is looked at.
        """

@final
class L3Book:
    """
    Every order of a feed that tells single orders; prices in ticks, volumes in lots.
    """
    def __len__(self, /) -> int:
        """
        How many orders are in the book.
        """
    def __new__(cls, /) -> L3Book:
        """
        An empty book.
        """
    def anomalies(self, /) -> tuple[dict[str, int], tuple[int, str] | None]:
        """
        What did not fit since the book was made; rows counted over all batches.
        """
    def apply(self, /, rows: Incomplete) -> tuple[dict[str, int], tuple[int, str] | None]:
        """
        Takes over `rows`: int64 of shape (n, 5), action, order, side, ticks, lots.
        """
    def depth(self, /, side: Side | str, levels: SupportsIndex) -> list[tuple[int, int, int]]:
        """
        The best `levels` of a side, best first, as (ticks, lots, orders).
        """
    def top(self, /) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """
        Best bid and ask as (ticks, lots); None for a side without orders.
        """
    def volume_ahead(self, /, order_id: SupportsIndex) -> int | None:
        """
        Lots in front of an order in the queue of its price; None for an order not in the book.
        """

@final
class LatticeStorage:
    """
    A storage: what may move in a day and what that costs.
    """
    def __new__(cls, /, *, step: SupportsFloat | SupportsIndex, moves: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex]], costs: SupportsGetItem[int, tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex]], losses: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], start: SupportsIndex, terminal: SupportsGetItem[int, SupportsFloat | SupportsIndex], bounds: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex]]) -> LatticeStorage:
        """
        A storage; see `wattbook.assets.storage.Storage`. `moves` and `costs` are pairs by level, `bounds` by day.
        """
    def intrinsic(self, /, prices: Incomplete, discounts: Incomplete) -> tuple[float, Incomplete, Incomplete]:
        """
        The schedule that earns most at known prices.
        """
    def least_squares(self, /, model: SpotModel, discounts: Incomplete, paths: SupportsIndex, seed: SupportsIndex, threads: SupportsIndex) -> tuple[tuple[float, float], tuple[float, float]]:
        """
        Mean and standard error of the value from below and from above, by least squares.
        """
    def rolling_intrinsic(self, /, model: SpotModel, discounts: Incomplete, paths: SupportsIndex, seed: SupportsIndex) -> tuple[float, float]:
        """
        Mean and standard error of what the intrinsic schedule earns when it is made anew every day.
        """
    def tree_value(self, /, model: SpotModel, discounts: Incomplete, substeps: SupportsIndex) -> float:
        """
        The value on a trinomial tree of so many steps a day.
        """

@final
class LimitBreached:
    """
    A limit was passed.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, limit: SupportsIndex, measure: LimitMeasure | str, order_id: SupportsIndex, severity: BreachSeverity | str, value_millionths: SupportsIndex, level_millionths: SupportsIndex) -> LimitBreached: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> LimitBreached:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> LimitBreached:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def level_millionths(self, /) -> int:
        """
        The level that it passed, in 1e-6.
        """
    @property
    def limit(self, /) -> int:
        """
        Which limit.
        """
    @property
    def measure(self, /) -> LimitMeasure:
        """
        What it holds.
        """
    @property
    def order_id(self, /) -> int:
        """
        The order that did it; zero where the market did (a passive breach).
        """
    @property
    def severity(self, /) -> BreachSeverity:
        """
        How far.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def value_millionths(self, /) -> int:
        """
        The measure now, in 1e-6.
        """

@final
class LimitCured:
    """
    A limit that was passed is kept again.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, limit: SupportsIndex, measure: LimitMeasure | str, value_millionths: SupportsIndex) -> LimitCured: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> LimitCured:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> LimitCured:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def limit(self, /) -> int:
        """
        Which limit.
        """
    @property
    def measure(self, /) -> LimitMeasure:
        """
        What it holds.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def value_millionths(self, /) -> int:
        """
        The measure now, in 1e-6.
        """

@final
class LimitMeasure:
    """
    What a limit holds. Amounts are in the desk's currency but where it says otherwise; all are sizes,
    so that 0 is nothing.
    """
    CONCENTRATION: Final[LimitMeasure]
    """
    Share of the largest instrument in the notional, 0 to 1.
    """
    DELTA: Final[LimitMeasure]
    """
    Gain or loss for a price unit of 1 up everywhere.
    """
    DRAWDOWN: Final[LimitMeasure]
    """
    Equity below its highest.
    """
    NAME: Final[str]
    NOTIONAL: Final[LimitMeasure]
    """
    Sum over instruments of the value of the farthest position at the last known price.
    """
    ORDER_RATE: Final[LimitMeasure]
    """
    Orders and amendments in any second.
    """
    SPOT_TRADING: Final[LimitMeasure]
    """
    What is to be paid for physical delivery: open bids at their limit, and deliveries that were
    bought and are not paid; in the scope's currency where it names one.
    """
    STOP_LOSS: Final[LimitMeasure]
    """
    Loss since the day was closed.
    """
    VALUE_AT_RISK: Final[LimitMeasure]
    """
    Loss that the scenarios exceed with one less the confidence.
    """
    VEGA: Final[LimitMeasure]
    """
    Gain or loss for a volatility up by a point everywhere.
    """
    VOLUME: Final[LimitMeasure]
    """
    Sum over instruments of the farthest position, in volume units.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> LimitMeasure:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> LimitMeasure:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[LimitMeasure]:
        """
        Every value, in the order of its number.
        """

@final
class LimitScope:
    """
    Positions and orders that a limit looks at; a part left out does not restrict.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, venue: SupportsIndex | None = None, trading_book: SupportsIndex | None = None, trader: SupportsIndex | None = None, strategy: SupportsIndex | None = None, commodity: Commodity | str | None = None, delivery_start: int | datetime | None = None, delivery_end: int | datetime | None = None, currency: str | None = None, counterparty: SupportsIndex | None = None, member: SupportsIndex | None = None) -> LimitScope: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def commodity(self, /) -> Commodity | None:
        """
        Of this commodity.
        """
    @property
    def counterparty(self, /) -> int | None:
        """
        Made with this counterparty: the clearing house of an exchange, or the other party.
        """
    @property
    def currency(self, /) -> str | None:
        """
        Priced in this currency.
        """
    @property
    def delivery_end(self, /) -> int | None:
        """
        Delivered before it.
        """
    @property
    def delivery_start(self, /) -> int | None:
        """
        Delivered at or after it.
        """
    @staticmethod
    def from_bytes(data: bytes) -> LimitScope:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> LimitScope:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def member(self, /) -> int | None:
        """
        Cleared through this member.
        """
    @property
    def strategy(self, /) -> int | None:
        """
        Of this strategy.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trader(self, /) -> int | None:
        """
        Of this trader.
        """
    @property
    def trading_book(self, /) -> int | None:
        """
        Of this trading book.
        """
    @property
    def venue(self, /) -> int | None:
        """
        At this venue.
        """

@final
class LiveVenue:
    """
    A FIX 4.4 session with an exchange, between it and a running simulation that trades outside.
    """
    def __new__(cls, /, address: str, *, sender: str, target: str, heartbeat_seconds: SupportsIndex, tag: str, store: str | PathLike[str], symbols: SupportsGetItem[int, tuple[SupportsIndex, str]], tls: tuple[str, tuple[str | PathLike[str] | None, str | PathLike[str] | None, str | PathLike[str] | None]] | None = None, rate: tuple[SupportsIndex, SupportsIndex] | None = None, hours: tuple[str, str, str, str | None, str | None] | None = None, drop_copy: tuple[str, str, str, str | PathLike[str], SupportsIndex] | None = None) -> LiveVenue:
        """
        Opens the session's file `store`; `address` is IP:PORT, `symbols` are the exchange's names of the
        instruments, `tag` begins each `ClOrdID`. `tls` are the name that the exchange's certificate must be
        for, and the files of ours, its key, and the issuers to trust; `rate` is how many messages in how
        many ns it takes; `hours` are those of the session. `drop_copy` is where copies are served, our
        `CompID` there and the server's, the file of that session, and how many ns one side may lack what
        the other tells.
        """
    def cancel_foreign(self, /, id: str, now: int | datetime) -> bool:
        """
        Asks the exchange to take back an order that this run does not work, by its `ClOrdID`; whether it
        has told of such an open order.
        """
    def connect(self, /) -> None:
        """
        Connects, and again whenever the connection is lost.
        """
    def is_quiet(self, /) -> bool:
        """
        Whether everything was sent and answered, and no order is open.
        """
    def receive(self, /, simulation: Simulation, now: int | datetime, speed: SupportsFloat | SupportsIndex) -> list[tuple[str, str]]:
        """
        Hands what has come to the simulation, whose clock stands at `now` and runs `speed` times as fast
        as time; returns what was set aside as (reason, message).
        """
    def resume(self, /, simulation: Simulation, now: int | datetime) -> None:
        """
        Takes over what a resumed run has met of its journal, at `now`.
        """
    def send(self, /, simulation: Simulation) -> None:
        """
        Sends what the simulation has routed and committed.
        """
    def status(self, /) -> tuple[bool, int, int, int, int, int, int, int, str | None, bool, tuple[bool, int, int] | None]:
        """
        Where the connection stands: logged on, open orders, requests sent and waiting, reports, repeated,
        set aside, logons, how the last connection ended, whether there will be no other.
        """
    def stop(self, /) -> None:
        """
        Logs out and waits until the connection has ended.
        """

@final
class Load:
    """
    Which hours of the delivery period are delivered.
    """
    BASE: Final[Load]
    """
    All.
    """
    NAME: Final[str]
    OFF_PEAK: Final[Load]
    """
    All but the market's peak hours.
    """
    PEAK: Final[Load]
    """
    The market's peak hours.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Load:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Load:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Load]:
        """
        Every value, in the order of its number.
        """

@final
class Location:
    """
    A bidding zone, hub or node.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, name: str, kind: LocationKind | str, eic: str | None = None, time_zone: str) -> Location: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def eic(self, /) -> str | None:
        """
        Energy Identification Code (ENTSO-E), where it has one.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Location:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Location:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def kind(self, /) -> LocationKind:
        """
        What it is.
        """
    @property
    def name(self, /) -> str:
        """
        Its name at the venue.
        """
    @property
    def time_zone(self, /) -> str:
        """
        IANA zone of its delivery calendar.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class LocationKind:
    """
    Where energy is delivered.
    """
    BIDDING_ZONE: Final[LocationKind]
    """
    A zone of one price: `DE-LU`, `VIC1`.
    """
    HUB: Final[LocationKind]
    """
    A trading hub: `TTF`, `HB_HUBAVG`, `Henry Hub`.
    """
    NAME: Final[str]
    NODE: Final[LocationKind]
    """
    A point of a nodal network.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> LocationKind:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> LocationKind:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[LocationKind]:
        """
        Every value, in the order of its number.
        """

@final
class Marked:
    """
    A price of record was taken over as mark.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, kind: PriceKind | str, price: Price | int | float | str | Decimal) -> Marked: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Marked:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Marked:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def kind(self, /) -> PriceKind:
        """
        Which price.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class MarketModel:
    """
    How a venue makes prices, which decides what can be sent to it and how it settles.
    """
    AUCTION: Final[MarketModel]
    """
    Offers clear together at a gate (day-ahead and intraday auctions).
    """
    BILATERAL: Final[MarketModel]
    """
    Two parties agree.
    """
    CONTINUOUS_BOOK: Final[MarketModel]
    """
    Orders match as they come (EPEX intraday, futures exchanges).
    """
    NAME: Final[str]
    POOL: Final[MarketModel]
    """
    Offers are dispatched, the price is known afterwards (NEM).
    """
    TWO_SETTLEMENT: Final[MarketModel]
    """
    A day-ahead award is settled at day-ahead, the deviation at real-time (ERCOT, NYISO, ISO-NE).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> MarketModel:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> MarketModel:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[MarketModel]:
        """
        Every value, in the order of its number.
        """

@final
class MeterRead:
    """
    What an asset delivered (+) or consumed (−) in a delivery period, at the meter.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, owner: Owner, volume: Volume | int | float | str | Decimal, run: SettlementRun | str) -> MeterRead: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> MeterRead:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> MeterRead:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        The delivery period, as an instrument.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose asset.
        """
    @property
    def run(self, /) -> SettlementRun:
        """
        Which settlement run.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Mean power over the period, in MW.
        """

@final
class Money:
    """
    An amount in one currency, in units of 1 / 3.6e15 of it.

    [`Price`] is 1e-6 currency per `MWh` and [`Volume`] 1e-6 MW, so price × volume × seconds of
    delivery is a whole number of 1e-12 / 3600 currency: values of deliveries add up exactly, and a
    cascaded year is worth its months to the last unit. The range is about 4.7e22 currency.
    """
    def __add__(self, other: object, /) -> Money: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __float__(self, /) -> float: ...
    def __ge__(self, value: object, /) -> bool: ...
    def __gt__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __le__(self, value: object, /) -> bool: ...
    def __lt__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __neg__(self, /) -> Money: ...
    def __radd__(self, other: object, /) -> Money: ...
    def __reduce__(self, /) -> tuple[Any, tuple[int]]: ...
    def __repr__(self, /) -> str: ...
    def __rsub__(self, other: object, /) -> Money: ...
    def __str__(self, /) -> str: ...
    def __sub__(self, other: object, /) -> Money: ...
    @staticmethod
    def from_units(units: SupportsIndex) -> Money:
        """
        The amount of so many units of 1 / 3.6e15 currency.
        """
    @staticmethod
    def of_delivery(price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, seconds: SupportsIndex) -> Money:
        """
        The value of a power `volume` (MW) delivered for `seconds` at `price` per `MWh`.
        """
    @property
    def units(self, /) -> int:
        """
        In 1 / 3.6e15 currency, exactly.
        """

@final
class NativeExchange:
    """
    A simulated venue in the manner of M7 or of Nord Pool, or one that takes orders by REST, on a port of loopback: the books of one venue,
    for one client.
    """
    def __new__(cls, /, simulation: Simulation, *, kind: str, venue: SupportsIndex, port: SupportsIndex, secrets: tuple[str, str], seed: SupportsIndex, area: str, first_second: SupportsIndex, hours: SupportsGetItem[int, str], start: int | datetime, speed: SupportsFloat | SupportsIndex) -> NativeExchange:
        """
        Opens the books that were planned at `venue` of `simulation`, which is used up, on `port` of
        127.0.0.1 or any free one when it is 0, in the manner of `kind`. `hours` are the exchange's
        symbols of hours that follow each other from `first_second` on. Its clock begins at `start` and
        runs `speed` times as fast as time. Public books are seeded apart from those in which is traded.
        """
    def accounts(self, /) -> list[tuple[str, str, int, int, int]]:
        """
        What the client has traded: name, symbol, bought and sold in 1e-6 volume units, fills.
        """
    def advance(self, /) -> None:
        """
        Lets everything happen that is due; the books go on while nobody is connected.
        """
    @property
    def port(self, /) -> int:
        """
        Where it listens on 127.0.0.1.
        """
    def stop(self, /) -> None:
        """
        Ends the connections.
        """

@final
class NativeVenue:
    """
    A venue's session with orders, between it and a running simulation that trades outside.
    """
    def __new__(cls, /, text: str, *, folder: str | PathLike[str], secrets: tuple[str, str], seed: SupportsIndex, tag: str, area: str, periods: SupportsGetItem[int, tuple[int | datetime, int | datetime, SupportsIndex]], codes: str | PathLike[str], rate: tuple[SupportsIndex, SupportsIndex] | None = None, hours: tuple[str, str, str, str | None, str | None] | None = None) -> NativeVenue:
        """
        A session by the file `text`, whose paths are relative to `folder`, with user and password. `tag`
        begins each name of an order, `area` is the venue's code of the delivery area; `periods` are first
        and one past the last instant of delivery, and the instrument, of what is traded. `rate` is how
        many messages it takes in how many ns; `hours` are those in which it is connected. `codes` is the
        file that keeps the venue's codes of orders.
        """
    @staticmethod
    def by_rest(address: str, *, key: str, tag: str, symbols: SupportsGetItem[int, tuple[SupportsIndex, str]], place: str | PathLike[str], rate: tuple[SupportsIndex, SupportsIndex] | None = None, hours: tuple[str, str, str, str | None, str | None] | None = None) -> NativeVenue:
        """
        A venue that takes orders by REST at `address` (IP:PORT) and answers over a WebSocket, asked with
        `key`. `tag` begins each name of an order, `symbols` are its names of what is traded; `place` is
        the file that keeps how far its answers were taken. `rate` and `hours` as above.
        """
    def cancel_foreign(self, /, name: str, now: int | datetime) -> bool:
        """
        Asks for the end of an order that the venue told of by `name` and this run does not work; `False`
        where it told of none.
        """
    def connect(self, /) -> None:
        """
        Connects, and again whenever the connection is lost.
        """
    def is_quiet(self, /) -> bool:
        """
        Whether no order is open.
        """
    def receive(self, /, simulation: Simulation, now: int | datetime) -> list[tuple[str, str]]:
        """
        Hands what has come to the simulation, whose clock stands at `now`; returns what was set aside as
        (reason, message).
        """
    def resume(self, /, simulation: Simulation) -> None:
        """
        Takes over what a resumed simulation has met of its journal, before it connects.
        """
    def send(self, /, simulation: Simulation) -> None:
        """
        Sends what the simulation has routed and committed.
        """
    def status(self, /) -> tuple[bool, int, int, int, int, int, int, int, str | None, bool, tuple[bool, int, int] | None]:
        """
        Where the connection stands, as of a `LiveVenue`.
        """
    def stop(self, /) -> None:
        """
        Logs out.
        """

@final
class Normalizer:
    """
    Normalizes rows of sources; `wattbook.ingest.normalization.Normalizer` is its face.
    """
    def __new__(cls, /, rules: str, symbology: tuple[str, str, str], units: str, rates: str, periods: SupportsIndex) -> Normalizer:
        """
        A normalizer by rules (TOML), locations, codes, products, units and rates (CSV), which
        remembers the publications of so many delivery periods of a series.
        """
    def apply(self, /, table: Any, source: str, ts_recv: SupportsIndex) -> tuple[list[Table], list[tuple[int, str, str]], list[tuple[int, str, float, float]]]:
        """
        Rows that passed, rows that were set aside, and corrected values of an Arrow table with the
        columns of observations, received at `ts_recv` (ns UTC).
        """
    def conflate(self, /, table: Any) -> tuple[Incomplete, Incomplete, list[tuple[int, str]]]:
        """
        Of normalized rows of several sources, those that count.
        """
    @staticmethod
    def flags() -> list[tuple[str, int]]:
        """
        Names and bits of the flags.
        """
    def reset(self, /) -> None:
        """
        Forgets every row that was seen.
        """
    @property
    def rule_version(self, /) -> str:
        """
        Version of the rule file.
        """

@final
class OfferAwarded:
    """
    An auction or pool awarded `volume` of an offer at its price.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, trade: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, run: SettlementRun | str) -> OfferAwarded: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OfferAwarded:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OfferAwarded:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which offer.
        """
    @property
    def price(self, /) -> Price:
        """
        Clearing price, in currency per MWh.
        """
    @property
    def run(self, /) -> SettlementRun:
        """
        Which settlement run.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trade(self, /) -> int:
        """
        The venue's number of the award; a number seen before is a repetition.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Awarded, in MW; zero when the offer was out of the money.
        """

@final
class OnnxModel:
    """
    An ONNX model that ONNX Runtime answers in this process.
    """
    @property
    def device(self, /) -> str:
        """
        What computes: "cpu", "cuda" or "tensorrt".
        """
    @staticmethod
    def load(library: str | PathLike[str], bytes: bytes, threads: SupportsIndex, device: str) -> OnnxModel:
        """
        Loads the bytes of an ONNX file; `library` is the path of ONNX Runtime.

        `device` is "cpu", "cuda", "tensorrt", or "auto" for the quickest that can be had.
        """
    def predict(self, /, inputs: Incomplete) -> Incomplete:
        """
        Answers for the rows of `inputs`, one row after the other.
        """

@final
class OpenParent:
    """
    Begins a parent order.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, parent: SupportsIndex, instrument: SupportsIndex, side: Side | str, owner: Owner = ..., algorithm: Algorithm | str = ..., volume: Volume | int | float | str | Decimal, limit: Price | int | float | str | Decimal | None = None, starts: int | datetime, ends: int | datetime, arrival_price: Price | int | float | str | Decimal | None = None, forecast_price: Price | int | float | str | Decimal | None = None, forecast_fee: Price | int | float | str | Decimal | None = None) -> OpenParent: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def algorithm(self, /) -> Algorithm:
        """
        How it is worked.
        """
    @property
    def arrival_price(self, /) -> Price | None:
        """
        Middle of the market when it began, in currency per price unit, if known.
        """
    @property
    def ends(self, /) -> int:
        """
        When the last of them is taken back.
        """
    @property
    def forecast_fee(self, /) -> Price | None:
        """
        Forecast of the fees beside that price, for each volume unit, in currency per price unit, if made; below zero for a rebate.
        """
    @property
    def forecast_price(self, /) -> Price | None:
        """
        Forecast of its mean price before it began, in currency per price unit, if made.
        """
    @staticmethod
    def from_bytes(data: bytes) -> OpenParent:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OpenParent:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        What is traded.
        """
    @property
    def limit(self, /) -> Price | None:
        """
        Beyond it no child trades, in currency per price unit.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def parent(self, /) -> int:
        """
        The client's number of it, from the same series as its orders.
        """
    @property
    def side(self, /) -> Side:
        """
        Buy or sell.
        """
    @property
    def starts(self, /) -> int:
        """
        First instant of its children.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        How much, in volume units; above zero.
        """

@final
class OptionExpired:
    """
    An option came to its end: it was exercised into its underlying or lapsed.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, underlying: SupportsIndex, owner: Owner, volume: Volume | int | float | str | Decimal, strike: Price | int | float | str | Decimal, settlement_price: Price | int | float | str | Decimal, exercised: Volume | int | float | str | Decimal) -> OptionExpired: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def exercised(self, /) -> Volume:
        """
        Volume that entered the underlying, bought above zero; zero for options that lapsed.
        """
    @staticmethod
    def from_bytes(data: bytes) -> OptionExpired:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OptionExpired:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        The option.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose.
        """
    @property
    def settlement_price(self, /) -> Price:
        """
        The settlement price of the underlying that decided, in currency per price unit.
        """
    @property
    def strike(self, /) -> Price:
        """
        At which price the underlying is entered, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def underlying(self, /) -> int:
        """
        The future that it is on.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Options held until then, long above zero, in volume units.
        """

@final
class OptionRight:
    """
    Right of an option.
    """
    CALL: Final[OptionRight]
    """
    To buy.
    """
    NAME: Final[str]
    PUT: Final[OptionRight]
    """
    To sell.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OptionRight:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OptionRight:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[OptionRight]:
        """
        Every value, in the order of its number.
        """

@final
class OptionTerms:
    """
    The terms of an option on a future.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, underlying: SupportsIndex, right: OptionRight | str, style: ExerciseStyle | str, strike: Price | int | float | str | Decimal, expiry: int | datetime) -> OptionTerms: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def expiry(self, /) -> int:
        """
        Until when.
        """
    @staticmethod
    def from_bytes(data: bytes) -> OptionTerms:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OptionTerms:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def right(self, /) -> OptionRight:
        """
        To buy or to sell.
        """
    @property
    def strike(self, /) -> Price:
        """
        At which price, in the underlying's price unit; may be negative.
        """
    @property
    def style(self, /) -> ExerciseStyle:
        """
        When.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def underlying(self, /) -> int:
        """
        The future.
        """

@final
class Order:
    """
    An order to trade `volume` of an instrument.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, side: Side | str, order_type: OrderType | str = ..., time_in_force: TimeInForce | str = ..., owner: Owner = ..., price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, signal: SupportsIndex = ..., conditions: Conditions | None = None) -> Order: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def conditions(self, /) -> Conditions | None:
        """
        What only some orders have.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Order:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Order:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        What is traded.
        """
    @property
    def order_type(self, /) -> OrderType:
        """
        How it is priced and woken.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def price(self, /) -> Price:
        """
        Limit, in currency per price unit; ignored by market orders.
        """
    @property
    def side(self, /) -> Side:
        """
        Buy or sell.
        """
    @property
    def signal(self, /) -> int:
        """
        The signal that asked for it; 0 for none.
        """
    @property
    def time_in_force(self, /) -> TimeInForce:
        """
        How long it lives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        How much, in volume units; above zero.
        """

@final
class OrderAccepted:
    """
    The order is in the book.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex) -> OrderAccepted: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderAccepted:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderAccepted:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class OrderAmended:
    """
    The order changed as asked.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal) -> OrderAmended: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderAmended:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderAmended:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def price(self, /) -> Price:
        """
        Limit from now on, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Total volume from now on, filled part included, in volume units.
        """

@final
class OrderCancelled:
    """
    The order left the book.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, reason: VenueReason | str) -> OrderCancelled: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderCancelled:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderCancelled:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def reason(self, /) -> VenueReason:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class OrderFilled:
    """
    Some or all of the order traded.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, trade: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, is_maker: bool) -> OrderFilled: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderFilled:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderFilled:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def is_maker(self, /) -> bool:
        """
        Whether our order rested and the other came.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trade(self, /) -> int:
        """
        The venue's number of the trade; a number seen before is a repetition.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units; above zero.
        """

@final
class OrderHeld:
    """
    An order passed the gate, but waits for a second person. Until then it is no exposure.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, order: Order) -> OrderHeld: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderHeld:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderHeld:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order(self, /) -> Order:
        """
        The order.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class OrderRejected:
    """
    The venue refused the order.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, reason: VenueReason | str) -> OrderRejected: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderRejected:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderRejected:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def reason(self, /) -> VenueReason:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class OrderRouted:
    """
    An order passed the gate and goes to its venue.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, order: Order) -> OrderRouted: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderRouted:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderRouted:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order(self, /) -> Order:
        """
        The order.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class OrderStanding:
    """
    How the venue holds an order that is open.
    """
    ACCEPTED_FOR_BIDDING: Final[OrderStanding]
    """
    It is looked at for a price, and not taken yet: D.
    """
    DONE_FOR_DAY: Final[OrderStanding]
    """
    It is worked no more today, and may be on another day: 3.
    """
    NAME: Final[str]
    STOPPED: Final[OrderStanding]
    """
    A trade is guaranteed at its limit or better: 7.
    """
    SUSPENDED: Final[OrderStanding]
    """
    It cannot trade until it is released: FIX `OrdStatus` (39) 9.
    """
    WORKING: Final[OrderStanding]
    """
    It can trade.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderStanding:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderStanding:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[OrderStanding]:
        """
        Every value, in the order of its number.
        """

@final
class OrderState:
    """
    Where an order stands.
    """
    ACCEPTED: Final[OrderState]
    """
    In the book, nothing filled.
    """
    ACCEPTED_FOR_BIDDING: Final[OrderState]
    """
    The venue looks at it for a price and has not taken it yet.
    """
    CANCELLED: Final[OrderState]
    """
    Taken back.
    """
    DONE_FOR_DAY: Final[OrderState]
    """
    The venue works it no more today. With volume open it may work again on another day; with none
    it has ended.
    """
    EXPIRED: Final[OrderState]
    """
    Its time ended.
    """
    FILLED: Final[OrderState]
    """
    Filled in whole.
    """
    NAME: Final[str]
    PARTIALLY_FILLED: Final[OrderState]
    """
    In the book, partly filled.
    """
    PENDING_AMEND: Final[OrderState]
    """
    An amendment is on its way.
    """
    PENDING_CANCEL: Final[OrderState]
    """
    A cancel is on its way.
    """
    PENDING_NEW: Final[OrderState]
    """
    Sent, not answered.
    """
    REJECTED: Final[OrderState]
    """
    Refused by the venue.
    """
    STOPPED: Final[OrderState]
    """
    The venue guarantees a trade at its limit or better.
    """
    SUSPENDED: Final[OrderState]
    """
    The venue keeps it, but it cannot trade until it is released.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderState:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderState:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[OrderState]:
        """
        Every value, in the order of its number.
        """

@final
class OrderStateChanged:
    """
    An order changed state.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, state: OrderState | str, filled: Volume | int | float | str | Decimal, open: Volume | int | float | str | Decimal, reason: VenueReason | str | None = None) -> OrderStateChanged: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def filled(self, /) -> Volume:
        """
        Filled so far, in volume units.
        """
    @staticmethod
    def from_bytes(data: bytes) -> OrderStateChanged:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderStateChanged:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def open(self, /) -> Volume:
        """
        Still open, in volume units.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def reason(self, /) -> VenueReason | None:
        """
        Why, for an end that was not a fill.
        """
    @property
    def state(self, /) -> OrderState:
        """
        Its state from now on.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class OrderType:
    """
    How an order is priced and woken.
    """
    LIMIT: Final[OrderType]
    """
    At its price or better.
    """
    MARKET: Final[OrderType]
    """
    At any price; what finds no counterpart is cancelled.
    """
    MARKET_TO_LIMIT: Final[OrderType]
    """
    At the best opposite price; what remains rests as a limit there.
    """
    NAME: Final[str]
    PEGGED: Final[OrderType]
    """
    A limit that follows [`Conditions::peg`] at [`Conditions::offset`].
    """
    STOP: Final[OrderType]
    """
    A market order once [`Conditions::trigger`] has traded.
    """
    STOP_LIMIT: Final[OrderType]
    """
    A limit order once [`Conditions::trigger`] has traded.
    """
    TRAILING_STOP: Final[OrderType]
    """
    A stop whose trigger follows the market at [`Conditions::offset`].
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> OrderType:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrderType:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[OrderType]:
        """
        Every value, in the order of its number.
        """

@final
class OrdersNetted:
    """
    An internal deal: `volume` of two orders that take at once, of two strategies, crossed within the
    desk before either went to its venue. No venue saw it, and none charges for it.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, buy: SupportsIndex, sell: SupportsIndex, trade: SupportsIndex, instrument: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, bid: Price | int | float | str | Decimal, ask: Price | int | float | str | Decimal) -> OrdersNetted: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def ask(self, /) -> Price:
        """
        Lowest price asked at the venue then, in currency per price unit.
        """
    @property
    def bid(self, /) -> Price:
        """
        Highest price bid at the venue then, in currency per price unit.
        """
    @property
    def buy(self, /) -> int:
        """
        The order that buys.
        """
    @staticmethod
    def from_bytes(data: bytes) -> OrdersNetted:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> OrdersNetted:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        What was traded.
        """
    @property
    def price(self, /) -> Price:
        """
        Middle of bid and ask, in currency per price unit.
        """
    @property
    def sell(self, /) -> int:
        """
        The order that sells.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trade(self, /) -> int:
        """
        The desk's number of the deal, from 2^63 on: no venue's.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units; above zero.
        """

@final
class Owner:
    """
    Whose order or position it is.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, trading_book: SupportsIndex = ..., trader: SupportsIndex = ..., strategy: SupportsIndex = ...) -> Owner: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Owner:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Owner:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def strategy(self, /) -> int:
        """
        The strategy that asked for it.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trader(self, /) -> int:
        """
        The trader who answers for it.
        """
    @property
    def trading_book(self, /) -> int:
        """
        The trading book that carries the position.
        """

@final
class ParentEndReason:
    """
    Why a parent order ended.
    """
    FILLED: Final[ParentEndReason]
    """
    Nothing is left of it.
    """
    GATE_CLOSED: Final[ParentEndReason]
    """
    The gate of its instrument has closed.
    """
    LEG_RISK: Final[ParentEndReason]
    """
    One leg ran too far ahead of another.
    """
    LIMIT_REACHED: Final[ParentEndReason]
    """
    What is left of it lies beyond its limit.
    """
    NAME: Final[str]
    NO_MARKET_DATA: Final[ParentEndReason]
    """
    No market data came for too long.
    """
    REFUSED: Final[ParentEndReason]
    """
    Too many children were refused.
    """
    REQUESTED: Final[ParentEndReason]
    """
    Asked for by its owner.
    """
    TIME_OVER: Final[ParentEndReason]
    """
    Its time is over.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ParentEndReason:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ParentEndReason:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[ParentEndReason]:
        """
        Every value, in the order of its number.
        """

@final
class ParentStatus:
    """
    Where a parent order stands. Volumes in volume units, prices and costs in currency per price unit.
    """
    @property
    def arrival_price(self, /) -> float | None:
        """
        Middle of the market when it began.
        """
    @property
    def children(self, /) -> int:
        """
        Children placed so far.
        """
    @property
    def ended(self, /) -> ParentEndReason | None:
        """
        Why it ended; None while it goes on.
        """
    @property
    def filled(self, /) -> float:
        """
        Filled so far.
        """
    @property
    def forecast_cost(self, /) -> float | None:
        """
        What each unit was expected to cost against the price of arrival; None where the market was not
        known well enough.
        """
    @property
    def forecast_deviation(self, /) -> float | None:
        """
        Standard deviation of that cost.
        """
    @property
    def forecast_fee(self, /) -> float | None:
        """
        What each unit was expected to pay in fees on top.
        """
    @property
    def forecast_participation(self, /) -> float | None:
        """
        Expected share of the market's volume.
        """
    @property
    def instrument(self, /) -> int:
        """
        What is traded.
        """
    @property
    def market_volume(self, /) -> float:
        """
        Traded in the market since it began.
        """
    @property
    def mean_price(self, /) -> float | None:
        """
        Mean price of its fills.
        """
    @property
    def open(self, /) -> float:
        """
        What its children in the market could still fill.
        """
    @property
    def parent(self, /) -> int:
        """
        Which parent.
        """
    @property
    def refused(self, /) -> int:
        """
        Refusals so far.
        """
    @property
    def remaining(self, /) -> float:
        """
        Not filled yet.
        """
    @property
    def volume(self, /) -> float:
        """
        How much is asked for.
        """

@final
class Peg:
    """
    What a pegged order follows.
    """
    MARKET: Final[Peg]
    """
    The best price of the other side.
    """
    MIDPOINT: Final[Peg]
    """
    The middle of both, rounded away from the market to the tick.
    """
    NAME: Final[str]
    PRIMARY: Final[Peg]
    """
    The best price of its own side.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Peg:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Peg:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Peg]:
        """
        Every value, in the order of its number.
        """

@final
class Phase:
    """
    The state of a venue's session in an instrument.
    """
    CLOSED: Final[Phase]
    """
    No orders.
    """
    CLOSING_CALL: Final[Phase]
    """
    Orders gather for the closing auction.
    """
    CONTINUOUS: Final[Phase]
    """
    Orders match as they come.
    """
    HALTED: Final[Phase]
    """
    Trading is stopped; orders may be cancelled.
    """
    NAME: Final[str]
    OPENING_CALL: Final[Phase]
    """
    Orders gather for the opening auction.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Phase:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Phase:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Phase]:
        """
        Every value, in the order of its number.
        """

@final
class PositionChanged:
    """
    A position after a change.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, owner: Owner, volume: Volume | int | float | str | Decimal, cost: Money, realised: Money, fees: Money) -> PositionChanged: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def cost(self, /) -> Money:
        """
        What the open volume cost, in the instrument's currency; signed as the position.
        """
    @property
    def fees(self, /) -> Money:
        """
        Fees so far, in the instrument's currency.
        """
    @staticmethod
    def from_bytes(data: bytes) -> PositionChanged:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> PositionChanged:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        In which instrument.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose.
        """
    @property
    def realised(self, /) -> Money:
        """
        Realised P&L so far without fees, in the instrument's currency.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Net, long above zero, in volume units.
        """

@final
class Price:
    """
    A price in 1e-6 of the instrument's currency per its price unit (power: currency per `MWh`).
    May be negative or zero.
    """
    def __add__(self, other: object, /) -> Price: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __float__(self, /) -> float: ...
    def __ge__(self, value: object, /) -> bool: ...
    def __gt__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __le__(self, value: object, /) -> bool: ...
    def __lt__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __neg__(self, /) -> Price: ...
    def __new__(cls, /, value: Price | int | float | str | Decimal) -> Price:
        """
        From an `int`, a `str` or a `Decimal` exactly; from a `float` rounded to 1e-6.
        """
    def __radd__(self, other: object, /) -> Price: ...
    def __reduce__(self, /) -> tuple[Any, tuple[int]]: ...
    def __repr__(self, /) -> str: ...
    def __rsub__(self, other: object, /) -> Price: ...
    def __str__(self, /) -> str: ...
    def __sub__(self, other: object, /) -> Price: ...
    @staticmethod
    def from_millionths(millionths: SupportsIndex) -> Price:
        """
        The price of so many 1e-6.
        """
    @property
    def millionths(self, /) -> int:
        """
        In 1e-6, exactly.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class PriceKind:
    """
    What kind of price of record.
    """
    DAY_AHEAD: Final[PriceKind]
    """
    Day-ahead auction.
    """
    IMBALANCE: Final[PriceKind]
    """
    Imbalance.
    """
    INTRADAY_AUCTION: Final[PriceKind]
    """
    Intraday auction (SIDC IDA 1 to 3).
    """
    MARK: Final[PriceKind]
    """
    A mark for valuation only.
    """
    NAME: Final[str]
    REAL_TIME: Final[PriceKind]
    """
    Real-time or pool dispatch.
    """
    SETTLEMENT: Final[PriceKind]
    """
    An exchange's settlement of a future.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> PriceKind:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> PriceKind:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[PriceKind]:
        """
        Every value, in the order of its number.
        """

@final
class QuarantineReason:
    """
    Why a report was set aside.
    """
    AFTER_END: Final[QuarantineReason]
    """
    The order had ended.
    """
    NAME: Final[str]
    OVERFILL: Final[QuarantineReason]
    """
    More was filled than ordered.
    """
    REPEATED_TRADE: Final[QuarantineReason]
    """
    The trade number was seen before.
    """
    SUPERSEDED_RUN: Final[QuarantineReason]
    """
    A run below the one that is booked.
    """
    UNEXPECTED: Final[QuarantineReason]
    """
    The report does not fit the state of the order: an acceptance of an accepted order, a fill of
    nothing, a refusal of a change that nobody asked for.
    """
    UNKNOWN_INSTRUMENT: Final[QuarantineReason]
    """
    No such instrument.
    """
    UNKNOWN_ORDER: Final[QuarantineReason]
    """
    No such order.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> QuarantineReason:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> QuarantineReason:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[QuarantineReason]:
        """
        Every value, in the order of its number.
        """

@final
class Quote:
    """
    Best bid and ask of an instrument. A side without orders has volume zero.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, bid_price: Price | int | float | str | Decimal, ask_price: Price | int | float | str | Decimal, bid_volume: Volume | int | float | str | Decimal, ask_volume: Volume | int | float | str | Decimal) -> Quote: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def ask_price(self, /) -> Price:
        """
        Lowest price asked, in currency per price unit.
        """
    @property
    def ask_volume(self, /) -> Volume:
        """
        Volume at the ask, in volume units.
        """
    @property
    def bid_price(self, /) -> Price:
        """
        Highest price bid, in currency per price unit.
        """
    @property
    def bid_volume(self, /) -> Volume:
        """
        Volume at the bid, in volume units.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Quote:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Quote:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class RaiseLimit:
    """
    A hard level is higher for a time, asked for by one person and approved by another.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, limit: SupportsIndex, hard_millionths: SupportsIndex, until: int | datetime, asked_by: SupportsIndex, approved_by: SupportsIndex) -> RaiseLimit: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def approved_by(self, /) -> int:
        """
        Who lets it be.
        """
    @property
    def asked_by(self, /) -> int:
        """
        Who wants it.
        """
    @staticmethod
    def from_bytes(data: bytes) -> RaiseLimit:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> RaiseLimit:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def hard_millionths(self, /) -> int:
        """
        The level meanwhile, in 1e-6 of the measure.
        """
    @property
    def limit(self, /) -> int:
        """
        Which limit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def until(self, /) -> int:
        """
        The first instant at which it no longer holds.
        """

@final
class RecordSignal:
    """
    A forecast turned into advice, journaled so that every order can name its cause.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, signal: SupportsIndex, strategy: SupportsIndex, instrument: SupportsIndex, direction: Direction | str, forecast_price: Price | int | float | str | Decimal, confidence_ppm: SupportsIndex, valid_until: int | datetime, model: SignalModel = ..., half_life_ns: SupportsIndex = ...) -> RecordSignal: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def confidence_ppm(self, /) -> int:
        """
        How sure, in 1e-6 of certainty: 0 to 1,000,000.
        """
    @property
    def direction(self, /) -> Direction:
        """
        Which way.
        """
    @property
    def forecast_price(self, /) -> Price:
        """
        Forecast price, in currency per price unit.
        """
    @staticmethod
    def from_bytes(data: bytes) -> RecordSignal:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> RecordSignal:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def half_life_ns(self, /) -> int:
        """
        In which time half of what its confidence is above one half is lost, in ns; 0 for never.
        """
    @property
    def instrument(self, /) -> int:
        """
        About which instrument.
        """
    @property
    def model(self, /) -> SignalModel:
        """
        The model whose forecast it rests on.
        """
    @property
    def signal(self, /) -> int:
        """
        Its number, unique in the journal.
        """
    @property
    def strategy(self, /) -> int:
        """
        Who will use it.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def valid_until(self, /) -> int:
        """
        Until when it holds.
        """

@final
class ReferencePrice:
    """
    A price of record for a delivery period or contract.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, kind: PriceKind | str, run: SettlementRun | str, price: Price | int | float | str | Decimal) -> ReferencePrice: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ReferencePrice:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ReferencePrice:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def kind(self, /) -> PriceKind:
        """
        Which price.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    @property
    def run(self, /) -> SettlementRun:
        """
        Which settlement run published it.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class Refusal:
    """
    Why the engine refused a command: `str` gives the place, the value and the fix.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[str]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_text(text: str) -> Refusal:
        """
        Reads the text form that `to_text` gives.
        """
    @property
    def kind(self, /) -> str:
        """
        What was broken, such as `PriceOffTick`.
        """
    @staticmethod
    def kinds() -> list[str]:
        """
        Every kind of refusal.
        """
    def to_text(self, /) -> str:
        """
        The text form, such as `PriceOffTick {price=20.005 tick=0.01}`.
        """

@final
class Refused:
    """
    A command was refused; nothing changed.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, owner: Owner, refusal: Refusal) -> Refused: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Refused:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Refused:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        The order concerned; zero when none.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def refusal(self, /) -> Refusal:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class ReportQuarantined:
    """
    A venue report fits no order of ours and was set aside.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, reason: QuarantineReason | str, trade: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal) -> ReportQuarantined: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> ReportQuarantined:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ReportQuarantined:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        The order that it named.
        """
    @property
    def price(self, /) -> Price:
        """
        At which price, in currency per price unit; zero when none.
        """
    @property
    def reason(self, /) -> QuarantineReason:
        """
        Why.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trade(self, /) -> int:
        """
        The trade that it reported; zero when none.
        """
    @property
    def volume(self, /) -> Volume:
        """
        How much, in volume units; zero when none.
        """

@final
class ReservesSettled:
    """
    What the system operator pays (+) or takes (−) for the reserves that an asset held in a delivery
    period: capacity, less what was missing and its penalty.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, owner: Owner, amount: Money, run: SettlementRun | str) -> ReservesSettled: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def amount(self, /) -> Money:
        """
        All of the period, in the instrument's currency.
        """
    @staticmethod
    def from_bytes(data: bytes) -> ReservesSettled:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> ReservesSettled:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        The delivery period, as an instrument.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose asset.
        """
    @property
    def run(self, /) -> SettlementRun:
        """
        Which settlement run; a later one replaces an earlier one.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SbeSchema:
    """
    A schema, ready to decode messages.
    """
    def __new__(cls, /, schema: str, included: dict[str, str]) -> SbeSchema:
        """
        Compiles a schema file; `included` holds the files that it includes, by name.
        """
    def columns(self, /, messages: SupportsGetItem[int, SupportsGetItem[int, SupportsIndex]], names: SupportsGetItem[int, str], rows_of: str | None) -> list[tuple[str, Any | None, Any]]:
        """
        Chosen fields of `messages` as columns, a row for each message or entry of a group.
        """
    def decode_json(self, /, data: bytes, is_encoded: bool) -> tuple[str, int]:
        """
        The message that `data` begins with as JSON, and how long it is; enumerations and sets by name, or
        as they are encoded.
        """
    @property
    def id(self, /) -> int:
        """
        Identifier of the schema.
        """
    @property
    def messages(self, /) -> list[tuple[str, int]]:
        """
        Name and identifier of each message.
        """
    @property
    def version(self, /) -> int:
        """
        Version of the schema.
        """

@final
class Scope:
    """
    What a mass cancel or a halt covers; `None` means all.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex | None = None, venue: SupportsIndex | None = None, trading_book: SupportsIndex | None = None, strategy: SupportsIndex | None = None, trader: SupportsIndex | None = None, counterparty: SupportsIndex | None = None, member: SupportsIndex | None = None) -> Scope: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def counterparty(self, /) -> int | None:
        """
        Made with this counterparty.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Scope:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Scope:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int | None:
        """
        Of this instrument.
        """
    @property
    def member(self, /) -> int | None:
        """
        Cleared through this member.
        """
    @property
    def strategy(self, /) -> int | None:
        """
        Of this strategy.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trader(self, /) -> int | None:
        """
        Of this trader.
        """
    @property
    def trading_book(self, /) -> int | None:
        """
        Of this trading book.
        """
    @property
    def venue(self, /) -> int | None:
        """
        At this venue.
        """

@final
class SelfTradePrevention:
    """
    What happens when an order would trade with another of the same trading book.
    """
    ALLOW: Final[SelfTradePrevention]
    """
    They trade.
    """
    CANCEL_BOTH: Final[SelfTradePrevention]
    """
    Both are cancelled.
    """
    CANCEL_NEWEST: Final[SelfTradePrevention]
    """
    The arriving order is cancelled.
    """
    CANCEL_OLDEST: Final[SelfTradePrevention]
    """
    The resting order is cancelled.
    """
    DECREMENT: Final[SelfTradePrevention]
    """
    Both shrink by the smaller volume; the empty one is cancelled.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SelfTradePrevention:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SelfTradePrevention:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[SelfTradePrevention]:
        """
        Every value, in the order of its number.
        """

@final
class Sequenced:
    """
    An input at its place in the one order that every replica sees.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, sequence: SupportsIndex, ts_event: int | datetime, ts_recv: int | datetime, input: ClientCommand | Quote | BookDelta | Trade | ReferencePrice | SessionPhase | OrderAccepted | OrderRejected | OrderFilled | OrderAmended | OrderCancelled | AmendRejected | OfferAwarded | MeterRead | CancelRejected | ReservesSettled | OrdersNetted | StandingChanged | Venue | Instrument | SetFxRate | SetLimits | SetOrderRate | SetThreshold | SetFees | Cascade | CloseDay | SetApproval | SetScopeLimit | RaiseLimit | SetSensitivities | SetClearing | Deal | TimeAdvanced) -> Sequenced: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Sequenced:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Sequenced:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def input(self, /) -> ClientCommand | Quote | BookDelta | Trade | ReferencePrice | SessionPhase | OrderAccepted | OrderRejected | OrderFilled | OrderAmended | OrderCancelled | AmendRejected | OfferAwarded | MeterRead | CancelRejected | ReservesSettled | OrdersNetted | StandingChanged | Venue | Instrument | SetFxRate | SetLimits | SetOrderRate | SetThreshold | SetFees | Cascade | CloseDay | SetApproval | SetScopeLimit | RaiseLimit | SetSensitivities | SetClearing | Deal | TimeAdvanced:
        """
        What it is.
        """
    @property
    def sequence(self, /) -> int:
        """
        Place in the journal, from 1 without gaps.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def ts_event(self, /) -> int:
        """
        When it happened at its source.
        """
    @property
    def ts_recv(self, /) -> int:
        """
        When we received it; never falls.
        """

@final
class SessionPhase:
    """
    A venue moved an instrument to another phase.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, phase: Phase | str) -> SessionPhase: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SessionPhase:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SessionPhase:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def phase(self, /) -> Phase:
        """
        Its phase from now on.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SetApproval:
    """
    Orders of a trading book above either of these wait until a second person lets them pass.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, trading_book: SupportsIndex, order_volume: Volume | int | float | str | Decimal, order_value: Money) -> SetApproval: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SetApproval:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetApproval:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_value(self, /) -> Money:
        """
        Largest absolute value of an order that passes alone, in the desk's currency.
        """
    @property
    def order_volume(self, /) -> Volume:
        """
        Largest order that passes alone, in volume units.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trading_book(self, /) -> int:
        """
        Which book.
        """

@final
class SetClearing:
    """
    Whom trades at a venue are made with from now on, and through whom they clear.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, venue: SupportsIndex, trading_book: SupportsIndex | None = None, counterparty: SupportsIndex, member: SupportsIndex | None = None) -> SetClearing: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def counterparty(self, /) -> int:
        """
        The clearing house, or the other party of a bilateral venue.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetClearing:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetClearing:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def member(self, /) -> int | None:
        """
        The member that clears for us; none where we clear ourselves or not at all.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trading_book(self, /) -> int | None:
        """
        Of this trading book only, before what holds for all; every book if left out.
        """
    @property
    def venue(self, /) -> int:
        """
        Where.
        """

@final
class SetFees:
    """
    What a venue charges for a fill.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, venue: SupportsIndex, maker: Price | int | float | str | Decimal, taker: Price | int | float | str | Decimal) -> SetFees: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SetFees:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetFees:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def maker(self, /) -> Price:
        """
        For resting volume, in currency per price unit; below zero for a rebate.
        """
    @property
    def taker(self, /) -> Price:
        """
        For taking volume, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def venue(self, /) -> int:
        """
        Which venue.
        """

@final
class SetFxRate:
    """
    One unit of `from` is worth `rate_billionths` 1e-9 of `to` from now on.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, from_: str, to: str, rate_billionths: SupportsIndex) -> SetFxRate: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def from_(self, /) -> str:
        """
        Converted from.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetFxRate:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetFxRate:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def rate_billionths(self, /) -> int:
        """
        In 1e-9; above zero.
        """
    @property
    def to(self, /) -> str:
        """
        Converted to.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SetLimits:
    """
    Pre-trade limits of a trading book.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, trading_book: SupportsIndex, order_volume: Volume | int | float | str | Decimal, order_value: Money, position_volume: Volume | int | float | str | Decimal, loss: Money, price_collar: Price | int | float | str | Decimal) -> SetLimits: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SetLimits:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetLimits:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def loss(self, /) -> Money:
        """
        Largest loss since the last close, positive, in the desk's currency.
        """
    @property
    def order_value(self, /) -> Money:
        """
        Largest absolute order value, in the desk's currency.
        """
    @property
    def order_volume(self, /) -> Volume:
        """
        Largest order, in volume units.
        """
    @property
    def position_volume(self, /) -> Volume:
        """
        Largest absolute position of an instrument with every open order of a side filled.
        """
    @property
    def price_collar(self, /) -> Price:
        """
        Largest distance of a limit from the reference price, in currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trading_book(self, /) -> int:
        """
        Which book.
        """

@final
class SetOrderRate:
    """
    At most `orders_per_second` orders and amendments of a client pass in any second.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, client: SupportsIndex, orders_per_second: SupportsIndex) -> SetOrderRate: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def client(self, /) -> int:
        """
        Which client.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetOrderRate:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetOrderRate:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def orders_per_second(self, /) -> int:
        """
        Orders and amendments a second; 0 for no limit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SetScopeLimit:
    """
    A limit of a scope is this from now on; one of the same number is replaced.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, limit: SupportsIndex, scope: LimitScope, measure: LimitMeasure | str, soft_millionths: SupportsIndex, hard_millionths: SupportsIndex, confidence_ppm: SupportsIndex, floor_millionths: SupportsIndex, payment_seconds: SupportsIndex) -> SetScopeLimit: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def confidence_ppm(self, /) -> int:
        """
        Of value at risk, in 1e-6: 990,000 for 99 %.
        """
    @property
    def floor_millionths(self, /) -> int:
        """
        A concentration counts from this notional on, in 1e-6 of the desk's currency.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetScopeLimit:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetScopeLimit:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def hard_millionths(self, /) -> int:
        """
        Above it an order that enlarges the measure is refused, in 1e-6 of the measure.
        """
    @property
    def limit(self, /) -> int:
        """
        The desk's number of it.
        """
    @property
    def measure(self, /) -> LimitMeasure:
        """
        What it holds.
        """
    @property
    def payment_seconds(self, /) -> int:
        """
        Of spot trading: a delivery is paid this long after it ended.
        """
    @property
    def scope(self, /) -> LimitScope:
        """
        What it looks at.
        """
    @property
    def soft_millionths(self, /) -> int:
        """
        Above it an order passes and is told, in 1e-6 of the measure.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SetSensitivities:
    """
    What one volume unit of an instrument gains: from now on limits are held against it.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, delta_millionths: SupportsIndex, vega: Price | int | float | str | Decimal, shocks_millionths: SupportsGetItem[int, SupportsIndex]) -> SetSensitivities: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def delta_millionths(self, /) -> int:
        """
        For a price of its underlying up by one, in 1e-6; a million for what is no option.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetSensitivities:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetSensitivities:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def shocks_millionths(self, /) -> list[int]:
        """
        In each scenario, in 1e-6 currency per price unit; the same scenarios for every instrument.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def vega(self, /) -> Price:
        """
        For a volatility up by a point, in currency per price unit.
        """

@final
class SetThreshold:
    """
    Only signals surer than the threshold may trade for a strategy.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, strategy: SupportsIndex, confidence_ppm: SupportsIndex) -> SetThreshold: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def confidence_ppm(self, /) -> int:
        """
        In 1e-6 of certainty; a strategy without a threshold needs no signal.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetThreshold:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetThreshold:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def strategy(self, /) -> int:
        """
        Which strategy.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SetTrading:
    """
    Stops (the kill switch) or resumes order entry in `scope`.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, scope: Scope, allowed: bool) -> SetTrading: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def allowed(self, /) -> bool:
        """
        Whether new orders may pass.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SetTrading:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SetTrading:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def scope(self, /) -> Scope:
        """
        Which orders.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class Settled:
    """
    A delivery was settled: award × day-ahead + (metered − award) × real-time, or position × price.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, owner: Owner, kind: PriceKind | str, run: SettlementRun | str, volume: Volume | int | float | str | Decimal, price: Price | int | float | str | Decimal, amount: Money) -> Settled: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def amount(self, /) -> Money:
        """
        Received (+) or paid (−), in the instrument's currency.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Settled:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Settled:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Which delivery period.
        """
    @property
    def kind(self, /) -> PriceKind:
        """
        Which price settled it.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    @property
    def run(self, /) -> SettlementRun:
        """
        Which run; the amount replaces that of the run below.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Settled volume, delivered above zero, in volume units.
        """

@final
class SettlementRun:
    """
    Which run of a settlement a result belongs to; a later run replaces an earlier one.
    """
    FINAL: Final[SettlementRun]
    """
    Result after verification.
    """
    INITIAL: Final[SettlementRun]
    """
    First result, from operational data.
    """
    NAME: Final[str]
    TRUE_UP: Final[SettlementRun]
    """
    Result after late meter readings.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SettlementRun:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SettlementRun:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[SettlementRun]:
        """
        Every value, in the order of its number.
        """

@final
class Side:
    """
    Which way an order or fill goes.
    """
    BUY: Final[Side]
    """
    Takes delivery.
    """
    NAME: Final[str]
    SELL: Final[Side]
    """
    Gives delivery.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Side:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Side:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Side]:
        """
        Every value, in the order of its number.
        """

@final
class SignalModel:
    """
    Which model stands behind a signal, by digests: names are long and the journal is not.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, model_version: SupportsIndex = ..., features_hash: SupportsIndex = ...) -> SignalModel: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def features_hash(self, /) -> int:
        """
        Hash of the definitions of its inputs; 0 where a rule decided.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SignalModel:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SignalModel:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def model_version(self, /) -> int:
        """
        First 64 bits, big-endian, of the SHA-256 of the model version's name; 0 where a rule decided.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SimulatedVenue:
    """
    A venue on loopback whose seeded market a session can follow; see `wattbook.ingest.venue`.
    """
    def __new__(cls, /, kind: str, market: tuple[SupportsIndex, SupportsIndex, SupportsIndex, SupportsGetItem[int, str]], port: SupportsIndex, broker: str, secrets: tuple[str, str]) -> SimulatedVenue:
        """
        Starts a venue of `kind` with `hours` contracts from `first_second` in each of `areas`.
        """
    def books(self, /) -> list[tuple[str, int, int, list[tuple[int, bool, int, int]]]]:
        """
        Its own books, in order of contracts: area, first second of delivery, revision, and the orders
        of both sides as number, whether it buys, price and volume in 1e-6.
        """
    def close(self, /) -> None:
        """
        Ends it and its connections.
        """
    def fail(self, /, fault: str, count: SupportsIndex, bytes: SupportsGetItem[int, SupportsIndex]) -> None:
        """
        Has it do `fault` wrong: `lose` (count), `publish` (bytes), `disconnect`, `silence`, `speak`,
        `expire_tokens`, `cut_snapshot` or `spoil_snapshot`.
        """
    @property
    def file(self, /) -> str:
        """
        The venue's file, without secrets.
        """
    def is_idle(self, /) -> bool:
        """
        Whether every change and fault asked for was made.
        """
    def logins(self, /) -> int:
        """
        How often a session logged in.
        """
    @property
    def port(self, /) -> int | None:
        """
        The port on 127.0.0.1; none behind a broker.
        """
    def snapshots(self, /) -> int:
        """
        How many snapshots it sent.
        """
    def step(self, /, count: SupportsIndex) -> None:
        """
        Lets the market make `count` more changes.
        """

@final
class Simulation:
    """
    A simulation: configured by its methods, opened once, run in chunks.
    """
    def __new__(cls, /, *, seed: SupportsIndex, desk_currency: str, start: int | datetime) -> Simulation:
        """
        A simulation of a desk that reports in `desk_currency`, from `start` on; `seed` makes everything
        random in it.
        """
    def add_alarms(self, /, ts: Buffer) -> None:
        """
        Lets time be told at each of `ts` (int64 ns UTC).
        """
    def add_auctions(self, /, venue: SupportsIndex, *, auctions: SupportsGetItem[int, tuple[PriceKind | str, int | datetime, int | datetime, SupportsGetItem[int, SupportsIndex]]], clear: Any, shares: SupportsIndex | None = None) -> None:
        """
        Lets `venue` hold `auctions` of (kind, gate, published, instruments), times in ns UTC. Each is
        cleared when it is published: `clear(number, offers)` gets our offers as rows (instrument, strategy,
        client, whether it sells, price, volume, block, parent block, exclusive group) and returns the price of
        each instrument and the award of each offer, in 1e-6. With `shares`, a venue with a day of intraday
        trading, it also gets the flows of its trades by market time unit and border, and returns a third
        list: what is left of each border there and back.
        """
    def add_battery(self, /, owner: Owner, *, battery: Battery, charge_quantile_ppm: SupportsIndex, discharge_quantile_ppm: SupportsIndex, cost: Price | int | float | str | Decimal, slots: SupportsLenAndGetItem[Buffer], horizon: SupportsIndex | None = None, min_price: Price | int | float | str | Decimal = ..., max_price: Price | int | float | str | Decimal = ..., lead_ns: SupportsIndex = 0) -> None:
        """
        Adds a battery that offers by thresholds of the forecast into `slots` of (instrument,
        delivery start, seconds, day, offer at) as five int64 arrays: into a pool looking `horizon`
        periods ahead, or, when that is None, day-ahead between `min_price` and `max_price`, scheduled
        `lead_ns` before delivery.
        """
    def add_book(self, /, instrument: SupportsIndex, *, opens: int | datetime, ts: Buffer, price: Buffer, session: dict[str, SupportsIndex] | None = None, participants: dict[str, SupportsIndex] | None = None, feed: str = "l1") -> None:
        """
        Gives `instrument` a book that opens at `opens`; its participants trade around the path `ts`,
        `price` (int64: ns UTC, 1e-6 currency per price unit). `session` and `participants` replace
        defaults by name; `feed` is "l1" or "l3".
        """
    def add_dispatch(self, /, *, instrument: Buffer, published: Buffer, price: Buffer) -> None:
        """
        Lets a pool dispatch each `instrument` at its recorded `price`, known at `published`.
        """
    def add_ema_cross(self, /, owner: Owner, *, instrument: SupportsIndex, fast: SupportsIndex, slow: SupportsIndex, volume: Volume | int | float | str | Decimal, rolls: SupportsGetItem[int, tuple[int | datetime, SupportsIndex]] | None = None) -> None:
        """
        Adds a strategy that follows the crossing of two exponential averages of the quotes. `rolls` are
        (ns UTC, instrument) pairs.
        """
    def add_execution(self, /, owner: Owner, *, instrument: SupportsIndex, side: Side | str, volume: Volume | int | float | str | Decimal, algorithm: str, starts: int | datetime, ends: int | datetime, limit: Price | int | float | str | Decimal | None = None, parameters: dict[str, SupportsFloat | SupportsIndex] | None = None, history: SupportsGetItem[int, SupportsGetItem[int, SupportsFloat | SupportsIndex]] | None = None, half_life: SupportsFloat | SupportsIndex = 5.0) -> None:
        """
        Adds a strategy that works one parent order in `instrument`, defined before, from `starts` to `ends`
        with an algorithm; see `wattbook.execution.ParentOrder`.
        """
    def add_forecasts(self, /, *, instrument: Buffer, ts: Buffer, valid_until: Buffer, price: Buffer, confidence_ppm: Buffer, model: Buffer, models: SupportsGetItem[int, tuple[SignalModel, SupportsIndex]]) -> None:
        """
        Adds forecasts, told to the strategies at `ts`: price in 1e-6 currency, confidence in 1e-6. `model`
        points into `models`, which signals made of them name and with whose half-life (ns) they decay.
        """
    def add_intraday(self, /, venue: SupportsIndex, plan: IntradayPlan, *, bins: SupportsGetItem[int, tuple[SupportsIndex, dict[str, SupportsIndex]]], reference_ts: Buffer, reference: Buffer, drift: SupportsIndex, order_events: SupportsIndex | None, instrument: Buffer, contract: Buffer, zone: Buffer) -> None:
        """
        Lets `venue` hold a day of intraday trading; `instrument`, `contract` and `zone` are int64 of one
        length, the last two by place. The rest as for `IntradaySimulation`.
        """
    def add_legs(self, /, owner: Owner, *, legs: SupportsGetItem[int, tuple[SupportsIndex, Side | str, Volume | int | float | str | Decimal, Price | int | float | str | Decimal | None]], units: SupportsIndex, unit_limit: Price | int | float | str | Decimal | None, is_even: bool, starts: int | datetime, ends: int | datetime, leg_risk: SupportsIndex, hang_ns: SupportsIndex, reach_ticks: SupportsIndex) -> None:
        """
        Adds a strategy that works one order of several `legs`: instrument, side, volume of a unit and limit
        of each; see `Simulation.add_legs`.
        """
    def add_meter(self, /, owner: Owner, venue: SupportsIndex, *, instrument: SupportsGetItem[int, SupportsIndex], read: Any) -> None:
        """
        Settles `instrument`s of the auctions of `venue` by `read(instrument)`: mean MW in 1e-6, and what
        is paid for reserves in 1 / 3.6e15 of the currency or `None`, asked when the imbalance price of each
        comes.
        """
    def add_prices(self, /, kind: PriceKind | str, *, instrument: Buffer, ts_event: Buffer, ts_recv: Buffer, price: Buffer) -> None:
        """
        Adds recorded prices of record, journaled as market data.
        """
    def add_production(self, /, owner: Owner, *, instrument: Buffer, available: Buffer) -> None:
        """
        Lets an asset of `owner` produce `available` MW (int64, 1e-6) in each `instrument`, unless a
        schedule of zero switches it off.
        """
    def add_recorded_book(self, /, instrument: SupportsIndex, *, ts: Buffer, action: Buffer, order_id: Buffer, side: Buffer, price: Buffer, volume: Buffer) -> int:
        """
        Plays a recorded book of `instrument` back; all columns are int64 of one length: ns UTC, what
        happened (1 to 4 as of a book change, 5 a trade), the recorded number of the order, 1 for buy and
        2 for sell, price and volume in 1e-6. Returns how many rows lie off its grid and were left out.
        """
    def add_reference(self, /, event: Venue | Instrument | SetFxRate | SetLimits | SetOrderRate | SetThreshold | SetFees | Cascade | CloseDay | SetApproval | SetScopeLimit | RaiseLimit | SetSensitivities | SetClearing) -> None:
        """
        Adds reference data: a venue, an instrument, fees, limits, a threshold, a rate.
        """
    def add_rolling_battery(self, /, owner: Owner, *, bidder: Any, store: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], initial_mwh: SupportsFloat | SupportsIndex, cycles: SupportsFloat | SupportsIndex, hours: SupportsFloat | SupportsIndex, costs: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], states: SupportsIndex, periods: SupportsLenAndGetItem[Buffer], auctions: SupportsGetItem[int, SupportsGetItem[int, SupportsIndex]]) -> None:
        """
        Adds a battery that trades continuous contracts at every change of a quote, beside the Python strategy
        `bidder`, which bids into its auctions and nominates: it is told the time and reference prices.
        `periods` are (contract, delivery start, traded until, nominated at) as four int64 arrays,
        `auctions` the instruments of auctions that deliver in each; `costs` are fee and wear of a `MWh`.
        """
    def add_route(self, /, owner: Owner, *, places: SupportsGetItem[int, tuple[SupportsIndex, Price | int | float | str | Decimal, Price | int | float | str | Decimal]], side: Side | str, volume: Volume | int | float | str | Decimal, limit: Price | int | float | str | Decimal, at: int | datetime, rests: bool, latency_ns: SupportsIndex, capacities: dict[SupportsIndex, Volume | int | float | str | Decimal] | None = None) -> None:
        """
        Adds a strategy that routes one order at `at` over `places`: instrument, taker and maker fee of each,
        the first of which stands for the order; see `Simulation.add_route`.
        """
    def add_sensitivities(self, /, event: SetSensitivities, *, at: int | datetime) -> None:
        """
        Adds scenarios of an instrument that become known at `at`, journaled then.
        """
    def add_settlements(self, /, venue: SupportsIndex, *, cost: Price | int | float | str | Decimal, instrument: Buffer, published: Buffer, price: Buffer) -> None:
        """
        Lets a futures exchange fill at each settlement `price`, known at `published`, `cost` worse.
        """
    def add_strategy(self, /, owner: Owner, strategy: Any) -> None:
        """
        Adds a strategy written in Python; see `wattbook.strategy.Strategy`.
        """
    def add_two_settlement(self, /, *, instrument: Buffer, gate: Buffer, day_ahead_published: Buffer, day_ahead: Buffer, real_time_published: Buffer, real_time: Buffer) -> None:
        """
        Lets a two-settlement market award and settle each `instrument` at its two recorded prices.
        """
    def add_virtual(self, /, owner: Owner, *, volume: Volume | int | float | str | Decimal, slots: SupportsLenAndGetItem[Buffer]) -> None:
        """
        Adds virtual bids of `volume` for the hours `slots` of (virtual instrument, day-ahead
        instrument, offer at) as three int64 arrays.
        """
    def add_window_strategy(self, /, owner: Owner, *, reverts: bool, instrument: SupportsIndex, window: SupportsIndex, volume: Volume | int | float | str | Decimal, horizon_ns: SupportsIndex, step_ns: SupportsIndex | None = None, rolls: SupportsGetItem[int, tuple[int | datetime, SupportsIndex]] | None = None) -> None:
        """
        Adds a momentum (`reverts` false) or mean-reversion strategy on a window of prices: of the middle
        of the book every `step_ns`, or of every settlement when that is None. `rolls` are (ns UTC,
        instrument) pairs.
        """
    def ask(self, /, now: int | datetime, commands: SupportsGetItem[int, SubmitOrder | AmendOrder | CancelOrder | CancelAll | SetTrading | RecordSignal | SubmitOffer | SubmitSchedule | OpenParent | EndParent | ExplainOrder | ApproveOrder | FreezeInstrument]) -> list[list[tuple[str, str, str]]]:
        """
        Applies what persons ask for at `now` and journals all of it at once; what the engine says to each,
        as (what, order as `CLIENT-NUMBER`, words).
        """
    def await_dispatch(self, /, *, instrument: Buffer) -> None:
        """
        Lets a pool dispatch each `instrument` when its price is received; see `receive_price`.
        """
    def await_two_settlement(self, /, *, instrument: Buffer) -> None:
        """
        Lets a two-settlement market clear and settle each `instrument` when its prices are received.
        """
    def begin_session(self, /, now: int | datetime, venues: SupportsGetItem[int, SupportsIndex]) -> None:
        """
        Begins a new session at `now` once a resumed run has met its journal: open orders at the `venues`
        of continuous books are taken back.
        """
    def close(self, /) -> None:
        """
        Ends the simulation; its journal is whole.
        """
    def depth(self, /, instrument: SupportsIndex, levels: SupportsIndex) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
        """
        The best `levels` of the book of `instrument` as (price, volume) in 1e-6: bids, asks; None
        without a book.
        """
    def drain(self, /) -> dict[str, Table]:
        """
        Inputs and events since the last call, one table for each kind of record, by its name. Market
        data is among them if it is kept.
        """
    def latency_ns(self, /) -> tuple[int, int, int, int, int, int] | None:
        """
        Time of an input inside the engine in ns: count, 50, 90, 99, 99.9 % and the most.
        """
    def limit_pnl(self, /, limit: SupportsIndex) -> Incomplete | None:
        """
        What the positions in a limit of value at risk gain in each scenario, in the desk's currency; None
        for another limit.
        """
    def limit_use(self, /) -> list[tuple[int, int | None, int, int, int, int]]:
        """
        Limits of scopes as of the last look: number, measure or None where it cannot be told, soft and
        hard level, its highest so far, all in 1e-6 of the measure, and whether it is passed (1 softly,
        2 hard).
        """
    def net(self, /, strategies: SupportsGetItem[int, SupportsIndex], *, wait_ns: SupportsIndex = 0) -> None:
        """
        Lets opposite orders of these strategies that take at once cross within the desk, at the middle of
        the market and without a fee, before the rest goes to the venue. Each waits `wait_ns` for its
        opposite.
        """
    def next_by_hand(self, /) -> int:
        """
        The number of the next order that a person enters.
        """
    def open(self, /, *, journal: str | PathLike[str] | None = None, keeps_market: bool = False, measures_latency: bool = True, receives_prices: bool = False, trades_outside: bool = False, compares: bool = False) -> int:
        """
        Opens the simulation: journals to the folder `journal`, or in memory when that is None. A folder
        with a journal is resumed: the run is repeated and held against it, input by input. Returns how
        many inputs were journaled before. `keeps_market` also tables market data. With
        `receives_prices` every price of record comes by `receive_price`, and a resumed run takes those of
        its journal from there; see `remembered_prices`. With `trades_outside` no venue is simulated:
        orders go to a `LiveVenue`, and all market data and reports come from outside as well. With
        `compares` the journal is only read: what came from outside comes again, the strategies act anew,
        and the run goes on by itself where it differs.
        """
    def pnl_by_strategy(self, /) -> list[tuple[int, int, int, int]]:
        """
        P&L by strategy as the engine holds it: strategy, realised, unrealised, fees, the amounts in units
        of 1 / 3.6e15 of the desk's currency.
        """
    def receive_forecast(self, /, instrument: SupportsIndex, *, ts: int | datetime, valid_until: int | datetime, price: SupportsIndex, confidence_ppm: SupportsIndex, model: SignalModel = ..., half_life_ns: SupportsIndex = 0) -> None:
        """
        Tells the strategies a forecast made at `ts` from what had been received by then; signals made of
        it name `model`.
        """
    def receive_price(self, /, instrument: SupportsIndex, kind: PriceKind | str, *, ts_event: int | datetime, ts_recv: int | datetime, price: SupportsIndex) -> int:
        """
        Receives a price of record (1e-6 currency) of `kind` for `instrument` at `ts_recv`; `ts_event` is
        the start of the period that it is of. Returns the time it is stamped with: `ts_recv`, or just
        after everything that has happened when that is later.
        """
    def remembered_prices(self, /) -> list[tuple[int, PriceKind, int, int, int]]:
        """
        The prices that a resumed run had received, in order of arrival, as `receive_price` takes them.
        """
    def run_until(self, /, until: int | datetime, max_inputs: SupportsIndex) -> tuple[int, int, int, bool, bool]:
        """
        Runs until nothing is left until `until` or `max_inputs` were applied; what was applied is
        durable when it returns (now, inputs so far, events so far, done, replaying).
        """
    def set_closing_call(self, /, instrument: SupportsIndex, lead_ns: SupportsIndex) -> None:
        """
        Tells that the closing call of `instrument` begins `lead_ns` before its gate at a venue outside, so
        that algorithms added later end before it.
        """
    def set_latencies(self, /, venue: SupportsIndex, *, feed: tuple[SupportsIndex, SupportsIndex] = ..., submit: tuple[SupportsIndex, SupportsIndex] = ..., amend: tuple[SupportsIndex, SupportsIndex] = ..., cancel: tuple[SupportsIndex, SupportsIndex] = ..., report: tuple[SupportsIndex, SupportsIndex] = ...) -> None:
        """
        Sets how long each kind of message travels, as (constant, jitter) in ns.
        """
    def set_trading(self, /, now: int | datetime, venues: SupportsGetItem[int, SupportsIndex], allowed: bool) -> None:
        """
        Stops order entry at the `venues`, or allows it again, at `now`; cancels pass all the same.
        """
    def state_hash(self, /) -> str:
        """
        Hash of the engine's state, 32 hexadecimal digits.
        """
    def volume_ahead(self, /, instrument: SupportsIndex, order_id: SupportsIndex) -> int | None:
        """
        The displayed volume in 1e-6 that stands before order `order_id` at its price at the venue; None
        where it is not displayed.
        """

@final
class SpotModel:
    """
    A spot price that returns to its forward curve.
    """
    def __new__(cls, /, *, forward: Incomplete, factors: SupportsGetItem[int, tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex]], correlation: SupportsGetItem[int, SupportsFloat | SupportsIndex], scales: Incomplete, shift: SupportsFloat | SupportsIndex | None) -> SpotModel:
        """
        A price with its curve and factors: speed of return a day and volatility a square root of a day each, the
        correlation of their shocks row by row, and by day the share of volatility. Without a `shift` prices are sums.
        """

@final
class SpreadKind:
    """
    What the legs of a spread differ in.
    """
    FUEL: Final[SpreadKind]
    """
    Fuels, such as power against gas.
    """
    NAME: Final[str]
    PLACE: Final[SpreadKind]
    """
    Places.
    """
    TIME: Final[SpreadKind]
    """
    Delivery periods.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SpreadKind:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SpreadKind:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[SpreadKind]:
        """
        Every value, in the order of its number.
        """

@final
class SpreadTerms:
    """
    The terms of a spread: price = long − ratio × short.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, kind: SpreadKind | str, long: SupportsIndex, short: SupportsIndex, ratio_millionths: SupportsIndex) -> SpreadTerms: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SpreadTerms:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SpreadTerms:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def kind(self, /) -> SpreadKind:
        """
        What differs.
        """
    @property
    def long(self, /) -> int:
        """
        The leg that a buyer buys.
        """
    @property
    def ratio_millionths(self, /) -> int:
        """
        Volume of the short leg for one of the long leg (a heat rate), in 1e-6.
        """
    @property
    def short(self, /) -> int:
        """
        The leg that a buyer sells.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class StandingChanged:
    """
    The order is open, but stands otherwise than in the book, or is back there.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, standing: OrderStanding | str) -> StandingChanged: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> StandingChanged:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> StandingChanged:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order_id(self, /) -> int:
        """
        Which order.
        """
    @property
    def standing(self, /) -> OrderStanding:
        """
        How it is held from now on.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class StrategyContext:
    """
    What a strategy knows and how it acts: given to `on_start`, to be used in callbacks.
    """
    def amend(self, /, order_id: SupportsIndex, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, trigger: Price | int | float | str | Decimal | None = None) -> None:
        """
        Asks for another price and total volume of an order, and for another trigger of a stop.
        """
    def best_ask(self, /, instrument: SupportsIndex) -> tuple[float, float] | None:
        """
        Lowest price asked and its volume, or None.
        """
    def best_bid(self, /, instrument: SupportsIndex) -> tuple[float, float] | None:
        """
        Highest price bid and its volume, or None.
        """
    def cancel(self, /, order_id: SupportsIndex) -> None:
        """
        Takes an order back.
        """
    def cancel_all(self, /) -> None:
        """
        Takes every order of this strategy back.
        """
    def execute(self, /, instrument: SupportsIndex, side: Side | str, volume: Volume | int | float | str | Decimal, *, algorithm: str, ends: int | datetime, starts: int | datetime | None = None, limit: Price | int | float | str | Decimal | None = None, parameters: dict[str, SupportsFloat | SupportsIndex] | None = None, history: SupportsGetItem[int, SupportsGetItem[int, SupportsFloat | SupportsIndex]] | None = None, half_life: SupportsFloat | SupportsIndex = 5.0, signal: SupportsIndex = ...) -> int:
        """
        Begins a parent order, which the algorithm works in child orders from `starts` (now if left out)
        to `ends`; returns its id. None of its children is worse than `limit`. `parameters` are those of
        the algorithm; `history` has a row a day of the market's volumes by part of the time, newest last.
        """
    def is_sure(self, /, confidence: SupportsFloat | SupportsIndex) -> bool:
        """
        Whether a signal of this confidence in [0, 1] may trade.
        """
    @property
    def now(self, /) -> int:
        """
        Time of the observation, in ns UTC.
        """
    def parent(self, /, parent: SupportsIndex) -> ParentStatus | None:
        """
        Where a parent order stands; None for a number that is none.
        """
    def position(self, /, instrument: SupportsIndex) -> float:
        """
        Net position in volume units, long above zero.
        """
    def record_signal(self, /, instrument: SupportsIndex, direction: Direction | str, confidence: SupportsFloat | SupportsIndex, forecast_price: Price | int | float | str | Decimal, valid_until: int | datetime) -> int:
        """
        Hands in a signal with its confidence in [0, 1]; returns its id for the orders that it causes. One
        that is handed in by `on_forecast` names the model of the forecast.
        """
    def stop_parent(self, /, parent: SupportsIndex) -> None:
        """
        Takes the children of a parent order back and ends it.
        """
    def submit(self, /, instrument: SupportsIndex, side: Side | str, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, *, order_type: OrderType | str = ..., time_in_force: TimeInForce | str = ..., signal: SupportsIndex = ..., conditions: Conditions | None = None) -> int:
        """
        Submits an order; returns its id, by which it can be cancelled at once. `conditions` are the
        terms that a plain order leaves out; terms that contradict each other are refused by the gate.
        """
    def submit_offer(self, /, instrument: SupportsIndex, side: Side | str, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, *, signal: SupportsIndex = ..., block: SupportsIndex | None = None, block_legs: SupportsIndex | None = None, parent_block: SupportsIndex | None = None, exclusive_group: SupportsIndex | None = None) -> int:
        """
        Offers into a pool or auction; returns the offer's id. Offers with the same `block`, of which
        there are `block_legs`, are one block order of an auction, all or nothing, at one limit; it is
        not taken without `parent_block`, and only one of an `exclusive_group` is.
        """
    def submit_schedule(self, /, instrument: SupportsIndex, volume: Volume | int | float | str | Decimal) -> None:
        """
        States what the strategy's asset will deliver (+) or consume (−), in MW.
        """
    def wake_at(self, /, ts: int | datetime) -> None:
        """
        Asks for `on_time` at `ts` (ns UTC).
        """
    def working(self, /, instrument: SupportsIndex) -> float:
        """
        What the open orders would add to the position, in volume units.
        """

@final
class StreamFront:
    """
    The desk's address: streams and kept answers from here, everything else from the application behind.
    """
    def __new__(cls, /, hub: StreamHub, listener: SupportsIndex, upstream: str | PathLike[str], bounds: SupportsGetItem[int, SupportsFloat | SupportsIndex], tls: tuple[str | PathLike[str] | None, str | PathLike[str] | None, str | PathLike[str] | None] | None = None) -> StreamFront:
        """
        Serves on `listener`, a listening TCP socket that it takes over, in front of the Unix socket
        `upstream`; `bounds` are those of the histogram in seconds, `tls` certificate, key, and no issuers.
        """
    def answered(self, /) -> list[tuple[str, list[int], int, float]]:
        """
        Kept answers by route.
        """
    def forget(self, /) -> None:
        """
        Asks the application anew about everybody: a session has ended or a key was taken back.
        """
    def stop(self, /) -> None:
        """
        Stops; requests in hand have two seconds to end.
        """
    def streamed(self, /) -> tuple[int, int, int, int]:
        """
        Readers now; messages sent, their bytes, deltas merged for readers that were behind.
        """

@final
class StreamHub:
    """
    State by topic and key with numbered changes; readers get what they lack of it.
    """
    def __new__(cls, /, run: str, columns: SupportsGetItem[int, tuple[str, bool]], lists: SupportsGetItem[int, tuple[str, SupportsIndex | None]], values: SupportsGetItem[int, str]) -> StreamHub:
        """
        A hub of one life of a desk, named `run`. `columns` are those of the quotes with whether they hold
        integers, `lists` the topics of many rows with how many of the newest are kept, `values` those of one.
        """
    @property
    def last(self, /) -> int:
        """
        The number of the last change.
        """
    def message(self, /, after: SupportsIndex | None, sent_ms: SupportsIndex) -> bytes | None:
        """
        The message with what a reader lacks that has `after`, or has nothing; none where it lacks nothing.
        A reader asks the front of the desk instead.
        """
    def push(self, /, is_snapshot: bool, quotes: Incomplete, rows: SupportsGetItem[int, tuple[str, SupportsIndex, SupportsIndex | None, SupportsGetItem[int, SupportsIndex]]]) -> int:
        """
        Takes the next change and returns its number. `quotes` has a row an instrument: its number and the
        bits of each column.
        """

@final
class SubmitOffer:
    """
    A price–volume pair of an offer into a pool or auction, for one delivery period.

    A buy bids to consume or charge at `price` or below; a sell offers to generate or discharge at
    `price` or above. Offers of one client with the same `block` are one block order, all or nothing:
    `price` is then the limit of the whole block, which its mean price by energy must reach.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, instrument: SupportsIndex, side: Side | str, owner: Owner = ..., price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal, signal: SupportsIndex = ..., block: SupportsIndex | None = None, block_legs: SupportsIndex | None = None, parent_block: SupportsIndex | None = None, exclusive_group: SupportsIndex | None = None) -> SubmitOffer: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def block(self, /) -> int | None:
        """
        The block that it is a leg of; the client's own number.
        """
    @property
    def block_legs(self, /) -> int | None:
        """
        How many legs the block has: an auction leaves out a block that has not all of them.
        """
    @property
    def exclusive_group(self, /) -> int | None:
        """
        Of the blocks of a client with the same number one is taken at most (exclusive group).
        """
    @staticmethod
    def from_bytes(data: bytes) -> SubmitOffer:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SubmitOffer:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        The delivery period offered into, as an instrument.
        """
    @property
    def order_id(self, /) -> int:
        """
        The client's number of it, from the same series as its orders.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    @property
    def parent_block(self, /) -> int | None:
        """
        The block without which this one is not taken (linked family).
        """
    @property
    def price(self, /) -> Price:
        """
        Limit, in currency per MWh.
        """
    @property
    def side(self, /) -> Side:
        """
        Buy to consume, sell to deliver.
        """
    @property
    def signal(self, /) -> int:
        """
        The signal that asked for it; 0 for none.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        How much, in MW; above zero.
        """

@final
class SubmitOrder:
    """
    Enters `order` as `order_id`.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, order_id: SupportsIndex, order: Order) -> SubmitOrder: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SubmitOrder:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SubmitOrder:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def order(self, /) -> Order:
        """
        The order.
        """
    @property
    def order_id(self, /) -> int:
        """
        The client's number of it, higher than all before.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class SubmitSchedule:
    """
    What an asset will deliver (+) or consume (−) in a delivery period.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, owner: Owner = ..., volume: Volume | int | float | str | Decimal) -> SubmitSchedule: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> SubmitSchedule:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SubmitSchedule:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        The delivery period, as an instrument.
        """
    @property
    def owner(self, /) -> Owner:
        """
        Whose it is.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        Mean power over the period, in MW.
        """

@final
class SwapTerms:
    """
    The terms of a swap: fixed against the mean of an index over delivery.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, index: SupportsIndex, averaging_start: int | datetime, averaging_end: int | datetime) -> SwapTerms: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def averaging_end(self, /) -> int:
        """
        First instant after the averaging.
        """
    @property
    def averaging_start(self, /) -> int:
        """
        First instant of the averaging.
        """
    @staticmethod
    def from_bytes(data: bytes) -> SwapTerms:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> SwapTerms:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def index(self, /) -> int:
        """
        Whose price is averaged.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class Table:
    """
    Rows of one record type in columns, for any library that reads Arrow: `polars.DataFrame(table)`,
    `pyarrow.table(table)`, `duckdb`.
    """
    def __arrow_c_array__(self, /, requested_schema: Any | None = None) -> tuple[Any, Any]:
        """
        Schema and rows as Arrow `PyCapsule`s; a requested schema is not followed, as the interface
        allows.
        """
    def __arrow_c_schema__(self, /) -> Any:
        """
        The schema as an Arrow `PyCapsule`.
        """
    def __arrow_c_stream__(self, /, requested_schema: Any | None = None) -> Any:
        """
        All rows as a stream of one batch, in an Arrow `PyCapsule`.
        """
    def __len__(self, /) -> int:
        """
        Rows.
        """
    def __repr__(self, /) -> str: ...
    @property
    def columns(self, /) -> list[str]:
        """
        Names of the columns, in order.
        """

@final
class Tenor:
    """
    The length that the market calls the contract by.
    """
    BLOCK: Final[Tenor]
    """
    Several hours of one day.
    """
    CALENDAR_YEAR: Final[Tenor]
    """
    A calendar year.
    """
    DAY: Final[Tenor]
    """
    A delivery day, for gas a gas day.
    """
    FIVE_MINUTES: Final[Tenor]
    """
    Five minutes, a pool's dispatch interval.
    """
    HALF_HOUR: Final[Tenor]
    """
    Half an hour.
    """
    HOUR: Final[Tenor]
    """
    An hour.
    """
    MONTH: Final[Tenor]
    """
    A calendar month.
    """
    NAME: Final[str]
    QUARTER: Final[Tenor]
    """
    A calendar quarter.
    """
    QUARTER_HOUR: Final[Tenor]
    """
    Quarter of an hour.
    """
    SEASON: Final[Tenor]
    """
    Summer (April to September) or winter (October to March).
    """
    WEEK: Final[Tenor]
    """
    Monday to Sunday.
    """
    WEEKEND: Final[Tenor]
    """
    Saturday and Sunday.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Tenor:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Tenor:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Tenor]:
        """
        Every value, in the order of its number.
        """

@final
class ThermalUnit:
    """
    A thermal unit: what it can do and what that costs.
    """
    def __new__(cls, /, *, production: SupportsGetItem[int, tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex]], startups: SupportsGetItem[int, tuple[SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex]], ramp: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], edge: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], up_min: SupportsIndex, down_min: SupportsIndex, must_run: bool, operation_cost: SupportsFloat | SupportsIndex, state: tuple[SupportsIndex, SupportsFloat | SupportsIndex] | None) -> ThermalUnit:
        """
        A unit; `production` are powers in MW and fuels, `startups` lags, fuels and costs. `state` is periods
        on (above zero) or off (below zero) and the power, or none if free.
        """
    def best_schedule(self, /, power: Incomplete, fuel: Incomplete, reserve: Incomplete) -> tuple[float, Incomplete, Incomplete]:
        """
        The schedule that earns most at `power` prices (money a MW and period), with `fuel` (money a
        unit of fuel) and `reserve` (money a MW and period, or empty).
        """

@final
class TimeAdvanced:
    """
    Time went on: expiries, gates and schedules fire.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /) -> TimeAdvanced: ...
    def __repr__(self, /) -> str: ...

@final
class TimeInForce:
    """
    How long an order lives.
    """
    AT_CLOSE: Final[TimeInForce]
    """
    In the closing auction only.
    """
    AT_OPEN: Final[TimeInForce]
    """
    In the opening auction only.
    """
    DAY: Final[TimeInForce]
    """
    Until the end of the trading day.
    """
    FILL_OR_KILL: Final[TimeInForce]
    """
    Filled at once in whole, or cancelled.
    """
    GOOD_FOR_SESSION: Final[TimeInForce]
    """
    Until the gate of the contract closes.
    """
    GOOD_TILL_CANCELLED: Final[TimeInForce]
    """
    Until cancelled.
    """
    GOOD_TILL_DATE: Final[TimeInForce]
    """
    Until [`Conditions::expires`].
    """
    IMMEDIATE_OR_CANCEL: Final[TimeInForce]
    """
    What is not filled at once is cancelled.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> TimeInForce:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> TimeInForce:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[TimeInForce]:
        """
        Every value, in the order of its number.
        """

@final
class Trade:
    """
    A trade that the venue printed.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, instrument: SupportsIndex, trade: SupportsIndex, aggressor: Side | str, price: Price | int | float | str | Decimal, volume: Volume | int | float | str | Decimal) -> Trade: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def aggressor(self, /) -> Side:
        """
        The side that took.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Trade:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Trade:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def instrument(self, /) -> int:
        """
        Of which instrument.
        """
    @property
    def price(self, /) -> Price:
        """
        In currency per price unit.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def trade(self, /) -> int:
        """
        The venue's number of it.
        """
    @property
    def volume(self, /) -> Volume:
        """
        In volume units.
        """

@final
class Unit:
    """
    A unit of volume or of the quantity that a price is per.
    """
    BARREL: Final[Unit]
    """
    Barrel of 42 US gallons.
    """
    CERTIFICATE: Final[Unit]
    """
    One certificate, such as a guarantee of origin for one megawatt-hour.
    """
    CUBIC_METRE: Final[Unit]
    """
    Cubic metre.
    """
    GALLON: Final[Unit]
    """
    US gallon of 231 cubic inches.
    """
    GIGAJOULE: Final[Unit]
    """
    Gigajoule.
    """
    MEGAWATT: Final[Unit]
    """
    Megawatt: power; energy follows from the delivery period.
    """
    MEGAWATT_HOUR: Final[Unit]
    """
    Megawatt-hour.
    """
    MILLION_BTU: Final[Unit]
    """
    Million British thermal units (International Table).
    """
    NAME: Final[str]
    THERM: Final[Unit]
    """
    Therm: 100,000 British thermal units (International Table).
    """
    TONNE: Final[Unit]
    """
    Metric tonne.
    """
    TONNE_CO2: Final[Unit]
    """
    Tonne of carbon dioxide equivalent.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Unit:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Unit:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[Unit]:
        """
        Every value, in the order of its number.
        """

@final
class Venue:
    """
    A place where instruments trade.
    """
    NAME: Final[str]
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, venue: SupportsIndex, name: str, market_model: MarketModel | str, time_zone: str, is_synthetic: bool) -> Venue: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> Venue:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> Venue:
        """
        Reads the text form, which is what `str` gives.
        """
    @property
    def is_synthetic(self, /) -> bool:
        """
        Whether prices here are made up around recorded ones; shown wherever they appear.
        """
    @property
    def market_model(self, /) -> MarketModel:
        """
        How it makes prices.
        """
    @property
    def name(self, /) -> str:
        """
        Its name: EPEX, NEM. Market identifier code (ISO 10383) where one exists.
        """
    @property
    def time_zone(self, /) -> str:
        """
        IANA zone of its delivery calendar: Europe/Berlin.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @property
    def venue(self, /) -> int:
        """
        Its number in the engine's registry.
        """

@final
class VenueReason:
    """
    Why a venue refused or ended an order.
    """
    DONE_FOR_DAY: Final[VenueReason]
    """
    The venue works it no more today.
    """
    EXPIRED: Final[VenueReason]
    """
    Its time in force ended.
    """
    GATE_CLOSED: Final[VenueReason]
    """
    The gate has closed.
    """
    INVALID_TERMS: Final[VenueReason]
    """
    The terms contradict each other.
    """
    LINKED_UNFILLED: Final[VenueReason]
    """
    A linked set could not trade in whole.
    """
    NAME: Final[str]
    NOT_TRADING: Final[VenueReason]
    """
    The instrument is halted or closed.
    """
    OFF_LOT: Final[VenueReason]
    """
    The volume lies off the venue's lot.
    """
    OFF_TICK: Final[VenueReason]
    """
    The price lies off the venue's tick.
    """
    ONE_CANCELS_OTHER: Final[VenueReason]
    """
    Another order of its one-cancels-other group filled.
    """
    OUTSIDE_COLLAR: Final[VenueReason]
    """
    The price is outside the venue's collar.
    """
    REQUESTED: Final[VenueReason]
    """
    Asked for by its owner.
    """
    SELF_TRADE: Final[VenueReason]
    """
    It would have traded with its own trading book.
    """
    UNFILLED: Final[VenueReason]
    """
    What could not fill at once was cancelled.
    """
    UNKNOWN_ORDER: Final[VenueReason]
    """
    The venue does not know the order.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __int__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> tuple[Any, tuple[bytes]]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def from_bytes(data: bytes) -> VenueReason:
        """
        Reads the binary form.
        """
    @staticmethod
    def from_text(text: str) -> VenueReason:
        """
        Reads the text form, which is what `str` gives.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """
    @staticmethod
    def values() -> list[VenueReason]:
        """
        Every value, in the order of its number.
        """

@final
class VenueSession:
    """
    A session on a thread of its own; see `wattbook.ingest.venue`.
    """
    def book(self, /, instrument: SupportsIndex, levels: SupportsIndex) -> tuple[bool, int, list[tuple[int, int, int]], list[tuple[int, int, int]], int] | None:
        """
        The book of `instrument` with up to `levels` a side; none before it is listed.
        """
    def close(self, /) -> None:
        """
        Logs out and waits for the thread; what was not taken is dropped.
        """
    def instruments(self, /) -> list[int]:
        """
        The instruments that have a book.
        """
    @staticmethod
    def open(text: str, folder: str | PathLike[str], secrets: tuple[str, str], seed: SupportsIndex, room: SupportsIndex, recording: str | PathLike[str] | None) -> VenueSession:
        """
        Opens what the file `text` describes, whose paths are relative to `folder`; up to `room`
        events wait, and what is heard and sent is kept in the file `recording`.
        """
    def statistics(self, /) -> tuple[dict[str, int], str, str, str]:
        """
        Counts by name, state, why the last connection was lost, and why the recording ended early.
        """
    def stop(self, /) -> None:
        """
        Asks the session to log out; what it still says can be taken.
        """
    def take(self, /, most: SupportsIndex, wait_seconds: SupportsFloat | SupportsIndex) -> dict[str, Table] | None:
        """
        Tables of up to `most` events, after at most `wait_seconds` for the first; none once the
        session is over and all was taken.
        """

@final
class Volume:
    """
    A volume in 1e-6 of the instrument's volume unit. Power: MW, the energy follows from the
    delivery period. Positions are signed: long above zero, short below.
    """
    def __add__(self, other: object, /) -> Volume: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __float__(self, /) -> float: ...
    def __ge__(self, value: object, /) -> bool: ...
    def __gt__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __le__(self, value: object, /) -> bool: ...
    def __lt__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __neg__(self, /) -> Volume: ...
    def __new__(cls, /, value: Volume | int | float | str | Decimal) -> Volume:
        """
        From an `int`, a `str` or a `Decimal` exactly; from a `float` rounded to 1e-6.
        """
    def __radd__(self, other: object, /) -> Volume: ...
    def __reduce__(self, /) -> tuple[Any, tuple[int]]: ...
    def __repr__(self, /) -> str: ...
    def __rsub__(self, other: object, /) -> Volume: ...
    def __str__(self, /) -> str: ...
    def __sub__(self, other: object, /) -> Volume: ...
    @staticmethod
    def from_millionths(millionths: SupportsIndex) -> Volume:
        """
        The volume of so many 1e-6.
        """
    @property
    def millionths(self, /) -> int:
        """
        In 1e-6, exactly.
        """
    def to_bytes(self, /) -> bytes:
        """
        The value in its binary form, as the journal keeps it.
        """

@final
class ZonalAuction:
    """
    Curves of each period and zone on one network.
    """
    def __new__(cls, /, *, zones: SupportsIndex, link_from: SupportsGetItem[int, SupportsIndex], link_to: SupportsGetItem[int, SupportsIndex], flow_min: Incomplete, flow_max: Incomplete, period: Incomplete, zone: Incomplete, is_demand: Incomplete, price_start: Incomplete, price_end: Incomplete, volume: Incomplete, price_limits: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex]) -> ZonalAuction:
        """
        Adds up hourly orders, one row each. Links are pairs of zone numbers; the limits of their
        flows are of shape (periods, links).
        """
    def clear(self, /, injections: Incomplete) -> tuple[Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete]:
        """
        Clears every period with `injections` (periods, zones) at any price.
        """

def aemo_report(data: bytes, kinds: dict[str, str]) -> tuple[list[str], list[tuple[str, str, str, int, Table]], tuple[int, int, int, int] | None, int, list[tuple[int, int, int, str]], int]:
    """
    The report in `data`. `kinds` says what a column of a name is read as; of the others those whose names
    end in `ID` are text, and the rest is what its fields are.
    """

def allocation_pauses(venue: str, from_area: str, to_area: str, delivery_start: SupportsIndex, delivery_end: SupportsIndex) -> list[tuple[str, int, int, str]]:
    """
    Auction, beginning, end (ns UTC) and source of the pauses of a border for a delivery.
    """

def american_prices(rows: SupportsIndex, method: str, sign: Incomplete | SupportsFloat | SupportsIndex, spot: Incomplete | SupportsFloat | SupportsIndex, strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, volatility: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex, carry_yield: Incomplete | SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Present values of `rows` American options.
    """

def american_slopes(rows: SupportsIndex, method: str, on_future: bool, sign: Incomplete | SupportsFloat | SupportsIndex, spot: Incomplete | SupportsFloat | SupportsIndex, strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, volatility: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex, carry_yield: Incomplete | SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Price, delta, gamma, vega, theta and rho of `rows` American options.
    """

def average_approximations(method: str, with_slopes: bool, sign: SupportsFloat | SupportsIndex, weights: Incomplete, forwards: Incomplete, times: Incomplete, volatilities: Incomplete, log_made: SupportsFloat | SupportsIndex, discount: SupportsFloat | SupportsIndex, strikes: Incomplete) -> Incomplete:
    """
    Price, delta, gamma, vega and the slope by the fixings' times of options on an average, for each strike; zeros
    for what is not wanted.
    """

def average_derivatives(sign: SupportsFloat | SupportsIndex, weights: Incomplete, forwards: Incomplete, variances: Incomplete, moves: tuple[Incomplete, Incomplete], discount: SupportsFloat | SupportsIndex, strikes: Incomplete) -> Incomplete:
    """
    Delta, gamma and the slopes by two moves of the variances of options on an average, for each strike.
    """

def average_values(sign: SupportsFloat | SupportsIndex, weights: Incomplete, forwards: Incomplete, variances: Incomplete, discount: SupportsFloat | SupportsIndex, strikes: Incomplete) -> Incomplete:
    """
    Present value, for each strike, of an option on a weighted average of one price.
    """

def basket_derivatives(sign: SupportsFloat | SupportsIndex, weights: Incomplete, forwards: Incomplete, deviations: Incomplete, correlations: Incomplete, strike: SupportsFloat | SupportsIndex, discount: SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Derivatives of an option on a weighted sum by each forward, then by each pair.
    """

def basket_value(sign: SupportsFloat | SupportsIndex, weights: Incomplete, forwards: Incomplete, deviations: Incomplete, correlations: Incomplete, strike: SupportsFloat | SupportsIndex, discount: SupportsFloat | SupportsIndex) -> float:
    """
    Present value of an option on a weighted sum of prices.
    """

def battery_foresight(store: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], charge_prices: Incomplete, discharge_prices: Incomplete, hours: Incomplete, is_shared: bool, initial_mwh: SupportsFloat | SupportsIndex, terminal_price: SupportsFloat | SupportsIndex) -> tuple[float, Incomplete, Incomplete, Incomplete]:
    """
    The best schedule at known prices: its value, energy charged and discharged at the meter and
    energy in the cells after each interval, in `MWh`.
    """

def battery_rolling_intrinsic(*, store: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], costs: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex], gate_ms: SupportsIndex, states: SupportsIndex, is_every_change: bool, products: tuple[SupportsIndex, SupportsIndex, SupportsIndex], times: tuple[Incomplete, Incomplete, Incomplete], is_buy: Incomplete, prices: Incomplete, lots: Incomplete) -> tuple[float, int, tuple[Incomplete, Incomplete, Incomplete, Incomplete], Incomplete]:
    """
    Lets a battery trade on `times` (at, valid until, delivery; in ms), `is_buy`, `prices` and `lots` of
    orders; `products` are the first delivery and the length of each in ms, and how many.
    """

def block_instrument(instrument: SupportsIndex, venue: SupportsIndex, place: str, day: str, hours: tuple[SupportsIndex, SupportsIndex], is_user_defined: bool, currency: str) -> Instrument:
    """
    The block of hours of a day.
    """

def check_quotes(path: str | PathLike[str]) -> tuple[int, int, Price, Volume, bool]:
    """
    How many quotes the file at `path` holds, after a check of every block, and its header:
    (quotes, instrument, tick, lot, whether made up).
    """

def credit_exposures(*, base: Incomplete, first: Incomplete, factor: Incomplete, loading: Incomplete, moves: Incomplete, dates: Incomplete, called: Incomplete, terms: tuple[SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex, SupportsFloat | SupportsIndex] | None, is_netted: bool, threads: SupportsIndex) -> Incomplete:
    """
    Exposure by date and path; see `wattbook.risk.credit`.
    """

def csv_table(data: bytes, asked: SupportsGetItem[int, tuple[str, str]]) -> tuple[Table, list[tuple[int, int, int, str]], int]:
    """
    The columns `asked` for of the table in `data`, as a table with the columns `line` and `offset` before
    them; the lines left out, and how many more of them there are.
    """

def dbn_gather(records: Incomplete, has_ts_out: bool, rtype: SupportsIndex, stride: SupportsIndex) -> Incomplete:
    """
    The records of `rtype` that are `stride` bytes long, one behind the other.
    """

def dbn_json(records: Incomplete, has_ts_out: bool) -> str:
    """
    The records as lines of JSON.
    """

def dbn_layout(rtype: SupportsIndex, size: SupportsIndex) -> tuple[str, list[tuple[str, str, int]]] | None:
    """
    Name and fields of records of `rtype` that are `size` bytes long without `ts_out`.
    """

def dbn_open(data: Incomplete, limit: SupportsIndex) -> tuple[Incomplete | None, Incomplete | None, int]:
    """
    Tells what `data` is and decompresses it, up to `limit` bytes.
    """

def dbn_runs(records: Incomplete, has_ts_out: bool, most: SupportsIndex) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, str]], int]:
    """
    Runs of records of one type and length, and the records that are none, of which up to `most` are
    told.
    """

def delivery_places() -> list[tuple[str, str, str, str]]:
    """
    Name, calendar, IANA zone and source of the rules of every place.
    """

def european_values(out: tuple[Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete], model_name: str, shift: SupportsFloat | SupportsIndex, sign: Incomplete | SupportsFloat | SupportsIndex, forward: Incomplete | SupportsFloat | SupportsIndex, strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, volatility: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex) -> None:
    """
    Writes price, delta, gamma, vega, theta and rho of European options into `out`.
    """

def european_volatilities(rows: SupportsIndex, model_name: str, shift: SupportsFloat | SupportsIndex, sign: Incomplete | SupportsFloat | SupportsIndex, price: Incomplete | SupportsFloat | SupportsIndex, forward: Incomplete | SupportsFloat | SupportsIndex, strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Volatilities that give `rows` European options their prices.
    """

def feed_capture_summary(path: str | PathLike[str]) -> tuple[str, int, int, int, int]:
    """
    What the capture in the folder `path` holds: format, entries, bytes, first and last time of
    reception, ns UTC.
    """

def filled(start: Incomplete, value: Incomplete, step: SupportsIndex, method: str, longest: SupportsIndex) -> tuple[Incomplete, Incomplete, Incomplete]:
    """
    One value for every delivery start from the first to the last in steps of `step` ns.
    """

def fix_book_columns(data: bytes) -> tuple[Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, list[tuple[int, str]]]:
    """
    Every entry of the snapshots and refreshes in `data`; i64's least value where there is none.
    """

def fix_columns(data: bytes) -> tuple[Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, Incomplete, list[tuple[int, int, str]], list[tuple[int, str]]]:
    """
    Every message and field in `data`.
    """

def fix_dictionary(version: str) -> tuple[list[tuple[int, str, str, list[tuple[str, str]]]], list[tuple[str, str, bool, int]], list[list[tuple[int, bool, int | None]]], int, int]:
    """
    What the standard says in one version.
    """

def fix_encode(begin_string: str, msg_type: str, fields: SupportsGetItem[int, tuple[SupportsIndex, bytes]]) -> bytes:
    """
    The frame of a message of `fields`, in their order.
    """

def fix_rejections(data: bytes, *, version: str | None, allows_user_defined: bool, allows_any_group_order: bool) -> list[tuple[int, int, int, str]]:
    """
    Messages in `data` that a dictionary refuses: number, tag, `SessionRejectReason`, its sentence.
    """

def fixed_descriptions() -> list[tuple[str, str]]:
    """
    The descriptions that come with the package, by name.
    """

def fuel_spread(long: Instrument, fuel: Instrument, instrument: SupportsIndex, fuel_per_unit: Volume | int | float | str | Decimal) -> Instrument:
    """
    A spread of a contract over its fuel.
    """

def gate_closure(venue: str, kind: str, from_area: str, to_area: str, delivery_start: SupportsIndex, delivery_end: SupportsIndex) -> tuple[int, str]:
    """
    When the gate for a delivery closes, in ns UTC, and where the rule is written.
    """

def goods_instrument(instrument: SupportsIndex, venue: SupportsIndex, symbol: str, location: str, good: str, form: ContractForm | str, delivery: tuple[int | datetime, int | datetime], currency: str) -> Instrument:
    """
    A contract on a good called `good`: `oil`, `coal`, `eua` or `guarantee of origin`.
    """

def iec62325_decode(data: bytes) -> tuple[str | None, Table, Table, Table, list[tuple[str, int, int, str]]]:
    """
    A document: its kind, its observations, outages and reasons, and what was set aside.
    """

def iec62325_fuels() -> list[tuple[str, str]]:
    """
    Code and word of each fuel.
    """

def input_tables(inputs: SupportsGetItem[int, Sequenced]) -> dict[str, Table]:
    """
    One table for each kind of record among `inputs`, by its name.
    """

def inputs_from_tables(tables: dict[str, Any]) -> list[Sequenced]:
    """
    The inputs in `tables`, by the name of their record, in the order of their sequence.
    """

def intraday_opening(venue: str, from_area: str, to_area: str, delivery_start: SupportsIndex, delivery_end: SupportsIndex) -> tuple[int, str]:
    """
    When continuous trading of a delivery between two areas opens, in ns UTC, and where the rule is
    written.
    """

def json_rows(data: bytes, path: str, fields: SupportsGetItem[int, tuple[str, str, str]]) -> tuple[Table, list[tuple[int, int, int, str]]]:
    """
    Rows of the JSON text `data` at `path`, as a table with the columns `place` and `offset` before the
    fields; and the rows left out. A field is its name, its path from the row and its kind.
    """

def known_location(name: str) -> Location:
    """
    The bidding zone or hub called `name`.
    """

def known_markets() -> list[tuple[str, MarketModel, str]]:
    """
    Name, market model and currency of every known market.
    """

def lear_fit(inputs: Incomplete, targets: Incomplete, plain_columns: SupportsIndex, penalty_name: str) -> tuple[Incomplete, Incomplete]:
    """
    A LEAR as numbers: by column of the inputs its median, width, tame mean and coefficients by target, and by target
    median, width and tame mean.
    """

def lear_forecast(inputs: Incomplete, targets: Incomplete, today: Incomplete, plain_columns: SupportsIndex, penalty_name: str) -> tuple[Incomplete, Incomplete]:
    """
    Forecasts of a day's prices and their penalties, fitted on the rows of `inputs` and `targets`.
    """

def local_periods(stamps: Incomplete, time_zone: str, at_end: bool, length: SupportsIndex, fold: str) -> tuple[Incomplete, Incomplete, Incomplete]:
    """
    Delivery periods in UTC of stamps on a local clock, ns since 1970-01-01T00:00 on that clock.
    """

def millionths(values: Incomplete) -> Incomplete:
    """
    Each value in 1e-6, rounded to the nearest, ties to even: int64.
    """

def nerc_holidays(year: SupportsIndex) -> list[str]:
    """
    The six NERC holidays of `year`, as ISO dates.
    """

def option_on_average(index: Instrument, instrument: SupportsIndex, right: OptionRight | str, strike: Price | int | float | str | Decimal, averaging: tuple[int | datetime, int | datetime]) -> Instrument:
    """
    An option on the average of an index.
    """

def option_on_future(future: Instrument, instrument: SupportsIndex, right: OptionRight | str, strike: Price | int | float | str | Decimal, expiry: int | datetime, style: ExerciseStyle | str) -> Instrument:
    """
    An option on a future.
    """

def place_spread(long: Instrument, short: Instrument, instrument: SupportsIndex) -> Instrument:
    """
    A spread of one delivery at two places.
    """

def price_limits(market: str, day: str) -> tuple[Price, Price, str] | None:
    """
    Lowest and highest price of `market` for delivery on an ISO day, and the source; `None` when no
    rule is known for it.
    """

def product_instrument(product: str, *, instrument: SupportsIndex, venue: SupportsIndex, form: ContractForm | str, currency: str) -> Instrument:
    """
    The contract on the delivery that `product` names.
    """

def product_intervals(product: DeliveryProduct, tenor: str) -> tuple[bytes, bytes, bytes, bytes]:
    """
    The intervals of `tenor` in which `product` delivers.
    """

def product_load_periods(product: DeliveryProduct) -> list[tuple[int, int]]:
    """
    The stretches in which `product` delivers, as start and end in ns UTC.
    """

def rainbow_derivatives(sign: SupportsFloat | SupportsIndex, is_on_greater: bool, forwards: SupportsLenAndGetItem[SupportsFloat | SupportsIndex], deviations: SupportsLenAndGetItem[SupportsFloat | SupportsIndex], correlation: SupportsFloat | SupportsIndex, strike: SupportsFloat | SupportsIndex, discount: SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Derivatives of an option on the lesser or the greater of two prices by each forward, then by each pair.
    """

def rainbow_value(sign: SupportsFloat | SupportsIndex, is_on_greater: bool, forwards: SupportsLenAndGetItem[SupportsFloat | SupportsIndex], deviations: SupportsLenAndGetItem[SupportsFloat | SupportsIndex], correlation: SupportsFloat | SupportsIndex, strike: SupportsFloat | SupportsIndex, discount: SupportsFloat | SupportsIndex) -> float:
    """
    Present value of an option on the lesser or the greater of two prices.
    """

def refusal_sentence(text: str) -> str:
    """
    What the text form of a refusal says to a person: the place, the value and the fix.
    """

def replay(journal: str | PathLike[str], *, desk_currency: str, keeps_events: bool = False, keeps_market: bool = False) -> tuple[int, str, list[tuple[int, int, int, int]], str | None, dict[str, Table]]:
    """
    Replays the journal in the folder `journal` into a new engine of a desk in `desk_currency`: number of
    the last input, state hash, P&L by strategy in units, what a torn tail says if there is one, and the
    tables of inputs and events if they are kept.
    """

def replay_quotes(path: str | PathLike[str], strategy: Any, *, owner: Owner, references: SupportsGetItem[int, Venue | Instrument | SetFxRate | SetLimits | SetOrderRate | SetThreshold | SetFees | Cascade | CloseDay | SetApproval | SetScopeLimit | RaiseLimit | SetSensitivities | SetClearing], desk_currency: str, latency_ns: SupportsIndex, journal: str | PathLike[str] | None) -> tuple[int, int, int, str]:
    """
    Shows every quote of the file at `path` to `strategy`, whose orders pass the gate and the journal,
    which is kept in a folder or in memory, and meet the quotes; returns (quotes, orders, fills, state hash).
    """

def replay_quotes_ema_cross(path: str | PathLike[str], *, fast: SupportsIndex, slow: SupportsIndex, volume: Volume | int | float | str | Decimal, owner: Owner, references: SupportsGetItem[int, Venue | Instrument | SetFxRate | SetLimits | SetOrderRate | SetThreshold | SetFees | Cascade | CloseDay | SetApproval | SetScopeLimit | RaiseLimit | SetSensitivities | SetClearing], desk_currency: str, latency_ns: SupportsIndex, journal: str | PathLike[str] | None) -> tuple[int, int, int, str]:
    """
    The same with the EMA cross in Rust.
    """

def revalued_pnl(forwards: Incomplete, are_absolute: SupportsGetItem[int, bool], moves: Incomplete, scenarios: SupportsIndex, factor: SupportsGetItem[int, SupportsIndex], are_normal: SupportsGetItem[int, bool], shift: Incomplete, quantity: Incomplete, sign: Incomplete, strike: Incomplete, time: Incomplete, volatility: Incomplete, rate: Incomplete, threads: SupportsIndex) -> Incomplete:
    """
    Profit or loss of holdings, revalued in full in each scenario.
    """

def shocked_pnl(quantities: Incomplete, shocks: Incomplete) -> Incomplete:
    """
    Profit or loss in each scenario: quantities times shocks (positions, scenarios).
    """

def spread_approximations(rows: SupportsIndex, method: str, with_slopes: bool, sign: Incomplete | SupportsFloat | SupportsIndex, forwards: tuple[Incomplete | SupportsFloat | SupportsIndex, Incomplete | SupportsFloat | SupportsIndex], strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, volatilities: tuple[Incomplete | SupportsFloat | SupportsIndex, Incomplete | SupportsFloat | SupportsIndex], correlation: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Prices of `rows` options on the difference of two prices and, if wanted, slopes: by both forwards, by the
    first twice, by both, by the second twice, by both volatilities, by the correlation, theta and rho.
    """

def spread_derivatives(rows: SupportsIndex, sign: Incomplete | SupportsFloat | SupportsIndex, forwards: tuple[Incomplete | SupportsFloat | SupportsIndex, Incomplete | SupportsFloat | SupportsIndex], strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, volatilities: tuple[Incomplete | SupportsFloat | SupportsIndex, Incomplete | SupportsFloat | SupportsIndex], correlation: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex) -> Incomplete:
    """
    First and second derivatives of `rows` spread options by their forwards: by the first, by the second, by
    the first twice, by both, by the second twice.
    """

def spread_prices(rows: SupportsIndex, sign: Incomplete | SupportsFloat | SupportsIndex, forwards: tuple[Incomplete | SupportsFloat | SupportsIndex, Incomplete | SupportsFloat | SupportsIndex], strike: Incomplete | SupportsFloat | SupportsIndex, time: Incomplete | SupportsFloat | SupportsIndex, volatilities: tuple[Incomplete | SupportsFloat | SupportsIndex, Incomplete | SupportsFloat | SupportsIndex], correlation: Incomplete | SupportsFloat | SupportsIndex, rate: Incomplete | SupportsFloat | SupportsIndex) -> Incomplete:
    """
    Present values of `rows` options on the difference of two prices.
    """

def swap_on_average(index: Instrument, instrument: SupportsIndex, averaging: tuple[int | datetime, int | datetime]) -> Instrument:
    """
    A swap of a fixed price against the average of an index.
    """

def sweep_fills(bid: Incomplete, ask: Incomplete, rule: str, parameters: SupportsGetItem[int, SupportsFloat | SupportsIndex], fee: SupportsFloat | SupportsIndex, probability: SupportsFloat | SupportsIndex, worse: SupportsFloat | SupportsIndex, seeds: SupportsGetItem[int, SupportsIndex], threads: SupportsIndex) -> Incomplete:
    """
    Results of one set by seed, with fills drawn.
    """

def sweep_quotes(bid: Incomplete, ask: Incomplete, rule: str, parameters: Incomplete, fee: SupportsFloat | SupportsIndex, parts: SupportsIndex, threads: SupportsIndex) -> tuple[Incomplete, Incomplete]:
    """
    Results by set: P&L, gross, trades, turnover, fees, drawdown, exposure; and P&L by set and part.
    """

def time_spread(long: Instrument, short: Instrument, instrument: SupportsIndex) -> Instrument:
    """
    A spread of two deliveries at one place.
    """

def unit_factor(from_unit: Unit | str, to_unit: Unit | str, calorific_value: CalorificValue | None = None) -> tuple[int, int]:
    """
    How many of one unit another is, as numerator and denominator.
    """

def venue_replay(text: str, secrets: tuple[str, str], seed: SupportsIndex, recording: SupportsGetItem[int, SupportsIndex]) -> dict[str, Table]:
    """
    What the session of the file `text` says to `recording`: tables of all events.
    """

def venue_tables() -> dict[str, Table]:
    """
    The tables of a session that has said nothing: their columns.
    """

def version() -> str:
    """
    Version of the compiled module, such as `0.1.0`.
    """

def within_day_instrument(instrument: SupportsIndex, venue: SupportsIndex, place: str, day: str, first: SupportsIndex, currency: str) -> Instrument:
    """
    The rest of a gas day from its hour `first` on.
    """

def write_quotes(path: str | PathLike[str], *, instrument: SupportsIndex, tick: Price | int | float | str | Decimal, lot: Volume | int | float | str | Decimal, is_synthetic: bool, ts: Incomplete, bid_price: Incomplete, ask_price: Incomplete, bid_volume: Incomplete, ask_volume: Incomplete) -> int:
    """
    Writes columns of quotes (int64: ns UTC and 1e-6) to `path`; returns how many.
    """

def xml_elements(data: bytes, bytes_max: SupportsIndex, values_max: SupportsIndex) -> tuple[list[tuple[int, int, str, list[tuple[str, str]], str]], tuple[int, str] | None]:
    """
    Every element of a document of at most `bytes_max` bytes and `values_max` elements and attributes, in
    order; or the byte and the reason at which it is refused.
    """

def xml_rows(data: bytes, row_paths: SupportsGetItem[int, str], field_paths: SupportsGetItem[int, tuple[str, str]], values_max: SupportsIndex) -> tuple[Table, tuple[int, str] | None]:
    """
    Rows of the elements at `row_paths`: their first byte, which path they follow, and the text at each of
    `field_paths`; behind them the byte and the reason at which the rest is refused, if it is.
    """

def zip_entries_max(archive: bytes) -> int:
    """
    How many entries the directory of `archive` may have.
    """

def zip_inflate(archive: bytes, start: SupportsIndex, packed_size: SupportsIndex, size: SupportsIndex, checksum: SupportsIndex) -> bytes:
    """
    The `size` bytes that the deflated member at `start` of `archive`, of `packed_size` bytes, holds;
    `checksum` is their CRC-32. Where the archive ends before the member, it is damaged.
    """

def zone_intervals(time_zone: str, first: str, after: str, minutes: SupportsIndex, day_start_minutes: SupportsIndex, by_position: bool) -> tuple[bytes, bytes, bytes, bytes]:
    """
    The intervals of `minutes` of the days of `time_zone` from `first` up to, not including,
    `after`; days start `day_start_minutes` after midnight.
    """
