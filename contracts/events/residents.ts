import { z } from 'zod';
import { CHANNEL_KINDS, codesOf, SEXES } from '../codes/directory-tables.ts';
import { CARD_KINDS, FAMILY_RELATIONS, IDENTITY_KINDS } from '../codes/resident-tables.ts';
import type { EventOf } from './catalogue.ts';
import { sealedSchema } from './sealed.ts';

const idSchema = z.uuid();
const ofPerson = { personId: idSchema };
const event = <Shape extends z.ZodRawShape>(shape: Shape) => ({ version: 1, schema: z.object(shape) });

/** What is sealed in `person`. */
export const personContentSchema = z.strictObject({
  name: z.string(),
  identityKind: z.enum(codesOf(IDENTITY_KINDS)),
  identityNumber: z.string(),
  /** GB/T 2261.1. */
  sex: z.enum(codesOf(SEXES)),
  /** YYYY-MM-DD; null where a hospital named somebody by a document that does not tell it. */
  birthDate: z.string().nullable(),
  /** Null where a hospital named somebody without it. */
  mobile: z.string().nullable(),
});
export type PersonContent = z.infer<typeof personContentSchema>;

/** Most cards of one person. */
export const MAX_CARDS = 10;

/** What is sealed in `card`. */
export const cardContentSchema = z.strictObject({ number: z.string() });

const known = {
  ...ofPerson,
  /** `personContentSchema`, sealed under the person's key. */
  person: sealedSchema,
  /** Tells an unchanged person from a changed one without opening either. */
  personFingerprint: z.string(),
  /** Blind indexes for exact search. */
  identityIndex: z.string(),
  nameIndex: z.string(),
  mobileIndex: z.string().nullable(),
};

/** How it was made sure that the person is real (F3.01); `reference` is the checker's own number. */
const verification = z.object({
  method: z.enum(['nationalRegister', 'desk', 'partner']),
  reference: z.string(),
});
export type Verification = z.infer<typeof verification>;

/** The one person behind an identity number; its stream is `identity-<blind index>`. Claimed anew once that person is erased. */
export const identityEvents = {
  IdentityClaimed: event({ identityIndex: z.string(), ...ofPerson }),
} as const;

/** A person as the platform knows them; its stream is `person-<id>`. */
export const personEvents = {
  PersonRegistered: event({ ...known, verification }),
  /** The national register knows whom a desk or a partner had named, or a new name of somebody. */
  PersonVerified: event({ ...known, verification }),
  /** Another mobile. */
  PersonChanged: event(known),
  /** `cardContentSchema`, sealed, and the number's blind index. `institutionCode` null: valid everywhere. */
  CardAdded: event({
    ...ofPerson,
    cardId: idSchema,
    kind: z.enum(codesOf(CARD_KINDS)),
    institutionCode: z.string().nullable(),
    card: sealedSchema,
    cardIndex: z.string(),
  }),
  CardRemoved: event({ ...ofPerson, cardId: idSchema }),
  /** The person's data key is destroyed with this fact; the cards that were left go with it. */
  PersonErased: event({ ...ofPerson, cardIds: z.array(idSchema), reason: z.string() }),
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
