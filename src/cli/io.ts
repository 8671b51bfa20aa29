import type { Readable, Writable } from 'node:stream';
import type { Host } from '../host.ts';

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type InputStream = Readable & { readonly isTTY?: boolean };

export type Variables = Readonly<Record<string, string | undefined>>;
export type SignalName = 'SIGINT' | 'SIGTERM';

/** Everything the command line takes from its surroundings, so that tests run it in their own process. */
export interface Io {
  /** Without the names of node and of the script. */
  readonly argv: readonly string[];
  readonly env: Variables;
  readonly cwd: string;
  /** File URL of the library's entry, which `import … from 'waybill'` in a configuration means. */
  readonly library: string;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly host: Host;
  readonly now: () => Date;
  /** Unique for each call. */
  readonly createNonce: () => string;
  /** Calls `listener` for each signal until the returned function is called. */
  readonly onSignal: (listener: (signal: SignalName) => void) => () => void;
  /** Ends the process at once; only for a second signal. */
  readonly exit: (code: number) => void;
}
