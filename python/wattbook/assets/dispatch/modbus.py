"""A device over Modbus/TCP, and a simulated one that answers there, both by pymodbus."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Self, cast

from wattbook.assets.dispatch.device import Telemetry
from wattbook.assets.dispatch.registers import Register, RegisterMap
from wattbook.errors import DeviceError, InputError

if TYPE_CHECKING:
    from pymodbus.constants import ExcCodes
    from pymodbus.pdu import ModbusPDU

    from wattbook.assets.dispatch.simulator import SimulatedBattery

__all__ = ["ModbusDevice", "ModbusServer"]

PATIENCE_SECONDS = 30.0
"""For a server of our own to open on a loaded machine."""


class ModbusDevice:
    """A battery behind Modbus/TCP; connects when it is first used, and again after a fault.

    Parameters
    ----------
    registers : RegisterMap
        Where it is and what stands where.

    Raises
    ------
    InputError
        If pymodbus is not installed.
    """

    def __init__(self, registers: RegisterMap) -> None:
        self.registers = registers
        try:
            from pymodbus.client import ModbusTcpClient  # noqa: PLC0415 - an extra
        except ImportError as fault:
            raise InputError(missing("pymodbus")) from fault
        self._client = ModbusTcpClient(
            registers.host,
            port=registers.port,
            timeout=registers.timeout_seconds,
            # A lost answer is told at once: the next step asks again.
            retries=0,
        )

    @property
    def name(self) -> str:
        """Where it is, for texts."""
        return f"Modbus {self.registers.host}:{self.registers.port}"

    def read(self) -> Telemetry:
        """Return what its registers say."""
        values: dict[str, float] = {}
        unit = self.registers.device_id
        for table, first, count, held in self.registers.blocks():
            ask = (
                self._client.read_input_registers
                if table == "input"
                else self._client.read_holding_registers
            )
            answer = self._ask(
                f"registers {first} to {first + count - 1}",
                partial(ask, first, count=count, device_id=unit),
            )
            if len(answer.registers) != count:
                raise DeviceError(
                    f"{self.name} answers {len(answer.registers)} of {count} registers"
                )
            for one in held:
                place = one.address - first
                values[one.name] = one.decode(answer.registers[place : place + one.count])
        return Telemetry(**{**values, "sample": int(values["sample"])})  # type: ignore[arg-type]

    def write(self, power_mw: float) -> float:
        """Write the setpoint, read it back and return it."""
        register = self.registers.commands["setpoint"]
        self._write(register, power_mw)
        unit = self.registers.device_id
        answer = self._ask(
            f"register {register.address}",
            partial(
                self._client.read_holding_registers,
                register.address,
                count=register.count,
                device_id=unit,
            ),
        )
        found = register.decode(answer.registers)
        if abs(found - power_mw) > register.tolerance:
            message = (
                f"{self.name}, register {register.address}: wrote {power_mw:g} MW, reads back "
                f"{found:g} MW; look whether the device limits it or the map's scale is wrong"
            )
            raise DeviceError(message)
        return power_mw

    def beat(self, count: int) -> None:
        """Write the heartbeat."""
        self._write(self.registers.commands["heartbeat"], float(count))

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _write(self, register: Register, value: float) -> None:
        words = register.encode(value)
        unit = self.registers.device_id
        self._ask(
            f"a write of {value:g} to register {register.address} ({register.name})",
            partial(self._client.write_registers, register.address, words, device_id=unit),
        )

    def _ask(self, what: str, ask: Callable[[], ModbusPDU]) -> ModbusPDU:
        """Return the answer to a request.

        Raises
        ------
        DeviceError
            If there is none, or it is an exception of the device.
        """
        from pymodbus.exceptions import ModbusException  # noqa: PLC0415 - an extra

        try:
            if not self._client.connected and not self._client.connect():
                raise DeviceError(f"{self.name} is not reached; check address, port and power")
            answer = ask()
        except (ModbusException, OSError) as fault:
            self._client.close()
            raise DeviceError(f"{self.name} does not answer for {what} ({fault})") from fault
        if answer.isError():
            raise DeviceError(f"{self.name} refuses {what}: {answer}")
        return answer


def missing(package: str) -> str:
    """Return what to do about a library that is not there."""
    return f"{package} is not installed; install wattbook[dispatch]"


class ModbusServer:
    """Answers for a simulated battery at 127.0.0.1 as long as the block lasts.

    Parameters
    ----------
    battery : SimulatedBattery
        What is read and set.
    registers : RegisterMap
        What stands where; addresses of the two tables must not overlap.
    port : int, optional
        A free one if 0.
    """

    def __init__(self, battery: SimulatedBattery, registers: RegisterMap, port: int = 0) -> None:
        self.battery = battery
        self.registers = registers
        self.port = port
        self._started = threading.Event()
        self._fault: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="modbus server", daemon=True)

    def __enter__(self) -> Self:
        """Open it.

        Raises
        ------
        InputError
            If pymodbus is missing or the port is taken.
        """
        self._thread.start()
        if not self._started.wait(PATIENCE_SECONDS) or self._fault is not None:
            message = f"no Modbus server at 127.0.0.1:{self.port} ({self._fault}); give a free port"
            raise InputError(message)
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (ImportError, OSError, RuntimeError, TypeError) as fault:
            self._fault = fault
        finally:
            self._started.set()

    async def _serve(self) -> None:
        from pymodbus.server import ModbusTcpServer  # noqa: PLC0415 - an extra
        from pymodbus.simulator import DataType, SimData, SimDevice  # noqa: PLC0415

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        spans = sorted(
            {
                (one.address, one.count)
                for one in (*self.registers.readings.values(), *self.registers.commands.values())
            }
        )
        data = [SimData(first, count=n, datatype=DataType.REGISTERS) for first, n in spans]
        device = SimDevice(id=self.registers.device_id, simdata=data, action=self._act)
        server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await server.serve_forever(background=True)
        # pymodbus keeps the listening server where a connection has its transport.
        self.port = cast("asyncio.Server", server.transport).sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        await server.shutdown()

    async def _act(
        self,
        _function: int,
        start: int,
        address: int,
        count: int,
        held: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Fill the registers before they are read; pass on what is written."""
        from pymodbus.constants import ExcCodes  # noqa: PLC0415 - an extra

        try:
            if written:
                self._take(address, [int(word) for word in written])
            else:
                self._fill(start, address, count, held)
        except DeviceError:
            return ExcCodes.DEVICE_FAILURE
        return None

    def _take(self, address: int, words: list[int]) -> None:
        for name, register in self.registers.commands.items():
            if register.address == address and register.count == len(words):
                value = register.decode(words)
                if name == "setpoint":
                    self.battery.take(value)
                else:
                    self.battery.beat(int(value))

    def _fill(self, start: int, address: int, count: int, held: list[int]) -> None:
        found = self.battery.read()
        for name, register in self.registers.readings.items():
            if address <= register.address < address + count:
                first = register.address - start
                held[first : first + register.count] = register.encode(getattr(found, name))
