import { compareUtf8 } from '../byte-order.ts';
import type { Headers } from '../model.ts';
import { chunkNamesSchema } from './chunk-codec.ts';
import type { ChunkName } from './chunks.ts';
import { encodeRows, encodeTable, type RowForm } from './rows.ts';

/** What we last saw at one key. */
export interface InventoryEntry {
  readonly sha256: string;
  readonly size: number;
  readonly etag: string;
  readonly headers: Headers;
}

/** By key, kept bodies (`.waybill/objects/…`) included. Only a cache: lost, it is rebuilt by listing and HEAD. */
export type Inventory = Map<string, InventoryEntry>;

/** A row of it. */
export type Entry = readonly [key: string, entry: InventoryEntry];

export const entryForm: RowForm<Entry> = {
  member: 'objects',
  keyOf: ([key]) => key,
  encode: ([key, entry], table) => [key, entry.sha256, entry.size, entry.etag, table.indexOf(entry.headers)],
  decode(raw, sets) {
    const [key, sha256, size, etag, set] = Array.isArray(raw) ? (raw as unknown[]) : [];
    const headers = typeof set === 'number' ? sets[set] : undefined;
    const isEntry =
      typeof key === 'string' && typeof sha256 === 'string' && typeof size === 'number' && typeof etag === 'string';
    return isEntry && headers ? [key, { sha256, size, etag, headers }] : undefined;
  },
};

export function encodeInventory(inventory: ReadonlyMap<string, InventoryEntry>): Uint8Array {
  return encodeTable({ format: 1 }, entryForm, [...inventory]);
}

export function encodeInventoryIndex(chunks: readonly ChunkName[]): Uint8Array {
  return encodeRows({ format: 1 }, 'chunks', chunks);
}

/** In UTF-8 byte order of the keys, so that equal inventories have equal chunks. */
export function sortEntries(inventory: ReadonlyMap<string, InventoryEntry>): Entry[] {
  return [...inventory].sort(([a], [b]) => compareUtf8(a, b));
}

/** `undefined` for anything unreadable: the caller rebuilds it, as if it were lost. */
export function parseInventory(
  bytes: Uint8Array,
): { readonly inventory: Inventory } | { readonly chunks: readonly ChunkName[] } | undefined {
  try {
    const raw = JSON.parse(new TextDecoder().decode(bytes)) as {
      format: unknown;
      headers?: Headers[];
      objects?: unknown[];
      chunks?: unknown;
    };
    if (raw.format !== 1) return undefined;
    if (raw.chunks !== undefined) {
      return raw.headers || raw.objects ? undefined : { chunks: chunkNamesSchema.parse(raw.chunks) };
    }
    const { headers = [], objects } = raw;
    const inventory: Inventory = new Map();
    for (const row of objects as unknown[]) {
      const entry = entryForm.decode(row, headers);
      if (!entry) return undefined;
      inventory.set(...entry);
    }
    return { inventory };
  } catch {
    return undefined;
  }
}
