import {
  bookingNoticeAnswerSchema,
  SERVICE_CHANNELS,
} from '@qingpu/contracts/partners/channel/booking-notice';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChannelSimulator, startChannelSimulator } from './channel-simulator.ts';
import { sendDelivery } from './testing/receipt-sender.ts';
import { cancellationNotice } from './testing/sample-deliveries.ts';

const TARGET = '/qingpu/v1/booking-notices';
const platform = { partnerId: SERVICE_CHANNELS, secret: 'a secret of thirty-two characters' };

let channels: ChannelSimulator;
beforeEach(async () => {
  channels = await startChannelSimulator({ secret: platform.secret });
});
afterEach(() => channels.close());

const send = (notice: unknown, partner = platform) => sendDelivery(channels.url, TARGET, partner, notice);

describe('a notice', () => {
  it('is answered as the contract says and listed', async () => {
    const notice = cancellationNotice();
    const response = await send(notice);
    expect(response.status).toBe(200);
    expect(bookingNoticeAnswerSchema.parse(await response.json())).toEqual({
      deliveryId: notice.deliveryId,
      received: true,
    });
    expect(channels.notices()).toMatchObject([{ content: notice, repeats: 0 }]);
    const listed: unknown = await (await fetch(`${channels.url}/notices`)).json();
    expect(listed).toMatchObject({ total: 1, forgotten: 0, items: [{ content: notice }] });
  });

  it('that comes again is answered the same way and kept once', async () => {
    const notice = cancellationNotice();
    const first = await (await send(notice)).text();
    expect(await (await send(notice)).text()).toBe(first);
    expect(channels.notices()).toMatchObject([{ repeats: 1 }]);
  });

  it('with other words under the same id is refused', async () => {
    const notice = cancellationNotice();
    await send(notice);
    expect((await send({ ...notice, words: '另一句话' })).status).toBe(409);
  });

  it('under a wrong signature or of another form is refused', async () => {
    expect(
      (await send(cancellationNotice(), { ...platform, secret: 'another secret of thirty characters' }))
        .status,
    ).toBe(401);
    expect((await send(cancellationNotice(), { ...platform, partnerId: 'nobody' })).status).toBe(401);
    expect((await send({ ...cancellationNotice(), name: '王小明' })).status).toBe(400);
    expect(channels.notices()).toEqual([]);
  });

  it('meets the faults that are ordered', async () => {
    const notice = cancellationNotice();
    channels.setFault({ kind: 'status', status: 503, times: 1 });
    expect((await send(notice)).status).toBe(503);
    channels.setFault({ kind: 'drop', times: 1, recorded: true });
    await expect(send(notice)).rejects.toThrow('fetch failed');
    expect((await send(notice)).status).toBe(200);
    expect(channels.notices()).toMatchObject([{ repeats: 1 }]);
  });
});
