/** A strict reader of the XML that reports are written in: no entities of its own, no CDATA, no comments. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const NAME = '[A-Za-z][A-Za-z-]*';
const TAG = new RegExp(`^<(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 does not allow
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/;

/** Throws where a parser would stop. */
export function parseXml(text: string): Element {
  if (FORBIDDEN.test(text)) throw new Error('a character that XML does not allow');
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  if (!text.startsWith(declaration)) throw new Error('no declaration');
  const rest = { text: text.slice(declaration.length).trim() };
  const root = element(rest);
  if (rest.text !== '') throw new Error(`something follows the root: ${rest.text.slice(0, 20)}`);
  return root;
}

function element(rest: { text: string }): Element {
  const [whole, name = '', list = '', empty] = TAG.exec(rest.text) ?? [];
  if (whole === undefined) throw new Error(`not a tag: ${rest.text.slice(0, 40)}`);
  rest.text = rest.text.slice(whole.length);
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of list.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
    if (key in attributes) throw new Error(`twice: ${key}`);
    attributes[key] = unescaped(value);
  }
  const children: Element[] = [];
  let inner = '';
  while (empty === '' && !rest.text.startsWith('</')) {
    if (rest.text.startsWith('<')) children.push(element(rest));
    else {
      const end = rest.text.indexOf('<');
      if (end === -1) throw new Error(`${name} is not closed`);
      inner += unescaped(rest.text.slice(0, end));
      rest.text = rest.text.slice(end);
    }
  }
  if (empty === '') {
    if (!rest.text.startsWith(`</${name}>`))
      throw new Error(`${name} is closed by ${rest.text.slice(0, 20)}`);
    rest.text = rest.text.slice(name.length + 3);
  }
  return { name, attributes, children, text: inner.trim() };
}

const KNOWN: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(text)) throw new Error(`a bare ampersand: ${text}`);
  return text.replace(/&(#?)(\w+);/g, (_, number, word) =>
    number ? String.fromCodePoint(+word) : (KNOWN[word] ?? ''),
  );
}
