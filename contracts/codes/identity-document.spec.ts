import { describe, expect, it } from 'vitest';
import { normalisedIdentityNumber, normalisedName } from './identity-document.ts';

describe('the one form of an identity document', () => {
  it('knows a name by whatever dot stands in it, and in full-width letters', () => {
    const dots = [
      '阿卜杜拉•买买提',
      '阿卜杜拉・买买提',
      '阿卜杜拉‧买买提',
      '阿卜杜拉･买买提',
      ' 阿卜杜拉·买买提 ',
    ];
    for (const name of dots) expect(normalisedName(name)).toBe('阿卜杜拉·买买提');
    expect(normalisedName('ＳＭＩＴＨ')).toBe('SMITH');
  });

  it('knows a number in small letters and full-width digits', () => {
    expect(normalisedIdentityNumber(' 31011819800101001x ')).toBe('31011819800101001X');
    expect(normalisedIdentityNumber('ｅ１２３４５６７８')).toBe('E12345678');
  });

  it('keeps different names and numbers apart', () => {
    expect(normalisedName('王小明')).not.toBe(normalisedName('王晓明'));
    expect(normalisedIdentityNumber('E12345678')).not.toBe(normalisedIdentityNumber('E12345679'));
  });
});
