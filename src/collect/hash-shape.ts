/**
 * How sure a trailing piece of a name is a content hash. `strong` pieces are long enough for any file; `weak` ones (8 or 10
 * characters) may be a word, a date or an article number and count only on files that bundlers write.
 */
export type HashStrength = 'strong' | 'weak';

/** Lengths of hex hashes in names: webpack 8, 16, 20 and 32, Rsbuild 10, Django 12, Next 16, Rails and Hugo 32 to 128. */
const hexLengths = new Set([8, 10, 12, 16, 20, 32, 40, 64, 96, 128]);

/** Letters that can be said, with a vowel and no three consonants in a row, and digits behind them. */
const wordAndNumber = /^(?=[a-f]*[ae])(?![a-f]*[bcdf]{3})[a-f]{3,}\d+$/;

/**
 * Lower-case hex of a usual length with both letters and digits: `20240101` is a date, `deadbeef` a word.
 * Of 8 or 10 characters, `cafe2020` (word and number) and `1234567a` (number and suffix) are refused too.
 *
 * Missed true hashes, by simulation of 400,000: 5.3 % of 8 characters, 2.4 % of 10, 0.4 % of 12, 0.06 % of 16, 0.01 % of 20. From
 * 12 on that is the share without a letter, (10/16)^n.
 */
export function hexStrength(piece: string): HashStrength | undefined {
  if (!hexLengths.has(piece.length) || !/^[0-9a-f]+$/.test(piece)) return undefined;
  if (!/[a-f]/.test(piece) || !/\d/.test(piece)) return undefined;
  if (piece.length >= 12) return 'strong';
  return wordAndNumber.test(piece) || /^\d{6,}[a-f]+$/.test(piece) ? undefined : 'weak';
}

/** Version 4 and 7 UUIDs without hyphens have the length of an MD5, and name uploads, not contents. 3 % of MD5s look like one. */
export function isPlainUuid(piece: string): boolean {
  return /^[0-9a-f]{12}[47][0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(piece);
}

/**
 * esbuild's hash: 8 characters of base32, `5WLTJH4U`. At least one digit (2 to 7) and no word with a number behind it, as in
 * `VERSION2`. Missed true hashes: 19 % without a digit ((26/32)^8) and 6 % of the other shape.
 * When `certain`, all are taken: after `chunk-`, esbuild's own name for shared code, and beside surer hashes.
 */
export function isBase32Hash(piece: string, certain: boolean): boolean {
  if (!/^[A-Z2-7]{8}$/.test(piece)) return false;
  return certain || (/\d/.test(piece) && !/^[A-Z]{3,}\d+$/.test(piece) && /[A-Z]/.test(piece));
}

/** How much a place speaks for a hash: anywhere · scripts and styles · those in a folder that bundlers fill · beside surer hashes of this kind. */
export type Place = 'anywhere' | 'code' | 'bundle' | 'beside';

/**
 * The hash of Rollup 4, Rolldown and Vite 5 on: 8 characters of base64url, `BfX3kq2a`, `B_E-RY2t`. Both cases must occur (names in
 * one case are words or dimensions, `10x20x30`), and it must fall into more runs than a camel-case name has, where a run is
 * a word (`Chart`), an acronym or a number: `CheckOut` has two, `Win32Api` three, `iOS17Pro` four, `BfX3kq2a` six (`Bf X 3 kq 2 a`).
 * Hyphens inside only separate runs, so `2-Column` of `layout-2-Column` has two.
 *
 * Five runs are enough anywhere, four where no long word or number is among them. Scripts and styles need four; in a bundler's
 * folder three (`zhHansCN` has as many), if a digit is among them or no word is.
 *
 * Beside surer hashes both cases are enough, unless it is one word or two (`Homepage`, `CheckOut`).
 *
 * Missed true hashes, by simulation of 400,000: 30 % of fonts and images, 20 % of scripts and styles, 13 % of those in a
 * bundler's folder, 3 % beside others. A `classes` rule for the folder catches the rest.
 */
export function isBase64Hash(piece: string, place: Place): boolean {
  if (!/^[A-Za-z0-9_-]{8}$/.test(piece) || !/[a-z]/.test(piece) || !/[A-Z]/.test(piece)) return false;
  const runs = piece.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  if (place === 'beside') return runs.length > 2 || (runs.length === 2 && !runs.every(isSpoken)) || /\d/.test(piece);
  if (runs.length >= 5) return true;
  if (runs.length === 4) return place !== 'anywhere' || !runs.some((run) => isLongWord(run) || /^\d{2}/.test(run));
  return runs.length === 3 && place === 'bundle' && (/\d/.test(piece) || !runs.some(isWord));
}

function isWord(run: string): boolean {
  return run.length >= 3 && (/^[A-Z]+$/.test(run) || /[aeiouy]/i.test(run));
}

/** Three consonants that English words do have in a row; the others make a run unpronounceable. */
const clusters =
  /[sct]hr|s[cpt][rl]|sch|[gn]ht|tch|n[dgstc][rlsh]|ng[th]|m[pb][lrts]|ck[sl]|r[stdkmcl][sth]|l[dltf][sh]|[stpc]ts|sks|([bdfgpt])\1l|xp[lr]|xtr|[dwf]th/g;

function isSpoken(run: string): boolean {
  const plain = run.toLowerCase().replace(clusters, 'st');
  return run.length >= 3 && /[aeiouy]/.test(plain) && !/[b-df-hj-np-tv-xz]{3}/.test(plain);
}

function isLongWord(run: string): boolean {
  return run.length >= 4 && isWord(run);
}

/**
 * For folders that hold nothing but hashed files (`_nuxt/`, `_astro/`): 8 characters that are no plain word, in one case too, since
 * some builds lower all names. Missed: 0.25 % of base64url, 26 % of lowered ones.
 */
export function isLooseHash(piece: string): boolean {
  return /^[A-Za-z0-9_-]{8}$/.test(piece) && /[a-zA-Z]/.test(piece) && (/\d/.test(piece) || /.[A-Z]/.test(piece));
}
