// Tables as files: what is seen, on the clock that is seen.
import { answer } from "./api";

export type Cell = string | number | boolean | null | undefined;

function field(value: Cell): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  // A spreadsheet takes a text that begins like this for a formula.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180, with a header. */
export function csv(headings: string[], rows: Cell[][]): string {
  return [headings, ...rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}

/** Hands `text` to the browser as a file to keep. */
export function download(name: string, text: string): void {
  keep(name, new Blob([text], { type: "text/csv;charset=utf-8" }));
}

/** The table as a workbook, which the server writes. */
export async function downloadSheet(
  name: string, title: string, clock: string, columns: string[], rows: Cell[][],
): Promise<void> {
  const cells = rows.map((row) => row.map((cell) => cell ?? null));
  const found = await answer("POST", "/v1/export/xlsx", { title, clock, columns, rows: cells });
  keep(name, await found.blob());
}

function keep(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
