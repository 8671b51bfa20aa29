import { join } from 'node:path';
import type { FindOptions } from '../../../../src/collect/django/find.ts';
import { Pacer } from '../../../../src/collect/pacer.ts';
import type { DjangoSource } from '../../../../src/config/types.ts';

/** A Django source below `root`, with folders as they would be written. */
export function djangoAt(
  root: string,
  more: Partial<Omit<DjangoSource, 'dirs' | 'apps'>> & {
    readonly dirs?: readonly (string | readonly [prefix: string, path: string])[];
    readonly apps?: readonly string[];
  } = {},
): DjangoSource {
  const { dirs = [], apps = [], ...rest } = more;
  return {
    kind: 'django',
    path: root,
    label: 'the site',
    prefix: '',
    fingerprint: 'django',
    ignore: [],
    rules: { lenient: false, keepOriginals: true },
    defaultIgnore: true,
    dirs: dirs.map((dir) => {
      const [prefix, label] = typeof dir === 'string' ? ['', dir] : dir;
      return { path: join(root, label), label, prefix: prefix === '' ? '' : `${prefix}/` };
    }),
    apps: apps.map((label) => ({ path: join(root, label), label })),
    ...rest,
  };
}

export function findOptions(root: string, more: Partial<FindOptions> = {}): FindOptions {
  const { signal } = new AbortController();
  const env = { PATH: process.env.PATH };
  return { directory: root, env, maxKeyBytes: 1024, pacer: new Pacer(signal), signal, ...more };
}
