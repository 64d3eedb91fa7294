import { z } from 'zod';

/** Roles of people at the platform; what each may do is decided on the server. */
export const ROLES = {
  districtAdmin: '区卫健委管理员',
  hospitalAdmin: '医院管理员',
  regulator: '监管人员',
  coordinator: '转诊协调员',
  resident: '居民',
} as const;
export type Role = keyof typeof ROLES;

export const sessionSchema = z.object({
  accountId: z.string(),
  displayName: z.string(),
  role: z.enum(Object.keys(ROLES) as [Role, ...Role[]]),
  roleName: z.string(),
  /** The institution whose records the account may change; null for the whole district or for residents. */
  institutionCode: z.string().nullable(),
  institutionName: z.string().nullable(),
  /** Shown inside another app, which has a header of its own. */
  embedded: z.boolean(),
  /** To be sent as `X-CSRF-Token` with every writing request of this session. */
  csrfToken: z.string(),
  expiresAt: z.string(),
});
export type Session = z.infer<typeof sessionSchema>;

/** GET /api/session answers this: a visitor has no session. */
export const currentSessionSchema = z.object({ session: sessionSchema.nullable() });

/** POST /api/session in development: an account of the synthetic district and its sign-in code. */
export const signInSchema = z.strictObject({
  account: z.string().min(1, '请选择账号').max(60),
  code: z.string().min(1, '请输入登录码').max(60),
});

/** GET /api/session/accounts, development only: who can sign in. */
export const developmentAccountsSchema = z.object({
  items: z.array(
    z.object({
      account: z.string(),
      displayName: z.string(),
      roleName: z.string(),
      institutionName: z.string().nullable(),
    }),
  ),
});
