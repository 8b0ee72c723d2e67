// Answers that are asked for again and again: when each came, and whether the next one is overdue.
import { useEffect, useState } from "react";
import { useDesk } from "./state";

/** How long after its time an answer may come until what is shown counts as old, ms. */
const LATE_MS = 1_000;

interface Heard {
  /** What the desk's clock showed when it came, ns UTC; null before the first message of the stream. */
  instant: number | null;
  /** When it came, ns UTC. */
  wall: number;
  /** Whether the one after it should have come by now, or was refused. */
  isOverdue: boolean;
}

const answers = new WeakMap<object, Heard>();

/** What is known of an answer that `usePolled` gave. */
export function heardOf(answer: object | null | undefined): Heard | undefined {
  return answer ? answers.get(answer) : undefined;
}

/** `load` now, and again `everyMs` after it has ended, while the page is seen. */
export function usePolled<T extends object>(load: () => Promise<T>, key: string, everyMs: number): T | null {
  const { store } = useDesk();
  const [found, setFound] = useState<{ key: string; value: T } | null>(null);
  useEffect(() => {
    let isOver = false;
    let [timer, alarm] = [0, 0];
    let last: T | null = null;
    const overdue = (): void => {
      const heard = heardOf(last);
      if (isOver || !last || !heard || heard.isOverdue) return;
      heard.isOverdue = true;
      setFound({ key, value: last });
    };
    const again = async (): Promise<void> => {
      if (!document.hidden) {
        const value = await load().catch(() => null);
        if (isOver) return;
        if (value === null) overdue();
        else {
          last = value;
          answers.set(value, { instant: store.clock?.now ?? null, wall: Date.now() * 1e6, isOverdue: false });
          setFound({ key, value });
          clearTimeout(alarm);
          alarm = window.setTimeout(overdue, everyMs + LATE_MS);
        }
      }
      timer = window.setTimeout(() => void again(), everyMs);
    };
    void again();
    return () => {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(alarm);
    };
    // The key says what `load` asks for.
  }, [key, everyMs, store]);
  return found?.key === key ? found.value : null;
}
