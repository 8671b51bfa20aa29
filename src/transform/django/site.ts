import { type Syntax, syntaxOf } from './patterns.ts';
import { isOutside, normpath } from './python-path.ts';
import type { Rules } from './rules.ts';

/** A collected file on its way through the fingerprinting. */
export interface SiteFile {
  /** As collected. */
  readonly path: string;
  /** What references find it by, and its key in `staticfiles.json`: the path with `\` turned into `/`. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** When Django processes it: deepest folders first, else as collected. */
  readonly order: number;
  readonly syntax: Syntax | undefined;
  /** The final hashed name; known at once unless the file may hold references. */
  hashed: string | undefined;
  /** Hex MD5 of the bytes under the hashed name. */
  hashedMd5: string | undefined;
}

/** The files in the order in which Django processes them. */
export function orderSite(
  files: readonly { readonly path: string; readonly file: string }[],
  rules: Rules,
): SiteFile[] {
  const byDepth = files.map(({ path, file }) => ({ path, file, depth: path.split('/').length }));
  byDepth.sort((a, b) => b.depth - a.depth);
  return byDepth.map(({ path, file }, order) => ({
    path,
    name: path.replaceAll('\\', '/'),
    file,
    order,
    syntax: syntaxOf(path, rules),
    hashed: undefined,
    hashedMd5: undefined,
  }));
}

export type Found =
  | { readonly kind: 'file'; readonly file: SiteFile; readonly copy: 'collected' | 'hashed' }
  | { readonly kind: 'folder' | 'missing' | 'outside' };

/** What lies in Django's STATIC_ROOT while it processes a file: every collected file, and the hashed copies made until then. */
export class StaticRoot {
  readonly #byName = new Map<string, SiteFile>();
  readonly #byHashed = new Map<string, SiteFile>();
  readonly #folders = new Set<string>();

  constructor(files: readonly SiteFile[]) {
    for (const file of files) {
      this.#byName.set(file.name, file);
      for (let at = file.name.lastIndexOf('/'); at > 0; at = file.name.lastIndexOf('/', at - 1)) {
        const folder = file.name.slice(0, at);
        if (this.#folders.has(folder)) break;
        this.#folders.add(folder);
      }
    }
  }

  /** The collected file that references of this name mean. */
  named(name: string): SiteFile | undefined {
    return this.#byName.get(name);
  }

  addHashed(file: SiteFile, hashed: string): void {
    if (!this.#byHashed.has(hashed)) this.#byHashed.set(hashed, file);
  }

  /** What a file that is processed at `order` finds at a path. */
  find(path: string, order: number): Found {
    const place = normpath(path);
    if (isOutside(place)) return { kind: 'outside' };
    const file = this.#byName.get(place);
    if (file !== undefined) return { kind: 'file', file, copy: 'collected' };
    if (place === '.' || this.#folders.has(place)) return { kind: 'folder' };
    const hashed = this.#byHashed.get(place);
    if (hashed !== undefined && hashed.order < order) return { kind: 'file', file: hashed, copy: 'hashed' };
    return { kind: 'missing' };
  }
}
