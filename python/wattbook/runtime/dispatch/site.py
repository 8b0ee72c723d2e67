"""The battery of a simulated day behind a real socket: its clock is the day's."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from wattbook.assets.dispatch import Device, SimulatedBattery
from wattbook.errors import DeskError
from wattbook.runtime.address import port_of
from wattbook.runtime.desk.spec import DispatchSpec

__all__ = ["Site"]


class Site:
    """A simulated battery and the device that the loop sees of it.

    Parameters
    ----------
    spec : DispatchSpec
        Which protocol carries it.
    battery : SimulatedBattery
        What runs.
    name : str
        Of the strategy: its topics are below it.

    Raises
    ------
    InputError
        If a library of the protocol is missing.
    DeviceError
        If a broker is not reached.
    """

    def __init__(self, spec: DispatchSpec, battery: SimulatedBattery, name: str) -> None:
        self.battery = battery
        self._stack = ExitStack()
        try:
            self.device: Device = self._open(spec, name)
        except BaseException:
            self._stack.close()
            raise

    def close(self) -> None:
        """End its connections."""
        self._stack.close()

    def _open(self, spec: DispatchSpec, name: str) -> Device:
        if spec.protocol == "direct":
            return self.battery
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        path = folder / "map.toml"
        if spec.protocol == "modbus":
            return self._modbus(path)
        return self._mqtt(path, spec, name)

    def _modbus(self, path: Path) -> Device:
        from wattbook.assets.dispatch.modbus import ModbusDevice, ModbusServer  # noqa: PLC0415
        from wattbook.assets.dispatch.registers import (  # noqa: PLC0415 - an extra
            example_map,
            load_registers,
        )

        path.write_text(example_map(0), encoding="utf-8")
        registers = replace(load_registers(path), timeout_seconds=ANSWER_SECONDS)
        server = self._stack.enter_context(ModbusServer(self.battery, registers))
        device = ModbusDevice(replace(registers, port=server.port))
        self._stack.callback(device.close)
        return device

    def _mqtt(self, path: Path, spec: DispatchSpec, name: str) -> Device:
        from wattbook.assets.dispatch.mqtt import MqttDevice, MqttServer  # noqa: PLC0415
        from wattbook.assets.dispatch.topics import (  # noqa: PLC0415 - an extra
            example_topics,
            load_topics,
        )

        host, _, text = spec.broker.rpartition(":")
        port = port_of(text)
        if not host or not port:
            message = (
                f"strategy {name!r}: MQTT needs a broker and {spec.broker!r} is none; write broker "
                '= "127.0.0.1:1883"'
            )
            raise DeskError(message)
        base = "".join(letter if letter.isalnum() else "-" for letter in name)
        path.write_text(example_topics(port, f"wattbook/{base}/{id(self):x}"), encoding="utf-8")
        topics = replace(load_topics(path), host=host, timeout_seconds=ANSWER_SECONDS)
        self._stack.enter_context(MqttServer(self.battery, topics))
        device = MqttDevice(topics)
        self._stack.callback(device.close)
        return device


ANSWER_SECONDS = 10.0
"""A simulated day waits for its device: on a busy machine it must not take haste for a fault."""
