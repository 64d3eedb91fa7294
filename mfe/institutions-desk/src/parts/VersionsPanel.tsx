import { RULE_VERSION_STATES, type RuleVersionState } from '@qingpu/contracts/http/institutions';
import type { EntryKey } from '@qingpu/mfe-kit/directory';
import { formatAsOf, formatCalendarDate, formatMoment } from '@qingpu/mfe-kit/format';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { useLoad } from '@qingpu/mfe-kit/react/use-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Descriptions, Table, type TableColumnsType, Tag } from 'antd';
import { useState } from 'react';
import type { RuleVersionPage } from '../data/desk-api.ts';
import { useDesk } from '../data/desk-context.tsx';
import { displayValue } from '../form/display.ts';
import { FIELDS } from '../form/fields.ts';
import { valueAt } from '../form/values.ts';

type Version = RuleVersionPage['items'][number];

const STATE_CLASSES: Readonly<Record<RuleVersionState, string>> = {
  upcoming: 'watch',
  inForce: 'good',
  superseded: 'quiet',
};

const COLUMNS: TableColumnsType<Version> = [
  { title: '版本', render: (_, version) => `第${version.ruleVersion}版` },
  { title: '备案号', dataIndex: 'filingNumber' },
  { title: '备案时间', render: (_, version) => formatMoment(version.filedAt) },
  { title: '生效日期', render: (_, version) => formatCalendarDate(version.details.effectiveFrom) },
  {
    title: '执行情况',
    render: (_, version) => (
      <Tag className={`status ${STATE_CLASSES[version.state]}`}>{RULE_VERSION_STATES[version.state]}</Tag>
    ),
  },
];

/** Every filed version of a rule, newest first; a row opens what was filed. */
export function VersionsPanel({ entryKey, revision }: { entryKey: EntryKey; revision: number }) {
  const { api } = useDesk();
  const [page, setPage] = useState(1);
  const { institutionCode, code } = entryKey;
  const { value, problem, loading, reload } = useLoad(
    JSON.stringify([institutionCode, code, revision, page]),
    (signal) => api.ruleVersions(entryKey, page, signal),
  );
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  return (
    <div className="panel">
      <Table<Version>
        aria-label="备案版本"
        size="middle"
        rowKey="ruleVersion"
        columns={COLUMNS}
        dataSource={value.items}
        loading={loading}
        expandable={{
          columnTitle: <span className="visually-hidden">展开</span>,
          expandedRowRender: (version) => <VersionDetails version={version} />,
        }}
        pagination={{
          current: value.page,
          pageSize: value.size,
          total: value.total,
          hideOnSinglePage: true,
          showSizeChanger: false,
          onChange: setPage,
        }}
      />
      <p className="muted">{formatAsOf(value.asOf)}</p>
    </div>
  );
}

function VersionDetails({ version }: { version: Version }) {
  return (
    <Descriptions
      size="small"
      column={3}
      items={FIELDS.bookingRule.map((field) => ({
        key: field.label,
        label: field.label,
        children: displayValue(field.control, valueAt(version, field.path)),
      }))}
    />
  );
}
