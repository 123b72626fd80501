import { describe, expect, test } from 'vitest';
import { redisSchema } from '../../src/config/redisSchema.ts';

const KEY = { env: 'REPLICAS_KEY' };

describe('redis', () => {
  test.each([
    'rediss://redis.example',
    'rediss://[2001:db8::1]:6380',
    'redis://127.0.0.1:6379',
    'redis://[::1]',
    'unix:///run/redis.sock',
  ])('accepts %s', (url) => {
    expect(redisSchema.safeParse({ url, key: KEY }).success).toBe(true);
  });

  test.each([
    ['redis://redis.example', {}],
    ['rediss://user:secret@redis.example', {}],
    ['rediss://redis.example/3', {}],
    ['https://redis.example', {}],
    ['unix://host/run/redis.sock', {}],
    ['redis://127.0.0.1', { caFile: 'ca.pem' }],
    ['rediss://redis.example', { certificateFile: 'gate.pem' }],
    ['rediss://redis.example', { username: 'gate' }],
  ])('refuses %s with %j', (url, more) => {
    expect(redisSchema.safeParse({ url, key: KEY, ...more }).success).toBe(false);
  });

  test('sends passwords in clear only if told to', () => {
    expect(redisSchema.safeParse({ url: 'redis://redis.example', plaintext: true, key: KEY }).success).toBe(
      true,
    );
  });
});
