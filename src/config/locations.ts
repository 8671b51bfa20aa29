import { PlanError } from '../errors/errors.ts';
import type { Location } from '../provider/contract.ts';
import type { Environment } from './types.ts';

interface Place {
  readonly environment: string;
  readonly part: 'origin' | 'state';
  readonly segments: readonly string[];
}

/**
 * Throws PlanError LOCATION_SHARED when two environments keep objects in one place, or one inside the other's: each would take
 * the other's files for its own. Within one environment the state may lie inside the origin.
 */
export function guardLocations(environments: Iterable<Environment>): void {
  const seen: Place[] = [];
  for (const environment of environments) {
    const own = listPlaces(environment);
    for (const place of own) {
      for (const other of seen) {
        if (isWithin(place.segments, other.segments) || isWithin(other.segments, place.segments)) fail(other, place);
      }
    }
    seen.push(...own);
  }
}

function listPlaces({ name, origin, state }: Environment): Place[] {
  const place = (part: Place['part'], location: Location): Place => ({
    environment: name,
    part,
    segments: toSegments(location),
  });
  return state === origin
    ? [place('origin', origin.location)]
    : [place('origin', origin.location), place('state', state.location)];
}

/** Store and prefix as one path, since a store may be a folder that another store lies in. */
function toSegments({ store, prefix }: Location): string[] {
  return `${store}/${prefix}`.split(/[/\\]/).filter((segment) => segment !== '');
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.every((segment, index) => inner[index] === segment);
}

function fail(a: Place, b: Place): never {
  const render = ({ environment, part }: Place) => `environments.${environment}.${part}`;
  const relation = a.segments.length === b.segments.length ? 'are one location' : 'lie one inside the other';
  const where = (a.segments.length < b.segments.length ? b : a).segments.join('/');
  throw new PlanError('LOCATION_SHARED', `${render(a)} and ${render(b)} ${relation}: ${where}`, {
    hint: `Give \`${a.environment}\` and \`${b.environment}\` a bucket, folder or prefix each, neither inside the other, e.g. the prefixes \`${a.environment}\` and \`${b.environment}\`.`,
  });
}
