import { describe, expect, it } from 'vitest';
import { shanghaiDate, shanghaiTimestamp } from './clock.ts';
import { commandIdOf, eventIdOf, itemCommandId, reactionCommandId } from './event-ids.ts';

describe('time in Shanghai', () => {
  it('is written with its offset', () => {
    expect(shanghaiTimestamp(new Date('2026-11-22T16:00:00.001Z'))).toBe('2026-11-23T00:00:00.001+08:00');
  });

  it('changes its date at 16:00 UTC', () => {
    expect(shanghaiDate(new Date('2026-11-22T15:59:59.999Z'))).toBe('2026-11-22');
    expect(shanghaiDate(new Date('2026-11-22T16:00:00.000Z'))).toBe('2026-11-23');
  });
});

describe('derived ids', () => {
  it('are the same for the same, and different for everything else', () => {
    const ids = [
      commandIdOf('a', 'k'),
      commandIdOf('a', 'l'),
      commandIdOf('b', 'k'),
      itemCommandId(commandIdOf('a', 'k'), 0),
      itemCommandId(commandIdOf('a', 'k'), 1),
      eventIdOf(commandIdOf('a', 'k'), 0),
      eventIdOf(commandIdOf('a', 'k'), 1),
      reactionCommandId('p', commandIdOf('a', 'k'), 0),
      reactionCommandId('q', commandIdOf('a', 'k'), 0),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(commandIdOf('a', 'k')).toBe(ids[0]);
  });

  it('never change: every idempotency key would be forgotten', () => {
    expect(commandIdOf('staff-1', 'key-1')).toBe('6ed6892a-6acd-50d2-9adc-3366b2cffa06');
  });
});
