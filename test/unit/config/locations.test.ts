import { describe, expect, test } from 'vitest';
import { PlanError } from '../../../src/errors/errors.ts';
import { failure, loadJson, minimal } from './stand-ins.ts';

const s3 = (bucket: string, prefix = '') => ({ use: 's3', bucket, prefix });
const local = (directory: string, prefix = '') => ({ use: 'local', directory, prefix });

type Part = Record<string, unknown>;

const load = (a: { origin: Part; state?: Part }, b: { origin: Part; state?: Part }) => {
  const url = 'http://a.example/';
  return loadJson({ ...minimal(), environments: { dev: { ...a, url }, prod: { ...b, url } } });
};

describe('environments must not share a location', () => {
  test.each([
    ['the same bucket', { origin: s3('b') }, { origin: s3('b') }, 'are one location'],
    ['the same prefix, written otherwise', { origin: s3('b', 'x') }, { origin: s3('b', '/x/') }, 'are one location'],
    ['a prefix inside the whole bucket', { origin: s3('b') }, { origin: s3('b', 'x') }, 'lie one inside the other'],
    ['a prefix inside a prefix', { origin: s3('b', 'x/y/z') }, { origin: s3('b', 'x/y') }, 'lie one inside the other'],
    ['the same folder', { origin: local('a') }, { origin: local('./b/../a') }, 'are one location'],
    ['a folder inside a folder', { origin: local('a') }, { origin: local('a/b') }, 'lie one inside the other'],
    ['the same state', { origin: s3('a'), state: s3('s') }, { origin: s3('b'), state: s3('s') }, 'are one location'],
    [
      'a state inside the other’s origin',
      { origin: s3('a'), state: s3('b', 's') },
      { origin: s3('b') },
      'lie one inside',
    ],
    [
      'an origin inside the other’s state',
      { origin: s3('a'), state: s3('b') },
      { origin: s3('b', 'x') },
      'lie one inside',
    ],
  ])('%s', async (_, a, b, relation) => {
    const error = await failure(load(a, b));
    expect(error).toBeInstanceOf(PlanError);
    expect(error).toMatchObject({ code: 'LOCATION_SHARED', exitCode: 4 });
    expect(error.message).toContain('environments.dev.');
    expect(error.message).toContain('environments.prod.');
    expect(error.message).toContain(relation);
    expect(error.hint).toContain('`dev` and `prod`');
  });

  test.each([
    ['two buckets', { origin: s3('a') }, { origin: s3('ab') }],
    ['prefixes that begin alike', { origin: s3('b', 'static') }, { origin: s3('b', 'static2') }],
    ['folders that begin alike', { origin: local('.cdn') }, { origin: local('.cdn2') }],
    ['states side by side', { origin: s3('a'), state: s3('s', 'dev') }, { origin: s3('b'), state: s3('s', 'prod') }],
    ['a state inside its own origin', { origin: s3('a'), state: s3('a', 's') }, { origin: s3('b') }],
  ])('fine: %s', async (_, a, b) => {
    expect((await load(a, b)).environments.size).toBe(2);
  });
});
