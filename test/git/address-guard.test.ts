import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressGuard, refuseDeniedHost } from '../../lib/git/address-guard.ts';

const guard = addressGuard([]);

describe('the address guard', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.100.100.200',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '169.254.170.2',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '192.168.255.255',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.7',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::2',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::FFFF:10.0.0.1',
    '0:0:0:0:0:ffff:7f00:0001',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
  ])('denies %s', (address) => {
    expect(guard.allows(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '140.82.121.3',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '169.253.1.1',
    '192.167.1.1',
    '192.169.1.1',
    '198.17.1.1',
    '198.20.1.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '2600:1f18::1',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
  ])('allows %s', (address) => {
    expect(guard.allows(address)).toBe(true);
  });

  it.each([
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    'example.com',
    '1.2.3.4.5',
    '[::1]',
    ' 8.8.8.8',
  ])('denies %j, which is no address', (text) => {
    expect(guard.allows(text)).toBe(false);
  });

  it('allows what a deployment allows, and only that', () => {
    const own = addressGuard(['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1/32', '64:ff9b::/96']);
    expect(
      ['10.1.2.3', 'fd00:1::5', '127.0.0.1', '::ffff:10.1.2.3', '64:ff9b::808:808'].every(own.allows),
    ).toBe(true);
    expect(
      ['10.2.0.1', 'fd00:2::5', '127.0.0.2', '169.254.169.254', '::ffff:10.2.0.1'].some(own.allows),
    ).toBe(false);
    expect(own.allows('8.8.8.8')).toBe(true);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'x/8', '10.0.0.0/-1', '10.0.0.0/8x', ''])(
    'refuses to start with the network %j',
    (network) => {
      expect(() => addressGuard([network])).toThrow(TypeError);
    },
  );

  it('judges an IPv4 address the same in every way to write it as IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        return [`::ffff:${address}`, hex, hex.toUpperCase(), `${hex}%1`].every(
          (form) => guard.allows(form) === guard.allows(address),
        );
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6()), (text) => typeof guard.allows(text) === 'boolean'),
    );
  });
});

describe('a repository URL, before it is stored', () => {
  it.each([
    'http://127.0.0.1/a/b',
    'http://2130706433/a',
    'http://0177.0.0.1/a',
    'http://0x7f.1/a',
    'http://127.1/a',
    'http://0/a',
    'http://[::1]/a',
    'http://[::ffff:127.0.0.1]/a',
    'http://127.0.0.1./a',
    'http://localhost/a',
    'http://LOCALHOST./a',
    'http://x.localhost/a',
    'https://169.254.169.254/a',
    'https://[fd00:ec2::254]/a',
    'http://①②⑦.⓪.⓪.①/a',
    'http://ⓛocalhost/a',
    'http://%31%32%37.0.0.1/a',
    'http://127。0。0。1/a',
  ])('is refused when its host is %s', (url) => {
    expect(() => refuseDeniedHost(url, guard)).toThrow(/private or reserved/);
  });

  it.each([
    'https://github.com/a/b',
    'https://8.8.8.8/a',
    'https://[2606:4700::1111]/a',
    'https://internal.corp/a',
  ])('is accepted with %s: names are looked up when connecting', (url) => {
    expect(() => refuseDeniedHost(url, guard)).not.toThrow();
  });

  it('is accepted with a private address that the deployment allows', () => {
    const own = addressGuard(['127.0.0.0/8']);
    expect(() => refuseDeniedHost('http://127.0.0.1:3000/a', own)).not.toThrow();
    expect(() => refuseDeniedHost('http://localhost:3000/a', own)).not.toThrow();
    expect(() => refuseDeniedHost('http://10.0.0.1/a', own)).toThrow();
  });
});
