import type { Headers } from '../model.ts';
import { encodeRows, HeaderTable } from './rows.ts';

/** What we last saw at one key. */
export interface InventoryEntry {
  readonly sha256: string;
  readonly size: number;
  readonly etag: string;
  readonly headers: Headers;
}

/** By key, kept bodies (`.waybill/objects/…`) included. Only a cache: lost, it is rebuilt by listing and HEAD. */
export type Inventory = Map<string, InventoryEntry>;

export function encodeInventory(inventory: ReadonlyMap<string, InventoryEntry>): Uint8Array {
  const table = new HeaderTable();
  const rows = [...inventory].map(([key, entry]) => [
    key,
    entry.sha256,
    entry.size,
    entry.etag,
    table.indexOf(entry.headers),
  ]);
  return encodeRows({ format: 1, headers: table.sets }, 'objects', rows);
}

/** `undefined` for anything unreadable: the caller rebuilds it, as if it were lost. */
export function parseInventory(bytes: Uint8Array): Inventory | undefined {
  try {
    const raw = JSON.parse(new TextDecoder().decode(bytes)) as {
      format: unknown;
      headers: Headers[];
      objects: [string, string, number, string, number][];
    };
    if (raw.format !== 1) return undefined;
    const inventory: Inventory = new Map();
    for (const [key, sha256, size, etag, set] of raw.objects) {
      const headers = raw.headers[set];
      if (!headers || typeof sha256 !== 'string' || typeof etag !== 'string') return undefined;
      inventory.set(key, { sha256, size, etag, headers });
    }
    return inventory;
  } catch {
    return undefined;
  }
}
