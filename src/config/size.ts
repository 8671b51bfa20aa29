/** Decimal as vendors count, binary where the unit says so. */
const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

export const sizePattern = /^(\d+(?:\.\d+)?) ?(B|[kK]B|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

/** Bytes of `25 MB` or of a number; `undefined` for what is no size. */
export function parseSize(written: number | string): number | undefined {
  if (typeof written === 'number') return written;
  const [, amount, unit = ''] = sizePattern.exec(written) ?? [];
  const factor = units[unit];
  return amount === undefined || factor === undefined ? undefined : Math.floor(Number(amount) * factor);
}
