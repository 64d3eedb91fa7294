/** What the kit needs of a zod schema; any version of zod fits, so modules need not share one. */
export interface Schema<Output> {
  safeParse(value: unknown): SchemaResult<Output>;
}

export type SchemaResult<Output> =
  | { readonly success: true; readonly data: Output }
  | {
      readonly success: false;
      readonly error: {
        readonly issues: readonly { readonly path: PropertyKey[]; readonly message: string }[];
      };
    };

/** The schema of an answer without a body (204). */
export const nothing: Schema<undefined> = { safeParse: () => ({ success: true, data: undefined }) };

/** Faults of a form, by JSON pointer such as `/details/feeFen`, in the words of the schema. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Checks a value before it is sent: the same schema as the server's, so that most faults show at once. */
export function faultsOf<Output>(schema: Schema<Output>, value: unknown): FieldErrors {
  const result = schema.safeParse(value);
  if (result.success) return {};
  const faults: Record<string, string> = {};
  for (const issue of result.error.issues) faults[pointerOf(issue.path)] ??= issue.message;
  return faults;
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
