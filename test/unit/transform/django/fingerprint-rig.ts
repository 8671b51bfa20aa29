import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DjangoOptions,
  type Fingerprinted,
  fingerprintDjango,
} from '../../../../src/transform/django/fingerprint.ts';
import { makeTree } from '../../../temp.ts';

/** Fingerprints files in the order in which they stand. */
export async function fingerprint(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<DjangoOptions> = {},
): Promise<Fingerprinted> {
  const root = makeTree(files);
  const listed = Object.keys(files).map((path) => ({ path, file: join(root, path) }));
  const signal = new AbortController().signal;
  const defaults = {
    version: '5.2',
    staticUrl: '/static/',
    jsModules: false,
    lenient: false,
    keepOriginals: false,
    signal,
  };
  return await fingerprintDjango(listed, { ...defaults, ...options });
}

/** What a file has become, with each hash as `H`. */
export function textOf({ outputs, paths }: Fingerprinted, path: string): string {
  const output = outputs.find(({ key }) => key === paths.get(path));
  if (output === undefined) throw new Error(`${path} has no output`);
  const bytes = 'bytes' in output.source ? Buffer.from(output.source.bytes) : readFileSync(output.source.file);
  return hideHashes(bytes.toString('utf8'));
}

export function hideHashes(text: string): string {
  return text.replace(/\.[0-9a-f]{12}(?![0-9a-f])/g, '.H');
}
