/** An event on one line, for people. */
import type { Event } from '../answers.ts';
import { clean } from '../clean.ts';
import type { Output } from '../output.ts';

const WIDEST_DETAIL = 300;

export function eventLine(event: Event, output: Output): string {
  return event.type === 'decision' ? decisionLine(event, output) : auditLine(event, output);
}

/** Of a decision there is much to know, and most of it is the same line after line. */
const TELLING = ['verdict', 'reason_code', 'model', 'config_version', 'status', 'latency_ms', 'redactions'];

const STYLES: Readonly<Record<string, 'red' | 'yellow' | 'green'>> = {
  allow: 'green',
  redact: 'yellow',
  escalate: 'yellow',
  block: 'red',
};

function decisionLine({ at, gateway_id, request_id, detail }: Event, output: Output): string {
  const told = TELLING.flatMap((name) => {
    const value = detail[name];
    return value === null || value === undefined ? [] : `${name}=${clean(String(value))}`;
  });
  const words = [gateway_id, request_id].filter((id) => id !== undefined).map(clean);
  const style = STYLES[String(detail['verdict'])] ?? 'bold';
  return [
    output.paint('dim', clean(at)),
    output.paint(style, 'decision'),
    ...words,
    told.join(' ').slice(0, WIDEST_DETAIL),
  ].join('  ');
}

function auditLine(event: Event, output: Output): string {
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
