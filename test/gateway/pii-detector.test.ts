/** `pii-detector`: what it takes for personal data, what not, and what stands there afterwards. */
import { describe, expect, it } from 'vitest';
import { toolCall } from '../../gateway/engine/request.ts';
import { chainFor, outcome, request, said } from './evaluating.ts';

const chain = chainFor({ 'pii-detector': {} });

describe('pii-detector', () => {
  it.each([
    ['Write to jane.doe+x@mail.example.co.uk today', 'Write to [EMAIL] today'],
    ['IBAN DE89 3704 0044 0532 0130 00 and more', 'IBAN [IBAN] and more'],
    ['gb82west12345698765432', '[IBAN]'],
    ['card 4111-1111-1111-1111.', 'card [CARD].'],
    ['amex 378282246310005', 'amex [CARD]'],
    ['SSN 123-45-6789', 'SSN [SSN]'],
    ['My social security number is 123456789', 'My social security number is [SSN]'],
    ['from 192.168.17.4 to 2001:db8::8a2e:370:7334', 'from [IP_ADDRESS] to [IP_ADDRESS]'],
    ['call (555) 123-4567 or +49 170 1234567 or +4917012345678', 'call [PHONE] or [PHONE] or [PHONE]'],
    ['ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', '[EMAIL]'],
    ['ja\u200bne@exa\u00admple.com!', '[EMAIL]!'],
    ['a@b.example c@d.example', '[EMAIL] [EMAIL]'],
  ])('redacts %j', (text, redacted) => {
    expect(outcome(chain, text)).toEqual({ verdict: 'redact', reasonCode: 'pii.detected', text: redacted });
  });

  it.each([
    'DE88 3704 0044 0532 0130 00 has a wrong check digit',
    '4111 1111 1111 1112 does too',
    '0000 0000 0000 0000',
    '000-12-3456 and 666-12-3456 and 923-45-6789',
    'version 1.2.3 of 2024-01-15 at 12:30:45',
    'std::vector<int> and a::b',
    '300.1.1.1',
    'order 1234567890123',
    'naïve café, 数字 一二三',
  ])('leaves %j as it is', (text) => {
    expect(outcome(chain, text)).toEqual({ verdict: 'allow', reasonCode: 'all_policies_passed', text });
  });

  it('looks for cards unless pci_mode is off', () => {
    expect(outcome(chainFor({ 'pii-detector': { pci_mode: false } }), '4111111111111111').verdict).toBe(
      'allow',
    );
  });

  it('blocks when it is told to', () => {
    const blocking = chainFor({ 'pii-detector': { action: 'block' } });
    expect(outcome(blocking, 'a@b.example')).toMatchObject({ verdict: 'block', reasonCode: 'pii.detected' });
  });

  it('writes the markers of the document, as long as what they stand for when that is asked', () => {
    const redaction = { custom_markers: { email: '<mail>' }, preserve_length: true };
    const own = chainFor({ 'pii-detector': { detect_patterns: ['EMP-\\d{4}'], redaction } });
    expect(outcome(own, 'jane@example.com, EMP-1234').text).toBe('<mail>**********, [CUSTOM]');
    expect(outcome(own, 'EMP-1234').text).toHaveLength('EMP-1234'.length);
  });

  it('counts what it found, and never repeats it', () => {
    const { results } = chain.evaluate(request({ text: 'a@b.example, c@d.example, 123-45-6789' }));
    expect(results).toMatchObject([{ metadata: { found: { email: 2, ssn: 1 } } }]);
    const silent = chainFor({ 'pii-detector': { redaction: { include_metadata: false } } });
    expect(silent.evaluate(request({ text: 'a@b.example' })).results).toMatchObject([{ metadata: null }]);
  });

  it('redacts every message and the answer, and hands both on', () => {
    const messages = [said('I am a@b.example', 'system'), said('and c@d.example')];
    const { messages: on, answer } = chain.evaluate(
      request({ messages, answer: [said('Hi x@y.example', 'assistant')] }),
    );
    expect(on.map(({ content }) => content)).toEqual(['I am [EMAIL]', 'and [EMAIL]']);
    expect(answer?.[0]?.content).toBe('Hi [EMAIL]');
  });

  it('redacts the arguments of a tool within their JSON, and blocks when they would be no JSON any more', () => {
    const call = (args: string) =>
      chain.evaluate(
        request({ messages: [{ role: 'assistant', content: '', toolCalls: [toolCall('send', args)] }] }),
      );
    const text = call('{"to":"\\u0061@b.example"}');
    expect(text).toMatchObject({ verdict: 'redact' });
    expect(text.messages[0]?.toolCalls[0]?.arguments).toBe('{"to":"[EMAIL]"}');
    expect(call('{"card":4111111111111111}')).toMatchObject({ verdict: 'block', reasonCode: 'pii.detected' });
  });
});
