import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Output, OutputKind } from '../../../src/config/types.ts';
import type { Manifest } from '../../../src/model.ts';
import { writeOutputs } from '../../../src/outputs/write.ts';
import { makeTree } from '../../temp.ts';

const cdnUrl = 'https://static.shop.example/static/';
const manifest: Manifest = {
  format: 1,
  project: 'shop',
  environment: 'prod',
  version: 1,
  source: {},
  cdnUrl,
  createdAt: '2026-01-01T00:00:00Z',
  files: [{ path: 'a.css', key: 'a.1.css', sha256: '', size: 0, class: 'immutable', headers: {} }],
};

const write = (outputs: readonly Output[], env: Record<string, string> = {}) =>
  writeOutputs(outputs, { cdnUrl, manifest }, { env });
const output = (kind: OutputKind, path?: string, variable = 'CDN_URL'): Output => ({
  kind,
  variable,
  ...(path !== undefined && { path }),
});

describe('writeOutputs', () => {
  it('writes every kind, and nothing the second time', async () => {
    const root = makeTree({ '.env': 'A=1\n', 'env.txt': '', 'out.txt': 'B=2\n' });
    const outputs = [
      output('dotenv', join(root, '.env')),
      output('json', join(root, 'build/deep/cdn.json')),
      output('python', join(root, 'cdn.py')),
      output('github'),
      output('gitlab', join(root, 'report.env'), 'ASSETS'),
      output('django-manifest', join(root, 'staticfiles.json')),
    ];
    const env = { GITHUB_ENV: join(root, 'env.txt'), GITHUB_OUTPUT: join(root, 'out.txt') };
    const first = await write(outputs, env);
    expect(first.map(({ kind, path, changed }) => [kind, path.slice(root.length + 1), changed])).toEqual([
      ['dotenv', '.env', true],
      ['json', 'build/deep/cdn.json', true],
      ['python', 'cdn.py', true],
      ['github', 'env.txt', true],
      ['github', 'out.txt', true],
      ['gitlab', 'report.env', true],
      ['django-manifest', 'staticfiles.json', true],
    ]);
    expect(readFileSync(join(root, '.env'), 'utf8')).toBe(`A=1\nCDN_URL=${cdnUrl}\n`);
    expect(JSON.parse(readFileSync(join(root, 'build/deep/cdn.json'), 'utf8'))).toEqual({ CDN_URL: cdnUrl });
    expect(readFileSync(join(root, 'cdn.py'), 'utf8')).toBe(`CDN_URL = "${cdnUrl}"\n`);
    expect(readFileSync(join(root, 'out.txt'), 'utf8')).toBe(`B=2\nCDN_URL=${cdnUrl}\n`);
    expect(readFileSync(join(root, 'report.env'), 'utf8')).toBe(`ASSETS=${cdnUrl}\n`);
    expect(JSON.parse(readFileSync(join(root, 'staticfiles.json'), 'utf8')).paths).toEqual({ 'a.css': 'a.1.css' });
    const inode = statSync(join(root, '.env')).ino;
    expect((await write(outputs, env)).map(({ changed }) => changed)).toEqual(Array(7).fill(false));
    expect(statSync(join(root, '.env')).ino).toBe(inode);
  });

  it('leaves GitHub out elsewhere, and says so', async () => {
    const [skipped] = await write([output('github')], { GITHUB_ENV: '' });
    expect(skipped).toMatchObject({ changed: false, note: expect.stringContaining('not in GitHub Actions') });
  });

  it('keeps the mode, also against the umask', async () => {
    const root = makeTree({ '.env': 'A=1\n' });
    for (const mode of [0o600, 0o666, 0o755]) {
      writeFileSync(join(root, '.env'), 'A=1\n');
      chmodSync(join(root, '.env'), mode);
      await write([output('dotenv', join(root, '.env'))]);
      expect(statSync(join(root, '.env')).mode & 0o777).toBe(mode);
    }
  });

  it('writes through symbolic links, to a missing file too', async () => {
    const root = makeTree({ 'real/.env': 'A=1\n' });
    symlinkSync('real/.env', join(root, '.env'));
    symlinkSync('real/new.env', join(root, 'new.env'));
    await write([output('dotenv', join(root, '.env')), output('dotenv', join(root, 'new.env'))]);
    expect(lstatSync(join(root, '.env')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(root, 'real/.env'), 'utf8')).toContain(cdnUrl);
    expect(readFileSync(join(root, 'real/new.env'), 'utf8')).toContain(cdnUrl);
  });

  it('leaves no temporary file behind', async () => {
    const root = makeTree({ '.env': 'A=1\n' });
    await write([output('dotenv', join(root, '.env'))]);
    expect(readdirSync(root)).toEqual(['.env']);
  });

  it('takes several variables in one file', async () => {
    const root = makeTree();
    await write([output('dotenv', join(root, '.env')), output('dotenv', join(root, '.env'), 'STATIC_URL')]);
    expect(readFileSync(join(root, '.env'), 'utf8')).toBe(`CDN_URL=${cdnUrl}\nSTATIC_URL=${cdnUrl}\n`);
  });

  const refused: readonly [string, OutputKind, string, string][] = [
    ['a folder in the place of the file', 'dotenv', 'folder', 'EISDIR'],
    ['a file in the place of a folder', 'dotenv', 'file/.env', 'ENOTDIR'],
    ['links in a circle', 'dotenv', 'circle', 'ELOOP'],
    ['bytes that are no UTF-8', 'dotenv', 'latin1', 'not UTF-8'],
    ['broken JSON', 'json', 'file', 'no valid JSON'],
  ];
  it.each(refused)('names the file and the reason: %s', async (_, kind, name, reason) => {
    const root = makeTree({ file: 'x', latin1: Buffer.from('A=\xe9\n', 'latin1') });
    mkdirSync(join(root, 'folder'));
    symlinkSync('circle', join(root, 'circle'));
    const failed = write([output(kind, join(root, name))]);
    await expect(failed).rejects.toMatchObject({ code: 'OUTPUT_FAILED', message: expect.stringContaining(reason) });
    await expect(failed).rejects.toThrow(join(root, name));
    expect(readFileSync(join(root, 'latin1'))).toEqual(Buffer.from('A=\xe9\n', 'latin1'));
    expect(readdirSync(root).toSorted()).toEqual(['circle', 'file', 'folder', 'latin1']);
  });

  it('refuses a name that no variable can have', async () => {
    const root = makeTree();
    await expect(write([output('python', join(root, 'cdn.py'), 'CDN-URL')])).rejects.toThrow('"CDN-URL" cannot name');
  });

  it('writes the others when one fails, and names all that failed', async () => {
    const root = makeTree({ 'a.json': '[', 'b.json': ']' });
    const outputs = ['a.json', 'b.json'].map((name) => output('json', join(root, name)));
    const failed = write([...outputs, output('dotenv', join(root, '.env'))]);
    await expect(failed).rejects.toThrow(/a\.json.*\n.*b\.json/);
    expect(readFileSync(join(root, '.env'), 'utf8')).toContain(cdnUrl);
  });
});
