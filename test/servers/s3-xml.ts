/** An element tree: text, or children by name; an array repeats its name. */
export type Xml = string | number | boolean | undefined | { readonly [name: string]: Xml | readonly Xml[] };

export function renderXml(root: string, children: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderElement(root, children, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')}`;
}

function renderElement(name: string, value: Xml | readonly Xml[], attributes = ''): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: Xml) => renderElement(name, item)).join('');
  const inner =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([child, content]) => renderElement(child, content))
          .join('')
      : escapeXml(String(value));
  return `<${name}${attributes}>${inner}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', '\r': '#13' };

function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => `&${entities[character]};`);
}

/** The texts of all elements of a name, in order; enough for the small bodies that S3 clients send. */
export function findTexts(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map((match) =>
    unescapeXml(match[1] ?? ''),
  );
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return named[name] ?? whole;
  });
}
