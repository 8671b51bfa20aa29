import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { makeTree } from '../../temp.ts';
import { catalogs, failure, loadJson, minimal } from './stand-ins.ts';

const withProd = (environment: Record<string, unknown>) => {
  const config = minimal();
  config.environments.prod = { origin: { use: 's3', bucket: 'b' }, url: 'https://cdn.example/', ...environment };
  return config;
};

const loadProd = async (environment: Record<string, unknown>) => {
  const config = await loadJson(withProd(environment));
  return config.environments.get('prod')!;
};

describe('unknown providers', () => {
  test.each([
    ['origin', { use: 's4' }, 'there is no origin `s4`; did you mean `s3`?; known origins: local, s3'],
    ['origin', { use: 'dropbox' }, 'there is no origin `dropbox`; known origins: local, s3'],
    ['state', { use: 'lokal' }, 'there is no origin `lokal`; did you mean `local`?; known origins: local, s3'],
    [
      'edge',
      { use: 'cloudfrnt' },
      'there is no edge `cloudfrnt`; did you mean `cloudfront`?; known edges: cloudfront, local',
    ],
    ['origin', { use: 'cloudfront' }, '`cloudfront` is an edge, not an origin; known origins: local, s3'],
    ['edge', { use: 's3' }, '`s3` is an origin, not an edge; known edges: cloudfront, local'],
    ['origin', { use: 'constructor' }, 'there is no origin `constructor`; known origins: local, s3'],
  ])('%s %j', async (part, choice, text) => {
    const error = await failure(loadJson(withProd({ [part]: choice })));
    expect(error).toMatchObject({ code: 'PROVIDER_UNKNOWN', exitCode: 2 });
    expect(error.message).toMatch(new RegExp(`environments\\.prod\\.${part}\\.use`));
    expect(error.message).toContain(text);
  });
});

describe('secrets', () => {
  test.each([
    ['accessKeyId'],
    ['secretAccessKey'],
    ['sessionToken'],
    ['apiToken'],
    ['api_token'],
    ['token'],
    ['password'],
    ['credentials'],
  ])('%s is refused without its value', async (key) => {
    const error = await failure(
      loadJson(withProd({ origin: { use: 's3', bucket: 'b', [key]: 'hunter2-very-secret' } })),
    );
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', path: `environments.prod.origin.${key}` });
    expect(error.message).toContain('the vendor’s own credential chain');
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain('hunter2');
  });

  test('also inside of other options and in a list of edges', async () => {
    const edge = [{ use: 'cloudfront', distributionId: 'E', client: { secretAccessKey: 'hunter2' } }];
    const { message } = await failure(loadJson(withProd({ edge })));
    expect(message).toContain('environments.prod.edge[0].client.secretAccessKey');
    expect(message).not.toContain('hunter2');
  });

  test.each(['https://user:hunter2@cdn.example/', 'https://hunter2@cdn.example/'])('in the url: %s', async (url) => {
    const { message } = await failure(loadJson(withProd({ url })));
    expect(message).toContain('must not hold a user name or password, found "https://***@cdn.example/"');
    expect(message).not.toContain('hunter2');
  });

  test('a value under a secret-looking unknown key elsewhere is not shown', async () => {
    const { message } = await failure(loadJson({ ...minimal(), apiToken: 'hunter2' }));
    expect(message).toContain('apiToken');
    expect(message).not.toContain('hunter2');
  });
});

describe('edges', () => {
  test('an origin without an embedded edge has none', async () => {
    expect((await loadProd({})).edges).toEqual([]);
  });

  test('the embedded edge of an origin reads the origin’s options', async () => {
    const { edges } = await loadProd({ origin: { use: 'local', directory: 'cdn', latencyMs: 5 } });
    expect(edges).toMatchObject([
      { provider: { kind: 'edge', id: 'local' }, options: { directory: 'cdn', latencyMs: 5 } },
    ]);
  });

  test('a configured edge takes the embedded one’s place', async () => {
    const origin = { use: 'local', directory: 'cdn' };
    const { edges } = await loadProd({ origin, edge: { use: 'cloudfront', distributionId: 'E1' } });
    expect(edges.map(({ provider }) => provider.id)).toEqual(['cloudfront']);
    expect((await loadProd({ origin, edge: [] })).edges).toEqual([]);
  });

  test('several edges keep their order', async () => {
    const edge = ['E2', 'E1'].map((distributionId) => ({ use: 'cloudfront', distributionId }));
    const { edges } = await loadProd({ edge });
    expect(edges.map(({ options }) => options)).toEqual([{ distributionId: 'E2' }, { distributionId: 'E1' }]);
  });
});

describe('state', () => {
  test('is the origin itself unless configured', async () => {
    const { origin, state } = await loadProd({});
    expect(state).toBe(origin);
  });

  test('may have a place of its own, or one inside the origin’s bucket', async () => {
    const { origin, state } = await loadProd({ state: { use: 's3', bucket: 'b', prefix: 'state' } });
    expect(state).not.toBe(origin);
    expect(state.location).toEqual({ store: 's3://b', prefix: 'state' });
  });

  test('written out as the origin’s own place it is the origin', async () => {
    const { origin, state } = await loadProd({ state: { use: 's3', bucket: 'b', prefix: '' } });
    expect(state).toBe(origin);
  });

  test('at the origin’s place with other options is refused', async () => {
    const error = await failure(loadJson(withProd({ state: { use: 's3', bucket: 'b', region: 'eu-central-1' } })));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', path: 'environments.prod.state' });
    expect(error.message).toContain('leave `state` out');
  });
});

describe('providers of one’s own', () => {
  const load = (provider: string, use = 'mine') => {
    const text = `import { defineProvider } from 'waybill';
      const mine = ${provider};
      export default {
        sources: [{ kind: 'directory', path: 'dist' }],
        environments: { dev: { origin: { use: ${use}, folder: 'x' }, url: 'http://a.example/' } },
      };`;
    const root = makeTree({
      '.git/HEAD': '',
      'library.mjs': 'export const defineProvider = (provider) => provider;',
      'waybill.config.ts': text,
    });
    return loadConfig({ cwd: root, catalogs, library: `${root}/library.mjs` });
  };
  const body = `kind: 'origin', id: 'mine', packages: [],
    locate: (options: { folder: string }) => ({ store: options.folder, prefix: '' }), open: async () => ({})`;

  test('are taken as `use` and get their options', async () => {
    const config = await load(`defineProvider({ ${body}, parse: (raw: object) => ({ ...raw, parsed: true }) })`);
    const { origin } = config.environments.get('dev')!;
    expect(origin.provider.id).toBe('mine');
    expect(origin.options).toEqual({ folder: 'x', parsed: true });
    expect(origin.location).toEqual({ store: 'x', prefix: '' });
  });

  test('that are edges are no origins', async () => {
    const error = await failure(load(`defineProvider({ ${body}, kind: 'edge', parse: (raw: object) => raw })`));
    expect(error.message).toContain('expected the id of an origin, or one made by defineProvider, found an edge');
  });

  test('that are no providers at all are refused', async () => {
    expect((await failure(load('{}'))).message).toContain('found something else; known origins: local, s3');
  });

  test('whose parse throws: the message has path and reason', async () => {
    const error = await failure(load(`{ ${body}, parse: () => { throw new Error('no such folder'); } }`));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).toContain('environments.dev.origin: no such folder');
  });
});
