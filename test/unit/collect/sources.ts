import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Collected, type CollectOptions, collect } from '../../../src/collect/collect.ts';
import type { DirectorySource, Source } from '../../../src/config/types.ts';

export function sourceAt(path: string, more: Partial<DirectorySource> = {}): DirectorySource {
  return { kind: 'directory', path, label: 'dist', prefix: '', fingerprint: 'auto', ignore: [], ...more };
}

export function collectFrom(
  source: string | readonly Source[],
  more: Partial<CollectOptions> = {},
): Promise<Collected> {
  return collect({
    directory: '/',
    env: {},
    externals: new Map(),
    sources: typeof source === 'string' ? [sourceAt(source)] : source,
    ignore: [],
    collisions: 'error',
    classes: [],
    headers: [],
    edgeInvalidates: true,
    maxKeyBytes: 1024,
    signal: new AbortController().signal,
    ...more,
  });
}

export async function keysFrom(...args: Parameters<typeof collectFrom>): Promise<string[]> {
  return (await collectFrom(...args)).assets.map(({ key }) => key);
}

export function link(root: string, path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}
