// The command palette: everything that the desk does, found by typing.
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { day, minute, words } from "./format";
import { SPEEDS, useReplay } from "./header";
import { useDesk, useZones, VIEWS } from "./state";

interface Command {
  name: string;
  run: () => void;
}

const HOUR = 3_600e9;
const SHOWN = 12;

function useCommands(): Command[] {
  const { run, instruments, choose, setClock, setTheme, theme, store } = useDesk();
  const replay = useReplay();
  const zones = useZones();
  return useMemo(() => {
    const made: Command[] = VIEWS.map((view) => ({
      name: `Show ${view}`,
      run: () => choose({ view }),
    }));
    const clock = store.clock;
    made.push(
      { name: clock?.is_playing ? "Pause" : "Play", run: () => void replay({ is_playing: !store.clock?.is_playing }) },
      { name: "Jump one hour forward", run: () => void replay({ at: (store.clock?.now ?? 0) + HOUR }) },
      { name: "Jump one hour back", run: () => void replay({ at: (store.clock?.now ?? 0) - HOUR }) },
      { name: "Jump to the beginning", run: () => void replay({ at: store.clock?.first }) },
      { name: "Jump to the end", run: () => void replay({ at: store.clock?.end }) },
      ...SPEEDS.map((speed) => ({ name: `Speed ${speed}×`, run: () => void replay({ speed }) })),
      { name: "Clock: market time", run: () => setClock("market") },
      { name: "Clock: UTC", run: () => setClock("UTC") },
      { name: "Clock: local time", run: () => setClock("local") },
      { name: `Colours: ${theme === "dark" ? "light" : "dark"}`, run: () => setTheme(theme === "dark" ? "light" : "dark") },
      ...run.markets.map((market) => ({
        name: `Market ${market.name}`,
        run: () => choose({ view: "market", market: market.name, segment: "", instrument: null }),
      })),
      ...instruments.map((one) => ({
        name: `${day(one.delivery_start, zones(one.market))} ${minute(one.delivery_start, zones(one.market))} ${words(one.segment)} ${one.market}, ${one.symbol}`,
        run: () => choose({ view: "market", market: one.market, segment: one.segment, instrument: one.instrument }),
      })),
    );
    return made;
  }, [run, instruments, theme, zones, choose, setClock, setTheme, store]);
}

export function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const commands = useCommands();
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    input.current?.focus();
    return () => (before as HTMLElement | null)?.focus?.();
  }, []);
  const parts = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands
    .filter((one) => parts.every((part) => one.name.toLowerCase().includes(part)))
    .slice(0, SHOWN);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  const run = (command: Command | undefined): void => {
    onClose();
    command?.run();
  };
  const key = (event: React.KeyboardEvent): void => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") run(found[chosen]);
    else if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setAt((chosen + found.length - 1) % Math.max(1, found.length));
    else return;
    event.preventDefault();
  };
  return (
    <div className="palette" role="dialog" aria-label="Commands">
      <input
        ref={input} role="combobox" aria-label="Command" aria-expanded="true" aria-controls="commands"
        aria-activedescendant={found[chosen] ? `command-${chosen}` : undefined}
        placeholder="Type a command, a market, a delivery period" value={wanted}
        onChange={(event) => {
          setWanted(event.target.value);
          setAt(0);
        }}
        onKeyDown={key}
        onBlur={onClose}
      />
      <ul id="commands" role="listbox" aria-label="Commands found">
        {found.map((command, place) => (
          <li
            key={command.name} id={`command-${place}`} role="option" aria-selected={place === chosen}
            onPointerDown={(event) => {
              event.preventDefault();
              run(command);
            }}
          >
            {command.name}
          </li>
        ))}
      </ul>
      {!found.length && <p className="muted">No such command.</p>}
    </div>
  );
}
