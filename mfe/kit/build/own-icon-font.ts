import type { AtRule, Plugin } from 'postcss';

/**
 * Vant's icon font names a public CDN as its fall-back. The font itself is inside the style sheet already, so every
 * other source is dropped: our pages fetch nothing from outside.
 */
export const ownIconFont: Plugin = {
  postcssPlugin: 'own-icon-font',
  AtRule: {
    'font-face': (rule: AtRule) => {
      rule.walkDecls('src', (source) => {
        const embedded = /url\(["']?data:[^)]+\)\s*format\([^)]+\)/.exec(source.value);
        if (embedded && source.value !== embedded[0]) source.value = embedded[0];
      });
    },
  },
};
