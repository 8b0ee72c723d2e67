// One message of the stream: a JSON header, then columns of 64-bit numbers; see wattbook.api.packed.

export interface Message {
  header: Header;
  rows: number;
  columns: Map<string, Float64Array | BigInt64Array>;
}

export interface Header {
  kind: "snapshot" | "delta";
  run: string;
  first: number;
  last: number;
  sent_ms: number;
  rows: number;
  columns: [name: string, kind: "f8" | "i8"][];
  [topic: string]: unknown;
}

/** Reads a message; throws where it is cut or holds what it does not say. */
export function unpack(buffer: ArrayBuffer): Message {
  const view = new DataView(buffer);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Header;
  let at = 4 + length;
  at += (8 - (at % 8)) % 8;
  const columns = new Map<string, Float64Array | BigInt64Array>();
  for (const [name, kind] of header.columns) {
    const values =
      kind === "i8"
        ? new BigInt64Array(buffer, at, header.rows)
        : new Float64Array(buffer, at, header.rows);
    columns.set(name, values);
    at += 8 * header.rows;
  }
  if (at !== buffer.byteLength) throw new Error(`message of ${buffer.byteLength} bytes says ${at}`);
  return { header, rows: header.rows, columns };
}
