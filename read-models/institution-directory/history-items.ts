import { FIELD_LABELS, type HistoryItem, STATUS_NAMES } from '@qingpu/contracts/http/institutions';
import { type EntryNames, idsNamedIn, inWords } from './details-in-words.ts';
import { EVENT_FACTS } from './event-facts.ts';
import { entryId, type HistoryDocument } from './view.ts';

type Change = HistoryItem['changes'][number];

/** What stood before an event: the event before it and the last one that touched the details. */
export interface Before {
  readonly event: HistoryDocument | undefined;
  readonly snapshot: HistoryDocument | undefined;
}

/** Ids of the entries whose names the timeline of these events needs. */
export function idsNamedInHistory(events: readonly HistoryDocument[]): string[] {
  return events.flatMap((event) => [
    ...(event.details ? idsNamedIn(event, event.details) : []),
    ...(event.actor.institutionCode ? [institutionId(event.actor.institutionCode)] : []),
  ]);
}

/** One line of an entry's timeline. */
export function historyItem(event: HistoryDocument, before: Before, names: EntryNames): HistoryItem {
  return {
    revision: event.revision,
    eventType: event.type,
    summary: summaryOf(event),
    at: event.at,
    actor: actorInWords(event, names),
    reason: event.reason,
    changes: [
      ...statusChanges(event, before),
      ...detailChanges(event, before, names),
      ...personChanges(event, before),
    ],
  };
}

function summaryOf({ type, ruleVersion }: HistoryDocument): string {
  const { summary } = EVENT_FACTS[type];
  return ruleVersion === null ? summary : `${summary}（第${ruleVersion}版）`;
}

/** Actors are opaque ids; what can be said of them is the institution that they act for. */
function actorInWords({ actor }: HistoryDocument, names: EntryNames): string {
  const institution = actor.institutionCode ? names.get(institutionId(actor.institutionCode)) : undefined;
  switch (actor.kind) {
    case 'partner':
      return `${institution ?? '医疗机构'}系统`;
    case 'staff':
      return `${institution ?? ''}工作人员`;
    case 'resident':
      return '居民';
    case 'system':
      return '平台系统';
  }
}

function statusChanges(event: HistoryDocument, { event: previous }: Before): Change[] {
  const after = statusAfter(event);
  const before = previous && statusAfter(previous);
  if (before === undefined || before === after) return [];
  return [change('status', STATUS_NAMES[before], STATUS_NAMES[after])];
}

/** The status that an event leaves behind: registering and changing happen to active entries only. */
function statusAfter({ type }: HistoryDocument): keyof typeof STATUS_NAMES {
  if (type === 'DoctorErased') return 'erased';
  return type.endsWith('Deactivated') ? 'inactive' : 'active';
}

function detailChanges(event: HistoryDocument, { snapshot }: Before, names: EntryNames): Change[] {
  if (!event.details || !snapshot?.details) return [];
  const before = flattened(snapshot.details);
  const after = flattened(event.details);
  return [...new Set([...after.keys(), ...before.keys()])]
    .filter((field) => JSON.stringify(before.get(field)) !== JSON.stringify(after.get(field)))
    .map((field) =>
      change(
        field,
        inWords(event, field, before.get(field), names),
        inWords(event, field, after.get(field), names),
      ),
    );
}

/** Says that the sealed person changed, never what. */
function personChanges(event: HistoryDocument, { snapshot }: Before): Change[] {
  if (event.personFingerprint === null || !snapshot?.personFingerprint) return [];
  if (event.personFingerprint === snapshot.personFingerprint) return [];
  return [change('person', '原信息', '已更新')];
}

function change(field: string, before: string, after: string): Change {
  return { field, label: FIELD_LABELS[field] ?? field, before, after };
}

function flattened(details: object): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [field, value] of Object.entries(details) as [string, unknown][]) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) fields.set(field, value);
    else for (const [inner, nested] of Object.entries(value)) fields.set(`${field}.${inner}`, nested);
  }
  return fields;
}

function institutionId(institutionCode: string): string {
  return entryId('institution', institutionCode, institutionCode);
}
