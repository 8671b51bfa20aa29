import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DjangoRequest } from '../../../../src/collect/django/ask-django.ts';
import { ProjectAnswers } from '../../../../src/collect/django/project-answers.ts';
import type { DjangoSource } from '../../../../src/config/types.ts';
import { deploy, planDeploy } from '../../../../src/deploy.ts';
import { makeRig } from '../../../rig.ts';
import { makeTree, writeTree } from '../../../temp.ts';
import { failure } from '../../config/stand-ins.ts';

const later = () => new Date(Date.now() + 60_000);

/** A project whose Python is a script that answers with a file, and counts how often it was asked. */
function makeProject(root = makeTree()) {
  writeTree(root, { 'manage.py': '', 'python.sh': '#!/bin/sh\necho asked >> asked\ncat answer.json\n' });
  chmodSync(join(root, 'python.sh'), 0o755);
  const request: DjangoRequest = {
    manage: join(root, 'manage.py'),
    python: join(root, 'python.sh'),
    settings: undefined,
    ignore: [],
    defaultIgnore: true,
    env: { PATH: process.env.PATH },
    signal: new AbortController().signal,
  };
  return {
    root,
    request,
    answer(document: object | string) {
      writeFileSync(join(root, 'answer.json'), typeof document === 'string' ? document : JSON.stringify(document));
    },
    asked: () =>
      existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8').split('\n').length - 1 : 0,
  };
}

describe('what a project answered last time', () => {
  test('is there while the new answer is awaited', async () => {
    const { root, request, answer, asked } = makeProject();
    const place = join(root, 'cache', 'x.answers');
    answer({ version: '5.2' });
    const first = new ProjectAnswers(place);
    expect(first.guess(request)).toBeUndefined();
    expect(await first.ask(request)).toEqual({ version: '5.2' });
    expect(await first.areAsBefore()).toBe(false);
    await first.save('nonce');
    expect(asked()).toBe(1);

    const second = new ProjectAnswers(place);
    expect(second.guess(request)).toEqual({ version: '5.2' });
    expect(await second.areAsBefore()).toBe(true);
    expect(asked()).toBe(2);

    answer({ version: '6.0' });
    const third = new ProjectAnswers(place);
    expect(third.guess(request)).toEqual({ version: '5.2' });
    expect(await third.areAsBefore()).toBe(false);
    expect(await third.ask(request)).toEqual({ version: '6.0' });
  });

  test('is no guess for another request', async () => {
    const { root, request, answer } = makeProject();
    const place = join(root, 'cache', 'x.answers');
    answer({ version: '5.2' });
    const first = new ProjectAnswers(place);
    await first.ask(request);
    await first.save('nonce');
    const second = new ProjectAnswers(place);
    expect(second.guess({ ...request, ignore: ['*.psd'] })).toBeUndefined();
    expect(await second.areAsBefore()).toBe(false);
  });

  test.each(['', '{"format":1,"answers":7}', 'null'])('is none where it is damaged: %s', async (text) => {
    const { root, request, answer } = makeProject();
    answer({});
    writeTree(root, { 'x.answers': text });
    const answers = new ProjectAnswers(join(root, 'x.answers'));
    expect(answers.guess(request)).toBeUndefined();
    expect(await answers.areAsBefore()).toBe(false);
  });

  test('does not hide that Django fails now', async () => {
    const { root, request, answer } = makeProject();
    const place = join(root, 'cache', 'x.answers');
    answer({ version: '5.2' });
    const first = new ProjectAnswers(place);
    await first.ask(request);
    await first.save('nonce');
    answer('no JSON');
    const second = new ProjectAnswers(place);
    expect(second.guess(request)).toBeDefined();
    expect(await failure(second.areAsBefore())).toMatchObject({ code: 'DJANGO_FAILED', exitCode: 2 });
  });
});

describe('a deploy of a project', () => {
  const env = { WAYBILL_CACHE_DIR: 'cache', PATH: process.env.PATH };
  const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;

  async function makeDeployed() {
    const rig = makeRig({ files: { 'a.txt': 'a', 'b.txt': 'b' } });
    const project = makeProject(rig.directory);
    const list = (...paths: string[]) =>
      project.answer({
        ...{ version: '5.2', staticUrl: '/static/', storage: null, jsModules: false, custom: [], special: [] },
        files: paths.map((path) => [path, join(rig.directory, 'site', path)]),
      });
    const { manage, python } = project.request;
    const source: DjangoSource = {
      kind: 'django',
      path: manage,
      label: manage,
      prefix: '',
      fingerprint: 'django',
      ignore: [],
      project: { manage, python },
      defaultIgnore: true,
      dirs: [],
      apps: [],
      rules: { lenient: false, keepOriginals: true },
    };
    const session = async () => {
      const { config } = await rig.session();
      return rig.session({ env, now: later, config: { ...config, sources: [source] } });
    };
    list('a.txt');
    await deploy(await session(), applied);
    return { rig, list, session, asked: project.asked };
  }

  test('asks it each time, and reads nothing where it answers as before', async () => {
    const { rig, session, asked } = await makeDeployed();
    rig.events.length = 0;
    expect((await planDeploy(await session(), {})).plan.phases).toEqual([]);
    expect(rig.events.filter(({ kind }) => kind === 'collecting')).toEqual([]);
    expect(asked()).toBe(2);
  });

  test('sees what it lists now, and no longer lists', async () => {
    const { rig, list, session } = await makeDeployed();
    list('a.txt', 'b.txt');
    expect((await planDeploy(await session(), {})).files.map(({ path }) => path)).toEqual([
      ...['a.txt', 'a.txt', 'b.txt', 'b.txt'],
    ]);
    writeTree(rig.directory, { 'site/c.txt': 'c' });
    list('c.txt');
    expect((await planDeploy(await session(), {})).files.map(({ path }) => path)).toEqual(['c.txt', 'c.txt']);
  });
});
