import type { Random } from './random.ts';

const SURNAMES = [
  ...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕',
  ...'苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文',
  '欧阳',
];
const MALE = [...'伟强磊军勇杰涛超明刚平辉鹏斌浩宇鑫波亮峰建国志文俊凯毅晨航博然睿哲彬旭恒宁祥松'];
const FEMALE = [...'芳娜敏静丽艳娟霞秀玲燕萍红梅莉婷雪慧洁琳颖倩佳欣怡妍瑶琪蕾岚蓉薇雯悦晴珺云兰菁'];

/** A made-up name; one in four has a single given character, as in life. */
export function syntheticName(random: Random, sex: '1' | '2'): string {
  const given = sex === '1' ? MALE : FEMALE;
  const first = random.pick(given);
  if (random.chance(0.25)) return random.pick(SURNAMES) + first;
  return random.pick(SURNAMES) + first + random.pick(given);
}
