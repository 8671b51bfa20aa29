import { describe, expect, test } from 'vitest';
import { toProviderError } from '../../providers/local/errors.ts';
import { SourceError } from '../../src/errors/errors.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

describe('what the operating system says, in our words', () => {
  const table: [string, string][] = [
    ['EACCES', 'auth'],
    ['EPERM', 'auth'],
    ['EROFS', 'auth'],
    ['ENOSPC', 'rejected'],
    ['EDQUOT', 'rejected'],
    ['ENAMETOOLONG', 'rejected'],
    ['ELOOP', 'rejected'],
    ['ENOTDIR', 'rejected'],
    ['EISDIR', 'rejected'],
    ['EXDEV', 'rejected'],
    ['EMFILE', 'throttled'],
    ['EBUSY', 'unavailable'],
    ['EIO', 'unavailable'],
    ['ESTALE', 'unavailable'],
    ['ENOENT', 'unavailable'],
  ];
  test.each(table)('%s is %s', (code, kind) => {
    const cause = systemError(code);
    const message = expect.stringMatching(new RegExp(`^Cannot write a\\.css: .*\\(${code}\\)\\.$`));
    expect(toProviderError(cause, 'write a.css')).toMatchObject({ kind, message, cause });
  });

  test('what is ours already, and what nobody knows, stays as it is', () => {
    const changed = new SourceError('SOURCE_CHANGED', 'changed');
    expect(toProviderError(changed, 'write a')).toBe(changed);
    const bug = new TypeError('bug');
    expect(toProviderError(bug, 'write a')).toBe(bug);
    const unknown = systemError('EWHATEVER');
    expect(toProviderError(unknown, 'write a')).toBe(unknown);
  });
});
