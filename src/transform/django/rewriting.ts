import { isUtf8 } from 'node:buffer';
import { mayNameMap } from '../../collect/digest-job.ts';
import { digestBytesWithMd5, type FileDigests } from '../../collect/file-digest.ts';
import type { Failures } from './failures.ts';
import type { Pattern, Syntax } from './patterns.ts';
import type { ReferenceContext } from './references.ts';
import { applyPattern } from './rewrite.ts';
import type { SiteFile } from './site.ts';

export interface Rewriting {
  readonly patterns: Readonly<Record<Syntax, readonly Pattern[]>>;
  readonly context: ReferenceContext;
  readonly failures: Failures;
  /** The file's bytes, good until the next reading; notes the digest of the file as collected. */
  readonly read: (file: SiteFile) => Promise<Buffer>;
  /** `rewritten` is undefined where nothing changed. */
  readonly done: (
    file: SiteFile,
    rewritten: { readonly bytes: Buffer; readonly digests: FileDigests } | undefined,
  ) => void;
  /** Takes the hashed name of the file's unchanged content, for a while. */
  readonly nameForNow: (file: SiteFile) => void;
}

/** A file whose references are being rewritten. */
interface Task {
  readonly file: SiteFile;
  readonly syntax: Syntax;
  readonly original: string;
  text: string;
  /** The pattern to run next. */
  next: number;
  /** What needs a final name before that. */
  readonly waiting: SiteFile[];
}

/**
 * Rewrites one file, and before it all that it refers to, bottom-up: so each file is rewritten once, under the final names of its
 * targets, where Django repeats all files until no name changes. Circles, which have no final names, are noted as failures.
 */
export async function rewriteWithTargets(file: SiteFile, rewriting: Rewriting): Promise<void> {
  const path: Task[] = [];
  const enter = async (next: SiteFile) => {
    const task = await openTask(next, rewriting);
    if (task !== undefined) path.push(task);
  };
  await enter(file);
  for (let task = path.at(-1); task !== undefined; task = path.at(-1)) {
    const target = task.waiting.pop();
    if (target === undefined) {
      if (!advance(task, rewriting)) continue;
      path.pop();
      finish(task, rewriting);
    } else if (target.hashed === undefined) {
      const start = path.findIndex((one) => one.file === target);
      if (start === -1) await enter(target);
      else {
        rewriting.failures.addCycle(path.slice(start).map((one) => one.file));
        // Goes on as Django's first pass does, to find other failures.
        rewriting.nameForNow(target);
      }
    }
  }
}

/** Nothing is left to do for a file without references. */
async function openTask(file: SiteFile, rewriting: Rewriting): Promise<Task | undefined> {
  const bytes = await rewriting.read(file);
  const { syntax } = file;
  if (!isUtf8(bytes)) rewriting.failures.addEncoding(file, lineOfDamage(bytes));
  else if (syntax !== undefined) {
    const text = textWithReferences(bytes, syntax, rewriting);
    if (text !== undefined) return { file, syntax, original: text, text, next: 0, waiting: [] };
  }
  rewriting.done(file, undefined);
  return undefined;
}

function textWithReferences(bytes: Buffer, syntax: Syntax, { patterns }: Rewriting): string | undefined {
  return syntax === 'js' && seekOnlyMaps(patterns) && !mayNameMap(bytes) ? undefined : bytes.toString('utf8');
}

/** Whether scripts have no references but the names of their source maps. */
export function seekOnlyMaps({ js }: Rewriting['patterns']): boolean {
  return js.length === 1;
}

/** Runs patterns until a target lacks its name; returns whether all have been run. */
function advance(task: Task, { patterns, context, failures }: Rewriting): boolean {
  const { file: from, syntax } = task;
  for (let pattern = patterns[syntax][task.next]; pattern !== undefined; pattern = patterns[syntax][task.next]) {
    const { text, waiting, broken } = applyPattern(task.text, pattern, { from, syntax }, context);
    if (waiting.size > 0) {
      task.waiting.push(...waiting);
      return false;
    }
    for (const one of broken) failures.addReference(one);
    task.text = text;
    task.next += 1;
  }
  return true;
}

function finish(task: Task, { done }: Rewriting): void {
  const bytes = task.text === task.original ? undefined : Buffer.from(task.text);
  done(task.file, bytes && { bytes, digests: digestBytesWithMd5(bytes) });
}

/** The first line that is not valid UTF-8; lines can be checked one by one, since no character's bytes include a line feed. */
function lineOfDamage(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const next = end === -1 ? bytes.length : end + 1;
    if (!isUtf8(bytes.subarray(start, next))) return line;
    start = next;
  }
  return line;
}
