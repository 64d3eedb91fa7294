import { LoadGenerator, type LoadJob } from './load-job.ts';

/** A load generator in a process of its own: jobs come and results go over the channel to its parent. */
const [worldFile] = process.argv.slice(2);
if (worldFile === undefined || !process.send) throw new Error('the load process is started by the bench');
const generator = await LoadGenerator.open(worldFile);
process.on('message', (job: LoadJob) => {
  generator.run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
