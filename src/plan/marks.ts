import { statePrefix } from '../manifest/keys.ts';
import type { Manifest, ManifestFile } from '../model.ts';

/** One key as all manifests name it. */
export interface NamedKey {
  /** One for each body that stood here. */
  readonly files: ManifestFile[];
  /** A version names it as mutable or entry. */
  isStable: boolean;
  /** A version that goes names it. */
  isLeft: boolean;
  /** A version that stays names it. */
  isKept: boolean;
  /** The live version, or the one being applied, names it. */
  isServed: boolean;
}

/** A file of a version that stays, with bytes that a takedown takes under another name. */
export interface SharedBody {
  readonly version: number;
  readonly path: string;
  readonly key: string;
  readonly sha256: string;
  readonly isServed: boolean;
}

/** What a takedown is about: every key that a matching path has had, and every body that stood there. */
export class Takedown {
  readonly keys = new Set<string>();
  readonly digests = new Set<string>();
  readonly #matches: (name: string) => boolean;
  constructor(matches: (name: string) => boolean) {
    this.#matches = matches;
  }

  add({ files, aliases = {} }: Manifest): void {
    for (const [path, key] of Object.entries(aliases)) if (this.#matches(path)) this.keys.add(key);
    for (const { path, key, sha256 } of files) {
      if (!this.keys.has(key) && !this.#matches(path) && !this.#matches(key)) continue;
      this.keys.add(key);
      this.digests.add(sha256);
    }
  }
}

/**
 * What the manifests name, taken in one after the other: they are large, and there may be hundreds. Its size goes by the number of
 * different keys.
 */
export class Marks {
  readonly keys = new Map<string, NamedKey>();
  /** sha256 of every body that a version which stays needs. */
  readonly needed = new Set<string>();
  /** sha256 of every body that a version which goes has needed. */
  readonly released = new Set<string>();
  /** Paths that a takedown takes, by version. */
  readonly losses = new Map<number, string[]>();
  readonly shared: SharedBody[] = [];
  readonly #takedown: Takedown | undefined;
  constructor(takedown?: Takedown) {
    this.#takedown = takedown;
  }

  add({ version, files }: Manifest, { isServed, leaves }: { isServed: boolean; leaves: boolean }): void {
    for (const file of files) {
      // No file of ours lies there, whatever a manifest says.
      if (file.key.startsWith(statePrefix)) continue;
      const named = this.#name(file);
      named.isStable ||= file.class !== 'immutable';
      named.isServed ||= isServed;
      if (leaves) {
        named.isLeft = true;
        this.released.add(file.sha256);
        continue;
      }
      named.isKept = true;
      this.needed.add(file.sha256);
      if (this.#takedown) this.#take(this.#takedown, version, file, isServed);
    }
  }

  #name(file: ManifestFile): NamedKey {
    const known = this.keys.get(file.key);
    if (!known) {
      const made = { files: [file], isStable: false, isLeft: false, isKept: false, isServed: false };
      this.keys.set(file.key, made);
      return made;
    }
    if (!known.files.some(({ sha256 }) => sha256 === file.sha256)) known.files.push(file);
    return known;
  }

  #take({ keys, digests }: Takedown, version: number, { path, key, sha256 }: ManifestFile, isServed: boolean): void {
    if (keys.has(key)) {
      const paths = this.losses.get(version);
      if (paths) paths.push(path);
      else this.losses.set(version, [path]);
    } else if (digests.has(sha256)) this.shared.push({ version, path, key, sha256, isServed });
  }
}
