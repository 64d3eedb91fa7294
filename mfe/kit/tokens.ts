/** Colours of the family look; every pair used for text keeps at least 4.5:1 on white and on `ground`. */
export const COLOURS = {
  primary: '#0B6E6E',
  'primary-dark': '#085454',
  'primary-soft': '#E3F1F1',
  accent: '#C4551B',
  success: '#1E7B34',
  'success-soft': '#E8F5EB',
  warning: '#8A5A00',
  'warning-soft': '#FFF6E0',
  danger: '#B3261E',
  'danger-soft': '#FDECEA',
  ink: '#1D2129',
  muted: '#4E5969',
  line: '#E5E6EB',
  ground: '#F5F7F8',
  surface: '#FFFFFF',
} as const;

export const RADIUS = 8;
export const FONT_STACK = '"PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

/** How much larger type is in elder mode (长辈版). */
export const ELDER_SCALE = 1.35;

/** Smallest height of a button in pixels: everyday and in elder mode. */
export const TOUCH = { normal: 44, elder: 56 } as const;

/**
 * Eight series colours in the order of Okabe and Ito, darkened to 3:1 on white.
 * Their lightness differs step by step, so that they can be told apart in grey as well.
 */
export const CHART_COLOURS = [
  '#0B6E6E',
  '#C4551B',
  '#1B4F9C',
  '#8A5A00',
  '#7A3E9D',
  '#2E8B57',
  '#B3266B',
  '#4E5969',
] as const;
