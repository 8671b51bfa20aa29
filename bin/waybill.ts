#!/usr/bin/env node
import { writeSync } from 'node:fs';
import process from 'node:process';

/** Put in by the build; not by way of src/version.ts, which would be one more file to load. */
declare const WAYBILL_VERSION: string;

// Scripts that ask for the version do not wait: nothing else is loaded, and the stream stdout not opened.
let isDone = false;
if (process.argv.length === 3 && /^(?:--version|-V)$/.test(process.argv[2] ?? '')) {
  const line = `${WAYBILL_VERSION}\n`;
  try {
    isDone = writeSync(1, line) === line.length;
  } catch {
    // It goes the long way, which knows what to make of a stdout that takes nothing.
  }
}
if (!isDone) await import('./run.ts');
