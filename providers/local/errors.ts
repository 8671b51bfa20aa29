import { ProviderError, type ProviderErrorKind, WaybillError } from '../../src/errors/errors.ts';

interface Translation {
  readonly kind: ProviderErrorKind;
  readonly why: string;
  readonly hint?: string;
}

const permission: Translation = {
  kind: 'auth',
  why: 'permission denied',
  hint: 'Give the user that runs Waybill read and write permission on the folder and what is in it.',
};
const space: Translation = { kind: 'rejected', why: 'no space left', hint: 'Make room on the disk and run again.' };
const busy: Translation = { kind: 'unavailable', why: 'the file or the disk is busy' };
const clash: Translation = {
  kind: 'rejected',
  why: 'a file stands where a folder is needed, or a folder where a file is',
  hint: 'A file system cannot hold both `a` and `a/b`. Rename one of them, or remove the old one.',
};

/** Codes of the operating system, in our words. */
const translations: Readonly<Record<string, Translation>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: { kind: 'auth', why: 'the file system is read-only', hint: 'Choose a folder that can be written.' },
  ENOSPC: space,
  EDQUOT: { ...space, why: 'the disk quota is used up' },
  ENAMETOOLONG: {
    kind: 'rejected',
    why: 'the name is too long for the file system',
    hint: 'Shorten the name: most file systems take 255 bytes between two slashes.',
  },
  ELOOP: { kind: 'rejected', why: 'a symbolic link is in the way', hint: 'Replace the link by a real file or folder.' },
  EISDIR: clash,
  ENOTDIR: clash,
  ENOTEMPTY: clash,
  EEXIST: clash,
  EXDEV: {
    kind: 'rejected',
    why: 'a folder inside is on another disk, so files cannot be put in place in one step',
    hint: 'Keep the whole folder on one file system.',
  },
  EINVAL: { kind: 'rejected', why: 'the file system does not take the name' },
  EILSEQ: { kind: 'rejected', why: 'the file system does not take the name' },
  EMFILE: { kind: 'throttled', why: 'too many open files', hint: 'Lower --concurrency.' },
  ENFILE: { kind: 'throttled', why: 'too many open files', hint: 'Lower --concurrency.' },
  EBUSY: busy,
  EAGAIN: busy,
  EIO: { kind: 'unavailable', why: 'the disk reported an error' },
  ESTALE: { kind: 'unavailable', why: 'the network file system lost the file' },
  ETIMEDOUT: { kind: 'unavailable', why: 'the network file system did not answer' },
  ENOENT: { kind: 'unavailable', why: 'a folder vanished while it was used' },
};

/** The code of an operating system error, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What the operating system said, for the user. `what` says what was being done, e.g. `write app/a.css`. Errors that are ours already
 * (a changed source, an abort) stay as they are.
 */
export function toProviderError(error: unknown, what: string): unknown {
  if (error instanceof WaybillError) return error;
  const code = codeOf(error);
  const known = code === undefined ? undefined : (translations[code] ?? unknownTrouble(error));
  if (!known) return error;
  const details = { cause: error, ...(known.hint === undefined ? {} : { hint: known.hint }) };
  const at = error instanceof Error && 'path' in error && typeof error.path === 'string' ? ` at ${error.path}` : '';
  return new ProviderError(known.kind, `Cannot ${what}: ${known.why} (${code})${at}.`, details);
}

/** A system call failed in a way we did not think of; anything else with a code is a bug. */
function unknownTrouble(error: unknown): Translation | undefined {
  return error instanceof Error && 'syscall' in error ? { kind: 'rejected', why: error.message } : undefined;
}

/** A key that this store refuses whatever is there now. */
export function rejected(message: string, hint: string): ProviderError {
  return new ProviderError('rejected', message, { hint });
}

export function conflict(key: string): ProviderError {
  return new ProviderError('conflict', `${key} was written by somebody else in the meantime.`);
}
