import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compareUtf8 } from '../../byte-order.ts';
import { type Begun, Digests } from '../../collect/digests.ts';
import { digestBufferBytes, digestBytesWithMd5, type FileDigests, readWhole } from '../../collect/file-digest.ts';
import { blindLook, type HashCache } from '../../collect/hash-cache.ts';
import type { KnownDigest } from '../../collect/hash-cache-rows.ts';
import { Pacer } from '../../collect/pacer.ts';
import { toSourceError } from '../../collect/read-error.ts';
import { Failures } from './failures.ts';
import { checkedName } from './hashed-name.ts';
import { type DjangoOutput, listOutputs, type ProcessedFile } from './outputs.ts';
import { patternsOf } from './patterns.ts';
import { resolveStaticUrl } from './references.ts';
import { type Rewriting, rewriteWithTargets, seekOnlyMaps } from './rewriting.ts';
import { isNewerThanKnown, newestVersion, type Rules, rulesOf } from './rules.ts';
import { orderSite, type SiteFile, StaticRoot } from './site.ts';

/** A file that Django's finders have found. */
export interface DjangoFile {
  /** Destination below STATIC_ROOT, with `/`; no two files may have the same. */
  readonly path: string;
  /** Absolute, links resolved. */
  readonly file: string;
}

export interface DjangoOptions {
  /** Of Django, from `3.2` to `6.1`; patch levels may follow. */
  readonly version: string;
  /** STATIC_URL as in the settings: `/static/`, `static/`, `https://cdn.example/`. */
  readonly staticUrl: string;
  /** The storage's `support_js_module_import_aggregation`. */
  readonly jsModules: boolean;
  /** Keep a reference that names nothing, with a warning. */
  readonly lenient: boolean;
  /** Whether a public CDN serves the file of this path: then nobody needs what it refers to. */
  readonly isElsewhere?: (path: string) => boolean;
  /** Also list each file under its own name, as Django does. */
  readonly keepOriginals: boolean;
  /** Spares the reading of files that hold no references, and the hashing of others. */
  readonly hashes?: HashCache;
  readonly signal: AbortSignal;
  /** Told now and then how much has been read so far, and once at the end. */
  readonly onProgress?: (done: { readonly files: number; readonly bytes: number }) => void;
}

export interface Fingerprinted {
  readonly outputs: readonly DjangoOutput[];
  /** Logical path to hashed name, in the order of Django's `staticfiles.json`. */
  readonly paths: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/**
 * Does to collected files what Django's ManifestStaticFilesStorage does: a copy of each under a name with the hash of its content,
 * with references between them rewritten. Each file is read at most once, scripts that name a source map twice. Succeeds where Django would but for its limit of five passes.
 * Raises SourceError where Django fails: DJANGO_REFERENCE_MISSING, DJANGO_PATH, DJANGO_ENCODING, DJANGO_CYCLE, as well as
 * DJANGO_UNSUPPORTED, SOURCE_CHANGED, SOURCE_MISSING; rejects with the signal's reason when it is aborted.
 */
export async function fingerprintDjango(files: readonly DjangoFile[], options: DjangoOptions): Promise<Fingerprinted> {
  options.signal.throwIfAborted();
  const rules = rulesOf(options.version);
  const site = orderSite(files, rules);
  const run = new Run(site, rules, options);
  await run.copy(site.filter((file) => run.isMostlyCopied(file)));
  for (const file of site) if (file.hashed === undefined) await run.rewrite(file);
  run.failures.throwFirst();
  run.report();

  const processed = site.map((file) => run.processed(file));
  const pairs = processed.map(({ file, hashed }) => [file.name, hashed] as const);
  if (rules.sortsPaths) pairs.sort(([a], [b]) => compareUtf8(a, b));
  const newer = `There are no rules for Django ${options.version} yet; those of ${newestVersion} were used.`;
  return {
    outputs: listOutputs(processed, options.keepOriginals),
    paths: new Map(pairs),
    warnings: [...(isNewerThanKnown(options.version) ? [newer] : []), ...run.failures.warnings()],
  };
}

/** The state of one fingerprinting. */
class Run {
  readonly failures: Failures;
  readonly #rewriting: Rewriting;
  readonly #root: StaticRoot;
  readonly #collected = new Map<SiteFile, FileDigests>();
  readonly #rewritten = new Map<SiteFile, NonNullable<ProcessedFile['rewritten']>>();
  readonly #buffer = Buffer.allocUnsafe(digestBufferBytes);
  readonly #hashes: HashCache | undefined;
  readonly #pacer: Pacer;
  readonly #onProgress: DjangoOptions['onProgress'];
  #files = 0;
  #bytes = 0;
  #isDue = false;

  constructor(site: readonly SiteFile[], rules: Rules, options: DjangoOptions) {
    this.failures = new Failures(options.lenient, options.isElsewhere ?? (() => false));
    this.#root = new StaticRoot(site);
    this.#hashes = options.hashes;
    this.#pacer = new Pacer(options.signal);
    this.#onProgress = options.onProgress;
    this.#rewriting = {
      patterns: patternsOf(rules, options.jsModules),
      context: {
        root: this.#root,
        rules,
        staticUrl: resolveStaticUrl(options.staticUrl),
        lenient: options.lenient,
        md5Of: (file) => this.#collected.get(file)?.md5 ?? md5OfUnread(file),
      },
      failures: this.failures,
      read: (file) => this.#read(file),
      done: (file, rewritten) => this.#done(file, rewritten),
      nameForNow: (file) => this.#name(file, this.#digestsOf(file).md5),
    };
  }

  /** Whether the file holds no references, or, as most scripts do not, probably none. */
  isMostlyCopied({ syntax }: SiteFile): boolean {
    return syntax === undefined || (syntax === 'js' && seekOnlyMaps(this.#rewriting.patterns));
  }

  /** Names those of the files that hold no references. */
  async copy(files: readonly SiteFile[]): Promise<void> {
    const digests = new Digests<FileDigests>('md5', this.#hashes, this.#pacer);
    try {
      const begun: Begun<FileDigests>[] = [];
      for (const { file, path, syntax } of files) {
        const one = await digests.begin(file, path, syntax === 'js');
        begun.push(one);
        this.#count('size' in one.digest ? one.digest.size : 0);
        await this.#pause();
      }
      for (const [index, file] of files.entries()) {
        const { digest } = begun[index] ?? {};
        if (digest === undefined) continue;
        const known = await digest;
        if (digest instanceof Promise) this.#bytes += known.size;
        this.#collected.set(file, known);
        if (file.syntax === undefined || known.isPlain === true) this.#name(file, known.md5);
      }
    } finally {
      await digests.close();
    }
  }

  async rewrite(file: SiteFile): Promise<void> {
    await rewriteWithTargets(file, this.#rewriting);
  }

  processed(file: SiteFile): ProcessedFile {
    const { hashed = file.name } = file;
    return { file, hashed, collected: this.#digestsOf(file), rewritten: this.#rewritten.get(file) };
  }

  report(): void {
    this.#onProgress?.({ files: this.#files, bytes: this.#bytes });
  }

  async #read(file: SiteFile): Promise<Buffer> {
    // Not after reading: the buffer is in use then.
    await this.#pause();
    const look = this.#hashes?.look(file.file) ?? blindLook;
    const bytes = await readWhole(file.file, file.path, this.#buffer);
    const known = withMd5(look.known);
    if (this.#collected.has(file)) this.#isDue = this.#pacer.isDue(bytes.length);
    else this.#count(bytes.length);
    this.#collected.set(file, known?.size === bytes.length ? known : look.note(digestBytesWithMd5(bytes)));
    return bytes;
  }

  #done(file: SiteFile, rewritten: ProcessedFile['rewritten']): void {
    if (rewritten !== undefined) this.#rewritten.set(file, rewritten);
    this.#name(file, (rewritten?.digests ?? this.#digestsOf(file)).md5);
  }

  #digestsOf(file: SiteFile): FileDigests {
    const digests = this.#collected.get(file);
    if (digests === undefined) throw new Error(`${file.path} was not read`);
    return digests;
  }

  #name(file: SiteFile, md5: string): void {
    const { name, problem } = checkedName(file.path, md5);
    if (problem !== undefined) this.failures.addName(file, problem);
    file.hashed = name;
    file.hashedMd5 = md5;
    this.#root.addHashed(file, name);
  }

  #count(sizeBytes: number): void {
    this.#files += 1;
    this.#bytes += sizeBytes;
    this.#isDue = this.#pacer.isDue(sizeBytes);
  }

  async #pause(): Promise<void> {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.report();
    await this.#pacer.pause();
  }
}

function withMd5(known: KnownDigest | undefined): FileDigests | undefined {
  return known !== undefined && 'md5' in known ? known : undefined;
}

/** For the rare reference with a query to a style sheet or script that has not been read yet. */
function md5OfUnread(file: SiteFile): string {
  try {
    return hash('md5', readFileSync(file.file), 'hex');
  } catch (error) {
    throw toSourceError(error, file.path);
  }
}
