import type { Remote } from '@qingpu/contracts/http/registry';
import type { Role, Session } from '@qingpu/contracts/http/session';
import { describe, expect, it } from 'vitest';
import { currentEntry, isBeneath, menuOf, remoteAt } from './remotes/paths.ts';
import { routeOf } from './route.ts';

const remote = (name: string, layout: 'phone' | 'desk', paths: string[], roles: string[]): Remote => ({
  name,
  layout,
  order: 1,
  paths,
  entry: `/mfe/${name}/remoteEntry.js`,
  integrity: {},
  menu: paths.map((path) => ({ path, title: path, roles })),
});
const REMOTES = [
  remote('resident', 'phone', ['/portal/institutions'], ['visitor', 'resident']),
  remote('desk', 'desk', ['/desk/directory'], ['districtAdmin']),
];
const session = (role: Role) => ({ role }) as Session;
const at = (path: string, who: Session | null = null, search = '') => routeOf(path, search, who, REMOTES);

describe('routes', () => {
  it('lead from / by who one is', () => {
    expect(at('/')).toEqual({ kind: 'redirect', to: '/portal' });
    expect(at('/', session('resident'))).toEqual({ kind: 'redirect', to: '/portal' });
    expect(at('/', session('regulator'))).toEqual({ kind: 'redirect', to: '/desk' });
  });

  it('lead visitors of the desk through sign-in and back', () => {
    expect(at('/desk/directory', null, '?a=1')).toEqual({
      kind: 'redirect',
      to: '/sign-in?return=%2Fdesk%2Fdirectory%3Fa%3D1',
    });
  });

  it('keep residents off the desk', () => {
    expect(at('/desk/directory', session('resident'))).toMatchObject({ page: 'noAccess' });
  });

  it('open the desk at the first entry of the menu, or say that there is none', () => {
    expect(at('/desk', session('districtAdmin'))).toEqual({ kind: 'redirect', to: '/desk/directory' });
    expect(at('/desk', session('coordinator'))).toMatchObject({ page: 'deskHome' });
  });

  it('find remotes beneath their paths only, each in its own layout', () => {
    expect(at('/portal/institutions/1')).toMatchObject({ kind: 'remote', remote: { name: 'resident' } });
    expect(at('/portal/institutionsx')).toMatchObject({ page: 'notFound' });
    expect(at('/desk/nothing', session('districtAdmin'))).toMatchObject({ page: 'notFound', layout: 'desk' });
    expect(at('/elsewhere')).toMatchObject({ page: 'notFound', layout: 'phone' });
  });
});

describe('menus', () => {
  it('show what the role may see', () => {
    expect(menuOf(REMOTES, 'phone', null)).toHaveLength(1);
    expect(menuOf(REMOTES, 'desk', session('regulator'))).toEqual([]);
  });

  it('mark the longest entry that holds the path', () => {
    const menu = [
      { path: '/desk/rules', title: 'a' },
      { path: '/desk/rules/analysis', title: 'b' },
    ];
    expect(currentEntry(menu, '/desk/rules/analysis')?.title).toBe('b');
    expect(currentEntry(menu, '/desk/rules/1')?.title).toBe('a');
  });

  it('give a path to the remote with the longest claim', () => {
    const inner = remote('inner', 'desk', ['/desk/directory/special'], []);
    expect(remoteAt([...REMOTES, inner], '/desk/directory/special/1')?.name).toBe('inner');
    expect(isBeneath('/desk', '/desk/')).toBe(false);
  });
});
