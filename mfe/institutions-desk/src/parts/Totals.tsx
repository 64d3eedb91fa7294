import type { Analysis } from '../data/desk-api.ts';

interface TotalsProps {
  readonly totals: Analysis['totals'];
  readonly verdict: string;
  readonly onChoose: (verdict: string) => void;
}

/** Totals of the district; each figure opens the institutions behind it. */
export function Totals({ totals, verdict, onChoose }: TotalsProps) {
  const figures = [
    { verdict: '', text: '医疗机构', value: totals.institutions },
    { verdict: 'filed', text: '已备案', value: totals.filed },
    { verdict: 'unfiled', text: '未备案', value: totals.unfiled },
    { verdict: 'met', text: '符合指引', value: totals.compliant },
    { verdict: 'deviation', text: '须整改', value: totals.deviating },
  ];
  return (
    <fieldset className="totals" aria-label="总览">
      {figures.map((figure) => (
        <button
          key={figure.text}
          type="button"
          aria-pressed={verdict === figure.verdict}
          onClick={() => onChoose(figure.verdict)}
        >
          <span>{figure.text}</span>
          <strong>
            {figure.value}
            <small> 家</small>
          </strong>
        </button>
      ))}
    </fieldset>
  );
}
