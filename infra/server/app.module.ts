import { randomUUID } from 'node:crypto';
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { InstitutionsModule } from '@qingpu/domains-institutions/institutions.module';
import { COMMAND_HANDLING_PORTS, SEALER } from '@qingpu/domains-kernel/tokens';
import { MessagingModule } from '@qingpu/domains-messaging/messaging.module';
import { PaymentsModule } from '@qingpu/domains-payments/payments.module';
import { OWN_MOVEMENTS, PAYMENT_GATEWAY_PORT } from '@qingpu/domains-payments/ports';
import { IDENTITY_REGISTER, PERSON_IDS } from '@qingpu/domains-residents/ports';
import { ResidentsModule } from '@qingpu/domains-residents/residents.module';
import {
  BOOKING_POLICIES,
  SCHEDULE_BOOK,
  SCHEDULE_REFERENCES,
  SHARED_HOSPITALS,
  SLOT_CHOOSER,
  WITHHOLDINGS,
} from '@qingpu/domains-slots/ports';
import { SlotsModule } from '@qingpu/domains-slots/slots.module';
import { LoggerModule } from 'nestjs-pino';
import { AccessGuard } from './access/access.guard.ts';
import { PortalEntryController } from './access/portal-entry.controller.ts';
import { SessionController } from './access/session.controller.ts';
import type { Configuration } from './config.ts';
import type { ApplicationHolder } from './http/application-holder.ts';
import { OpenApiController } from './http/openapi.controller.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { UpdatesController } from './http/updates.controller.ts';
import { validationPipe } from './http/validation.ts';
import type { ViewUpdates } from './http/view-updates.ts';
import { directoryControllers } from './institutions/directory.controller.ts';
import { DirectorySearchController } from './institutions/directory-search.controller.ts';
import { partnerControllers } from './institutions/partner.controller.ts';
import { loggerOptions } from './operations/logging.ts';
import type { Metrics } from './operations/metrics.ts';
import { OperationsController } from './operations/operations.controller.ts';
import type { Readiness } from './operations/readiness.ts';
import { BookingPlatformsController } from './partners/booking-platforms.controller.ts';
import { ContractsController } from './partners/contracts.controller.ts';
import { PoolPartnerController } from './partners/pool-partner.controller.ts';
import { ViewOfMovements } from './payments/own-movements.ts';
import { PaymentDeskController } from './payments/payment-desk.controller.ts';
import { PaymentResultsController } from './payments/payment-results.controller.ts';
import { StatementsController } from './payments/statements.controller.ts';
import type { Platform } from './platform.ts';
import { AccessLogController } from './residents/access-log.controller.ts';
import { DeskResidentsController } from './residents/desk.controller.ts';
import { PreviewsController } from './residents/previews.controller.ts';
import { ResidentsController } from './residents/residents.controller.ts';
import { AnnouncementsController } from './slots/announcements.controller.ts';
import { BookingsController } from './slots/bookings.controller.ts';
import { DeskBookingsController } from './slots/desk-bookings.controller.ts';
import { DeskSchedulesController } from './slots/desk-schedules.controller.ts';
import { PartnerBlacklistController } from './slots/partner-blacklist.controller.ts';
import { PartnerSchedulesController } from './slots/partner-schedules.controller.ts';
import { PartnerStatesController } from './slots/partner-states.controller.ts';
import { PoolController } from './slots/pool.controller.ts';
import { ScheduleImportController } from './slots/schedule-import.controller.ts';
import type { SlotServices } from './slots/slot-services.ts';
import { StandingController } from './slots/standing.controller.ts';
import { TraceController } from './slots/trace.controller.ts';
import { WaitlistController } from './slots/waitlist.controller.ts';
import {
  APPLICATION,
  CONFIGURATION,
  METRICS,
  PLATFORM,
  READINESS,
  SLOT_SERVICES,
  UPDATES,
} from './tokens.ts';

export interface AppParts {
  readonly platform: Platform;
  readonly slots: SlotServices;
  readonly configuration: Configuration;
  readonly metrics: Metrics;
  readonly updates: ViewUpdates;
  /** Readiness needs the workers, which need the command bus: it is set right after the module is made. */
  readonly readiness: { current?: Readiness };
  readonly holder: ApplicationHolder;
}

/** The ports of the kernels, for the handlers of every context. */
@Global()
@Module({})
class PortsModule {}

@Module({})
class AppModule {}

/** The host composes all contexts; a context's module knows nothing of the others. */
export function appModuleOf(parts: AppParts): DynamicModule {
  const { platform, configuration, slots } = parts;
  const shared: Provider[] = [
    { provide: PLATFORM, useValue: platform },
    { provide: CONFIGURATION, useValue: configuration },
    { provide: METRICS, useValue: parts.metrics },
    { provide: UPDATES, useValue: parts.updates },
    { provide: READINESS, useValue: lateBound(parts.readiness) },
    { provide: APPLICATION, useValue: parts.holder },
    { provide: COMMAND_HANDLING_PORTS, useValue: platform.commandHandling },
    { provide: SEALER, useValue: platform.sealer },
    { provide: IDENTITY_REGISTER, useValue: platform.identityRegister },
    { provide: PERSON_IDS, useValue: { next: () => randomUUID() } },
    { provide: PAYMENT_GATEWAY_PORT, useValue: platform.payments },
    { provide: OWN_MOVEMENTS, useValue: new ViewOfMovements(slots.statements) },
    { provide: SLOT_SERVICES, useValue: slots },
    { provide: SCHEDULE_REFERENCES, useValue: slots.references },
    { provide: BOOKING_POLICIES, useValue: slots.policies },
    { provide: SCHEDULE_BOOK, useValue: slots.schedules },
    { provide: SLOT_CHOOSER, useValue: slots.hints },
    { provide: SHARED_HOSPITALS, useValue: slots.hospitals },
    { provide: WITHHOLDINGS, useValue: slots.contracts },
  ];
  const ports: DynamicModule = { module: PortsModule, providers: shared, exports: shared };
  const api = configuration.roles.includes('api')
    ? [
        SessionController,
        PortalEntryController,
        DirectorySearchController,
        ...directoryControllers,
        ...partnerControllers,
        PartnerSchedulesController,
        PartnerStatesController,
        PartnerBlacklistController,
        PoolPartnerController,
        BookingPlatformsController,
        ResidentsController,
        AccessLogController,
        DeskResidentsController,
        PreviewsController,
        PoolController,
        // Before the paths with parameters.
        ScheduleImportController,
        DeskSchedulesController,
        ContractsController,
        TraceController,
        BookingsController,
        DeskBookingsController,
        StandingController,
        WaitlistController,
        AnnouncementsController,
        PaymentResultsController,
        PaymentDeskController,
        StatementsController,
        UpdatesController,
        OpenApiController,
      ]
    : [];
  return {
    module: AppModule,
    imports: [
      ports,
      LoggerModule.forRoot(loggerOptions(configuration)),
      CqrsModule,
      InstitutionsModule,
      MessagingModule,
      PaymentsModule,
      SlotsModule,
      ResidentsModule,
    ],
    controllers: [OperationsController, ...api],
    providers: [
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_PIPE, useValue: validationPipe },
    ],
  };
}

/** Passes calls on to what is set later. */
function lateBound(holder: { current?: Readiness }): Pick<Readiness, 'report' | 'observe'> {
  const current = () => {
    if (!holder.current) throw new Error('the process is still starting');
    return holder.current;
  };
  return { report: () => current().report(), observe: () => current().observe() };
}
