import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembly, NoCompletion } from '../../../gateway/proxy/stream/assembly.ts';
import { chunksOf, piecesOf } from '../../../gateway/proxy/stream/chunks.ts';
import { EventReader, eventOf, MAX_EVENT_UNITS } from '../../../gateway/proxy/stream/event-reader.ts';

/** `bytes`, cut where `cuts` say. */
function cutUp(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(at[i - 1] ?? 0, end));
}
const read = (pieces: readonly Uint8Array[]) => {
  const reader = new EventReader();
  return pieces.flatMap((piece) => reader.push(piece));
};

describe('a reader of events', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, ' '));
  const event = fc.record({ data: fc.array(line, { minLength: 1, maxLength: 3 }), noise: fc.boolean() });

  it('finds the same events however the bytes are cut, and whichever line ends are used', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 6 }),
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.array(fc.nat(), { maxLength: 40 }),
        (events, end, cuts) => {
          const text = events
            .map(({ data, noise }) =>
              [
                ...(noise ? [': ping', 'id: 7', 'event: x'] : []),
                ...data.map((each) => `data: ${each}`),
                '',
                '',
              ].join(end),
            )
            .join('');
          const expected = events.map(({ data }) => data.join('\n'));
          expect(read(cutUp(Buffer.from(text), cuts))).toEqual(expected);
        },
      ),
    );
  });

  it('takes data without a space, and an event without data for none', () => {
    expect(read([Buffer.from('data:a\n\nevent: x\n\ndata\n\n')])).toEqual(['a', '']);
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(line, (data) => {
        expect(read([Buffer.from(eventOf(data))])).toEqual([data]);
      }),
    );
  });

  it('gives up on an event without an end', () => {
    const reader = new EventReader();
    const piece = Buffer.alloc(MAX_EVENT_UNITS / 4, 'x');
    expect(() => {
      for (let i = 0; i < 5; i++) reader.push(piece);
    }).toThrow(RangeError);
  });
});

describe('a completion in chunks', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  const call = fc.record({ id: fc.uuid(), name: fc.string({ minLength: 1 }), args: text });
  const choice = fc.record({
    content: fc.option(text),
    calls: fc.array(call, { maxLength: 3 }),
    finish: fc.constantFrom('stop', 'length', 'tool_calls'),
  });

  it('makes the same completion again', () => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 3 }), (choices) => {
        const completion = {
          id: 'c1',
          object: 'chat.completion',
          created: 5,
          model: 'm',
          choices: choices.map(({ content, calls, finish }, index) => ({
            index,
            message: {
              role: 'assistant',
              content,
              ...(calls.length > 0
                ? {
                    tool_calls: calls.map(({ id, name, args }) => ({
                      id,
                      type: 'function',
                      function: { name, arguments: args },
                    })),
                  }
                : {}),
            },
            finish_reason: finish,
          })),
          usage: { prompt_tokens: 1, completion_tokens: 2 },
        };
        const assembly = new Assembly();
        for (const chunk of chunksOf(completion)) assembly.add(JSON.parse(JSON.stringify(chunk)));
        expect(assembly.completion()).toEqual(completion);
        expect(assembly.isFinished).toBe(true);
      }),
    );
  });

  it('gives a call of another form as it is', () => {
    const call = { id: 'call_1', type: 'custom', custom: { name: 'run', input: 'ls' } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    const chunks = JSON.stringify([...chunksOf({ choices: [{ index: 0, message }] })]);
    expect(chunks).toContain(JSON.stringify({ tool_calls: [{ index: 0, ...call }] }));
    expect(chunks).not.toContain('function');
  });

  it('cuts no character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (whole) => {
        const pieces = [...piecesOf(whole)];
        expect(pieces.join('')).toBe(whole);
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
      }),
    );
  });

  it('loses nothing that a provider says in a member of its own', () => {
    const assembly = new Assembly();
    for (const delta of [{ reasoning_content: 'first ' }, { reasoning_content: 'then' }, { refusal: 'no' }])
      assembly.add({ choices: [{ index: 0, delta }] });
    expect(assembly.completion()).toMatchObject({
      choices: [{ message: { reasoning_content: 'first then', refusal: 'no' } }],
    });
  });

  it.each([
    [null],
    ['x'],
    [{ choices: [1] }],
    [{ choices: [{ index: -1 }] }],
    [{ choices: [{ index: 1e9 }] }],
    [{ choices: [{ delta: 'x' }] }],
  ])('is none when there is %j among them', (chunk) => {
    expect(() => new Assembly().add(chunk)).toThrow(NoCompletion);
  });

  it('takes a member that is called as those of every object are for what it is', () => {
    const assembly = new Assembly();
    assembly.add(
      JSON.parse('{"choices":[{"index":0,"delta":{"__proto__":{"polluted":true},"content":"x"}}]}'),
    );
    expect(assembly.completion()).toMatchObject({ choices: [{ message: { content: 'x' } }] });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
