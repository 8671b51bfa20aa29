import type { ProviderError } from '../errors/errors.ts';
import type { InventoryEntry } from '../manifest/inventory.ts';
import type { Owed, PhaseName, Plan } from '../plan/types.ts';
import type { InvalidationRecord } from '../receipt.ts';

/** What edges were told and have to be told. */
export interface EdgeLedger {
  invalidated: InvalidationRecord[];
  /** What edges still have to be told; an entry leaves when the vendor has accepted it. */
  owed: Owed[];
  /** Calls to edges so far, refused ones included. */
  told: number;
  /** Why edges refused, for the message. */
  refusals: string[];
  /** The first refusal, as the vendor gave it. */
  refusedBy?: ProviderError;
  warnings: string[];
}

/** What a run has done so far; the only thing that changes while a plan is applied. */
export interface Ledger extends EdgeLedger {
  uploaded: { files: number; bytes: number };
  copied: number;
  /** Our records, kept up with each write. */
  inventory: Map<string, InventoryEntry>;
  /** Whether the origin has changed, the lock aside: it decides between the exit codes 6 or 7, and 3. */
  changed: boolean;
  /** The phase under way; `undefined` before the first and after the last. */
  phase: PhaseName | undefined;
  /** Asset steps finished, by phase. */
  done: Record<PhaseName, number>;
}

export function makeLedger(
  plan: Pick<Plan, 'owed' | 'warnings'>,
  inventory: ReadonlyMap<string, InventoryEntry>,
): Ledger {
  return {
    uploaded: { files: 0, bytes: 0 },
    copied: 0,
    invalidated: [],
    owed: [...plan.owed],
    told: 0,
    refusals: [],
    inventory: new Map(inventory),
    changed: false,
    phase: undefined,
    done: { immutable: 0, mutable: 0, entry: 0 },
    warnings: plan.warnings.map((warning) => warning.message),
  };
}
