import { type BigIntStats, fstatSync, futimesSync } from 'node:fs';
import process from 'node:process';

/** Names one writing of a file: any change behind our back shows as another etag, and a rename keeps it. */
export function etagOf(stats: BigIntStats): string {
  return `${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}-${stats.ino.toString(36)}`;
}

/**
 * Now, in seconds, to some 240 ns. Kernels stamp files by a clock that moves every few milliseconds and reuse inode numbers at once, so two
 * writings of one key could share an etag if the time stamp were left to them.
 */
function fineNow(): number {
  const withinMs = Number(process.hrtime.bigint() % 1_000_000n) / 1e6;
  return (Date.now() + withinMs) / 1000;
}

/** Gives the file its time stamp, and with it the etag that it keeps when it is renamed. */
export function seal(file: number): string {
  const now = fineNow();
  futimesSync(file, now, now);
  return etagOf(fstatSync(file, { bigint: true }));
}
