// The blotter: orders, fills, refusals.
import { useMemo, type ReactNode } from "react";
import { fixed, iso, moment, words } from "./format";
import { side } from "./market";
import { useDesk, useTopic, useZone, useZones } from "./state";
import { Table, type Column } from "./table";
import { unitColumn, useUnits } from "./units";
import type { Fill, Order, Refusal } from "./types";

export function OrdersView(): ReactNode {
  return (
    <div className="view orders-view">
      <Orders />
      <Fills />
      <Refusals />
    </div>
  );
}

interface Contracts {
  symbol: (number: number) => string;
  zone: (number: number) => string;
  price: (number: number, value: number | null) => string;
  volume: (number: number, value: number) => string;
}

function useContract(): Contracts {
  const { byNumber } = useDesk();
  const zones = useZones();
  return useMemo(
    () => ({
      symbol: (instrument: number) => byNumber.get(instrument)?.symbol ?? `#${instrument}`,
      zone: (instrument: number) => zones(byNumber.get(instrument)?.market ?? ""),
      price: (instrument: number, value: number | null) => fixed(value, byNumber.get(instrument)?.tick ?? 0.01),
      volume: (instrument: number, value: number) => fixed(value, byNumber.get(instrument)?.lot ?? 0.1),
    }),
    [byNumber, zones],
  );
}

export function Orders(): ReactNode {
  const store = useTopic("orders");
  const { symbol, zone, price, volume } = useContract();
  const units = useUnits();
  const version = store.version("orders");
  const rows = useMemo(() => [...store.orders.values()].reverse(), [store, version]);
  const columns = useMemo<Column<Order>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts_event, zone(row.instrument)), show: (row) => moment(row.ts_event, zone(row.instrument)), text: true },
      { name: "contract", value: (row) => symbol(row.instrument), text: true },
      { name: "strategy", value: (row) => row.strategy, text: true },
      { name: "side", value: (row) => row.side, show: (row) => side(row.side), text: true },
      { name: "type", value: (row) => `${row.kind === "offer" ? "offer" : words(row.order_type)}`, text: true },
      { name: `price${units.price}`, value: (row) => row.price, show: (row) => price(row.instrument, row.price) },
      { name: `volume${units.volume}`, value: (row) => row.volume, show: (row) => volume(row.instrument, row.volume) },
      { name: "filled", value: (row) => row.filled, show: (row) => volume(row.instrument, row.filled) },
      { name: "open", value: (row) => row.open, show: (row) => volume(row.instrument, row.open) },
      ...unitColumn<Order>(units, (row) => row.instrument),
      { name: "state", value: (row) => words(row.state), text: true },
      { name: "reason", value: (row) => words(row.reason), text: true },
    ],
    [symbol, zone, price, volume, units],
  );
  return (
    <Table
      id="orders" title="Orders and offers" rows={rows} columns={columns} row={(row) => row.order_id}
      empty="No order yet." event={rows[0]?.ts_event ?? null} received={rows[0]?.ts_recv ?? null}
    />
  );
}

export function Fills(): ReactNode {
  const store = useTopic("fills");
  const { symbol, zone, price, volume } = useContract();
  const units = useUnits();
  const version = store.version("fills");
  const rows = useMemo(() => [...store.fills.values()].reverse(), [store, version]);
  const columns = useMemo<Column<Fill>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts_event, zone(row.instrument)), show: (row) => moment(row.ts_event, zone(row.instrument)), text: true },
      { name: "contract", value: (row) => symbol(row.instrument), text: true },
      { name: "strategy", value: (row) => row.strategy, text: true },
      { name: "side", value: (row) => row.side, show: (row) => side(row.side), text: true },
      { name: `price${units.price}`, value: (row) => row.price, show: (row) => price(row.instrument, row.price) },
      { name: `volume${units.volume}`, value: (row) => row.volume, show: (row) => volume(row.instrument, row.volume) },
      { name: "arrival", value: (row) => row.arrival_price, show: (row) => price(row.instrument, row.arrival_price) },
      ...unitColumn<Fill>(units, (row) => row.instrument),
    ],
    [symbol, zone, price, volume, units],
  );
  return (
    <Table
      id="fills" title="Fills" rows={rows} columns={columns} row={(row) => row.fill}
      empty="No fill yet." event={rows[0]?.ts_event ?? null} received={rows[0]?.ts_recv ?? null}
    />
  );
}

export function Refusals(): ReactNode {
  const store = useTopic("refusals");
  const zone = useZone();
  const version = store.version("refusals");
  const rows = useMemo(() => [...store.refusals.values()].reverse(), [store, version]);
  const columns = useMemo<Column<Refusal>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts_event, zone), show: (row) => moment(row.ts_event, zone), text: true },
      { name: "reason", value: (row) => words(row.reason), text: true },
      { name: "what the gate said", value: (row) => row.text, text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="refusals" title="Refused orders" rows={rows} columns={columns} row={(row) => row.refusal}
      empty="The gate refused nothing." event={rows[0]?.ts_event ?? null} received={rows[0]?.ts_recv ?? null}
    />
  );
}
