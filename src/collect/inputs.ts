import { hash } from 'node:crypto';
import { version } from '../version.ts';
import type { CollectOptions } from './collect.ts';
import type { Found } from './find-files.ts';
import { numbersPerRow, toNumbers } from './hash-cache-rows.ts';
import type { Pacer } from './pacer.ts';
import type { Stamps } from './stamps.ts';

/** The rules by which files become assets. */
export interface CollectRules
  extends Pick<
    CollectOptions,
    'sources' | 'collisions' | 'classes' | 'headers' | 'externals' | 'edgeInvalidates' | 'maxKeyBytes'
  > {
  /** Names the code that collects: other code may come to something else. */
  readonly code: string;
}

/**
 * A digest over all that decides what collecting comes to: the rules, this code, and the files by their names and stamps. Undefined
 * where a file was written too shortly before the run for its stamp to prove its bytes.
 */
export async function digestInputs(
  { walked }: Found,
  rules: CollectRules,
  stamps: Stamps,
  pacer: Pacer,
): Promise<string | undefined> {
  const files = walked.flatMap((one) => one.files);
  const numbers = new BigInt64Array(files.length * numbersPerRow);
  const names: string[] = [];
  for (const [index, { path, file }] of files.entries()) {
    const stamp = stamps.of(file);
    if (stamp === undefined || !stamps.isSettled(stamp)) return undefined;
    numbers.set(toNumbers(stamp), index * numbersPerRow);
    names.push(path, file);
    if (pacer.isDue(0)) await pacer.pause();
  }
  const { code, sources, collisions, classes, headers, externals, edgeInvalidates, maxKeyBytes } = rules;
  const parts = walked.map((one) => [one.files.length, one.hashing ?? null, one.warnings]);
  const head = {
    code: [version, code],
    sources,
    collisions,
    classes,
    headers,
    externals: [...externals],
    edgeInvalidates,
    maxKeyBytes,
    parts,
  };
  const text = `${JSON.stringify(head)}\0${names.join('\0')}\0`;
  return hash('sha256', Buffer.concat([Buffer.from(text), new Uint8Array(numbers.buffer)]), 'hex');
}
