import type { AzureContext } from './azure.ts';
import { findContainer } from './azure-operations.ts';
import { AzureError } from './azure-store.ts';

/** Removals in one request, each with an answer of its own. https://learn.microsoft.com/rest/api/storageservices/blob-batch */
export function removeBatch(context: AzureContext): void {
  const { body, options, request } = context;
  const container = findContainer(context);
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const parts = body.toString().split(`--${boundary}`).slice(1, -1);
  if (parts.length === 0 || parts.length > 256) throw new AzureError(400, 'InvalidInput', 'Too many operations.');
  const answers = parts.map((part, at) => {
    const [, path = ''] = /^DELETE (\S+) HTTP/m.exec(part) ?? [];
    const name = decodeURIComponent(new URL(path, 'http://localhost').pathname.split('/').slice(3).join('/'));
    const id = /^Content-ID: (\d+)/im.exec(part)?.[1] ?? String(at);
    const error = options.deleteErrors?.(name) ?? (container.blobs.delete(name) ? undefined : missing);
    return renderPart(id, error);
  });
  const text = `${answers.map((answer) => `--answers\r\n${answer}\r\n`).join('')}--answers--\r\n`;
  context.answer(202, text, { 'content-type': 'multipart/mixed; boundary=answers' });
}

const missing = { status: 404, code: 'BlobNotFound' };

function renderPart(id: string, error: { status: number; code: string } | undefined): string {
  const lines = [
    'Content-Type: application/http',
    `Content-ID: ${id}`,
    '',
    error ? `HTTP/1.1 ${error.status} ${error.code}` : 'HTTP/1.1 202 Accepted',
    ...(error ? [`x-ms-error-code: ${error.code}`] : []),
    'x-ms-request-id: test',
    '',
    '',
  ];
  return lines.join('\r\n');
}
