import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'vite';

export interface Import {
  /** As written: `../model.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** Path from the root, for a relative import. */
  readonly target: string | undefined;
  readonly isType: boolean;
  readonly isDynamic: boolean;
  /** A dynamic import inside a function: nothing is loaded before it is called. */
  readonly isLazy: boolean;
}

/** What the walls need to know of one file. */
export interface Module {
  /** Path from the root, with `/`. */
  readonly file: string;
  readonly lines: number;
  /** Share of the lines that are not blank. */
  readonly commentLines: number;
  readonly filledLines: number;
  readonly comments: readonly string[];
  readonly imports: readonly Import[];
  /** `console` and `process`, where used as globals. */
  readonly globals: readonly string[];
  readonly strings: ReadonlySet<string>;
  /** Names of methods that are called or handed on: `remove` of `origin.remove(keys)`. */
  readonly members: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export function readModules(root: string, folders: readonly string[]): Module[] {
  return folders.flatMap((folder) => listFiles(root, folder).map((file) => readModule(root, file)));
}

export function listFiles(root: string, folder: string, extension = '.ts'): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => posix.relative(root, posix.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('/fixtures/'))
    .sort();
}

export function readModule(root: string, file: string): Module {
  const text = readFileSync(join(root, file), 'utf8');
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const seen = {
    imports: [] as Import[],
    globals: [] as string[],
    strings: new Set<string>(),
    members: new Set<string>(),
  };
  visit(program as unknown as Node, { file, seen, depth: 0 });
  const lines = text.split('\n');
  const spans = comments.map((one) => text.slice(one.start, one.end));
  return {
    file,
    lines: text.endsWith('\n') ? lines.length - 1 : lines.length,
    filledLines: lines.filter((line) => line.trim() !== '').length,
    commentLines: spans.reduce((sum, span) => sum + span.split('\n').length, 0),
    comments: comments.map((one) => one.value),
    ...seen,
  };
}

interface Walk {
  readonly file: string;
  readonly seen: { imports: Import[]; globals: string[]; strings: Set<string>; members: Set<string> };
  /** How many functions are around the node. */
  readonly depth: number;
}

const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Whether a field holds a name, such as the `process` of `build.process`, and not a reference to a variable. */
function isName(node: Node, field: string): boolean {
  if (node.computed === true || node.shorthand === true) return false;
  return field === 'key' || (field === 'property' && node.type === 'MemberExpression');
}

function visit(node: Node, walk: Walk): void {
  note(node, walk);
  const inner = functions.has(node.type) ? { ...walk, depth: walk.depth + 1 } : walk;
  for (const [field, value] of Object.entries(node)) {
    if (isName(node, field)) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, inner);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function note(node: Node, { file, seen, depth }: Walk): void {
  if (node.type === 'Identifier' && (node.name === 'console' || node.name === 'process')) {
    seen.globals.push(node.name);
  }
  if (node.type === 'Literal' && typeof node.value === 'string') seen.strings.add(node.value);
  const { property } = node;
  if (node.type === 'MemberExpression' && isNode(property)) seen.members.add(String(property.name ?? property.value));
  const specifier = isNode(node.source) ? node.source.value : undefined;
  if (typeof specifier !== 'string') return;
  const isDynamic = node.type === 'ImportExpression';
  seen.imports.push({
    specifier,
    target: specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined,
    isType: node.type === 'TSImportType' || isTypeOnly(node),
    isDynamic,
    isLazy: isDynamic && depth > 0,
  });
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = node.specifiers;
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every((one: Node) => one.importKind === 'type' || one.exportKind === 'type');
}
