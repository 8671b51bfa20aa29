import { createHash } from 'node:crypto';

/** A site as it is handed to Django and to us. */
export interface RandomSite {
  readonly files: readonly (readonly [path: string, text: string])[];
  readonly staticUrl: string;
  readonly js: boolean;
}

/** Repeatable random numbers: https://en.wikipedia.org/wiki/Xorshift */
export function makeDice(seed: number) {
  let state = seed * 2654435761 + 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const dice = {
    chance: (share: number) => next() < share,
    below: (limit: number) => Math.floor(next() * limit),
    pick: <Item>(items: readonly Item[]): Item => items[dice.below(items.length)] as Item,
  };
  for (let i = 0; i < 8; i++) next();
  return dice;
}

type Dice = ReturnType<typeof makeDice>;

const plain = ['img/x.png', 'img/y z.png', 'x.png', 'a.js.map', 'css/a.css.map', 'LICENSE', 'f/i.woff2', 'img/é.svg'];
const odd = [
  'img/p%20q.png',
  'q?r.png',
  'h#i.png',
  'img/a;b.png',
  'img/w .png',
  'img/c:d.png',
  'img/100%.png',
  'img/$&.png',
  "img/o'o.png",
  'img/[v].png',
  'img/i\u0307.png',
  'img/ lead.png',
  'img/tab\tx.png',
  '\u0001x.png',
  'img/%2e%2e/u.png',
  'img/%41.png',
  'img/%ff.png',
  'img/%2520.png',
  'a%2Fb.png',
  'http:/h/a.png',
  'img/😀.png',
  'css/e%20f.css',
  'css/g#h.css',
  'js/i?j.js',
  'js/k .js',
  '.htaccess',
  'img/..png',
];
const adjustable = [
  'css/a.css',
  'css/b.css',
  'b.css',
  'css/deep/c.css',
  'js/a.js',
  'js/b.js',
  'm.js',
  'js/deep/d.js',
  'js/UP.JS',
];
const spaces = ['', '', '', '', ' ', '\t', '\n', '\r\n', '\v', '\x1c', '\x85', '\xa0', '\ufeff', '\u2003', '\u2028'];
const suffixes = [
  '',
  '',
  '',
  '',
  '',
  '#f',
  '?#f',
  '?',
  '#',
  '?v=1',
  '?v=1#f',
  '?a/b',
  ';#f',
  '#a/b',
  '?#',
  '#a%2Fb',
  '#f g',
];
const foreign = [
  'data:,x',
  'http://h/x.png',
  '//h/x.png',
  '/other/x.png',
  '#f',
  '',
  '?x',
  'https:x',
  '.',
  '..',
  './',
  '../',
  'img',
  '/static/',
  'about:blank',
];
const broken = [
  'none.png',
  '../../x.png',
  'HTTP://h/x',
  'x.png"',
  '/static//x.png',
  '%2e%2e/%2e%2e/x',
  'var(--x)',
  '/img/x.png',
  'a%20b',
  '//[x/y#f',
];

/** A small site with references of every shape; most of them name something, so that most sites can be collected. */
export function makeSite(dice: Dice): RandomSite {
  const names = [...plain, ...odd.filter(() => dice.chance(0.15)), ...adjustable];
  const order = names.map((name) => ({ name, at: dice.below(1e6) })).sort((a, b) => a.at - b.at);
  const paths = order.map(({ name }) => name);
  const staticUrl = dice.pick([
    '/static/',
    '/static/',
    '/static/',
    '/',
    'static/',
    'https://cdn.example/s/',
    '//cdn.example/',
  ]);
  const js = dice.chance(0.5);
  const files = paths.map((path): [string, string] => {
    const targets = paths.filter((target) => isBefore(path, target) || dice.chance(0.003));
    if (/\.css$/.test(path)) return [path, styles(path, targets, dice)];
    if (/\.js$/i.test(path)) return [path, script(path, targets, dice)];
    return [path, `bytes of ${path}`];
  });
  return { files, staticUrl, js };
}

/** Keeps most sites free of circles. */
function isBefore(path: string, target: string): boolean {
  const at = adjustable.indexOf(target);
  return at === -1 || at > adjustable.indexOf(path);
}

function styles(path: string, targets: readonly string[], dice: Dice): string {
  return repeat(dice, 4, () => {
    const url = reference(path, targets, dice);
    const [a, b] = [dice.pick(spaces), dice.pick(spaces)];
    const quote = dice.pick(['', '', '"', "'"]);
    const other = dice.chance(0.03) ? dice.pick(['', '"', "'"]) : quote;
    const statement = dice.pick([
      `a{b:${dice.pick(['url', 'url', 'URL', 'uRl', 'url '])}(${quote}${dice.pick(['', '', '', a])}${url}${dice.chance(0.05) ? b : ''}${other})}`,
      `@${dice.pick(['import', 'import', 'IMPORT', 'ımport', 'İMPORT'])}${dice.pick([' ', a])}${quote || '"'}${dice.pick(['', a])}${url}${other || '"'}${dice.pick(['', ' screen'])};`,
      `@import url(${quote}${url}${other});`,
      `/*#${dice.pick([' ', ' ', '\t', '  '])}sourceMappingURL=${url}${dice.pick(['', ' ', '\t '])}*/`,
      `/*# ${dice.pick(['sourcemappingurl', 'ſourceMappingURL'])}=${url}*/`,
    ]);
    return wrap(statement, dice, ['/* ', ' */', "'", '"', '\\']);
  });
}

function script(path: string, targets: readonly string[], dice: Dice): string {
  return repeat(dice, 5, () => {
    const url = reference(path, targets, dice);
    const relative = dice.chance(0.8) && !/^[./]/.test(url) ? `./${url}` : url;
    const quote = dice.pick(['"', "'"]);
    const [a, b, c] = [dice.pick(spaces), dice.pick(spaces), dice.pick(spaces)];
    const end = dice.pick([';', ';', ';', '', ' ;', '\n;']);
    const names = dice.pick([
      '{a}',
      ' {a, b as c} ',
      ' d ',
      ' d,{e}',
      ' * as n',
      '* as n ',
      '*as $n',
      '*aſ n',
      ' {\n  x,\n  y,\n}',
      ' {a;b}',
      '',
    ]);
    const from = dice.pick(['from', 'from', 'FROM', 'xfrom']);
    const statement = dice.pick([
      `//# sourceMappingURL=${url}${dice.pick(['', ' ', '\r'])}`,
      `${dice.pick(['import', 'İmport'])}${names}${a}${from}${b}${quote}${relative}${quote}${end}`,
      `export${names}${a}from${b}${quote}${relative}${quote}${end}`,
      `import${c}${quote}${relative}${quote}${end}`,
      `${dice.pick(['', 'await '])}import(${quote}${relative}${quote})${end}`,
      `export const z = 1${dice.pick([';', ''])}`,
      `import(\`${relative}\`)`,
    ]);
    return wrap(statement, dice, ['/* ', ' */', '// ', "'", '"', '`', '\\']);
  });
}

function wrap(statement: string, dice: Dice, marks: readonly string[]): string {
  const mark = () => (dice.chance(0.08) ? dice.pick(marks) : '');
  return `${mark()}${statement}${mark()}`;
}

function repeat(dice: Dice, most: number, make: () => string): string {
  let text = dice.chance(0.05) ? '\ufeff' : '';
  for (let count = dice.below(most); count > 0; count--)
    text += make() + dice.pick(['\n', '\n', '\n', '\r\n', ' ', '']);
  return text;
}

function reference(path: string, targets: readonly string[], dice: Dice): string {
  if (dice.chance(0.02)) return dice.pick(broken);
  if (dice.chance(0.12)) return dice.pick(foreign);
  const target = dice.chance(0.02) ? hashedByHand(dice.pick(targets)) : dice.pick(targets);
  let url = dice.chance(0.2) ? `/static/${target}` : relativePath(path, target);
  if (dice.chance(0.1) && !url.startsWith('/')) url = `./${url}`;
  if (dice.chance(0.1)) url = url.replace(/\/(?=[^/]*$)/, dice.pick(['/./', '/../img/../', '//']));
  if (!dice.chance(0.03)) url = url.replace(/[%?#]/g, percentEncode);
  if (dice.chance(0.2)) url = url.replace(/[^A-Za-z0-9/.%?#]/gu, percentEncode);
  if (dice.chance(0.03)) url = url.replace(/[a-z]/, percentEncode);
  return url + dice.pick(suffixes);
}

/** Some people write hashed names themselves; right for the files without references. */
function hashedByHand(path: string): string {
  const md5 = createHash('md5').update(`bytes of ${path}`).digest('hex');
  return path.replace(/(\.[^./]*)?$/, `.${md5.slice(0, 12)}$1`);
}

function percentEncode(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function relativePath(path: string, target: string): string {
  return '../'.repeat(path.split('/').length - 1) + target;
}
