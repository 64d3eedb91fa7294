import { writeFile } from 'node:fs/promises';
import { seedResidents } from './seeder.ts';

/** A process of its own, because a process appends to one event log in its life: data folder, number, output file. */
const [dataFolder = '', count = '', output = ''] = process.argv.slice(2);
await writeFile(output, JSON.stringify(await seedResidents(dataFolder, Number(count))), { mode: 0o600 });
