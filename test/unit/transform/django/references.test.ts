import { describe, expect, test } from 'vitest';
import type { DjangoOptions } from '../../../../src/transform/django/fingerprint.ts';
import { fingerprint, textOf } from './fingerprint-rig.ts';

const beside = {
  'img/x.png': 'x',
  'img/my f.png': 'f',
  'css/x.png': 'css x',
  'css/b.css': 'b{}',
  'css/a.css.map': '{}',
  'js/b.js': 'export {};',
  'js/b.js.map': '{}',
};

async function rewrite(path: string, text: string, options: Partial<DjangoOptions> = {}): Promise<string> {
  return textOf(await fingerprint({ [path]: text, ...beside }, options), path);
}

describe('style sheets', () => {
  test.each([
    ['no quotes', 'url(x.png)', 'url("x.H.png")'],
    ['single quotes', "url('../img/x.png')", 'url("../img/x.H.png")'],
    ['letters of any case', 'uRl( x.png)', 'url("x.H.png")'],
    ['dots stay as written', 'url(../css/./../img//x.png)', 'url("../css/./../img//x.H.png")'],
    ['STATIC_URL', 'url(/static/img/x.png)', 'url("/static/img/x.H.png")'],
    ['an absolute path elsewhere', 'url( /media/x.png)', 'url( /media/x.png)'],
    ['a scheme', 'url(data:image/png;base64,AA)', 'url(data:image/png;base64,AA)'],
    ['a host', 'url(//h/x.png)', 'url(//h/x.png)'],
    ['a fragment alone', "url('#f')", "url('#f')"],
    ['a query', "url('x.png?v=1')", 'url("x.H.png?v=1")'],
    ['a query with a slash', "url('x.png?a/b')", 'url("x.png?a/b")'],
    ['a fragment', 'url(x.png#a/b)', 'url("x.H.png#a/b")'],
    ['the font-face hack', 'url(x.png?#iefix)', 'url("x.H.png?#iefix")'],
    ['a bare question mark', 'url(x.png?)', 'url("x.H.png")'],
    ['escapes are decoded', 'url(../img/my%20f.png)', 'url("../img/my f.H.png")'],
    ['a folder', "url('../img/')", 'url("../img/")'],
    ['a folder without its slash', 'url(../img)', 'url("../img")'],
    ['no-break space before', 'url(\u00a0x.png)', 'url("x.H.png")'],
    ['a newline before the end', 'url(x.png\n)', 'url(x.png\n)'],
    ['other functions', 'image-set("x.png" 1x)', 'image-set("x.png" 1x)'],
    ['an import', "@IMPORT 'b.css' print", '@import url("b.H.css") print'],
    ['a dotless i', '@\u0131mport "b.css"', '@import url("b.H.css")'],
    ['a map', 'a{}\n/*# sourceMappingURL=a.css.map */\nb{}', 'a{}\n/*# sourceMappingURL=a.css.H.map */\nb{}'],
    ['a map before CRLF', '/*# sourceMappingURL=a.css.map */\r\n', '/*# sourceMappingURL=a.css.map */\r\n'],
    ['a dollar sign', 'url(x.png)$&', 'url("x.H.png")$&'],
  ])('%s', async (_, text, expected) => {
    expect(await rewrite('css/a.css', text)).toBe(expected);
  });

  test('a mark at the start of the file stays', async () => {
    expect(await rewrite('css/a.css', '\ufeffa{b:url(x.png)}')).toBe('\ufeffa{b:url("x.H.png")}');
  });

  test.each(['.CSS', '.html', '.svg'])('%s files are not rewritten', async (extension) => {
    expect(await rewrite(`css/a${extension}`, 'url(none.png)')).toBe('url(none.png)');
  });
});

describe('STATIC_URL', () => {
  const text = 'url(/static/img/x.png) url(/img/x.png) url(x.png)';
  test.each([
    ['static/', 'url("/static/img/x.H.png") url(/img/x.png) url("x.H.png")'],
    ['https://cdn.example/static/', 'url(/static/img/x.png) url(/img/x.png) url("x.H.png")'],
  ])('%s', async (staticUrl, expected) => {
    expect(await rewrite('css/a.css', text, { staticUrl })).toBe(expected);
  });
  test('/', async () => {
    expect(await rewrite('css/a.css', 'url(/img/x.png)', { staticUrl: '/' })).toBe('url("/img/x.H.png")');
  });
});

describe('versions', () => {
  const jsMap = '//# sourceMappingURL=b.js.map \r\n';
  const cssMap = '/*# sourceMappingURL=a.css.map*/';
  test.each([
    ['3.2 leaves scripts alone', '3.2.25', 'js/a.js', '//# sourceMappingURL=none\n', '//# sourceMappingURL=none\n'],
    ['4.0 rewrites their maps', '4.0', 'js/a.js', jsMap, '//# sourceMappingURL=b.js.H.map\n'],
    [
      '4.0 leaves maps of style sheets',
      '4.0',
      'css/a.css',
      '/*# sourceMappingURL=none */',
      '/*# sourceMappingURL=none */',
    ],
    ['4.1 rewrites them', '4.1', 'css/a.css', cssMap, '/*# sourceMappingURL=a.css.H.map */'],
    ['4.1 makes quotes of fragments', '4.1', 'css/a.css', 'url(#f)', 'url("#f")'],
    ['4.2 leaves fragments', '4.2', 'css/a.css', 'url(#f)', 'url(#f)'],
    ['4.2 drops maps elsewhere', '4.2', 'js/a.js', '1\n//# sourceMappingURL=data:,x\n', '1\n\n'],
    ['5.0 keeps them', '5.0', 'js/a.js', '1\n//# sourceMappingURL=data:,x\n', '1\n//# sourceMappingURL=data:,x\n'],
    ['5.2 takes any quote', '5.2', 'css/a.css', `url("x.png')`, 'url("x.H.png")'],
    ['6.0 wants the same quote', '6.0', 'css/a.css', `url("x.png") url('x.png')`, 'url("x.H.png") url("x.H.png")'],
    ['6.1 skips comments', '6.1', 'css/a.css', '/* url(none) */ url(x.png)', '/* url(none) */ url("x.H.png")'],
    ['6.1 skips strings', '6.1', 'css/a.css', `"\\" url(none)" url(x.png)`, `"\\" url(none)" url("x.H.png")`],
  ])('%s', async (_, version, path, text, expected) => {
    expect(await rewrite(path, text, { version })).toBe(expected);
  });
});

describe('modules', () => {
  const b = `'./b.js'`;
  test.each([
    ['import … from', '5.2', `import {a}from${b};`, 'import {a} from "./b.H.js";'],
    ['over lines', '5.2', `import {\n  a,\n}\n  from ${b} ;`, 'import {\n  a,\n} from "./b.H.js";'],
    ['export … from', '5.2', `export * from ${b};`, 'export * from "./b.H.js";'],
    ['for its effect', '5.2', `import${b};`, 'import"./b.H.js";'],
    ['dynamic', '5.2', `await import(${b})`, 'await import("./b.H.js")'],
    ['a namespace', '5.2', `import*as b from ${b};`, 'import*as b from "./b.H.js";'],
    ['a namespace before 5.2', '5.1', `import*as b from ${b};`, `import*as b from ${b};`],
    ['a bare name', '5.2', `import x from 'x';`, `import x from 'x';`],
    ['no semicolon', '6.0', `import {a} from ${b}\n`, `import {a} from ${b}\n`],
    ['no semicolon from 6.1 on', '6.1', `import {a} from ${b}\nf()`, 'import {a} from "./b.H.js"\nf()'],
    ['a template before 6.1', '5.2', 'import(`./none`)', 'import(`./none`)'],
    ['in a comment from 6.1 on', '6.1', `// import './none'\nimport ${b}`, `// import './none'\nimport"./b.H.js"`],
    ['in a template from 6.1 on', '6.1', '`\\` import "./none"`', '`\\` import "./none"`'],
    ['not before 4.2', '4.1', `import './none';`, `import './none';`],
  ])('%s', async (_, version, text, expected) => {
    expect(await rewrite('js/a.js', text, { version, jsModules: true })).toBe(expected);
  });

  test('are left alone unless the storage asks for them', async () => {
    expect(await rewrite('js/a.js', `import './none';`)).toBe(`import './none';`);
  });

  test('a megabyte of statements without an end takes no time', async () => {
    const text = 'export {a}\nimport b\n`"'.repeat(50_000);
    const start = performance.now();
    for (const version of ['5.2', '6.1'])
      expect(await rewrite('js/a.js', text, { version, jsModules: true })).toBe(text);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
