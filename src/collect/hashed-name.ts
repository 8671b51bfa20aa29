import { hexStrength, isBase32Hash, isBase64Hash, isLooseHash, isPlainUuid, type Place } from './hash-shape.ts';

/** What bundlers emit. A short hash on anything else (`report-1a2b3c4d.pdf`) is more likely somebody's number. */
const bundlerExtensions = new Set(
  'js mjs cjs css wasm map svg png jpg jpeg gif webp avif ico cur woff woff2 ttf otf eot mp4 webm mp3 ogg wav flac glb gltf'.split(
    ' ',
  ),
);
const codeExtensions = new Set(['js', 'mjs', 'cjs', 'css', 'wasm', 'map']);

/** Folders that Vite, Rollup, esbuild, Storybook, SvelteKit and Remix fill with bundled code; people rarely write into them. */
const bundleFolders = /(?:^|\/)(?:assets|chunks|_[a-z]+-chunks|entry|entries|nodes|build)\//;

/** Parts that may stand between the hash and the extension, `main.3f2a9c1b.chunk.js`, `x-BfX3kq2a.js.map`. */
const transparent = /\.(?:js|mjs|cjs|css|chunk|bundle|iframe|min|lean|worker|module|async)$/;

/** Ids, not hashes: a file under a UUID may change. */
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The file's name without its content hash and what follows it, e.g. `index` for `assets/index-BfX3kq2a.js`; `undefined` when the name
 * carries no hash. A false hit keeps stale bytes in browsers for a year, a miss costs one revalidation, so doubt means `undefined`.
 *
 * What counts, besides the shapes of hash-shape.ts:
 * - the hash ends the name, before its extension and parts like `.chunk` or `.map`, after `.`, `-` or (long ones) `_`; a name that
 *   is nothing but a hash needs 20 characters of hex;
 * - short hashes count on bundlers' file types only;
 * - `_next/static/` and `_app/immutable/` are immutable by the word of Next and SvelteKit, whatever the name;
 * - `_nuxt/` and `_astro/` take looser shapes, also a bare `_nuxt/BfX3kq2a.js`;
 * - in `folders`, names without a digit count as well (`index-DiwrgTda.js` beside `vendor-Bx3k9Q2a.js`).
 */
export function hashedStem(path: string, folders: HashFolders = new Set()): string | undefined {
  return findHash(path, folders)?.stem;
}

/** Folders that hold short hashes beyond doubt, as `<kind> <folder>`: there a weaker shape of the same kind counts too. */
export type HashFolders = ReadonlySet<string>;

export function findHashFolders(paths: Iterable<string>): HashFolders {
  const folders = new Set<string>();
  for (const path of paths) {
    const kind = findHash(path, folders)?.kind;
    if (kind) folders.add(`${kind} ${folderOf(path)}`);
  }
  return folders;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

interface FoundHash {
  readonly stem: string;
  /** Of short hashes that words may look like. */
  readonly kind?: 'base32' | 'base64';
}

function findHash(path: string, folders: HashFolders): FoundHash | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/(?:^|\/)(?:_next\/static|_app\/immutable)\/(?!development\/)./.test(path)) return { stem: plainStem(name) };
  const plain = name.replace(/\.(?:gz|br|zst)$/, '').replace(/\.LICENSE\.txt$/, '');
  const dot = plain.lastIndexOf('.');
  const extension = dot > 0 ? plain.slice(dot + 1).toLowerCase() : '';
  const file: FileFacts = {
    isBundlers: bundlerExtensions.has(extension),
    isLoose: /(?:^|\/)(?:_nuxt|_astro)\//.test(path),
    place: codeExtensions.has(extension) ? (bundleFolders.test(path) ? 'bundle' : 'code') : 'anywhere',
    besideBase32: folders.has(`base32 ${folderOf(path)}`),
    besideBase64: folders.has(`base64 ${folderOf(path)}`),
  };
  let stem = dot > 0 ? plain.slice(0, dot) : plain;
  // Django also hashes files without extension: there the hash stands where the extension would.
  if (dot > 0 && extension.length === 12 && hexStrength(extension) === 'strong') return { stem };
  for (;;) {
    const found = withoutHash(extension === 'wasm' ? stem.replace(/_bg$/, '') : stem, file);
    if (found !== undefined) return found;
    const shorter = stem.replace(transparent, '');
    if (shorter === stem || shorter === '') return undefined;
    stem = shorter;
  }
}

interface FileFacts {
  readonly isBundlers: boolean;
  readonly isLoose: boolean;
  readonly place: Place;
  readonly besideBase32: boolean;
  readonly besideBase64: boolean;
}

function withoutHash(stem: string, file: FileFacts): FoundHash | undefined {
  if (uuid.test(stem)) return undefined;
  const hex = /(?:^|([.\-_]))([0-9a-f]{8,})$/.exec(stem);
  if (hex?.[2] !== undefined && isHexHash(hex[2], hex[1] ?? '', file)) return { stem: stem.slice(0, hex.index) };
  if (!file.isBundlers) return undefined;
  const tail = stem.slice(-8);
  const separator = stem.at(-9) ?? '';
  if (separator === '' ? !file.isLoose : separator !== '-' && separator !== '.') return undefined;
  const before = stem.slice(0, -9);
  if (separator === '-' && isBase32Hash(tail, before === 'chunk' || file.besideBase32))
    return { stem: before, kind: 'base32' };
  const place = file.besideBase64 ? 'beside' : file.place;
  if (separator !== '' && isBase64Hash(tail, place)) return { stem: before, kind: 'base64' };
  return file.isLoose && isLooseHash(tail) ? { stem: before } : undefined;
}

function isHexHash(piece: string, separator: string, file: FileFacts): boolean {
  const strength = hexStrength(piece);
  if (strength === undefined) return false;
  if (separator === '' && piece.length < 20) return false;
  if (separator === '_' && strength === 'weak') return false;
  // Nobody names scripts by UUID, but uploads are.
  if (file.place === 'anywhere' && isPlainUuid(piece)) return false;
  return strength === 'strong' || file.isBundlers;
}

function plainStem(name: string): string {
  return name.replace(/\..*$/, '');
}
