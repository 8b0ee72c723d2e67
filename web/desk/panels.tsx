// Every panel of the desk, by the name that the address of a workspace holds.
import type { ComponentType, ReactNode } from "react";
import { AlertsView } from "./alerts";
import { AuctionsView } from "./auctions";
import { CurvesView } from "./curves";
import { DealsView } from "./deals";
import { Costs, Decisions, Parents, VenueCosts } from "./execution";
import { HeldParts } from "./held";
import { Ladder } from "./ladder";
import { Latencies } from "./latencies";
import { Chart, Periods, Trades } from "./market";
import { Boards, Contests, Forecasts, Scores, Signals } from "./models";
import { Audit, DataQuality, Jobs, Quarantine, RunFacts, Stream } from "./operations";
import { Fills, Orders, Refusals } from "./orders";
import type { Held } from "./panel";
import { Batteries, Deliveries, Plants, PnlChart, Positions, Strategies, Waterfall } from "./portfolio";
import { DataTimeline } from "./quality";
import { Breaches, Deltas, History, Limits, Parts, ScopeLimits, Stressed, Tail, useTails, WhatIf } from "./risk";
import { useDesk } from "./state";
import { Ticket } from "./ticket";
import type { Tails } from "./types";

interface Kind {
  title: string;
  show: ComponentType<Held>;
  /** Whether it can be held to an instrument. */
  isHeld?: boolean;
}

const tails = (Of: ComponentType<{ found: Tails | null }>) =>
  function WithTails(): ReactNode {
    return <Of found={useTails()} />;
  };

function TicketHere(): ReactNode {
  const { run } = useDesk();
  return run.takes_orders ? <Ticket /> : <p className="muted">This run takes no orders.</p>;
}

export const PANELS: Record<string, Kind> = {
  periods: { title: "Delivery periods", show: Periods },
  ladder: { title: "Depth", show: Ladder, isHeld: true },
  chart: { title: "Price", show: Chart, isHeld: true },
  trades: { title: "Trades", show: Trades, isHeld: true },
  ticket: { title: "Order", show: TicketHere },
  pnl: { title: "P&L by strategy", show: Strategies },
  waterfall: { title: "How the P&L is made up", show: Waterfall },
  "pnl-chart": { title: "P&L over time", show: PnlChart },
  positions: { title: "Positions", show: Positions },
  deliveries: { title: "P&L by delivery period", show: Deliveries },
  batteries: { title: "Batteries", show: Batteries },
  plants: { title: "Plants", show: Plants },
  orders: { title: "Orders and offers", show: Orders },
  fills: { title: "Fills", show: Fills },
  refusals: { title: "Refused orders", show: Refusals },
  parents: { title: "Algorithms", show: Parents },
  decisions: { title: "Routing decisions", show: Decisions },
  costs: { title: "Transaction costs", show: Costs },
  "venue-costs": { title: "Costs by venue", show: VenueCosts },
  tail: { title: "Risk", show: tails(Tail) },
  "tail-chart": { title: "Risk over time", show: tails(History) },
  parts: { title: "Value at risk by part", show: tails(Parts) },
  deltas: { title: "Delta", show: tails(Deltas) },
  limits: { title: "Use of limits", show: Limits },
  stress: { title: "Stress", show: Stressed },
  "what-if": { title: "One more trade", show: WhatIf },
  "scope-limits": { title: "Limits of scopes", show: tails(ScopeLimits) },
  breaches: { title: "Limits passed", show: tails(Breaches) },
  forecasts: { title: "Forecasts", show: Forecasts },
  signals: { title: "Signals", show: Signals },
  scores: { title: "Leaderboard", show: Scores },
  contests: { title: "Champion and challenger", show: Contests },
  boards: { title: "Published forecasts", show: Boards },
  auctions: { title: "Auctions", show: AuctionsView },
  deals: { title: "Deals", show: DealsView },
  curves: { title: "Forward curves", show: CurvesView },
  alerts: { title: "Alerts", show: AlertsView },
  data: { title: "Data quality", show: DataQuality },
  "data-timeline": { title: "Data quality over time", show: DataTimeline },
  held: { title: "Quarantine", show: HeldParts },
  jobs: { title: "Jobs", show: Jobs },
  latencies: { title: "Latencies", show: Latencies },
  quarantine: { title: "Set aside", show: Quarantine },
  audit: { title: "Audit trail", show: Audit },
  run: { title: "The run", show: RunFacts },
  link: { title: "The stream", show: Stream },
};
