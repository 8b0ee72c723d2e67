// The workspace: panels that dock, by pointer or by keyboard; its layout is part of the address.
import {
  DockviewReact, themeAbyss, themeLight, type DockviewApi, type IDockviewHeaderActionsProps,
  type IDockviewPanelHeaderProps, type IDockviewPanelProps,
} from "dockview-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { get, Refused, request } from "./api";
import { fromDock, toDock } from "./dock";
import { parts, readLayout, writeLayout } from "./layout";
import { PANELS } from "./panels";
import { toHash, useDesk } from "./state";
import type { Workspace } from "./openapi";
import type { Instrument } from "./types";

const BUILT_IN: Record<string, string> = {
  Trading: "r(36:periods,64:(60:(45:ladder,55:chart+trades),40:orders+fills+positions))",
  Risk: "c(45:(30:tail,70:tail-chart),55:(50:limits+breaches,50:stress+deltas))",
  Portfolio: "c(55:(50:positions+deliveries,50:pnl-chart),45:(60:pnl,40:waterfall))",
};
const KEPT = "wattbook.workspaces";
const PLACES = {
  within: "as a tab with", left: "left of", right: "right of", above: "above", below: "below",
} as const;
type Place = keyof typeof PLACES;

const isKnown = (name: string): boolean => name in PANELS;

/** Those of this browser, which the desk of another run has too. */
function saved(): Record<string, string> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    const entries = Object.entries(found as Record<string, unknown>);
    return Object.fromEntries(entries.filter((one): one is [string, string] => typeof one[1] === "string"));
  } catch {
    return {};
  }
}

function titleOf(panel: string, byNumber: Map<number, Instrument>): string {
  const [name, number] = parts(panel);
  const title = PANELS[name]?.title ?? name;
  return number === null ? title : `${title}, ${byNumber.get(number)?.symbol ?? number}`;
}

function Docked({ api }: IDockviewPanelProps): ReactNode {
  const [name, held] = parts(api.id);
  const Show = PANELS[name]?.show;
  return <div className="docked">{Show && <Show held={held} />}</div>;
}

const COMPONENTS = { panel: Docked };

// dockview's own tab holds a close button, which a tab must not.
function Tab({ api }: IDockviewPanelHeaderProps): ReactNode {
  return <span className="tab-title">{api.title}</span>;
}

/** Closes the panel of a group that is seen; each group has its own. */
function CloseSeen({ activePanel }: IDockviewHeaderActionsProps): ReactNode {
  return activePanel && (
    <button type="button" className="close-seen" aria-label={`Close ${activePanel.title}`} onClick={() => activePanel.api.close()}>
      ×
    </button>
  );
}

export default function WorkspaceView(): ReactNode {
  const { choice, choose, theme, byNumber } = useDesk();
  const [api, setApi] = useState<DockviewApi | null>(null);
  const written = useRef("");
  const layout = choice.detail || (BUILT_IN["Trading"] ?? "");
  useEffect(() => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: "/assets/workspace.css" });
    document.head.append(link);
    return () => link.remove();
  }, []);
  useEffect(() => {
    if (!api || written.current === layout) return;
    const found = readLayout(layout, isKnown) ?? readLayout(BUILT_IN["Trading"] ?? "", isKnown);
    written.current = layout;
    if (found) api.fromJSON(toDock(found, (panel) => titleOf(panel, byNumber)));
  }, [api, layout, byNumber]);
  useEffect(() => {
    if (!api) return undefined;
    const follow = api.onDidLayoutChange(() => {
      const found = fromDock(api.toJSON());
      const text = found ? writeLayout(found) : "";
      // Sizes that only the window changed are the same shares.
      if (!text || text === written.current) return;
      written.current = text;
      choose({ detail: text });
    });
    return () => follow.dispose();
  }, [api, choose]);
  return (
    <div className="workspace">
      <Bar api={api} />
      <div className="dock">
        <DockviewReact
          components={COMPONENTS} defaultTabComponent={Tab} rightHeaderActionsComponent={CloseSeen}
          theme={theme === "dark" ? themeAbyss : themeLight} disableFloatingGroups
          onReady={(event) => setApi(event.api)}
        />
      </div>
    </div>
  );
}

/** Everything that a pointer does to the panels, by keyboard too. */
function Bar({ api }: { api: DockviewApi | null }): ReactNode {
  const { choice, choose, byNumber, say } = useDesk();
  const [names, setNames] = useState(saved);
  useEffect(() => {
    // Without an answer there are those of this browser.
    void get<Workspace[]>("/v1/workspaces")
      .then((rows) => setNames((here) => ({ ...here, ...Object.fromEntries(rows.map((one) => [one.name, one.layout])) })))
      .catch(() => undefined);
  }, []);
  const [name, setName] = useState("");
  const [panel, setPanel] = useState("");
  const [place, setPlace] = useState<Place>("right");
  const [beside, setBeside] = useState("");
  // The layout has changed: so have the panels.
  const open = useMemo(() => api?.panels.map((one) => one.id) ?? [], [api, choice.detail, panel]);
  useEffect(() => {
    const follow = api?.onDidActivePanelChange((event) => setPanel(event.panel?.id ?? ""));
    return () => follow?.dispose();
  }, [api]);
  const chosen = open.includes(panel) ? panel : (open[0] ?? "");
  const others = open.filter((one) => one !== chosen);
  const other = others.includes(beside) ? beside : (others[0] ?? "");
  const held = api?.getPanel(chosen);
  const show = (text: string): void => choose({ detail: text });
  const wanted = name.trim();
  const hold = (all: Record<string, string>): void => {
    localStorage.setItem(KEPT, JSON.stringify(all));
    setNames(all);
  };
  const keep = async (): Promise<void> => {
    if (!wanted) return say("Give the workspace a name first.");
    const layout = choice.detail || (BUILT_IN["Trading"] ?? "");
    try {
      await request<Workspace>("PUT", `/v1/workspaces/${encodeURIComponent(wanted)}`, { layout });
    } catch (fault) {
      return say(`The workspace is not kept: ${(fault as Error).message}`);
    }
    hold({ ...names, [wanted]: layout });
    say(`The workspace is kept as ${wanted}.`);
  };
  const drop = async (): Promise<void> => {
    try {
      await request("DELETE", `/v1/workspaces/${encodeURIComponent(wanted)}`);
    } catch (fault) {
      // One that only this browser has.
      if (!(fault instanceof Refused && fault.status === 404)) return say((fault as Error).message);
    }
    hold(Object.fromEntries(Object.entries(names).filter(([one]) => one !== wanted)));
    say(`The workspace ${wanted} is deleted.`);
  };
  const move = (): void => {
    const target = api?.getPanel(other);
    if (!held || !target) return;
    held.api.moveTo({ group: target.group, position: { within: "center", left: "left", right: "right", above: "top", below: "bottom" }[place] as "center" });
    held.api.setActive();
  };
  const add = (id: string): void => {
    const there = api?.getPanel(id);
    if (there) there.api.setActive();
    else api?.addPanel({ id, component: "panel", title: titleOf(id, byNumber), ...(held ? { position: { referencePanel: chosen, direction: "within" as const } } : {}) });
  };
  const size = (part: "width" | "height", step: number): void => {
    const group = held?.group;
    if (group) group.api.setSize({ [part]: Math.max(100, group.api[part] + step) });
  };
  const popOut = (): void => {
    const link = toHash({ ...choice, view: "workspace", detail: `r(100:${chosen})` });
    const opened = window.open(`${location.pathname}${link}`, "_blank", "popup,width=900,height=640");
    if (!opened) return say("The browser did not let a window open.");
    held?.api.close();
  };
  const share = async (): Promise<void> => {
    const link = new URL(toHash({ ...choice, detail: choice.detail || (BUILT_IN["Trading"] ?? "") }), location.href).href;
    await navigator.clipboard.writeText(link);
    say("The link is on the clipboard.");
  };
  return (
    <div className="bar" role="group" aria-label="Workspace">
      <select aria-label="Workspace" value="" onChange={(event) => show(event.target.value)}>
        <option value="">Workspace…</option>
        {Object.entries({ ...BUILT_IN, ...names }).map(([one, text]) => <option key={one} value={text}>{one}</option>)}
      </select>
      <form className="inline" onSubmit={(event) => { event.preventDefault(); void keep(); }}>
        <input aria-label="Name of the workspace" placeholder="Name" maxLength={40} value={name} onChange={(event) => setName(event.target.value)} />
        <button type="submit" className="small">Save</button>
        <button type="button" className="small" disabled={!(wanted in names)} onClick={() => void drop()}>Delete</button>
      </form>
      <button type="button" className="small" onClick={() => void share().catch(() => say("Copy the address of the page."))}>Copy link</button>
      <select aria-label="Open a panel" value="" onChange={(event) => add(event.target.value)}>
        <option value="">Open…</option>
        {Object.entries(PANELS).flatMap(([id, kind]) => [
          <option key={id} value={id}>{kind.title}</option>,
          kind.isHeld && choice.instrument !== null && (
            <option key={`${id} held`} value={`${id}.${choice.instrument}`}>{titleOf(`${id}.${choice.instrument}`, byNumber)}</option>
          ),
        ])}
      </select>
      <select aria-label="Panel" value={chosen} onChange={(event) => api?.getPanel(event.target.value)?.api.setActive()}>
        {open.map((one) => <option key={one} value={one}>{titleOf(one, byNumber)}</option>)}
      </select>
      <select aria-label="Place" value={place} onChange={(event) => setPlace(event.target.value as Place)}>
        {Object.entries(PLACES).map(([one, text]) => <option key={one} value={one}>{text}</option>)}
      </select>
      <select aria-label="Other panel" value={other} onChange={(event) => setBeside(event.target.value)}>
        {others.map((one) => <option key={one} value={one}>{titleOf(one, byNumber)}</option>)}
      </select>
      <button type="button" className="small" disabled={!other} onClick={move}>Move</button>
      {([["Wider", "width", 80], ["Narrower", "width", -80], ["Taller", "height", 60], ["Lower", "height", -60]] as const).map(([text, part, step]) => (
        <button key={text} type="button" className="small" disabled={!held} onClick={() => size(part, step)}>{text}</button>
      ))}
      <button type="button" className="small" disabled={!held} onClick={popOut}>Pop out</button>
      <button type="button" className="small" disabled={!held} onClick={() => held?.api.close()}>Close panel</button>
    </div>
  );
}
