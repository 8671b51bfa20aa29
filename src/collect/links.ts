import { realpathSync, type Stats, statSync } from 'node:fs';
import { sep } from 'node:path';
import { SourceError } from '../errors/errors.ts';
import { errorCode } from './read-error.ts';

export type LinkTarget =
  | { readonly kind: 'missing'; readonly circular: boolean }
  | { readonly kind: 'found'; readonly real: string; readonly stats: Stats };

/** Where a symbolic link leads in the end, through however many others. */
export function resolveLink(link: string): LinkTarget {
  try {
    const real = realpathSync(link);
    return { kind: 'found', real, stats: statSync(real) };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing', circular: false };
    if (code === 'ELOOP') return { kind: 'missing', circular: true };
    throw new SourceError('SOURCE_MISSING', `cannot follow the symbolic link ${link}: ${code ?? String(error)}`, {
      hint: 'Make its target readable for the user that runs Waybill, or ignore the link.',
      cause: error,
    });
  }
}

/**
 * Refuses (SOURCE_SYMLINK) links that leave the source, point to nothing or go in circles. `ancestors` are the real paths of the
 * folders being walked, the source's root first; a folder that is one of them would be entered for ever.
 */
export function checkLink(target: LinkTarget, label: string, ancestors: readonly string[]): void {
  const { real } = checkTarget(target, label, ancestors);
  const root = ancestors[0] ?? '';
  const inside = root.endsWith(sep) ? root : root + sep;
  if (real !== root && !real.startsWith(inside)) throw linkError(label, 'leaves its source');
}

/** Refuses (SOURCE_SYMLINK) links that point to nothing or go in circles; where they lead otherwise does not matter. */
export function checkTarget(
  target: LinkTarget,
  label: string,
  ancestors: readonly string[],
): Extract<LinkTarget, { kind: 'found' }> {
  if (target.kind === 'missing') throw linkError(label, target.circular ? 'goes in circles' : 'points to nothing');
  if (target.stats.isDirectory() && ancestors.includes(target.real)) throw linkError(label, 'goes in circles');
  return target;
}

function linkError(label: string, what: string): SourceError {
  return new SourceError('SOURCE_SYMLINK', `the symbolic link ${label} ${what}`, {
    hint: 'Copy the target into the source, or ignore the link.',
  });
}
