"""Runs a battery from its position: setpoints within limits, telemetry back, a new plan if need be.

A `Device` is read and set by Modbus/TCP or MQTT, from maps that are data; `SimulatedBattery` is one
that is not there. `Dispatcher` runs a device. The adapters need ``wattbook[dispatch]``.
"""

from wattbook.assets.dispatch.alarm import Alarm
from wattbook.assets.dispatch.device import Device, Telemetry
from wattbook.assets.dispatch.dispatcher import Delivery, Dispatcher, Memory, Step
from wattbook.assets.dispatch.limits import Setpoint, SetpointLimits, safe_setpoint
from wattbook.assets.dispatch.simulator import Fault, SimulatedBattery

__all__ = [
    "Alarm",
    "Delivery",
    "Device",
    "Dispatcher",
    "Fault",
    "Memory",
    "Setpoint",
    "SetpointLimits",
    "SimulatedBattery",
    "Step",
    "Telemetry",
    "safe_setpoint",
]
