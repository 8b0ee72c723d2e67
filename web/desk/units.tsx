// Units of prices and volumes in tables of more than one market.
import { useMemo } from "react";
import { useDesk } from "./state";
import type { Column } from "./table";
import type { Instrument, Market } from "./types";

export interface Units {
  /** What a heading says of prices and of volumes: the unit that all markets of the run have, else nothing. */
  price: string;
  volume: string;
  /** Of a contract, where headings cannot say them. */
  of: (instrument: number) => string;
}

/** The unit of prices of a market by name. */
export function usePriceUnits(): (market: string) => string {
  const { run } = useDesk();
  return useMemo(() => {
    const units = new Map(run.markets.map((one) => [one.name, `${one.currency}/${one.price_unit}`]));
    return (market: string) => units.get(market) ?? "";
  }, [run]);
}

/** The units of prices and of volumes of one contract's market. */
export function useUnitsOf({ market }: Instrument): { price: string; volume: string } {
  const { run } = useDesk();
  const found = run.markets.find((one) => one.name === market);
  return { price: found ? `${found.currency}/${found.price_unit}` : "", volume: found?.volume_unit ?? "" };
}

const shared = (units: string[]): string => (new Set(units).size === 1 ? `, ${units[0]}` : "");

export function useUnits(): Units {
  const { run, byNumber } = useDesk();
  return useMemo(() => {
    const priceOf = (one: Market): string => `${one.currency}/${one.price_unit}`;
    const [price, volume] = [shared(run.markets.map(priceOf)), shared(run.markets.map((one) => one.volume_unit))];
    const own = (one: Market): string => [...(price ? [] : [priceOf(one)]), ...(volume ? [] : [one.volume_unit])].join(", ");
    const texts = new Map(run.markets.map((one) => [one.name, own(one)]));
    return { price, volume, of: (instrument: number) => texts.get(byNumber.get(instrument)?.market ?? "") ?? "" };
  }, [run, byNumber]);
}

/** A column of units, where markets differ in them. */
export function unitColumn<R>(units: Units, instrument: (row: R) => number): Column<R>[] {
  if (units.price && units.volume) return [];
  return [{ name: "units", value: (row) => units.of(instrument(row)), text: true }];
}
