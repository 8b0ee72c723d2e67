// The desk: loads what does not change, opens the stream, shows the view that the address names.
import { Component, lazy, Suspense, useCallback, useEffect, useMemo, useState, type ComponentType, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { AlertsView } from "./alerts";
import { all, get } from "./api";
import { AuctionsView } from "./auctions";
import { CurvesView } from "./curves";
import { DealsView } from "./deals";
import { ExecutionView } from "./execution";
import type { ClockChoice } from "./format";
import { Header, useReplay } from "./header";
import { MarketView } from "./market";
import { ModelsView } from "./models";
import { OperationsView } from "./operations";
import { OrdersView } from "./orders";
import { Palette } from "./palette";
import { PortfolioView } from "./portfolio";
import { RiskView } from "./risk";
import { DeskContext, fromHash, toHash, useDesk, VIEWS, type Desk, type Draft, type Theme, type View } from "./state";
import { Store } from "./store";
import type { Instrument, Run } from "./types";

// Docking is as large as all the rest, so it comes when it is asked for.
const WorkspaceView = lazy(() => import("./workspace"));

const PAGES: Record<View, ComponentType> = {
  market: MarketView,
  portfolio: PortfolioView,
  orders: OrdersView,
  risk: RiskView,
  alerts: AlertsView,
  operations: OperationsView,
  models: ModelsView,
  auctions: AuctionsView,
  deals: DealsView,
  workspace: WorkspaceView,
  execution: ExecutionView,
  curves: CurvesView,
};

function kept(name: string, allowed: readonly string[], otherwise: string): string {
  const found = localStorage.getItem(`wattbook.${name}`);
  return found !== null && allowed.includes(found) ? found : otherwise;
}

const SYSTEM = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

function App({ store, run, instruments }: { store: Store; run: Run; instruments: Instrument[] }): ReactNode {
  const read = useCallback(
    () => fromHash(location.hash, instruments, run.markets),
    [instruments, run],
  );
  const [choice, setChoice] = useState(read);
  const [clock, setClock] = useState(() => kept("clock", ["market", "UTC", "local"], "market") as ClockChoice);
  const [theme, setTheme] = useState(() => kept("theme", ["dark", "light"], SYSTEM) as Theme);
  const [said, say] = useState("");
  const [draft, setDraft] = useState<Draft | null>(null);
  const [isArmed, arm] = useState(false);
  // Before the children draw with its colours.
  document.documentElement.dataset["theme"] = theme;
  useEffect(() => {
    localStorage.setItem("wattbook.theme", theme);
    localStorage.setItem("wattbook.clock", clock);
  }, [theme, clock]);
  useEffect(() => {
    const follow = (): void => setChoice(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [read]);
  const choose = useCallback<Desk["choose"]>(
    (part) => {
      const now = fromHash(location.hash, instruments, run.markets);
      // What a view keeps for itself means nothing to another.
      const detail = part.view === undefined || part.view === now.view ? now.detail : "";
      const hash = toHash({ ...now, detail, ...part });
      const isDetail = Object.keys(part).every((name) => name === "detail");
      // What is dragged changes many times: it is one step of the browser's way back.
      if (isDetail) {
        history.replaceState(null, "", hash);
        setChoice(read());
      } else location.hash = hash;
    },
    [instruments, run, read],
  );
  const byNumber = useMemo(
    () => new Map(instruments.map((one) => [one.instrument, one])),
    [instruments],
  );
  const desk = useMemo<Desk>(
    () => ({ store, run, instruments, byNumber, choice, choose, clock, setClock, theme, setTheme, draft, setDraft, isArmed, arm, say }),
    [store, run, instruments, byNumber, choice, choose, clock, theme, draft, isArmed],
  );
  return (
    <DeskContext value={desk}>
      <Frame />
      <p className="said" role="status">{said}</p>
    </DeskContext>
  );
}

function Frame(): ReactNode {
  const { choice, choose, store } = useDesk();
  const [isOpen, setOpen] = useState(false);
  const replay = useReplay();
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen((was) => !was);
        return;
      }
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.altKey || event.metaKey || target.matches("input, select, textarea")) return;
      const view = /^\d$/.test(event.key) ? VIEWS[(Number(event.key) + 9) % 10] : undefined;
      if (view) choose({ view });
      else if (event.key === " " && !target.matches("button")) {
        event.preventDefault();
        void replay({ is_playing: !store.clock?.is_playing });
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });
  const Page = PAGES[choice.view];
  return (
    <>
      <Header onPalette={() => setOpen(true)} />
      {isOpen && <Palette onClose={() => setOpen(false)} />}
      <main>
        <Suspense fallback={<p className="muted">Loading…</p>}>
          <Page />
        </Suspense>
      </main>
    </>
  );
}

/** What went wrong, in place of an empty page. */
class Faults extends Component<{ children: ReactNode }, { fault: Error | null }> {
  override state: { fault: Error | null } = { fault: null };

  static getDerivedStateFromError(fault: Error): { fault: Error } {
    return { fault };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    return fault ? <p role="alert">The desk cannot be shown: {fault.message}. Load the page again.</p> : this.props.children;
  }
}

async function start(): Promise<void> {
  const host = document.getElementById("desk");
  if (!host) throw new Error("the page has no place for the desk");
  const root = createRoot(host);
  try {
    const store = new Store();
    store.start();
    // The first picture is a whole one, which does not jump; a silent stream keeps nobody out for long.
    const [run, instruments] = await Promise.all([
      get<Run>("/v1/run"),
      all<Instrument>("/v1/instruments"),
      store.begun(1_000),
    ]);
    document.title = `${run.title} · Wattbook`;
    // For tests and for whoever opens the console: what the page knows, read only.
    Object.assign(window, { wattbook: { store } });
    root.render(<Faults><App store={store} run={run} instruments={instruments} /></Faults>);
  } catch (fault) {
    root.render(<p role="alert">The desk cannot be opened: {(fault as Error).message}.</p>);
  }
}

void start();
