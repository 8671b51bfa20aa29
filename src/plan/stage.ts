import type { Change, World } from './diff.ts';
import { type Ordered, order } from './order.ts';
import { type Shard, splitBodies } from './split.ts';
import type { Phase, StoreStep } from './types.ts';

const storeWave = 1;

/**
 * What of a version can be put in place while visitors see nothing of it: new hashed files at their keys, every other body that the
 * origin lacks under `objects/`. New headers and repairs wait until the version is made live. With `shard`, that one's part of it.
 */
export function orderStage(
  world: World,
  changes: readonly Change[],
  objectKey: (sha256: string) => string,
  shard?: Shard,
): Ordered {
  const parts = shard && splitBodies(world.wanted, shard.count);
  const isMine = (sha256: string): boolean => parts === undefined || parts.get(sha256) === shard?.index;
  const puts = changes.filter(({ action, file }) => action === 'put' && isMine(file.sha256));
  const isUnseen = ({ file, seen }: Change): boolean => file.class === 'immutable' && seen === undefined;
  const inPlace = puts.filter(isUnseen).map((change): Change => ({ ...change, phase: 'immutable' }));
  const { phases } = order(world, inPlace, objectKey);
  const stores = storeSteps(
    world,
    puts.filter((change) => !isUnseen(change)),
  );
  const steps = [...phases.flatMap((phase) => phase.steps), ...stores];
  const all: Phase[] = steps.length === 0 ? [] : [{ name: 'immutable', steps }];
  return { phases: all, unrestorable: [], lost: [] };
}

function storeSteps(world: World, changes: readonly Change[]): StoreStep[] {
  const steps = new Map<string, StoreStep>();
  for (const { file } of changes) {
    const { key, sha256, size } = file;
    if (world.kept.has(sha256) || steps.has(sha256)) continue;
    steps.set(sha256, { kind: 'store', key, sha256, size, reason: 'staged', wave: storeWave });
  }
  return [...steps.values()];
}
