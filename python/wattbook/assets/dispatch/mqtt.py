"""A device over MQTT, and a simulated one that answers there; paho-mqtt speaks the protocol."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from wattbook.assets.dispatch.device import READINGS, Telemetry
from wattbook.assets.dispatch.modbus import missing
from wattbook.assets.dispatch.topics import Topic, TopicMap
from wattbook.errors import DeviceError, InputError

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

    from wattbook.assets.dispatch.simulator import SimulatedBattery

__all__ = ["MqttDevice", "MqttServer"]

ONCE = 1
"""Quality of service: a command arrives at least once, and setting it twice changes nothing."""
TOLERANCE_MW = 1e-6
PATIENCE_SECONDS = 30.0


def client_of(topics: TopicMap) -> Client:
    """Return an unconnected client with the map's credentials.

    Raises
    ------
    InputError
        If paho-mqtt is not installed, or a variable is not set.
    """
    try:
        from paho.mqtt.client import Client  # noqa: PLC0415 - an extra
        from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
    except ImportError as fault:
        raise InputError(missing("paho-mqtt")) from fault
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_socket_open = send_at_once
    if topics.user_variable:
        pair = [os.environ.get(name) for name in (topics.user_variable, topics.password_variable)]
        if pair[0] is None or (topics.password_variable and pair[1] is None):
            names = f"{topics.user_variable} and {topics.password_variable}"
            raise InputError(f"set {names} to what the broker asks for")
        client.username_pw_set(pair[0], pair[1])
    if topics.tls:
        client.tls_set()
    return client


def send_at_once(_client: Client, _data: object, opened: object) -> None:
    """Let small messages leave without waiting for each other: a command is small and urgent."""
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def join(topics: TopicMap, client: Client, wanted: list[str]) -> None:
    """Connect a client and subscribe; it does both again by itself after a fault.

    Raises
    ------
    DeviceError
        If the broker is not reached or lets nobody in.
    """
    where = f"MQTT {topics.host}:{topics.port}"
    ready = threading.Event()
    refusal: list[str] = []

    def on_connect(_client: Client, _data: object, _flags: object, code: Any, _p: object) -> None:  # noqa: ANN401 - paho's own type
        if code.is_failure:
            refusal.append(str(code))
            ready.set()
            return
        client.subscribe([(topic, ONCE) for topic in wanted])

    def on_subscribe(*_: object) -> None:
        ready.set()

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    try:
        client.connect(topics.host, topics.port, keepalive=10)
    except OSError as fault:
        raise DeviceError(f"{where} is not reached ({fault}); check address and port") from fault
    client.loop_start()
    if not ready.wait(max(topics.timeout_seconds, 1.0) * 10) or refusal:
        client.loop_stop()
        raise DeviceError(f"{where} lets nobody in ({', '.join(refusal) or 'no answer'})")


class MqttDevice:
    """A battery behind an MQTT broker; connects when it is first used.

    Parameters
    ----------
    topics : TopicMap
        Where the broker is and what is published where.

    Raises
    ------
    InputError
        If paho-mqtt is not installed or a credential is not set.
    """

    def __init__(self, topics: TopicMap) -> None:
        self.topics = topics
        self._client = client_of(topics)
        self._client.on_message = self._take
        self._is_joined = False
        self._news = threading.Condition()
        self._values: dict[str, float] = {}
        self._counts: dict[str, int] = dict.fromkeys(topics.readings, 0)
        self._faults: list[str] = []
        self._answer = ""
        self._asked = 0

    @property
    def name(self) -> str:
        """Where it is, for texts."""
        return f"MQTT {self.topics.host}:{self.topics.port}"

    def read(self) -> Telemetry:
        """Return what it published last; where the map has a topic to ask on, what it says now."""
        self._join()
        if self.topics.ask_topic:
            self._ask()
        with self._news:
            faults, self._faults = self._faults, []
            values = dict(self._values)
        if faults:
            raise DeviceError(f"{self.name}: {faults[0]}")
        absent = [self.topics.readings[name].topic for name in READINGS if name not in values]
        if absent:
            raise DeviceError(f"{self.name} has published nothing on {absent[0]!r} yet")
        return Telemetry(**{**values, "sample": int(values["sample"])})  # type: ignore[arg-type]

    def write(self, power_mw: float) -> float:
        """Publish the setpoint, wait until the device says that it follows it, and return it."""
        self._join()
        with self._news:
            before = self._counts["setpoint"]
        command = self.topics.commands["setpoint"]
        self._publish(command.topic, command.encode(power_mw))

        def follows() -> bool:
            found = self._values.get("setpoint")
            is_new = self._counts["setpoint"] > before
            return is_new and found is not None and abs(found - power_mw) < TOLERANCE_MW

        try:
            if self.topics.ask_topic:
                # What was sent before is dealt with before: the answer tells at once.
                self._ask()
                is_followed = follows()
            else:
                is_followed = self._wait(follows)
        except DeviceError:
            is_followed = False
        if not is_followed:
            found = self._values.get("setpoint")
            says = "nothing" if found is None else f"{found:g} MW"
            message = (
                f"{self.name}, topic {command.topic!r}: wrote {power_mw:g} MW, the device says it "
                f"follows {says}; look whether it limits it or the map's scale is wrong"
            )
            raise DeviceError(message)
        return power_mw

    def beat(self, count: int) -> None:
        """Publish the heartbeat."""
        self._join()
        command = self.topics.commands["heartbeat"]
        self._publish(command.topic, command.encode(float(count)))

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()
        self._is_joined = False

    def _join(self) -> None:
        if not self._is_joined:
            topics = {one.topic for one in self.topics.readings.values()}
            if self.topics.answer_topic:
                topics.add(self.topics.answer_topic)
            join(self.topics, self._client, sorted(topics))
            self._is_joined = True

    def _publish(self, topic: str, payload: str) -> None:
        if not self._client.is_connected():
            raise DeviceError(f"{self.name} has gone; it is tried again")
        self._client.publish(topic, payload, qos=ONCE)

    def _ask(self) -> None:
        """Ask for new readings and wait until they are there.

        Raises
        ------
        DeviceError
            If they do not come in time.
        """
        self._asked += 1
        asked = str(self._asked)
        self._publish(self.topics.ask_topic, asked)
        if not self._wait(lambda: self._answer == asked):
            raise DeviceError(
                f"{self.name} does not answer on {self.topics.answer_topic!r} within "
                f"{self.topics.timeout_seconds:g} s"
            )

    def _wait(self, is_true: Callable[[], bool]) -> bool:
        with self._news:
            return self._news.wait_for(is_true, self.topics.timeout_seconds)

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._news:
            if message.topic == self.topics.answer_topic:
                self._answer = message.payload.decode("utf-8", "replace")
            for name, one in self.topics.readings.items():
                if one.topic == message.topic:
                    try:
                        self._values[name] = one.decode(bytes(message.payload))
                        self._counts[name] += 1
                    except DeviceError as fault:
                        self._faults.append(str(fault))
            self._news.notify_all()


class MqttServer:
    """Answers for a simulated battery at a broker as long as the block lasts.

    Parameters
    ----------
    battery : SimulatedBattery
        What is read and set.
    topics : TopicMap
        The broker and what is published where.
    """

    def __init__(self, battery: SimulatedBattery, topics: TopicMap) -> None:
        self.battery = battery
        self.topics = topics
        self._client = client_of(topics)
        self._client.on_message = self._take
        # A publish waits for nobody, but two at once would mix their order.
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Connect.

        Raises
        ------
        DeviceError
            If the broker is not reached.
        """
        topics = {one.topic for one in self.topics.commands.values()}
        if self.topics.ask_topic:
            topics.add(self.topics.ask_topic)
        join(self.topics, self._client, sorted(topics))
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self) -> None:
        """Publish everything that it measures now; nothing while it does not answer."""
        try:
            found = self.battery.read()
        except DeviceError:
            return
        with self._lock:
            by_topic: dict[str, list[Topic]] = {}
            for one in self.topics.readings.values():
                by_topic.setdefault(one.topic, []).append(one)
            for topic, held in by_topic.items():
                self._client.publish(topic, payload(held, found), qos=ONCE)

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            if message.topic == self.topics.ask_topic:
                self.battery.read()
                self.publish()
                self._client.publish(self.topics.answer_topic, message.payload, qos=ONCE)
                return
            for name, one in self.topics.commands.items():
                if one.topic == message.topic and name == "setpoint":
                    self.battery.take(one.decode(bytes(message.payload)))
                    self.publish()
                elif one.topic == message.topic:
                    self.battery.beat(int(one.decode(bytes(message.payload))))
        except DeviceError:
            # Refused: a device of this kind says nothing, and whoever asked sees no answer.
            return


def payload(held: list[Topic], found: Telemetry) -> str:
    """Return what a topic carries of a reading."""
    if not held[0].field:
        return held[0].encode(getattr(found, held[0].name))
    made: dict[str, float] = {}
    for one in held:
        made |= json.loads(one.encode(getattr(found, one.name)))
    return json.dumps(made)
