import type { Headers, ManifestFile } from '../model.ts';
import { listCodings } from '../serve/encoding.ts';
import type { Answer, Problem, Tally } from './types.ts';

/** A problem; with the digest of what came, where other bytes came, so that it can be said whose they are. */
export type Finding = Problem & { readonly sha256?: string };

/** Told to edges and the store, and not passed on to visitors by all of them. */
const notForVisitors = /^(surrogate-|cdn-cache-control$|cloudflare-|edge-|cache-tag$|x-(amz|goog|ms)-)/;

/** What differs between what a version records for a file and what its URL answered. */
export function compareAnswer(file: ManifestFile, url: string, answer: Answer): Finding[] {
  const report = (code: Problem['code'], message: string, expected: string | null, found: string | null): Finding => ({
    path: file.path,
    url,
    code,
    expected,
    found,
    message,
  });
  const status = describeStatus(answer);
  if (status) return [report(status.code, status.message, '200', status.found)];
  const wanted = file.headers['content-type'] ?? null;
  const type = answer.headers['content-type'] ?? null;
  const encoding = compareEncoding(file, answer);
  const tally = encoding.tally;
  const hasBytes = tally?.sha256 === file.sha256;
  if (!hasBytes && isPage(type) && !isPage(wanted)) return [report('SPA_FALLBACK', describePage(wanted), wanted, type)];
  const findings: Finding[] = [];
  if (encoding.message !== undefined) {
    const expected = file.headers['content-encoding'] ?? null;
    findings.push(report('ENCODING', encoding.message, expected, answer.headers['content-encoding'] ?? null));
  } else if (tally && !hasBytes) {
    const expected = `sha256 ${file.sha256}, ${file.size} bytes`;
    const found = tally.endless ? `more than ${tally.size} bytes` : `sha256 ${tally.sha256}, ${tally.size} bytes`;
    findings.push({ ...report('BYTES', describeBytes(file, tally), expected, found), sha256: tally.sha256 });
  }
  if (wanted !== null && !sameType(wanted, type)) {
    findings.push(report('TYPE', `has content-type ${type ?? 'none'} instead of ${wanted}`, wanted, type));
  }
  for (const [name, expected] of Object.entries(file.headers)) {
    const found = answer.headers[name] ?? null;
    if (isCompared(name) && !sameHeader(name, expected, found)) {
      findings.push(report('HEADER', `has ${name} ${found ?? 'none'} instead of ${expected}`, expected, found));
    }
  }
  return findings;
}

/** An answer that is no 200 at all. */
export function describeStatus({
  status,
  headers,
}: Answer): { code: 'STATUS' | 'REDIRECT'; message: string; found: string } | undefined {
  if (status === 200) return undefined;
  const { location } = headers;
  if (status < 300 || status > 399 || location === undefined) {
    return { code: 'STATUS', message: `answers ${status}`, found: String(status) };
  }
  return { code: 'REDIRECT', message: `redirects to ${location}`, found: `${status} ${location}` };
}

/** Which bytes to compare, or what is wrong with the coding so that there is nothing to compare. */
function compareEncoding(file: ManifestFile, answer: Answer): { tally?: Tally; message?: string } {
  const stored = listCodings(file.headers['content-encoding']).join(', ');
  const found = listCodings(answer.headers['content-encoding']).join(', ');
  const body = answer.body ? { tally: answer.body } : {};
  if (stored === found) return body;
  if (stored !== '') {
    const isStored = answer.body?.sha256 === file.sha256;
    return {
      ...body,
      message: isStored
        ? `has lost content-encoding ${stored}, so browsers would take compressed bytes for the file`
        : `has content-encoding ${found || 'none'} instead of ${stored}, so its bytes are not the stored ones`,
    };
  }
  const { decoded } = answer;
  if (decoded === undefined) return { message: `has content-encoding ${found}, which browsers were not asked about` };
  if ('error' in decoded) return { message: `has content-encoding ${found} and cannot be decoded: ${decoded.error}` };
  return { tally: decoded };
}

function describeBytes(file: ManifestFile, { size, endless }: Tally): string {
  if (endless) return `does not end: more than ${size} bytes came instead of ${file.size}`;
  if (size < file.size) return `ends early or is another file: ${size} of ${file.size} bytes`;
  return `serves other bytes (${size} instead of ${file.size})`;
}

function describePage(wanted: string | null): string {
  const start = 'answers with a page (SPA fallback)';
  if (/javascript|ecmascript/.test(essence(wanted))) return `${start}, so the browser would run HTML as a script`;
  if (essence(wanted) === 'text/css') return `${start}, so the browser would read HTML as a style sheet`;
  return `${start} instead of the file`;
}

export function isPage(type: string | null): boolean {
  return ['text/html', 'application/xhtml+xml'].includes(essence(type));
}

function essence(type: string | null): string {
  return (type ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The same type with at least the recorded parameters; an edge that adds a charset does no harm. */
function sameType(wanted: string, found: string | null): boolean {
  if (found === null || essence(wanted) !== essence(found)) return false;
  const parameters = (type: string): string[] => splitList(type.replaceAll('"', ''), ';').slice(1);
  const there = new Set(parameters(found));
  return parameters(wanted).every((parameter) => there.has(parameter));
}

function isCompared(name: string): boolean {
  return name !== 'content-type' && name !== 'content-encoding' && !notForVisitors.test(name);
}

function sameHeader(name: string, wanted: string, found: string | null): boolean {
  if (found === null) return false;
  if (name === 'cache-control') return splitList(wanted).sort().join() === splitList(found).sort().join();
  // Edges that vary by more than we do add to it.
  if (name === 'vary') return splitList(wanted).every((field) => splitList(found).includes(field));
  // Beyond ASCII, stores send the bytes of UTF-8, which HTTP clients read as Latin-1.
  const asUtf8 = Buffer.from(found, 'latin1').toString();
  return [found.trim(), asUtf8.trim()].includes(wanted.trim());
}

function splitList(text: string, separator = ','): string[] {
  const parts = text.split(separator).map((part) =>
    part
      .trim()
      .toLowerCase()
      .replace(/\s*=\s*/, '='),
  );
  return parts.filter((part) => part !== '');
}

/** Headers of a probe for a name that does not exist. */
export function compareUnknown(path: string, url: string, answer: Answer): Problem[] {
  const { status, headers } = answer;
  if ([403, 404, 410].includes(status)) return [];
  const found = describeStatus(answer)?.found ?? '200';
  const base = { path, url, expected: '404', found };
  if (status !== 200) {
    return [{ ...base, code: 'UNKNOWN_NAME', message: `does not exist, and ${describeStatus(answer)?.message}` }];
  }
  const type = typeOf(headers);
  const message = isPage(type)
    ? 'does not exist, and answers with a page (SPA fallback), so the browser would run HTML as a script'
    : `does not exist, and answers 200 (${type ?? 'no content-type'})`;
  return [{ ...base, code: isPage(type) ? 'SPA_FALLBACK' : 'UNKNOWN_NAME', message }];
}

function typeOf(headers: Headers): string | null {
  return headers['content-type'] ?? null;
}
