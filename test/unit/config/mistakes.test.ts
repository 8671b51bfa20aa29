import { describe, expect, test } from 'vitest';
import { MistakesError, parsePath, renderPath } from '../../../src/config/mistakes.ts';
import { failure, loadFrom, loadJson, minimal } from './stand-ins.ts';

type Written = ReturnType<typeof minimal> & Record<string, unknown>;

async function messageAfter(change: (config: Written) => void): Promise<string> {
  const config: Written = minimal();
  change(config);
  const error = await failure(loadJson(config));
  expect(error).toBeInstanceOf(MistakesError);
  expect(error.exitCode).toBe(2);
  return error.message;
}

const prod = (config: Written, environment: Record<string, unknown>) => {
  config.environments.prod = { origin: { use: 's3', bucket: 'b' }, url: 'https://cdn.example/', ...environment };
};
const prodUrl = (url: unknown) => (config: Written) => prod(config, { url });
const prodOutput = (output: unknown) => (config: Written) => prod(config, { outputs: [output] });
const sourcePrefix = (prefix: string) => (config: Written) => {
  config.sources = [{ kind: 'directory', path: 'd', prefix }];
};

describe('each mistake names path, expectation, finding and the nearest known word', () => {
  test.each<[string, (config: Written) => void, string | RegExp]>([
    [
      'unknown top-level key',
      (c) => (c.ignores = []),
      /^ {2}ignores \(line \d+\): unknown key; did you mean `ignore`\?$/m,
    ],
    ['unknown key like no other', (c) => (c.zzzzzz = 1), /zzzzzz .*unknown key; known here: .*`sources`/],
    ['missing sources', (c) => Reflect.deleteProperty(c, 'sources'), /sources.*: expected a list, but it is missing/],
    ['empty sources', (c) => (c.sources = []), /sources .*expected a list of at least 1 entry, found an empty list/],
    ['no environment', (c) => (c.environments = {}), /environments .*expected at least one environment/],
    [
      'environment name',
      (c) => (c.environments['a b'] = c.environments.dev!),
      /environments\["a b"\].*named with letters/,
    ],
    [
      'source kind',
      (c) => (c.sources = [{ kind: 'directry', path: 'd' }]),
      /sources\[0\]\.kind .*expected `directory`, `django`, found "directry"; did you mean `directory`\?/,
    ],
    [
      'source path',
      (c) => (c.sources = [{ kind: 'directory', path: '' }]),
      /sources\[0\]\.path .*at least 1 character, found an empty string/,
    ],
    [
      'fingerprint',
      (c) => (c.fingerprint = 'atuo'),
      /fingerprint .*expected `auto`, `none`, `django`, found "atuo"; did you mean `auto`\?/,
    ],
    [
      'match',
      (c) => (c.headers = [{ match: 5, set: {} }]),
      /headers\[0\]\.match .*expected a string or a list, found 5/,
    ],
    [
      'match in a list',
      (c) => (c.headers = [{ match: ['a', 5], set: {} }]),
      /headers\[0\]\.match\[1\] .*expected a string, found 5/,
    ],
    [
      'header name',
      (c) => (c.headers = [{ match: 'a', set: { 'a b': 'c' } }]),
      /headers\[0\]\.set\["a b"\].*is no valid header name/,
    ],
    [
      'header value',
      (c) => (c.headers = [{ match: 'a', set: { a: 'x\ny' } }]),
      /headers\[0\]\.set\.a .*must not hold line breaks/,
    ],
    [
      'class',
      (c) => (c.classes = [{ match: 'a', class: 'imutable' }]),
      /classes\[0\]\.class .*did you mean `immutable`\?/,
    ],
    [
      'environment key',
      (c) => prod(c, { orgin: {} }),
      /environments\.prod\.orgin .*unknown key; did you mean `origin`\?/,
    ],
    [
      'missing origin',
      (c) => (c.environments.prod = { url: 'https://a.example/' }),
      /environments\.prod\.origin .*expected an object, but it is missing/,
    ],
    ['relative url', prodUrl('/static/'), /environments\.prod\.url .*absolute URL.*found "\/static\/"/],
    ['other scheme', prodUrl('ftp://a.example/'), /https:\/\/ or http:\/\//],
    ['scheme without slashes', prodUrl('https:a.example/'), /https:\/\/ or http:\/\//],
    [
      'url without a last slash',
      prodUrl('https://a.example/static'),
      /must end in `\/`, found "https:\/\/a\.example\/static"/,
    ],
    ['url with a query', prodUrl('https://a.example/?v=1/'), /query or fragment/],
    ['url with a fragment', prodUrl('https://a.example/#/'), /query or fragment/],
    ['url with an empty segment', prodUrl('https://a.example//x/'), /empty path segment/],
    [
      'output kind',
      prodOutput({ kind: 'dotnev', path: 'x' }),
      /outputs\[0\]\.kind .*found "dotnev"; did you mean `dotenv`\?/,
    ],
    [
      'output without path',
      prodOutput({ kind: 'dotenv' }),
      /outputs\[0\]\.path .*expected a string, but it is missing/,
    ],
    [
      'github with a path',
      prodOutput({ kind: 'github', path: 'x' }),
      /outputs\[0\]\.path .*does not go with the other keys here/,
    ],
    [
      'output key',
      prodOutput({ kind: 'json', path: 'x', varible: 'A' }),
      /outputs\[0\]\.varible .*did you mean `variable`\?/,
    ],
    [
      'variable',
      prodOutput({ kind: 'json', path: 'x', variable: 'A-B' }),
      /outputs\[0\]\.variable .*expected a variable name/,
    ],
    [
      'share',
      (c) => prod(c, { limits: { changedShare: 50 } }),
      /limits\.changedShare .*expected a number of at most 1, found 50/,
    ],
    ['size', (c) => prod(c, { limits: { fileSize: '25 megs' } }), /limits\.fileSize .*expected a size such as 25 MB/],
    ['required', (c) => prod(c, { limits: { required: [''] } }), /limits\.required\[0\]/],
    ['floor', (c) => prod(c, { limits: { floor: 1.5 } }), /limits\.floor .*expected a whole number, found 1\.5/],
    [
      'budget',
      (c) => prod(c, { invalidation: { budget: { items: 1.5 } } }),
      /invalidation\.budget\.items .*expected a whole number, found 1\.5/,
    ],
    [
      'key of invalidation',
      (c) => prod(c, { invalidation: { bugdet: {} } }),
      /invalidation\.bugdet .*did you mean `budget`\?/,
    ],
    ['keep', (c) => prod(c, { keep: { versions: 0 } }), /keep\.versions .*expected a number of at least 1, found 0/],
    ['protected', (c) => prod(c, { protected: 'yes' }), /protected .*expected true or false, found "yes"/],
    ['prefix with ..', sourcePrefix('a/../b'), /sources\[0\]\.prefix .*`\.\.` segments/],
    ['prefix with an empty segment', sourcePrefix('a//b'), /sources\[0\]\.prefix .*empty/],
    ['prefix with a backslash', sourcePrefix('a\\b'), /sources\[0\]\.prefix .*backslash/],
    ['prefix with a newline', sourcePrefix('a\nb'), /sources\[0\]\.prefix .*control characters/],
    ['prefix in the state’s folder', sourcePrefix('/.waybill/x/'), /sources\[0\]\.prefix .*\.waybill/],
    [
      'provider option',
      (c) => prod(c, { origin: { use: 's3', bucket: 'b', regoin: 'x' } }),
      /environments\.prod\.origin\.regoin .*did you mean `region`\?/,
    ],
    [
      'provider option’s type',
      (c) => prod(c, { origin: { use: 's3', bucket: 5 } }),
      /environments\.prod\.origin\.bucket \(line \d+\): expected a string, found 5/,
    ],
    [
      'provider option missing',
      (c) => prod(c, { edge: { use: 'cloudfront' } }),
      /environments\.prod\.edge\.distributionId .*missing/,
    ],
    [
      'provider option’s URL',
      (c) => prod(c, { origin: { use: 's3', bucket: 'b', endpoint: 'x' } }),
      /origin\.endpoint .*expected a URL, found "x"/,
    ],
    [
      'edge in a list',
      (c) => prod(c, { edge: [{ use: 'cloudfront', distributionId: 5 }] }),
      /environments\.prod\.edge\[0\]\.distributionId .*found 5/,
    ],
    [
      'edge of another type',
      (c) => prod(c, { edge: 5 }),
      /environments\.prod\.edge .*expected an object or a list, found 5/,
    ],
    [
      'use missing',
      (c) => prod(c, { origin: { bucket: 'b' } }),
      /environments\.prod\.origin\.use .*known origins: local, s3/,
    ],
    [
      'prefix of an origin',
      (c) => prod(c, { origin: { use: 's3', bucket: 'b', prefix: 'a/../b' } }),
      /environments\.prod\.origin\.prefix .*`\.\.`/,
    ],
    [
      'origin in the state’s folder',
      (c) => prod(c, { origin: { use: 's3', bucket: 'b', prefix: '.waybill' } }),
      /origin\.prefix .*\.waybill/,
    ],
  ])('%s', async (_, change, expected) => {
    expect(await messageAfter(change)).toMatch(expected);
  });
});

test('all mistakes come in one error, the schema’s and the providers’', async () => {
  const message = await messageAfter((config) => {
    config.ignores = [];
    prod(config, { origin: { use: 's3', bucket: 5 }, edge: { use: 'cloudfrnt' }, url: 'x' });
  });
  expect(message).toMatch(/^waybill\.config\.json has 4 mistakes:\n/);
  expect(message.split('\n')).toHaveLength(5);
  expect(message).toContain('environments.prod.edge.use');
});

test('the error carries the first path', async () => {
  const config = { ...minimal(), fingerprint: 1 };
  expect(await failure(loadJson(config))).toMatchObject({ code: 'CONFIG_INVALID', path: 'fingerprint' });
});

test('yaml mistakes have the line of the nearest value', async () => {
  const text =
    'sources:\n  - kind: directory\n    path: 5\nenvironments:\n  dev:\n    url: http://a.example/\n    origin: { use: local }\n';
  const { message } = await failure(loadFrom({ 'waybill.config.yaml': text }));
  expect(message).toContain('sources[0].path (line 3): expected a string, found 5');
  expect(message).toContain('environments.dev.origin.directory (line 7): expected a string, but it is missing');
});

test('toml and modules name paths without lines', async () => {
  const { message } = await failure(loadFrom({ 'waybill.config.toml': 'sources = 5\n[environments]\n' }));
  expect(message).toContain('sources: expected a list, found 5');
});

test.each([
  [['environments', 'prod', 'outputs', 0, 'path'], 'environments.prod.outputs[0].path'],
  [['headers', 0, 'set', 'a b"]'], 'headers[0].set["a b\\"]"]'],
  [['environments', 'v1.2', 'url'], 'environments["v1.2"].url'],
  [[], ''],
])('paths are rendered and parsed back: %j', (path, text) => {
  expect(renderPath(path)).toBe(text);
  expect(parsePath(text)).toEqual(path);
});
