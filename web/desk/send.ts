// Requests that change something, each under a key: a second click is the first one again.
import { useRef } from "react";
import { Refused, request } from "./api";

export type Send = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** Asks once for each key, which ends with an answer. */
export function useSend(): Send {
  const keys = useRef(new Map<string, string>());
  return async <T,>(method: string, path: string, body?: unknown): Promise<T> => {
    const ticket = `${method} ${path} ${JSON.stringify(body)}`;
    const key = keys.current.get(ticket) ?? crypto.randomUUID();
    keys.current.set(ticket, key);
    try {
      const found = await request<T>(method, path, body, { "Idempotency-Key": key });
      keys.current.delete(ticket);
      return found;
    } catch (fault) {
      // Without an answer it may have been done: the next try asks for it under the same key.
      if (fault instanceof Refused && fault.status < 500) keys.current.delete(ticket);
      throw fault;
    }
  };
}
