// The order book at a chosen moment, as a ladder of bids and asks.
import { bothClocks, number } from "./format";
import type { Market, Snapshot } from "./data";

const LEVELS = 10;

function rows(snapshot: Snapshot): string {
  const bids = snapshot.bids.slice(0, LEVELS);
  const asks = snapshot.asks.slice(0, LEVELS);
  const top = Math.max(1e-9, ...bids.map((level) => level[1]), ...asks.map((level) => level[1]));
  const line = (side: "bid" | "ask", [price, volume]: [number, number]): string => {
    const bar = `<span class="bar ${side}" style="width:${((100 * volume) / top).toFixed(1)}%"></span>`;
    const shown = number(volume, 3);
    return side === "bid"
      ? `<tr><td class="depth">${shown}${bar}</td><td class="price">${number(price)}</td><td></td></tr>`
      : `<tr><td></td><td class="price">${number(price)}</td><td class="depth">${bar}${shown}</td></tr>`;
  };
  return [...[...asks].reverse().map((level) => line("ask", level)), ...bids.map((level) => line("bid", level))].join("");
}

/** Draws the ladder with a slider over the moments kept. */
export function book(host: HTMLElement, market: Market): void {
  const heading = document.createElement("h4");
  heading.textContent = `Order book at a chosen moment${market.synthetic ? ` · ${market.synthetic}` : ""}`;
  const when = document.createElement("p");
  when.className = "moment";
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = "0";
  slider.max = String(market.book.length - 1);
  slider.value = String(Math.floor(market.book.length / 2));
  slider.setAttribute("aria-label", "Moment of the order book");
  const table = document.createElement("table");
  table.className = "ladder";
  const draw = (): void => {
    const snapshot = market.book[Number(slider.value)];
    if (!snapshot) return;
    when.textContent = bothClocks(snapshot.t, market.zone);
    table.innerHTML =
      `<thead><tr><th>Bid volume, ${market.volumeUnit}</th><th>Price, ${market.priceUnit}</th>` +
      `<th>Ask volume, ${market.volumeUnit}</th></tr></thead><tbody>${rows(snapshot)}</tbody>`;
  };
  slider.addEventListener("input", draw);
  draw();
  host.replaceChildren(heading, when, slider, table);
}
