import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../temp.ts';
import { keysFrom, sourceAt } from './sources.ts';

describe('never-list', () => {
  const secrets = [
    '.git/config',
    '.env',
    '.env.production',
    '.ENV.local',
    '.envrc',
    'tls/server.pem',
    'tls/SERVER.PEM',
    'tls/server.key',
    'id_rsa',
    'id_rsa.pub',
    'id_ed25519',
    'store.p12',
    '.ssh/known',
    '.npmrc',
    '.DS_Store',
    '._logo.png',
    'Thumbs.db',
    'desktop.ini',
    'a.css~',
    '.a.css.swp',
    '.#a.css',
    '#a.css#',
    '.idea/x.xml',
    '.vscode/x.json',
    '.gitignore',
    'waybill.config.ts',
    'sub/waybill.config.json',
    '.waybill/live',
    'sub/.waybill/x',
  ];

  it.each(secrets)('%s is not collected unless asked for', async (path) => {
    const root = makeTree({ 'a.css': '', [path]: 'x' });
    expect(await keysFrom(root)).toEqual(['a.css']);
  });

  it.each([
    '.nojekyll',
    '.htaccess',
    '.hidden/x.js',
    '.well-known/security.txt',
    'environment.js',
    'monkey.js',
    'keys.json',
  ])('%s is collected', async (path) => {
    expect(await keysFrom(makeTree({ 'a.css': '', [path]: 'x' }))).toContain(path);
  });

  it('a pattern with ! asks files and folders back', async () => {
    const root = makeTree({ '.env.example': '', '.env': '', 'docs/public.pem': '', '.git/HEAD': '', 'a.css': '' });
    const asked = await keysFrom(root, { ignore: ['!.env.example', '!docs/*.pem', '!.git'] });
    expect(asked).toEqual(['.env.example', '.git/HEAD', 'a.css', 'docs/public.pem']);
  });
});

describe('.well-known', () => {
  const files = {
    'a.css': '',
    '.other': '',
    '.well-known/security.txt': '',
    '.well-known/acme/x': '',
    '.well-known/.env': '',
  };

  it.each([['.*'], ['*', '!*.css'], ['/.*/', '.other']])('is kept under the broad pattern %s', async (...ignore) => {
    const keys = await keysFrom(makeTree(files), { ignore });
    expect(keys).toEqual(['.well-known/acme/x', '.well-known/security.txt', 'a.css']);
  });

  it('is left out when a pattern names it', async () => {
    expect(await keysFrom(makeTree(files), { ignore: ['.well-known'] })).toEqual(['.other', 'a.css']);
    expect(await keysFrom(makeTree(files), { ignore: ['.well-known/acme/'] })).toContain('.well-known/security.txt');
  });
});

describe('ignore patterns', () => {
  const files = {
    'a.css': '',
    'a.psd': '',
    'img/b.psd': '',
    'img/B.PSD': '',
    'build/x.js': '',
    'img/build/y.js': '',
    'docs/a.txt': '',
    'docs/keep.txt': '',
  };

  it('hold for every source, whatever the prefix', async () => {
    const root = makeTree(files);
    const keys = await keysFrom([sourceAt(root, { prefix: 'p/' })], { ignore: ['*.psd', '/build'] });
    expect(keys).toEqual(['p/a.css', 'p/docs/a.txt', 'p/docs/keep.txt', 'p/img/B.PSD', 'p/img/build/y.js']);
  });

  it('of a source come after those of the configuration, its file after both', async () => {
    const root = makeTree({ ...files, '.waybillignore': '\uFEFFbuild/\r\n# comment\r\n!a.psd\r\n' });
    const keys = await keysFrom([sourceAt(root, { ignore: ['docs/*', '!docs/keep.txt'] })], { ignore: ['*.psd'] });
    expect(keys).toEqual(['a.css', 'a.psd', 'docs/keep.txt', 'img/B.PSD']);
  });

  it('nothing in an ignored folder is taken back', async () => {
    expect(await keysFrom(makeTree(files), { ignore: ['docs/', '!docs/keep.txt'] })).not.toContain('docs/keep.txt');
  });

  it('agree with git on nested files, anchors, negation and odd folder names', async () => {
    const rules: Record<string, string> = {
      '': '*.log\n/only-root.txt\nskip/\n!important.log\n',
      'a/': 'x.txt\n/anchored.txt\nsub/deep.txt\n!keep.log\n!skip/\n',
      'a/sub/': '*\n!*.css\n!.ignorefile\n',
      'o [dd]!/': '*.tmp\n\\#literal\n!\\!bang.log\n',
    };
    const paths = [
      'x.txt',
      'only-root.txt',
      'a/only-root.txt',
      'a/x.txt',
      'a/b/x.txt',
      'a/anchored.txt',
      'a/b/anchored.txt',
      'a/sub/deep.txt',
      'a/b/sub/deep.txt',
      'e.log',
      'important.log',
      'a/keep.log',
      'a/other.log',
      'b/keep.log',
      'skip/f.txt',
      'a/skip/f.txt',
      'a/skip/f.log',
      'a/sub/q.css',
      'a/sub/q.js',
      'a/sub/more/q.css',
      'o [dd]!/z.tmp',
      'o d/z.tmp',
      'o [dd]!/#literal',
      'o [dd]!/!bang.log',
      'o [dd]!/in/z.tmp',
    ];
    const tree = Object.fromEntries(paths.map((path) => [path, '']));
    const named = (name: string) => Object.fromEntries(Object.entries(rules).map(([dir, text]) => [dir + name, text]));
    const repository = makeTree({ ...tree, ...named('.gitignore') });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'core.excludesFile=', ...args], { encoding: 'utf8' });
    git('init', '-q');
    const expected = git('ls-files', '-z', '--others', '--exclude-standard')
      .split('\0')
      .filter((path) => path !== '' && !path.endsWith('.gitignore'));
    expect(await keysFrom(makeTree({ ...tree, ...named('.waybillignore') }))).toEqual(expected.sort());
  });
});
