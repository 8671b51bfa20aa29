import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findConfig } from '../../../src/config/find.ts';
import { makeTree } from '../../temp.ts';
import { failure } from './stand-ins.ts';

describe('findConfig', () => {
  test('finds the file in the folder itself', () => {
    const root = makeTree({ 'waybill.config.json': '{}' });
    expect(findConfig({ cwd: root })).toBe(join(root, 'waybill.config.json'));
  });

  test('finds the nearest file above, up to the repository’s root', () => {
    const root = makeTree({
      '.git/HEAD': '',
      'waybill.config.ts': '',
      'a/waybill.config.toml': '',
      'a/b/c/x': '',
      'd/x': '',
    });
    expect(findConfig({ cwd: join(root, 'a/b/c') })).toBe(join(root, 'a/waybill.config.toml'));
    expect(findConfig({ cwd: join(root, 'd') })).toBe(join(root, 'waybill.config.ts'));
  });

  test('does not look above the repository’s root, also where `.git` is a file', async () => {
    const root = makeTree({ 'waybill.config.ts': '', 'repo/.git': 'gitdir: elsewhere\n', 'repo/src/x': '' });
    const error = await failure(() => findConfig({ cwd: join(root, 'repo/src') }));
    expect(error).toMatchObject({ code: 'CONFIG_NOT_FOUND', exitCode: 2 });
    expect(error.message).toContain(`${join(root, 'repo/src')} or its parents up to ${join(root, 'repo')}`);
    expect(error.hint).toContain('waybill init');
  });

  test('without a repository it looks above, but short of the home folder', async () => {
    const root = makeTree({ 'waybill.config.ts': '', 'a/b/x': '', 'a/waybill.config.json': '{}', 'c/d/x': '' });
    const home = process.env.HOME;
    onTestFinished(() => {
      process.env.HOME = home;
    });
    process.env.HOME = root;
    expect(findConfig({ cwd: join(root, 'a/b') })).toBe(join(root, 'a/waybill.config.json'));
    expect(findConfig({ cwd: root })).toBe(join(root, 'waybill.config.ts'));
    const error = await failure(() => findConfig({ cwd: join(root, 'c/d') }));
    expect(error.message).toContain(`${join(root, 'c/d')} or its parents up to ${join(root, 'c')}`);
  });

  test('two files in one folder: both are named', async () => {
    const root = makeTree({ 'waybill.config.yaml': '', 'waybill.config.json': '{}' });
    const error = await failure(() => findConfig({ cwd: root }));
    expect(error).toMatchObject({ code: 'CONFIG_AMBIGUOUS', exitCode: 2 });
    expect(error.message).toContain('waybill.config.json and waybill.config.yaml');
  });

  test('--config is relative to the working directory and may have any name', () => {
    const root = makeTree({ 'etc/cdn.yaml': '', 'waybill.config.json': '{}', 'waybill.config.ts': '' });
    expect(findConfig({ cwd: root, file: 'etc/cdn.yaml' })).toBe(join(root, 'etc/cdn.yaml'));
    expect(findConfig({ cwd: '/', file: join(root, 'etc/cdn.yaml') })).toBe(join(root, 'etc/cdn.yaml'));
  });

  test.each(['nothing.json', 'etc'])('--config %s that is no file', async (file) => {
    const root = makeTree({ 'etc/x': '', 'waybill.config.json': '{}' });
    const error = await failure(() => findConfig({ cwd: root, file }));
    expect(error).toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    expect(error.message).toContain(join(root, file));
  });

  test('a working directory that is not there', async () => {
    const error = await failure(() => findConfig({ cwd: join(makeTree(), 'gone') }));
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 2 });
  });
});
