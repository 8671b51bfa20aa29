import type { VersionSummary } from '../../versions.ts';
import type { Paint } from '../style.ts';
import { renderBytes, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { renderFirstLine } from './text.ts';

const commitLength = 12;

/** Newest first, since that is what people look for. */
export function renderVersions(versions: readonly VersionSummary[], environment: string, paint: Paint): string {
  if (versions.length === 0)
    return `No versions in ${environment} yet. The first one: waybill deploy --env ${environment}`;
  const rows = [...versions].reverse().map((one) => {
    const row = [
      String(one.version),
      one.unrestorable === undefined ? one.state : `${one.state}, not restorable`,
      // To the second, in UTC.
      one.createdAt.replace(/\.\d+Z$/, 'Z'),
      renderNumber(one.files),
      renderBytes(one.bytes),
      one.commit?.slice(0, commitLength) ?? '',
      renderFirstLine(one.message ?? ''),
    ];
    return one.live ? row.map((cell) => (cell === '' ? cell : paint('green', cell))) : row;
  });
  const head = ['VERSION', 'STATE', 'CREATED', 'FILES', 'SIZE', 'COMMIT', 'MESSAGE'];
  return renderTable([head, ...rows], { right: [0, 3, 4] });
}
