// Operations: what the run was made of, and how the stream is.
import type { ReactNode } from "react";
import { number } from "./format";
import { Panel } from "./panel";
import { useDesk, useTopic } from "./state";
import { Table, type Column } from "./table";
import type { Run } from "./types";

type DataRow = Run["data"][number];

const DATA: Column<DataRow>[] = [
  { name: "series", value: (row) => row.name, text: true },
  { name: "source", value: (row) => row.source, text: true },
  { name: "rows read", value: (row) => row.rows_read, show: (row) => number(row.rows_read, 0) },
  { name: "rows kept", value: (row) => row.rows_kept, show: (row) => number(row.rows_kept, 0) },
  { name: "set aside", value: (row) => row.set_aside, show: (row) => number(row.set_aside, 0) },
];

export function OperationsView(): ReactNode {
  const { run } = useDesk();
  const store = useTopic("link");
  useTopic("clock");
  return (
    <div className="view operations-view">
      <Table id="data" title="Data quality" rows={run.data} columns={DATA} row={(row) => row.name} empty="No series was read." />
      <Panel id="run" title="The run">
        <dl>
          <dt>Title</dt>
          <dd>{run.title}, {run.state}</dd>
          <dt>State hash</dt>
          <dd><code>{run.state_hash}</code> after input {number(run.inputs, 0)}</dd>
          {Object.entries(run.latency_ns).map(([share, ns]) => (
            <div key={share}>
              <dt>Engine, {share} of inputs within</dt>
              <dd>{number(ns, 0)} ns</dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Panel id="link" title="The stream">
        <dl>
          <dt>Message</dt>
          <dd>{number(store.last, 0)}</dd>
          <dt>On its way</dt>
          <dd>{number(store.delay, 0)} ms</dd>
          <dt>Reconnected</dt>
          <dd>{Math.max(0, store.reconnects)} times</dd>
          <dt>Gaps</dt>
          <dd>{store.gaps}</dd>
        </dl>
      </Panel>
    </div>
  );
}
