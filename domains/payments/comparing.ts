import {
  MOST_LISTED_DIFFERENCES,
  type StatementDifference,
  statementEvents,
} from '@qingpu/contracts/events/payments';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  earlierOutcome,
  handleCommand,
  type Keeping,
} from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { PaymentFollower, readPayment } from './following.ts';
import type { Movement, OwnMovements, PaymentGateway } from './ports.ts';
import { statementNotReady, statementUnknown } from './rejections.ts';
import { type StatementCommand, type StatementDay, type StatementState, statement } from './statement.ts';
import { differencesBetween, keyOf, totalsOf } from './statement-comparison.ts';
import { statementStream } from './streams.ts';

/** Decides a command on the stream of a day's statement. */
export function actOnStatement(
  ports: CommandHandlingPorts,
  command: StatementCommand,
  envelope: CommandEnvelope,
  keeps: Keeping = 'nothing',
): Promise<AcceptedOutcome> {
  return handleCommand(ports, envelope, {
    stream: statementStream(command.institutionCode, command.date),
    catalogue: statementEvents,
    decider: statement,
    command,
    context: async () => ({}),
    keeps,
  });
}

export function readStatement(
  { log }: Pick<CommandHandlingPorts, 'log'>,
  { institutionCode, date }: StatementDay,
): Promise<StatementState> {
  return readStream(log, statementStream(institutionCode, date), statementEvents, statement);
}

/**
 * Compares the gateway's statement of a day with our own payments. What the gateway has and we have not is first asked for
 * by its number, so that money which we never heard of pays for its visit, or goes back; only what remains is a difference.
 */
export class StatementComparer {
  readonly #ports: CommandHandlingPorts;
  readonly #gateway: PaymentGateway;
  readonly #own: OwnMovements;
  readonly #follower: PaymentFollower;

  constructor(ports: CommandHandlingPorts, gateway: PaymentGateway, own: OwnMovements) {
    this.#ports = ports;
    this.#gateway = gateway;
    this.#own = own;
    this.#follower = new PaymentFollower(ports, gateway);
  }

  /**
   * @throws PaymentGatewayUnavailable, OwnMovementsUnknown: nothing is recorded, the day is to be compared later
   * @throws Rejection when nobody expects the statement, or the gateway has not drawn it up
   */
  async compare(day: StatementDay, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    const stream = statementStream(day.institutionCode, day.date);
    const earlier = await earlierOutcome(this.#ports, envelope, stream);
    if (earlier) return earlier;
    if (!(await readStatement(this.#ports, day)).due) throw statementUnknown();
    const there = await this.#gateway.statement(day.institutionCode, day.date);
    if (!there) throw statementNotReady();
    const listed = await this.#own.onDay(day.institutionCode, day.date);
    const found = await this.#askedFor(there, differencesBetween(there, listed), envelope);
    const here = [...listed, ...found];
    const differences = differencesBetween(there, here);
    const comparison = { here: totalsOf(here), there: totalsOf(there), differences };
    const command = { ...day, type: 'RecordComparison', comparison } as const;
    return actOnStatement(this.#ports, command, envelope, 'outcomes');
  }

  /** Of what we lack: what our payments say after the gateway was asked. A wholly wrong statement leads to no flood of questions. */
  async #askedFor(
    there: readonly Movement[],
    differences: readonly StatementDifference[],
    envelope: CommandEnvelope,
  ): Promise<readonly Movement[]> {
    const missing = new Set(differences.filter(({ kind }) => kind === 'missingHere').map(keyOf));
    const lines = there.filter((line) => missing.has(keyOf(line))).slice(0, MOST_LISTED_DIFFERENCES);
    const found: Movement[] = [];
    for (const line of lines) {
      const own = await this.#ask(line, envelope);
      if (own) found.push(own);
    }
    return found;
  }

  async #ask(line: Movement, envelope: CommandEnvelope): Promise<Movement | undefined> {
    const known = await this.#movement(line);
    if (known) return known;
    const step = { ...envelope, commandId: stepCommandId(envelope.commandId, keyOf(line)) };
    await this.#follower.ask(line, step);
    return this.#movement(line);
  }

  /** The movement of a line as the payment's own stream has it. */
  async #movement(line: Movement): Promise<Movement | undefined> {
    const { orders } = await readPayment(this.#ports, line.paymentId);
    const order = orders.find(({ orderNumber }) => orderNumber === line.orderNumber);
    if (line.subject === 'payment') {
      const trade = order?.trade;
      return trade ? { ...line, gatewayNumber: trade.number, amountFen: trade.amountFen } : undefined;
    }
    const refund = order?.refunds.find(({ refundNumber }) => refundNumber === line.number);
    // The gateway's number of a refund is in no state: it is the one that the gateway answered for ours.
    return refund?.status === 'succeeded' ? { ...line, amountFen: refund.amountFen } : undefined;
  }
}
