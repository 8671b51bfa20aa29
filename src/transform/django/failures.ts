import { SourceError } from '../../errors/errors.ts';
import type { BrokenReference } from './rewrite.ts';
import type { SiteFile } from './site.ts';

/** How many failures a message names. */
const shown = 5;

interface Failure {
  readonly file: SiteFile;
  readonly code: 'DJANGO_REFERENCE_MISSING' | 'DJANGO_PATH' | 'DJANGO_ENCODING' | 'DJANGO_CYCLE';
  readonly message: string;
  readonly hint: string;
}

/** What Django would fail on. All of a run's failures are gathered, so that one run tells of all of them. */
export class Failures {
  readonly #failures: Failure[] = [];
  readonly #warnings: { readonly order: number; readonly text: string }[] = [];
  readonly #lenient: boolean;
  readonly #isElsewhere: (path: string) => boolean;

  /** `isElsewhere`: whether a public CDN serves the file, so that what it lacks is none of ours. */
  constructor(lenient: boolean, isElsewhere: (path: string) => boolean) {
    this.#lenient = lenient;
    this.#isElsewhere = isElsewhere;
  }

  /** A broken reference is only worth a warning where the source is lenient. */
  addReference(broken: BrokenReference): void {
    const text = describe(broken);
    const file = broken.from;
    if (this.#isElsewhere(file.path)) return;
    if (this.#lenient) {
      this.#warnings.push({ order: file.order, text: `${text}; it stays as it is` });
      return;
    }
    const code = broken.why.kind === 'missing' ? 'DJANGO_REFERENCE_MISSING' : 'DJANGO_PATH';
    const hint = `Correct the reference in ${file.file}, ship what it names, or set \`lenient: true\` on the source to keep such references as they are.`;
    this.#failures.push({ file, code, message: text, hint });
  }

  addName(file: SiteFile, why: string): void {
    const hint = `Rename ${file.file}, or ignore it.`;
    this.#failures.push({ file, code: 'DJANGO_PATH', message: `${file.path} can have no hashed name: ${why}`, hint });
  }

  addEncoding(file: SiteFile, line: number): void {
    if (this.#isElsewhere(file.path)) return;
    const hint = `Save ${file.file} as UTF-8, or ignore it.`;
    const message = `${file.path}:${line}: Django rewrites this file as UTF-8, and it is not valid UTF-8`;
    this.#failures.push({ file, code: 'DJANGO_ENCODING', message, hint });
  }

  /** `cycle` names each file once, the first one being referred to by the last. */
  addCycle(cycle: readonly SiteFile[]): void {
    const [file] = cycle;
    if (file === undefined) return;
    const names = [...cycle, file].map(({ path }) => path).join(' -> ');
    const message = `files refer to each other in a circle, so none can be named by its content: ${names}`;
    const hint = 'Break the circle: move what both need into a third file, or ignore one of them.';
    this.#failures.push({ file, code: 'DJANGO_CYCLE', message, hint });
  }

  /** Raises SourceError for the failure that Django would meet first; it finds circles last. */
  throwFirst(): void {
    const isCycle = ({ code }: Failure) => (code === 'DJANGO_CYCLE' ? 1 : 0);
    const [first, ...others] = this.#failures.sort((a, b) => isCycle(a) - isCycle(b) || a.file.order - b.file.order);
    if (first === undefined) return;
    const more = others.length > shown ? `\n  and ${others.length - shown + 1} more` : '';
    const list = others.slice(0, more === '' ? shown : shown - 1).map(({ message }) => `\n  ${message}`);
    const message = first.message + (others.length > 0 ? `\nas well as${list.join('')}${more}` : '');
    throw new SourceError(first.code, message, { hint: first.hint });
  }

  /** In Django's order of files. */
  warnings(): string[] {
    return this.#warnings.sort((a, b) => a.order - b.order).map(({ text }) => text);
  }
}

function describe({ from, line, text, url, why }: BrokenReference): string {
  const quoted = text.length <= 100 ? text.replace(/\s+/g, ' ') : JSON.stringify(url.slice(0, 100));
  const start = `${from.path}:${line}: ${quoted}`;
  switch (why.kind) {
    case 'missing':
      return `${start} names no collected file (looked for ${why.place})`;
    case 'outside':
      return `${start} leads out of the static files (to ${why.place})`;
    case 'malformed':
      return `${start} is no URL: ${why.reason}`;
  }
}
