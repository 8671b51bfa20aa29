import { PlanError, SourceError } from '../errors/errors.ts';
import type { Manifest, ManifestFile } from '../model.ts';
import type { OriginTraits } from '../provider/contract.ts';
import type { Differences } from './diff.ts';
import { guardLimits, type PlanLimits } from './limits.ts';
import { count, some } from './words.ts';

export interface Guards {
  readonly origin: { readonly name: string; readonly traits: OriginTraits };
  readonly environment: string;
  readonly limits: PlanLimits;
  readonly adopt: boolean;
  readonly allowLarge: boolean;
}

/** Throws when a plan must not be applied as a whole; a part of it never is. */
export function guard(
  differences: Differences,
  wanted: readonly ManifestFile[],
  live: Manifest | undefined,
  guards: Guards,
): void {
  guardNames(wanted, guards);
  guardRewritten(differences.rewritten);
  if (!guards.adopt) guardForeign(differences.foreign, guards.origin.name);
  if (!guards.allowLarge) guardLimits(wanted, live, guards.limits, guards.environment);
}

/** What this origin cannot store is an error before anything is written. */
function guardNames(wanted: readonly ManifestFile[], { origin }: Guards): void {
  const { headers, maxObjectBytes } = origin.traits;
  const checked = new Set<object>();
  for (const file of wanted) {
    if (file.size > maxObjectBytes) {
      throw new SourceError(
        'SOURCE_TOO_LARGE',
        `${file.path} has ${file.size} bytes; ${origin.name} stores objects of at most ${maxObjectBytes} bytes`,
      );
    }
    if (headers === 'any' || checked.has(file.headers)) continue;
    checked.add(file.headers);
    const bad = Object.keys(file.headers).find((name) => !headers.includes(name) && !name.startsWith('x-amz-meta-'));
    if (bad) {
      throw new SourceError(
        'HEADER_UNSUPPORTED',
        `${origin.name} cannot store the header "${bad}" (set on ${file.path})`,
        {
          hint: `It stores ${headers.join(', ')}. Set other headers at the edge.`,
        },
      );
    }
  }
}

function guardRewritten(rewritten: readonly ManifestFile[]): void {
  if (rewritten.length === 0) return;
  const first = rewritten[0]?.path ?? '';
  throw new PlanError(
    'IMMUTABLE_CHANGED',
    `${count(rewritten.length, 'file')} of class immutable would get other bytes under the same name: ${some(rewritten.map((file) => file.path))}. Browsers that have the old bytes never ask again.`,
    {
      hint: `Give the file a new name, or make it mutable: classes: [{ match: '${first}', class: 'mutable' }]`,
    },
  );
}

function guardForeign(foreign: readonly string[], name: string): void {
  if (foreign.length === 0) return;
  throw new PlanError(
    'FOREIGN_OBJECTS',
    `${count(foreign.length, 'object')} at ${name} that Waybill did not write ${foreign.length === 1 ? 'stands' : 'stand'} at wanted keys with other bytes: ${some(foreign)}`,
    { hint: 'Pass --adopt to take them over (their bodies are kept first), or choose another prefix.' },
  );
}
