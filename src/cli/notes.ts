import type { Event } from '../events.ts';
import { renderDuration, renderNumber } from './render/quantity.ts';
import { renderName } from './render/text.ts';

/** What an event has to say beyond counters; `undefined` for most. */
export function renderNote(event: Event, debug: boolean): string | undefined {
  switch (event.kind) {
    case 'retrying':
      return `retrying ${renderName(event.operation)} in ${renderDuration(event.delayMs)}: ${renderName(event.reason)}`;
    case 'waiting-for-lock':
      return `waiting for the lock of ${renderName(event.holder)}, ${renderDuration(event.waitedMs)}`;
    case 'removed':
      // A small prune is done before anybody could read it.
      return event.total > 1000
        ? `removed ${renderNumber(event.count)} of ${renderNumber(event.total)} objects`
        : undefined;
    case 'request':
      return debug ? `${renderDuration(event.durationMs).padStart(8)}  ${renderName(event.operation)}` : undefined;
    default:
      return undefined;
  }
}

// A store that throttles makes all operations under way retry at once.
const leastGapMs = 1000;

/** Lets at most one note of a kind a second pass, and counts the others into the next one. Requests all pass. */
export function createNoteGate(): (event: Event, note: string, nowMs: number) => string | undefined {
  const last = new Map<string, { atMs: number; held: number }>();
  return (event, note, nowMs) => {
    if (event.kind === 'request') return note;
    const seen = last.get(event.kind);
    if (seen !== undefined && nowMs - seen.atMs < leastGapMs) {
      seen.held += 1;
      return undefined;
    }
    last.set(event.kind, { atMs: nowMs, held: 0 });
    return seen === undefined || seen.held === 0 ? note : `${note} (and ${seen.held} more like it)`;
  };
}
