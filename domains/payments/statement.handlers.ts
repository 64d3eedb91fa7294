import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { MovementSubject } from '@qingpu/contracts/codes/payment-tables';
import type {
  AcceptedOutcome,
  CommandEnvelope,
  CommandHandlingPorts,
} from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { actOnStatement, StatementComparer } from './comparing.ts';
import { OWN_MOVEMENTS, type OwnMovements, PAYMENT_GATEWAY_PORT, type PaymentGateway } from './ports.ts';
import type { StatementDay } from './statement.ts';

/** Money may have moved on that day: its statement is to be compared. */
export class ExpectStatement extends Command<AcceptedOutcome> {
  constructor(
    readonly day: StatementDay,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Fetches the statement and compares it, for the first time or anew. See StatementComparer for what it throws. */
export class CompareStatement extends Command<AcceptedOutcome> {
  constructor(
    readonly day: StatementDay,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody has cleared up one difference. */
export class SettleStatementDifference extends Command<AcceptedOutcome> {
  constructor(
    readonly day: StatementDay,
    readonly settlement: {
      readonly subject: MovementSubject;
      readonly number: string;
      readonly reason: string;
    },
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

@CommandHandler(ExpectStatement)
export class ExpectStatementHandler implements ICommandHandler<ExpectStatement> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ day, envelope }: ExpectStatement): Promise<AcceptedOutcome> {
    return actOnStatement(this.ports, { ...day, type: 'ExpectStatement' }, envelope);
  }
}

@CommandHandler(CompareStatement)
export class CompareStatementHandler implements ICommandHandler<CompareStatement> {
  readonly #comparer: StatementComparer;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) ports: CommandHandlingPorts,
    @Inject(PAYMENT_GATEWAY_PORT) gateway: PaymentGateway,
    @Inject(OWN_MOVEMENTS) own: OwnMovements,
  ) {
    this.#comparer = new StatementComparer(ports, gateway, own);
  }

  execute({ day, envelope }: CompareStatement): Promise<AcceptedOutcome> {
    return this.#comparer.compare(day, envelope);
  }
}

@CommandHandler(SettleStatementDifference)
export class SettleStatementDifferenceHandler implements ICommandHandler<SettleStatementDifference> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ day, settlement, envelope }: SettleStatementDifference): Promise<AcceptedOutcome> {
    const command = { ...day, ...settlement, type: 'SettleDifference' } as const;
    return actOnStatement(this.ports, command, envelope, 'outcomes');
  }
}
