import { type Code, catalog } from './catalog.ts';

export interface ErrorDetails {
  /** What to do now: a command to run, a permission to add. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Raised on purpose; the message is written for the user. Its code is permanent and listed in docs/errors.md. */
export class WaybillError extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
  }
  get exitCode(): number {
    return catalog[this.code].exitCode;
  }
}

/** A wrong flag, command or value. */
export class UsageError extends WaybillError {}

/** Bad or missing configuration. `path` is where in the file, e.g. `environments.prod.url`. */
export class ConfigError extends WaybillError {
  readonly path: string | undefined;
  constructor(code: Code, message: string, details: ErrorDetails & { path?: string } = {}) {
    super(code, message, details);
    this.path = details.path;
  }
}

/** Unreadable, empty, changing or colliding input files. */
export class SourceError extends WaybillError {}

/** A plan that is unsafe, stale or unreadable; nothing was applied. */
export class PlanError extends WaybillError {}

export type ProviderErrorKind = 'auth' | 'missing' | 'conflict' | 'throttled' | 'unavailable' | 'rejected';

const providerCodes: Record<ProviderErrorKind, Code> = {
  auth: 'PROVIDER_AUTH',
  missing: 'PROVIDER_MISSING',
  conflict: 'PROVIDER_CONFLICT',
  throttled: 'PROVIDER_THROTTLED',
  unavailable: 'PROVIDER_UNAVAILABLE',
  rejected: 'PROVIDER_REJECTED',
};

/** What a vendor answered, in our words. Providers say what kind; the retry wrapper says what to do. */
export class ProviderError extends WaybillError {
  readonly kind: ProviderErrorKind;
  /** How long the vendor asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  constructor(kind: ProviderErrorKind, message: string, details: ErrorDetails & { retryAfterMs?: number } = {}) {
    super(providerCodes[kind], message, details);
    this.kind = kind;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The run changed something at the origin and then failed; carries the receipt of what was done. */
export class ApplyError extends WaybillError {
  readonly receipt: unknown;
  constructor(code: Code, message: string, details: ErrorDetails & { receipt: unknown }) {
    super(code, message, details);
    this.receipt = details.receipt;
  }
}

/** The CDN serves something else than the live version; carries the verification, or the receipt of the run that it followed. */
export class VerificationError extends WaybillError {
  readonly document: object;
  constructor(message: string, details: ErrorDetails & { document: object }) {
    super('VERIFICATION_FAILED', message, details);
    this.document = details.document;
  }
}

/** The run was ended by a signal; the reason of the abort signal that every operation gets. Exit code 130 or 143. */
export class InterruptedError extends WaybillError {
  readonly signal: 'SIGINT' | 'SIGTERM';
  constructor(signal: 'SIGINT' | 'SIGTERM', message = `Interrupted by ${signal}.`, details: ErrorDetails = {}) {
    super('INTERRUPTED', message, details);
    this.signal = signal;
  }
  override get exitCode(): number {
    return this.signal === 'SIGTERM' ? 143 : 130;
  }
}
