/** A booking platform of the synthetic district, with a secret made for this installation. */
export interface ChannelPartnerCredential {
  readonly partnerId: string;
  readonly secret: string;
  readonly name: string;
  readonly channel: 'cityPlatform' | 'thirdParty';
}

const SECRET_BYTES = 32;
const PLATFORMS = [
  { partnerId: 'city-platform', name: '上海市预约诊疗服务平台（演示）', channel: 'cityPlatform' },
  { partnerId: 'third-party-1', name: '第三方预约平台（演示）', channel: 'thirdParty' },
] as const;

/**
 * The city's platform and a third party's.
 * @param randomBytes a source fit for secrets, such as node:crypto `randomBytes`
 */
export function generateChannelPartners(
  randomBytes: (count: number) => Uint8Array,
): readonly ChannelPartnerCredential[] {
  return PLATFORMS.map((platform) => ({
    ...platform,
    secret: Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url'),
  }));
}
