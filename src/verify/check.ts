import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { ManifestFile } from '../model.ts';
import { publicUrl } from '../plan/url.ts';
import type { Session } from '../session.ts';
import { compareAnswer, type Finding } from './compare.ts';
import type { Ask, Reply } from './fetch.ts';
import { isLost } from './patience.ts';

/** Asks CDN_URL, and knows when to give up. */
export interface Inquiry {
  readonly session: Session;
  readonly url: string;
  readonly ask: (ask: Ask) => Promise<Reply>;
  readonly concurrency: number;
  /** Files that got no answer so far. */
  lost: number;
}

/** After so many files without an answer the edge is taken to be down, and the rest is not asked for. */
const mostLost = 10;
const firstPauseMs = 500;

export interface Checked {
  readonly findings: readonly Finding[];
  readonly checked: number;
}

/** Asks again for the files with problems, with growing pauses, until none has any or the time is up. */
export async function checkPatiently(
  inquiry: Inquiry,
  files: readonly ManifestFile[],
  graceMs: number,
): Promise<Checked> {
  const { session, url } = inquiry;
  const { signal } = session.call;
  const started = performance.now();
  const first = await checkFiles(inquiry, files);
  let { findings } = first;
  for (let pauseMs = firstPauseMs; findings.length > 0 && inquiry.lost === 0; pauseMs *= 2) {
    if (performance.now() - started + pauseMs > graceMs) break;
    const bad = new Set(findings.map((finding) => finding.url));
    const reason = `not right yet: ${bad.size} of ${files.length} files`;
    session.emit({ kind: 'retrying', operation: 'verify', reason, delayMs: pauseMs });
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    const again = files.filter(({ key }) => bad.has(publicUrl(url, key)));
    findings = (await checkFiles(inquiry, again)).findings;
  }
  return { findings, checked: first.checked };
}

/** Asks for files side by side until all are checked or the edge is given up. */
async function checkFiles(inquiry: Inquiry, files: readonly ManifestFile[]): Promise<Checked> {
  const gate = pLimit(inquiry.concurrency);
  let checked = 0;
  const tell = (): void => inquiry.session.emit({ kind: 'verifying', done: checked, total: files.length });
  tell();
  const results = await Promise.all(
    files.map((file) =>
      gate(async () => {
        if (inquiry.lost >= mostLost) return [];
        const findings = await checkFile(inquiry, file);
        checked++;
        tell();
        return findings;
      }),
    ),
  );
  return { findings: results.flat(), checked };
}

async function checkFile(inquiry: Inquiry, file: ManifestFile): Promise<Finding[]> {
  const url = publicUrl(inquiry.url, file.key);
  const stored = file.headers['content-encoding'];
  // A stale copy may be larger, and still tells whose it is.
  const mostBytes = Math.max(4 * file.size, file.size + 16 * 1024 * 1024);
  const reply = await inquiry.ask({ url, mostBytes, ...(stored === undefined ? {} : { stored }) });
  if (isLost(reply)) inquiry.lost++;
  if (reply.kind === 'answer') return compareAnswer(file, url, reply.answer);
  const message = `gives no answer: ${reply.reason}`;
  return [{ path: file.path, url, code: 'NO_ANSWER', expected: '200', found: null, message }];
}
