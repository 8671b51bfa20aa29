import { describe, expect, it } from 'vitest';
import { renderGithub } from '../../../src/outputs/github.ts';
import { renderGitlab } from '../../../src/outputs/gitlab.ts';

describe('renderGithub', () => {
  it.each([
    ['an empty file', '', 'x', 'CDN_URL=x\n'],
    ['behind others', 'A=1\n', 'x', 'A=1\nCDN_URL=x\n'],
    ['behind a line without an end', 'A=1', 'x', 'A=1\nCDN_URL=x\n'],
    ['behind an older value: the last counts', 'CDN_URL=old\n', 'x', 'CDN_URL=old\nCDN_URL=x\n'],
    ['not twice', 'CDN_URL=x\nA=1\n', 'x', 'CDN_URL=x\nA=1\n'],
    ['again, when something newer stands behind', 'CDN_URL=x\nCDN_URL=y\n', 'x', 'CDN_URL=x\nCDN_URL=y\nCDN_URL=x\n'],
    ['lines', '', 'a\nb', 'CDN_URL<<WAYBILL_END\na\nb\nWAYBILL_END\n'],
    ['lines with the delimiter', '', 'a\nWAYBILL_END', 'CDN_URL<<WAYBILL_END_\na\nWAYBILL_END\nWAYBILL_END_\n'],
  ])('%s', (_, existing, value, expected) => {
    expect(renderGithub(existing, 'CDN_URL', value)).toBe(expected);
  });
});

describe('renderGitlab', () => {
  it.each([
    ['an empty file', '', 'CDN_URL=a#b&c\n'],
    ['others', 'A=1', 'A=1\nCDN_URL=a#b&c\n'],
    ['an old value: quotes and comments are part of it', 'CDN_URL="old" # x\nA=1\n', 'CDN_URL=a#b&c\nA=1\n'],
    ['CRLF', 'CDN_URL=old\r\nA=1\r\n', 'CDN_URL=a#b&c\r\nA=1\r\n'],
    ['a name that only starts alike', 'CDN_URL_OLD=1\n', 'CDN_URL_OLD=1\nCDN_URL=a#b&c\n'],
  ])('%s', (_, existing, expected) => {
    expect(renderGitlab(existing, 'CDN_URL', 'a#b&c')).toBe(expected);
    expect(renderGitlab(expected, 'CDN_URL', 'a#b&c')).toBe(expected);
  });

  it('takes `$&` in a value for what it is', () => {
    expect(renderGitlab('CDN_URL=old\n', 'CDN_URL', 'a$&b')).toBe('CDN_URL=a$&b\n');
  });

  it('refuses a value of several lines', () => {
    expect(() => renderGitlab('', 'CDN_URL', 'a\nb')).toThrow('line break');
  });
});
