// What the Python side embeds in the page. Times are seconds UTC, prices plain numbers for drawing;
// the exact decimals stand in the Parquet files beside the report.

export type Values = (number | null)[];

export interface Line {
  name: string;
  values: Values;
}

export interface Fill {
  t: number;
  price: number;
  side: "buy" | "sell";
  volume: number;
  strategy: string;
}

export interface Snapshot {
  t: number;
  bids: [price: number, volume: number][];
  asks: [price: number, volume: number][];
}

export interface Market {
  id: string;
  name: string;
  zone: string;
  priceUnit: string;
  volumeUnit: string;
  currency: string;
  /** Shown wherever prices of a book that was made up appear; empty for real ones. */
  synthetic: string;
  t: number[];
  prices: Line[];
  positions: Line[];
  charges: Line[];
  pnl: Line[];
  total: Values;
  drawdown: Values;
  fills: Fill[];
  book: Snapshot[];
}

export interface Report {
  currency: string;
  markets: Market[];
}

export function embedded(): Report {
  const text = document.getElementById("data")?.textContent;
  if (!text) throw new Error("the page holds no data; write the report again");
  return JSON.parse(text) as Report;
}
