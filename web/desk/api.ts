// Requests to the desk's own server; a refusal is a sentence of its problem document.

export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** A question that is not answered within this time is asked anew; what changes anything waits for its answer. */
const PATIENCE_MS = 10_000;

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(path, {
    method,
    credentials: "same-origin",
    ...(method === "GET" ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {}),
    ...(body === undefined
      ? { headers }
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } }),
  });
}

/** Asks once more with a new session where the old one has ended. */
export async function answer(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  let found = await ask(method, path, body, headers);
  if (found.status === 401 && path !== "/v1/session") {
    await ask("POST", "/v1/session", {});
    found = await ask(method, path, body, headers);
  }
  if (!found.ok) {
    const problem = (await found.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(found.status, problem.detail ?? `the desk answered ${found.status}`);
  }
  return found;
}

/** The JSON of an answer. */
export async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const found = await answer(method, path, body, headers);
  return found.status === 204 ? (undefined as T) : ((await found.json()) as T);
}

export const get = <T>(path: string): Promise<T> => request<T>("GET", path);

/** Every page of a list. */
export async function all<T>(path: string): Promise<T[]> {
  const rows: T[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const mark = path.includes("?") ? "&" : "?";
    const page: { rows: T[]; next: number | null } = await get(
      `${path}${mark}limit=5000&after=${after}`,
    );
    rows.push(...page.rows);
    after = page.next;
  }
  return rows;
}
