import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { makeJsonSchema } from '../../../src/config/json-schema.ts';
import { defineConfig } from '../../../src/config/types.ts';
import { cloudfrontOptions, loadJson, localOptions, s3Options } from './stand-ins.ts';

/** The example of docs/configuration.md, in TypeScript: that this compiles is part of the test. */
const example = defineConfig({
  sources: [
    { kind: 'directory', path: 'static' },
    { kind: 'directory', path: 'frontend/dist', prefix: 'app' },
    { kind: 'django', manage: 'manage.py', python: '.venv/bin/python', jsModules: true },
    { kind: 'django', djangoVersion: '5.2', dirs: ['a', { path: 'b', prefix: 'vendor' }], apps: ['app1'] },
  ],
  externals: { 'vendor/a.css': 'https://cdn.example/a.css' },
  fingerprint: 'auto',
  ignore: ['**/*.psd'],
  headers: [{ match: '**/*.pdf', set: { 'cache-control': 'public, max-age=600' } }],
  environments: {
    dev: { origin: { use: 'local', directory: '.cdn' }, url: 'http://127.0.0.1:4100/' },
    prod: {
      origin: { use: 's3', bucket: 'shop-static', region: 'us-east-2', prefix: 'static' },
      edge: { use: 'cloudfront', distributionId: 'E2EXAMPLE' },
      url: 'https://static.shop.example/static/',
      outputs: [
        { kind: 'dotenv', path: '.env.production' },
        { kind: 'django-manifest', path: 'staticfiles.json' },
      ],
      limits: { changedShare: 0.5, floor: 20 },
      keep: { versions: 10, days: 30 },
      protected: true,
    },
  },
});

const options = {
  origins: { s3: s3Options, local: localOptions },
  edges: { cloudfront: cloudfrontOptions, local: localOptions },
};

type Json = Parameters<typeof z.fromJSONSchema>[0];
const schema = makeJsonSchema(options);
const validates = (value: unknown) => z.fromJSONSchema(schema as Json).safeParse(value).success;
const copy = () => JSON.parse(JSON.stringify(example));

describe('the JSON Schema', () => {
  test('takes the example, with $schema too, and so does the command', async () => {
    expect(validates(copy())).toBe(true);
    expect(validates({ $schema: './node_modules/waybill/schema.json', ...copy() })).toBe(true);
    const config = await loadJson(copy());
    expect([...config.environments.keys()]).toEqual(['dev', 'prod']);
    expect(config.sources[1]?.prefix).toBe('app/');
  });

  test.each<[string, (config: ReturnType<typeof copy>) => void]>([
    ['an unknown key', (c) => (c.ignores = [])],
    ['no sources', (c) => delete c.sources],
    ['an unknown key of a Django source', (c) => (c.sources[2].mange = 'manage.py')],
    ['a version of Django that is none', (c) => (c.sources[3].djangoVersion = 'new')],
    ['an unknown provider', (c) => (c.environments.prod.origin.use = 's4')],
    ['an edge for an origin', (c) => (c.environments.prod.origin = { use: 'cloudfront', distributionId: 'E' })],
    ['an unknown option', (c) => (c.environments.prod.origin.regoin = 'x')],
    ['a missing option', (c) => delete c.environments.prod.origin.bucket],
    ['a wrong edge in a list', (c) => (c.environments.prod.edge = [{ use: 'cloudfront' }])],
    ['an output without path', (c) => (c.environments.prod.outputs = [{ kind: 'dotenv' }])],
    ['a share above 1', (c) => (c.environments.prod.limits.changedShare = 50)],
    ['a url without a last slash', (c) => (c.environments.prod.url = 'https://static.shop.example/static')],
  ])('refuses %s', (_, change) => {
    const config = copy();
    change(config);
    expect(validates(config)).toBe(false);
  });

  test('has titles and descriptions for hovers', () => {
    const text = JSON.stringify(schema);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Waybill configuration',
    });
    expect(schema.$defs?.origin).toMatchObject({ oneOf: [{ title: 's3' }, { title: 'local' }] });
    expect(text).toContain('gitignore syntax, for all sources.');
    expect(text).toContain('Public base URL; ends in `/`.');
  });

  test('is the same each time, and is plain JSON', () => {
    expect(makeJsonSchema(options)).toEqual(schema);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
