/**
 * Verifies an audit folder. Exit code 0: it is what was written; 1: there are findings; 2: it could not be verified.
 * Of the options only `--anchors` and `--json` may be left out.
 */
import { parseArgs } from 'node:util';
import { AuditAnchorFile } from './audit-anchor-file.ts';
import {
  type AuditFinding,
  type AuditFindingKind,
  type AuditReport,
  verifyAuditLog,
} from './audit-verify.ts';
import { loadMasterKeys } from './master-key-file.ts';
import { SoftwareProvider } from './software-provider.ts';

const USAGE =
  '用法：node audit-verify.main.js --folder 审计目录 --keys 主密钥文件 [--anchors 锚点文件.jsonl] [--json]';

const SENTENCES: Readonly<Record<AuditFindingKind, string>> = {
  changed: '记录被改动，或与前一条不衔接',
  removed: '记录被删除',
  reordered: '记录顺序被调换',
  repeated: '记录重复出现',
  truncated: '文件尾部被截断：锚点或后续文件记载的记录已不在',
  'missing-file': '文件缺失：锚点或后续文件提到它',
  'empty-folder': '目录中没有审计文件',
  renamed: '文件被改名',
  'unknown-key': '密钥文件中没有该文件所用的主密钥，无法核验',
};

interface Options {
  readonly folder: string;
  readonly keys: string;
  readonly anchors: string | undefined;
  readonly json: boolean;
}

function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      folder: { type: 'string' },
      keys: { type: 'string' },
      anchors: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { folder, keys, anchors, json } = values;
  return folder === undefined || keys === undefined ? undefined : { folder, keys, anchors, json };
}

async function verify({ folder, keys, anchors }: Options): Promise<AuditReport> {
  const provider = new SoftwareProvider(await loadMasterKeys(keys));
  const known = anchors === undefined ? [] : await new AuditAnchorFile(anchors).list();
  return verifyAuditLog({ folder, provider, anchors: known });
}

function sentenceOf({ kind, file, seq, entries }: AuditFinding): string {
  const range = entries > 1 ? `起 ${entries} 条` : '';
  const place = seq === null ? file : `${file} 第 ${seq} 条${range}`;
  return `[${kind}] ${place} ${SENTENCES[kind]}\n`;
}

function textOf({ files, anchors, findings }: AuditReport): string {
  const entries = files.reduce((sum, file) => sum + file.entries, 0);
  const summary = `文件 ${files.length} 个，记录 ${entries} 条，锚点 ${anchors} 个，发现 ${findings.length} 处问题\n`;
  const warning = anchors === 0 ? '未提供锚点：无法发现最新文件尾部的截断或最新文件的删除\n' : '';
  return `${findings.map(sentenceOf).join('')}${warning}${summary}`;
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const report = await verify(options);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  return report.findings.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const reason = error instanceof Error ? error.message : 'unknown error';
  process.stderr.write(`无法核验：${reason}\n`);
  process.exitCode = 2;
}
