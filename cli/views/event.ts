/** An event on one line, for people. */
import type { Event } from '../answers.ts';
import { clean } from '../clean.ts';
import type { Output } from '../output.ts';

const WIDEST_DETAIL = 300;

export function eventLine(event: Event, output: Output): string {
  const about = [event.configuration_id, event.version_id, event.link_id, event.gateway_id]
    .filter((id) => id !== undefined)
    .map(clean);
  const detail = Object.entries(event.detail).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${clean(name)}=${clean(text)}`;
  });
  const words = [...about, detail.join(' ').slice(0, WIDEST_DETAIL)].filter((text) => text !== '');
  const style = /failed|refused/.test(event.type) ? 'red' : 'bold';
  return [
    output.paint('dim', clean(event.at)),
    output.paint(style, clean(event.type)),
    clean(event.actor),
    ...words,
  ].join('  ');
}
