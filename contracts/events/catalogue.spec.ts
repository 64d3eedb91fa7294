import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EventCatalogue, MalformedEvent, readEvent, UnknownEventVersion } from './catalogue.ts';
import { institutionEvents } from './institutions.ts';
import { messagingEvents } from './messaging.ts';

/** Version 1 had one name, version 2 two, version 3 says since when. */
const catalogue = {
  NameGiven: {
    version: 3,
    schema: z.object({ given: z.string(), family: z.string(), since: z.string().nullable() }),
    upcasters: {
      1: (data: unknown) => {
        const { name } = data as { readonly name: string };
        return { family: name.slice(0, 1), given: name.slice(1) };
      },
      2: (data: unknown) => ({ ...(data as object), since: null }),
    },
  },
  GapOpened: { version: 3, schema: z.object({}), upcasters: { 2: (data: unknown) => data } },
} as const satisfies EventCatalogue;

const read = (type: string, version: number, data: unknown) => readEvent(catalogue, { type, version, data });

describe('reading stored events', () => {
  it('takes the current version as it is', () => {
    const data = { given: '三', family: '张', since: '2026' };
    expect(read('NameGiven', 3, data)).toEqual({ type: 'NameGiven', data });
  });

  it('lifts older versions step by step', () => {
    expect(read('NameGiven', 1, { name: '张三' })).toEqual(
      read('NameGiven', 2, { given: '三', family: '张' }),
    );
    expect(read('NameGiven', 1, { name: '张三' })?.data).toEqual({ given: '三', family: '张', since: null });
  });

  it('does not change what was stored', () => {
    const stored = Object.freeze({ name: '张三' });
    read('NameGiven', 1, stored);
    expect(stored).toEqual({ name: '张三' });
  });

  it('refuses a version newer than this build, and one that has no way up', () => {
    expect(() => read('NameGiven', 4, {})).toThrow(UnknownEventVersion);
    expect(() => read('GapOpened', 1, {})).toThrow(UnknownEventVersion);
    expect(() => read('NameGiven', 0, {})).toThrow(UnknownEventVersion);
  });

  it('refuses data that do not fit, naming fields and never values', () => {
    const reading = () => read('NameGiven', 3, { given: '机密', family: 7, since: null });
    expect(reading).toThrow(MalformedEvent);
    expect(reading).toThrow(/family/);
    expect(reading).not.toThrow(/机密|7/);
  });

  it.each(['SlotBooked', 'toString', '__proto__', 'constructor'])(
    'passes over %s, which it does not declare',
    (type) => {
      expect(read(type, 1, {})).toBeUndefined();
    },
  );
});

describe.each([
  ['institutions', institutionEvents],
  ['messaging', messagingEvents],
] satisfies [string, EventCatalogue][])('the catalogue of %s', (_context, published: EventCatalogue) => {
  it('declares a way up from every earlier version', () => {
    for (const [type, { version, upcasters }] of Object.entries(published)) {
      const steps = Array.from({ length: version - 1 }, (_, index) => String(index + 1));
      expect(Object.keys(upcasters ?? {}), type).toEqual(steps);
    }
  });
});
