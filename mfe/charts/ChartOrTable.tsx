import { onDemand } from '@qingpu/mfe-kit/react/on-demand.tsx';
import { Segmented } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import type { Bar } from './BarChart.tsx';

const BarChart = onDemand(async () => ({ default: (await import('./BarChart.tsx')).BarChart }));

interface ChartOrTableProps {
  readonly title: string;
  /** Column head of the labels. */
  readonly labelHead: string;
  /** Column head of the numbers. */
  readonly valueHead: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
  readonly lying?: boolean;
  /** Stands at the right of the title. */
  readonly children?: ReactNode;
}

/** A figure as a chart or as a table, whichever serves the reader. */
export function ChartOrTable(props: ChartOrTableProps) {
  const { title, labelHead, valueHead, unit, bars, lying = false, children } = props;
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        <span className="panel-head-actions">
          {children}
          <Segmented
            aria-label={`${title}的显示方式`}
            options={[
              { value: 'chart', label: '图表' },
              { value: 'table', label: '表格' },
            ]}
            value={asTable ? 'table' : 'chart'}
            onChange={(shown) => setAsTable(shown === 'table')}
          />
        </span>
      </div>
      {bars.length === 0 && <p className="muted">没有数据。</p>}
      {asTable ? (
        <table className="changes">
          <caption className="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{labelHead}</th>
              <th scope="col">{valueHead}</th>
            </tr>
          </thead>
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.label}>
                <th scope="row">{bar.label}</th>
                <td>
                  {bar.value} {unit}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        bars.length > 0 && (
          <BarChart label={describe(title, bars, unit)} bars={bars} unit={unit} lying={lying} />
        )
      )}
    </section>
  );
}

function describe(title: string, bars: readonly Bar[], unit: string): string {
  return `${title}：${bars.map((bar) => `${bar.label} ${bar.value}${unit}`).join('，')}`;
}
