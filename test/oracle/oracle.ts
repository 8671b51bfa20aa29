import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { DjangoOutput } from '../../src/transform/django/outputs.ts';

/** A file of a case: text, base64, a link's target, or an empty folder. */
export type CaseFile =
  | { readonly t: string }
  | { readonly b64: string }
  | { readonly symlink: string }
  | { readonly dir: unknown };

export interface Case {
  readonly name: string;
  readonly roots: readonly { readonly prefix: string; readonly files: Readonly<Record<string, CaseFile>> }[];
  readonly static_url?: string;
  readonly listdir?: 'sorted' | 'reversed';
  readonly ignore?: readonly string[];
  readonly use_default_ignore?: boolean;
  readonly expected: readonly Expectation[];
}

export interface Expectation {
  readonly storage: string;
  readonly versions: readonly string[];
  readonly ok: boolean;
  readonly manifest_paths: Readonly<Record<string, string>> | null;
  readonly copied: readonly string[] | null;
  /** What Django left beside the copied files. */
  readonly new: Readonly<Record<string, CaseFile>> | null;
  readonly per_version: Readonly<
    Record<string, { readonly error?: readonly (readonly [string, string])[]; readonly manifest_text?: string | null }>
  >;
}

/**
 * Inputs with what Django made of them. They stand under others' licences and are no part of the project: their folder is named
 * by WAYBILL_ORACLE, or lies beside the repository.
 */
export function findOracle(): string | undefined {
  const beside = join(fileURLToPath(import.meta.url), '../../../../shared/oracle');
  const folder = process.env.WAYBILL_ORACLE ?? beside;
  if (existsSync(join(folder, 'edge-cases.json.gz'))) return folder;
  console.warn(`The comparison with Django's output is left out: there is nothing in ${folder}; set WAYBILL_ORACLE.`);
  return undefined;
}

export function readCases(oracle: string): Case[] {
  return JSON.parse(gunzipSync(readFileSync(join(oracle, 'edge-cases.json.gz'))).toString('utf8'));
}

/** Unpacks the site into a fresh folder, in memory where the system has a place for that. */
export function unpackSite(oracle: string): string {
  const folder = makeFolder();
  execFileSync('tar', ['-xJf', join(oracle, 'site.tar.xz'), '-C', folder]);
  return join(folder, 'site');
}

const folders: string[] = [];

export function makeFolder(): string {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = realpathSync(mkdtempSync(join(parent, 'waybill-oracle-')));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function writeFiles(folder: string, files: Readonly<Record<string, CaseFile>>): void {
  for (const [path, file] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync('dir' in file ? target : dirname(target), { recursive: true });
    if ('symlink' in file) symlinkSync(file.symlink, target);
    else if (!('dir' in file)) writeFileSync(target, bytesOf(file));
  }
}

export function bytesOf(file: CaseFile): Buffer {
  if ('t' in file) return Buffer.from(file.t);
  return Buffer.from('b64' in file ? file.b64 : '', 'base64');
}

export function contentsOf({ source }: DjangoOutput): Buffer {
  return 'bytes' in source ? Buffer.from(source.bytes) : readFileSync(source.file);
}
