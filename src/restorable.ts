import { PlanError } from './errors/errors.ts';
import type { Live } from './manifest/live.ts';

/** Throws NOT_RESTORABLE for a version that a takedown took files from, or that prune has begun to remove. */
export function refuseUnrestorable(live: Live, version: number, environment: string): void {
  const loss = live.unrestorable?.find((one) => one.version === version);
  const isBegun = live.pruned?.versions.includes(version) === true;
  if (!loss && !isBegun) return;
  const more = loss && (loss.more || loss.paths.length > 5) ? ' and others' : '';
  const why = loss
    ? `${loss.paths.slice(0, 5).join(', ')}${more} ${loss.paths.length === 1 ? 'was' : 'were'} taken down from every version`
    : 'prune has begun to remove it';
  throw new PlanError(
    'NOT_RESTORABLE',
    `Version ${version} of ${environment} cannot be restored: ${why}. Nothing was changed.`,
    {
      hint: `Choose another version (\`waybill versions --env ${environment}\`), or check that commit out, without these files, and deploy it.`,
    },
  );
}
