import type { FieldPath } from '../bson/paths.ts';
import type { RawValue } from '../bson/raw.ts';
import type { TreeDocument } from '../bson/tree.ts';

/** One change to an opened document. */
export type Change = (root: TreeDocument) => void;

/** Reads the operand of an operator on one field; throws what is wrong with it before any document is touched. */
export type ChangeMaker = (path: FieldPath, operand: RawValue) => Change;
