import { styleText } from 'node:util';
import type { OutputStream, Variables } from './io.ts';

/** Colours a text, or gives it back as it is. */
export type Paint = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

/** NO_COLOR first (https://no-color.org), then FORCE_COLOR, then whether the stream is a terminal that has colours. */
export function hasColor(env: Variables, isTTY: boolean): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTTY && env.TERM !== 'dumb';
}

/** How texts for `stream` are coloured. */
export function paintFor(stream: OutputStream, env: Variables): Paint {
  if (!hasColor(env, stream.isTTY === true)) return (_format, text) => text;
  // The decision is made above; Node's own would look at the real stdout.
  return (format, text) => styleText(format, text, { validateStream: false });
}
