import { SourceError } from '../errors/errors.ts';

/** Says in our words why a file that was found could not be read; `label` is its path as the user knows it. */
export function toSourceError(error: unknown, label: string): SourceError {
  if (error instanceof SourceError) return error;
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return changedError(label, 'it is gone', error);
  // The file is opened without following links; ELOOP means that a link has taken its place since the walk.
  if (code === 'ELOOP') return changedError(label, 'it became a symbolic link', error);
  if (code === 'EISDIR') return changedError(label, 'it became a folder', error);
  return new SourceError('SOURCE_MISSING', `cannot read ${label}: ${code ?? String(error)}`, {
    hint: 'Make it readable for the user that runs Waybill, or ignore it.',
    cause: error,
  });
}

export function changedError(label: string, how: string, cause?: unknown): SourceError {
  return new SourceError('SOURCE_CHANGED', `${label} changed while it was being deployed: ${how}`, {
    hint: 'Wait until the build is finished and run again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The system's code, e.g. `ENOENT`, if the error has one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
