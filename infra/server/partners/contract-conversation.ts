import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ContractKind } from '@qingpu/contracts/codes/partner-contracts';
import type { ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import {
  type ContractCheck,
  contractCheckAnswerSchema,
  understoodOf,
} from '@qingpu/contracts/partners/hospital/contract-check';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';
import type { Gravity } from '@qingpu/domains-institutions/partner-contract';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { askSigned, type Receiver } from '../operations/signed-delivery.ts';

/** Something is wrong with a hospital's interface. */
export class ContractFault extends Error {
  override readonly name = 'ContractFault';
  constructor(
    readonly code: string,
    readonly gravity: Gravity,
  ) {
    super(code);
  }
}

export interface Conversation {
  readonly receiver: Receiver;
  readonly institutionCode: string;
  /** Each question is signed at its own time: a conversation may take a while. */
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** For one answer. */
  readonly timeoutMs: number;
}

/**
 * Answers of a system that is away, and of one that will not listen: secrets are changed and clocks put right, which must
 * not cost a hospital its slots at once.
 */
const AWAY = new Set([401, 403, 408, 425, 429, 500, 502, 503, 504]);
/** Answers of a system that has no such interface. */
const UNOFFERED_CODES = new Set(['status-404', 'status-405', 'status-501']);
const SCHEDULE_KIND: Readonly<Record<ContractKind, ScheduleKind>> = {
  outpatient: 'expert',
  joint: 'joint',
  internet: 'internet',
  referral: 'referral',
  contracted: 'contracted',
};

/**
 * Goes through the published contract of orders with a hospital's system (contracts/partners/hospital/contract-check),
 * with specimens of one kind that leave nothing behind.
 * @throws ContractFault for the first thing that is wrong
 */
export async function verifyOrders(conversation: Conversation, kind: ContractKind): Promise<void> {
  const booked = specimenOf(conversation, kind);
  const first = await firstUnderstood(conversation, booked);
  const again = await understood(conversation, booked);
  if (!isDeepStrictEqual(first, again)) throw new ContractFault('answers-differ', 'broken');
  await understood(conversation, cancelledAfter(booked));
  const other = { ...booked, specimen: { ...booked.specimen, slotId: 'SPECIMEN-2' } };
  await refused(conversation, other, { by: [409], fault: 'accepts-contradiction' });
  const malformed = { ...renewed(booked), specimen: { ...booked.specimen, state: 'no-such-state' } };
  await refused(conversation, malformed, { by: [400, 422], fault: 'accepts-malformed' });
  const forger = { ...conversation.receiver, secret: randomBytes(32).toString('base64url') };
  await refused({ ...conversation, receiver: forger }, renewed(booked), {
    by: [401, 403],
    fault: 'accepts-forged',
  });
}

/** @throws ContractFault `no-self-check` when the system does not let itself be verified at all */
async function firstUnderstood(conversation: Conversation, check: ContractCheck): Promise<unknown> {
  try {
    return await understood(conversation, check);
  } catch (error) {
    if (error instanceof ContractFault && UNOFFERED_CODES.has(error.code))
      throw new ContractFault('no-self-check', 'unoffered');
    throw error;
  }
}

async function understood(conversation: Conversation, check: ContractCheck): Promise<unknown> {
  const { status, content } = await ask(conversation, check.deliveryId, check);
  if (status !== 200) throw new ContractFault(`status-${status}`, gravityOf(status));
  const answer = contractCheckAnswerSchema.safeParse(content);
  if (!answer.success || answer.data.deliveryId !== check.deliveryId)
    throw new ContractFault('wrong-answer', 'broken');
  if (!isDeepStrictEqual(answer.data.understood, understoodOf(check)))
    throw new ContractFault('misunderstood', 'broken');
  return answer.data;
}

function gravityOf(status: number): Gravity {
  return AWAY.has(status) ? 'away' : 'broken';
}

async function refused(
  conversation: Conversation,
  content: { readonly deliveryId: string },
  { by, fault }: { readonly by: readonly number[]; readonly fault: string },
): Promise<void> {
  const { status } = await ask(conversation, content.deliveryId, content);
  if (by.includes(status)) return;
  if (status >= 200 && status < 300) throw new ContractFault(fault, 'broken');
  throw new ContractFault(`status-${status}`, gravityOf(status));
}

/** What the system answers. @throws ContractFault when there is no answer, or one that cannot be read */
async function ask(
  { receiver, now, signal, timeoutMs }: Conversation,
  key: string,
  content: unknown,
): Promise<{ readonly status: number; readonly content?: unknown }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return { status: 200, content: await askSigned(receiver, key, content, { now: now(), signal: limited }) };
  } catch (error) {
    if (!(error instanceof DeliveryFault)) throw error;
    const status = /^status-(\d{3})$/.exec(error.fault)?.[1];
    if (status !== undefined) return { status: Number(status) };
    const away = error.fault === 'timeout' || error.fault === 'unreachable';
    throw new ContractFault(away ? error.fault : 'wrong-answer', away ? 'away' : 'broken');
  }
}

/** An order that nobody made: its schedule, slot and person exist nowhere. */
export function specimenOf(
  { institutionCode, now }: Pick<Conversation, 'institutionCode' | 'now'>,
  contractKind: ContractKind,
  deliveryId: string = randomUUID(),
): ContractCheck {
  const at = now();
  return {
    deliveryId,
    institutionCode,
    contractKind,
    specimen: {
      deliveryId,
      institutionCode,
      orderNumber: `SPECIMEN${deliveryId.slice(0, 8).toUpperCase()}`,
      revision: 0,
      at: at.toISOString(),
      scheduleId: 'SPECIMEN',
      slotId: 'SPECIMEN-1',
      state: 'booked',
      hospitalOrderNumber: null,
      departmentCode: 'SPECIMEN',
      clinicCode: null,
      doctorCode: 'SPECIMEN',
      kind: SCHEDULE_KIND[contractKind],
      date: shanghaiDateAt(at),
      session: 'morning',
      start: '08:00',
      end: '08:15',
      feeFen: 0,
      tier: TIER[contractKind],
      channel: 'districtPortal',
      replaces: null,
      person: { name: '接口验证', identityKind: '03', identityNumber: 'SPECIMEN0', mobile: null },
      card: null,
    },
  };
}

const TIER = {
  outpatient: 'public',
  joint: 'community',
  internet: 'public',
  referral: 'referral',
  contracted: 'contracted',
} as const satisfies Record<ContractKind, string>;

function cancelledAfter({ specimen, ...check }: ContractCheck): ContractCheck {
  const deliveryId = randomUUID();
  const { institutionCode, orderNumber, at, scheduleId, slotId } = specimen;
  return {
    ...check,
    deliveryId,
    specimen: {
      deliveryId,
      institutionCode,
      orderNumber,
      revision: 1,
      at,
      scheduleId,
      slotId,
      state: 'cancelled',
      outcome: 'cancelledByPatient',
    },
  };
}

function renewed(check: ContractCheck): ContractCheck {
  const deliveryId = randomUUID();
  return { ...check, deliveryId, specimen: { ...check.specimen, deliveryId } };
}
