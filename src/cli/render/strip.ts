import type { Holdings } from '../../strip.ts';
import { renderBytes, renderNumber } from './quantity.ts';

/** One path a line, as .dockerignore and `xargs rm` take them. */
export function renderStrip({ files }: Holdings): string {
  return files.map(({ file }) => file).join('\n');
}

export function summarizeStrip({ files, outside, version, environment }: Holdings, deleted: boolean): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const what = `${renderNumber(files.length)} local files, ${renderBytes(bytes)}`;
  const rest = outside === 0 ? '' : `; ${renderNumber(outside)} more outside this folder stay`;
  return `${deleted ? 'Deleted' : 'Held by'} ${deleted ? what : `version ${version} of ${environment}: ${what}`}${rest}.`;
}
