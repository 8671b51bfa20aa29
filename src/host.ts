import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { UsageError } from './errors/errors.ts';

/** This machine and process, as a lock names its holder. */
export interface Host {
  readonly hostname: string;
  readonly pid: number;
  /** Boot and process namespace; only Linux tells them. */
  readonly pidSpace?: string;
  /** Whether a process of this machine runs. */
  readonly isAlive: (pid: number) => boolean;
}

/** What the library reads where its caller hands no variables in. */
export function currentVariables(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** Throws USAGE when the folder was removed behind the shell's back. */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new UsageError('USAGE', 'The current folder does not exist any more', {
      hint: 'Change to another folder.',
      cause,
    });
  }
}

export function describeHost(): Host {
  const pidSpace = readPidSpace();
  return { hostname: hostname(), pid: process.pid, isAlive, ...(pidSpace === undefined ? {} : { pidSpace }) };
}

function readPidSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
