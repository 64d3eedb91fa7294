import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COLOURS, ELDER_SCALE, FONT_STACK, RADIUS, TOUCH } from './tokens.ts';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const [everyday = '', elder = ''] = css.split(':root[data-elder="true"]');
const variable = (block: string, name: string) => new RegExp(`--qp-${name}:\\s*([^;]+);`).exec(block)?.[1];

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((part) =>
    part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe('tokens', () => {
  it.each(Object.entries(COLOURS))('stand in CSS as in TypeScript: %s', (name, value) => {
    expect(variable(everyday, name)?.toUpperCase()).toBe(value.toUpperCase());
  });

  it('agree on radius, font, touch size and elder scale', () => {
    expect(variable(everyday, 'radius')).toBe(`${RADIUS}px`);
    expect(variable(everyday, 'font')).toBe(FONT_STACK);
    expect(variable(everyday, 'touch')).toBe(`${TOUCH.normal}px`);
    expect(variable(elder, 'touch')).toBe(`${TOUCH.elder}px`);
    expect(variable(elder, 'scale')).toBe(String(ELDER_SCALE));
  });

  it.each(['primary', 'accent', 'success', 'warning', 'danger', 'ink', 'muted'] as const)(
    'keep 4.5:1 as text on white: %s',
    (name) => expect(contrast(COLOURS[name], COLOURS.surface)).toBeGreaterThanOrEqual(4.5),
  );

  it.each(['primary', 'success', 'warning', 'danger'] as const)(
    'keep 4.5:1 on their own soft ground: %s',
    (name) => {
      expect(contrast(COLOURS[name], COLOURS[`${name}-soft`])).toBeGreaterThanOrEqual(4.5);
    },
  );
});
