import { spaces } from './python-regex.ts';

const outerSpace = new RegExp(`^[${spaces}]+|[${spaces}]+$`, 'g');

/** `str.strip()`. */
export function strip(text: string): string {
  return text.replace(outerSpace, '');
}

/** `posixpath.normpath`: `.` for nothing, two leading slashes stay two. */
export function normpath(path: string): string {
  if (path === '') return '.';
  const slashes = /^\/\/(?!\/)/.test(path) ? '//' : path.startsWith('/') ? '/' : '';
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..' || (slashes === '' && parts.length === 0) || parts.at(-1) === '..') parts.push(part);
    else parts.pop();
  }
  return slashes + parts.join('/') || '.';
}

/** `posixpath.join` of two parts. */
export function join(folder: string, path: string): string {
  if (path.startsWith('/') || folder === '') return path;
  return folder.endsWith('/') ? folder + path : `${folder}/${path}`;
}

/** `posixpath.split`: the folder without its trailing slashes, and the name. */
export function split(path: string): readonly [folder: string, name: string] {
  const at = path.lastIndexOf('/') + 1;
  const folder = path.slice(0, at);
  return [/^\/*$/.test(folder) ? folder : folder.replace(/\/+$/, ''), path.slice(at)];
}

export function dirname(path: string): string {
  return split(path)[0];
}

/** `posixpath.splitext` of a name without folders: dots at its start belong to the root. */
export function splitext(name: string): readonly [root: string, extension: string] {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || /^\.*$/.test(name.slice(0, dot))) return [name, ''];
  return [name.slice(0, dot), name.slice(dot)];
}

/** What follows the last slash. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether a normal path leads out of the folder that it starts in. */
export function isOutside(place: string): boolean {
  return place.startsWith('/') || place === '..' || place.startsWith('../');
}
