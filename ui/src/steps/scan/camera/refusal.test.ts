import { describe, expect, test } from 'vitest';
import { platformOf, refusalOf } from './refusal';

describe('a refused camera', () => {
  test.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotFoundError', 'absent'],
    ['OverconstrainedError', 'absent'],
    ['NotReadableError', 'taken'],
    ['AbortError', 'taken'],
    ['TypeError', 'unable'],
  ])('%s is called %s', (name, refusal) => {
    expect(refusalOf(new DOMException('', name))).toBe(refusal);
  });

  test('that throws no error at all cannot be used', () => {
    expect(refusalOf('no')).toBe('unable');
  });
});

describe('the place where a camera is allowed', () => {
  test.each([
    ['Mozilla/5.0 (Linux; Android 10; HUAWEI) AppleWebKit/537.36 Chrome/88 Mobile', 'android'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15', 'apple'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15', 'mac'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Edg/130', 'windows'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15', 'other'],
  ])('is known by the web view: %s', (userAgent, platform) => {
    expect(platformOf(userAgent)).toBe(platform);
  });
});
