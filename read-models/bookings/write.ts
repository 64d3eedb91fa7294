import type { ViewWrite } from '@qingpu/read-models-kernel/view-store';

/** A write before its guard, which is the log position for every document of this view. */
export type Write = Omit<ViewWrite, 'guard'>;
export type Fields = Readonly<Record<string, unknown>>;
