import { PlanError } from '../errors/errors.ts';
import type { Manifest, ManifestFile } from '../model.ts';
import { count, some } from './words.ts';

/** What a plan may not exceed; what is absent has no limit. */
export interface PlanLimits {
  readonly changedShare?: number;
  readonly removedShare?: number;
  /** At or below this many files the shares are not checked. */
  readonly floor: number;
  /** Bytes. */
  readonly fileSize?: number;
  /** Bytes. */
  readonly totalSize?: number;
  readonly required: readonly RequiredPath[];
}

export interface RequiredPath {
  /** As written. */
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

/** Throws LIMIT_EXCEEDED with the numbers of the first limit that does not hold. */
export function guardLimits(
  wanted: readonly ManifestFile[],
  live: Manifest | undefined,
  limits: PlanLimits,
  environment: string,
): void {
  guardRequired(wanted, limits, environment);
  guardSizes(wanted, limits, environment);
  // The live version's own rows, where nothing has changed.
  if (live && live.files.length > 0 && live.files !== wanted) guardShares(wanted, live, limits, environment);
}

function guardRequired(wanted: readonly ManifestFile[], { required }: PlanLimits, environment: string): void {
  const absent = required.filter(({ matches }) => !wanted.some((file) => matches(file.path)));
  if (absent.length === 0) return;
  const names = some(absent.map((one) => one.pattern));
  throw exceeded(`No file of this version is ${names}, and limits.required of ${environment} asks for it`);
}

function guardSizes(wanted: readonly ManifestFile[], { fileSize, totalSize }: PlanLimits, environment: string): void {
  if (fileSize !== undefined) {
    const large = wanted.filter((file) => file.size > fileSize).sort((a, b) => b.size - a.size);
    if (large.length > 0) {
      const names = some(large.map((file) => `${file.path} (${file.size} bytes)`));
      throw exceeded(
        `${count(large.length, 'file')} for ${environment} above limits.fileSize, which is ${fileSize} bytes: ${names}`,
      );
    }
  }
  const total = wanted.reduce((sum, file) => sum + file.size, 0);
  if (totalSize === undefined || total <= totalSize) return;
  throw exceeded(
    `The ${count(wanted.length, 'file')} for ${environment} have ${total} bytes, and limits.totalSize is ${totalSize}`,
  );
}

function guardShares(
  wanted: readonly ManifestFile[],
  live: Manifest,
  { changedShare, removedShare, floor }: PlanLimits,
  environment: string,
): void {
  const after = new Map(wanted.map((file) => [file.key, file.sha256]));
  const all = live.files.length;
  const changed = live.files.filter((file) => after.get(file.key) !== file.sha256).length;
  const removed = live.files.filter((file) => !after.has(file.key)).length;
  if (changedShare !== undefined && changed > floor && changed / all > changedShare) {
    throw exceeded(
      `${changed} of ${all} live files of ${environment} would change or vanish: ${percent(changed / all)}, and limits.changedShare is ${percent(changedShare)}`,
    );
  }
  if (removedShare !== undefined && removed > floor && removed / all > removedShare) {
    throw exceeded(
      `${removed} of ${all} live files of ${environment} would vanish: ${percent(removed / all)}, and limits.removedShare is ${percent(removedShare)}`,
    );
  }
}

function exceeded(message: string): PlanError {
  return new PlanError('LIMIT_EXCEEDED', message, {
    hint: 'Look at `waybill plan`; pass --allow-large if it is meant.',
  });
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
