/** Reads server-sent events (WHATWG HTML §9.2.6) from bytes that are cut anywhere. */

/** The longest event, in UTF-16 units. */
export const MAX_EVENT_UNITS = 4 * 1024 * 1024;

/** Only `data` matters here: the others are not sent by what speaks this protocol. */
export class EventReader {
  readonly #decoder = new TextDecoder('utf-8');
  #rest = '';
  #data: string[] = [];
  #units = 0;
  #afterReturn = false;

  /** The data of the events that these bytes complete; what no empty line ends is none. Throws a `RangeError` when one is too long. */
  push(bytes: Uint8Array): string[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    // A line may end with both, and the second come later.
    if (this.#afterReturn && text !== '') {
      if (text.startsWith('\n')) text = text.slice(1);
      this.#afterReturn = false;
    }
    if (text.endsWith('\r')) this.#afterReturn = true;
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() ?? '';
    const events = lines.flatMap((line) => this.#line(line));
    if (this.#rest.length + this.#units > MAX_EVENT_UNITS) throw new RangeError('an event is too long');
    return events;
  }

  #line(line: string): string[] {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      this.#units = 0;
      return data.length === 0 ? [] : [data.join('\n')];
    }
    const [, field = '', value = ''] = /^([^:]*)(?::[ ]?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') {
      this.#data.push(value);
      this.#units += value.length;
      if (this.#units > MAX_EVENT_UNITS) throw new RangeError('an event is too long');
    }
    return [];
  }
}

/** As an event. The data has no line breaks: it is JSON of ours, or was one line when it came. */
export const eventOf = (data: string): string =>
  `${data
    .split('\n')
    .map((line) => `data: ${line}`)
    .join('\n')}\n\n`;
