// The head of the page: views, which instant is shown, which clock, which colours.
import { useState, type ReactNode } from "react";
import { AlertCount } from "./alerts";
import { request } from "./api";
import { day, offset, second, type ClockChoice } from "./format";
import { Kill } from "./kill";
import { StaleBadge } from "./panel";
import { amount } from "./portfolio";
import { useDesk, useTopic, useZone, VIEWS } from "./state";
import type { Clock } from "./types";

export const SPEEDS = [1, 10, 60, 300, 1_800, 7_200];

/** Changes which instant is shown; a refusal is told at the foot of the page. */
export function useReplay(): (change: object) => Promise<void> {
  const { say } = useDesk();
  return async (change) => {
    try {
      await request<Clock>("PATCH", "/v1/replay", change);
    } catch (fault) {
      say((fault as Error).message);
    }
  };
}

export function Header({ onPalette }: { onPalette: () => void }): ReactNode {
  const { run, choice, choose } = useDesk();
  const { standing } = useTopic("standing");
  const total = standing?.pnl.total.total;
  return (
    <header className="head">
      <h1>
        {run.title} <StaleBadge />
      </h1>
      <nav aria-label="Views">
        {VIEWS.map((view, place) => (
          <button
            key={view} type="button" aria-current={choice.view === view ? "page" : undefined}
            title={place < 10 ? `Key ${(place + 1) % 10}` : undefined} onClick={() => choose({ view })}
          >
            {view[0]?.toUpperCase() + view.slice(1)}
          </button>
        ))}
      </nav>
      <p className="total" data-total={total}>
        P&amp;L <b>{total === undefined ? "–" : amount(total)}</b> {run.currency}
      </p>
      <AlertCount />
      <Kill />
      <Replay />
      <Choices onPalette={onPalette} />
    </header>
  );
}

function Replay(): ReactNode {
  const { clock } = useTopic("clock");
  const { store } = useDesk();
  const zone = useZone();
  const change = useReplay();
  const [drag, setDrag] = useState<number | null>(null);
  if (!clock) return null;
  const at = drag ?? clock.now;
  const jump = (): void => {
    if (drag !== null) void change({ at: Math.round(drag) }).then(() => setDrag(null));
  };
  const time = (
    <time dateTime={new Date(at / 1e6).toISOString()} data-ns={at} data-zone={zone}>
      {day(at, zone)} {second(at, zone)} <small>{offset(at, zone)}</small>
    </time>
  );
  if (clock.is_live) {
    return <div className="replay">Running{clock.speed === 1 ? "" : `, ${clock.speed}×`} {time}</div>;
  }
  return (
    <div className="replay" role="group" aria-label="Replay">
      <button
        type="button" disabled={store.isStale} title="Space"
        onClick={() => void change({ is_playing: !clock.is_playing })}
      >
        {clock.is_playing ? "❚❚ Pause" : "▶ Play"}
      </button>
      <select
        aria-label="Speed" value={SPEEDS.includes(clock.speed) ? clock.speed : ""}
        onChange={(event) => void change({ speed: Number(event.target.value) })}
      >
        {!SPEEDS.includes(clock.speed) && <option value="">{clock.speed}×</option>}
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>{speed}×</option>
        ))}
      </select>
      <input
        type="range" aria-label="Instant shown" min={clock.first} max={clock.end} step={60e9} value={at}
        aria-valuetext={`${day(at, zone)} ${second(at, zone)} ${zone}`}
        onChange={(event) => setDrag(Number(event.target.value))}
        onPointerUp={jump} onKeyUp={jump} onBlur={jump}
      />
      {time}
    </div>
  );
}

function Choices({ onPalette }: { onPalette: () => void }): ReactNode {
  const { clock, setClock, theme, setTheme } = useDesk();
  return (
    <div className="choices">
      <select aria-label="Clock" title="The clock of all times" value={clock} onChange={(event) => setClock(event.target.value as ClockChoice)}>
        <option value="market">Market</option>
        <option value="UTC">UTC</option>
        <option value="local">Local</option>
      </select>
      <button type="button" title={theme === "dark" ? "Light colours" : "Dark colours"} aria-label={theme === "dark" ? "Light colours" : "Dark colours"} onClick={() => setTheme(theme === "dark" ? "light" : "dark")}>
        {theme === "dark" ? "☀" : "☾"}
      </button>
      <button type="button" title="Commands" aria-label="Commands, Ctrl+K" onClick={onPalette}>Ctrl+K</button>
    </div>
  );
}
