import { createApiClient } from '@qingpu/mfe-kit/api-client';
import { createDirectoryReader, type DirectoryReader } from '@qingpu/mfe-kit/directory';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { type App, type InjectionKey, inject } from 'vue';
import { type BookingApi, createBookingApi } from './data/booking-api.ts';
import { createResidentsApi, type ResidentsApi } from './data/residents-api.ts';

interface Booking {
  readonly shell: RemoteProps;
  readonly api: BookingApi;
  readonly directory: DirectoryReader;
  readonly residents: ResidentsApi;
}

const BOOKING: InjectionKey<Booking> = Symbol('booking');

export function provideContext(app: App, shell: RemoteProps): void {
  const client = createApiClient({ csrfToken: () => shell.session?.csrfToken ?? null });
  app.provide(BOOKING, {
    shell,
    api: createBookingApi(client),
    directory: createDirectoryReader(client),
    residents: createResidentsApi(client),
  });
}

export function useBooking(): Booking {
  const booking = inject(BOOKING);
  if (!booking) throw new Error('booking is not provided');
  return booking;
}
