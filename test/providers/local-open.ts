import { join } from 'node:path';
import { resolveLayout } from '../../providers/local/layout.ts';
import { createLocalOrigin } from '../../providers/local/origin.ts';
import type { ServingOrigin } from '../../src/provider/serving.ts';

/** An origin over `<directory>/cdn`, as each process of a team would open one. */
export function openLocal(directory: string, prefix = ''): ServingOrigin {
  return createLocalOrigin(resolveLayout({ directory: 'cdn', prefix, concurrency: 16 }, directory), 16);
}

export function own(directory: string, file: string): string {
  return join(directory, 'cdn/.waybill/local', file);
}
