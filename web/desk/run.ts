// The run as it stands: what is told of one that goes on changes.
import { get } from "./api";
import { usePolled } from "./poll";
import { useDesk } from "./state";
import type { Run } from "./types";

/** The run, and the answer that tells its newest state where it goes on. */
export function useRun(): { run: Run; from: Run | null } {
  const { run, store } = useDesk();
  const load = (): Promise<Run> => (run.clock.is_live ? get<Run>("/v1/run") : Promise.resolve({ ...run }));
  const from = usePolled(load, `run ${store.run}`, run.clock.is_live ? 3_000 : 60_000);
  return { run: from ?? run, from: run.clock.is_live ? from : null };
}
