// Data quality over time: each series as a strip of stretches, good, late, missing or set aside.
import type { ReactNode } from "react";
import { day, iso, number, period } from "./format";
import { Panel, type Sheet } from "./panel";
import { useRun } from "./run";
import { useZone } from "./state";
import type { Run } from "./types";

type Stretch = Run["data"][number]["timeline"][number];

/** The worst of a stretch is shown: by sign, and by colour. */
const KINDS = [
  ["aside", "×", "rows set aside"],
  ["missing", "○", "missing"],
  ["late", "▲", "late: after a later delivery"],
  ["good", "", "good"],
] as const;

function kindOf([, , , late, missing, aside]: Stretch): (typeof KINDS)[number] {
  return aside ? KINDS[0] : missing ? KINDS[1] : late ? KINDS[2] : KINDS[3];
}

function told([start, end, good, late, missing, aside]: Stretch, zone: string): string {
  const counts = [`${number(good, 0)} good`, `${late} late`, `${missing} missing`, `${aside} set aside`];
  return `${day(start, zone)}, ${period(start, end, zone)}: ${counts.join(", ")}`;
}

export function DataTimeline(): ReactNode {
  const { run, from } = useRun();
  const zone = useZone();
  const shown = run.data.filter((series) => series.timeline.length);
  const sheet = (): Sheet => ({
    columns: ["series", "start", "end", "good", "late", "missing", "set aside"],
    rows: shown.flatMap(({ name, timeline }) =>
      timeline.map(([start, end, ...counts]) => [name, iso(start, zone), iso(end, zone), ...counts]),
    ),
  });
  return (
    <Panel id="data-timeline" title="Data quality over time" event={run.clock.now} from={from} sheet={sheet}>
      <p className="strip-signs">
        {KINDS.map(([kind, sign, text]) => (
          <span key={kind}>
            <i className={`stretch ${kind}`}>{sign}</i> {text}
          </span>
        ))}
      </p>
      <ul className="strips">
        {shown.map(({ name, timeline }) => (
          <li key={name}>
            <b>{name}</b>
            <span className="muted">{day(timeline[0]?.[0] ?? 0, zone)}</span>
            <span className="strip" role="img" aria-label={summary(timeline)}>
              {timeline.map((stretch) => {
                const [kind, sign] = kindOf(stretch);
                return (
                  <i key={stretch[0]} className={`stretch ${kind}`} title={told(stretch, zone)}>
                    {sign}
                  </i>
                );
              })}
            </span>
            <span className="muted">{day(timeline.at(-1)?.[1] ?? 0, zone)}</span>
          </li>
        ))}
      </ul>
      {!shown.length && <p className="muted">{run.clock.is_live ? "Nothing has come by the feed yet." : "The run kept no timeline of what it read; one that is made anew has it."}</p>}
    </Panel>
  );
}

function summary(timeline: Stretch[]): string {
  const counts = KINDS.map(([kind, , text]) => `${timeline.filter((one) => kindOf(one)[0] === kind).length} ${text}`);
  return `${timeline.length} stretches by the worst of each: ${counts.join(", ")}; the export holds the numbers.`;
}
