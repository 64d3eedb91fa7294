import { type ImportResult, importResultSchema } from '@qingpu/contracts/http/slots';
import { type ApiProblem, asProblem, problemOf } from '@qingpu/mfe-kit/api-problem';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { Alert, Button, Table, type TableColumnsType } from 'antd';
import { useId, useState } from 'react';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';

const OUTCOME_WORDS = { new: '新增', changed: '修改', unchanged: '无变化', refused: '有误' } as const;
const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Schedules from an Excel or CSV sheet: first a preview row by row, then, when nothing is wrong, the import. */
export default function ImportPage() {
  const { shell } = useSlots();
  const own = useOwnInstitution();
  const id = useId();
  const [file, setFile] = useState<File>();
  const [result, setResult] = useState<ImportResult>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  /** One key for a file: pressing again after a lost answer imports nothing twice. */
  const [key, setKey] = useState('');

  async function send(check: boolean): Promise<void> {
    if (!file) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const response = await fetch(`/api/slots/desk/schedules/import?check=${check}`, {
        method: 'POST',
        body: file,
        headers: {
          'Content-Type': file.name.endsWith('.csv') ? 'text/csv' : EXCEL,
          'X-CSRF-Token': shell.session?.csrfToken ?? '',
          'Idempotency-Key': check ? crypto.randomUUID() : key,
        },
      });
      if (!response.ok) throw await problemOf(response);
      setResult(importResultSchema.parse(await response.json()));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }

  if (own === undefined)
    return (
      <>
        <PageTitle title="导入排班" back={{ to: '/desk/slots/schedules', text: '返回排班号源' }} />
        <Alert showIcon type="info" title="排班由各医院自己导入，请用医院管理员账号登录。" />
      </>
    );
  return (
    <>
      <PageTitle
        title="导入排班"
        note="第一行为表头；每行一个排班，系统按时段长度和每时段人数生成号源。先预览，全部无误才写入。"
        back={{ to: '/desk/slots/schedules', text: '返回排班号源' }}
      >
        <a className="action" href="/api/slots/desk/schedules/import-template" download>
          下载模板
        </a>
      </PageTitle>
      <section className="panel">
        <div className="field">
          <label htmlFor={id}>Excel 或 CSV 文件</label>
          <input
            id={id}
            type="file"
            accept=".xlsx,.csv"
            onChange={(event) => {
              setFile(event.target.files?.[0]);
              setResult(undefined);
              setKey(crypto.randomUUID());
            }}
          />
          <p className="field-help">最多10000行、5 MB。</p>
        </div>
        {problem && <ProblemNote problem={problem} />}
        <div className="form-actions">
          <Button type="primary" disabled={!file} loading={busy} onClick={() => void send(true)}>
            预览
          </Button>
          <Button
            disabled={!result || result.refused > 0 || result.written}
            loading={busy}
            onClick={() => void send(false)}
          >
            写入
          </Button>
        </div>
      </section>
      {result && <Outcome result={result} />}
    </>
  );
}

function Outcome({ result }: { result: ImportResult }) {
  const words = result.written
    ? `已写入 ${result.accepted} 行。`
    : result.refused > 0
      ? `${result.rows} 行中有 ${result.refused} 行有误，没有写入任何内容，请修改后重新预览。`
      : `${result.rows} 行全部无误，可以写入。`;
  return (
    <section className="panel" aria-label="预览结果">
      <Alert showIcon type={result.refused > 0 ? 'error' : 'success'} title={words} />
      <Table
        aria-label="逐行结果"
        size="small"
        rowKey="row"
        columns={COLUMNS}
        dataSource={result.items}
        pagination={{ pageSize: 50, hideOnSinglePage: true }}
      />
    </section>
  );
}

const COLUMNS: TableColumnsType<ImportResult['items'][number]> = [
  { title: '行', dataIndex: 'row', key: 'row' },
  { title: '排班', dataIndex: 'scheduleId', key: 'schedule' },
  { title: '结果', key: 'outcome', render: (_, { outcome }) => OUTCOME_WORDS[outcome] },
  { title: '问题', key: 'problems', render: (_, { problems }) => problems.join('；') || '—' },
];
