/** OpenAI bodies: what is read out of them, and what is written back, and where. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer, readChat, writeAnswer, writeChat } from '../../gateway/engine/openai.ts';
import { type Message, mapTexts } from '../../gateway/engine/request.ts';

const NONE = new Map<string, string>();

function read(body: unknown) {
  const result = readChat(body, NONE);
  if (result.kind === 'malformed') throw new Error(result.why);
  return result.request;
}

function answered(body: unknown) {
  const result = readAnswer(body);
  if (result.kind === 'malformed') throw new Error(result.why);
  return result;
}

const user = (content: unknown, more: object = {}) => ({ role: 'user', content, ...more });
const chat = (content: unknown, more: object = {}) => ({ model: 'm', messages: [user(content)], ...more });
const contents = (messages: readonly Message[]) => messages.map(({ content }) => content);
const shout = (messages: readonly Message[]) =>
  mapTexts(messages, (text) => text.replaceAll('secret', '***'));

describe('a request', () => {
  it('is its messages, the tools that it offers and what it may come to', () => {
    const body = chat('hé', {
      tools: [
        {
          type: 'function',
          function: { name: 'pay', description: 'Pays.', parameters: { sum: { enum: ['a'] } } },
        },
        { type: 'web_search' },
      ],
      functions: [{ name: 'old' }],
      response_format: { type: 'json_schema', json_schema: { description: 'strict' } },
      max_tokens: 5,
      max_completion_tokens: 9,
      n: 3,
    });
    const { messages, tools, definitions, demand, unreadable } = read(body);
    expect(messages[0]).toEqual({ role: 'user', content: 'hé', toolCalls: [] });
    expect(messages.slice(1).map(({ role, aside, content }) => [role, aside, content])).toEqual([
      ['definition', 'definition', 'Pays.'],
      ['definition', 'definition', 'a'],
      ['definition', 'definition', 'strict'],
    ]);
    expect(tools).toEqual(['pay', 'web_search', 'old']);
    expect(definitions.map(({ of }) => of)).toEqual(['pay', 'web_search', 'old', 'response_format']);
    expect(definitions[0]?.texts).toEqual(expect.arrayContaining(['Pays.', 'sum', 'a']));
    expect(definitions[3]?.texts).toContain('strict');
    expect(demand).toMatchObject({ model: 'm', maxTokens: 9, completions: 3, unreadable: 0 });
    expect(demand?.promptBytes).toBe(Buffer.byteLength(JSON.stringify(body)));
    expect(unreadable).toEqual([]);
  });

  it('has its calls of tools, also in the older form', () => {
    const calls = [
      { id: '1', type: 'function', function: { name: 'a', arguments: '{"x":1}' } },
      { id: '2', type: 'custom', custom: { name: 'b', input: 'raw' } },
    ];
    const body = {
      messages: [
        { role: 'assistant', content: null, tool_calls: calls },
        { role: 'assistant', content: null, function_call: { name: 'c', arguments: '' } },
        { role: 'tool', tool_call_id: '1', content: 'done' },
      ],
    };
    expect(read(body).messages).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { name: 'a', arguments: '{"x":1}' },
          { name: 'b', arguments: 'raw' },
        ],
      },
      { role: 'assistant', content: '', toolCalls: [{ name: 'c', arguments: '' }] },
      { role: 'tool', content: 'done', toolCalls: [] },
    ]);
  });

  it('says where there is something that nobody can look at', () => {
    const parts = [
      { type: 'text', text: 'see' },
      { type: 'image_url', image_url: { url: 'https://x.example' } },
    ];
    const body = {
      messages: [user('a'), user(parts), { role: 'assistant', content: null, audio: { id: 'a1' } }],
    };
    const { unreadable, messages, demand } = read(body);
    expect(unreadable).toEqual(['messages[1].content[1]', 'messages[2].audio']);
    expect(contents(messages)).toEqual(['a', 'see', '']);
    expect(demand?.unreadable).toBe(2);
  });

  it('is looked at wherever it has a text: no member is too odd to speak in', () => {
    const body = {
      messages: [user('a', { name: 'jane', reasoning: { steps: ['b'] }, tool_call_id: 'c d' })],
      prediction: { type: 'content', content: [{ type: 'text', text: 'e' }] },
      metadata: { mail: 'f' },
      model: 'm',
      stop: ['\n\nHuman:'],
    };
    const texts = contents(read(body).messages);
    expect(texts).toEqual(expect.arrayContaining(['a', 'jane', 'b', 'c d', 'e', 'f']));
    // For those alone who look for what must not leave.
    expect(read(body).messages.find(({ content }) => content === '\n\nHuman:')?.aside).toBe('definition');
    expect(read(chat('a', { metadata: { 'a name that speaks': 1 } })).unreadable).toEqual(['metadata.*']);
  });

  it('is looked at in every member of a part and of a call', () => {
    const parts = [
      { type: 'text', text: 'a', cache: 'b' },
      { type: 'input_text', text: 'c' },
      { type: 'image', source: { data: 'AAAA' } },
    ];
    const call = {
      id: 'i d',
      type: 'function',
      function: { name: 'a b', arguments: '{}', more: 'e' },
      note: 'f',
    };
    const body = { messages: [user(parts), { role: 'assistant', tool_calls: [call] }] };
    const { messages, unreadable } = read(body);
    expect(contents(messages)).toEqual(['a', 'b', 'c', '', 'i d', 'f', 'a b', 'e']);
    expect(messages.map(({ aside = 'said' }) => aside)).toEqual([
      'said',
      'beside',
      'beside',
      'said',
      ...Array(4).fill('beside'),
    ]);
    expect(unreadable).toEqual(['messages[0].content[1]', 'messages[0].content[2]']);
    expect(JSON.stringify(writeChat(body, messages))).toBe(JSON.stringify(body));
    expect(read({ messages: [{ role: 'please do', content: 'x' }] }).unreadable).toEqual([
      'messages[0].role',
    ]);
  });

  it('is looked at under every name in the definition of a tool, and in names that say something', () => {
    const parameters = (key: string, description: string) => ({
      type: 'object',
      properties: { name: { type: 'string', description }, [key]: { pattern: '^a b$' } },
      required: ['name', key],
    });
    const tools = (key: string, description: string) => [
      { type: 'function', function: { name: 'pay', parameters: parameters(key, description) } },
    ];
    const body = chat('x', { tools: tools('a secret', 'a secret') });
    expect(contents(read(body).messages)).toEqual(['x', 'a secret', '^a b$', 'a secret', 'a secret']);
    expect(JSON.stringify(writeChat(body, shout(read(body).messages)))).toBe(
      JSON.stringify(chat('x', { tools: tools('a ***', 'a ***') })),
    );
  });

  it.each(['id', 'type', 'tool_call_id', 'text', 'name'])(
    'does not ask an object what it is as a text: %s',
    (key) => {
      const odd = { [key]: { toString: 'x', valueOf: 'x' } };
      const call = { function: { name: 'a', arguments: '' }, ...odd };
      const body = {
        messages: [{ role: 'user', content: [{ type: 'text', ...odd }], tool_calls: [call], ...odd }],
      };
      expect(readChat(body, NONE).kind).toBe('read');
    },
  );

  it('offers a tool under each of its names, and the search of the web by its options', () => {
    const tools = [
      { type: 'web_search', function: { name: 'a' } },
      { type: 'function', function: { name: 'b' }, custom: { name: 'c' } },
      { type: 'function', name: 'd' },
      { function: { name: 'e' }, custom: null },
    ];
    expect(read(chat('x', { tools, web_search_options: {} })).tools).toEqual([
      'a',
      'web_search',
      'b',
      'c',
      'd',
      'e',
      'web_search',
    ]);
    expect(read(chat('x', { web_search_options: null })).tools).toEqual([]);
  });

  it('makes every call that it may be taken to make', () => {
    const call = {
      function: { name: 'a', arguments: '{"x":"secret"}' },
      custom: { name: 'b', input: 'secret' },
    };
    const body = {
      messages: [{ role: 'assistant', content: null, tool_calls: [call, { ...call, custom: null }] }],
    };
    const { messages } = read(body);
    expect(messages[0]?.toolCalls.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
    expect(JSON.stringify(writeChat(body, shout(messages)))).toBe(
      JSON.stringify(body).replaceAll('secret', '***'),
    );
  });

  it.each([
    [null, 'the body must be an object'],
    [[], 'the body must be an object'],
    [{}, '`messages`'],
    [{ messages: [] }, '`messages`'],
    [{ messages: ['x'] }, '`messages[0]`'],
    [{ messages: [{ content: 'x' }] }, '`messages[0].role`'],
    [{ messages: [user(7)] }, '`messages[0].content`'],
    [{ messages: [user(['x'])] }, '`messages[0].content[0]`'],
    [{ messages: [user('x', { tool_calls: {} })] }, '`messages[0].tool_calls`'],
    [{ messages: [user('x', { tool_calls: [{}] })] }, '`messages[0].tool_calls[0].function`'],
    [
      { messages: [user('x', { tool_calls: [{ function: { name: 'a', arguments: {} } }] })] },
      '`messages[0].tool_calls[0].function.arguments`',
    ],
    [chat('x', { tools: {} }), '`tools`'],
    [chat('x', { tools: [{ function: {} }] }), '`tools[0]`'],
  ])('is malformed as %j, and what is said about it names the place', (body, why) => {
    expect(readChat(body, NONE)).toEqual({ kind: 'malformed', why: expect.stringContaining(why) });
  });

  it('is malformed when it is nested too deeply, or holds too many texts', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 100; i++) deep = [deep];
    expect(readChat(chat('x', { metadata: deep }), NONE).kind).toBe('malformed');
    const deeper = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    for (const body of [chat('x', { stop: deeper }), chat([{ type: 'text', text: 'x', more: deeper }])])
      expect(readChat(body, NONE)).toEqual({ kind: 'malformed', why: 'the body is nested too deeply' });
    expect(readAnswer({ choices: [{ message: { content: 'x' } }], usage: deeper }).kind).toBe('malformed');
    expect(readChat(chat('x', { tools: [{ type: 'a', b: deep }] }), NONE).kind).toBe('malformed');
    expect(readChat(chat('x', { metadata: Array(20_001).fill('x') }), NONE).kind).toBe('malformed');
    const calls = Array(20_001).fill({ function: { name: 'a', arguments: '' } });
    expect(readChat({ messages: [user('x', { tool_calls: calls })] }, NONE).kind).toBe('malformed');
  });
});

describe('what is written back', () => {
  it('changes the texts, and nothing else', () => {
    const call = {
      id: '1',
      type: 'function',
      function: { name: 'a', arguments: '{"x":"secret","y":"\\u0062"}' },
    };
    const body = {
      model: 'm',
      temperature: 0.1,
      messages: [
        { role: 'system', content: 'plain' },
        user('my secret', { name: 'jane' }),
        {
          role: 'assistant',
          content: null,
          tool_calls: [call, { ...call, function: { name: 'b', arguments: '"\\u0062"' } }],
        },
      ],
      metadata: { note: 'secret', n: 1 },
    };
    const before = structuredClone(body);
    expect(writeChat(body, shout(read(body).messages))).toEqual({
      ...body,
      messages: [
        body.messages[0],
        user('my ***', { name: 'jane' }),
        {
          ...body.messages[2],
          tool_calls: [
            { ...call, function: { name: 'a', arguments: '{"x":"***","y":"b"}' } },
            { ...call, function: { name: 'b', arguments: '"\\u0062"' } },
          ],
        },
      ],
      metadata: { note: '***', n: 1 },
    });
    expect(body).toEqual(before);
  });

  it('keeps parts as they are, unless what they say together had to change', () => {
    const image = { type: 'image_url', image_url: { url: 'https://x.example' } };
    const parts = (a: string, b: string) => [{ type: 'text', text: a }, image, { type: 'text', text: b }];
    const plain = chat(parts('one', 'two'));
    expect(writeChat(plain, shout(read(plain).messages))).toEqual(plain);
    const split = chat(parts('a secret', 'b'));
    expect(writeChat(split, shout(read(split).messages))).toEqual(
      chat([{ type: 'text', text: 'a ***\nb' }, image]),
    );
  });

  it('does not take a name for something else', () => {
    const body = JSON.parse('{"messages":[{"role":"user","content":"x"}],"metadata":{"__proto__":"secret"}}');
    const written = JSON.stringify(writeChat(body, shout(read(body).messages)));
    expect(written).toContain('"__proto__":"***"');
  });

  it('is the same body when nothing changed, for any body that is read at all', () => {
    const message = fc.record(
      {
        role: fc.constantFrom('user', 'assistant', 'tool'),
        content: fc.oneof(
          fc.string(),
          fc.constant(null),
          fc.array(fc.record({ type: fc.constant('text'), text: fc.string() })),
        ),
        name: fc.jsonValue(),
        extra: fc.jsonValue(),
      },
      { requiredKeys: ['role'] },
    );
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), fc.jsonValue(), (messages, other) => {
        const body = JSON.parse(JSON.stringify({ messages, other }));
        expect(JSON.stringify(writeChat(body, read(body).messages))).toBe(JSON.stringify(body));
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, whatever the body is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (any, messages) => {
        readChat(any, NONE);
        readChat({ messages, tools: any, functions: messages }, NONE);
        readAnswer(any);
        readAnswer({ choices: any, usage: messages });
      }),
      { numRuns: 300 },
    );
  });
});

describe('an answer', () => {
  const completion = (message: object, more: object = {}) => ({
    id: 'c1',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...more }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });

  it('is the messages of its choices, its asides and what it came to', () => {
    const citation = { type: 'url_citation', url_citation: { title: 'T', url: 'https://x.example' } };
    const result = answered(completion({ content: 'hi', refusal: 'no', annotations: [citation] }));
    expect(contents(result.messages)).toEqual(['hi', 'no', 'url_citation', 'T', 'https://x.example']);
    expect(result.messages.map(({ aside = false }) => aside)).toEqual([
      false,
      'beside',
      'beside',
      'beside',
      'beside',
    ]);
    expect(result).toMatchObject({ unreadable: [], usage: { promptTokens: 3, completionTokens: 4 } });
  });

  it('has no usage when the provider does not say it in numbers', () => {
    expect(answered({ ...completion({ content: 'x' }), usage: { prompt_tokens: '3' } }).usage).toBeNull();
    expect(answered({ choices: [{ message: { content: 'x' } }] }).usage).toBeNull();
  });

  it('is written back without the log probabilities, which would tell what was removed', () => {
    const body = completion({ content: 'the secret' }, { logprobs: { content: [{ token: 'secret' }] } });
    expect(writeAnswer(body, answered(body).messages)).toEqual(body);
    expect(writeAnswer(body, shout(answered(body).messages))).toEqual(
      completion({ content: 'the ***' }, { logprobs: null }),
    );
  });

  it('is malformed without choices', () => {
    expect(readAnswer({ error: { message: 'x' } })).toMatchObject({ kind: 'malformed' });
    expect(readAnswer({ choices: [{}] })).toMatchObject({
      why: expect.stringContaining('choices[0].message'),
    });
  });
});
