import type { IncomingHttpHeaders } from 'node:http';

export interface Validators {
  /** With its quotes, maybe weak. */
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Whether the client's copy is still good, so that 304 is the answer. `If-None-Match` wins over `If-Modified-Since`. */
export function isNotModified(request: IncomingHttpHeaders, { etag, modifiedMs }: Validators): boolean {
  const tags = request['if-none-match'];
  if (tags !== undefined) {
    return tags.trim() === '*' || splitTags(tags).some((tag) => withoutWeak(tag) === withoutWeak(etag));
  }
  const since = Date.parse(request['if-modified-since'] ?? '');
  return !Number.isNaN(since) && toSeconds(modifiedMs) <= toSeconds(since);
}

/** Whether a range may be sent: without `If-Range`, or when it names exactly what is there now. */
export function mayRange(request: IncomingHttpHeaders, { etag, modifiedMs }: Validators): boolean {
  const condition = request['if-range'];
  if (typeof condition !== 'string') return true;
  const tag = condition.trim();
  // A weak tag says nothing about single bytes.
  if (tag.startsWith('"')) return tag === etag;
  return toSeconds(Date.parse(tag)) === toSeconds(modifiedMs);
}

function splitTags(text: string): string[] {
  return text.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function withoutWeak(tag: string): string {
  return tag.replace(/^W\//, '');
}

/** HTTP dates count whole seconds. */
function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
