import { z } from 'zod';
import { CHANNEL_KINDS, codesOf } from '../codes/directory-tables.ts';
import { CARD_KINDS, FAMILY_RELATIONS } from '../codes/resident-tables.ts';
import type { EventOf } from './catalogue.ts';
import { sealedSchema } from './sealed.ts';

const idSchema = z.uuid();
const ofPerson = { personId: idSchema };
const event = <Shape extends z.ZodRawShape>(shape: Shape) => ({ version: 1, schema: z.object(shape) });

const known = {
  ...ofPerson,
  /** Name, kind and number of the identity document, sex, date of birth, mobile; sealed under the person's key. */
  person: sealedSchema,
  /** Tells an unchanged person from a changed one without opening either. */
  personFingerprint: z.string(),
  /** Blind indexes for exact search. */
  identityIndex: z.string(),
  nameIndex: z.string(),
  mobileIndex: z.string(),
};

/** The one person behind an identity number; its stream is `identity-<blind index>`. */
export const identityEvents = {
  IdentityClaimed: event({ identityIndex: z.string(), ...ofPerson }),
} as const;

/** A person as the platform knows them; its stream is `person-<id>`. */
export const personEvents = {
  /** `verification`: how it was made sure that the person is real (F3.01); `reference` is the checker's own number. */
  PersonRegistered: event({
    ...known,
    verification: z.object({
      method: z.enum(['nationalRegister', 'desk', 'partner']),
      reference: z.string(),
    }),
  }),
  PersonChanged: event(known),
  /** The card's number, sealed, and its blind index. `institutionCode` null: valid everywhere. */
  CardAdded: event({
    ...ofPerson,
    cardId: idSchema,
    kind: z.enum(codesOf(CARD_KINDS)),
    institutionCode: z.string().nullable(),
    card: sealedSchema,
    cardIndex: z.string(),
  }),
  CardRemoved: event({ ...ofPerson, cardId: idSchema }),
  /** The person's data key is destroyed with this fact. */
  PersonErased: event({ ...ofPerson, reason: z.string() }),
} as const;

/** Who an account acts for; its stream is `account-<id>`. */
export const accountEvents = {
  /** The account holder's own person. */
  AccountBound: event({ accountId: z.string(), ...ofPerson }),
  /** `guardian`: the holder consents for a child under the age of the safeguards' table. */
  FamilyMemberAdded: event({
    accountId: z.string(),
    ...ofPerson,
    relation: z.enum(codesOf(FAMILY_RELATIONS)),
    guardian: z.boolean(),
    rulesVersion: z.string(),
  }),
  FamilyMemberRemoved: event({ accountId: z.string(), ...ofPerson }),
} as const;

/** Who may try new services first (白名单); its stream is `preview-<person>`. */
export const previewEvents = {
  PreviewGranted: event({
    ...ofPerson,
    channel: z.enum(codesOf(CHANNEL_KINDS)),
    service: z.string(),
    reason: z.string(),
  }),
  PreviewRevoked: event({
    ...ofPerson,
    channel: z.enum(codesOf(CHANNEL_KINDS)),
    service: z.string(),
    reason: z.string(),
  }),
} as const;

export type IdentityEvent = EventOf<typeof identityEvents>;
export type PersonEvent = EventOf<typeof personEvents>;
export type AccountEvent = EventOf<typeof accountEvents>;
export type PreviewEvent = EventOf<typeof previewEvents>;
