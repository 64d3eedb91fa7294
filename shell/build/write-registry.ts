import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Remote, registrySchema, remoteSchema } from '@qingpu/contracts/http/registry';

/** Writes `shell/dist/registry.json` from the built remotes: what each declares of itself, its entry, its files' integrity. */
const MFE = join(import.meta.dirname, '../../mfe');
const OUTPUT = join(import.meta.dirname, '../dist/registry.json');

const remotes = readdirSync(MFE, { withFileTypes: true })
  .filter((folder) => folder.isDirectory() && readdirSync(join(MFE, folder.name)).includes('remote.json'))
  .map((folder) => remoteOf(folder.name))
  .sort((one, other) => one.order - other.order || one.name.localeCompare(other.name));
writeFileSync(OUTPUT, `${JSON.stringify(registrySchema.parse({ remotes }), null, 1)}\n`);

function remoteOf(folder: string): Remote {
  const declared = JSON.parse(readFileSync(join(MFE, folder, 'remote.json'), 'utf8')) as Omit<
    Remote,
    'entry' | 'integrity'
  >;
  const integrity = integrityOf(folder);
  const entries = Object.keys(integrity).filter((path) => /\/remoteEntry\.[^/]+\.js$/.test(path));
  const [entry] = entries;
  if (!entry || entries.length !== 1)
    throw new Error(`${folder} has ${entries.length} federation entries; build it first, into an empty dist`);
  return remoteSchema.parse({ ...declared, entry, integrity });
}

/** Every script and style of a built remote by its URL path. */
function integrityOf(folder: string): Record<string, string> {
  const dist = join(MFE, folder, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(js|css)$/.test(file),
  );
  return Object.fromEntries(
    files.sort().map((file) => [urlOf(folder, dist, file), sha384(join(dist, file))]),
  );
}

function urlOf(folder: string, dist: string, file: string): string {
  return `/mfe/${folder}/${relative(dist, join(dist, file)).split(sep).join('/')}`;
}

function sha384(file: string): string {
  return `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`;
}
