import { ChartOrTable } from '@qingpu/mfe-charts/ChartOrTable.tsx';
import { formatAsOf, formatCalendarDate } from '@qingpu/mfe-kit/format';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Select } from 'antd';
import { useId, useMemo } from 'react';
import type { Analysis } from '../data/desk-api.ts';
import { useDesk } from '../data/desk-context.tsx';
import { mayReadAnalysis } from '../data/permissions.ts';
import { FindingsTable } from '../parts/FindingsTable.tsx';
import { NoAccess } from '../parts/NoAccess.tsx';
import { Totals } from '../parts/Totals.tsx';

const DEFAULTS = { verdict: '', field: '' } as const;

/** Filed rules in force today against the district's guidance (F2.04). */
export default function AnalysisPage() {
  const { shell } = useDesk();
  return mayReadAnalysis(shell.session) ? <Analysed /> : <NoAccess />;
}

function Analysed() {
  const { api } = useDesk();
  const { query, change } = useQuery(DEFAULTS);
  const { value, problem, reload } = useLiveLoad('analysis', (signal) => api.analysis(signal));
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  return (
    <>
      <PageTitle
        title="备案分析"
        note={`${formatCalendarDate(value.date)}执行中的规则，对照区级预约规则指引 ${value.guidanceVersion} 版 · ${formatAsOf(value.asOf)}`}
      />
      <UpdateBar onReload={reload} />
      <Totals totals={value.totals} verdict={query.verdict} onChoose={(verdict) => change({ verdict })} />
      <div className="columns">
        <Distribution analysis={value} field={query.field} onField={(field) => change({ field })} />
        <Misses analysis={value} />
      </div>
      <FindingsTable
        institutions={value.institutions}
        distribution={value.distribution}
        verdict={query.verdict}
        onVerdict={(verdict) => change({ verdict })}
      />
      <p className="muted">指引来源：{value.guidanceSource}</p>
    </>
  );
}

interface DistributionProps {
  readonly analysis: Analysis;
  readonly field: string;
  readonly onField: (field: string) => void;
}

function Distribution({ analysis, field, onField }: DistributionProps) {
  const id = useId();
  const { distribution } = analysis;
  const shown = distribution.find((one) => one.field === field) ?? distribution[0];
  const bars = useMemo(
    () =>
      (shown?.values ?? []).map(({ value, rules }) => ({ label: `${value} ${shown?.unit}`, value: rules })),
    [shown],
  );
  return (
    <ChartOrTable
      title="备案值分布"
      labelHead={shown?.label ?? '备案值'}
      valueHead="规则数"
      unit="条"
      bars={bars}
    >
      <label htmlFor={id}>项目</label>
      <Select
        id={id}
        className="wide-select"
        value={shown?.field ?? ''}
        options={distribution.map((one) => ({ value: one.field, label: one.label }))}
        onChange={onField}
      />
    </ChartOrTable>
  );
}

function Misses({ analysis }: { analysis: Analysis }) {
  const bars = useMemo(
    () =>
      analysis.misses.map((miss) => ({
        label: `${miss.label}（${SEVERITIES[miss.severity]}）`,
        value: miss.rules,
      })),
    [analysis],
  );
  return (
    <ChartOrTable title="未达指引的项目" labelHead="项目" valueHead="规则数" unit="条" bars={bars} lying />
  );
}

const SEVERITIES = { deviation: '须整改', notice: '提示' } as const;
