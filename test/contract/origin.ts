import { describe } from 'vitest';
import type { Origin } from '../../src/provider/contract.ts';
import { describeConditions } from './origin-conditions.ts';
import { describeCopies } from './origin-copies.ts';
import { describeKeys } from './origin-keys.ts';
import { describeListing } from './origin-listing.ts';
import { describeObjects } from './origin-objects.ts';

export interface OpenedOrigin {
  /** Over a fresh, empty prefix. */
  readonly origin: Origin;
  /** Another place of the same realm; there where the origin says `copyPlace`. */
  neighbour?(): Promise<Origin>;
  /** Writes an object as somebody else would: without our metadata. */
  foreign?(key: string, bytes: Uint8Array): Promise<void>;
  /** Whether the object stands there for the public, where the store knows such a thing per object. */
  isPublic?(key: string): Promise<boolean>;
}

/** What a store is known not to do, with the reason; the test is then skipped with that reason in its report. */
export type Gap =
  | 'ifMatch on create'
  | 'ifMatch on replace'
  | 'one winner on create'
  | 'one winner on replace'
  | 'ifMatch on big bodies'
  | 'source etag on copy'
  | 'ifMatch on copy'
  | 'control characters in keys'
  | 'backslashes in keys'
  | 'normal forms of keys'
  | 'key that is a folder of others'
  | 'non-ASCII headers';

export interface Known {
  readonly gaps?: Partial<Record<Gap, string>>;
  /** How many keys the long listing has; 2,100 unless said. */
  readonly manyKeys?: number;
  /** Of the body that goes up in parts; 20 MiB unless said. */
  readonly bigBodyBytes?: number;
}

export interface Suite {
  readonly open: () => Promise<OpenedOrigin>;
  readonly known: Known;
}

/** Holds an origin to every sentence of src/provider/contract.ts. `open` is called once for each test. */
export function describeOrigin(name: string, open: () => Promise<OpenedOrigin>, known: Known = {}): void {
  describe(`origin contract: ${name}`, () => {
    const suite = { open, known };
    describe('listing', () => describeListing(suite));
    describe('keys', () => describeKeys(suite));
    describe('objects', () => describeObjects(suite));
    describe('conditions', () => describeConditions(suite));
    describe('copies', () => describeCopies(suite));
  });
}
