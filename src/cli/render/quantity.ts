/** `1 file`, `1,204 files`. */
export function renderCount(count: number, noun: string): string {
  return `${renderNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1,204`. Not by `toLocaleString`: its tables take longer to load than many a run. */
export function renderNumber(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

const units = ['kB', 'MB', 'GB', 'TB'];

/** Decimal units, as vendors bill: `812 B`, `12.4 kB`. */
export function renderBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    // 999,950 B would round to 1000.0 kB.
    if (value < 999.95) break;
    value /= 1000;
    unit = next;
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** `320 ms`, `3.2 s`, `4 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function renderDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `$0.02`, and `$0.005` below a cent; what is not free never shows as nothing. */
export function renderUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 0.01) return `$${usd.toFixed(2)}`;
  return usd < 0.001 ? 'less than $0.001' : `$${usd.toFixed(3)}`;
}
