import { describe, expect, test } from 'vitest';
import { renderStaticfilesJson } from '../../../../src/transform/django/staticfiles-json.ts';
import { fingerprint, textOf } from './fingerprint-rig.ts';

async function failureOf(files: Readonly<Record<string, string | Uint8Array>>, version = '5.2') {
  const error = await fingerprint(files, { version, jsModules: true }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error as { code: string; message: string; hint: string; exitCode: number };
}

describe('broken references', () => {
  test.each([
    [
      'a missing file',
      'url(none.png)',
      'DJANGO_REFERENCE_MISSING',
      'url(none.png) names no collected file (looked for css/none.png)',
    ],
    ['spaces before a quote', 'url( "x.png")', 'DJANGO_REFERENCE_MISSING', 'looked for css/"x.png'],
    ['a variable', 'url(var(--x)', 'DJANGO_REFERENCE_MISSING', 'looked for css/var(--x'],
    ['an upper-case scheme', 'url(HTTP://h/x)', 'DJANGO_REFERENCE_MISSING', 'looked for css/HTTP:/h/x'],
    ['a name that differs in case', 'url(X.png)', 'DJANGO_REFERENCE_MISSING', 'looked for css/X.png'],
    ['out of the root', 'url(../../x.png)', 'DJANGO_PATH', 'leads out of the static files (to ../x.png)'],
    ['an absolute path after STATIC_URL', 'url(/static//x.png)', 'DJANGO_PATH', '(to /x.png)'],
    ['no URL', 'url(%2f%2f[x)', 'DJANGO_REFERENCE_MISSING', 'looked for css/[x'],
  ])('%s', async (_, text, code, message) => {
    const failure = await failureOf({ 'css/a.css': `a{}\nb{c:${text}}`, 'css/x.png': 'x' });
    expect(failure).toMatchObject({ code, exitCode: 2 });
    expect(failure.message).toContain(`css/a.css:2: ${text}`);
    expect(failure.message).toContain(message);
    expect(failure.hint).toMatch(/css\/a\.css.*lenient/);
  });

  test('all are listed, in Django’s order', async () => {
    const files: Record<string, string> = { 'a.css': 'url(1)\nurl(2)', 'd/b.css': 'url(3)' };
    expect((await failureOf(files)).message).toBe(
      [
        'd/b.css:1: url(3) names no collected file (looked for d/3)',
        'as well as',
        '  a.css:1: url(1) names no collected file (looked for 1)',
        '  a.css:2: url(2) names no collected file (looked for 2)',
      ].join('\n'),
    );
    for (let i = 0; i < 9; i++) files[`e${i}.css`] = 'url(x)';
    expect((await failureOf(files)).message).toMatch(/\n {2}and 7 more$/);
  });

  test('lenient sources keep them and warn', async () => {
    const text = 'a{b:url( none.png)}\n@import "../../x";\nc{d:url(x.png)}';
    const done = await fingerprint({ 'css/a.css': text, 'css/x.png': 'x' }, { lenient: true });
    expect(textOf(done, 'css/a.css')).toBe(text.replace('url(x.png)', 'url("x.H.png")'));
    expect(done.warnings).toEqual([
      'css/a.css:1: url( none.png) names no collected file (looked for css/none.png); it stays as it is',
      'css/a.css:2: @import "../../x" leads out of the static files (to ../x); it stays as it is',
    ]);
  });

  test('lenient sources keep map comments that 4.2 would drop', async () => {
    const done = await fingerprint({ 'a.js': '//# sourceMappingURL=none\n' }, { lenient: true, version: '4.2' });
    expect(textOf(done, 'a.js')).toBe('//# sourceMappingURL=none\n');
  });
});

describe('circles', () => {
  test.each([
    [
      'of style sheets',
      { 'a.css': '@import "b.css";', 'b.css': '@import "c.css";', 'c.css': '@import "b.css";' },
      'b.css -> c.css -> b.css',
    ],
    ['of one file', { 'a.css': 'a{b:url(a.css)}' }, 'a.css -> a.css'],
    ['of modules', { 'a.js': "import './b.js';", 'b.js': "export {x} from './a.js';" }, 'a.js -> b.js -> a.js'],
  ])('%s', async (_, files, circle) => {
    expect(await failureOf(files)).toMatchObject({
      code: 'DJANGO_CYCLE',
      exitCode: 2,
      message: expect.stringContaining(circle),
    });
  });

  test('other failures come first', async () => {
    expect(await failureOf({ 'd/a.css': 'url(a.css)', 'b.css': 'url(none)' })).toMatchObject({
      code: 'DJANGO_REFERENCE_MISSING',
    });
  });
});

describe('encodings', () => {
  const latin1 = Buffer.from('a{}\nb{content:"\xe9"}', 'latin1');
  test('a style sheet has to be UTF-8', async () => {
    expect(await failureOf({ 'd/a.css': latin1 })).toMatchObject({
      code: 'DJANGO_ENCODING',
      exitCode: 2,
      message: expect.stringContaining('d/a.css:2'),
    });
  });
  test('and a script from 4.0 on', async () => {
    expect(await failureOf({ 'a.js': latin1 }, '4.0')).toMatchObject({ code: 'DJANGO_ENCODING' });
    expect(await failureOf({ 'a.js': latin1, 'a.mjs': latin1 }, '3.2')).toBeUndefined();
  });
});

describe('versions', () => {
  test.each(['3.1', '2.2.28', 'main', '', '5'])('%j has no rules', async (version) => {
    expect(await failureOf({ 'a.css': '' }, version)).toMatchObject({ code: 'DJANGO_UNSUPPORTED', exitCode: 2 });
  });
  test('later ones get the newest rules and a warning', async () => {
    const { warnings } = await fingerprint({ 'a.css': '/* url(none) */' }, { version: '7.0' });
    expect(warnings).toEqual(['There are no rules for Django 7.0 yet; those of 6.1 were used.']);
  });
});

describe('staticfiles.json', () => {
  const paths = new Map([
    ['b.txt', 'b.1.txt'],
    ['é"\\\u007f\u{1f600}.txt', 'a\u0001.txt'],
  ]);
  const list = '{"b.txt": "b.1.txt", "\\u00e9\\"\\\\\\u007f\\ud83d\\ude00.txt": "a\\u0001.txt"}';
  test('without a hash up to 4.1', () => {
    expect(renderStaticfilesJson(paths, '4.1')).toBe(`{"paths": ${list}, "version": "1.0"}`);
  });
  test('with one from 4.2 on', () => {
    expect(renderStaticfilesJson(paths, '4.2')).toBe(`{"paths": ${list}, "version": "1.1", "hash": "415e699199a5"}`);
  });
  test('the hash does not depend on the order', () => {
    const hash = (one: ReadonlyMap<string, string>) => /"hash": "\w{12}"/.exec(renderStaticfilesJson(one, '6.0'))?.[0];
    expect(hash(new Map([...paths].reverse()))).toBe(hash(paths));
  });
});
