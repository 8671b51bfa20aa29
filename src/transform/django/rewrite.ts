import { listIgnoredBlocks } from './ignored-blocks.ts';
import type { Pattern, Syntax } from './patterns.ts';
import { type ReferenceContext, type Resolution, resolveReference } from './references.ts';
import type { SiteFile } from './site.ts';

export type Broken = Extract<Resolution, { kind: 'missing' | 'outside' | 'malformed' }>;

/** A reference that Django would fail on. */
export interface BrokenReference {
  readonly from: SiteFile;
  /** Counted from 1. */
  readonly line: number;
  /** As it stands in the file, `url(x.png)`. */
  readonly text: string;
  readonly url: string;
  readonly why: Broken;
}

export interface Rewritten {
  readonly text: string;
  /** Targets without a final name; unless there are none, `text` is of no use. */
  readonly waiting: ReadonlySet<SiteFile>;
  readonly broken: readonly BrokenReference[];
}

/** Runs one pattern over a text. References that name nothing stay as they are. */
export function applyPattern(
  text: string,
  pattern: Pattern,
  file: { readonly from: SiteFile; readonly syntax: Syntax },
  context: ReferenceContext,
): Rewritten {
  const waiting = new Set<SiteFile>();
  const broken: BrokenReference[] = [];
  const isIgnored = context.rules.skipsComments ? makeIgnoredTest(text, file.syntax) : () => false;
  let rewritten = '';
  let done = 0;
  for (const { start, end, url, names } of pattern.find(text)) {
    const resolution: Resolution = isIgnored(start) ? { kind: 'left' } : resolveReference(url, file.from, context);
    if (resolution.kind === 'waiting') waiting.add(resolution.target);
    else if (resolution.kind === 'rewritten' || (resolution.kind === 'left' && pattern.left === 'dropped')) {
      const replacement = resolution.kind === 'rewritten' ? pattern.render(resolution.url, names) : '';
      rewritten += text.slice(done, start) + replacement;
      done = end;
    } else if (resolution.kind !== 'left') {
      const line = lineAt(text, start);
      broken.push({ from: file.from, line, text: text.slice(start, end), url, why: resolution });
    }
  }
  return { text: done === 0 ? text : rewritten + text.slice(done), waiting, broken };
}

/** Tells whether an offset lies inside a comment or string; offsets have to come in rising order. */
function makeIgnoredTest(text: string, syntax: Syntax): (offset: number) => boolean {
  const blocks = listIgnoredBlocks(text, syntax);
  let block = { start: -1, end: -1 };
  return (offset) => {
    while (block.end <= offset) {
      const next = blocks.next();
      block = next.done === true ? { start: text.length, end: Number.POSITIVE_INFINITY } : next.value;
    }
    return block.start < offset;
  };
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
