// A table that is filtered, sorted and exported, on the chosen clock.
import { useMemo, useState, type ReactNode } from "react";
import type { Cell } from "./csv";
import { Panel, type PanelProps, type Sheet } from "./panel";

export interface Column<R> {
  name: string;
  /** What is exported and sorted by. */
  value: (row: R) => Cell;
  /** What is shown, if it is not the value. */
  show?: (row: R) => ReactNode;
  text?: boolean;
  /** Holds buttons only, so it is not exported. */
  isAct?: boolean;
}

interface TableProps<R> extends Omit<PanelProps, "children" | "sheet" | "tools"> {
  rows: R[];
  columns: Column<R>[];
  row: (row: R) => string | number;
  empty: string;
  total?: ReactNode;
  /** Controls of its own beside the filter. */
  more?: ReactNode;
  onRow?: (row: R) => void;
  /** Newest first: rows stand still, and what they say moves on. Only where rows hold no controls. */
  isTape?: boolean;
}

const SHOWN = 300;

/** What the filter looks at: what is exported, and what is read where that is a text of its own. */
function textsOf<R>(column: Column<R>, row: R): string[] {
  const shown = column.show?.(row);
  return [String(column.value(row) ?? ""), ...(typeof shown === "string" ? [shown] : [])];
}

export function Table<R>(props: TableProps<R>): ReactNode {
  const { rows, columns, row: key, empty, total, more, onRow, isTape, ...panel } = props;
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState<{ column: number; isDown: boolean } | null>(null);
  const found = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    const kept = wanted
      ? rows.filter((row) =>
          columns.some((column) => textsOf(column, row).some((text) => text.toLowerCase().includes(wanted))),
        )
      : rows;
    const by = sort && columns[sort.column];
    if (!sort || !by) return kept;
    const sign = sort.isDown ? -1 : 1;
    return [...kept].sort((a, b) => {
      const [x, y] = [by.value(a), by.value(b)];
      if (x === y) return 0;
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      return x < y ? -sign : sign;
    });
  }, [rows, columns, filter, sort]);
  const kept = columns.filter((column) => !column.isAct);
  const sheet = (): Sheet => ({ columns: kept.map((column) => column.name), rows: found.map((row) => kept.map((column) => column.value(row))) });
  const tools = (
    <>
      {more}
      <input
        type="search"
        value={filter}
        placeholder="Filter"
        aria-label={`Filter ${panel.title}`}
        onChange={(event) => setFilter(event.target.value)}
      />
    </>
  );
  return (
    <Panel {...panel} tools={tools} sheet={sheet}>
      <div className="scroll" tabIndex={0} role="region" aria-label={`${panel.title}, table`}>
        <table>
          <thead>
            <tr>
              {columns.map((column, place) => (
                <th
                  key={column.name}
                  className={column.text ? "text" : ""}
                  aria-sort={
                    sort?.column === place ? (sort.isDown ? "descending" : "ascending") : "none"
                  }
                >
                  <button
                    type="button"
                    onClick={() =>
                      setSort(
                        sort?.column !== place
                          ? { column: place, isDown: false }
                          : sort.isDown
                            ? null
                            : { column: place, isDown: true },
                      )
                    }
                  >
                    {column.name}
                    {sort?.column === place ? (sort.isDown ? " ▼" : " ▲") : ""}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, SHOWN).map((row, place) => (
              <tr
                key={isTape ? place : key(row)} onDoubleClick={onRow && (() => onRow(row))}
                {...(onRow ? { tabIndex: 0, onKeyDown: (event) => event.key === "Enter" && onRow(row) } : {})}
              >
                {columns.map((column) => (
                  <td key={column.name} className={column.text ? "text" : ""}>
                    {column.show ? column.show(row) : String(column.value(row) ?? "–")}
                  </td>
                ))}
              </tr>
            ))}
            {total}
          </tbody>
        </table>
        {!found.length && <p className="muted">{rows.length ? "Nothing fits the filter." : panel.from === null ? "It is being read." : empty}</p>}
        {found.length > SHOWN && (
          <p className="muted">
            The first {SHOWN} of {found.length}; the filter and the export reach all.
          </p>
        )}
      </div>
    </Panel>
  );
}
