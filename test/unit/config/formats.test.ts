import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { makeTree } from '../../temp.ts';
import { catalogs, failure, loadFrom, loadJson, minimal, standIn } from './stand-ins.ts';

const body = `{
  project: 'shop',
  sources: [{ kind: 'directory', path: 'dist' }],
  environments: { dev: { origin: { use: 'local', directory: '.cdn' }, url: 'http://127.0.0.1:4100/' } },
}`;
const esm = `import { defineConfig } from 'waybill';\nexport default defineConfig(${body});\n`;
const typed = `import { defineConfig, type WrittenConfig } from 'waybill';
import { project } from './settings.ts';
const config: WrittenConfig = { ...${body}, project };
export default defineConfig(config);
`;
const yaml = `project: shop
sources:
  - { kind: directory, path: dist }
environments:
  dev:
    origin: { use: local, directory: .cdn }
    url: http://127.0.0.1:4100/
`;
const toml = `project = "shop"
[[sources]]
kind = "directory"
path = "dist"
[environments.dev]
url = "http://127.0.0.1:4100/"
origin = { use = "local", directory = ".cdn" }
`;
const settings = { 'settings.ts': "export const project: string = 'shop';\n" };

describe('formats', () => {
  test.each([
    ['ts', typed],
    ['mts', typed],
    ['cts', `const { defineConfig } = require('waybill');\nmodule.exports = defineConfig(${body} as object);\n`],
    ['js', esm],
    ['mjs', esm],
    ['cjs', `const { defineConfig } = require('waybill');\nmodule.exports = defineConfig(${body});\n`],
    ['json', JSON.stringify({ $schema: './node_modules/waybill/schema.json', project: 'shop', ...minimal() })],
    ['yaml', yaml],
    ['yml', yaml],
    ['toml', toml],
  ])('%s gives the same configuration, with nothing installed', async (extension, text) => {
    const config = await loadFrom({ ...settings, [`waybill.config.${extension}`]: text });
    expect(config.project).toBe('shop');
    expect(config.sources[0]?.path).toBe(join(config.directory, 'dist'));
    expect([...config.environments.keys()]).toEqual(['dev']);
    expect(config.file).toBe(join(config.directory, `waybill.config.${extension}`));
  });

  test.each([
    ['a function', `export default () => (${body})`],
    ['an async function', `export default async () => (${body})`],
    ['a promise', `export default Promise.resolve(${body})`],
    ['a value that a top-level await gave', `const config = await Promise.resolve(${body});\nexport default config`],
  ])('a module may export %s', async (_, text) => {
    expect((await loadFrom({ 'waybill.config.mjs': text })).project).toBe('shop');
  });

  test('waybill is the running instance, also for what the configuration imports', async () => {
    const root = makeTree({
      '.git/HEAD': '',
      'library/waybill.mjs': standIn,
      'waybill.config.ts': `import { Marker } from 'waybill';\nimport { again } from './again.ts';
        const same: boolean = Marker === again && Marker === globalThis.waybillMarker;
        export default { ...${body}, project: same ? 'same' : 'other' };`,
      'again.ts': "import { Marker } from 'waybill';\nexport const again: unknown = Marker;\n",
    });
    const library = pathToFileURL(join(root, 'library/waybill.mjs')).href;
    const globals = globalThis as { waybillMarker?: unknown };
    globals.waybillMarker = (await import(library)).Marker;
    const config = await loadConfig({ cwd: root, catalogs, library });
    delete globals.waybillMarker;
    expect(config.project).toBe('same');
  });

  test('json may start with a byte order mark', async () => {
    const config = await loadFrom({ 'waybill.config.json': `\uFEFF${JSON.stringify(minimal())}` });
    expect(config.environments.size).toBe(1);
  });
});

describe('files that cannot be read', () => {
  test.each([
    ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', /expected `,` or `}`, found `"` \(line 3, column 3\)/],
    ['a trailing comma', '{\n  "a": [1, 2,]\n}', /expected a value after the comma, found `\]` \(line 2, column 14\)/],
    ['a comment', '// hello\n{}', /expected a value, found `\/` \(line 1, column 1\)/],
    ['an open string', '{"a": "b\n}', /a string is not closed.*\(line 1, column 7\)/],
    ['a key that stands twice', '{"a": 1,\n "a": 2}', /the key "a" stands here a second time \(line 2, column 2\)/],
    ['an empty file', '', /expected a value, found the end of the file \(line 1, column 1\)/],
    ['more than one value', '{} {}', /expected the end, found `{` \(line 1, column 4\)/],
    ['a key without quotes', '{a: 1}', /expected a key in double quotes, found `a` \(line 1, column 2\)/],
  ])('json: %s', async (_, text, message) => {
    const error = await failure(loadFrom({ 'waybill.config.json': text }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE', exitCode: 2 });
    expect(error.message).toMatch(/^waybill\.config\.json cannot be read: /);
    expect(error.message).toMatch(message);
  });

  test('yaml: the message has line and column', async () => {
    const error = await failure(loadFrom({ 'waybill.config.yaml': 'a: 1\nb: [1, 2\nc: 3\n' }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.message).toMatch(/waybill\.config\.yaml .*line 3, column 1/);
  });

  test('toml: the message shows the line', async () => {
    const error = await failure(loadFrom({ 'waybill.config.toml': 'a = 1\nb = = 2\n' }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.message).toMatch(/waybill\.config\.toml .*Invalid TOML/);
    expect(error.message).toContain('2:  b = = 2');
  });

  test('a module that throws: its own message and position', async () => {
    const text = "const region: string = 'x';\n\nthrow new TypeError('no region is set');\n";
    const error = await failure(loadFrom({ 'waybill.config.ts': text }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.message).toMatch(
      /^waybill\.config\.ts failed: TypeError: no region is set \(.*waybill\.config\.ts:3:\d+\)$/,
    );
  });

  test('a module that a helper of it throws in: the position of the helper', async () => {
    const error = await failure(
      loadFrom({
        'waybill.config.mjs': "import { read } from './read.mjs';\nexport default () => read();\n",
        'read.mjs': "export function read() {\n  throw new Error('broken helper');\n}\n",
      }),
    );
    expect(error.message).toMatch(/broken helper \(.*read\.mjs:2:\d+\)$/);
  });

  test('a module with a syntax error: line and column', async () => {
    const error = await failure(loadFrom({ 'waybill.config.ts': 'const a = 1;\nexport default { a: , };\n' }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.message).toMatch(/Unexpected token.*waybill\.config\.ts:2:20/);
  });

  test('a module that imports what is not there names it', async () => {
    const text = "import { region } from './nothing.ts';\nexport default { region };\n";
    const error = await failure(loadFrom({ 'waybill.config.ts': text }));
    expect(error.message).toContain("'./nothing.ts'");
    expect(error.message).not.toContain('Require stack');
  });

  test('a module that rejects with no error is told all the same', async () => {
    const error = await failure(loadFrom({ 'waybill.config.mjs': "export default Promise.reject('nope');\n" }));
    expect(error.message).toBe('waybill.config.mjs failed: nope');
  });

  test.each(['mjs', 'ts'])('a module without a default export: %s', async (extension) => {
    const error = await failure(loadFrom({ [`waybill.config.${extension}`]: 'export const config = {};\n' }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.message).toMatch(/no default export; write `export default defineConfig\(\{ … \}\)`$/);
  });

  test('a name in another format lists the formats', async () => {
    const error = await failure(loadFrom({ 'deploy.ini': '' }, { file: 'deploy.ini' }));
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(error.hint).toContain('ts, mts, cts, js, mjs, cjs, json, yaml, yml, toml');
  });

  test.each([['null'], ['[]'], ['"text"'], ['5']])('content that is no object: %s', async (text) => {
    const error = await failure(loadFrom({ 'waybill.config.json': text }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).toMatch(/expected an object, found/);
  });

  test('lines of nested values are found in long files', async () => {
    const error = await failure(loadJson({ ...minimal(), ignore: ['a', 'b', 3] }));
    expect(error.message).toContain('ignore[2] (line 20): expected a string, found 3');
  });
});
