import { spawn } from 'node:child_process';
import process from 'node:process';

/*
 * Runs the npm scripts that it is given at the same time. What one says is shown in one piece when it ends; it fails
 * when any of them does.
 */

/** Whether the script passed. */
function run(script) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      if (code !== 0) process.stderr.write(`npm run ${script} failed\n`);
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(process.argv.slice(2).map(run));
if (!passed.every(Boolean)) process.exitCode = 1;
