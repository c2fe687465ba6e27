/** XML, as much of it as STS answers with. */

/** Elements, already written. */
export type Xml = readonly string[];

export function element(name: string, content: string | Xml): string {
  return `<${name}>${typeof content === 'string' ? escaped(content) : content.join('')}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escaped = (text: string) => text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? '');
