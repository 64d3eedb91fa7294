import { COLOURS, FONT_STACK, RADIUS } from './tokens.ts';

/** The tokens as antd's `theme`; workstation type is 14/22. */
export const antdTheme = {
  token: {
    colorPrimary: COLOURS.primary,
    colorInfo: COLOURS.primary,
    colorLink: COLOURS.primary,
    colorSuccess: COLOURS.success,
    colorWarning: COLOURS.warning,
    colorError: COLOURS.danger,
    // The grounds antd derives from our dark hues come out muddy.
    colorPrimaryBg: COLOURS['primary-soft'],
    colorInfoBg: COLOURS['primary-soft'],
    colorInfoBorder: '#A9D0D0',
    colorSuccessBg: COLOURS['success-soft'],
    colorSuccessBorder: '#A9D4B3',
    colorWarningBg: COLOURS['warning-soft'],
    colorWarningBorder: '#E5C98A',
    colorErrorBg: COLOURS['danger-soft'],
    colorErrorBorder: '#EDB4AF',
    controlItemBgActive: COLOURS['primary-soft'],
    colorText: COLOURS.ink,
    colorTextSecondary: COLOURS.muted,
    // antd's own tertiary, placeholder and help texts fail 4.5:1.
    colorTextTertiary: COLOURS.muted,
    colorTextDescription: COLOURS.muted,
    colorTextPlaceholder: '#667080',
    colorTextDisabled: '#667080',
    colorBorder: '#C9CDD4',
    colorBorderSecondary: COLOURS.line,
    colorBgLayout: COLOURS.ground,
    borderRadius: RADIUS,
    fontFamily: FONT_STACK,
    fontSize: 14,
    lineHeight: 22 / 14,
    // Nothing moves by itself on a workstation.
    motion: false,
  },
} as const;
